"""Every allocation of an event in hand may fail: in a slice, in an answer, in a refusal, while it is copied or looked at.

The event ends in a clean memory error, or goes on as if nothing had been asked; its isolate decides the next event.
"""

from __future__ import annotations

import pytest

import ringfence as rf
from ringfence.abi import U32
from ringfence.isolate import Isolate
from tests.stress import gc_stress
from tests.trials.failing import COLLECT, COUNT, check_memory_error

SOURCE = """
def gather(event):
    found = {}
    for i in range(4):
        found["k" + str(i)] = [ask(i), str(i) * 20]
    return [len(found), sorted(event.numbers, key = lambda x: ask(x).text), json.decode('{"new": [1, 2]}')]
rule("first", when = lambda event: ask(1).text == "1", then = gather)
rule("second", then = ask)
"""
EVENT = {"numbers": [3, 1, 2]}
STEP = 97 if gc_stress() else 7
MOST = 2000  # allocations that are made to fail


@pytest.fixture(scope="module")
def rules() -> rf.RuleSet:
    """A bundle that calls the host in a predicate, in a loop, as the key of a sort, and as what a rule decides."""

    def ask(x: object) -> object:
        return {"text": str(x)[:1], "list": [{f"a key that is not known yet {i}": i} for i in range(5)]}

    bundle = rf.Bundle.from_sources(
        {"main.star": SOURCE}, functions={"ask": {"params": 1}}, hit_policy="collect"
    )
    return rf.Runtime().load(bundle, functions={"ask": ask}, limits=rf.Limits(fuel=1_000_000, deadline=30.0))


def write(rules: rf.RuleSet, isolate: Isolate, variable: str, worth: int) -> None:
    address = rules._engine.guest.layout.address(f"guest.heap.allocate.{variable}")
    U32.pack_into(isolate.memory(), address, worth)


def finish(evaluation: rf.Evaluation, way: str) -> rf.Decision:
    """Go on to the end, with what `way` says in between."""
    rounds = 0
    while not evaluation.done:
        rounds += 1
        if way == "snapshot" and rounds % 4 == 1:
            evaluation.snapshot(bundle=False)
        if way == "where" and rounds % 4 == 1:
            assert evaluation.where is not None
        if way == "refuse" and evaluation.call is not None and rounds > 3:
            evaluation.refuse("no" * 200)
        elif not evaluation.done:
            evaluation.step(None if way == "step" else 37)
    return evaluation.result()


@pytest.mark.parametrize("way", ["step", "slices", "snapshot", "where", "refuse"])
def test_every_seventh_allocation_fails(rules: rf.RuleSet, way: str) -> None:
    whole = rules.evaluate(EVENT)
    failed = 0
    for count in range(1, MOST, STEP):
        evaluation = rules.start(EVENT)
        isolate = evaluation._isolate
        assert isolate is not None
        write(rules, isolate, "gc_stress", COLLECT if gc_stress() else COUNT)
        write(rules, isolate, "limit", 0)
        write(rules, isolate, "gc_fail_after", count)
        try:
            assert finish(evaluation, way) == whole
        except rf.MemoryExceeded as error:
            check_memory_error(error)
            failed += 1
        except rf.HostFunctionError:
            assert way == "refuse"
        assert rules._pool.idle[-1] is isolate
        address = rules._engine.guest.layout.address("guest.heap.allocate.gc_fail_after")
        is_over = U32.unpack_from(isolate.memory(), address)[0] != 0
        write(rules, isolate, "gc_fail_after", 0)
        write(rules, isolate, "gc_stress", COLLECT if gc_stress() else 0)
        assert rules.evaluate(EVENT) == whole
        if is_over:
            break
    assert is_over
    assert failed >= (100 if way != "refuse" else 20) // STEP
