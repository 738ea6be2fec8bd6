"""Every allocation may fail: a clean memory error, and the isolate decides the next event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringfence.abi import Kind
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import PAGE_BYTES, Budget
from ringfence.results import parsed_error
from tests.stress import gc_stress
from tests.trials import failing
from tests.trials.failing import BUDGET, MOST, WAYS, Trial, check_memory_error

ALL = sorted(failing.PROGRAMS.glob("*.star"))
STEP = 211 if gc_stress() else 7  # `python -m tests.trials failing` tries every allocation
FEW = 25  # tried with a collection at each
LEAST_FAILURES = {"load": 200, "evaluate": 100, "execute": 300}

GROWING = """
def run(e):
    kept = []
    for i in range(e.n):
        kept.append([str(i), {"text": e.text * 50}, (i, [i] * 20)])
        if i % 400 == 399:
            kept.append([i] * 40000)
    return len(kept)
"""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_seventh_allocation_fails(path: Path, way: str) -> None:
    trial = Trial(path, collecting=gc_stress())
    if way == "execute" and trial.is_bundle:
        pytest.skip("rules are declared in bundles only")
    first = 1 + ALL.index(path) % STEP
    last = max(WAYS[way](trial, range(first, MOST + 1, STEP)))
    assert last + STEP > (LEAST_FAILURES[way] if path.stem != "large_objects" else 25)


@pytest.mark.parametrize("way", WAYS)
def test_the_collector_runs_before_the_failure(way: str) -> None:
    """With a collection at each allocation, the failure meets the heap in every phase of a cycle."""
    trial = Trial(failing.PROGRAMS / "cycles.star", collecting=True)
    assert max(WAYS[way](trial, range(3, 40 * FEW, 40))) > 200


def growing(tmp_path: Path) -> Trial:
    """A bundle whose events take as much memory as their number says."""
    path = tmp_path / "growing.star"
    path.write_text(GROWING)
    return Trial(path, collecting=gc_stress())


def decide(isolate: Isolate, number: int) -> tuple[int, int, bytes]:
    """Decide an event: the status, the fuel and the text."""
    status, _, fuel, text = isolate.evaluate(json.dumps({"n": number, "text": "text"}).encode())
    return status, fuel, text


def reserve(isolate: Isolate, size: int) -> int:
    """Ask the guest for room; the address, or 0."""
    return isolate._call("reserve", size, isolate._cap(0), 1)


@pytest.mark.parametrize("spare", range(40))
def test_the_host_refuses_memory_below_the_guests_own_limit(tmp_path: Path, spare: int) -> None:
    """`memory.grow` fails after each number of pages: the guest thinks that it might have more."""
    trial = growing(tmp_path)
    image = trial.loaded()
    trial.isolate.close()
    trial.budget = Budget(BUDGET.fuel, (image.pages + spare) * PAGE_BYTES, BUDGET.deadline)
    trial.isolate = trial.fresh(image)
    trial.set(trial.isolate, "old.memory_limit", 256 << 20)
    calm = decide(trial.isolate, 3)
    assert calm[0] == Kind.NONE
    status, fuel, text = decide(trial.isolate, 20_000)
    assert status == Kind.MEMORY
    check_memory_error(parsed_error(text, fuel))
    assert decide(trial.isolate, 3) == calm


def test_there_is_no_room_for_the_input(tmp_path: Path) -> None:
    """`reserve` fails: the isolate is dropped with a memory error, and a fresh one decides the event."""
    trial = growing(tmp_path)
    trial.loaded()
    event = json.dumps({"n": 1, "text": "x" * 200_000}).encode()
    trial.fail_at(1)
    with pytest.raises(IsolateBroken) as broken:
        trial.isolate.evaluate(event)
    assert "there is no room for an input of" in str(broken.value.error)
    trial.loaded()
    assert trial.isolate.evaluate(event)[0] == Kind.NONE


def test_the_guest_is_whole_after_it_had_no_room_for_the_input(tmp_path: Path) -> None:
    """`reserve` gives 0, and events that fit the old buffer, or a later one, are decided."""
    trial = growing(tmp_path)
    trial.loaded()
    calm = decide(trial.isolate, 3)
    for _ in range(3):
        trial.fail_at(1)
        assert reserve(trial.isolate, 200_000) == 0
        assert trial.has_failed()
        trial.isolate._input = reserve(trial.isolate, 100)
        assert decide(trial.isolate, 3) == calm
    trial.isolate._input = reserve(trial.isolate, 200_000)
    assert decide(trial.isolate, 3) == calm
