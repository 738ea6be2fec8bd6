"""A program with 10 MiB alive that makes cyclic garbage without end runs within 20 MiB, and takes no more the longer it runs."""

from __future__ import annotations

import json

import pytest

from ringfence.abi import I64, U32, Status, encode_files
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from tests.trials.slices import engine

LIVE = 10 * MEBIBYTE
BUDGET = Budget(fuel=10**12, memory=20 * MEBIBYTE, deadline=600.0)
SLICE = 1_000_000  # units
SLICES = 12

PROGRAM = """
def keep(count):
    kept = []
    for i in range(count):
        kept.append({"number": i, "others": kept[-3:]})
    return kept

def ring(length):
    first = {"number": 0}
    last = first
    for i in range(1, length):
        last["next"] = {"number": i, "back": last, "text": "node %d" % i}
        last = last["next"]
    last["next"] = first

def tree(depth):
    rows = [[None, []]]
    for _ in range(depth):
        rows = [[parent, [parent]] for parent in rows for _ in range(2)]
        for row in rows:
            row[0][1].append(row)

def endless():
    kept = keep(KEPT)
    print("-" * 20000)
    while True:
        ring(50)
        ring(3000)
        tree(6)
        kept[7]["others"] = [[] for _ in range(2000)]
"""


@pytest.mark.not_under_gc_stress(
    "it fills a small memory with a large state, and counts on the pacing of collections"
)
def test_ten_mebibytes_alive_and_endless_cyclic_garbage_fit_twenty() -> None:
    isolate = Isolate(engine(), engine().base, BUDGET)
    source = PROGRAM.replace("KEPT", str(LIVE // 155)) + "endless()\n"
    files = {"": json.dumps({"options": ["while"]}).encode(), "main.star": source.encode()}
    assert isolate.start("execute", encode_files(files)) == Status.SUSPENDED, isolate.output()
    variables = engine().variables
    top = engine().guest.layout.address("guest.heap.old.tail_top")
    tops = []
    isolate._store.set_fuel(1 << 62)
    I64.pack_into(isolate.memory(), variables.set_aside, 0)
    assert isolate._store.function("stop_world")(0) == 0
    assert isolate.statistics().live_bytes >= LIVE
    for _ in range(SLICES):
        I64.pack_into(isolate.memory(), variables.remaining, SLICE)
        assert isolate.resume() == Status.STARVED, isolate.output()
        tops.append(U32.unpack_from(isolate.memory(), top)[0])
    statistics = isolate.statistics()
    assert statistics.allocated_bytes > 8 * BUDGET.memory
    assert len(isolate.memory()) <= BUDGET.memory
    assert max(tops[SLICES // 2 :]) <= 1.02 * max(tops[: SLICES // 2])
    isolate.close()
