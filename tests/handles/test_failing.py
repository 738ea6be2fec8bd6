"""Every allocation of an operation fails in turn, and its fuel ends at every unit: the error is clear, and all is as it was or as it should be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

import ringfence as rf
from ringfence.abi import I64, U32

COUNT = 2  # of `guest.heap.allocate.Stress`: every allocation is counted, none collects
MOST_STEPS = 500
NEW_KEYS = 12


def refused(heap: rf.LiveHeap, source: str) -> None:
    """Run a chunk that does not compile."""
    try:
        heap.interpret(source, "<2>")
    except rf.BundleError as error:
        assert len(error.diagnostics) == 2


Limit = Callable[[rf.RuleSet, rf.LiveHeap, int], None]
Operation = Callable[[rf.LiveHeap, rf.DictHandle], object]

OPERATIONS: dict[str, Operation] = {
    "a graph in": lambda heap, root: heap.value({"a": [1, (2, "three" * 100), {4.5, 1 << 80}], "b": {}}),
    "a graph out": lambda heap, root: root.to_python(),
    "a call": lambda heap, root: heap.call("visit", root),
    "an iteration": lambda heap, root: list(root.items()),
    "a slice": lambda heap, root: root["items"][1:],
    "new keys": lambda heap, root: root.update({f"new {i}": [i] for i in range(NEW_KEYS)}),
    "a replacement": lambda heap, root: root["items"].__setitem__(slice(1, 2), list("abcdef")),
    "a chunk": lambda heap, root: heap.interpret(
        "def f(x):\n    return [x, point]\nf(str(first([1, 2])))", "<1>"
    ),
    "a chunk with errors": lambda heap, root: refused(heap, "nobody + nobody_else"),
    "an error": lambda heap, root: root["items"].__contains__(heap.get("point")),
}


def let_fail(rules: rf.RuleSet, heap: rf.LiveHeap, allocations: int) -> None:
    """Let the allocation after so many others fail; 0: none."""
    address = rules._engine.guest.layout.address
    view = heap._isolate.memory()
    for name, word in (("gc_stress", COUNT), ("limit", 0), ("gc_fail_after", allocations)):
        U32.pack_into(view, address(f"guest.heap.allocate.{name}"), word)


def limit_fuel(rules: rf.RuleSet, heap: rf.LiveHeap, units: int) -> None:
    """Give each operation so many units; 0: all that the rule set's limits allow."""
    address = rules._engine.guest.layout.address("guest.machine.exchange.event_fuel")
    I64.pack_into(heap._isolate.memory(), address, units or rules.limits.fuel)


@pytest.mark.not_under_gc_stress("it counts allocations by itself")
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(("limit", "error"), [(let_fail, rf.MemoryExceeded), (limit_fuel, rf.FuelExhausted)])
def test_an_operation_may_fail_anywhere(
    rules: rf.RuleSet, limit: Limit, error: type[rf.EvaluationError], name: str
) -> None:
    failures = 0
    with rules.enter() as heap:
        for amount in count(1):
            root = heap.dict(name="a", items=[[i] for i in range(5)], text="x" * 50)
            root["self"] = root
            before = root.to_python()
            del before["self"]
            limit(rules, heap, amount)
            try:
                OPERATIONS[name](heap, root)
                break
            except error:
                failures += 1
            finally:
                limit(rules, heap, 0)
            assert root.pop("self") is root
            after = root.to_python()
            # What a call did before it failed is done; an update that runs out of fuel is done or not.
            done = len(after) - len(before)
            assert (
                done == 0
                or name == "a call"
                or (name == "new keys" and (error is not rf.FuelExhausted or done == NEW_KEYS))
            )
            assert before == {key: after[key] for key in before}
            root["name"] = "b"  # no lock was left behind
            root["items"].clear()
        assert failures < MOST_STEPS
        assert heap.list([1]) == [1]
    assert failures > 0
