"""A suspended program goes on in another isolate of its image from the pieces of memory that differ: what that promises.

`tests/conformance/test_snapshots.py` tries it on all conformance programs, `tests/trials/slices.py` in all phases of the collector.
"""

from __future__ import annotations

import random

import pytest

import ringfence as rf
from ringfence.abi import Status
from ringfence.delta import Delta, DeltaError
from ringfence.engine import Engine, shared_engine
from ringfence.guest import built_guest
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, PAGE_BYTES, Budget
from tests.conformance.moved import BUDGET, Running, adopted

WORK = """
def keep(n):
    kept = {}
    for i in range(n):
        kept["key %d" % (i % 50)] = [i] * 7
    return len(kept), sorted(kept)[:2]
print(keep(3000))
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return shared_engine(built_guest())


def suspended(engine: Engine, source: str, units: int) -> Running:
    """A program that has been compiled and has run for so many units of fuel."""
    running = Running.started(engine, source, [], units, stress=False)
    assert running.status == Status.SUSPENDED
    return running


def test_copies_end_like_the_original_and_know_nothing_of_each_other(engine: Engine) -> None:
    choose = random.Random(1)
    expected = suspended(engine, WORK, 1).end(engine)
    for units in [1, *(choose.randrange(1, 12_000) for _ in range(10))]:
        original = suspended(engine, WORK, units)
        used = original.isolate.fuel_used
        deltas = [original.isolate.delta()]
        original.isolate.settle()
        deltas.append(original.isolate.delta())
        copies = [
            Running(adopted(engine, Delta.decode(delta.encode()), used), Status.SUSPENDED)
            for delta in deltas * 2
        ]
        assert [each.end(engine) for each in (*copies, original)] == [expected] * 5


def test_settling_leaves_the_dead_behind(engine: Engine) -> None:
    isolate = suspended(engine, WORK, 20_000).isolate
    before = len(isolate.delta().contents)
    isolate.settle()
    after = len(isolate.delta().contents)
    assert after < 64 * 1024 < before


def test_a_limit_that_is_too_low_is_the_memory_error(engine: Engine) -> None:
    delta = suspended(engine, f"kept = [[i] for i in range(100000)]\n{WORK}", 400_000).isolate.delta()
    small = Isolate(engine, engine.base, Budget(fuel=1_000_000, memory=4 * MEBIBYTE, deadline=1.0))
    with pytest.raises(IsolateBroken) as broken:
        small.adopt(delta, BUDGET.fuel, 0)
    assert isinstance(broken.value.error, rf.MemoryExceeded)


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        (b"", "ends in its head"),
        (b"\x01\0\0\0\xff\xff\xff\xff", "no room for a list"),
        (b"\x01\0\0\0\x01\0\0\0" + PAGE_BYTES.to_bytes(4, "little") + b"\x01\0\0\0?", "outside its memory"),
        (b"\x01\0\0\0\x01\0\0\0\x00\0\0\0\x02\0\0\0?", "not as long"),
    ],
)
def test_bytes_that_are_no_delta_are_refused(encoded: bytes, message: str) -> None:
    with pytest.raises(DeltaError, match=message):
        Delta.decode(encoded)
