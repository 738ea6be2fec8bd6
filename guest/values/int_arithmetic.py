"""Sums, products, and floored quotients and remainders of integers.

What fits 64 bits is computed there; anything else, and what overflows, with the natural numbers of both absolute values. The
callers have tested that both operands are integers.
"""

from guest.compiler.language import Value, clz, div_s, i64, inline, noinline
from guest.heap.value import from_small
from guest.values.failure import stop_saying
from guest.values.integer import (
    INT_BITS,
    MIN_INT,
    int_value,
    is_long,
    is_negative,
    magnitude,
    make_int,
    make_signed,
    size_of,
)
from guest.values.natural import Natural, compare_naturals, natural_copy, subtract, used_length
from guest.values.natural_product import product
from guest.values.natural_quotient import divide_naturals
from guest.values.natural_sections import add_section, increment_section


@noinline
def int_add(a: Value, b: Value) -> Value:
    """`a + b`."""
    if is_long(a) and is_long(b):
        x = int_value(a)
        y = int_value(b)
        total = x + y
        if (x ^ total) & (y ^ total) >= 0:
            return make_int(total)
    return add_signed(a, b, is_negative(b))


@noinline
def int_sub(a: Value, b: Value) -> Value:
    """`a - b`."""
    if is_long(a) and is_long(b):
        x = int_value(a)
        y = int_value(b)
        difference = x - y
        if (x ^ y) & (x ^ difference) >= 0:
            return make_int(difference)
    return add_signed(a, b, not is_negative(b))


def add_signed(a: Value, b: Value, negative: bool) -> Value:
    """a plus the absolute value of b with this sign."""
    p = size_of(a)
    q = size_of(b)
    if is_negative(a) == negative:
        return make_signed(negative, sum_of(p, q))
    if compare_naturals(p.limbs, p.length, q.limbs, q.length) >= 0:
        return make_signed(not negative, difference_of(p, q))
    return make_signed(negative, difference_of(q, p))


def sum_of(p: Natural, q: Natural) -> Natural:
    """p + q."""
    if p.length < q.length:
        return sum_of(q, p)
    size = p.length + 1
    result = natural_copy(p, size)
    add_section(result.limbs, 0, size, q.limbs, 0, q.length)
    result.length = used_length(result.limbs, size)
    return result


def difference_of(p: Natural, q: Natural) -> Natural:
    """p - q, for p >= q."""
    result = natural_copy(p, p.length)
    result.length = subtract(result.limbs, p.length, q.limbs, q.length)
    return result


@noinline
def int_mul(a: Value, b: Value) -> Value:
    """`a * b`."""
    if is_long(a) and is_long(b):
        x = int_value(a)
        y = int_value(b)
        # |x| < 2**i and |y| < 2**j give |x * y| < 2**(i + j).
        if clz(magnitude(x)) + clz(magnitude(y)) > INT_BITS:
            return make_int(x * y)
    return make_signed(is_negative(a) != is_negative(b), product(size_of(a), size_of(b)))


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
    if is_long(b):
        y = int_value(b)
        if y == 0:
            stop_saying("floored division by zero")
        if y == -1:
            return int_negate(a)
        if is_long(a):
            return make_int(floored_quotient(int_value(a), y))
    negative = is_negative(a) != is_negative(b)
    division = divide_naturals(size_of(a), size_of(b))
    quotient = division.quotient
    if negative and division.remainder.length != 0:
        size = quotient.length + 1
        increment_section(quotient.limbs, 0, size)
        quotient.length = used_length(quotient.limbs, size)
    return make_signed(negative, quotient)


@noinline
def int_mod(a: Value, b: Value) -> Value:
    """`a % b`."""
    if is_long(b):
        y = int_value(b)
        if y == 0:
            stop_saying("integer modulo by zero")
        if y == -1:
            return from_small(0)
        if is_long(a):
            return make_int(floored_remainder(int_value(a), y))
    remainder = divide_naturals(size_of(a), size_of(b)).remainder
    if remainder.length != 0 and is_negative(a) != is_negative(b):
        remainder = difference_of(size_of(b), remainder)
    return make_signed(is_negative(b), remainder)


def int_negate(a: Value) -> Value:
    """`-a`."""
    if is_long(a) and int_value(a) != MIN_INT:
        return make_int(-int_value(a))
    return make_signed(not is_negative(a), size_of(a))
