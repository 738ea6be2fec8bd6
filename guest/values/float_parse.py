"""The double nearest to a decimal text, ties to even.

Most texts need one or two exact double operations (at most 15 digits, a small exponent) or one wide multiplication by a
power of ten (after Daniel Lemire, "Number parsing at a gigabyte per second", and Michael Eisel). The few whose answer that
cannot prove go to `float_fallback.py`, which computes with the exact decimal. The lexer, `float(str)` and JSON read with it.
"""

from guest.compiler.language import Span, bits_float, clz, f64, i32, u32, u64
from guest.heap.spans import span_after, span_byte
from guest.heap.wide import mul_wide
from guest.values.float_fallback import round_exactly
from guest.values.float_powers import (
    LARGEST_POWER,
    SMALLEST_POWER,
    power_high,
    power_low,
)

MINUS = 0x2D
PLUS = 0x2B
POINT = 0x2E
ZERO = 0x30
LETTER_E = 0x65
LETTER_CASE = 0x20  # the bit by which `E` and `e` differ

SIGNIFICANT_DIGITS = 19  # the most that always fit 64 bits
LARGEST_EXPONENT = (
    100000000  # larger ones are cut; more than any text has digits, so the cut never changes an answer
)
LARGEST_EXACT_INTEGER = 9007199254740992  # 2**53
LARGEST_EXACT_FACTOR = 22  # 10**22 is the last power of ten that a double holds exactly

# The wide product has 64 + 64 bits, of which 53 + 1 are kept; these are the ones below them in the upper half.
ROUNDING_BITS = 0x1FF
HIDDEN_BIT = 53  # position of the bit that a carry out of the significand sets
LOG2_OF_10_SHORT = 217706  # floor(log2(10**k)) is (k * 217706) >> 16 for the exponents of doubles
EXPONENT_BIAS = 1023
LARGEST_BIASED = 0x7FF
SIGNIFICAND_SHIFT = 52
SIGNIFICAND_MASK = 0xFFFFFFFFFFFFF


def is_digit(byte: u32) -> bool:
    """Whether a byte is one of `0` to `9`."""
    return byte - ZERO <= 9


def parse_float(text: Span, n: u32) -> tuple[f64, bool]:
    """Read `[+-] digits [. digits] [e [+-] digits]` (digits on one side of the point suffice), all of it.

    The answer is false when the text has another form; a number too large is infinite, one too small zero.
    """
    at: u32 = 0
    negative = False
    if n != 0 and (span_byte(text, 0) == MINUS or span_byte(text, 0) == PLUS):
        negative = span_byte(text, 0) == MINUS
        at = 1

    # The first nineteen significant digits make `number`; text = number * 10**exponent, and more if some were dropped.
    start = at
    number: u64 = 0
    significant: u32 = 0
    exponent: i32 = 0
    digit_count: u32 = 0
    dropped = False
    after_point = False
    while at < n:
        byte = span_byte(text, at)
        if is_digit(byte):
            digit_count += 1
            if significant < SIGNIFICANT_DIGITS:
                number = number * 10 + u64(byte - ZERO)
                if number != 0:
                    significant += 1
                if after_point:
                    exponent -= 1
            else:
                dropped = dropped or byte != ZERO
                if not after_point:
                    exponent += 1
        elif byte == POINT and not after_point:
            after_point = True
        else:
            break
        at += 1
    if digit_count == 0:
        return 0.0, False
    mantissa_end = at

    written: i32 = 0
    if at < n:
        if (span_byte(text, at) | LETTER_CASE) != LETTER_E:
            return 0.0, False
        at += 1
        down = False
        if at < n and (span_byte(text, at) == MINUS or span_byte(text, at) == PLUS):
            down = span_byte(text, at) == MINUS
            at += 1
        if at == n:
            return 0.0, False
        while at < n:
            byte = span_byte(text, at)
            if not is_digit(byte):
                return 0.0, False
            if written < LARGEST_EXPONENT:
                written = written * 10 + i32(byte - ZERO)
            at += 1
        if down:
            written = 0 - written
    exponent += written

    result = nearest_double(number, exponent)
    # With digits dropped the text lies between number and number + 1: if both round alike, so does the text.
    if result < 0.0 or (dropped and result != nearest_double(number + 1, exponent)):
        result = round_exactly(span_after(text, start), mantissa_end - start, written)
    return -result if negative else result, True


def nearest_double(number: u64, exponent: i32) -> f64:
    """The double nearest to number * 10**exponent, or -1 where this way cannot prove it."""
    if number == 0:
        return 0.0
    if number <= LARGEST_EXACT_INTEGER:
        # Both operands are exact, so the one rounding of the operation is the right one.
        if exponent == 0:
            return f64(number)
        if exponent > 0 and exponent <= LARGEST_EXACT_FACTOR:
            return f64(number) * exact_power(exponent)
        if exponent < 0 and exponent >= 0 - LARGEST_EXACT_FACTOR:
            return f64(number) / exact_power(0 - exponent)
    if exponent < SMALLEST_POWER:
        return 0.0
    if exponent > LARGEST_POWER:
        return bits_float(LARGEST_BIASED << SIGNIFICAND_SHIFT)
    return multiply_wide(number, exponent)


def exact_power(exponent: i32) -> f64:
    """10**exponent for 0 to 22: exact."""
    power: f64 = 1.0
    for _ in range(exponent):
        power *= 10.0
    return power


def multiply_wide(number: u64, exponent: i32) -> f64:
    """`nearest_double` by a multiplication with 64 or 128 bits of the power of ten."""
    zeros = clz(number)
    scaled = number << zeros
    low, high = mul_wide(scaled, power_high(exponent))
    if (high & ROUNDING_BITS) == ROUNDING_BITS and low + scaled < scaled:
        # What the truncated power lacks could carry into the kept bits: use its next 64 bits too.
        next_low, next_high = mul_wide(scaled, power_low(exponent))
        sum_low = low + next_high
        if sum_low < low:
            high += 1
        low = sum_low
        if (high & ROUNDING_BITS) == ROUNDING_BITS and low + 1 == 0 and next_low + scaled < scaled:
            return -1.0

    top = high >> 63
    significand = high >> (top + 9)
    biased = (
        i32((exponent * LOG2_OF_10_SHORT) >> 16) + 64 + EXPONENT_BIAS - i32(u32(zeros)) - i32(u32(1 - top))
    )
    if low == 0 and (high & ROUNDING_BITS) == 0 and (significand & 3) == 1:
        return -1.0  # perhaps exactly half way
    significand = (significand + (significand & 1)) >> 1
    if (significand >> HIDDEN_BIT) != 0:
        significand = significand >> 1
        biased += 1
    if biased <= 0 or biased >= LARGEST_BIASED:
        return -1.0  # subnormal, or at the border of the infinite
    return bits_float((u64(biased) << SIGNIFICAND_SHIFT) | (significand & SIGNIFICAND_MASK))
