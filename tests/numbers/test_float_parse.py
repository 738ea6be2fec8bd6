"""Reading floats: always the nearest double, ties to even, against CPython's `float`."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numbers.codec import Codec

any_bits = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
finite = any_bits.filter(math.isfinite)


@given(digits=st.integers(0, 10**40), exponent=st.integers(-400, 400), sign=st.sampled_from(["", "-", "+"]))
@settings(max_examples=600)
def test_digits_and_exponent(codec: Codec, digits: int, exponent: int, sign: str) -> None:
    text = f"{sign}{digits}e{exponent}"
    assert codec.parse(text) == float(text)


@given(x=finite)
@settings(max_examples=600)
def test_round_trip(codec: Codec, x: float) -> None:
    assert codec.parse(repr(x)) == x
    assert codec.parse(codec.shortest(x)) == x


def exactly(value: Fraction) -> str:
    """All digits of a fraction whose denominator is a power of two."""
    scale = value.denominator.bit_length() - 1
    return f"{value.numerator * 5**scale}e-{scale}"


@given(x=finite, nudge=st.sampled_from([0, -1, 1]))
@settings(max_examples=300)
def test_halfway_between_neighbours(codec: Codec, x: float, nudge: int) -> None:
    """The midpoint goes to the even neighbour; the least bit beyond it decides."""
    x = abs(x)
    above = math.nextafter(x, math.inf)
    if math.isinf(above):
        return
    digits, _, exponent = exactly((Fraction(x) + Fraction(above)) / 2).partition("e")
    text = f"{int(digits) * 10**5 + nudge}e{int(exponent) - 5}"
    assert codec.parse(text) == float(text)


@given(st.text("0123456789.", min_size=1, max_size=40), st.sampled_from(["", "e5", "E-7", "e+3"]))
@settings(max_examples=300)
def test_points_anywhere(codec: Codec, mantissa: str, exponent: str) -> None:
    text = mantissa + exponent
    try:
        expected: float | None = float(text)
    except ValueError:
        expected = None
    assert codec.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1e23",
        "8.5e22",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "1e-400",
        "1e999999999999",
        "1e-999999999999",
        "0e999999999999",
        "9007199254740993",
        "9007199254740993.00000000000000000000000000000000000001",
        "0." + "0" * 5000 + "1e5001",
        "1" + "0" * 5000 + "e-5000",
        "3" * 2000,
        "3" * 2000 + "e-1900",
        "0." + "3" * 2000,
        "6" * 900 + "." + "6" * 900 + "e-890",
    ],
)
def test_hard_texts(codec: Codec, text: str) -> None:
    assert codec.parse(text) == float(text)
    negative = codec.parse("-" + text)
    assert negative is not None
    assert math.copysign(1, negative) == -1
    assert negative == -float(text)


@pytest.mark.parametrize(
    "text", ["", "-", ".", "e5", "1e", "1e+", "1.2.3", "1x", "0x1", "1_0", " 1", "nan", "inf", "--1", "1e5.0"]
)
def test_not_a_float(codec: Codec, text: str) -> None:
    assert codec.parse(text) is None
