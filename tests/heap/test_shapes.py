"""Graphs of extreme shape: nothing depends on depth or width, and cycles are collected."""

from __future__ import annotations

import pytest

from tests.heap.harness import Machine

MIB = 1 << 20
STOPPED, PAUSE_COUNT = 3, 132


def test_rings_are_collected() -> None:
    """Sixteen megabytes of rings, one alive at a time, in two of old space."""
    machine = Machine("shapes")
    assert machine.call("rings", 200, 1000) == 200
    machine.call("full")
    assert machine.read("heap.statistics.live_bytes") < MIB
    assert machine.memory.size(machine.store) < 128
    assert machine.call("verify") == 0


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("branches", [False, True])
def test_deep_chain(branches: bool, debug: bool) -> None:
    """Two hundred thousand links."""
    machine = Machine("shapes", debug)
    assert machine.call("make_chain", 200_000, branches) == 0
    machine.call("young")
    machine.call("full")
    assert machine.call("chain_length") == 200_000
    machine.call("drop_chain")
    machine.call("full")
    assert machine.read("heap.statistics.live_bytes") == 0


@pytest.mark.parametrize("length", [10_000, 400_000])
def test_comb_overflows_the_work_list(length: int) -> None:
    """Every link leaves an entry in the marker's list; when it is full, the heap is walked instead."""
    machine = Machine("shapes")
    assert machine.call("make_comb", length) == 0
    machine.call("full")
    assert machine.call("comb_length") == length
    assert machine.call("verify") == 0


@pytest.mark.parametrize("count", [10, 1_000, 100_000])
def test_old_objects_that_refer_to_young_ones(count: int) -> None:
    """The remembered set, and what happens when it is full."""
    machine = Machine("shapes")
    assert machine.call("make_cells", count) == 0
    for _ in range(3):
        machine.call("store_young")
        machine.call("young")
        machine.call("full")
        assert machine.call("check_cells") == count
        assert machine.call("verify") == 0


def test_remembered_objects_may_die() -> None:
    """A full collection frees them; the next young one must not touch what their memory holds by then."""
    machine = Machine("shapes")
    assert machine.call("make_cells", 1_000) == 0
    machine.call("store_young")
    machine.call("drop_cells")
    machine.call("full")
    machine.call("pin_pattern", 20_000, 0xFF)
    machine.call("young")
    assert machine.call("count_pattern", 0xFF) == 20_000
    assert machine.call("verify") == 0


def test_large_arrays_are_born_old() -> None:
    """Stores into one that has just been allocated pass the barrier all the same."""
    machine = Machine("shapes")
    machine.call("fill_wide", 50_000)
    machine.call("churn", 100_000)
    machine.call("young")
    assert machine.call("check_wide") == 50_000
    assert machine.call("verify") == 0


def test_freezing_takes_the_image_out_of_collections() -> None:
    """What is permanent costs a collection nothing, and is not live heap."""
    machine = Machine("shapes")
    assert machine.call("make_chain", 100_000, 1) == 0
    machine.call("freeze")
    assert machine.read("heap.statistics.live_bytes") == 0
    machine.write("heap.statistics.longest_step_bytes", 0)
    machine.call("rings", 10, 100)
    machine.call("young")
    machine.call("full")
    assert machine.read("heap.statistics.longest_step_bytes") < MIB
    assert machine.call("chain_length") == 100_000
    assert machine.call("verify") == 0


def test_a_permanent_object_that_the_guest_writes_to() -> None:
    """Objects reached only through it stay alive until they are frozen too."""
    machine = Machine("shapes")
    assert machine.call("make_cells", 100) == 0
    machine.call("freeze")
    for _ in range(3):
        machine.call("store_young")
        machine.call("young")
        machine.call("full")
        assert machine.call("check_cells") == 100
        assert machine.call("verify") == 0
    machine.call("freeze")
    machine.call("full")
    assert machine.call("check_cells") == 100
    assert machine.call("verify") == 0


@pytest.mark.not_under_gc_stress("it counts collections, or bytes between them")
@pytest.mark.parametrize("cells", [100, 1_000, 10_000])
def test_a_cycle_ends_although_a_permanent_array_is_written_to(cells: int) -> None:
    """However long it is: it is visited whenever marking may end, and must not keep it from ending."""
    machine = Machine("shapes")
    assert machine.call("make_cells", cells) == 0
    machine.call("freeze")
    machine.call("replace_cell")
    assert machine.read("heap.remembered.mutated_count") == 1
    assert machine.call("make_chain", 600_000, 0) == 0
    row = (
        machine.constants["guest.heap.layout.PAUSES_BASE"]
        + STOPPED * machine.constants["guest.heap.layout.PAUSE_ROW"]
    )
    stops = machine.contents()[row + PAUSE_COUNT : row + PAUSE_COUNT + 4]
    assert int.from_bytes(stops, "little") == 1  # by the freeze
    assert machine.read("heap.statistics.cycles") >= 2
    assert machine.call("verify") == 0


@pytest.mark.not_under_gc_stress("it counts collections, or bytes between them")
def test_holes_of_the_image_are_used_again() -> None:
    """Garbage between permanent objects is room for evaluations."""
    machine = Machine("shapes")
    assert machine.call("make_chain", 100_000, 0) == 0
    assert machine.call("make_cells", 10) == 0
    machine.call("drop_chain")
    machine.call("freeze")
    assert machine.read("heap.old.extent_count") >= 1
    top = machine.read("heap.old.tail_top")
    assert machine.call("make_chain", 50_000, 0) == 0
    machine.call("young")
    assert machine.read("heap.old.tail_top") == top
    assert machine.call("chain_length") == 50_000
    assert machine.call("verify") == 0


def test_a_frozen_image_holds_no_rubbish() -> None:
    """What is unused is zero after a freeze, so that images are small."""
    machine = Machine("shapes")
    machine.call("churn", 100_000)
    assert machine.call("make_chain", 100_000, 1) == 0
    machine.call("drop_chain")
    machine.call("freeze")
    start = machine.constants["guest.heap.layout.NURSERY_START"]
    assert machine.contents()[start:].count(0) > len(machine.contents()[start:]) - 4096


@pytest.mark.not_under_gc_stress("it counts collections, or bytes between them")
def test_the_end_of_an_evaluation_is_a_reset() -> None:
    """Without escapes nothing is collected and nothing becomes old."""
    machine = Machine("shapes")
    machine.call("end")
    for _ in range(100):
        machine.call("churn", 1_000)
        machine.call("end")
    assert machine.read("heap.statistics.collections") == 0
    assert machine.read("heap.statistics.live_bytes") == 0
    assert machine.read("heap.allocate.bump") == machine.constants["guest.heap.layout.NURSERY_START"]
    assert machine.read("heap.statistics.allocated_bytes") == 100 * 1_000 * 24


@pytest.mark.not_under_gc_stress("it counts collections, or bytes between them")
def test_what_escapes_an_evaluation_is_promoted() -> None:
    """A module variable, or an old object, that refers to the young space."""
    machine = Machine("shapes")
    assert machine.call("keep_blob", 100) == 0
    machine.call("end")
    assert (
        machine.read("heap.statistics.collections") == 2
    )  # one promotes, one sweeps: the next finds no debt
    assert machine.read("heap.pacing.debt") == 0
    assert machine.call("make_cells", 10) == 0
    machine.call("store_young")
    machine.call("end")
    assert machine.call("check_cells") == 10
    assert machine.call("verify") == 0


def test_collections_are_deterministic() -> None:
    """The same program leaves the same memory, byte for byte."""
    copies = []
    for _ in range(2):
        machine = Machine("shapes")
        machine.call("rings", 30, 300)
        machine.call("make_chain", 50_000, 1)
        machine.call("full")
        copies.append(machine.contents())
    assert copies[0] == copies[1]
