"""Spans of time as text: `1h30m0s` from a `Duration`, and back.

The units are h, m, s, ms, us (or µs) and ns. A printed span below a second has one unit, a longer one hours, minutes and seconds.
"""

from typing import NoReturn

from guest.compiler.language import Value, f64, i64, noinline, u32, u64
from guest.meter.costs import NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_text, add_unsigned
from guest.values.describe import say_repr
from guest.values.failure import say, stop
from guest.values.integer import magnitude
from guest.values.text import Str, substring_bytes

MICROSECOND: u64 = 1_000
MILLISECOND: u64 = 1_000_000
SECOND: u64 = 1_000_000_000
MINUTE: u64 = 60_000_000_000
HOUR: u64 = 3_600_000_000_000
MOST: u64 = 0x7FFFFFFFFFFFFFFF  # nanoseconds
MOST_FRACTION: u64 = 1 << 59  # digits beyond are dropped: they are less than a nanosecond

MINUS, PLUS, POINT, ZERO = 0x2D, 0x2B, 0x2E, 0x30
LETTER_H, LETTER_M, LETTER_N, LETTER_S, LETTER_U = 0x68, 0x6D, 0x6E, 0x73, 0x75
# Micro is the sign µ (C2 B5) or the letter μ (CE BC).
MICRO_SIGN, MICRO_LETTER = 0xC2B5, 0xCEBC
MOST_READ = 128  # bytes of a text that can be a span


def add_span(b: Builder, nanoseconds: i64) -> None:
    """Append a span."""
    charge(NUMBER_FORMAT)
    if nanoseconds < 0:
        add_byte(b, MINUS)
    rest = magnitude(nanoseconds)
    if rest >= SECOND:
        if rest >= HOUR:
            add_unsigned(b, rest // HOUR)
            add_byte(b, LETTER_H)
        if rest >= MINUTE:
            add_unsigned(b, rest % HOUR // MINUTE)
            add_byte(b, LETTER_M)
        add_decimal(b, rest % MINUTE, SECOND)
    elif rest == 0:
        add_byte(b, ZERO)
    elif rest < MICROSECOND:
        add_unsigned(b, rest)
        add_byte(b, LETTER_N)
    elif rest < MILLISECOND:
        add_decimal(b, rest, MICROSECOND)
        add_text(b, "µ")
    else:
        add_decimal(b, rest, MILLISECOND)
        add_byte(b, LETTER_M)
    add_byte(b, LETTER_S)


def add_decimal(b: Builder, n: u64, unit: u64) -> None:
    """Append n / unit, a power of ten, without trailing zeros."""
    add_unsigned(b, n // unit)
    rest = n % unit
    if rest == 0:
        return
    add_byte(b, POINT)
    while rest != 0:
        rest = rest * 10
        add_byte(b, ZERO + u32(rest // unit))
        rest = rest % unit


def parse_span(text: Str) -> i64:
    """The nanoseconds of a text such as `-1.5h` or `300ms`."""
    charge(NUMBER_FORMAT)
    n = len(text.data)
    at: u32 = 0
    negative = n != 0 and text.data[0] == MINUS
    if n != 0 and (negative or text.data[0] == PLUS):
        at = 1
    if n == at + 1 and text.data[at] == ZERO:
        return 0
    if n == at or n > MOST_READ:
        refuse_span(text)
    total: u64 = 0
    while at < n:
        number, fraction, scale, at = read_number(text, at)
        unit, after = read_unit(text, at)
        if number > (MOST + 1) // unit:
            refuse_span(text)
        total += number * unit
        if fraction != 0:
            total += u64(f64(fraction) * (f64(unit) / scale))
        if total > MOST + 1:
            refuse_span(text)
        at = after
    if negative:
        return i64(0 - total)
    if total > MOST:
        refuse_span(text)
    return i64(total)


def read_number(text: Str, start: u32) -> tuple[u64, u64, f64, u32]:
    """A number with a fraction: its whole part, the digits after the point and what they are over, and where it ends."""
    number: u64 = 0
    fraction: u64 = 0
    scale: f64 = 1.0
    at = start
    n = len(text.data)
    while at < n and text.data[at] - ZERO <= 9:
        if number > (MOST + 1) // 10:
            refuse_span(text)
        number = number * 10 + u64(text.data[at] - ZERO)
        at += 1
    digits = at - start
    if at < n and text.data[at] == POINT:
        at += 1
        while at < n and text.data[at] - ZERO <= 9:
            if fraction < MOST_FRACTION:
                fraction = fraction * 10 + u64(text.data[at] - ZERO)
                scale = scale * 10.0
            at += 1
            digits += 1
    if digits == 0:
        refuse_span(text)
    return number, fraction, scale, at


def read_unit(text: Str, start: u32) -> tuple[u64, u32]:
    """The nanoseconds of the unit that begins at `start`, and where it ends."""
    at = start
    n = len(text.data)
    while at < n and text.data[at] != POINT and text.data[at] - ZERO > 9:
        at += 1
    size = at - start
    if size == 0:
        say("time: missing unit in duration ")
        say_text(text)
        stop()
    first = text.data[start]
    last = text.data[at - 1]
    if size == 1:
        if first == LETTER_H:
            return HOUR, at
        if first == LETTER_M:
            return MINUTE, at
        if first == LETTER_S:
            return SECOND, at
    elif size == 2 and last == LETTER_S:
        if first == LETTER_M:
            return MILLISECOND, at
        if first == LETTER_U:
            return MICROSECOND, at
        if first == LETTER_N:
            return 1, at
    elif size == 3 and last == LETTER_S:
        letter = first << 8 | text.data[start + 1]
        if letter == MICRO_SIGN or letter == MICRO_LETTER:
            return MICROSECOND, at
    say("time: unknown unit ")
    say_text(substring_bytes(text, start, at))
    say(" in duration ")
    say_text(text)
    stop()


@noinline
def refuse_span(text: Str) -> NoReturn:
    """End with the error of a text that is no span."""
    say("time: invalid duration ")
    say_text(text)
    stop()


def say_text(text: Str) -> None:
    """Append a text in quotes."""
    say_repr(Value(text))
