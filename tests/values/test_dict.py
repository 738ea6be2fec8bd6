"""Dicts behave as Python's do, with a collection at every allocation too, and attacks on them are charged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.values.calculator import Calculator, GuestFailure, Op

SHORT = st.one_of(st.text(alphabet="abé", max_size=3), st.text(alphabet="xyz", min_size=5, max_size=20))
SCALARS = st.one_of(
    SHORT,
    st.integers(-5, 20),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0.5, 1.0, 2.0**50, float("inf")]),
    st.none(),
)
KEYS = st.one_of(SCALARS, st.tuples(SCALARS, SCALARS))


class DictMachine(RuleBasedStateMachine):
    """The same operations on a dict of the guest and on one of Python's."""

    @initialize(stress=st.booleans(), seed=st.integers(0, 2**32 - 1))
    def begin(self, stress: bool, seed: int) -> None:
        self.guest = Calculator(stress=stress, seed=seed - 2**32 if seed >= 2**31 else seed)
        self.dict = self.guest.push({})
        self.model: dict[Any, Any] = {}

    @rule(key=KEYS, value=st.integers(0, 99))
    def put(self, key: Any, value: int) -> None:
        self.guest.apply(Op.SET_INDEX, self.dict, key, value)
        self.model[key] = value

    @rule(key=SHORT, value=st.integers(0, 99))
    def put_interned(self, key: str, value: int) -> None:
        known = self.guest.perform(Op.INTERN, key)
        if key not in self.model:
            # A key that was put before its content was interned is not: a bundle interns all its names first.
            self.guest.apply(Op.SET_INDEX, self.dict, known, value)
            assert self.guest.run(Op.FIND_INTERNED, self.dict, known) is True
            self.model[key] = value

    @rule(count=st.integers(1, 60))
    def put_many(self, count: int) -> None:
        for i in range(count):
            self.guest.apply(Op.SET_INDEX, self.dict, i, i)
            self.model[i] = i

    @rule(key=KEYS)
    def delete(self, key: Any) -> None:
        assert self.guest.run(Op.DELETE, self.dict, key) == self.model.pop(key, None)

    @rule()
    def pop_first(self) -> None:
        expected = self.model.pop(next(iter(self.model))) if self.model else None
        assert self.guest.run(Op.POP_FIRST, self.dict) == expected

    @rule()
    def clear(self) -> None:
        self.guest.apply(Op.CLEAR, self.dict)
        self.model.clear()

    @rule(key=KEYS)
    def get(self, key: Any) -> None:
        assert self.guest.run(Op.GET, self.dict, key) == self.model.get(key)
        assert self.guest.run(Op.IN, key, self.dict) == (key in self.model)

    @rule()
    def equal_in_any_order(self) -> None:
        turned = dict(reversed(list(self.model.items())))
        assert self.guest.run(Op.EQUAL, self.dict, turned) is True
        turned[("new",)] = 1
        assert self.guest.run(Op.EQUAL, self.dict, turned) is False

    @invariant()
    def same_items_in_order(self) -> None:
        if hasattr(self, "model"):
            found = self.guest.value(self.dict)
            assert list(found.items()) == list(self.model.items())
            assert self.guest.run(Op.LENGTH, self.dict) == len(self.model)


DictMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestDict = DictMachine.TestCase


def test_equal_numbers_are_one_key(either: Calculator) -> None:
    d = either.push({1: "int"})
    either.apply(Op.SET_INDEX, d, 1.0, "float")
    either.apply(Op.SET_INDEX, d, True, "bool")
    either.apply(Op.SET_INDEX, d, 2.0**53, "big")
    either.apply(Op.SET_INDEX, d, float("nan"), "nan")
    assert either.run(Op.GET, d, 2**53) == "big"
    assert either.run(Op.GET, d, float("nan")) == "nan"
    assert (
        either.text(Op.ADD, [], [d])
        == '[{1: "float", True: "bool", 9.007199254740992e+15: "big", nan: "nan"}]'
    )


def test_union_prefers_the_right_side(either: Calculator) -> None:
    assert either.text(Op.BIT_OR, {"a": 1, "b": 2}, {"b": 3, "c": 4}) == '{"a": 1, "b": 3, "c": 4}'


def test_taking_from_the_front_is_linear(calculator: Calculator) -> None:
    count = 20_000
    d = calculator.push({})
    for i in range(count):
        calculator.apply(Op.SET_INDEX, d, i, i)
    before = calculator.get("guest.meter.fuel.remaining")
    for i in range(count):
        assert calculator.run(Op.POP_FIRST, d) == i
    assert before - calculator.get("guest.meter.fuel.remaining") < 10 * count


def test_adding_and_deleting_one_key_does_not_fill_the_index(calculator: Calculator) -> None:
    d = calculator.push({i: i for i in range(1000)})

    def price() -> int:
        before = calculator.get("guest.meter.fuel.remaining")
        calculator.apply(Op.SET_INDEX, d, -1, 0)
        calculator.run(Op.DELETE, d, -1)
        return before - int(calculator.get("guest.meter.fuel.remaining"))

    first = price()
    assert [price() for _ in range(500)].count(first) >= 499  # once the entries are compacted


def test_colliding_keys_pay_for_their_probes(calculator: Calculator) -> None:
    """A hash of integers can be inverted, and the seed is no secret: so the meter must be the defence."""
    keys = colliding(calculator, 40)
    d = calculator.push(dict.fromkeys(keys, 1))
    first, last = (calculator.fuel(Op.GET, d, keys[i]) for i in (0, -1))
    assert last >= first + 25


def colliding(calculator: Calculator, count: int) -> list[int]:
    """Integers of one hash: the multiplier of the guest's hash is odd, so it can be undone."""
    multiplier = 0x9E3779B97F4A7C15
    inverse = pow(multiplier, -1, 2**64)
    wanted = 0x12345678
    keys: list[int] = []
    low = 0
    while len(keys) < count:
        low += 1
        mixed = (wanted << 32 | low) * inverse % 2**64
        key = mixed ^ mixed >> 32
        if calculator.run(Op.HASH, signed(key)) == wanted:
            keys.append(signed(key))
    return keys


def signed(n: int) -> int:
    """A 64-bit pattern as an integer."""
    return n - 2**64 if n >= 2**63 else n


def test_running_out_of_fuel_leaves_the_dict_as_it_was(calculator: Calculator) -> None:
    d = calculator.push({i: i for i in range(1024)})
    calculator.set("guest.meter.fuel.remaining", 10)
    with pytest.raises(GuestFailure) as failure:
        calculator.apply(Op.SET_INDEX, d, "one more", 1)
    assert failure.value.kind == "fuel"
    calculator.set("guest.meter.fuel.remaining", 10**9)
    assert calculator.value(d) == {i: i for i in range(1024)}


def test_an_update_costs_by_what_it_adds(calculator: Calculator) -> None:
    """`d |= {k: v}` in a loop is linear: room is made in proportion to what is there."""
    d = calculator.push({})
    before = calculator.get("guest.meter.fuel.remaining")
    for i in range(2000):
        calculator.apply(Op.UPDATE, d, {i: i})
    assert before - calculator.get("guest.meter.fuel.remaining") < 30 * 2000
    assert calculator.run(Op.LENGTH, d) == 2000
