"""Built-ins that make a value of one type from another: abs, bool, chr, dict, float, int, ord, repr, str.

Texts of numbers are read here (ints) and in `values/float_parse.py`. `list`, `tuple` and `range` are in `sequences.py`.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Text,
    Value,
    bits_float,
    cast,
    f64,
    i64,
    noinline,
    registered,
    span,
    text_byte,
    text_length,
    truncate,
    u8,
    u32,
    u64,
)
from guest.heap.value import FALSE, TRUE, float_of, from_bool, from_float, from_small, is_bool, is_float
from guest.heap.views import Registers, register
from guest.library.arguments import is_given, refuse, tuple_argument, wrong_operand, wrong_type
from guest.library.dict_methods import put_all, refuse_count
from guest.library.pricing import charge_scan
from guest.meter.costs import NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.byte_string import ByteString, byte_value
from guest.values.charges import charge_bytes
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_new, dict_update
from guest.values.failure import say, say_hexadecimal, say_int, say_str, stop
from guest.values.float_parse import parse_float
from guest.values.int_arithmetic import int_negate
from guest.values.int_floats import int_from_float, int_to_float
from guest.values.int_text import int_from_digits, is_short
from guest.values.integer import clamped_int, is_int, is_negative, make_int
from guest.values.repr import repr_of, str_of
from guest.values.text import Str, char_at, str_from_char
from guest.values.truth import truth
from guest.values.types import say_type

LAST_CODE_POINT = 0x10FFFF
LARGEST_SHOWN = 0xFFFFFFFF  # of numbers that are shown as code points would be
SURROGATES = 0xD800
SURROGATES_END = 0xE000
REPLACEMENT = 0xFFFD  # what stands for a surrogate, which is no character

PLUS = 0x2B
MINUS = 0x2D
ZERO = 0x30
CASE_BIT = 0x20
LETTER_A = 0x61
DECIMAL = 10
LARGEST_BASE = 36
NO_DIGIT = 99
INFINITY_BITS = 0x7FF0 << 48
NAN_BITS = 0x7FF8 << 48


@registered("builtin", "abs(x, /)")
def builtin_abs(arguments: Registers) -> Value:
    """The absolute value of a number."""
    value = register(arguments, 0)
    if is_int(value):
        return int_negate(value) if is_negative(value) else value
    if not is_float(value):
        wrong_operand("abs", value, "int or float")
    x = float_of(value)
    return from_float(0.0 - x if x <= 0.0 else x)


@registered("builtin", "bool(x?, /)")
def builtin_bool(arguments: Registers) -> Value:
    """The truth of a value."""
    return from_bool(is_given(arguments, 0) and truth(register(arguments, 0)))


@registered("builtin", "chr(i, /)")
def builtin_chr(arguments: Registers) -> Value:
    """The string of one code point."""
    value = register(arguments, 0)
    if not is_int(value):
        wrong_operand("chr", value, "int")
    code = clamped_int(value)
    if code < 0 or code > LAST_CODE_POINT:
        say("chr: Unicode code point ")
        if code < 0 or code > LARGEST_SHOWN:
            say_repr(value)
        else:
            say("U+")
            say_hexadecimal(u64(code))
        say(" out of range (<0)" if code < 0 else " out of range (>0x10FFFF)")
        stop()
    if code >= SURROGATES and code < SURROGATES_END:
        code = REPLACEMENT
    return Value(str_from_char(u32(code)))


@registered("builtin", "ord(s, /)")
def builtin_ord(arguments: Registers) -> Value:
    """The code point of a string that has one, or the byte of bytes that have one."""
    value = register(arguments, 0)
    if isinstance(value, ByteString):
        return only_byte(cast(ByteString, value))
    if not isinstance(value, Str):
        wrong_operand("ord", value, "string or bytes")
    s = cast(Str, value)
    if s.chars != 1:
        say("ord: string encodes ")
        say_int(i64(s.chars))
        say(" Unicode code points, want 1")
        stop()
    return from_small(i64(char_at(s, 0)))


def only_byte(bytes: ByteString) -> Value:
    """The byte of bytes that have one."""
    n = len(bytes.data)
    if n != 1:
        say("ord: bytes has length ")
        say_int(i64(n))
        say(", want 1")
        stop()
    return byte_value(bytes, 0)


@registered("builtin", "str(x, /)!")
def builtin_str(arguments: Registers) -> Value:
    """The text of a value; a string itself."""
    return Value(str_of(register(arguments, 0)))


@registered("builtin", "repr(x, /)")
def builtin_repr(arguments: Registers) -> Value:
    """The text of a value, strings quoted."""
    return Value(repr_of(register(arguments, 0)))


@registered("builtin", "dict(*args, **kwargs)")
def builtin_dict(arguments: Registers) -> Value:
    """A new dict from another or an iterable of pairs, then from the keyword arguments."""
    count = len(tuple_argument(arguments, 0).items)
    if count > 1:
        refuse_count("dict", count)
    result = dict_new(0)
    if count == 1:
        put_all(result, tuple_argument(arguments, 0).items[0], "dict")
    dict_update(result, cast(Dict, register(arguments, 1)))
    return Value(result)


@registered("builtin", "float(x?, /)")
def builtin_float(arguments: Registers) -> Value:
    """The float nearest to a number or to the number that a string writes."""
    value = register(arguments, 0)
    if value == UNDEFINED or value == FALSE:
        return from_float(0.0)
    if value == TRUE:
        return from_float(1.0)
    if is_float(value):
        return value
    if is_int(value):
        x = int_to_float(value)
        if x - x != 0.0:
            refuse("float", "int too large to convert to float")
        return from_float(x)
    if not isinstance(value, Str):
        say("float got ")
        say_type(value)
        say(", want number or string")
        stop()
    return from_float(float_from_text(cast(Str, value)))


def float_from_text(s: Str) -> f64:
    """The float that a text writes: a literal with an optional sign, or the name of an infinity or NaN."""
    n = len(s.data)
    if n == 0:
        refuse("float", "empty string")
    charge_scan(n)
    charge(NUMBER_FORMAT)
    number, valid = parse_float(span(s.data), n)
    if valid:
        if number - number != 0.0:
            refuse("float", "floating-point number too large")
        return number
    first = s.data[0]
    start: u32 = 1 if first == PLUS or first == MINUS else 0
    sign: f64 = -1.0 if first == MINUS else 1.0
    if is_word(s, start, "inf") or is_word(s, start, "infinity"):
        return sign * bits_float(INFINITY_BITS)
    if is_word(s, start, "nan"):
        return bits_float(NAN_BITS)
    say("float: invalid float literal: ")
    say_str(s)
    stop()


def is_word(s: Str, start: u32, word: Text) -> bool:
    """Whether the bytes from `start` on are a word of ASCII letters, in any case."""
    n = text_length(word)
    if len(s.data) != start + n:
        return False
    for i in range(n):
        if s.data[start + i] | CASE_BIT != text_byte(word, i):
            return False
    return True


@registered("builtin", "int(x, base?)")
def builtin_int(arguments: Registers) -> Value:
    """The integer of a number without its fraction, of a bool, or that a string writes in a base."""
    value = register(arguments, 0)
    if isinstance(value, Str):
        return int_from_text(cast(Str, value), base_argument(arguments))
    if is_given(arguments, 1):
        refuse("int", "can't convert non-string with explicit base")
    if is_int(value):
        return value
    if is_bool(value):
        return from_small(i64(value == TRUE))
    if not is_float(value):
        say("int: cannot convert ")
        say_type(value)
        say(" to int")
        stop()
    x = float_of(value)
    if x - x != 0.0:
        refuse(
            "int",
            "cannot convert float NaN to integer"
            if is_nan(x)
            else "cannot convert float infinity to integer",
        )
    return int_from_float(truncate(x))


def is_nan(x: f64) -> bool:
    """Whether a float that is not finite is NaN."""
    return not (x > 0.0 or x < 0.0)


def base_argument(arguments: Registers) -> i64:
    """The base of `int`: 0 means that the text's prefix says it."""
    if not is_given(arguments, 1):
        return DECIMAL
    value = register(arguments, 1)
    if not is_int(value):
        wrong_type("int", "base", value, "int")
    base = clamped_int(value)
    if base != 0 and (base < 2 or base > LARGEST_BASE):
        refuse("int", "base must be an integer >= 2 && <= 36, or 0")
    return base


def int_from_text(s: Str, base: i64) -> Value:
    """The integer that a text writes: a sign, a prefix that agrees with the base, digits."""
    n = len(s.data)
    charge_scan(n)
    charge(NUMBER_FORMAT)
    at: u32 = 0
    negative = False
    if n != 0 and (s.data[0] == MINUS or s.data[0] == PLUS):
        negative = s.data[0] == MINUS
        at = 1
    radix = u32(base)
    prefix = prefix_base(s, at)
    if prefix != 0 and (base == 0 or radix == prefix):
        radix = prefix
        at += 2
    elif base == 0:
        radix = DECIMAL
        if at + 1 < n and s.data[at] == ZERO and has_other_than_zero(s, at):
            invalid_int(s, base)
    if at == n:
        invalid_int(s, base)
    number: u64 = 0
    for i in range(at, n):
        digit = digit_value(s.data[i])
        if digit >= radix:
            invalid_int(s, base)
        number = number * u64(radix) + u64(digit)
    if not is_short(n - at, radix):
        return int_from_digits(digits_from(s, at), n - at, radix, negative)
    return make_int(i64(0 - number) if negative else i64(number))


def digits_from(s: Str, start: u32) -> Array[u8]:
    """The values of a string's bytes from `start` on, which are digits."""
    n = len(s.data) - start
    charge_bytes(n)
    digits = Array[u8](n)
    for i in range(n):
        digits[i] = digit_value(s.data[start + i])
    return digits


def prefix_base(s: Str, offset: u32) -> u32:
    """The base that a prefix `0x`, `0o` or `0b` names; 0 if there is none."""
    if len(s.data) < offset + 2 or s.data[offset] != ZERO:
        return 0
    match s.data[offset + 1] | CASE_BIT:
        case 0x78:  # x
            return 16
        case 0x6F:  # o
            return 8
        case 0x62:  # b
            return 2
        case _:
            return 0


def has_other_than_zero(s: Str, offset: u32) -> bool:
    """Whether a digit from `offset` on is not 0."""
    for i in range(offset, len(s.data)):
        if s.data[i] != ZERO:
            return True
    return False


def digit_value(byte: u32) -> u32:
    """The value of a digit in any base; NO_DIGIT if it is none."""
    if byte - ZERO < DECIMAL:
        return byte - ZERO
    letter = (byte | CASE_BIT) - LETTER_A
    return letter + DECIMAL if letter < LARGEST_BASE - DECIMAL else NO_DIGIT


@noinline
def invalid_int(s: Str, base: i64) -> NoReturn:
    """End with the error of a text that is no integer."""
    say("int: invalid literal with base ")
    say_int(base)
    say(": ")
    say_str(s)
    stop()
