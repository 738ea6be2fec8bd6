"""Every decimal digit of a double, and rounding them to a precision: `%e` and `%f`, right to the last digit.

A double is significand * 2**e. For negative e that is significand * 5**-e / 10**-e, so its digits are those of a natural
number (`natural.py`) whose decimal point is moved: no rounding anywhere but in the one place that was asked for.
"""

from guest.compiler.language import ctz, f64, i32, u32, u64
from guest.values.builder import Builder
from guest.values.float_shortest import split_double
from guest.values.float_text import append_to, put_fixed, put_scientific, put_special, start_text
from guest.values.natural import divide_by_tens, multiply_power_of_5, set_natural
from guest.values.natural_shifts import shift_left
from guest.values.scratch import digits, first_limbs

LIMB_DIGITS = 9  # decimal digits in a remainder by 10**9
LARGEST_PRECISION = (
    1100  # digits after the point; no double has more that are not zero, and the text must fit
)


def write_digits(x: f64) -> tuple[u32, i32]:
    """Fill `digits()` with all digits of abs(x): (count, point) where abs(x) = 0.d1d2d3... * 10**point; zero has none."""
    significand, exponent = split_double(x)
    if significand == 0:
        return 0, 0
    scale: i32 = 0
    limbs = first_limbs()
    if exponent >= 0:
        length = shift_left(limbs, set_natural(limbs, significand), u32(exponent))
    else:
        zeros = min(i32(u32(ctz(significand))), 0 - exponent)
        scale = 0 - exponent - zeros
        length = multiply_power_of_5(limbs, set_natural(limbs, significand >> u64(zeros)), u32(scale))

    # Nine digits at a time, last ones first: written backwards from the end of the array, then moved to its front.
    target = digits()
    start = len(target)
    while length != 0:
        length, group = divide_by_tens(limbs, length)
        for _ in range(LIMB_DIGITS):
            start -= 1
            target[start] = group % 10
            group = group // 10
    end = len(target)
    while target[start] == 0:
        start += 1
    point = i32(end - start) - scale
    while target[end - 1] == 0:
        end -= 1
    count = end - start
    for i in range(count):
        target[i] = target[start + i]
    return count, point


def round_digits(count: u32, point: i32, keep: i32) -> tuple[u32, i32]:
    """Round the digits half to even after the first `keep` of them (none if it is not positive)."""
    if keep >= i32(count):
        return count, point
    if keep < 0:
        return 0, point
    target = digits()
    kept = u32(keep)
    up = target[kept] > 5
    if target[kept] == 5:
        up = kept + 1 < count or (kept != 0 and target[kept - 1] % 2 == 1)
    while kept != 0 and up and target[kept - 1] == 9:
        kept -= 1
    if up:
        if kept == 0:
            target[0] = 1
            return 1, point + 1
        target[kept - 1] = target[kept - 1] + 1
        return kept, point
    while kept != 0 and target[kept - 1] == 0:
        kept -= 1
    return kept, point


def format_fixed(b: Builder, x: f64, precision: u32) -> None:
    """Append x as `%.{precision}f`."""
    start_text()
    if not put_special(x):
        count, point = write_digits(x)
        count, point = round_digits(count, point, point + i32(precision))
        put_fixed(count, point, min(precision, LARGEST_PRECISION))
    append_to(b)


def format_exponent(b: Builder, x: f64, precision: u32, letter: u32) -> None:
    """Append x as `%.{precision}e`; `letter` is the code of `e` or `E`."""
    start_text()
    if not put_special(x):
        count, point = write_digits(x)
        count, point = round_digits(count, point, i32(precision) + 1)
        put_scientific(count, point, min(precision, LARGEST_PRECISION), letter)
    append_to(b)
