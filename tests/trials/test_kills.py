"""A batch that is killed and started again ends with the bytes of one that nobody disturbed; `scripts/trials kills` does it longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.trials.kills import WAYS, kill_and_resume

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="checkpoints need the file locks of POSIX"),
    pytest.mark.not_under_gc_stress("the events of a batch"),
]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_lost_and_nothing_is_twice(tmp_path: Path, way: str) -> None:
    done = kill_and_resume(tmp_path, way, kills=3, events=4000, seed=1)
    assert done["kills"] >= 3
    assert done["resumed"] >= 1
