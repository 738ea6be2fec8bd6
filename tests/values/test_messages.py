"""The words of every error that an operation on values can end with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.values.calculator import Calculator, GuestFailure, Op

HUGE = 2**70
CASES: list[tuple[Any, tuple[Any, ...], str]] = [
    (Op.ADD, (1, "x"), "unknown binary op: int + string (use str(x) to make the other side a string)"),
    (Op.ADD, (None, True), "unknown binary op: NoneType + bool (one side is None: test it first)"),
    (Op.SUB, ({}, [1]), "unknown binary op: dict - list"),
    (Op.MUL, ("a", "b"), "unknown binary op: string * string"),
    (Op.MUL, (True, 2), "unknown binary op: bool * int"),
    (Op.DIV, (1, 0), "floating-point division by zero"),
    (Op.DIV, (1.5, 0.0), "floating-point division by zero"),
    (Op.FLOOR_DIV, (1, 0), "floored division by zero"),
    (Op.FLOOR_DIV, (1.5, 0), "floored division by zero"),
    (Op.MOD, (1, 0), "integer modulo by zero"),
    (Op.MOD, (1.5, 0), "floating-point modulo by zero"),
    (Op.MOD, ("%d", "x"), "%d format requires integer: cannot convert string to int"),
    (Op.BIT_OR, (1, {}), "unknown binary op: int | dict"),
    (Op.SHIFT_LEFT, (1, -1), "negative shift count: -1"),
    (Op.SHIFT_LEFT, (1, 100_001), "shift count too large: 100001"),
    (Op.SHIFT_LEFT, (0, HUGE), "shift count too large: 1180591620717411303424"),
    (Op.SHIFT_RIGHT, (1, -HUGE), "negative shift count: -1180591620717411303424"),
    (Op.FLOOR_DIV, (HUGE, 0), "floored division by zero"),
    (Op.MOD, (HUGE, 0), "integer modulo by zero"),
    (Op.DIV, (HUGE, 0), "floating-point division by zero"),
    (Op.DIV, (1 << 2000, 3), "int too large to convert to float"),
    (Op.ADD, (1 << 2000, 0.5), "int too large to convert to float"),
    (Op.MUL, ("a", HUGE), "repeat count 1180591620717411303424 too large"),
    (Op.INDEX, ([1], HUGE), "list index: 1180591620717411303424 out of range"),
    (Op.INDEX, ({}, 1 << 1000), "key an int of about 1024 bits not in dict"),
    (Op.LESS, (HUGE, "a"), "int < string not implemented"),
    (Op.NEGATE, ("a",), "unknown unary op: - string"),
    (Op.POSITIVE, ([],), "unknown unary op: + list"),
    (Op.INVERT, (1.0,), "unknown unary op: ~ float"),
    (Op.LESS, (1, "a"), "int < string not implemented"),
    (
        Op.GREATER_EQUAL,
        (None, None),
        "NoneType >= NoneType not implemented (one side is None: test it first)",
    ),
    (Op.LESS, ({}, {}), "dict < dict not implemented"),
    (Op.LESS_EQUAL, (True, 1), "bool <= int not implemented"),
    (Op.LESS, ([1, "a"], [1, 2]), "string < int not implemented"),
    (Op.IN, (1, "a"), "'in <string>' requires string as left operand, not int"),
    (Op.IN, (1, 2), "unknown binary op: int in int"),
    (Op.IN, ([], {}), "unhashable type: list"),
    (Op.INDEX, ([1, 2, 3], 3), "list index 3 out of range [-3:2]"),
    (Op.INDEX, ((1,), -2), "tuple index -2 out of range [-1:0]"),
    (Op.INDEX, ("", 0), "index 0 out of range: empty string"),
    (Op.INDEX, ([1], "a"), "list index: got string, want int"),
    (Op.INDEX, ([1], True), "list index: got bool, want int"),
    (Op.INDEX, ({"a": 1}, "b"), 'key "b" not in dict'),
    (Op.INDEX, ({}, (1, "x", 2.5)), 'key (1, "x", 2.5) not in dict'),
    (Op.INDEX, ({}, {}), "unhashable type: dict"),
    (Op.INDEX, (1, 2), "unhandled index operation int[int]"),
    (
        Op.SET_INDEX,
        ("a", 0, "b"),
        "string value does not support item assignment (it cannot change: make a new one)",
    ),
    (
        Op.SET_INDEX,
        ((1,), 0, 2),
        "tuple value does not support item assignment (it cannot change: make a new one)",
    ),
    (Op.SET_INDEX, ([], 0, 2), "index 0 out of range: empty list"),
    (Op.SET_INDEX, ({}, [1], 2), "unhashable type: list"),
    (Op.SET_INDEX, ({}, (1, [2]), 2), "unhashable type: list"),
    (Op.SLICE, (1, None, None, None), "invalid slice operand int"),
    (Op.SLICE, ({}, None, None, None), "invalid slice operand dict"),
    (Op.SLICE, ([1], "a", None, None), "invalid start index: got string, want int"),
    (Op.SLICE, ([1], None, 1.0, None), "invalid end index: got float, want int"),
    (Op.SLICE, ([1], None, None, 0), "zero is not a valid slice step"),
    (Op.EXTEND, ([1], 1), "unknown binary op: list + int"),
    (Op.RANGE, (0, 1, 0), "range: step argument must not be zero"),
    (Op.TYPE, (None,), "NoneType"),
    (Op.TYPE, (2**50,), "int"),
    (Op.TYPE, (float("nan"),), "float"),
]


@pytest.mark.parametrize(("operation", "operands", "message"), CASES)
def test_message(calculator: Calculator, operation: Any, operands: tuple[Any, ...], message: str) -> None:
    with pytest.raises(GuestFailure) as failure:
        calculator.apply(operation, *operands)
    assert failure.value.kind == "rule"
    assert failure.value.message == message


FROZEN: list[tuple[Any, Any, tuple[Any, ...], str]] = [
    (Op.APPEND, [1], (2,), "cannot append to {} list"),
    (Op.EXTEND, [1], ([2],), r"cannot apply \+= to {} list"),
    (Op.SET_INDEX, [1], (0, 2), "cannot assign to element of {} list"),
    (Op.SET_INDEX, {"a": 1}, ("b", 2), "cannot insert into {} hash table"),
    (Op.SET_INDEX, {"a": 1}, ("a", 2), "cannot insert into {} hash table"),
    (Op.DELETE, {"a": 1}, ("a",), "cannot delete from {} hash table"),
]


@pytest.mark.parametrize(("operation", "container", "operands", "message"), FROZEN)
def test_frozen_values_refuse_change(
    calculator: Calculator, operation: Any, container: Any, operands: tuple[Any, ...], message: str
) -> None:
    frozen = calculator.push(container)
    calculator.perform(Op.FREEZE, frozen)
    with pytest.raises(GuestFailure, match=message.format("frozen")):
        calculator.apply(operation, frozen, *operands)
    assert calculator.value(frozen) == container


@pytest.mark.parametrize(("operation", "container", "operands", "message"), FROZEN)
def test_values_refuse_change_during_iteration(
    calculator: Calculator, operation: Any, container: Any, operands: tuple[Any, ...], message: str
) -> None:
    locked = calculator.push(container)
    calculator.perform(Op.LOCK, locked)
    expected = message.replace("{} ", "") + " during iteration"
    with pytest.raises(GuestFailure, match=expected):
        calculator.apply(operation, locked, *operands)
    calculator.perform(Op.UNLOCK, locked)
    calculator.apply(operation, locked, *operands)


def test_long_messages_are_cut_at_a_character(calculator: Calculator) -> None:
    with pytest.raises(GuestFailure) as failure:
        calculator.apply(Op.INDEX, {}, "é" * 5000)
    assert failure.value.message.startswith('key "éé')
    assert 1020 <= len(failure.value.message.encode()) <= 1024


def test_suggestions_are_near_names(calculator: Calculator) -> None:
    names = ("endswith", "startswith", "strip", "split", "ab")
    for wrong, right in [
        ("startwith", "startswith"),
        ("slpit", "split"),
        ("stirp", "strip"),
        ("zzz", None),
        ("x", None),
    ]:
        assert calculator.run(Op.NEAREST, wrong, names) == right
