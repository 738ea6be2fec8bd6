"""The built-in `regex` and the methods of its values.

`r = regex("^/api/v([0-9]+)/")` compiles a pattern of RE2's syntax; a pattern at the top level of a module is compiled once, when
the bundle loads. Matching takes time linear in the text, whatever the pattern.

    r.match(text)                   whether the pattern matches at the beginning of the text
    r.search(text)                  whether it matches anywhere
    r.find(text)                    the leftmost match, or None
    r.findall(text)                 the list of all matches
    r.groups(text)                  the groups of the leftmost match, as a tuple, or None
    r.replace(text, replacement)    the text with all matches replaced; `$1` and `${name}` are what groups matched
"""

from guest.compiler.language import Value, cast, inline, registered, u32
from guest.heap.value import NONE, from_bool
from guest.heap.views import Registers, register
from guest.library.arguments import str_argument, wrong_type
from guest.library.regex.expansion import add_expansion, read_template
from guest.library.regex.parser import parse_regex
from guest.library.regex.program import Regex, compile_program
from guest.library.regex.search import (
    WHOLE_MATCH,
    all_matches,
    first_match,
    group_text,
    matches_anywhere,
    matches_at_start,
    next_match,
    took_part,
)
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_part, add_text, builder_new, finish
from guest.values.list import list_append, list_new
from guest.values.repr import repr_into
from guest.values.text import Str, str_equal, str_hash
from guest.values.tuple import tuple_new

HASH_MARK = 0x5BD1E995  # so that a pattern and its text have different hashes


@registered("builtin", "regex(pattern, /)")
def builtin_regex(arguments: Registers) -> Value:
    """A compiled pattern; a compiled one is itself."""
    given = register(arguments, 0)
    if isinstance(given, Regex):
        return given
    if not isinstance(given, Str):
        wrong_type("regex", "pattern", given, "string")
    parser = parse_regex(cast(Str, given))
    return Value(compile_program(cast(Str, register(arguments, 0)), parser.draft, parser.names))


@inline
def receiver_regex(arguments: Registers) -> Regex:
    """The regular expression whose method is called."""
    return cast(Regex, register(arguments, 0))


@registered("attribute", "regex.pattern")
def regex_pattern(arguments: Registers) -> Value:
    """The pattern as it was given."""
    return Value(receiver_regex(arguments).pattern)


@registered("method", "regex.match(text, /)")
def regex_match(arguments: Registers) -> Value:
    """Whether the pattern matches at the beginning of the text."""
    text = str_argument(arguments, 1, "match", "text")
    return from_bool(matches_at_start(receiver_regex(arguments), text))


@registered("method", "regex.search(text, /)")
def regex_search(arguments: Registers) -> Value:
    """Whether the pattern matches anywhere in the text."""
    text = str_argument(arguments, 1, "search", "text")
    return from_bool(matches_anywhere(receiver_regex(arguments), text))


@registered("method", "regex.find(text, /)")
def regex_find(arguments: Registers) -> Value:
    """The text of the leftmost match; None if there is none."""
    text = str_argument(arguments, 1, "find", "text")
    machine = first_match(receiver_regex(arguments), text, WHOLE_MATCH)
    return NONE if machine is None else group_text(machine, 0)


@registered("method", "regex.findall(text, /)")
def regex_findall(arguments: Registers) -> Value:
    """The texts of all matches that do not overlap, from left to right, as a list."""
    text = str_argument(arguments, 1, "findall", "text")
    found = list_new(0)
    matches = all_matches(receiver_regex(arguments), text, WHOLE_MATCH)
    while next_match(matches):
        charge(ELEMENT)
        list_append(found, group_text(matches.machine, 0))
    return Value(found)


@registered("method", "regex.groups(text, /)")
def regex_groups(arguments: Registers) -> Value:
    """What the groups of the leftmost match have matched, a tuple with None for those that took no part; None without a match."""
    text = str_argument(arguments, 1, "groups", "text")
    regex = receiver_regex(arguments)
    count = len(regex.names.items)
    machine = first_match(regex, text, WHOLE_MATCH + 2 * count)
    if machine is None:
        return NONE
    charge(count * ELEMENT)
    groups = tuple_new(count)
    for i in range(count):
        groups.items[i] = group_text(machine, i + 1) if took_part(machine, i + 1) else NONE
    return Value(groups)


@registered("method", "regex.replace(text, replacement, /)")
def regex_replace(arguments: Registers) -> Value:
    """The text with every match replaced."""
    text = str_argument(arguments, 1, "replace", "text")
    replacement = str_argument(arguments, 2, "replace", "replacement")
    regex = receiver_regex(arguments)
    template = read_template(regex, replacement)
    slots: u32 = WHOLE_MATCH
    if template.refers:
        slots += 2 * len(regex.names.items)
    matches = all_matches(regex, text, slots)
    result = builder_new()
    copied: u32 = 0
    while next_match(matches):
        charge(ELEMENT)
        add_part(result, text, copied, matches.machine.found[0] - 1)
        add_expansion(result, template, matches.machine)
        copied = matches.end
    if matches.end > len(text.data):
        return Value(text)  # nothing has matched
    add_part(result, text, copied, len(text.data))
    return Value(finish(result))


# What operators do with regular expressions.


def hash_regex(regex: Regex) -> u32:
    """The hash of a regular expression is made from its pattern's."""
    return str_hash(regex.pattern) ^ HASH_MARK


def same_regex(a: Regex, b: Regex) -> bool:
    """Whether two regular expressions have the same pattern."""
    return str_equal(a.pattern, b.pattern)


def repr_regex(b: Builder, regex: Regex) -> None:
    """Append the call that makes the regular expression."""
    add_text(b, "regex(")
    repr_into(b, Value(regex.pattern))
    add_text(b, ")")
