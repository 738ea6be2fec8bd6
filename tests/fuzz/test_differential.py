"""A few hundred generated programs on which all implementations that are installed agree with this one."""

from __future__ import annotations

import pytest

from tests.fuzz.differential import Court

SEEDS = range(600)
STEP = 100


@pytest.fixture(scope="module")
def court() -> Court:
    return Court()


@pytest.mark.parametrize("start", SEEDS[::STEP])
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_implementations_agree(court: Court, start: int) -> None:
    for seed in range(start, start + STEP):
        for difference in court.differences(seed):
            pytest.fail(f"seed {seed}: {difference}\n{difference.source}")
