"""Angles, roots and remainders: the functions of the namespace `math` on doubles, with what is special at zero and infinity.

Relies on the pairs and series of the other files named `math_*`; powers and hyperbolic functions are in `math_powers.py`.
"""

from guest.compiler.language import f64, float_bits, square_root, truncate
from guest.library.double_double import add, divide, multiply, root, scale, split
from guest.library.math_angles import cosine, sine, tangent
from guest.library.math_constants import PI
from guest.library.math_powers import infinity, magnitude, not_a_number, with_sign
from guest.library.math_series import HALF_PI, HALF_PI_LOW, arc_tangent, quarter_turn_minus, rounded
from guest.values.numeric import float_remainder

TINY: f64 = 1e-9  # below it, x**3 is under the last bit of x
DEGREES: f64 = 360.0
MOST_DOUBLED: f64 = 8.988465674311579e307  # half of the largest double
TURNING_EXPONENT = 60  # an angle of less than 2**-60 is its tangent
FAR_EXPONENT = 110  # doubles so many bits apart do not see each other


def nearest_away(x: f64) -> f64:
    """The nearest whole number; of two, the one farther from zero."""
    whole = truncate(x)
    if magnitude(x - whole) >= 0.5:
        whole = whole + with_sign(1.0, x)
    return with_sign(whole, x)


def modulo(x: f64, y: f64) -> f64:
    """The remainder of x / y truncated, with the sign of x."""
    if y == 0.0 or x - x != 0.0 or y != y:
        return not_a_number()
    return with_sign(float_remainder(x, y), x)


def nearest_remainder(x: f64, y: f64) -> f64:
    """The remainder of x / y rounded to the nearest whole number, to the even one of two, as IEEE 754 has it."""
    if y == 0.0 or x - x != 0.0 or y != y:
        return not_a_number()
    divisor = magnitude(y)
    if divisor - divisor != 0.0:
        return x
    rest = magnitude(x)
    if divisor <= MOST_DOUBLED:
        rest = float_remainder(rest, divisor + divisor)
    # Now below twice the divisor. `rest > divisor - rest` compares with the half, and the difference is exact there.
    if rest > divisor - rest:
        rest = rest - divisor
        if rest >= divisor - rest:
            rest = rest - divisor
    return with_sign(rest, x) if rest == 0.0 else with_sign(1.0, x) * rest


def sine_of(x: f64) -> f64:
    """sin x."""
    if x - x != 0.0:
        return not_a_number()
    if magnitude(x) < TINY:
        return x
    high, low = sine(x)
    return rounded(high, low)


def cosine_of(x: f64) -> f64:
    """cos x."""
    if x - x != 0.0:
        return not_a_number()
    if magnitude(x) < TINY:
        return 1.0
    high, low = cosine(x)
    return rounded(high, low)


def tangent_of(x: f64) -> f64:
    """tan x."""
    if x - x != 0.0:
        return not_a_number()
    if magnitude(x) < TINY:
        return x
    high, low = tangent(x)
    return rounded(high, low)


def arc_sine(x: f64) -> f64:
    """asin x: the angle of the point (sqrt(1 - x**2), x)."""
    size = magnitude(x)
    if x != x or size > 1.0:
        return not_a_number()
    if size < TINY:
        return x
    other, other_low = other_leg(size)
    high, low = angle_of(size, 0.0, other, other_low)
    return with_sign(rounded(high, low), x)


def arc_cosine(x: f64) -> f64:
    """acos x: the angle of the point (x, sqrt(1 - x**2))."""
    size = magnitude(x)
    if x != x or size > 1.0:
        return not_a_number()
    other, other_low = other_leg(size)
    high, low = angle_of(other, other_low, size, 0.0)
    if x < 0.0:
        high, low = add(HALF_PI + HALF_PI, HALF_PI_LOW + HALF_PI_LOW, -high, -low)
    return rounded(high, low)


def other_leg(x: f64) -> tuple[f64, f64]:
    """sqrt(1 - x**2)."""
    below, below_low = add(1.0, 0.0, -x, 0.0)
    above, above_low = add(1.0, 0.0, x, 0.0)
    square, square_low = multiply(below, below_low, above, above_low)
    return root(square, square_low)


def arc_tangent_of(x: f64) -> f64:
    """atan x."""
    if x != x:
        return x
    return arc_tangent_of_point(x, 1.0)


def arc_tangent_of_point(y: f64, x: f64) -> f64:
    """atan2(y, x): the angle of the point (x, y), from -pi to pi."""
    if x != x or y != y:
        return not_a_number()
    height = magnitude(y)
    width = magnitude(x)
    if height - height != 0.0 and width - width != 0.0:
        height = 1.0
        width = 1.0
    elif height - height != 0.0:
        width = 0.0
        height = 1.0
    elif width - width != 0.0:
        height = 0.0
        width = 1.0
    is_left = float_bits(x) >> 63 != 0
    if height == 0.0:
        return with_sign(PI if is_left else 0.0, y)
    high: f64 = HALF_PI
    low: f64 = HALF_PI_LOW
    if width != 0.0:
        m, exponent = split(height)
        n, other = split(width)
        exponent -= other
        if exponent < -TURNING_EXPONENT and not is_left:
            # The angle is the quotient, which may be subnormal.
            m, low = divide(m, 0.0, n, 0.0)
            return with_sign(scale(rounded(m, low), exponent), y)
        factor = scale(1.0, exponent)
        if exponent < -FAR_EXPONENT:
            factor = 0.0
        if exponent <= FAR_EXPONENT:
            high, low = angle_of(m * factor, 0.0, n, 0.0)
    if is_left:
        high, low = add(HALF_PI + HALF_PI, HALF_PI_LOW + HALF_PI_LOW, -high, -low)
    return with_sign(rounded(high, low), y)


def angle_of(y: f64, y_low: f64, x: f64, x_low: f64) -> tuple[f64, f64]:
    """The angle of a point of the first quadrant, from 0 to pi / 2."""
    if y > x:
        high, low = divide(x, x_low, y, y_low)
        high, low = arc_tangent(high, low)
        return quarter_turn_minus(high, low)
    high, low = divide(y, y_low, x, x_low)
    return arc_tangent(high, low)


def hypotenuse(x: f64, y: f64) -> f64:
    """sqrt(x**2 + y**2)."""
    longer = magnitude(x)
    shorter = magnitude(y)
    if (longer - longer != 0.0 and longer == longer) or (shorter - shorter != 0.0 and shorter == shorter):
        return infinity()
    if longer != longer or shorter != shorter:
        return not_a_number()
    if longer < shorter:
        longer, shorter = shorter, longer
    if shorter == 0.0:
        return longer
    a, exponent = split(longer)
    b, other = split(shorter)
    if exponent - other > FAR_EXPONENT:
        return longer
    b = scale(b, other - exponent)
    square, square_low = multiply(a, 0.0, a, 0.0)
    more, more_low = multiply(b, 0.0, b, 0.0)
    square, square_low = add(square, square_low, more, more_low)
    high, low = root(square, square_low)
    return scale(rounded(high, low), exponent)


def square_root_of(x: f64) -> f64:
    """sqrt x."""
    return not_a_number() if x < 0.0 else square_root(x)


def to_degrees(x: f64) -> f64:
    """An angle in radians as degrees."""
    return DEGREES * x / (2.0 * PI)


def to_radians(x: f64) -> f64:
    """An angle in degrees as radians."""
    return 2.0 * PI * x / DEGREES
