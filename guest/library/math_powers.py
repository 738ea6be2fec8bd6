"""Exponentials, logarithms, powers and hyperbolic functions of any double, with what is special at zero and infinity.

Relies on the series of `math_series.py`. Where a function is its argument, up to a rounding, the argument is returned.
"""

from guest.compiler.language import bits_float, f64, float_bits, i32, truncate, u64
from guest.library.double_double import add, divide, multiply, power_of_two, root, scale, split
from guest.library.math_series import LN2, LN2_LOW, exponential, logarithm, odd_series, rounded

INFINITY_BITS = 0x7FF0000000000000
NAN_BITS = 0x7FF8000000000000
SIGN_BIT: u64 = 0x8000000000000000
MOST_EXPONENT: f64 = 800.0  # e to more than this is infinite, to less than its negative is zero
TINY: f64 = 1e-9  # below it, x**3 is under the last bit of x
MOST_TANGENT: f64 = 30.0  # tanh of more than this is 1
SMALL: f64 = 0.7  # up to which the series of the hyperbolic sine serves
HUGE: f64 = 1e18  # from here on x**2 + 1 is x**2
ODD_LIMIT: f64 = 9007199254740992.0  # from here on every double is even


def infinity() -> f64:
    """Positive infinity."""
    return bits_float(INFINITY_BITS)


def not_a_number() -> f64:
    """NaN."""
    return bits_float(NAN_BITS)


def with_sign(x: f64, sign: f64) -> f64:
    """The absolute value of x with the sign of another double."""
    return bits_float(float_bits(x) & ~SIGN_BIT | float_bits(sign) & SIGN_BIT)


def magnitude(x: f64) -> f64:
    """The absolute value."""
    return bits_float(float_bits(x) & ~SIGN_BIT)


def exponential_of(x: f64) -> f64:
    """e**x."""
    if x != x:
        return x
    if x > MOST_EXPONENT:
        return infinity()
    if x < -MOST_EXPONENT:
        return 0.0
    high, low, exponent = exponential(x, 0.0)
    return scale(rounded(high, low), exponent)


def logarithm_of(x: f64) -> f64:
    """ln x."""
    if x != x or x < 0.0:
        return not_a_number()
    if x == 0.0:
        return -infinity()
    if x - x != 0.0:
        return x
    high, low = logarithm(x, 0.0)
    return rounded(high, low)


def power(x: f64, y: f64) -> f64:
    """x**y."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if x != x or y != y:
        return not_a_number()
    size = magnitude(x)
    is_whole = truncate(y) == y
    is_odd = is_whole and magnitude(y) < ODD_LIMIT and truncate(y * 0.5) * 2.0 != y
    if y - y != 0.0:
        if size == 1.0:
            return 1.0
        return infinity() if (size > 1.0) == (y > 0.0) else 0.0
    if size == 0.0 or size - size != 0.0:
        result = infinity() if (size == 0.0) == (y < 0.0) else 0.0
        return with_sign(result, x) if is_odd else result
    if x < 0.0 and not is_whole:
        return not_a_number()
    result = power_of_positive(size, y)
    return -result if x < 0.0 and is_odd else result


def power_of_positive(x: f64, y: f64) -> f64:
    """x**y for a positive finite x and a finite y."""
    log, log_low = logarithm(x, 0.0)
    estimate = log * y
    if estimate > MOST_EXPONENT:
        return infinity()
    if estimate < -MOST_EXPONENT:
        return 0.0
    if magnitude(estimate) < TINY * TINY:
        return 1.0 + estimate
    # A large y is scaled, so that the product of halves does not overflow.
    m, exponent = split(magnitude(y))
    high, low = multiply(log, log_low, with_sign(m, y), 0.0)
    factor = scale(1.0, exponent)
    high, low, exponent = exponential(high * factor, low * factor)
    return scale(rounded(high, low), exponent)


def hyperbolic_sine(x: f64) -> f64:
    """sinh x."""
    size = magnitude(x)
    if not size < MOST_EXPONENT:
        return x * infinity()
    if size < TINY:
        return x
    high, low, exponent = hyperbolic(size, -1.0)
    return with_sign(scale(rounded(high, low), exponent), x)


def hyperbolic_cosine(x: f64) -> f64:
    """cosh x."""
    size = magnitude(x)
    if not size < MOST_EXPONENT:
        return size * infinity()
    high, low, exponent = hyperbolic(size, 1.0)
    return scale(rounded(high, low), exponent)


def hyperbolic_tangent(x: f64) -> f64:
    """tanh x."""
    size = magnitude(x)
    if x != x or size < TINY:
        return x
    if size > MOST_TANGENT:
        return with_sign(1.0, x)
    above, above_low, _ = hyperbolic(size, -1.0)
    below, below_low, exponent = hyperbolic(size, 1.0)
    if size < SMALL:
        factor = power_of_two(-exponent)
        above = above * factor
        above_low = above_low * factor
    high, low = divide(above, above_low, below, below_low)
    return with_sign(rounded(high, low), x)


def hyperbolic(x: f64, sign: f64) -> tuple[f64, f64, i32]:
    """(e**x + sign * e**-x) / 2 for a positive x, as a pair times a power of two; a small sine has the power 0."""
    if sign < 0.0 and x < SMALL:
        high, low = odd_series(x, 0.0, 1.0)
        return high, low, 0
    high, low, exponent = exponential(x, 0.0)
    inverse, inverse_low = divide(sign, 0.0, high, low)
    factor = scale(1.0, -2 * exponent)
    high, low = add(high, low, inverse * factor, inverse_low * factor)
    return high * 0.5, low * 0.5, exponent


def inverse_hyperbolic_sine(x: f64) -> f64:
    """asinh x: ln(x + sqrt(x**2 + 1)) for a positive x."""
    size = magnitude(x)
    if size - size != 0.0 or size < TINY:
        return x
    if size > HUGE:
        return with_sign(logarithm_of_double(size), x)
    square, square_low = multiply(size, 0.0, size, 0.0)
    square, square_low = add(square, square_low, 1.0, 0.0)
    high, low = root(square, square_low)
    high, low = add(high, low, size, 0.0)
    high, low = logarithm(high, low)
    return with_sign(rounded(high, low), x)


def inverse_hyperbolic_cosine(x: f64) -> f64:
    """acosh x: ln(x + sqrt(x**2 - 1))."""
    if x != x or x < 1.0:
        return not_a_number()
    if x - x != 0.0:
        return x
    if x > HUGE:
        return logarithm_of_double(x)
    square, square_low = multiply(x, 0.0, x, 0.0)
    square, square_low = add(square, square_low, -1.0, 0.0)
    high, low = root(square, square_low)
    high, low = add(high, low, x, 0.0)
    high, low = logarithm(high, low)
    return rounded(high, low)


def inverse_hyperbolic_tangent(x: f64) -> f64:
    """atanh x: ln((1 + x) / (1 - x)) / 2."""
    size = magnitude(x)
    if x != x or size > 1.0:
        return not_a_number()
    if size == 1.0:
        return x * infinity()
    if size < TINY:
        return x
    above, above_low = add(1.0, 0.0, size, 0.0)
    below, below_low = add(1.0, 0.0, -size, 0.0)
    high, low = divide(above, above_low, below, below_low)
    high, low = logarithm(high, low)
    return with_sign(rounded(high, low) * 0.5, x)


def logarithm_of_double(x: f64) -> f64:
    """ln(2 * x) for a large x, whose double may be infinite."""
    high, low = logarithm(x, 0.0)
    high, low = add(high, low, LN2, LN2_LOW)
    return rounded(high, low)
