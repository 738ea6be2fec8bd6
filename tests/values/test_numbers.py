"""Integers of about 64 bits, where their representation changes; floats follow IEEE; the two compare exactly."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.values.calculator import EXACT, Calculator, Op

LOWEST, HIGHEST = -(2**63), 2**63 - 1
EDGES = [n + d for n in (0, 2**31, 2**32, 2**47, 2**48, 2**62) for d in (-1, 0, 1)]
INTEGERS = st.one_of(
    st.integers(LOWEST, HIGHEST),
    st.integers(-10, 10),
    st.integers(-(2**33), 2**33),
    st.sampled_from([s * n for n in EDGES for s in (1, -1)] + [LOWEST, HIGHEST]),
)
FLOATS = st.one_of(
    st.floats(), st.integers(-(2**60), 2**60).map(float), st.sampled_from([2.0**63, -(2.0**63), 0.0, -0.0])
)
SHARED = Calculator()


@settings(max_examples=600)
@given(st.sampled_from(list(EXACT)), INTEGERS, INTEGERS)
def test_integers_are_exact(operation: Any, a: int, b: int) -> None:
    if b == 0 and operation in (Op.FLOOR_DIV, Op.MOD):
        return
    assert SHARED.run(operation, a, b) == EXACT[operation](a, b)


@given(INTEGERS, st.integers(0, 70))
def test_shifts(a: int, count: int) -> None:
    assert SHARED.run(Op.SHIFT_RIGHT, a, count) == a >> count
    assert SHARED.run(Op.SHIFT_LEFT, a, count) == a << count


@given(INTEGERS)
def test_integers_print_as_they_are(a: int) -> None:
    assert SHARED.text(Op.ADD, a, 0) == str(a)
    assert SHARED.run(Op.INVERT, a) == ~a


def rank(x: float) -> tuple[int, Any]:
    """The total order: NaN equals NaN and is above everything."""
    return (1, 0) if math.isnan(x) else (0, x)


@settings(max_examples=400)
@given(st.one_of(INTEGERS, FLOATS), st.one_of(INTEGERS, FLOATS))
def test_numbers_compare_exactly(a: float, b: float) -> None:
    assert SHARED.run(Op.EQUAL, a, b) == (rank(a) == rank(b))
    assert SHARED.run(Op.LESS, a, b) == (rank(a) < rank(b))
    assert SHARED.run(Op.LESS_EQUAL, a, b) == (rank(a) <= rank(b))
    assert SHARED.run(Op.GREATER, a, b) == (rank(a) > rank(b))
    if rank(a) == rank(b):
        assert SHARED.run(Op.HASH, a) == SHARED.run(Op.HASH, b)


@settings(max_examples=400)
@given(FLOATS, FLOATS)
def test_float_arithmetic(a: float, b: float) -> None:
    assert same(SHARED.run(Op.ADD, a, b), a + b)
    assert same(SHARED.run(Op.SUB, a, b), a - b)
    assert same(SHARED.run(Op.MUL, a, b), a * b)
    if b != 0:
        assert same(SHARED.run(Op.DIV, a, b), a / b)


@settings(max_examples=400)
@given(FLOATS, FLOATS)
def test_float_remainder_is_exact(a: float, b: float) -> None:
    if b == 0:
        return
    expected = math.nan if math.isinf(a) else a % b
    assert same(SHARED.run(Op.MOD, a, b), expected)


def same(a: float, b: float) -> bool:
    """Whether two floats are the same number (of either zero)."""
    return a == b or (math.isnan(a) and math.isnan(b))


def test_mixed_arithmetic(calculator: Calculator) -> None:
    assert calculator.text(Op.ADD, 1, 0.5) == "1.5"
    assert calculator.run(Op.FLOOR_DIV, 7, 2.0) == 3.0
    assert calculator.run(Op.DIV, 7, 2) == 3.5
    assert calculator.run(Op.FLOOR_DIV, -7.5, 2) == -4.0
    assert calculator.run(Op.MOD, -7.5, 2) == 0.5
