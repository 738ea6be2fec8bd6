"""The memory limit: out of memory is an error of the evaluation, and the instance goes on."""

from __future__ import annotations

import pytest

from tests.heap.harness import PAGE, Machine

pytestmark = pytest.mark.not_under_gc_stress(
    "it fills memories to the last byte, and each collection leaves a marker"
)

MEMORY_FAILURE = 3
LINK = 24
ARRAY_HEADER = 8


def bounded(end: int) -> Machine:
    """An instance that may use the memory below an address."""
    machine = Machine("shapes")
    machine.write("heap.old.memory_limit", end)
    return machine


def limited(pages: int) -> Machine:
    """An instance whose memory may grow to so many pages."""
    machine = Machine("shapes")
    machine.write("heap.old.memory_limit", pages * PAGE)
    return machine


@pytest.mark.parametrize("pages", [41, 44, 50, 64, 96, 256])
def test_too_long_a_chain(pages: int) -> None:
    """A chain that cannot fit fails below the limit, twice, and a smaller one fits afterwards."""
    machine = limited(pages)
    for _ in range(2):
        assert machine.call("make_chain", 10_000_000, 1) == MEMORY_FAILURE
        assert machine.memory.size(machine.store) <= pages
        assert machine.call("verify") == 0
        machine.call("drop_chain")
        machine.call("end")
    assert machine.call("make_chain", 20_000, 1) == 0
    assert machine.call("chain_length") == 20_000
    assert machine.call("verify") == 0


@pytest.mark.parametrize("pages", [64, 128, 256])
def test_most_of_the_limit_is_usable(pages: int) -> None:
    """A chain of nine tenths of what lies above the fixed areas fits."""
    machine = limited(pages)
    room = pages * PAGE - machine.constants["guest.heap.layout.OLD_START"]
    assert machine.call("make_chain", room * 9 // 10 // LINK, 0) == 0


def test_garbage_never_fills_the_memory() -> None:
    """Large and small garbage for a hundred times the limit."""
    machine = limited(64)
    assert machine.call("churn_blobs", 400, 1_000_000) == 0
    assert machine.call("churn_blobs", 4_000, 100_000) == 0
    assert machine.call("churn_blobs", 1_000_000, 400) == 0
    assert machine.memory.size(machine.store) <= 64
    assert machine.call("verify") == 0


def test_the_host_may_refuse_to_grow() -> None:
    """The store's own limit is lower than the guest's: the same error."""
    machine = Machine("shapes")
    machine.store.set_limits(memory_size=64 * PAGE)
    assert machine.call("make_chain", 10_000_000, 1) == MEMORY_FAILURE
    machine.call("drop_chain")
    machine.call("end")
    assert machine.call("keep_blob", 1_000_000) == 0
    assert machine.call("verify") == 0


def test_what_can_never_fit_is_refused_at_once() -> None:
    """`ensure_fits` compares with the limit and does not collect."""
    machine = limited(64)
    assert machine.call("fits", 0, 1_000_000) == 0
    assert machine.call("fits", 0, 64 * PAGE) == MEMORY_FAILURE
    assert machine.call("fits", 1, 0) == MEMORY_FAILURE
    assert machine.call("pin", 0xFFFF_FFFF - (1 << 32)) == MEMORY_FAILURE
    assert machine.read("heap.statistics.collections") == 0


def test_a_full_heap_does_not_collect_for_every_object() -> None:
    """Near the limit the evaluation fails; it does not collect the whole heap again and again first."""
    machine = limited(256)
    assert machine.call("make_chain", 10_000_000, 0) == MEMORY_FAILURE
    assert machine.read("heap.statistics.collections") < 400


# Addresses in the middle of a page, at its ends, and where the limit itself is no multiple of eight.
ENDS = [70 * PAGE + offset for offset in (0, 8, 40_000, 40_003, PAGE - 8, PAGE - 1)]


@pytest.mark.parametrize("end", ENDS)
def test_the_last_byte_is_usable_by_a_large_object(end: int) -> None:
    """One that fills the old space to the limit fits, and one of eight bytes more is a memory error."""
    for more, result in ((8, MEMORY_FAILURE), (0, 0), (8, MEMORY_FAILURE)):
        machine = bounded(end)
        room = (end - machine.read("heap.old.tail_top")) & ~7
        assert machine.call("pin", room - ARRAY_HEADER + more) == result
        assert machine.read("heap.old.tail_top") <= end
        assert machine.memory.size(machine.store) <= -(-end // PAGE)
        assert machine.call("verify") == 0
        assert machine.call("make_chain", 1_000, 1) == 0


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("links", [1, 500, 30_000])
def test_promotion_ends_at_the_last_byte(end: int, links: int) -> None:
    """What is alive in the nursery is promoted if it fits with the marker of its region, and not with eight bytes less."""
    marker = Machine("shapes").constants["guest.heap.promotion.MARKER_SIZE"]
    for missing, result in ((8, MEMORY_FAILURE), (0, 0)):
        machine = bounded(end)
        room = (end - machine.read("heap.old.tail_top")) & ~7
        assert machine.call("keep_pinned", room - links * LINK - marker - ARRAY_HEADER + missing) == 0
        assert machine.call("make_chain", links, 0) == 0
        assert machine.call("try_young") == result
        assert machine.read("heap.old.tail_top") <= end
        assert machine.call("chain_length") == links
        assert machine.call("verify") == 0
        machine.call("drop_kept")
        assert machine.call("try_young") == 0
        assert machine.call("chain_length") == links


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", [24, 1_000, 100_000, 500_000])
def test_filling_the_memory_never_passes_the_limit(end: int, size: int) -> None:
    """Objects of one size until none fits: the tail ends at most where the limit is, and all is usable afterwards."""
    machine = bounded(end)
    if size == LINK:
        assert machine.call("make_chain", 10_000_000, 0) == MEMORY_FAILURE
    else:
        assert machine.call("keep_blobs", size, 10_000) == MEMORY_FAILURE
    assert machine.read("heap.old.tail_top") <= end
    assert machine.call("verify") == 0
    machine.call("drop_chain")
    machine.call("drop_kept")
    machine.call("end")
    assert machine.call("make_chain", 20_000, 1) == 0
    assert machine.call("chain_length") == 20_000
