"""Comparison of numbers across types: exact between int and float, and a total order on floats.

Relies on nothing but the meter; keys, comparisons and sorting rely on it. NaN equals NaN and is above everything else.
"""

from guest.compiler.language import f64, i32, i64, inline, truncate, u32
from guest.meter.fuel import charge

TWO_TO_63: f64 = 9223372036854775808.0
BITS_PER_UNIT = 16  # steps of a remainder


@inline
def is_nan(x: f64) -> bool:
    """Whether a float is no number: NaN alone differs from itself."""
    return x != x


def compare_ints(a: i64, b: i64) -> i32:
    """Negative, zero or positive."""
    if a == b:
        return 0
    return -1 if a < b else 1


def compare_floats(a: f64, b: f64) -> i32:
    """Negative, zero or positive, in the total order."""
    if a < b:
        return -1
    if a > b:
        return 1
    if a == b:
        return 0
    if not is_nan(a):
        return -1
    return 0 if is_nan(b) else 1


def compare_int_float(a: i64, b: f64) -> i32:
    """Negative, zero or positive: the exact order of an int and a float."""
    if is_nan(b) or b >= TWO_TO_63:
        return -1
    if b < -TWO_TO_63:
        return 1
    whole = truncate(b)
    order = compare_ints(a, i64(whole))
    if order != 0:
        return order
    if whole == b:
        return 0
    return -1 if whole < b else 1


def float_remainder(x: f64, y: f64) -> f64:
    """The exact remainder of `x / y` with the sign of x (C's fmod); y is not zero.

    The quotient may have 2,000 bits, so it is found by shifting the divisor up to the dividend and subtracting: one
    step for each bit by which their exponents differ. Every intermediate value is a double, so every step is exact.
    """
    size = abs_float(y)
    rest = abs_float(x)
    if is_nan(y) or is_nan(x - x):
        return x * y - x * y
    if rest < size:
        return x
    # The largest size * 2**k that is not above `rest`, by doubling: at most 2,098 steps, and none can overflow because
    # the half of `rest` is compared.
    half = rest * 0.5
    shifted = size
    steps: u32 = 0
    while shifted <= half:
        shifted = shifted + shifted
        steps += 1
    charge(steps // BITS_PER_UNIT)
    while True:
        if rest >= shifted:
            rest = rest - shifted
        if steps == 0:
            break
        shifted = shifted * 0.5
        steps -= 1
    return -rest if x < 0.0 else rest


def abs_float(x: f64) -> f64:
    """The absolute value."""
    return -x if x < 0.0 else x
