"""Number literals: `0`, `123`, `0xff`, `0o17`, `0b101`, `1.5`, `.5`, `1.`, `1e9`.

`scan_number` is given the offset of the first character by the lexer, and finds where the number ends and whether it is a
float; then `integer` has the worth of an integer of any size, and `float_between` that of a float.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Array, Text, Value, i64, noinline, u8, u32
from guest.heap.spans import bytes_span
from guest.heap.value import from_float
from guest.syntax.characters import UNDERSCORE, ZERO, digit_of, is_digit
from guest.syntax.diagnostics import refuse, say, say_char
from guest.syntax.source import byte, bytes_from, position_at
from guest.values.charges import charge_bytes
from guest.values.float_parse import parse_float
from guest.values.int_text import int_from_digits, is_short
from guest.values.integer import make_int

POINT = 46
PLUS = 43
MINUS = 45
LETTER_B = 98
LETTER_E = 101
LETTER_O = 111
LETTER_X = 120
CASE_BIT = 32

# What the last scan found.
is_float: bool = False
integer: Value = UNDEFINED


def scan_number(offset: u32) -> u32:
    """Scan the number at an offset; the offset after it."""
    global is_float
    is_float = False
    lower = byte(offset + 1) | CASE_BIT
    if byte(offset) == ZERO:
        if lower == LETTER_X:
            return scan_digits(offset, 16, "invalid hex literal")
        if lower == LETTER_O:
            return scan_digits(offset, 8, "invalid octal literal")
        if lower == LETTER_B:
            return scan_digits(offset, 2, "invalid binary literal")
    end = skip_digits(offset)
    if byte(end) == POINT:
        is_float = True
        end = skip_digits(end + 1)
    if byte(end) | CASE_BIT == LETTER_E:
        sign = byte(end + 1)
        digits = end + 2 if sign == PLUS or sign == MINUS else end + 1
        if not is_digit(byte(digits)):
            bad_number(offset, "invalid float literal")
        is_float = True
        end = skip_digits(digits)
    if not is_float:
        if byte(offset) == ZERO and end > offset + 1:
            refuse_leading_zero(offset, end)
        if byte(end) == UNDERSCORE and is_digit(byte(end + 1)):
            bad_number(offset, "invalid int literal: digits are not separated by underscores")
        read_digits(offset, end, 10)
    return end


def float_between(start: u32, end: u32) -> Value:
    """The worth of a float literal."""
    number, valid = parse_float(bytes_span(bytes_from(start)), end - start)
    if not valid or number - number != 0.0:
        bad_number(start, "invalid float literal: too large")
    return from_float(number)


def skip_digits(offset: u32) -> u32:
    """The first offset that holds no decimal digit."""
    at = offset
    while is_digit(byte(at)):
        at += 1
    return at


def scan_digits(offset: u32, base: u32, complaint: Text) -> u32:
    """Scan the digits of a number in another base, after its prefix of two characters."""
    end = offset + 2
    while digit_of(byte(end)) < base:
        end += 1
    # A digit of a larger base or a letter right behind belongs to the number: 0o18, 0b12, 0xfg.
    if end == offset + 2 or digit_of(byte(end)) < 36:
        bad_number(offset, complaint)
    read_digits(offset + 2, end, base)
    return end


def read_digits(start: u32, end: u32, base: u32) -> None:
    """Read an integer into `integer`."""
    global integer
    count = end - start
    if not is_short(count, base):
        charge_bytes(count)
        digits = Array[u8](count)
        for i in range(count):
            digits[i] = digit_of(byte(start + i))
        integer = int_from_digits(digits, count, base, False)
        return
    total: i64 = 0
    for at in range(start, end):
        total = total * i64(base) + i64(digit_of(byte(at)))
    integer = make_int(total)


@noinline
def refuse_leading_zero(offset: u32, end: u32) -> NoReturn:
    """End with the error of an integer that begins with a zero."""
    digits = offset + 1
    while digits < end and digit_of(byte(digits)) < 8:
        digits += 1
    if digits < end or (end - offset == 2 and byte(end - 1) == ZERO):
        bad_number(offset, "invalid int literal: leading zeros are not allowed")
    say("obsolete form of octal literal; use 0o")
    for at in range(offset + 1, end):
        say_char(byte(at))
    say(" (or drop the leading zeros)")
    refuse(position_at(offset))


@noinline
def bad_number(offset: u32, complaint: Text) -> NoReturn:
    """End with an error at the number."""
    say(complaint)
    refuse(position_at(offset))
