"""Floats as the rule language prints them, made from CPython's shortest digits: what tests compare with."""

from __future__ import annotations

import math
from decimal import Decimal


def starlark_float(x: float) -> str:
    """`str(x)` of starlark-go, from CPython's shortest digits."""
    if not math.isfinite(x):
        return "nan" if math.isnan(x) else "+inf" if x > 0 else "-inf"
    digits, exponent = shortest_digits(x)
    return layout(x, digits, exponent)


def shortest_digits(x: float) -> tuple[str, int]:
    """The digits of CPython's repr, and the decimal exponent of the first one."""
    number = Decimal(repr(abs(x)))
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0") or "0"
    return digits, number.adjusted()


def layout(x: float, digits: str, exponent: int) -> str:
    """Digits and exponent in the form that starlark-go gives them."""
    sign = "-" if math.copysign(1, x) < 0 else ""
    if exponent < -4 or exponent >= 6:
        fraction = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return f"{sign}{whole}.{digits[exponent + 1 :] or '0'}"
