"""Fixtures: calculators in the ordinary way, and with a collection at every allocation."""

from __future__ import annotations

import pytest

from tests.values.calculator import Calculator


@pytest.fixture
def calculator() -> Calculator:
    """A fresh guest."""
    return Calculator()


@pytest.fixture(params=[False, True], ids=["plain", "stress"])
def either(request: pytest.FixtureRequest) -> Calculator:
    """A fresh guest, once without and once with a collection at every allocation."""
    return Calculator(stress=request.param)
