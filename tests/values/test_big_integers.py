"""Integers past 64 bits: every operation, conversion and comparison agrees with CPython's to 10,000 bits and beyond."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.values.calculator import EXACT, Calculator, GuestFailure, Op

BITS = 10_000
SHARED = Calculator()
STRESSED = Calculator(stress=True)


@st.composite
def patterns(draw: st.DrawFn) -> int:
    """Integers with long runs of zeros and ones, where carries and estimates of quotients go wrong."""
    number = 0
    for run in draw(st.lists(st.integers(1, 400), min_size=1, max_size=12)):
        number = number << run | (draw(st.booleans()) and (1 << run) - 1)
    return number + draw(st.integers(-2, 2))


SIZES = st.one_of(
    st.integers(0, 2**70),
    st.integers(0, 2**400),
    st.integers(0, 2**BITS - 1),
    st.integers(1, BITS).map(lambda bits: 1 << bits),
    patterns().map(abs),
)
INTEGERS = st.tuples(SIZES, st.sampled_from([1, -1])).map(math.prod)
FLOATS = st.one_of(
    st.floats(), INTEGERS.filter(lambda n: abs(n) < 2**1023).map(float), st.sampled_from([2.0**64, 2.0**1023])
)


def computed(calculator: Calculator, operation: Any, *operands: int) -> int:
    """The integer that an operation makes, read as hexadecimal: Python's own decimal conversion has a limit."""
    reference = calculator.perform(operation, *operands)
    text = calculator.run(Op.MOD, "%x", reference)
    calculator.drop()
    return int(text, 16)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(list(EXACT)), INTEGERS, INTEGERS)
def test_operators(operation: Any, a: int, b: int) -> None:
    if b == 0 and operation in (Op.FLOOR_DIV, Op.MOD):
        return
    assert computed(SHARED, operation, a, b) == EXACT[operation](a, b)


@settings(max_examples=200, deadline=None)
@given(SIZES, SIZES, SIZES)
def test_a_quotient_of_a_product(a: int, b: int, c: int) -> None:
    """Dividends that are a little more or less than a multiple of the divisor."""
    for dividend in (a * b + c, a * b - 1, (a + 1) * b - 1):
        if b != 0:
            assert computed(SHARED, Op.FLOOR_DIV, dividend, b) == dividend // b
            assert computed(SHARED, Op.MOD, dividend, b) == dividend % b


@settings(max_examples=200, deadline=None)
@given(INTEGERS, st.integers(0, 12_000))
def test_shifts_and_signs(a: int, count: int) -> None:
    assert computed(SHARED, Op.SHIFT_LEFT, a, count) == a << count
    assert computed(SHARED, Op.SHIFT_RIGHT, a, count) == a >> count
    assert computed(SHARED, Op.NEGATE, a) == -a
    assert computed(SHARED, Op.POSITIVE, a) == a
    assert computed(SHARED, Op.INVERT, a) == ~a
    assert SHARED.run(Op.TRUTH, a) == (a != 0)


@settings(max_examples=200, deadline=None)
@given(INTEGERS, INTEGERS)
def test_division_divides_the_nearest_doubles(a: int, b: int) -> None:
    """As every implementation of the language does it; CPython would round the quotient of the integers themselves."""
    if b == 0:
        return
    try:
        expected = float(a) / float(b)
    except OverflowError:
        with pytest.raises(GuestFailure, match="int too large to convert to float"):
            SHARED.run(Op.DIV, a, b)
    else:
        assert repr(SHARED.run(Op.DIV, a, b)) == repr(expected)


@settings(max_examples=300, deadline=None)
@given(st.integers(2**52, 2**56), st.integers(0, 960), st.integers(-1, 1))
def test_conversion_near_ties(head: int, scale: int, more: int) -> None:
    """A tie goes to even, and the last bit of a long number breaks it."""
    n = (head << scale) + more
    assert SHARED.run(Op.DIV, n, 1) == float(n)
    assert SHARED.run(Op.DIV, -n, 1) == float(-n)


def rank(x: float) -> tuple[int, Any]:
    """The total order: NaN equals NaN and is above everything."""
    return (1, 0) if isinstance(x, float) and math.isnan(x) else (0, x)


@settings(max_examples=400, deadline=None)
@given(INTEGERS, st.one_of(INTEGERS, FLOATS))
def test_comparisons_and_hashes(a: int, b: float) -> None:
    """Exact between int and float; and what is equal has one hash, so that it is one key."""
    for x, y in ((a, b), (b, a), (a, a)):
        assert SHARED.run(Op.EQUAL, x, y) == (rank(x) == rank(y))
        assert SHARED.run(Op.LESS, x, y) == (rank(x) < rank(y))
        assert SHARED.run(Op.GREATER_EQUAL, x, y) == (rank(x) >= rank(y))
        if rank(x) == rank(y):
            assert SHARED.run(Op.HASH, x) == SHARED.run(Op.HASH, y)


@settings(max_examples=300, deadline=None)
@given(st.one_of(FLOATS, st.integers(0, 1023).map(lambda e: 2.0**e)))
def test_an_integer_and_its_float_are_one_key(x: float) -> None:
    if math.isfinite(x):
        n = int(x)
        assert SHARED.run(Op.MOD, "%d", x) == str(n)
        assert SHARED.run(Op.HASH, n) == SHARED.run(Op.HASH, float(n))
        assert SHARED.run(Op.INDEX, {n: "found"}, float(n)) == "found"
        assert SHARED.run(Op.INDEX, {float(n): "found"}, n) == "found"


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(INTEGERS, st.tuples(st.integers(2**52, 2**56), st.integers(0, 990)).map(lambda t: t[0] << t[1]))
)
@example((2**54 - 1) << 970)  # the first integer that rounds past the largest double
@example(((2**54 - 1) << 970) - 1)
def test_conversion_to_float_is_correctly_rounded(a: int) -> None:
    try:
        expected = float(a)
    except OverflowError:
        with pytest.raises(GuestFailure, match="int too large to convert to float"):
            SHARED.run(Op.ADD, a, 0.0)
    else:
        assert SHARED.run(Op.ADD, a, 0.0) == expected


def in_base(n: int, base: int) -> list[int]:
    """The digits of a natural number."""
    digits = [n % base]
    while (n := n // base) != 0:
        digits.append(n % base)
    return digits[::-1]


@settings(max_examples=300, deadline=None)
@given(INTEGERS, st.integers(2, 36), st.integers(0, 3))
def test_digits_of_every_base(a: int, base: int, zeros: int) -> None:
    SHARED.push_digits([0] * zeros + in_base(abs(a), base), base, a < 0)
    assert SHARED.show() == str(a)


@settings(max_examples=200, deadline=None)
@given(INTEGERS)
def test_printing(a: int) -> None:
    assert SHARED.text(Op.POSITIVE, a) == str(a)
    assert SHARED.run(Op.STR, a) == str(a)
    for conversion in "dixXo":
        assert SHARED.run(Op.MOD, f"%{conversion}", a) == f"%{conversion}" % a


@pytest.mark.parametrize("bits", [1_500, 1_536, 3_072, 12_288, 60_000, 100_000])
def test_long_products_and_quotients(bits: int) -> None:
    """Past the lengths at which halves are multiplied and divided instead of rows."""
    ones, odd = (1 << bits) - 1, (1 << bits) // 3 | 1
    for a, b in ((ones, ones), (ones, odd), (odd, ones), (ones, odd >> bits // 3), (odd << bits, ones)):
        assert computed(SHARED, Op.MUL, a, b) == a * b
        dividend = a * b + b - 1
        assert computed(SHARED, Op.FLOOR_DIV, dividend, b) == a
        assert computed(SHARED, Op.MOD, dividend, b) == b - 1


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(EXACT)), INTEGERS, INTEGERS)
def test_operators_while_everything_moves(operation: Any, a: int, b: int) -> None:
    """The same with a collection at every allocation."""
    if b != 0:
        assert computed(STRESSED, operation, a, b) == EXACT[operation](a, b)
        assert STRESSED.run(Op.STR, a) == str(a)


def test_costs_grow_like_the_work() -> None:
    """Twice the length costs three times as much for products and quotients, and less than four times for digits."""
    for operation in (Op.MUL, Op.FLOOR_DIV, Op.MOD):
        costs = [
            SHARED.fuel(operation, 3**n if operation == Op.MUL else 9**n, 3**n)
            for n in (8_000, 16_000, 32_000)
        ]
        assert costs[0] * 2 < costs[1] < costs[0] * 3.6
        assert costs[1] * 2 < costs[2] < costs[1] * 3.6
    costs = [SHARED.fuel(Op.STR, 3**n) for n in (8_000, 16_000, 32_000)]
    assert costs[2] < costs[1] * 3.7 < costs[0] * 3.7**2
