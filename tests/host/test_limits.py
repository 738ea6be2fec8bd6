"""Limits: how they are written, and which of several holds."""

from __future__ import annotations

import pytest

import ringfence as rf
from ringfence.limits import EVENT_DEFAULTS, Budget, format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16MiB", 16 << 20),
        ("64k", 64 << 10),
        (" 1.5 GB ", 1_500_000_000),
        ("7", 7),
        (4096, 4096),
        ("2gib", 2 << 30),
    ],
)
def test_sizes(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "16 miles", "-1", "1e3", 0, -5, True, 1.5, "0", None, "१MiB"])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValueError):
        parse_size(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("1.5s", 1.5), ("2min", 120), (0.25, 0.25), ("3", 3)]
)
def test_durations(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "ms", "soon", "-1s", 0, -1, True, float("inf"), float("nan"), None])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"fuel": 0}, {"fuel": -1}, {"fuel": 1.5}, {"fuel": True}, {"fuel": 10**30}]
)
def test_wrong_fuel(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="fuel"):
        rf.Limits(**wrong)


def test_what_is_not_said_comes_from_the_fallback() -> None:
    limits = rf.Limits(fuel=5).over(rf.Limits(fuel=9, memory="1MiB"))
    assert (limits.fuel, limits.memory, limits.deadline) == (5, 1 << 20, None)
    assert Budget.of(limits, EVENT_DEFAULTS) == Budget(5, 1 << 20, 0.05)


def test_loading_has_a_budget_of_its_own() -> None:
    assert Budget(5, 1 << 20, 0.05).for_loading() == Budget(50_000_000, 1 << 20, 2.0)
    assert Budget(10**9, 1 << 20, 5.0).for_loading() == Budget(10**9, 1 << 20, 5.0)


def test_an_excess_is_told_in_words() -> None:
    ceiling = rf.Limits(fuel=100, memory="1MiB", deadline=1)
    assert rf.Limits(fuel=100, memory="1MiB").excess(ceiling) is None
    assert rf.Limits(memory="2MiB").excess(ceiling) == "memory of 2MiB is above the ceiling of 1MiB"
    assert rf.Limits(deadline=2).excess(ceiling) == "deadline of 2s is above the ceiling of 1s"


def test_how_quantities_are_shown() -> None:
    assert [format_size(size) for size in (1 << 30, 3 << 20, 1024, 1000)] == [
        "1GiB",
        "3MiB",
        "1KiB",
        "1000 bytes",
    ]
    assert [format_duration(seconds) for seconds in (0.05, 1, 2.5)] == ["50ms", "1s", "2.5s"]
