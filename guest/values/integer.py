"""Integers: 48 bits inside a Value, up to 64 bits in a `LongInt` on the heap, and any size in a `BigInt`.

No integer has two representations, so each kind is larger than the ones before it. The operations are in `int_arithmetic.py`,
`int_bits.py`, `int_floats.py` and `int_text.py`; what has only room for 64 bits tests `is_long` first.
"""

from guest.compiler.language import (
    Array,
    Object,
    Value,
    cast,
    copy_items,
    i32,
    i64,
    inline,
    noinline,
    u32,
    u64,
)
from guest.heap.value import fits_small, from_small, is_small, small
from guest.values.natural import (
    Natural,
    bit_length,
    charge_limbs,
    compare_naturals,
    low_bits,
    natural_from,
)

MIN_INT: i64 = -0x8000000000000000
MAX_INT: i64 = 0x7FFFFFFFFFFFFFFF
INT_BITS = 64
LONG_LIMBS = 2  # of a magnitude that may fit 64 bits


class LongInt(Object):
    """An integer of more than 48 bits, and at most 64."""

    value: i64


class BigInt(Object):
    """An integer of more than 64 bits. Its size is shared with its opposite, and never changed."""

    negative: bool
    size: Natural


@inline
def is_int(v: Value) -> bool:
    """Whether a value is an integer."""
    return is_small(v) or isinstance(v, LongInt) or isinstance(v, BigInt)


@inline
def is_long(v: Value) -> bool:
    """Whether a value is an integer of at most 64 bits, so that `int_value` has it."""
    return is_small(v) or isinstance(v, LongInt)


@inline
def int_value(v: Value) -> i64:
    """The 64 bits of an integer for which `is_long` holds."""
    return small(v) if is_small(v) else cast(LongInt, v).value


@noinline
def clamped_int(v: Value) -> i64:
    """The 64-bit integer nearest to an integer: for bounds, where more is no different."""
    if is_long(v):
        return int_value(v)
    return MIN_INT if is_negative(v) else MAX_INT


@inline
def make_int(n: i64) -> Value:
    """The value of an integer."""
    return from_small(n) if fits_small(n) else make_long(n)


@noinline
def make_long(n: i64) -> Value:
    """The value of an integer that does not fit 48 bits."""
    return Value(LongInt(value=n))


@noinline
def make_signed(negative: bool, size: Natural) -> Value:
    """The value of an integer of any size. The number must not be changed afterwards."""
    if size.length <= LONG_LIMBS:
        n = low_bits(size)
        if n <= u64(MAX_INT):
            return make_int(0 - i64(n) if negative else i64(n))
        if negative and n == u64(MAX_INT) + 1:
            return make_int(MIN_INT)
    trim(size)
    return Value(BigInt(negative=negative, size=size))


def trim(number: Natural) -> None:
    """Let go of limbs that are not used, if they are many."""
    n = number.length
    if len(number.limbs) > n + n // 4 + LONG_LIMBS:
        charge_limbs(n)
        limbs = Array[u32](n)
        copy_items(limbs, 0, number.limbs, 0, n)
        number.limbs = limbs


@inline
def magnitude(n: i64) -> u64:
    """The absolute value; the smallest integer has one too."""
    return u64(n) if n >= 0 else 0 - u64(n)


def is_negative(v: Value) -> bool:
    """Whether an integer is below zero."""
    if is_long(v):
        return int_value(v) < 0
    return cast(BigInt, v).negative


def size_of(v: Value) -> Natural:
    """The absolute value of an integer. That of a big one must not be changed."""
    if is_long(v):
        return natural_from(magnitude(int_value(v)))
    return cast(BigInt, v).size


def bits_of(v: Value) -> u32:
    """The number of bits of an integer's absolute value."""
    number = size_of(v)
    return bit_length(number.limbs, number.length)


def limb_of(number: Natural, index: u32) -> u32:
    """A limb of a number that goes on with zeros."""
    return number.limbs[index] if index < number.length else u32(0)


def same_big(a: BigInt, b: BigInt) -> bool:
    """Whether two integers of more than 64 bits are equal."""
    if a.negative != b.negative or a.size.length != b.size.length:
        return False
    charge_limbs(a.size.length)
    return compare_naturals(a.size.limbs, a.size.length, b.size.limbs, b.size.length) == 0


@noinline
def compare_big(a: Value, b: Value) -> i32:
    """Negative, zero or positive: the order of two integers, at least one of more than 64 bits."""
    negative = is_negative(a)
    if negative != is_negative(b):
        return -1 if negative else 1
    p = size_of(a)
    q = size_of(b)
    charge_limbs(min(p.length, q.length))
    order = compare_naturals(p.limbs, p.length, q.limbs, q.length)
    return -order if negative else order
