"""The shortest decimal number that reads back as a given double, and among those the closest: Schubfach.

After Raffaello Giulietti, "The Schubfach way to render doubles": the interval of decimals that round to the double is scaled
by a power of ten so that it holds between one and twenty integers; one wide multiplication for each end, and one for the
value itself, decides exactly which of them is the answer. `float_print.py` gives it the form of a text.
"""

from guest.compiler.language import f64, float_bits, i32, u32, u64
from guest.heap.wide import mul_wide
from guest.values.float_powers import (
    LARGEST_EXACT_POWER,
    log2_of_power,
    power_high,
    power_low,
)

SIGNIFICAND_BITS = 52
SIGNIFICAND_MASK = 0xFFFFFFFFFFFFF
EXPONENT_MASK = 0x7FF
EXPONENT_BIAS = 1075  # of an integral significand: value = significand * 2**(biased exponent - 1075)
SMALLEST_EXPONENT = -1074

# floor(log10(2**q)) is (q * LOG10_OF_2) >> LOG10_SHIFT; with LOG10_OF_4_3 taken off, floor(log10(2**q * 3 / 4)).
LOG10_OF_2 = 1262611
LOG10_OF_4_3 = 524031
LOG10_SHIFT = 22


def split_double(x: f64) -> tuple[u64, i32]:
    """The absolute value of a finite double as significand * 2**exponent, both integers."""
    pattern = float_bits(x)
    significand = pattern & SIGNIFICAND_MASK
    biased = i32(u32((pattern >> SIGNIFICAND_BITS) & EXPONENT_MASK))
    if biased == 0:
        return significand, SMALLEST_EXPONENT
    return significand | (1 << SIGNIFICAND_BITS), biased - EXPONENT_BIAS


def scale_to_odd(k: i32, significand: u64) -> u64:
    """significand * 10**k / 2**(log2 of 10**k - 127 + 128), rounded to odd: inexact results have their last bit set."""
    low = power_low(k)
    if k < 0 or k > LARGEST_EXACT_POWER:
        low += 1  # the algorithm wants the power rounded up; the table truncates
    product_low, product_high = mul_wide(power_high(k), significand)
    _, carried = mul_wide(low, significand)
    total = product_low + carried
    if total < product_low:
        product_high += 1
    return product_high | 1 if total > 1 else product_high


def shortest_decimal(x: f64) -> tuple[u64, i32]:
    """The absolute value of a finite, nonzero double as digits * 10**exponent; digits may end in zeros."""
    significand, exponent = split_double(x)
    # Just above a power of two the neighbour below is only half as far away.
    closer_below = significand == (1 << SIGNIFICAND_BITS) and exponent > SMALLEST_EXPONENT
    k = exponent * LOG10_OF_2
    if closer_below:
        k -= LOG10_OF_4_3
    k = k >> LOG10_SHIFT
    shift = u64(exponent + log2_of_power(0 - k) + 1)

    # Ends of the rounding interval belong to it when the significand is even (ties go to even).
    excluded = significand & 1
    quadruple = significand * 4
    lower_end = quadruple - (u64(1) if closer_below else u64(2))
    lower = scale_to_odd(0 - k, lower_end << shift) + excluded
    middle = scale_to_odd(0 - k, quadruple << shift)
    upper = scale_to_odd(0 - k, (quadruple + 2) << shift) - excluded

    whole = middle // 4
    if whole >= 10:
        tens = whole // 10
        below_inside = lower <= tens * 40
        above_inside = tens * 40 + 40 <= upper
        if below_inside != above_inside:
            return tens + (1 if above_inside else 0), k + 1
    below_inside = lower <= whole * 4
    above_inside = whole * 4 + 4 <= upper
    if below_inside != above_inside:
        return whole + (1 if above_inside else 0), k
    half = whole * 4 + 2
    round_up = middle > half or (middle == half and (whole & 1) != 0)
    return whole + (1 if round_up else 0), k
