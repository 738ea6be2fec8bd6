"""The usual text of a float: the shortest that reads back as the same double.

Starlark's `str(float)` and JSON differ only in where the exponent form begins: at 10**6 as in starlark-go (and in Rust's),
at 10**16 as in Python's `repr`, which JSON readers expect. `float_exact.py` has the formats with a precision.
"""

from guest.compiler.language import f64, i32, u32
from guest.values.builder import Builder
from guest.values.float_shortest import shortest_decimal
from guest.values.float_text import (
    append_to,
    put_fixed,
    put_scientific,
    put_special,
    start_text,
    written_length,
)
from guest.values.scratch import digits

SMALLEST_FIXED_EXPONENT = -4  # smaller numbers are written with an exponent
STARLARK_EXPONENT = 6  # 1e+06 and above
JSON_EXPONENT = 16  # 1e+16 and above
LETTER_E = 0x65


def write_shortest_digits(x: f64) -> tuple[u32, i32]:
    """Fill `digits()` for a finite, nonzero x: (count, point) where abs(x) is read from 0.d1d2d3... * 10**point."""
    number, scale = shortest_decimal(x)
    while number % 10 == 0:
        number = number // 10
        scale += 1
    count: u32 = 0
    rest = number
    while rest != 0:
        rest = rest // 10
        count += 1
    target = digits()
    position = count
    while position != 0:
        position -= 1
        target[position] = u32(number % 10)
        number = number // 10
    return count, i32(count) + scale


def put_shortest(x: f64, exponent_from: i32) -> None:
    """Write x; in exponent form when its decimal exponent is at least `exponent_from`. Always with a point or exponent."""
    start_text()
    if put_special(x):
        return
    if x == 0.0:
        put_fixed(0, 0, 1)
        return
    count, point = write_shortest_digits(x)
    if point - 1 < SMALLEST_FIXED_EXPONENT or point - 1 >= exponent_from:
        put_scientific(count, point, count - 1, LETTER_E)
    else:
        put_fixed(count, point, u32(max(i32(count) - point, 1)))


def format_shortest(b: Builder, x: f64) -> None:
    """Append Starlark's `str(x)`."""
    put_shortest(x, STARLARK_EXPONENT)
    append_to(b)


def shortest_json(x: f64) -> u32:
    """Write a finite x to the scratch text as Python's `json` does; its length."""
    put_shortest(x, JSON_EXPONENT)
    return written_length()
