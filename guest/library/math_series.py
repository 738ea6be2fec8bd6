"""Exponential, logarithm, arc tangent and the series of sine and cosine, in pairs of doubles (`double_double.py`).

Each reduces its argument to a small one, for which a power series converges fast, and adds the terms from the last one. Arguments
are finite and in the ranges that each function names; what is special about zero and infinity is the callers' business.
"""

from guest.compiler.language import Table, bits_float, f64, i32, nearest, table, u32, u64
from guest.library.double_double import add, divide, divide_by, multiply, normalized, split

LN2: f64 = 0.6931471805599453
LN2_LOW: f64 = 2.3190468138462996e-17
SQRT2: f64 = 1.4142135623730951
HALF_PI: f64 = 1.5707963267948966
HALF_PI_LOW: f64 = 6.123233995736766e-17

EXPONENTIAL_TERMS = 11  # for |x| < ln(2) / 128
HALVINGS = 6
HALVED: f64 = 0.015625  # 2**-HALVINGS
LOGARITHM_TERMS = 21  # for |s| < 0.172
ANGLE_TERMS = 14  # for |x| < 0.8
TANGENT_TERMS = 14  # for |t| < 0.063
TANGENT_STEPS: f64 = 8.0

# The arc tangents of 0, 1/8, ..., 1: the bits of the nearest doubles, and of what they lack.
TANGENTS: Table[u64] = table(
    (
        0x0000000000000000,
        0x3FBFD5BA9AAC2F6E,
        0x3FCF5B75F92C80DD,
        0x3FD6F61941E4DEF1,
        0x3FDDAC670561BB4F,
        0x3FE1E00BABDEFEB4,
        0x3FE4978FA3269EE1,
        0x3FE700A7C5784634,
        0x3FE921FB54442D18,
    )
)
TANGENTS_LOW: Table[u64] = table(
    (
        0x0000000000000000,
        0xBC4CD37686760C17,
        0x3C68AB6E3CF7AFBD,
        0xBC7C63AAE6F6E918,
        0x3C7A2B7F222F65E2,
        0xBC5928DF287A668F,
        0x3C72419A87F2A458,
        0xBC78C34D25AADEF6,
        0x3C81A62633145C07,
    )
)


def exponential(x: f64, x_low: f64) -> tuple[f64, f64, i32]:
    """e**x as a pair near 1 times a power of two, and its exponent, for |x| < 800."""
    steps = nearest(x / LN2)
    part, part_low = multiply(LN2, LN2_LOW, steps, 0.0)
    rest, rest_low = add(x, x_low, -part, -part_low)
    rest = rest * HALVED
    rest_low = rest_low * HALVED
    # e**rest - 1, so that nothing is lost beside the 1.
    high: f64 = 0.0
    low: f64 = 0.0
    for i in range(EXPONENTIAL_TERMS):
        high, low = add(high, low, 1.0, 0.0)
        high, low = multiply(high, low, rest, rest_low)
        high, low = divide_by(high, low, f64(EXPONENTIAL_TERMS - i))
    for _ in range(HALVINGS):
        square, square_low = multiply(high, low, high, low)
        high, low = add(high + high, low + low, square, square_low)
    high, low = add(high, low, 1.0, 0.0)
    return high, low, i32(steps)


def logarithm(x: f64, x_low: f64) -> tuple[f64, f64]:
    """The natural logarithm of a positive finite pair."""
    m, exponent = split(x)
    m_low = x_low
    if x_low != 0.0:
        m_low = x_low * (m / x)
    if m > SQRT2:
        m = m * 0.5
        m_low = m_low * 0.5
        exponent += 1
    # log(m) = 2 * (s + s**3 / 3 + s**5 / 5 + ...) with s = (m - 1) / (m + 1).
    below, below_low = add(m, m_low, -1.0, 0.0)
    above, above_low = add(m, m_low, 1.0, 0.0)
    s, s_low = divide(below, below_low, above, above_low)
    square, square_low = multiply(s, s_low, s, s_low)
    high, low = odd_reciprocals(square, square_low, LOGARITHM_TERMS)
    high, low = multiply(high, low, s + s, s_low + s_low)
    if exponent == 0:
        return high, low
    part, part_low = multiply(LN2, LN2_LOW, f64(exponent), 0.0)
    return add(part, part_low, high, low)


def odd_reciprocals(x: f64, x_low: f64, terms: u32) -> tuple[f64, f64]:
    """1 + x / 3 + x**2 / 5 + x**3 / 7 + ..."""
    high: f64 = 0.0
    low: f64 = 0.0
    for i in range(terms):
        high, low = multiply(high, low, x, x_low)
        term, term_low = divide_by(1.0, 0.0, f64(2 * (terms - 1 - i) + 1))
        high, low = add(term, term_low, high, low)
    return high, low


def odd_series(x: f64, x_low: f64, sign: f64) -> tuple[f64, f64]:
    """x + sign * x**3 / 3! + x**5 / 5! + ..., for |x| < 0.8: the sine for a sign of -1, the hyperbolic one for 1."""
    square, square_low = multiply(x * sign, x_low * sign, x, x_low)
    high, low = every_other_term(square, square_low, 1.0)
    high, low = multiply(high, low, x, x_low)
    return add(x, x_low, high, low)


def even_series(x: f64, x_low: f64, sign: f64) -> tuple[f64, f64]:
    """1 + sign * x**2 / 2! + x**4 / 4! + ..., for |x| < 0.8: the cosine for a sign of -1."""
    square, square_low = multiply(x * sign, x_low * sign, x, x_low)
    high, low = every_other_term(square, square_low, -1.0)
    return add(1.0, 0.0, high, low)


def every_other_term(square: f64, square_low: f64, other: f64) -> tuple[f64, f64]:
    """s / (2 * (2 + other)) + s**2 / (2 * (2 + other) * 4 * (4 + other)) + ... for s = `square`."""
    high: f64 = 0.0
    low: f64 = 0.0
    for i in range(ANGLE_TERMS):
        n = f64(2 * (ANGLE_TERMS - i))
        high, low = add(high, low, 1.0, 0.0)
        high, low = multiply(high, low, square, square_low)
        high, low = divide_by(high, low, n * (n + other))
    return high, low


def arc_tangent(t: f64, t_low: f64) -> tuple[f64, f64]:
    """The arc tangent of a pair from 0 to 1."""
    step = nearest(t * TANGENT_STEPS)
    center = step / TANGENT_STEPS
    # tan(a - b) = (tan a - tan b) / (1 + tan a * tan b)
    below, below_low = add(t, t_low, -center, 0.0)
    above, above_low = multiply(t, t_low, center, 0.0)
    above, above_low = add(1.0, 0.0, above, above_low)
    u, u_low = divide(below, below_low, above, above_low)
    square, square_low = multiply(u, u_low, u, u_low)
    high, low = odd_reciprocals(-square, -square_low, TANGENT_TERMS)
    high, low = multiply(high, low, u, u_low)
    index = u32(step)
    return add(bits_float(TANGENTS[index]), bits_float(TANGENTS_LOW[index]), high, low)


def quarter_turn_minus(x: f64, x_low: f64) -> tuple[f64, f64]:
    """pi / 2 - x."""
    return add(HALF_PI, HALF_PI_LOW, -x, -x_low)


def rounded(high: f64, low: f64) -> f64:
    """The double nearest to a pair."""
    total, _ = normalized(high, low)
    return total
