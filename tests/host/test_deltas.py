"""A suspended evaluation goes on in another isolate of its image from the pieces of memory that differ: what that promises."""

from __future__ import annotations

import json
import random

import pytest

import ringfence as rf
from ringfence.abi import I64, Status, encode_files
from ringfence.delta import Delta, DeltaError
from ringfence.isolate import Isolate, IsolateBroken
from ringfence.limits import MEBIBYTE, PAGE_BYTES, Budget

PAUSE = 'print("-" * 20000)\n'
"""As a program's first line: fills the print buffer, so that the program is suspended when it has been compiled."""

BUDGET = Budget(fuel=10_000_000, memory=16 * MEBIBYTE, deadline=10.0)
WORK = """
def keep(n):
    kept = {}
    for i in range(n):
        kept["key %d" % (i % 50)] = [i] * 7
    return len(kept), sorted(kept)[:2]
print(keep(3000))
"""


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def fresh(runtime: rf.Runtime, budget: Budget = BUDGET) -> Isolate:
    """A pristine isolate of the base image."""
    return Isolate(runtime.engine, runtime.engine.base, budget)


def suspended(runtime: rf.Runtime, source: str, units: int, budget: Budget = BUDGET) -> Isolate:
    """An isolate with a program that has been compiled and has run for so many units of fuel."""
    isolate = fresh(runtime, budget)
    files = {"": json.dumps({"options": ["while"]}).encode(), "main.star": (PAUSE + source).encode()}
    assert isolate.start("execute", encode_files(files)) == Status.SUSPENDED
    isolate.take_printed()
    variables = runtime.engine.variables
    I64.pack_into(isolate.memory(), variables.set_aside, 0)
    I64.pack_into(isolate.memory(), variables.remaining, units)
    assert isolate.resume() == Status.STARVED
    return isolate


def finish(runtime: rf.Runtime, isolate: Isolate, units: int = 1_000_000) -> tuple[bytes, int]:
    """Run it to its end: what it printed, and the fuel that it has left of so many units."""
    variables = runtime.engine.variables
    isolate._watch.start(1)
    I64.pack_into(isolate.memory(), variables.remaining, units)
    assert isolate.resume() == Status.DONE, isolate.output()
    printed = isolate.take_printed()
    left: int = I64.unpack_from(isolate.memory(), variables.remaining)[0]
    isolate.close()
    return printed, left


@pytest.mark.parametrize("settles", [False, True])
def test_what_goes_on_elsewhere_ends_the_same(runtime: rf.Runtime, settles: bool) -> None:
    choose = random.Random(1)
    for units in [1, *(choose.randrange(1, 12_000) for _ in range(10))]:
        original = suspended(runtime, WORK, units)
        if settles:
            original.settle()
        delta = original.delta()
        copy = fresh(runtime)
        copy.adopt(Delta.decode(delta.encode()))
        expected = finish(runtime, suspended(runtime, WORK, units))
        assert finish(runtime, original) == expected
        assert finish(runtime, copy) == expected


@pytest.mark.not_under_gc_stress("it waits for a cycle that pacing begins")
@pytest.mark.parametrize("in_use", [False, True])
def test_a_mark_list_in_borrowed_memory_goes_along(runtime: rf.Runtime, in_use: bool) -> None:
    """It lies in what looks like a free block; while it is empty that is the last one, and the memory has to reach to its end."""
    layout = runtime.engine.guest.layout
    source = """
def grow(n):
    kept = [[i, None] for i in range(n)]
    for i in range(n):
        kept[i][1] = kept[i * 7919 % n]
    for i in range(6 * n):
        kept[i % n] = [i, kept[i * 104729 % n][0]]
    return max([pair[0] for pair in kept]), sorted([pair[1] for pair in kept if pair[1] != None])[:3]
print(grow(30000))
"""
    budget = Budget(fuel=100_000_000, memory=64 * MEBIBYTE, deadline=30.0)

    def variable(isolate: Isolate, name: str) -> int:
        address = layout.address(f"guest.heap.{name}")
        return int.from_bytes(isolate.memory()[address : address + 4], "little")

    def is_there(isolate: Isolate) -> bool:
        base, top = variable(isolate, "mark.list_base"), variable(isolate, "mark.list_top")
        return base >= layout.constant("guest.heap.layout.OLD_START") and (top > base) == in_use

    original = suspended(runtime, source, 20_000, budget)
    while not is_there(original):
        I64.pack_into(original.memory(), runtime.engine.variables.remaining, 20_000)
        assert original.resume() == Status.STARVED
    copy = fresh(runtime, budget)
    copy.adopt(Delta.decode(original.delta().encode()))
    assert is_there(copy)
    assert len(copy.memory()) >= variable(copy, "mark.list_end")
    ends = finish(runtime, original, 50_000_000)
    assert finish(runtime, copy, 50_000_000) == ends


def test_settling_leaves_the_dead_behind(runtime: rf.Runtime) -> None:
    isolate = suspended(runtime, WORK, 12_000)
    before = len(isolate.delta().contents)
    isolate.settle()
    after = len(isolate.delta().contents)
    assert after < 64 * 1024 < before


def test_copies_know_nothing_of_each_other(runtime: rf.Runtime) -> None:
    original = suspended(runtime, WORK, 500)
    delta = original.delta()
    copies = [fresh(runtime) for _ in range(3)]
    for copy in copies:
        copy.adopt(delta)
    results = [finish(runtime, isolate) for isolate in [*copies, original]]
    assert len(set(results)) == 1


def test_a_limit_that_is_too_low_is_the_memory_error(runtime: rf.Runtime) -> None:
    delta = suspended(runtime, "kept = [[i] for i in range(100000)]\n" + WORK, 300_000).delta()
    small = fresh(runtime, Budget(fuel=1_000_000, memory=4 * MEBIBYTE, deadline=1.0))
    with pytest.raises(IsolateBroken) as broken:
        small.adopt(delta)
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
