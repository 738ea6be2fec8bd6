"""Random graph programs, suspended at every instruction with the collector at work in between: what they print is CPython's."""

from __future__ import annotations

import pytest

from tests.trials.slices import try_seed

STATEMENTS = 50


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_between_slices(seed: int) -> None:
    counts = try_seed(seed, STATEMENTS)
    assert counts["slices"] > 3_000
    assert counts["do_step"] > 300 and counts["empty_nursery"] > 100


def test_moving_the_memory_at_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suspended program goes on in a fresh isolate, dozens of times."""
    monkeypatch.setattr("tests.trials.slices.MOVES", 60)
    assert try_seed(99, STATEMENTS)["move"] > 20
