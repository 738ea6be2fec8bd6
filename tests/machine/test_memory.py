"""Running out of memory at every possible place: a clean error of the event that met it, and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.machine.harness import Machine, bundle

SOURCES = {
    "rules": (
        'rule("a", when = lambda e: [x for x in e.xs if x > 2], then = lambda e: {"n": len(e.xs), "s": e.s + "!"})\n'
        'rule("b", then = lambda e: sorted(e.xs, key = lambda x: -x))\n'
    ),
    "calls": (
        "def f(a, *args, b = [], **kw):\n    return (a, args, b, kw)\n"
        "def decide(e):\n    g = lambda: e.s.upper()\n    return [f(1, 2, b = 3, c = 4), f(*e.xs), g(), '%s %d' % (e.s, 1), e.get('z', 'y')]\n"
    ),
    "errors": "def decide(e):\n    return e.s.split(',')[0].nope(1, x = [e.xs])\n",
}
EVENT = {
    "xs": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "s": "some text, and more",
    "deep": {"a": {"b": [None, True, 1.5]}},
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("policy", ["first", "collect"])
def test_every_allocation_may_fail(name: str, policy: str) -> None:
    """Whichever allocation is the one that fails, the event is a memory error and the next one is decided."""
    machine = bundle(SOURCES[name], hit_policy=policy)
    normal = machine.evaluate(EVENT)
    limit = machine.read("guest.heap.allocate.limit")
    failures = 0
    for count in range(1, 400):
        machine.write("guest.heap.allocate.gc_stress", 1)
        machine.write("guest.heap.allocate.limit", 0)
        machine.write("guest.heap.allocate.gc_fail_after", count)
        line = machine.evaluate(EVENT)
        reached = machine.read("guest.heap.allocate.gc_fail_after") == 0
        machine.write("guest.heap.allocate.gc_stress", 0)
        machine.write("guest.heap.allocate.limit", limit)
        machine.write("guest.heap.allocate.gc_fail_after", 0)
        if reached:
            assert line["error"]["kind"] == "memory", (count, line)
            failures += 1
        else:
            assert line == normal
        assert machine.evaluate(EVENT) == normal, count
        if not reached:
            break
    assert failures > 5


@pytest.mark.parametrize("count", range(1, 39))
def test_loading_may_fail(count: int) -> None:
    """A bundle that does not fit while it loads is a memory error."""
    machine = Machine()
    machine.write("guest.heap.allocate.gc_stress", 1)
    machine.write("guest.heap.allocate.limit", 0)
    machine.write("guest.heap.allocate.gc_fail_after", count * 7)
    said = machine.load({"main.star": SOURCES["rules"], "data/x.json": json.dumps(EVENT)})
    assert machine.read("guest.heap.allocate.gc_fail_after") == 0
    assert said["error"]["kind"] == "memory"
