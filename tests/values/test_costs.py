"""Bulk work is charged by its size before it is done; what can never fit is refused without trying."""

from __future__ import annotations

from typing import Any

import pytest

from tests.values.calculator import Calculator, GuestFailure, Op

N = 100_000
PER_KIB = 16  # the least number of units for a KiB copied, compared or scanned


@pytest.mark.parametrize(
    ("operation", "operands"),
    [
        (Op.ADD, ("a" * N, "b")),
        (Op.MUL, ("a", N)),
        (Op.EQUAL, ("a" * N, "a" * (N - 1) + "b")),
        (Op.LESS, ("a" * N, "a" * N + "b")),
        (Op.IN, ("ab", "a" * N)),
        (Op.SLICE, ("a" * N, 1, None, None)),
        (Op.SLICE, ("é" * N, 1, None, 2)),
        (Op.INDEX, ("é" * N, N - 1)),
        (Op.STR, (["a" * N],)),
        (Op.MUL, ([0], N)),
        (Op.ADD, ([0] * 1000, [0] * 100)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_size_is_charged(calculator: Calculator, operation: Any, operands: tuple[Any, ...]) -> None:
    size = max(len(x) if isinstance(x, str | list) else x if isinstance(x, int) else 0 for x in operands)
    assert calculator.fuel(operation, *operands) >= size // 1024 * PER_KIB


@pytest.mark.parametrize(
    "operands", [("a", 10**9), ([0], 10**9), ((0,), 10**9), ("ab", 2**62), ([0, 1], 2**62)]
)
def test_what_cannot_fit_is_refused_at_once(calculator: Calculator, operands: tuple[Any, ...]) -> None:
    pages = calculator.memory.size(calculator.store)
    with pytest.raises(GuestFailure) as failure:
        calculator.run(Op.MUL, *operands)
    assert failure.value.kind == "memory"
    assert calculator.memory.size(calculator.store) == pages


def test_without_fuel_nothing_happens(calculator: Calculator) -> None:
    calculator.set("guest.meter.fuel.remaining", 10)
    with pytest.raises(GuestFailure) as failure:
        calculator.run(Op.MUL, "a", N)
    assert failure.value.kind == "fuel"
    assert calculator.get("guest.meter.fuel.remaining") == 10


def test_shared_structure_cannot_be_compared_for_free(calculator: Calculator) -> None:
    """Sixty lists that each hold the one below twice: 2**60 comparisons, which the meter stops."""
    values = []
    for _ in range(2):
        value = calculator.push([0])
        for _ in range(60):
            value = calculator.push([value, value])
        values.append(value)
    calculator.set("guest.meter.fuel.remaining", 10**6)
    with pytest.raises(GuestFailure) as failure:
        calculator.run(Op.EQUAL, *values)
    assert failure.value.kind == "fuel"


def test_extending_by_a_huge_range_is_refused(calculator: Calculator) -> None:
    huge = calculator.perform(Op.RANGE, 0, 2**46, 1)
    with pytest.raises(GuestFailure) as failure:
        calculator.run(Op.EXTEND, [], huge)
    assert failure.value.kind == "memory"
