"""Functions of the host that an operation's rules call: answers, refusals, limits and interruptions; the scope goes on after all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import ringfence as rf

SOURCE = """
def ask(x):
    return [x, lookup(x)]

def ask_each(items):
    return [lookup(item) for item in items]

def ask_then_loop(x):
    lookup(x)
    for i in range(1 << 40):
        pass

def decide(event):
    return 1
"""
DECLARED = {"lookup": {"params": ["any"], "result": "int | list"}}


def scope_with(
    function: Callable[..., Any] | rf.HostFunction, **limits: Any
) -> tuple[rf.RuleSet, rf.LiveHeap]:
    """A rule set that has this function, and a scope of it."""
    bundle = rf.Bundle.from_sources({"main.star": SOURCE}, functions=DECLARED)
    rules = rf.Runtime().load(bundle, functions={"lookup": function}, limits=rf.Limits(**limits))
    return rules, rules.enter()


def test_an_answer_is_the_result_of_the_call() -> None:
    rules, heap = scope_with(len)
    with rules, heap:
        assert heap.call("ask", "four") == ["four", 4]
        assert heap.call("lookup", [1, 2]) == 2
        assert heap.call("ask_each", ["a", "bc", "def"]) == [1, 2, 3]


def test_answers_are_frozen_like_events() -> None:
    rules, heap = scope_with(lambda x: [x])
    with rules, heap, pytest.raises(rf.RuleError, match="frozen list"):
        heap.call("ask", 1)[1].append(2)


def test_a_function_that_raises_fails_the_call_with_both_tracebacks() -> None:
    rules, heap = scope_with(lambda x: 1 // x)
    with rules, heap:
        with pytest.raises(rf.HostFunctionError, match="ZeroDivisionError") as caught:
            heap.call("ask", 0)
        assert caught.value.function == "lookup"
        assert [frame.function for frame in caught.value.traceback] == ["ask"]
        assert "ZeroDivisionError" in caught.value.host_traceback
        assert heap.call("ask", 1) == [1, 1]


def test_a_wrong_type_is_refused() -> None:
    rules, heap = scope_with(str)
    with rules, heap, pytest.raises(rf.RuleError, match=r"the host returned str, want int \| list"):
        heap.call("ask", 1)


def test_calls_are_counted_by_operation() -> None:
    rules, heap = scope_with(rf.HostFunction(len, calls=2))
    with rules, heap:
        assert heap.call("ask_each", ["a", "b"]) == [1, 1]
        with pytest.raises(rf.RuleError, match="called more than 2 times"):
            heap.call("ask_each", ["a", "b", "c"])
        assert heap.call("ask_each", ["a", "b"]) == [1, 1]


def test_limits_hold_after_an_answer() -> None:
    rules, heap = scope_with(len, fuel=100_000)
    with rules, heap:
        with pytest.raises(rf.FuelExhausted):
            heap.call("ask_then_loop", "a")
        assert heap.call("ask", "a") == ["a", 1]
    rules, heap = scope_with(len, fuel=10**12, deadline=0.1)
    with rules, heap:
        with pytest.raises(rf.DeadlineExceeded):
            heap.call("ask_then_loop", "a")
        assert heap.call("ask", "a") == ["a", 1]


def test_an_answer_that_cannot_be_paid_fails_the_call() -> None:
    rules, heap = scope_with(lambda x: [0] * 100_000, fuel=10_000)
    with rules, heap:
        with pytest.raises(rf.FuelExhausted):
            heap.call("ask", "a")
        assert heap.call("decide", None) == 1


def test_an_interruption_goes_to_the_caller_and_leaves_the_scope_whole() -> None:
    def interrupted(x: Any) -> int:
        if x == "now":
            raise KeyboardInterrupt
        return 1

    rules, heap = scope_with(interrupted)
    with rules, heap:
        with pytest.raises(KeyboardInterrupt):
            heap.call("ask", "now")
        assert heap.call("ask", "later") == ["later", 1]


def test_a_function_cannot_use_the_scope_that_waits_for_it() -> None:
    heaps: list[rf.LiveHeap] = []
    rules, heap = scope_with(lambda x: heaps[0].call("decide", None))
    heaps.append(heap)
    with rules, heap, pytest.raises(rf.RuleError, match="in the middle of an operation"):
        heap.call("ask", 1)


def test_arguments_that_are_no_json_are_an_error() -> None:
    rules, heap = scope_with(len)
    with rules, heap:
        loop = heap.list()
        loop.append(loop)
        with pytest.raises(rf.RuleError):
            heap.call("ask", loop)
        assert heap.call("ask", "a") == ["a", 1]
