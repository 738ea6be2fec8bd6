"""Replacement texts, in which `$1`, `${1}`, `$name`, `${name}` stand for what a group matched and `$$` for a dollar sign.

As in Go, `$name` takes as many letters, digits and underscores as there are, a group that is unknown or took no part is empty,
and a dollar sign that begins none of these is itself. The method `replace` relies on it.
"""

from guest.compiler.language import Array, Object, cast, copy_items, u32
from guest.library.regex.marks import CLOSE_BRACE, DOLLAR, OPEN_BRACE, UNDERSCORE
from guest.library.regex.program import Regex
from guest.library.regex.search import took_part
from guest.library.regex.simulation import Machine
from guest.library.unicode import is_digit, is_letter
from guest.meter.costs import REGEX_CHARACTER
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_part
from guest.values.charges import charge_bytes
from guest.values.text import Str, char_at, size_at, str_equal, substring_bytes

PART = 3  # words: the group, or LITERAL; where the literal begins and ends in the text
PART_BYTES = 12
LITERAL = 0xFFFFFFFF
NO_GROUP = 0xFFFFFFFE  # a reference to a group that the pattern does not have
MOST_NUMBER = 100_000_000
FIRST_PARTS = 4


class Template(Object):
    """A replacement text, taken apart."""

    text: Str
    count: u32
    parts: Array[u32]
    refers: bool  # to any group, so that their positions are needed


def read_template(regex: Regex, text: Str) -> Template:
    """Take a replacement text apart."""
    template = Template(text=text, count=0, parts=Array[u32](PART * FIRST_PARTS), refers=False)
    n = len(text.data)
    charge_bytes(n)
    start: u32 = 0
    at: u32 = 0
    while at < n:
        if text.data[at] != DOLLAR:
            at += 1
            continue
        charge(REGEX_CHARACTER)
        if at + 1 < n and text.data[at + 1] == DOLLAR:
            add_template_part(template, LITERAL, start, at + 1)
            at += 2
            start = at
            continue
        name_start, name_end, after = reference_at(text, at + 1)
        if name_start == name_end:
            at += 1
            continue
        add_template_part(template, LITERAL, start, at)
        add_template_part(template, group_named(regex, text, name_start, name_end), 0, 0)
        template.refers = True
        at = after
        start = at
    add_template_part(template, LITERAL, start, n)
    return template


def add_template_part(template: Template, group: u32, start: u32, end: u32) -> None:
    """Append a part, unless it is an empty literal."""
    if group == LITERAL and start == end:
        return
    at = PART * template.count
    if at == len(template.parts):
        charge_bytes(2 * PART_BYTES * template.count)
        parts = Array[u32](2 * at)
        copy_items(parts, 0, template.parts, 0, at)
        template.parts = parts
    template.parts[at] = group
    template.parts[at + 1] = start
    template.parts[at + 2] = end
    template.count += 1


def reference_at(text: Str, at: u32) -> tuple[u32, u32, u32]:
    """The name after a dollar sign, between two offsets, and the offset after it all; empty if there is none."""
    n = len(text.data)
    braced = at < n and text.data[at] == OPEN_BRACE
    start = at + 1 if braced else at
    end = start
    while end < n:
        code = char_at(text, end)
        if code != UNDERSCORE and not is_letter(code) and not is_digit(code):
            break
        end += size_at(text, end)
    charge(end - start)
    if not braced:
        return start, end, end
    if end == n or text.data[end] != CLOSE_BRACE:
        return start, start, start
    return start, end, end + 1


def group_named(regex: Regex, text: Str, start: u32, end: u32) -> u32:
    """The number of the group with the number or the name between two offsets."""
    number: u32 = 0
    numeric = end == start + 1 or text.data[start] != 0x30
    for i in range(start, end):
        digit = text.data[i] - 0x30
        numeric = numeric and digit <= 9 and number < MOST_NUMBER
        number = number * 10 + digit
    groups = len(regex.names.items)
    if numeric:
        return number if number <= groups else u32(NO_GROUP)
    return named_group_from(regex, substring_bytes(text, start, end), 0)


def named_group_from(regex: Regex, name: Str, index: u32) -> u32:
    """The number of the first group with a name, from an index of the names on."""
    names = regex.names
    for i in range(index, len(names.items)):
        charge(1)
        candidate = names.items[i]
        if isinstance(candidate, Str) and str_equal(cast(Str, candidate), name):
            return i + 1
    return NO_GROUP


def add_expansion(b: Builder, template: Template, machine: Machine) -> None:
    """Append the replacement of a match."""
    charge(template.count)
    for i in range(template.count):
        group = template.parts[PART * i]
        if group == LITERAL:
            add_part(b, template.text, template.parts[PART * i + 1], template.parts[PART * i + 2])
            continue
        group = taking_part(machine, group)
        if group != NO_GROUP:
            add_part(b, machine.text, machine.found[2 * group] - 1, machine.found[2 * group + 1] - 1)


def taking_part(machine: Machine, group: u32) -> u32:
    """The group itself if it took part, else a later one of the same name that did, else none."""
    names = machine.regex.names
    found = group
    while found != NO_GROUP and not took_part(machine, found):
        name = names.items[found - 1]
        found = (
            named_group_from(machine.regex, cast(Str, name), found)
            if isinstance(name, Str)
            else u32(NO_GROUP)
        )
    return found
