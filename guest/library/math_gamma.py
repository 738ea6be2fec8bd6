"""The gamma function: Stirling's series far from zero, the recurrence towards it, reflection for negative numbers.

All in pairs of doubles, so that the result is within a hair of the nearest double although the exponent of e is large.
"""

from guest.compiler.language import Table, bits_float, f64, i32, nearest, table
from guest.library.double_double import add, divide, divide_by, multiply, scale
from guest.library.math_series import even_series, exponential, logarithm, odd_series, rounded

PI: f64 = 3.141592653589793
PI_LOW: f64 = 1.2246467991473532e-16
HALF_LN_2PI: f64 = 0.9189385332046728
HALF_LN_2PI_LOW: f64 = -3.8782941580672414e-17
INFINITY_BITS = 0x7FF0000000000000
NAN_BITS = 0x7FF8000000000000

LARGEST: f64 = 171.7  # beyond it the result is infinite
SMALLEST: f64 = -190.0  # below it the result is zero
TINY: f64 = 1e-18  # nearer to zero it is 1 / x
FAR: f64 = 28.0  # from where Stirling's series has 90 bits

# The coefficients of the series: Bernoulli's numbers over 2k * (2k - 1).
TERMS = 10
NUMERATORS: Table[i32] = table((1, -1, 1, -1, 1, -691, 1, -3617, 43867, -174611))
DENOMINATORS: Table[i32] = table((12, 360, 1260, 1680, 1188, 360360, 156, 122400, 244188, 125400))


def gamma(x: f64) -> f64:
    """The gamma function of any double."""
    if x - x != 0.0:
        return x if x > 0.0 else bits_float(NAN_BITS)
    if x > -TINY and x < TINY:
        return 1.0 / x
    if x > LARGEST:
        return bits_float(INFINITY_BITS)
    if x > 0.0:
        high, low, exponent = gamma_positive(x, 0.0)
        return scale(rounded(high, low), exponent)
    whole = nearest(x)
    if whole == x:
        return bits_float(NAN_BITS)
    is_odd = nearest(whole * 0.5) * 2.0 != whole
    below, below_low = sine_of_turns(x - whole)
    if is_odd:
        below = -below
        below_low = -below_low
    if x < SMALLEST:
        return 0.0 if below > 0.0 else -0.0
    # gamma(x) * gamma(1 - x) = pi / sin(pi * x)
    argument, argument_low = add(1.0, 0.0, -x, 0.0)
    other, other_low, exponent = gamma_positive(argument, argument_low)
    below, below_low = multiply(below, below_low, other, other_low)
    high, low = divide(PI, PI_LOW, below, below_low)
    return scale(rounded(high, low), -exponent)


def sine_of_turns(x: f64) -> tuple[f64, f64]:
    """sin(pi * x), for |x| <= 1/2."""
    size = -x if x < 0.0 else x
    if size <= 0.25:
        angle, angle_low = multiply(PI, PI_LOW, x, 0.0)
        return odd_series(angle, angle_low, -1.0)
    angle, angle_low = multiply(PI, PI_LOW, 0.5 - size, 0.0)
    high, low = even_series(angle, angle_low, -1.0)
    if x < 0.0:
        return -high, -low
    return high, low


def gamma_positive(x: f64, x_low: f64) -> tuple[f64, f64, i32]:
    """The gamma function of a positive pair, as a pair and a power of two."""
    z = x
    z_low = x_low
    product: f64 = 1.0
    product_low: f64 = 0.0
    while z < FAR:
        product, product_low = multiply(product, product_low, z, z_low)
        z, z_low = add(z, z_low, 1.0, 0.0)
    # ln gamma(z) = (z - 1/2) * ln z - z + ln(2 pi) / 2 + 1/12 z - 1/360 z**3 + ...
    log, log_low = logarithm(z, z_low)
    part, part_low = add(z, z_low, -0.5, 0.0)
    high, low = multiply(log, log_low, part, part_low)
    high, low = add(high, low, -z, -z_low)
    high, low = add(high, low, HALF_LN_2PI, HALF_LN_2PI_LOW)
    part, part_low = stirling_series(z, z_low)
    high, low = add(high, low, part, part_low)
    high, low, exponent = exponential(high, low)
    high, low = divide(high, low, product, product_low)
    return high, low, exponent


def stirling_series(z: f64, z_low: f64) -> tuple[f64, f64]:
    """The sum of Stirling's series for the logarithm of the gamma function."""
    inverse, inverse_low = divide(1.0, 0.0, z, z_low)
    square, square_low = multiply(inverse, inverse_low, inverse, inverse_low)
    high: f64 = 0.0
    low: f64 = 0.0
    for i in range(TERMS):
        index = TERMS - 1 - i
        high, low = multiply(high, low, square, square_low)
        term, term_low = divide_by(f64(NUMERATORS[index]), 0.0, f64(DENOMINATORS[index]))
        high, low = add(term, term_low, high, low)
    return multiply(high, low, inverse, inverse_low)
