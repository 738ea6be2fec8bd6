"""Numbers as unevaluated sums of two doubles, high + low, with about 106 significant bits.

The functions of `math` compute in them and round once at the end, so their results are within a hair of the nearest double, on
every machine the same: all that is used is IEEE addition, multiplication, division and square root. The methods are Dekker's and
Knuth's. Operands must be finite, and products far from overflow; callers scale.
"""

from guest.compiler.language import bits_float, f64, float_bits, i32, i64, inline, square_root, u32, u64

SPLITTER: f64 = 134217729.0  # 2**27 + 1: splits a significand into halves

EXPONENT_BIAS = 1023
FRACTION_BITS = 52
LARGEST_EXPONENT = 1023
SMALLEST_EXPONENT = -1022
SMALLEST_NORMAL: f64 = 2.2250738585072014e-308
SUBNORMAL_SHIFT = 64  # makes every subnormal double a normal one
FIRST_STEP = SMALLEST_EXPONENT + FRACTION_BITS + 1


@inline
def exact_sum(a: f64, b: f64) -> tuple[f64, f64]:
    """a + b, and its rounding error."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@inline
def normalized(a: f64, b: f64) -> tuple[f64, f64]:
    """The same as `exact_sum` where b is not larger than a."""
    total = a + b
    return total, b - (total - a)


@inline
def exact_product(a: f64, b: f64) -> tuple[f64, f64]:
    """a * b, and its rounding error."""
    product = a * b
    shifted = SPLITTER * a
    a_high = shifted - (shifted - a)
    a_low = a - a_high
    shifted = SPLITTER * b
    b_high = shifted - (shifted - b)
    b_low = b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def add(a: f64, a_low: f64, b: f64, b_low: f64) -> tuple[f64, f64]:
    """The sum of two pairs."""
    total, error = exact_sum(a, b)
    lows, rest = exact_sum(a_low, b_low)
    total, error = normalized(total, error + lows)
    return normalized(total, error + rest)


def multiply(a: f64, a_low: f64, b: f64, b_low: f64) -> tuple[f64, f64]:
    """The product of two pairs."""
    product, error = exact_product(a, b)
    return normalized(product, error + (a * b_low + a_low * b))


def divide(a: f64, a_low: f64, b: f64, b_low: f64) -> tuple[f64, f64]:
    """The quotient of two pairs: two steps of long division, and a correction."""
    first = a / b
    product, product_low = multiply(b, b_low, first, 0.0)
    rest, rest_low = add(a, a_low, -product, -product_low)
    second = rest / b
    product, product_low = multiply(b, b_low, second, 0.0)
    rest, rest_low = add(rest, rest_low, -product, -product_low)
    high, low = normalized(first, second)
    return add(high, low, rest / b, 0.0)


def divide_by(a: f64, a_low: f64, n: f64) -> tuple[f64, f64]:
    """The quotient of a pair and a double."""
    first = a / n
    product, error = exact_product(first, n)
    return normalized(first, ((a - product) - error + a_low) / n)


def root(a: f64, a_low: f64) -> tuple[f64, f64]:
    """The square root of a pair that is not negative: the double's, and one step of Newton's method."""
    if a == 0.0:
        return 0.0, 0.0
    first = square_root(a)
    square, square_low = exact_product(first, first)
    rest, _ = add(a, a_low, -square, -square_low)
    return normalized(first, rest / (first + first))


@inline
def power_of_two(exponent: i32) -> f64:
    """2**exponent, for exponents of normal doubles."""
    return bits_float(u64(i64(exponent + EXPONENT_BIAS)) << FRACTION_BITS)


def scale(x: f64, exponent: i32) -> f64:
    """x * 2**exponent for an x near 1, rounded once also where the result is subnormal."""
    if exponent > LARGEST_EXPONENT:
        return (
            x
            * power_of_two(LARGEST_EXPONENT)
            * power_of_two(min(exponent, 2 * LARGEST_EXPONENT) - LARGEST_EXPONENT)
        )
    if exponent < SMALLEST_EXPONENT:
        # The first step keeps the significand whole.
        return x * power_of_two(FIRST_STEP) * power_of_two(max(exponent - FIRST_STEP, i32(SMALLEST_EXPONENT)))
    return x * power_of_two(exponent)


def split(x: f64) -> tuple[f64, i32]:
    """A positive finite x as m * 2**exponent, with m from 1 up to 2."""
    shift: i32 = 0
    value = x
    if value < SMALLEST_NORMAL:
        value = value * power_of_two(SUBNORMAL_SHIFT)
        shift = SUBNORMAL_SHIFT
    bits = float_bits(value)
    exponent = i32(u32(bits >> FRACTION_BITS)) - EXPONENT_BIAS
    fraction = bits & ((u64(1) << FRACTION_BITS) - 1)
    return bits_float(fraction | u64(EXPONENT_BIAS) << FRACTION_BITS), exponent - shift
