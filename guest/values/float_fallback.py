"""The double nearest to a decimal text, computed with the exact decimal: slow, simple, and right for every text.

The decimal is a fraction of two natural numbers (`natural.py`). Both are shifted until the fraction is in [1, 2); then one
comparison and subtraction a bit gives the significand, the rounding bit, and whether anything is left.
`float_parse.py` comes here with the few texts that it cannot decide: ties, near ties, subnormals, hundreds of digits.
"""

from guest.compiler.language import Span, bits_float, f64, i32, u32, u64
from guest.heap.spans import span_byte
from guest.values.natural import (
    bit_length,
    compare_naturals,
    multiply_add,
    multiply_power_of_5,
    set_natural,
    subtract,
)
from guest.values.natural_shifts import shift_left
from guest.values.scratch import first_limbs, second_limbs

POINT = 0x2E
ZERO = 0x30
KEPT_DIGITS = 800  # significant; no two doubles' midpoint has more than 767, so later digits only break ties
INFINITE_FROM = 310  # 10**309 and above round to infinity
ZERO_BELOW = -330  # below 10**-330 every number rounds to zero
GROUP_DIGITS = 8  # that are multiplied in at a time

SIGNIFICAND_BITS = 53
SMALLEST_NORMAL = -1022  # exponent of the smallest normal double
EXPONENT_BIAS = 1022  # with the significand's own leading bit adding the last 1
SIGNIFICAND_SHIFT = 52
INFINITY = 0x7FF0000000000000


def round_exactly(text: Span, n: u32, written_exponent: i32) -> f64:
    """The double nearest to `text` (n bytes of digits and at most one point) times 10**written_exponent; no sign."""
    exponent = written_exponent
    limbs = first_limbs()
    length: u32 = 0
    significant: u32 = 0
    dropped = False
    after_point = False
    group: u32 = 0
    group_digits: u32 = 0
    group_scale: u32 = 1
    for i in range(n):
        byte = span_byte(text, i)
        if byte == POINT:
            after_point = True
        elif significant < KEPT_DIGITS:
            if significant != 0 or byte != ZERO:
                significant += 1
                group = group * 10 + (byte - ZERO)
                group_scale *= 10
                group_digits += 1
                if group_digits == GROUP_DIGITS:
                    length = multiply_add(limbs, length, group_scale, group)
                    group = 0
                    group_digits = 0
                    group_scale = 1
            if after_point:
                exponent -= 1
        else:
            dropped = dropped or byte != ZERO
            if not after_point:
                exponent += 1
    length = multiply_add(limbs, length, group_scale, group)
    if length == 0:
        return 0.0
    if dropped:
        # Any nonzero tail decides a tie upwards: one more digit stands for all of it.
        length = multiply_add(limbs, length, 10, 1)
        significant += 1
        exponent -= 1
    magnitude = i32(significant) + exponent  # the text is in [10**(magnitude - 1), 10**magnitude)
    if magnitude > INFINITE_FROM:
        return bits_float(INFINITY)
    if magnitude < ZERO_BELOW:
        return 0.0
    return divide(length, exponent)


def divide(length: u32, exponent: i32) -> f64:
    """The double nearest to first_limbs() * 10**exponent."""
    numerator = first_limbs()
    denominator = second_limbs()
    denominator_length = set_natural(denominator, 1)
    # 10**k is 5**k with k more in the binary exponent.
    if exponent >= 0:
        length = multiply_power_of_5(numerator, length, u32(exponent))
    else:
        denominator_length = multiply_power_of_5(denominator, denominator_length, u32(0 - exponent))
    surplus = i32(bit_length(numerator, length)) - i32(bit_length(denominator, denominator_length))
    if surplus >= 0:
        denominator_length = shift_left(denominator, denominator_length, u32(surplus))
    else:
        length = shift_left(numerator, length, u32(0 - surplus))
    if compare_naturals(numerator, length, denominator, denominator_length) < 0:
        length = shift_left(numerator, length, 1)
        surplus -= 1

    # Now the value is numerator / denominator * 2**binary with the fraction in [1, 2).
    binary = surplus + exponent
    wanted: i32 = SIGNIFICAND_BITS + 1
    if binary < SMALLEST_NORMAL:
        wanted -= SMALLEST_NORMAL - binary
    if wanted <= 0:
        return 0.0  # below half of the smallest subnormal
    quotient: u64 = 0
    for _ in range(wanted):
        quotient = quotient << 1
        if compare_naturals(numerator, length, denominator, denominator_length) >= 0:
            length = subtract(numerator, length, denominator, denominator_length)
            quotient += 1
        length = shift_left(numerator, length, 1)

    significand = quotient >> 1
    if (quotient & 1) != 0 and (length != 0 or (significand & 1) != 0):
        significand += 1
    if binary < SMALLEST_NORMAL:
        return bits_float(significand)
    # A carry out of the significand moves into the exponent, and from the largest exponent to infinity.
    pattern = (u64(binary + EXPONENT_BIAS) << SIGNIFICAND_SHIFT) + significand
    return bits_float(min(pattern, INFINITY))
