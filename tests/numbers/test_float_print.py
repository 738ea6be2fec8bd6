"""Printing floats: the shortest text that round-trips, and the formats with a precision, against CPython's."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numbers.codec import Codec

finite = st.floats(allow_nan=False, allow_infinity=False)
any_bits = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])


def starlark(x: float) -> str:
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


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100000.0, "100000.0"),
        (999999.0, "999999.0"),
        (1000000.0, "1e+06"),
        (1234567.0, "1.234567e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (0.1 + 0.2, "0.30000000000000004"),
        (5e-324, "5e-324"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740993.0, "9.007199254740992e+15"),
        (math.inf, "+inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_text_of_a_float(codec: Codec, x: float, text: str) -> None:
    assert codec.shortest(x) == text


@given(x=any_bits)
@settings(max_examples=600)
def test_shortest_digits(codec: Codec, x: float) -> None:
    text = codec.shortest(x)
    if math.isfinite(x) and x != 0:
        assert float(text) == x
        assert text == starlark(x)
        assert significant(text) == significant(repr(x))
    else:
        assert text in ("nan", "+inf", "-inf", "0.0", "-0.0")


def significant(text: str) -> str:
    """The significant digits of a text."""
    return text.partition("e")[0].replace(".", "").lstrip("-0").rstrip("0")


@pytest.mark.parametrize("exponent", range(-1074, 1024, 7))
def test_powers_of_two(codec: Codec, exponent: int) -> None:
    """Their neighbours lie at two distances: the hard case of shortest printing."""
    x = math.ldexp(1.0, exponent)
    for y in (x, math.nextafter(x, 0), math.nextafter(x, math.inf)):
        if y != 0:
            assert codec.shortest(y) == starlark(y)


@given(x=finite, precision=st.integers(0, 30))
@settings(max_examples=400)
@pytest.mark.parametrize("letter", "fe")
def test_formats_with_a_precision(codec: Codec, letter: str, x: float, precision: int) -> None:
    assert codec.formatted(letter, x, precision) == f"%.{precision}{letter}" % x


@pytest.mark.parametrize(
    ("x", "text"), [(0.5, "0"), (1.5, "2"), (2.5, "2"), (0.25, "0"), (9.5, "10"), (99.5, "100")]
)
def test_ties_go_to_even(codec: Codec, x: float, text: str) -> None:
    assert codec.formatted("f", x, 0) == text


def test_every_digit(codec: Codec) -> None:
    assert codec.formatted("f", 5e-324, 1074) == format(5e-324, ".1074f")
    assert codec.formatted("f", 1.7976931348623157e308, 3) == format(1.7976931348623157e308, ".3f")
