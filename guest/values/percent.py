"""`format % arguments`: conversions `%s %r %d %i %o %x %X %e %E %f %F %g %G %c %%`, by position or by `%(name)s`.

Relies on `repr` and the printing of floats. Flags, widths and precisions are not part of the language. Messages and
their order follow starlark-go.
"""

from guest.compiler.language import UNDEFINED, Text, Value, cast, f64, noinline, truncate, u32
from guest.heap.value import float_of, is_float
from guest.meter.costs import ELEMENT, NUMBER_FORMAT, SCAN_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_char, add_part, builder_new, finish
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_get
from guest.values.failure import say, say_byte, say_str, stop, stop_saying
from guest.values.float_exact import format_exponent, format_fixed
from guest.values.float_print import format_shortest
from guest.values.int_floats import int_from_float, int_to_float
from guest.values.int_text import int_in_base, int_into
from guest.values.integer import clamped_int, is_int
from guest.values.repr import repr_into, str_into
from guest.values.text import Str, char_at, size_at, substring_bytes
from guest.values.tuple import Tuple
from guest.values.types import say_type

PERCENT = 0x25
OPEN = 0x28
CLOSE = 0x29
CASE_BIT = 0x20
LETTERS_TO_X = 23  # from the letter of the digit ten to that of the conversion, in either case
FLOAT_PRECISION = 6  # digits after the point of %e and %f
LAST_CODE_POINT = 0x10FFFF
SURROGATES = 0xD800
SURROGATES_END = 0xE000
REPLACEMENT = 0xFFFD


def format_percent(format: Str, operand: Value) -> Str:
    """The string with its conversions replaced by the operand: a tuple of arguments, one argument, or a dict."""
    n = len(format.data)
    charge(n // SCAN_BYTES_PER_UNIT + 1)
    builder = builder_new()
    count: u32 = 1
    if isinstance(operand, Tuple):
        count = len(cast(Tuple, operand).items)
    used: u32 = 0
    start: u32 = 0
    at: u32 = 0
    while at < n:
        if format.data[at] != PERCENT:
            at += 1
            continue
        add_part(builder, format, start, at)
        at += 1
        if at < n and format.data[at] == PERCENT:
            start = at
            at += 1
            continue
        if at < n and format.data[at] == OPEN:
            close = key_end(format, at + 1, n)
            value = keyed_argument(format, at + 1, close, operand)
            at = close + 1
        else:
            if used >= count:
                stop_saying("not enough arguments for format string")
            value = operand
            if isinstance(operand, Tuple):
                value = cast(Tuple, operand).items[used]
        if at == n:
            stop_saying("incomplete format")
        charge(ELEMENT)
        add_conversion(builder, format, at, value)
        used += 1
        at += 1
        start = at
    add_part(builder, format, start, n)
    if used < count:
        stop_saying("too many arguments for format string")
    return finish(builder)


def key_end(format: Str, start: u32, end: u32) -> u32:
    """The offset of the parenthesis that closes a key."""
    at = start
    while at < end and format.data[at] != CLOSE:
        at += 1
    if at == end:
        stop_saying("incomplete format key")
    return at


def keyed_argument(format: Str, start: u32, end: u32, operand: Value) -> Value:
    """The value of the key between two offsets of the format."""
    if not isinstance(operand, Dict):
        stop_saying("format requires a mapping")
    key = substring_bytes(format, start, end)
    value = dict_get(cast(Dict, operand), Value(key))
    if value == UNDEFINED:
        say("key not found: ")
        say_str(substring_bytes(format, start, end))
        stop()
    return value


def add_conversion(b: Builder, format: Str, offset: u32, value: Value) -> None:
    """Append a value by the conversion whose letter is at an offset of the format."""
    letter = format.data[offset]
    match letter:
        case 0x73:  # s
            str_into(b, value)
        case 0x72:  # r
            repr_into(b, value)
        case 0x64 | 0x69:  # d i
            int_into(b, integer_operand(value, letter))
            charge(NUMBER_FORMAT)
        case 0x6F:  # o
            int_in_base(b, integer_operand(value, letter), 3, 0)
            charge(NUMBER_FORMAT)
        case 0x78 | 0x58:  # x X
            int_in_base(b, integer_operand(value, letter), 4, letter - LETTERS_TO_X)
            charge(NUMBER_FORMAT)
        case 0x65 | 0x45 | 0x66 | 0x46 | 0x67 | 0x47:  # e E f F g G
            add_float(b, float_operand(value, letter), letter)
        case 0x63:  # c
            add_char(b, character_operand(value))
        case _:
            say("unknown conversion %")
            say_str(substring_bytes(format, offset, offset + size_at(format, offset)))
            stop()


def integer_operand(value: Value, letter: u32) -> Value:
    """The integer that an integer conversion prints; floats are truncated."""
    if is_int(value):
        return value
    if is_float(value):
        x = float_of(value)
        if x - x != 0.0:
            say_conversion(letter, "integer")
            say(": cannot convert float ")
            say("infinity" if x == x else "NaN")
            say(" to integer")
            stop()
        return int_from_float(truncate(x))
    say_conversion(letter, "integer")
    say(": cannot convert ")
    say_type(value)
    say(" to int")
    stop()


def float_operand(value: Value, letter: u32) -> f64:
    """The number that a float conversion prints; an int too large for a float is infinite."""
    if is_float(value):
        return float_of(value)
    if is_int(value):
        return int_to_float(value)
    say_conversion(letter, "float")
    say(", not ")
    say_type(value)
    stop()


@noinline
def say_conversion(letter: u32, wanted: Text) -> None:
    """Begin the message of an operand of a wrong type."""
    say("%")
    say_byte(letter)
    say(" format requires ")
    say(wanted)


def character_operand(value: Value) -> u32:
    """The code point that `%c` prints."""
    if is_int(value):
        code = clamped_int(value)
        if code < 0 or code > LAST_CODE_POINT:
            say("%c format requires a valid Unicode code point, got ")
            say_repr(value)
            stop()
        if code >= SURROGATES and code < SURROGATES_END:
            return REPLACEMENT
        return u32(code)
    if isinstance(value, Str):
        s = cast(Str, value)
        if s.chars != 1:
            stop_saying("%c format requires a single-character string")
        return char_at(s, 0)
    say("%c format requires int or single-character string, not ")
    say_type(value)
    stop()


def add_float(b: Builder, x: f64, letter: u32) -> None:
    """Append a float by one of the conversions `e f g`, in the case of the conversion's letter."""
    charge(NUMBER_FORMAT)
    start = b.length
    match letter | CASE_BIT:
        case 0x65:
            format_exponent(b, x, FLOAT_PRECISION, letter)
        case 0x66:
            format_fixed(b, x, FLOAT_PRECISION)
        case _:
            format_shortest(b, x)
    if letter == 0x47 and x - x == 0.0:
        capitalize(b, start)


def capitalize(b: Builder, start: u32) -> None:
    """Put the ASCII letters from an offset on in upper case."""
    for i in range(start, b.length):
        byte = b.data[i]
        if byte - 0x61 < 26:
            b.data[i] = byte - CASE_BIT
