"""Integers and floats: conversion both ways, true division and exact order.

A natural number times a power of two becomes the nearest double in one place, `nearest_double`: conversion rounds the integer
itself, division a quotient of 64 bits or more and whether anything is left of it.
"""

from guest.compiler.language import Value, bits_float, f64, i32, i64, inline, noinline, truncate, u32, u64
from guest.values.failure import stop_saying
from guest.values.float_shortest import split_double
from guest.values.integer import (
    compare_big,
    int_value,
    is_long,
    is_negative,
    limb_of,
    make_int,
    make_signed,
    size_of,
)
from guest.values.natural import (
    LIMB_BITS,
    Natural,
    bit_length,
    charge_limbs,
    natural_new,
    set_natural,
)
from guest.values.natural_quotient import divide_naturals
from guest.values.natural_shifts import any_bits_below, shift_left, shifted_left
from guest.values.numeric import TWO_TO_63, compare_int_float, is_nan

SIGNIFICAND_BITS = 53
EXACT_INTEGERS: i64 = 1 << SIGNIFICAND_BITS  # every integer up to here is a double
SMALLEST_EXPONENT = -1074  # of the last bit of a double
LARGEST_EXPONENT = 971  # of the last bit of the largest doubles
EXPONENT_BIAS = 1075  # from the exponent of the last bit to the field
SIGNIFICAND_SHIFT = 52
INFINITY = 0x7FF0000000000000
QUOTIENT_BITS = 66  # of a quotient that is rounded: the significand's, the rounding bit's, and some
FAR_BITS = (
    1200  # a quotient with so many bits before or behind its point is certainly no finite normal double
)
HEAD_BITS = 64


@noinline
def int_to_float(v: Value) -> f64:
    """The double nearest to an integer; an infinity if it is too large."""
    if is_long(v):
        return f64(int_value(v))
    number = size_of(v)
    charge_limbs(number.length)
    x = nearest_double(number, 0, False)
    return -x if is_negative(v) else x


@noinline
def finite_float(v: Value) -> f64:
    """The double nearest to an integer; an error if it is too large."""
    x = int_to_float(v)
    if x - x != 0.0:
        stop_saying("int too large to convert to float")
    return x


def nearest_double(number: Natural, exponent: i32, more: bool) -> f64:
    """The double nearest to number * 2**exponent, plus a little if there is `more`; ties go to even."""
    bits = bit_length(number.limbs, number.length)
    if bits == 0:
        return 0.0
    # The last bit that is kept: that of a significand of 53 bits, unless the double is subnormal.
    last = max(i32(bits) + exponent - SIGNIFICAND_BITS, SMALLEST_EXPONENT)
    drop = last - exponent
    if drop > i32(bits):
        return 0.0
    significand: u64 = 0
    if drop <= 0:
        significand = bits_from(number, 0) << u64(0 - drop)
    else:
        dropped = u32(drop)
        significand = bits_from(number, dropped)
        half = bits_from(number, dropped - 1) & 1
        if half != 0 and (significand & 1 != 0 or more or any_bits_below(number, dropped - 1)):
            significand += 1
    if last > LARGEST_EXPONENT:
        return bits_float(INFINITY)
    if significand >> SIGNIFICAND_SHIFT == 0:
        return bits_float(significand)
    # A carry out of the significand moves into the exponent, and from the largest exponent to infinity.
    return bits_float((u64(last + (EXPONENT_BIAS - 1)) << SIGNIFICAND_SHIFT) + significand)


def bits_from(number: Natural, first: u32) -> u64:
    """The 64 bits of a number from its bit `first` on."""
    index = first // LIMB_BITS
    part = u64(first % LIMB_BITS)
    low = u64(limb_of(number, index)) | u64(limb_of(number, index + 1)) << LIMB_BITS
    if part == 0:
        return low
    return low >> part | u64(limb_of(number, index + 2)) << (HEAD_BITS - part)


def int_from_float(x: f64) -> Value:
    """The integer that a finite float with no fraction is."""
    if x < TWO_TO_63 and x >= -TWO_TO_63:
        return make_int(i64(x))
    significand, exponent = split_double(x)
    number = natural_new(u32(exponent) // LIMB_BITS + 4)
    limbs = number.limbs
    number.length = shift_left(limbs, set_natural(limbs, significand), u32(exponent))
    return make_signed(x < 0.0, number)


@noinline
def int_true_div(a: Value, b: Value) -> f64:
    """`a / b` for b other than 0: the double nearest to the quotient of the integers themselves."""
    if is_long(a) and is_long(b):
        x = int_value(a)
        y = int_value(b)
        if is_exact(x) and is_exact(y):
            return f64(x) / f64(y)
    # The quotient has QUOTIENT_BITS bits or one less when the dividend has that many more than the divisor.
    p = size_of(a)
    q = size_of(b)
    negative = is_negative(a) != is_negative(b)
    if p.length == 0:
        return -0.0 if negative else 0.0
    surplus = i32(bit_length(p.limbs, p.length)) - i32(bit_length(q.limbs, q.length))
    if surplus > FAR_BITS:
        stop_saying("int too large to convert to float")
    if surplus < -FAR_BITS:
        return -0.0 if negative else 0.0
    exponent = surplus - QUOTIENT_BITS
    if exponent < 0:
        p = shifted_left(p, u32(0 - exponent))
    else:
        q = shifted_left(q, u32(exponent))
    division = divide_naturals(p, q)
    quotient = nearest_double(division.quotient, exponent, division.remainder.length != 0)
    if quotient - quotient != 0.0:
        stop_saying("int too large to convert to float")
    return -quotient if negative else quotient


@inline
def is_exact(x: i64) -> bool:
    """Whether an integer surely is a double."""
    return x <= EXACT_INTEGERS and x >= -EXACT_INTEGERS


@noinline
def compare_with_float(a: Value, x: f64) -> i32:
    """Negative, zero or positive: the exact order of an integer and a float."""
    if is_long(a):
        return compare_int_float(int_value(a), x)
    if x - x != 0.0:
        return -1 if is_nan(x) or x > 0.0 else 1
    return compare_big(a, int_from_float(truncate(x)))
