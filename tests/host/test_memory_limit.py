"""The memory limit is one of bytes, whether or not it is a multiple of a page."""

from __future__ import annotations

import pytest

from ringfence import Bundle, Limits, MemoryExceeded, Runtime
from ringfence.abi import encode_files
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, PAGE_BYTES, Budget

pytestmark = pytest.mark.not_under_gc_stress("fills the memory")

GREEDY = """
def decide(event):
    if event.greedy:
        kept = []
        for i in range(10000000):
            kept.append("%d" % i * 100)
    return 1
"""


@pytest.mark.parametrize("extra", [1, 8, 4_095, PAGE_BYTES - 1])
def test_a_limit_inside_a_page(extra: int) -> None:
    """An event may use all of it and no more; the isolate decides the next event."""
    limits = Limits(memory=8 * MEBIBYTE + extra, fuel=1_000_000_000, deadline=30.0)
    with Runtime().load(Bundle.from_sources({"main.star": GREEDY}), limits=limits) as rules:
        for _ in range(2):
            with pytest.raises(MemoryExceeded):
                rules.evaluate({"greedy": True})
            assert rules.evaluate({"greedy": False}).decision == 1


@pytest.mark.parametrize("extra", [-8, 0, 8])
def test_the_memory_grows_to_the_page_of_the_limit(extra: int) -> None:
    """And what the guest uses of it ends at the limit."""
    engine = Runtime().engine
    budget = Budget(fuel=10**9, memory=7 * MEBIBYTE + extra, deadline=30.0)
    isolate = Isolate(engine, engine.base, budget)
    try:
        program = b"kept = [['%d' % i * 100] for i in range(10000000)]"
        isolate.start("execute", encode_files({"": b'{"options": [], "args": null}', "main.star": program}))
        assert b'"kind": "memory"' in isolate.output()
        pages = -(-budget.memory // PAGE_BYTES)
        assert len(isolate.memory()) == pages * PAGE_BYTES
    finally:
        isolate.close()
