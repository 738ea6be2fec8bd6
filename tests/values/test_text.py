"""Strings are sequences of code points, whatever their bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.values.calculator import Calculator, GuestFailure, Op

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="abc", max_size=40),
    st.text(alphabet="aé€😀", max_size=200),
)
BOUNDS = st.one_of(st.none(), st.integers(-50, 50), st.sampled_from([2**31 - 1, -(2**31)]))
SHARED = Calculator()


@settings(max_examples=300)
@given(TEXTS, TEXTS)
def test_concatenation_and_comparison(a: str, b: str) -> None:
    assert SHARED.run(Op.ADD, a, b) == a + b
    assert SHARED.run(Op.EQUAL, a, b) == (a == b)
    assert SHARED.run(Op.LESS, a, b) == (a < b)
    assert SHARED.run(Op.IN, a, b) == (a in b)
    assert SHARED.run(Op.EQUAL, SHARED_ADD(a, b), a + b)


def SHARED_ADD(a: str, b: str) -> Any:
    """A computed string, on the stack for good."""
    SHARED.push(a)
    SHARED.push(b)
    return SHARED.perform_here(Op.ADD, 2)


@pytest.mark.parametrize("n", range(20))
@pytest.mark.parametrize("m", range(20))
def test_every_length_of_short_strings(n: int, m: int) -> None:
    a = "abcdefghijklmnopqrst"[:n]
    b = "ABCDEFGHIJKLMNOPQRST"[:m]
    joined = SHARED_ADD(a, b)
    assert SHARED.value(joined) == a + b
    assert SHARED.run(Op.EQUAL, joined, a + b) is True
    assert SHARED.run(Op.EQUAL, joined, a + b + "x") is False
    assert SHARED.run(Op.HASH, joined) == SHARED.run(Op.HASH, a + b)


@settings(max_examples=300)
@given(
    TEXTS, BOUNDS, BOUNDS, st.one_of(st.none(), st.integers(-4, 4), st.sampled_from([2**31 - 1, -(2**31)]))
)
def test_slices(s: str, start: int | None, stop: int | None, step: int | None) -> None:
    if step == 0:
        return
    assert SHARED.run(Op.SLICE, s, start, stop, step) == s[start:stop:step]
    assert SHARED.run(Op.SLICE, list(s), start, stop, step) == list(s)[start:stop:step]
    assert SHARED.run(Op.SLICE, tuple(s), start, stop, step) == tuple(s)[start:stop:step]


@given(TEXTS, st.integers(-60, 60))
def test_indexing(s: str, index: int) -> None:
    if -len(s) <= index < len(s):
        assert SHARED.run(Op.INDEX, s, index) == s[index]
    else:
        with pytest.raises(GuestFailure, match="out of range"):
            SHARED.run(Op.INDEX, s, index)
    assert SHARED.run(Op.LENGTH, s) == len(s)


@given(TEXTS)
def test_repr_reads_back(s: str) -> None:
    assert SHARED.run(Op.ADD, s, "") == s


@given(TEXTS, st.integers(-2, 30))
def test_repetition(s: str, times: int) -> None:
    assert SHARED.run(Op.MUL, s, times) == s * times
    assert SHARED.run(Op.MUL, times, s) == s * times
    assert SHARED.run(Op.MUL, list(s), times) == list(s) * times
    assert SHARED.run(Op.MUL, tuple(s), times) == tuple(s) * times


def test_escapes(calculator: Calculator) -> None:
    assert calculator.text(Op.ADD, '\a\b\t\n\v\f\r"\\\x01\x7f', "é\xa0\u2028\ufeff😀") == (
        r'"\a\b\t\n\v\f\r\"\\\x01\x7fé\u00a0\u2028\ufeff😀"'
    )


def test_interned_strings_are_one_object(either: Calculator) -> None:
    first = either.push("route")
    interned = either.perform(Op.INTERN, first)
    again = either.perform(Op.INTERN, "route")
    assert either.run(Op.IS, interned, again) is True
    for i in range(2000):
        either.drop()
        either.perform(Op.INTERN, f"name{i}")
    assert either.run(Op.IS, interned, either.perform(Op.INTERN, "route")) is True
