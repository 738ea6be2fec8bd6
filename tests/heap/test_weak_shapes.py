"""Weak maps of extreme shape, finalizers in order, and handles in constant time."""

from __future__ import annotations

import pytest

from tests.heap.harness import Machine
from tests.stress import gc_stress

MIB = 1 << 20
# A collection at every allocation makes a smaller number of them tell as much.
MILLION = 10_000 if gc_stress() else 1_000_000


@pytest.mark.parametrize("backwards", [0, 1])
def test_a_chain_of_a_million_ephemerons(backwards: int) -> None:
    """Each entry keeps the next key, whichever way they were entered: a search for a fixed point would take a million rounds."""
    machine = Machine("weak_shapes")
    machine.call("make_map", MILLION, backwards, 0)
    assert machine.call("clear") == MILLION
    machine.call("hold_key", MILLION // 2)
    assert machine.call("clear") == MILLION // 2
    assert machine.call("verify") == 0
    machine.call("let_go")
    assert machine.call("clear") == 0


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("ring", [0, 1])
def test_keys_that_only_entries_refer_to_go(ring: int, debug: bool) -> None:
    """In a chain and in a ring of entries, all that is reached from a key that is held stays, in any collection but a clearing
    one everything."""
    count = 3_000
    machine = Machine("weak_shapes", debug)
    machine.call("make_map", count, 0, ring)
    machine.call("hold_key", 7)
    machine.call("full")
    machine.call("young")
    machine.call("full")
    left = count if ring else count - 7
    assert machine.call("clear") == left
    if not ring:
        assert machine.call("follow") == left
    machine.call("let_go")
    assert machine.call("clear") == 0
    assert machine.call("verify") == 0


def test_memory_of_dead_entries_comes_back() -> None:
    """A map whose keys died keeps only its empty arrays."""
    machine = Machine("weak_shapes")
    machine.call("make_map", 100_000, 1, 1)
    machine.call("let_go")
    machine.call("clear")
    assert machine.read("heap.statistics.live_bytes") < 100_000 * 16 + MIB // 16


def test_finalizers_come_in_the_order_of_registration() -> None:
    """A report for each, once: when the object is dead and the collection clears, not before; the rest at the end."""
    count = 5_000
    machine = Machine("weak_shapes")
    machine.call("make_map", count, 1, 0)
    machine.call("register_keys")
    machine.call("clear")
    assert machine.call("take_all") == 0
    machine.call("let_go")
    machine.call("full")
    assert machine.call("take_all") == 0
    assert machine.call("clear") == 0
    live = machine.read("heap.statistics.live_bytes")
    assert machine.call("take_all") == count
    machine.call("clear")
    assert machine.call("take_all") == 0
    assert machine.read("heap.statistics.live_bytes") <= live - count * 40
    machine.call("make_map", 10, 0, 0)
    machine.call("register_keys")
    machine.call("end")
    assert machine.call("take_all") == 10
    assert machine.call("verify") == 0


def test_handles_hold_their_own_values() -> None:
    """Through young and full collections, drops and reuse; a dropped or forgotten handle is found out for ever."""
    machine = Machine("weak_shapes")
    machine.call("make_handles", 5_000)
    machine.call("young")
    assert machine.call("check_handles") == 5_000
    assert machine.call("drop_every_second") == 2_500
    assert machine.call("drop_every_second") == 0
    machine.call("make_handles", 2_500)
    assert machine.read("heap.handles.open_handles") == 5_000
    machine.call("full")
    assert machine.call("check_handles") == 5_000
    machine.call("forget")
    assert machine.call("check_handles") == 0
    machine.call("make_handles", 10)
    assert machine.call("check_handles") == 10
    assert machine.call("verify") == 0


@pytest.mark.not_under_gc_stress("it counts collections, or bytes between them")
def test_a_young_collection_looks_at_new_handles_only() -> None:
    """With a hundred thousand handles open, the remembered set has an entry for each of those made since the last one."""
    machine = Machine("weak_shapes")
    machine.call("make_handles", 100_000)
    machine.call("young")
    slots = machine.constants["guest.heap.layout.SLOTS_BASE"]
    remembered = machine.constants["guest.heap.layout.REMEMBERED_BASE"]
    machine.call("make_handles", 100)
    assert (machine.read("heap.remembered.slots_top") - slots) // 8 == 100
    assert (machine.read("heap.remembered.remembered_top") - remembered) // 4 == 0
    machine.call("young")
    assert machine.call("check_handles") == 100_100


def test_a_slot_is_used_again() -> None:
    """A million handles, one at a time, in a table of 64 slots."""
    machine = Machine("weak_shapes")
    machine.call("create_and_drop", MILLION)
    assert machine.read("heap.handles.open_handles") == 0
    assert machine.read("heap.handles.first_free") == 0
    machine.call("full")
    assert machine.read("heap.statistics.live_bytes") < 4096
