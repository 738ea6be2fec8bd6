"""A small part of the soak tests of numbers; `scripts/fuzz` runs them for longer."""

from __future__ import annotations

import pytest

from tests.fuzz.numbers import Soak, computed, in_base

SEED = 2


@pytest.fixture(scope="module")
def soak() -> Soak:
    return Soak(SEED)


def test_doubles_are_printed_shortest(soak: Soak) -> None:
    soak.shortest(20_000)


def test_decimals_are_read_correctly_rounded(soak: Soak) -> None:
    soak.parsed(20_000)


def test_doubles_are_formatted_to_the_last_digit(soak: Soak) -> None:
    soak.formatted(2_000)


def test_integers_are_computed_exactly(soak: Soak) -> None:
    soak.integers(20)


def test_the_expected_output_is_what_it_seems() -> None:
    assert in_base(-255, 16) == "-ff"
    assert computed([("7", "-2", 1, 2.5, 10, "12")]).splitlines()[1] == "-4 -1"
