"""Lists, tuples and ranges; deep and cyclic values; what is true."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.values.calculator import Calculator, GuestFailure, Op

SHARED = Calculator()
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.text(max_size=5),
        st.floats(allow_nan=False),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=4),
    ),
    max_leaves=12,
)
BOUNDS = st.integers(-12, 12)


class ListMachine(RuleBasedStateMachine):
    """The same operations on a list of the guest and on one of Python's."""

    @initialize(stress=st.booleans())
    def begin(self, stress: bool) -> None:
        self.guest = Calculator(stress=stress)
        self.list = self.guest.push([])
        self.model: list[Any] = []

    @rule(value=VALUES)
    def append(self, value: Any) -> None:
        self.guest.apply(Op.APPEND, self.list, value)
        self.model.append(value)

    @rule(value=st.text(max_size=3), place=st.floats(0, 1))
    def insert(self, value: str, place: float) -> None:
        index = int(place * len(self.model))
        self.guest.apply(Op.INSERT, self.list, index, value)
        self.model.insert(index, value)

    @rule(place=st.floats(0, 1, exclude_max=True))
    def remove(self, place: float) -> None:
        if self.model:
            index = int(place * len(self.model))
            assert self.guest.run(Op.REMOVE_AT, self.list, index) == self.model.pop(index)

    @rule(values=st.one_of(st.lists(st.integers(0, 9)), st.lists(st.text(max_size=2)).map(tuple)))
    def extend(self, values: Any) -> None:
        self.guest.apply(Op.EXTEND, self.list, values)
        self.model.extend(values)

    @rule()
    def extend_by_itself(self) -> None:
        if len(self.model) < 100:
            self.guest.apply(Op.EXTEND, self.list, self.list)
            self.model.extend(self.model)

    @rule()
    def clear(self) -> None:
        self.guest.apply(Op.CLEAR, self.list)
        self.model.clear()

    @invariant()
    def same(self) -> None:
        if hasattr(self, "model"):
            assert self.guest.value(self.list) == self.model


TestList = ListMachine.TestCase


@given(VALUES, VALUES)
def test_equality_is_deep(a: Any, b: Any) -> None:
    assert SHARED.run(Op.EQUAL, a, a) is True
    assert SHARED.run(Op.EQUAL, [a], [b]) == strictly_equal(a, b)
    assert SHARED.run(Op.TRUTH, a) == bool(a)


def strictly_equal(a: Any, b: Any) -> bool:
    """Python's equality, but a bool is no number."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if type(a) is not type(b):
        return isinstance(a, int | float) and isinstance(b, int | float) and a == b
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(strictly_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(strictly_equal(a[k], b[k]) for k in a)
    return bool(a == b)


@given(VALUES)
def test_repr_reads_back(value: Any) -> None:
    assert strictly_equal(SHARED.run(Op.ADD, [value], [])[0], value)


@given(BOUNDS, BOUNDS, BOUNDS.filter(bool), st.integers(-20, 20), BOUNDS, BOUNDS, BOUNDS.filter(bool))
def test_ranges(start: int, stop: int, step: int, n: int, low: int, high: int, stride: int) -> None:
    model = range(start, stop, step)
    made = SHARED.perform(Op.RANGE, start, stop, step)
    assert SHARED.run(Op.LENGTH, made) == len(model)
    assert SHARED.run(Op.IN, n, made) == (n in model)
    assert SHARED.run(Op.IN, float(n), made) == (n in model)
    assert SHARED.run(Op.IN, 0.5, made) is False
    assert SHARED.run(Op.EXTEND, [], made) == list(model)
    assert SHARED.run(Op.TRUTH, made) == bool(model)
    if -len(model) <= n < len(model):
        assert SHARED.run(Op.INDEX, made, n) == model[n]
    part = SHARED.perform(Op.SLICE, made, low, high, stride)
    assert SHARED.run(Op.EXTEND, [], part) == list(model[low:high:stride])
    SHARED.drop(2)


def test_ranges_print_as_written(calculator: Calculator) -> None:
    for arguments, text in [
        ((0, 5, 1), "range(5)"),
        ((1, 5, 1), "range(1, 5)"),
        ((0, 10, 3), "range(0, 10, 3)"),
    ]:
        calculator.perform(Op.RANGE, *arguments)
        assert calculator.show() == text


def test_ranges_of_64_bits(calculator: Calculator) -> None:
    whole = calculator.perform(Op.RANGE, -(2**46), 2**46, 1)
    assert calculator.run(Op.LENGTH, whole) == 2**47
    assert calculator.run(Op.INDEX, whole, -1) == 2**46 - 1


def cycle(calculator: Calculator, value: Any) -> Any:
    """A list that holds a value and itself."""
    made = calculator.push([value])
    calculator.apply(Op.APPEND, made, made)
    return made


def test_cycles_print(either: Calculator) -> None:
    made = cycle(either, 1)
    either.push(made)
    assert either.show() == "[1, [...]]"
    d = either.push({"a": (made,)})
    either.apply(Op.SET_INDEX, d, "self", d)
    either.push(d)
    assert either.show() == '{"a": ([1, [...]],), "self": {...}}'


def test_comparing_cycles_is_an_error(calculator: Calculator) -> None:
    a = cycle(calculator, 1)
    b = cycle(calculator, 1)
    for operation in (Op.EQUAL, Op.LESS):
        for other in (a, b):
            with pytest.raises(GuestFailure, match="comparison exceeded maximum recursion depth"):
                calculator.run(operation, a, other)


def nested(calculator: Calculator, depth: int, kind: str) -> Any:
    """A value of `depth` containers, one in the other."""
    calculator.push(0)
    for _ in range(depth):
        calculator.call(f"push_{kind}", 1)
    return calculator.last()


@pytest.mark.parametrize("kind", ["list", "tuple", "dict"])
def test_depth_is_limited(calculator: Calculator, kind: str) -> None:
    a = nested(calculator, 250, kind)
    b = nested(calculator, 250, kind)
    assert calculator.run(Op.EQUAL, a, b) is True
    calculator.push(a)
    assert calculator.show().startswith({"list": "[[[", "tuple": "(((", "dict": "{0: {0: {"}[kind])
    a = nested(calculator, 10_000, kind)
    b = nested(calculator, 10_000, kind)
    with pytest.raises(GuestFailure, match="comparison exceeded maximum recursion depth"):
        calculator.run(Op.EQUAL, a, b)
    calculator.push(a)
    with pytest.raises(GuestFailure, match="nested too deeply to print"):
        calculator.show()
    if kind == "tuple":
        with pytest.raises(GuestFailure, match="hash exceeded maximum recursion depth"):
            calculator.run(Op.HASH, a)
