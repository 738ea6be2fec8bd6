"""Integers and floats: conversion both ways and exact order.

Dividing two integers is dividing the doubles that are nearest to them, as in every implementation of the language.
"""

from guest.compiler.language import Value, bits_float, f64, i32, i64, noinline, truncate, u32, u64
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
from guest.values.natural_shifts import any_bits_below, shift_left
from guest.values.numeric import TWO_TO_63, compare_int_float, is_nan

SIGNIFICAND_BITS = 53
LARGEST_EXPONENT = 971  # of the last bit of the largest doubles
EXPONENT_BIAS = 1075  # from the exponent of the last bit to the field
SIGNIFICAND_SHIFT = 52
INFINITY = 0x7FF0000000000000
HEAD_BITS = 64


@noinline
def int_to_float(v: Value) -> f64:
    """The double nearest to an integer; an infinity if it is too large."""
    if is_long(v):
        return f64(int_value(v))
    number = size_of(v)
    charge_limbs(number.length)
    x = nearest_double(number)
    return -x if is_negative(v) else x


@noinline
def finite_float(v: Value) -> f64:
    """The double nearest to an integer; an error if it is too large."""
    x = int_to_float(v)
    if x - x != 0.0:
        stop_saying("int too large to convert to float")
    return x


def nearest_double(number: Natural) -> f64:
    """The double nearest to a natural number, or infinity; ties go to even."""
    bits = bit_length(number.limbs, number.length)
    if bits <= SIGNIFICAND_BITS:
        return f64(bits_from(number, 0))
    dropped = bits - SIGNIFICAND_BITS
    if dropped > LARGEST_EXPONENT:
        return bits_float(INFINITY)
    significand = bits_from(number, dropped)
    half = bits_from(number, dropped - 1) & 1
    if half != 0 and (significand & 1 != 0 or any_bits_below(number, dropped - 1)):
        significand += 1
    # A carry out of the significand moves into the exponent, and from the largest exponent to infinity.
    return bits_float((u64(dropped + (EXPONENT_BIAS - 1)) << SIGNIFICAND_SHIFT) + significand)


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
def compare_with_float(a: Value, x: f64) -> i32:
    """Negative, zero or positive: the exact order of an integer and a float."""
    if is_long(a):
        return compare_int_float(int_value(a), x)
    if x - x != 0.0:
        return -1 if is_nan(x) or x > 0.0 else 1
    return compare_big(a, int_from_float(truncate(x)))
