"""`str.format`: replacement fields `{}`, `{0}`, `{name}`, with `!r` and `!s`, and `{{`, `}}` for braces.

Format specifications, attributes and elements in fields are refused by name, as the language defines it.
"""

from guest.compiler.language import UNDEFINED, Text, Value, cast, noinline, registered, u32
from guest.heap.views import Registers, register
from guest.library.arguments import receiver_str, refuse, tuple_argument
from guest.library.pricing import charge_scan
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_part, builder_new, finish
from guest.values.dict import Dict, dict_get
from guest.values.failure import say, say_str, stop
from guest.values.repr import repr_into, str_into
from guest.values.text import Str, substring_bytes

OPEN = 0x7B
CLOSE = 0x7D
BANG = 0x21
COLON = 0x3A
DOT = 0x2E
BRACKET = 0x5B
ZERO = 0x30
LETTER_R = 0x72
LETTER_S = 0x73

NOT_A_NUMBER = 0xFFFFFFFF
LARGEST_NUMBER = 100_000_000  # field numbers above are cut: there are never as many arguments
# How the fields seen so far choose their arguments.
UNDECIDED = 0
AUTOMATIC = 1
MANUAL = 2


@registered("method", "str.format(*args, **kwargs)")
def str_format(arguments: Registers) -> Value:
    """The string with its replacement fields filled in."""
    s = receiver_str(arguments)
    n = len(s.data)
    charge_scan(n)
    builder = builder_new()
    numbering: u32 = UNDECIDED
    next_argument: u32 = 0
    start: u32 = 0
    at: u32 = 0
    while at < n:
        byte = s.data[at]
        if byte != OPEN and byte != CLOSE:
            at += 1
            continue
        doubled = at + 1 < n and s.data[at + 1] == byte
        add_part(builder, s, start, at)
        if doubled:
            add_byte(builder, byte)
            at += 2
            start = at
            continue
        if byte == CLOSE:
            refuse("format", "single '}' in format")
        charge(ELEMENT)
        end = find_byte(s, at + 1, n, CLOSE)
        if end == n:
            refuse("format", "unmatched '{' in format")
        name_end, conversion, conversion_end = field_parts(s, at + 1, end)
        if name_end == at + 1:
            if numbering == MANUAL:
                refuse("format", "cannot switch from manual field specification to automatic field numbering")
            numbering = AUTOMATIC
            value = positional(arguments, next_argument)
            next_argument += 1
        else:
            number = field_number(s, at + 1, name_end)
            if number == NOT_A_NUMBER:
                value = named(arguments, s, at + 1, name_end)
            else:
                if numbering == AUTOMATIC:
                    refuse(
                        "format", "cannot switch from automatic field numbering to manual field specification"
                    )
                numbering = MANUAL
                value = positional(arguments, number)
        if conversion_end + 1 < end:
            refuse_part(
                "format spec features not supported in replacement fields: ", s, conversion_end + 1, end
            )
        if conversion_end == name_end:
            str_into(builder, value)
        else:
            add_converted(builder, value, s, conversion, conversion_end)
        at = end + 1
        start = at
    add_part(builder, s, start, n)
    return Value(finish(builder))


def find_byte(s: Str, start: u32, end: u32, byte: u32) -> u32:
    """The offset of the first such byte, or `end`."""
    at = start
    while at < end and s.data[at] != byte:
        at += 1
    return at


def field_parts(s: Str, start: u32, end: u32) -> tuple[u32, u32, u32]:
    """Where the name of a field ends, and where its conversion begins and ends (both the same without one)."""
    bang = find_byte(s, start, end, BANG)
    if bang == end:
        name_end = find_byte(s, start, end, COLON)
        return name_end, name_end, name_end
    return bang, bang + 1, find_byte(s, bang + 1, end, COLON)


def field_number(s: Str, start: u32, end: u32) -> u32:
    """The number that a field's name is, or NOT_A_NUMBER."""
    number: u32 = 0
    for i in range(start, end):
        digit = s.data[i] - ZERO
        if digit > 9:
            return NOT_A_NUMBER
        number = min(number * 10 + digit, LARGEST_NUMBER)
    return number


def positional(arguments: Registers, index: u32) -> Value:
    """A positional argument of `format`."""
    values = tuple_argument(arguments, 1)
    if index >= len(values.items):
        refuse("format", "tuple index out of range")
    return values.items[index]


def named(arguments: Registers, s: Str, start: u32, end: u32) -> Value:
    """The keyword argument that a field names."""
    name = substring_bytes(s, start, end)
    value = dict_get(cast(Dict, register(arguments, 2)), Value(name))
    if value == UNDEFINED:
        refuse_name(receiver_str(arguments), start, end)
    return value


@noinline
def refuse_name(s: Str, start: u32, end: u32) -> None:
    """End with the error of a field that names no argument."""
    if find_byte(s, start, end, DOT) != end:
        refuse_part("attribute syntax x.y is not supported in replacement fields: ", s, start, end)
    if find_byte(s, start, end, BRACKET) != end:
        refuse_part("element syntax a[i] is not supported in replacement fields: ", s, start, end)
    if find_byte(s, start, end, OPEN) != end:
        refuse_part("nested replacement fields not supported: ", s, start, end)
    say("format: keyword ")
    say_str(substring_bytes(s, start, end))
    say(" not found")
    stop()


@noinline
def refuse_part(reason: Text, s: Str, start: u32, end: u32) -> None:
    """End with an error that quotes a part of the format."""
    say("format: ")
    say(reason)
    say_str(substring_bytes(s, start, end))
    stop()


def add_converted(b: Builder, value: Value, s: Str, start: u32, end: u32) -> None:
    """Append a value by the conversion that is written between two offsets: `s` or `r`."""
    if end - start == 1 and s.data[start] == LETTER_S:
        str_into(b, value)
    elif end - start == 1 and s.data[start] == LETTER_R:
        repr_into(b, value)
    else:
        say('format: unknown conversion "')
        say_str(substring_bytes(s, start, end))
        say('"')
        stop()
