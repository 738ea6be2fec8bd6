"""Printing floats: the shortest text that round-trips, and the formats with a precision, against CPython's."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numbers.codec import Codec
from tests.numbers.starlark_floats import starlark_float

finite = st.floats(allow_nan=False, allow_infinity=False)
any_bits = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])


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
        assert text == starlark_float(x)
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
            assert codec.shortest(y) == starlark_float(y)


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
