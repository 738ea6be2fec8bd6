"""Sine, cosine and tangent of any double: the angle modulo a quarter turn, then a series.

The remainder is found by multiplying the angle's significand with as many bits of 2 / pi as matter, as Payne and Hanek
showed: integers of 32-bit limbs, so it is exact however large the angle is.
"""

from guest.compiler.language import Array, Table, f64, float_bits, i32, table, u32, u64
from guest.library.double_double import EXPONENT_BIAS, FRACTION_BITS, add, divide, multiply
from guest.library.math_series import HALF_PI, HALF_PI_LOW, even_series, odd_series

WEIGHT_STEP: f64 = 2.3283064365386963e-10  # 2**-32
QUARTER: f64 = 0.7853981633974483  # pi / 4, up to which an angle is its own remainder

LIMB_BITS = 32
PRODUCT_WORDS = 8  # words of 2 / pi that a significand is multiplied with
PRODUCT_LIMBS = PRODUCT_WORDS + 2
FRACTION_LIMBS = 6  # of the product, kept: the closest doubles to a multiple of pi / 2 leave 120 bits of them

# 2 / pi in words of 32 bits after its point. Pi is Machin's: 4 * (4 * arctan(1/5) - arctan(1/239)).
TABLE_WORDS = 42
BITS = TABLE_WORDS * LIMB_BITS
ONE = 1 << BITS + 64
FIFTHS = sum((1 - 2 * (k % 2)) * (ONE // ((2 * k + 1) * 5 ** (2 * k + 1))) for k in range(320))
SMALL_PARTS = sum((1 - 2 * (k % 2)) * (ONE // ((2 * k + 1) * 239 ** (2 * k + 1))) for k in range(100))
PI_SCALED = 4 * (4 * FIFTHS - SMALL_PARTS)
TWO_OVER_PI = (2 * ONE << BITS) // PI_SCALED
WORDS: Table[u32] = table(
    TWO_OVER_PI >> LIMB_BITS * (TABLE_WORDS - 1 - i) & 0xFFFFFFFF for i in range(TABLE_WORDS)
)


def sine(x: f64) -> tuple[f64, f64]:
    """The sine of a finite angle."""
    turns, rest, low = reduce(x)
    return sine_in(turns, rest, low)


def cosine(x: f64) -> tuple[f64, f64]:
    """The cosine of a finite angle: the sine of what is a quarter turn farther."""
    turns, rest, low = reduce(x)
    return sine_in(turns + 1, rest, low)


def tangent(x: f64) -> tuple[f64, f64]:
    """The tangent of a finite angle."""
    turns, rest, low = reduce(x)
    above, above_low = sine_in(turns, rest, low)
    below, below_low = sine_in(turns + 1, rest, low)
    return divide(above, above_low, below, below_low)


def sine_in(turns: u32, x: f64, x_low: f64) -> tuple[f64, f64]:
    """The sine of a small angle and so many quarter turns."""
    if turns & 1 == 0:
        high, low = odd_series(x, x_low, -1.0)
    else:
        high, low = even_series(x, x_low, -1.0)
    if turns & 2 != 0:
        return -high, -low
    return high, low


def reduce(x: f64) -> tuple[u32, f64, f64]:
    """An angle as quarter turns, modulo four, and a pair between -pi / 4 and pi / 4."""
    size = -x if x < 0.0 else x
    if size <= QUARTER:
        return 0, x, 0.0
    turns, rest, low = reduce_positive(size)
    if x < 0.0:
        return 0 - turns, -rest, -low
    return turns, rest, low


def reduce_positive(x: f64) -> tuple[u32, f64, f64]:
    """The same for an angle above pi / 4, significand * 2**exponent."""
    bits = float_bits(x)
    exponent = i32(u32(bits >> FRACTION_BITS)) - EXPONENT_BIAS - FRACTION_BITS
    significand = bits & ((u64(1) << FRACTION_BITS) - 1) | u64(1) << FRACTION_BITS
    # Earlier words make whole turns.
    first: u32 = u32(exponent - 2) // LIMB_BITS if exponent >= 2 else 0
    product = multiply_words(significand, first)
    point = i32(LIMB_BITS * (first + PRODUCT_WORDS)) - exponent
    turns = chunk(product, point) & 3
    top = chunk(product, point - LIMB_BITS)
    # From a half on, the next quarter turn is nearer.
    is_above = top >> (LIMB_BITS - 1) != 0
    mask: u32 = 0xFFFFFFFF if is_above else 0
    high: f64 = 0.0
    low: f64 = 0.0
    weight: f64 = 1.0
    for i in range(FRACTION_LIMBS):
        weight = weight * WEIGHT_STEP
        piece = chunk(product, point - i32(LIMB_BITS * (i + 1))) ^ mask
        high, low = add(high, low, f64(piece) * weight, 0.0)
    high, low = multiply(high, low, HALF_PI, HALF_PI_LOW)
    if is_above:
        return (turns + 1) & 3, -high, -low
    return turns, high, low


def multiply_words(significand: u64, first: u32) -> Array[u32]:
    """The product of a significand and the words of 2 / pi from `first` on, in limbs, the lowest first."""
    product = Array[u32](PRODUCT_LIMBS)
    low = significand & 0xFFFFFFFF
    high = significand >> LIMB_BITS
    carry: u64 = 0
    for i in range(PRODUCT_LIMBS):
        word: u64 = 0
        if i < PRODUCT_WORDS:
            word = u64(WORDS[first + PRODUCT_WORDS - 1 - i])
        part = word * low
        total = (part & 0xFFFFFFFF) + (carry & 0xFFFFFFFF)
        product[i] = u32(total)
        # Below 2**54: the upper half of the significand has 21 bits.
        carry = (part >> LIMB_BITS) + (carry >> LIMB_BITS) + (total >> LIMB_BITS) + word * high
    return product


def chunk(product: Array[u32], low_bit: i32) -> u32:
    """The 32 bits of a product from `low_bit` on."""
    limb = u32(low_bit) // LIMB_BITS
    shift = u64(u32(low_bit) % LIMB_BITS)
    pair = u64(limb_at(product, limb)) | u64(limb_at(product, limb + 1)) << LIMB_BITS
    return u32(pair >> shift)


def limb_at(product: Array[u32], index: u32) -> u32:
    """A limb of a product; zero above the highest."""
    return product[index] if index < len(product) else 0
