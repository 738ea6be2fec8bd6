"""Integers: 48 bits inside a Value, up to 64 bits in a `LongInt` on the heap, and an error past that.

Every operation on integers of the rule language goes through this file, so arbitrary precision can replace its slow
paths without anybody noticing. The callers have tested that both operands are integers.
"""

from guest.compiler.language import (
    Object,
    Text,
    Value,
    cast,
    clz,
    div_s,
    f64,
    i64,
    inline,
    noinline,
    u64,
)
from guest.heap.value import fits_small, from_small, is_small, small
from guest.values.failure import say, say_int, stop

MIN_INT: i64 = -0x8000000000000000
MAX_INT: i64 = 0x7FFFFFFFFFFFFFFF
INT_BITS = 64
MAX_SHIFT = 100_000


class LongInt(Object):
    """An integer of more than 48 bits: no integer has two representations."""

    value: i64


@inline
def is_int(v: Value) -> bool:
    """Whether a value is an integer."""
    return is_small(v) or isinstance(v, LongInt)


@inline
def int_value(v: Value) -> i64:
    """The 64 bits of an integer."""
    return small(v) if is_small(v) else cast(LongInt, v).value


@inline
def make_int(n: i64) -> Value:
    """The value of an integer."""
    return from_small(n) if fits_small(n) else make_long(n)


@noinline
def make_long(n: i64) -> Value:
    """The value of an integer that does not fit 48 bits."""
    return Value(LongInt(value=n))


@noinline
def too_large(operator: Text) -> Value:
    """End with the error of a result past 64 bits. Typed as a result, so that it can stand in place of one."""
    say("integer too large: the result of ")
    say(operator)
    say(" has more than 64 bits")
    stop()


@noinline
def int_add(a: Value, b: Value) -> Value:
    """`a + b`."""
    x = int_value(a)
    y = int_value(b)
    total = x + y
    if (x ^ total) & (y ^ total) < 0:
        return too_large("+")
    return make_int(total)


@noinline
def int_sub(a: Value, b: Value) -> Value:
    """`a - b`."""
    x = int_value(a)
    y = int_value(b)
    difference = x - y
    if (x ^ y) & (x ^ difference) < 0:
        return too_large("-")
    return make_int(difference)


@inline
def magnitude(n: i64) -> u64:
    """The absolute value; the smallest integer has one too."""
    return u64(n) if n >= 0 else 0 - u64(n)


@noinline
def int_mul(a: Value, b: Value) -> Value:
    """`a * b`. The high half is made from 32-bit pieces only when the factors' sizes leave the answer open."""
    x = int_value(a)
    y = int_value(b)
    p = magnitude(x)
    q = magnitude(y)
    # p < 2**i and q < 2**j give p * q < 2**(i + j); p * q >= 2**(i + j - 2).
    size = 2 * INT_BITS - clz(p) - clz(q)
    if size <= 63:
        return make_int(x * y)
    if size > 65 or high_half(p, q) != 0:
        return too_large("*")
    product = p * q
    if (x < 0) == (y < 0):
        if product > u64(MAX_INT):
            return too_large("*")
        return make_int(i64(product))
    if product > u64(MAX_INT) + 1:
        return too_large("*")
    return make_int(i64(0 - product))


def high_half(p: u64, q: u64) -> u64:
    """The upper 64 bits of a product of 64-bit numbers."""
    p_low = p & 0xFFFFFFFF
    p_high = p >> 32
    q_low = q & 0xFFFFFFFF
    q_high = q >> 32
    cross = p_high * q_low + (p_low * q_low >> 32)
    other = p_low * q_high + (cross & 0xFFFFFFFF)
    return p_high * q_high + (cross >> 32) + (other >> 32)


@inline
def floored_quotient(x: i64, y: i64) -> i64:
    """`x // y` rounded down, for y other than 0 (and not MIN_INT // -1)."""
    q = div_s(x, y)
    r = x - q * y
    return q - 1 if r != 0 and (r ^ y) < 0 else q


@inline
def floored_remainder(x: i64, y: i64) -> i64:
    """`x % y` with the sign of y, for y other than 0 (and not MIN_INT % -1)."""
    r = x - div_s(x, y) * y
    return r + y if r != 0 and (r ^ y) < 0 else r


@noinline
def int_floor_div(a: Value, b: Value) -> Value:
    """`a // b`."""
    x = int_value(a)
    y = int_value(b)
    if y == 0:
        say("floored division by zero")
        stop()
    if y == -1:
        return int_negate(a, "//")
    return make_int(floored_quotient(x, y))


@noinline
def int_mod(a: Value, b: Value) -> Value:
    """`a % b`."""
    x = int_value(a)
    y = int_value(b)
    if y == 0:
        say("integer modulo by zero")
        stop()
    if y == -1:
        return from_small(0)
    return make_int(floored_remainder(x, y))


def int_negate(a: Value, operator: Text) -> Value:
    """`-a`, for the operator that the program wrote."""
    x = int_value(a)
    if x == MIN_INT:
        return too_large(operator)
    return make_int(-x)


def int_and(a: Value, b: Value) -> Value:
    """`a & b`."""
    return make_int(int_value(a) & int_value(b))


def int_or(a: Value, b: Value) -> Value:
    """`a | b`."""
    return make_int(int_value(a) | int_value(b))


def int_xor(a: Value, b: Value) -> Value:
    """`a ^ b`."""
    return make_int(int_value(a) ^ int_value(b))


def int_invert(a: Value) -> Value:
    """`~a`."""
    return make_int(~int_value(a))


def check_shift(count: i64) -> None:
    """Refuse a shift count that is negative or beyond the limit."""
    if count < 0:
        say("negative shift count: ")
        say_int(count)
        stop()
    if count > MAX_SHIFT:
        say("shift count too large: ")
        say_int(count)
        stop()


def int_shift_left(a: Value, b: Value) -> Value:
    """`a << b`."""
    x = int_value(a)
    count = int_value(b)
    check_shift(count)
    if x == 0:
        return a
    if count >= INT_BITS:
        return too_large("<<")
    shifted = x << count
    if shifted >> count != x:
        return too_large("<<")
    return make_int(shifted)


def int_shift_right(a: Value, b: Value) -> Value:
    """`a >> b`, rounding down."""
    x = int_value(a)
    count = int_value(b)
    check_shift(count)
    return make_int(x >> min(count, INT_BITS - 1))


def int_from_float(x: f64) -> Value:
    """The integer that a float with no fraction is; an error past 64 bits."""
    if x >= 9223372036854775808.0 or x < -9223372036854775808.0:
        return too_large("int")
    return make_int(i64(x))
