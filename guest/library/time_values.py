"""`Duration` and `Time`: spans in nanoseconds, and instants with the offset of the zone in which they are shown.

Two times are equal if they are the same instant. Only UTC and fixed offsets are known: what a zone with rules means depends on
the host's tables, and a rule must mean the same everywhere. Arithmetic that leaves 64 bits is an error.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Object,
    Text,
    Value,
    cast,
    div_s,
    f64,
    i32,
    i64,
    noinline,
    rem_s,
    text_byte,
    text_length,
    u32,
    u64,
)
from guest.heap.value import float_of, from_float, is_float
from guest.library.time_calendar import NANOSECONDS_OF_SECOND
from guest.values.failure import say, stop
from guest.values.hash import mix
from guest.values.int_arithmetic import floored_quotient
from guest.values.integer import MIN_INT, int_value, is_int, is_long, make_int
from guest.values.text import Str

PLUS, MINUS, STAR, SLASH = 0x2B, 0x2D, 0x2A, 0x2F
TWO_TO_63: f64 = 9223372036854775808.0
YEAR_ONE: i64 = -62135596800  # when the year 1 began, in seconds since 1970
MOST_SECONDS: i64 = 9223372036  # of a span of 64 bits of nanoseconds


class Duration(Object):
    """A span of time, negative ones included."""

    nanoseconds: i64


class Time(Object):
    """An instant: seconds since 1970 in UTC and nanoseconds from 0 to 999,999,999; `offset` is the zone's, in seconds east."""

    seconds: i64
    nanoseconds: i64
    offset: i64
    zone: Str  # the abbreviation, as `UTC`; empty if the offset says it all


def new_duration(nanoseconds: i64) -> Value:
    """The value of a span."""
    return Value(Duration(nanoseconds=nanoseconds))


def moved(time: Time, nanoseconds: i64) -> Value:
    """A time that much later, in the same zone."""
    total = time.nanoseconds + rem_s(nanoseconds, NANOSECONDS_OF_SECOND)
    carry = floored_quotient(total, NANOSECONDS_OF_SECOND)
    seconds = time.seconds + div_s(nanoseconds, NANOSECONDS_OF_SECOND) + carry
    rest = total - carry * NANOSECONDS_OF_SECOND
    return Value(Time(seconds=seconds, nanoseconds=rest, offset=time.offset, zone=time.zone))


def time_between(later: Time, earlier: Time) -> Value:
    """The span between two times."""
    seconds = later.seconds - earlier.seconds
    if seconds > MOST_SECONDS or seconds < -MOST_SECONDS:
        out_of_range()
    rest = later.nanoseconds - earlier.nanoseconds
    return new_duration(checked_sum(seconds * NANOSECONDS_OF_SECOND, rest))


def is_zero_time(time: Time) -> bool:
    """Whether a time is when the year 1 began in UTC."""
    return time.seconds == YEAR_ONE and time.nanoseconds == 0


def compare_times(a: Time, b: Time) -> i32:
    """Negative, zero or positive."""
    if a.seconds != b.seconds:
        return -1 if a.seconds < b.seconds else 1
    if a.nanoseconds == b.nanoseconds:
        return 0
    return -1 if a.nanoseconds < b.nanoseconds else 1


def compare_durations(a: Duration, b: Duration) -> i32:
    """Negative, zero or positive."""
    if a.nanoseconds == b.nanoseconds:
        return 0
    return -1 if a.nanoseconds < b.nanoseconds else 1


def hash_duration(d: Duration) -> u32:
    """The hash of a span; never 0."""
    return mix(u64(d.nanoseconds)) | 1


def hash_time(t: Time) -> u32:
    """The hash of an instant; never 0."""
    return mix(u64(t.seconds) * u64(NANOSECONDS_OF_SECOND) + u64(t.nanoseconds)) | 1


@noinline
def out_of_range() -> NoReturn:
    """End with the error of a span that 64 bits of nanoseconds cannot hold."""
    say("time.duration out of range: more than 292 years")
    stop()


@noinline
def division_by_zero() -> NoReturn:
    """End with the error of a division."""
    say("time.duration division by zero")
    stop()


def checked_sum(a: i64, b: i64) -> i64:
    """a + b, if 64 bits hold it."""
    total = a + b
    if (a ^ total) & (b ^ total) < 0:
        out_of_range()
    return total


def checked_negative(a: i64) -> i64:
    """-a, if 64 bits hold it."""
    if a == MIN_INT:
        out_of_range()
    return -a


# Operators.


@noinline
def time_operation(a: Value, operator: Text, b: Value) -> Value:
    """`a operator b` where one is a time or a span; UNDEFINED if there is no such operation."""
    symbol = text_byte(operator, 0)
    if isinstance(a, Time):
        return operation_on_time(cast(Time, a), symbol, b)
    if isinstance(a, Duration):
        is_floored = text_length(operator) == 2
        return operation_on_duration(cast(Duration, a), symbol, is_floored, b)
    if isinstance(b, Duration) and symbol == STAR and is_int(a):
        return multiple(cast(Duration, b).nanoseconds, a)
    return UNDEFINED


def operation_on_time(time: Time, symbol: u32, b: Value) -> Value:
    """`time + duration`, `time - duration`, `time - time`."""
    if isinstance(b, Duration):
        if symbol == PLUS:
            return moved(time, cast(Duration, b).nanoseconds)
        if symbol == MINUS:
            return moved(time, checked_negative(cast(Duration, b).nanoseconds))
    if isinstance(b, Time) and symbol == MINUS:
        return time_between(time, cast(Time, b))
    return UNDEFINED


def operation_on_duration(duration: Duration, symbol: u32, is_floored: bool, b: Value) -> Value:
    """The operations whose left side is a span; `is_floored` tells `//` from `/`."""
    n = duration.nanoseconds
    if isinstance(b, Time) and symbol == PLUS:
        return moved(cast(Time, b), n)
    if isinstance(b, Duration):
        return operation_on_durations(n, symbol, is_floored, cast(Duration, b).nanoseconds)
    if is_int(b) and symbol == STAR:
        return multiple(n, b)
    if symbol != SLASH or is_floored:
        return UNDEFINED
    if is_int(b):
        return part(n, b)
    if is_float(b):
        return float_part(n, float_of(b))
    return UNDEFINED


def operation_on_durations(n: i64, symbol: u32, is_floored: bool, m: i64) -> Value:
    """The operations of two spans."""
    if symbol == PLUS:
        return new_duration(checked_sum(n, m))
    if symbol == MINUS:
        return new_duration(checked_sum(n, checked_negative(m)))
    if symbol != SLASH:
        return UNDEFINED
    if m == 0:
        division_by_zero()
    if not is_floored:
        return from_float(f64(n) / f64(m))
    return make_int(checked_negative(n) if m == -1 else floored_quotient(n, m))


def multiple(n: i64, by: Value) -> Value:
    """A span an integer number of times."""
    if not is_long(by):
        if n == 0:
            return new_duration(0)
        out_of_range()
    times = int_value(by)
    product = n * times
    estimate = f64(n) * f64(times)
    # The product wraps by multiples of 2**64, which the estimate is precise enough to tell from none.
    if estimate - f64(product) > TWO_TO_63 or f64(product) - estimate > TWO_TO_63:
        out_of_range()
    if ((n < 0) != (times < 0) and product > 0) or ((n < 0) == (times < 0) and product < 0):
        out_of_range()
    return new_duration(product)


def part(n: i64, by: Value) -> Value:
    """A span divided by an integer, truncated."""
    if not is_long(by):
        return new_duration(0)
    divisor = int_value(by)
    if divisor == 0:
        division_by_zero()
    return new_duration(checked_negative(n) if divisor == -1 else div_s(n, divisor))


def float_part(n: i64, by: f64) -> Value:
    """A span divided by a float, truncated."""
    if by == 0.0:
        division_by_zero()
    quotient = f64(n) / by
    if not (quotient > -TWO_TO_63 and quotient < TWO_TO_63):
        out_of_range()
    return new_duration(i64(quotient))
