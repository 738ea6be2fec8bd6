"""Comparison of numbers across types: exact between int and float, and a total order on floats.

Relies on nothing but numbers; keys, comparisons and sorting rely on it. NaN equals NaN and is above everything else.
"""

from guest.compiler.language import f64, i32, i64, truncate

TWO_TO_63: f64 = 9223372036854775808.0


def compare_ints(a: i64, b: i64) -> i32:
    """Negative, zero or positive."""
    if a == b:
        return 0
    return -1 if a < b else 1


def compare_floats(a: f64, b: f64) -> i32:
    """Negative, zero or positive, in the total order."""
    if a < b:
        return -1
    if a > b:
        return 1
    if a == b:
        return 0
    # At least one is NaN.
    if a == a:
        return -1
    return 1 if b == b else 0


def compare_int_float(a: i64, b: f64) -> i32:
    """Negative, zero or positive: the exact order of an int and a float."""
    if b != b or b >= TWO_TO_63:
        return -1
    if b < -TWO_TO_63:
        return 1
    whole = truncate(b)
    order = compare_ints(a, i64(whole))
    if order != 0:
        return order
    if whole == b:
        return 0
    return -1 if whole < b else 1
