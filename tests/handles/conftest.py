"""A rule set whose functions work on what they are given, and a scope of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ringfence as rf

SOURCE = """
frozen = {"n": 1, "list": [1, 2]}
point = struct(x = 1, y = [2, 3])

def visit(node, depth = 0):
    node["seen"] = depth
    return node["self"]["name"] + str(depth)

def first(items):
    return items[0]

def apply(f, *args, **kwargs):
    return f(*args, **kwargs)

def counter():
    state = [0]
    def count():
        state[0] += 1
        return state[0]
    return count

def fail_inside(items):
    for item in items:
        fail("at", item)

def forever():
    for i in range(1 << 40):
        pass

def nothings(count):
    return [None] * count

def churn(times):
    for i in range(times):
        [str(i), [i]]
    return times

def decide(event):
    return event
"""
LIMITS = rf.Limits(fuel=1_000_000, memory="32MiB", deadline=5.0)


@pytest.fixture(scope="session")
def rules() -> Iterator[rf.RuleSet]:
    """The rule set."""
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE}), limits=LIMITS) as rules:
        yield rules


@pytest.fixture
def heap(rules: rf.RuleSet) -> Iterator[rf.LiveHeap]:
    """A scope."""
    with rules.enter() as heap:
        yield heap
