"""The marker's list borrows memory while there is room, and gives it back; where there is none the heap is walked instead.

A comb of so many teeth needs an entry for each of them at once, seven times what the list has of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from guest.heap.layout import MARK_STACK_BASE, MARK_STACK_SIZE, OLD_START
from tests.heap.harness import Machine, engine
from tests.heap.test_planted_faults import FINDER, planted

RESTING, MARKING = 0, 1
"""`Phase` in guest/heap/cycle.py."""
NOTHING_LOST = 0xFFFF_FFFF
TEETH = 60_000
BALLAST = 4 << 20
"""Bytes of a blob beside the comb, so that an eighth of what is in use holds an entry for every tooth."""
STEP = 64 << 10
TEETH_BYTES = 8 * TEETH

pytestmark = pytest.mark.not_under_gc_stress("it makes the steps of a cycle itself")


def comb(machine: Machine) -> Machine:
    """With the comb and the ballast in the old space, and no cycle under way."""
    assert machine.call("keep_blob", BALLAST) == 0
    assert machine.call("make_comb", TEETH) == 0
    machine.call("young")
    machine.call("full")
    return machine


def phase(machine: Machine) -> int:
    return machine.read("heap.cycle.phase")


def mark(machine: Machine, until: int = 1 << 30) -> int:
    """Begin a cycle and mark, until the list has `until` bytes or marking ends: the most bytes that it had."""
    assert phase(machine) == RESTING
    machine.call("step", STEP)
    most = 0
    while phase(machine) == MARKING and most < until:
        assert machine.read("heap.mark.lowest_lost") == NOTHING_LOST
        most = max(most, machine.read("heap.mark.list_top") - machine.read("heap.mark.list_base"))
        machine.call("step", STEP)
    return most


def finish(machine: Machine) -> None:
    """End the cycle."""
    while phase(machine) != RESTING:
        machine.call("step", STEP)


@pytest.mark.parametrize("debug", [False, True])
def test_a_cycle_borrows_a_list_and_gives_it_back(debug: bool) -> None:
    """Nothing is lost, so nothing is walked; after the sweep the old space ends where it ended before."""
    machine = comb(Machine("shapes", debug))
    top, free = machine.read("heap.old.tail_top"), machine.read("heap.old.free_bytes")
    assert mark(machine) > TEETH_BYTES - MARK_STACK_SIZE
    assert machine.read("heap.mark.list_base") == MARK_STACK_BASE
    finish(machine)
    assert (machine.read("heap.old.tail_top"), machine.read("heap.old.free_bytes")) == (top, free)
    assert machine.call("comb_length") == TEETH
    assert machine.call("verify") == 0


def test_a_list_in_a_hole() -> None:
    """A free block serves as well as the end of the memory, and what it leaves of it stays free."""
    machine = Machine("shapes", debug=True)
    assert machine.call("keep_pinned", 16 * BALLAST) == 0
    machine.call("pin_pattern", 1, 1)  # behind it, so that the hole is not the end
    machine.call("drop_kept")
    machine.call("full")
    comb(machine)
    top, free = machine.read("heap.old.tail_top"), machine.read("heap.old.free_bytes")
    assert free > 14 * BALLAST
    assert mark(machine) > TEETH_BYTES - MARK_STACK_SIZE
    assert machine.read("heap.old.tail_top") == top
    finish(machine)
    assert machine.read("heap.old.free_bytes") == free
    assert machine.call("comb_length") == TEETH


def test_stopping_the_world_gives_the_list_back() -> None:
    """A marking that is abandoned leaves no block behind."""
    machine = comb(Machine("shapes", debug=True))
    top = machine.read("heap.old.tail_top")
    assert mark(machine, until=TEETH_BYTES // 2) >= TEETH_BYTES // 2
    assert machine.read("heap.mark.list_base") > OLD_START
    assert machine.read("heap.old.tail_top") > top
    machine.call("full")
    assert machine.read("heap.old.tail_top") == top
    assert machine.call("comb_length") == TEETH
    assert machine.call("verify") == 0


def test_nothing_is_borrowed_where_room_is_short() -> None:
    """The list keeps to its own memory, and walks find what it loses."""
    machine = comb(Machine("shapes"))
    machine.write("heap.old.memory_limit", machine.read("heap.old.tail_top") + 8 * MARK_STACK_SIZE)
    lost = False
    machine.call("step", STEP)
    while phase(machine) == MARKING:
        assert machine.read("heap.mark.list_base") == MARK_STACK_BASE
        lost = lost or machine.read("heap.mark.lowest_lost") != NOTHING_LOST
        machine.call("step", STEP)
    assert lost
    finish(machine)
    assert machine.call("comb_length") == TEETH
    assert machine.call("verify") == 0


def test_the_walker_finds_a_list_that_is_no_block(tmp_path: Path) -> None:
    """The old space is a sequence of blocks while its memory is borrowed, too."""
    guest = planted(tmp_path, "mark.py", "write_header(at, FREE_CLASS, size)", "pass", "shapes")
    machine = comb(Machine("shapes", build=(guest, wasmtime.Module(engine(), guest.text))))
    with pytest.raises(wasmtime.Trap) as stopped:
        mark(machine)
    assert str(stopped.value.frames[0].func_name) == FINDER
