"""Mutated snapshots, a small deterministic number of them; `scripts/fuzz --target snapshots` tries more."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.snapshots import Trial, run

INPUTS = 400


def test_no_mutant_does_harm(tmp_path: Path) -> None:
    said: list[str] = []
    assert run(1, None, INPUTS, tmp_path, said.append) == 0, said


def test_mutants_come_far() -> None:
    """Some are refused, some break their guests, some decide: otherwise the mutations would be too coarse or too fine."""
    trial = Trial(2)
    for number in range(INPUTS):
        trial.attempt(number)
    assert min(trial.ends[end] for end in ("SnapshotError", "internal", "decided", "rule")) > 0
