"""The memory limit: out of memory is an error of the evaluation, and the instance goes on."""

from __future__ import annotations

import pytest

from tests.heap.harness import PAGE, Machine

MEMORY_FAILURE = 3
LINK = 24


def limited(pages: int) -> Machine:
    """An instance whose memory may grow to so many pages."""
    machine = Machine("shapes")
    machine.write("heap.old.memory_limit_pages", pages)
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
