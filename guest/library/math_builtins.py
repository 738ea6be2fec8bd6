"""The namespace `math`: its functions as built-ins.

Every one takes ints and floats and gives a float, except `ceil` and `floor`, which give ints. The doubles are computed in the
other files named `math_*`, never by the host, so that a rule decides the same on every machine.
"""

from guest.compiler.language import Text, Value, ceil, f64, floor, registered, u32
from guest.heap.value import float_of, from_float, is_float
from guest.heap.views import Registers, register
from guest.library.arguments import is_given, refuse, wrong_type
from guest.library.math_functions import (
    arc_cosine,
    arc_sine,
    arc_tangent_of,
    arc_tangent_of_point,
    cosine_of,
    hypotenuse,
    modulo,
    nearest_away,
    nearest_remainder,
    sine_of,
    square_root_of,
    tangent_of,
    to_degrees,
    to_radians,
)
from guest.library.math_gamma import gamma
from guest.library.math_powers import (
    exponential_of,
    hyperbolic_cosine,
    hyperbolic_sine,
    hyperbolic_tangent,
    inverse_hyperbolic_cosine,
    inverse_hyperbolic_sine,
    inverse_hyperbolic_tangent,
    logarithm_of,
    magnitude,
    power,
    with_sign,
)
from guest.meter.costs import MATH_FUNCTION
from guest.meter.fuel import charge
from guest.values.int_floats import finite_float, int_from_float
from guest.values.integer import is_int


def number_argument(arguments: Registers, index: u32, function: Text, parameter: Text) -> f64:
    """An argument that must be a number, as a float; pays for what is done with it."""
    charge(MATH_FUNCTION)
    value = register(arguments, index)
    if is_float(value):
        return float_of(value)
    if is_int(value):
        return finite_float(value)
    wrong_type(function, parameter, value, "float or int")


def whole_number(x: f64, function: Text) -> Value:
    """The int that a rounded float is."""
    if x - x != 0.0:
        refuse(
            function,
            "cannot convert float NaN to integer" if x != x else "cannot convert float infinity to integer",
        )
    return int_from_float(x)


@registered("builtin", "math.ceil(x, /)")
def math_ceil(arguments: Registers) -> Value:
    """The least int that is not less than x."""
    if is_int(register(arguments, 0)):
        return register(arguments, 0)
    return whole_number(ceil(number_argument(arguments, 0, "math.ceil", "x")), "math.ceil")


@registered("builtin", "math.floor(x, /)")
def math_floor(arguments: Registers) -> Value:
    """The greatest int that is not greater than x."""
    if is_int(register(arguments, 0)):
        return register(arguments, 0)
    return whole_number(floor(number_argument(arguments, 0, "math.floor", "x")), "math.floor")


@registered("builtin", "math.log(x, base?, /)")
def math_log(arguments: Registers) -> Value:
    """The logarithm to a base, which is e if it is not given."""
    x = logarithm_of(number_argument(arguments, 0, "math.log", "x"))
    if not is_given(arguments, 1):
        return from_float(x)
    base = number_argument(arguments, 1, "math.log", "base")
    if base == 1.0:
        refuse("math.log", "division by zero")
    return from_float(x / logarithm_of(base))


@registered("builtin", "math.exp(x, /)")
def math_exp(arguments: Registers) -> Value:
    """e**x."""
    return from_float(exponential_of(number_argument(arguments, 0, "math.exp", "x")))


@registered("builtin", "math.sqrt(x, /)")
def math_sqrt(arguments: Registers) -> Value:
    """The square root; NaN of a negative number."""
    return from_float(square_root_of(number_argument(arguments, 0, "math.sqrt", "x")))


@registered("builtin", "math.fabs(x, /)")
def math_fabs(arguments: Registers) -> Value:
    """The absolute value, as a float."""
    return from_float(magnitude(number_argument(arguments, 0, "math.fabs", "x")))


@registered("builtin", "math.round(x, /)")
def math_round(arguments: Registers) -> Value:
    """The nearest whole number, as a float; of two, the one farther from zero."""
    return from_float(nearest_away(number_argument(arguments, 0, "math.round", "x")))


@registered("builtin", "math.acos(x, /)")
def math_acos(arguments: Registers) -> Value:
    """The arc cosine, in radians."""
    return from_float(arc_cosine(number_argument(arguments, 0, "math.acos", "x")))


@registered("builtin", "math.asin(x, /)")
def math_asin(arguments: Registers) -> Value:
    """The arc sine, in radians."""
    return from_float(arc_sine(number_argument(arguments, 0, "math.asin", "x")))


@registered("builtin", "math.atan(x, /)")
def math_atan(arguments: Registers) -> Value:
    """The arc tangent, in radians."""
    return from_float(arc_tangent_of(number_argument(arguments, 0, "math.atan", "x")))


@registered("builtin", "math.cos(x, /)")
def math_cos(arguments: Registers) -> Value:
    """The cosine of an angle in radians."""
    return from_float(cosine_of(number_argument(arguments, 0, "math.cos", "x")))


@registered("builtin", "math.sin(x, /)")
def math_sin(arguments: Registers) -> Value:
    """The sine of an angle in radians."""
    return from_float(sine_of(number_argument(arguments, 0, "math.sin", "x")))


@registered("builtin", "math.tan(x, /)")
def math_tan(arguments: Registers) -> Value:
    """The tangent of an angle in radians."""
    return from_float(tangent_of(number_argument(arguments, 0, "math.tan", "x")))


@registered("builtin", "math.degrees(x, /)")
def math_degrees(arguments: Registers) -> Value:
    """An angle in radians as degrees."""
    return from_float(to_degrees(number_argument(arguments, 0, "math.degrees", "x")))


@registered("builtin", "math.radians(x, /)")
def math_radians(arguments: Registers) -> Value:
    """An angle in degrees as radians."""
    return from_float(to_radians(number_argument(arguments, 0, "math.radians", "x")))


@registered("builtin", "math.acosh(x, /)")
def math_acosh(arguments: Registers) -> Value:
    """The inverse hyperbolic cosine."""
    return from_float(inverse_hyperbolic_cosine(number_argument(arguments, 0, "math.acosh", "x")))


@registered("builtin", "math.asinh(x, /)")
def math_asinh(arguments: Registers) -> Value:
    """The inverse hyperbolic sine."""
    return from_float(inverse_hyperbolic_sine(number_argument(arguments, 0, "math.asinh", "x")))


@registered("builtin", "math.atanh(x, /)")
def math_atanh(arguments: Registers) -> Value:
    """The inverse hyperbolic tangent."""
    return from_float(inverse_hyperbolic_tangent(number_argument(arguments, 0, "math.atanh", "x")))


@registered("builtin", "math.cosh(x, /)")
def math_cosh(arguments: Registers) -> Value:
    """The hyperbolic cosine."""
    return from_float(hyperbolic_cosine(number_argument(arguments, 0, "math.cosh", "x")))


@registered("builtin", "math.sinh(x, /)")
def math_sinh(arguments: Registers) -> Value:
    """The hyperbolic sine."""
    return from_float(hyperbolic_sine(number_argument(arguments, 0, "math.sinh", "x")))


@registered("builtin", "math.tanh(x, /)")
def math_tanh(arguments: Registers) -> Value:
    """The hyperbolic tangent."""
    return from_float(hyperbolic_tangent(number_argument(arguments, 0, "math.tanh", "x")))


@registered("builtin", "math.gamma(x, /)")
def math_gamma(arguments: Registers) -> Value:
    """The gamma function."""
    return from_float(gamma(number_argument(arguments, 0, "math.gamma", "x")))


@registered("builtin", "math.atan2(y, x, /)")
def math_atan2(arguments: Registers) -> Value:
    """The angle of the point (x, y), in radians."""
    y = number_argument(arguments, 0, "math.atan2", "y")
    x = number_argument(arguments, 1, "math.atan2", "x")
    return from_float(arc_tangent_of_point(y, x))


@registered("builtin", "math.copysign(x, y, /)")
def math_copysign(arguments: Registers) -> Value:
    """The absolute value of x with the sign of y."""
    x = number_argument(arguments, 0, "math.copysign", "x")
    y = number_argument(arguments, 1, "math.copysign", "y")
    return from_float(with_sign(x, y))


@registered("builtin", "math.hypot(x, y, /)")
def math_hypot(arguments: Registers) -> Value:
    """The distance of the point (x, y) from the origin."""
    x = number_argument(arguments, 0, "math.hypot", "x")
    y = number_argument(arguments, 1, "math.hypot", "y")
    return from_float(hypotenuse(x, y))


@registered("builtin", "math.mod(x, y, /)")
def math_mod(arguments: Registers) -> Value:
    """The remainder of x / y, with the sign of x."""
    x = number_argument(arguments, 0, "math.mod", "x")
    y = number_argument(arguments, 1, "math.mod", "y")
    return from_float(modulo(x, y))


@registered("builtin", "math.pow(x, y, /)")
def math_pow(arguments: Registers) -> Value:
    """x**y."""
    x = number_argument(arguments, 0, "math.pow", "x")
    y = number_argument(arguments, 1, "math.pow", "y")
    return from_float(power(x, y))


@registered("builtin", "math.remainder(x, y, /)")
def math_remainder(arguments: Registers) -> Value:
    """The remainder of x / y, the quotient rounded to the nearest whole number."""
    x = number_argument(arguments, 0, "math.remainder", "x")
    y = number_argument(arguments, 1, "math.remainder", "y")
    return from_float(nearest_remainder(x, y))
