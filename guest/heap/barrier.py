"""The write barrier: what compiled code calls after it has stored a reference into an object that is not young.

The compiler emits the test of the object's address in place, and calls one of these when it fails. They enter the object, or
one element of a large array, in the remembered set (`remembered.py`), and while the old space is being marked they keep its
invariant: no visited object refers to one that has no mark, unless the next young collection will come by it.

    remember            a field, or anything in a small object: the object is entered, whatever was stored
    remember_element    an element of an array: of a large one, only a young element is entered
    remember_range      elements that were copied: the same for each, or the whole array while it is being marked

When much has been entered the nursery counts as full: so the time of a young collection is bounded by what it looks at,
not only by what it copies.
"""

from __future__ import annotations

from guest.compiler.language import noinline, u32
from guest.compiler.raw import load_u8, load_u32, load_u64
from guest.heap import allocate, mark, remembered
from guest.heap.header import (
    ELEMENTS_POINTERS,
    MARKED,
    MUTATED,
    PERMANENT,
    REMEMBERED,
    ROW_ELEMENT_KIND,
    class_at,
    row_of,
    state_at,
)
from guest.heap.layout import REMEMBERED_BASE, SLOTS_BASE
from guest.heap.mark import reach_pointer, reach_word
from guest.heap.remembered import LARGE_LENGTH, SLOT_ENTRY, add_slot, add_to_remembered
from guest.heap.roots import is_young_address, is_young_bits

# Entries at which the nursery counts as full. Looking at one costs up to two cache misses, some 100 ns each.
MOST_REMEMBERED = 1024
MOST_SLOTS = 4096
REMEMBERED_FULL = REMEMBERED_BASE + 4 * MOST_REMEMBERED
SLOTS_FULL = SLOTS_BASE + SLOT_ENTRY * MOST_SLOTS


@noinline
def remember(at: u32) -> None:
    """A reference was stored into the object at an address."""
    if state_at(at) & REMEMBERED == 0:
        add_to_remembered(at)
        if remembered.remembered_top >= REMEMBERED_FULL:
            allocate.end_nursery()


@noinline
def remember_element(at: u32, slot: u32) -> None:
    """A reference was stored into the element at `slot` of the array at `at`."""
    if load_u32(at) < LARGE_LENGTH or is_newly_mutated(at):
        remember(at)
    else:
        note_element(at, slot, load_u8(row_of(class_at(at)), ROW_ELEMENT_KIND))


@noinline
def remember_range(at: u32, slot: u32, size: u32) -> None:
    """References were copied to the `size` bytes from `slot` on, elements of the array at `at`."""
    if (
        load_u32(at) < LARGE_LENGTH
        or is_newly_mutated(at)
        or (mark.marking != 0 and state_at(at) & MARKED != 0)
    ):
        # The marker may have passed the place that a reference was copied to and not yet the one it was copied from.
        remember(at)
        return
    kind = load_u8(row_of(class_at(at)), ROW_ELEMENT_KIND)
    step = u32(4) if kind == ELEMENTS_POINTERS else u32(8)
    end = slot + size
    while slot < end and state_at(at) & REMEMBERED == 0:
        if holds_young(slot, kind):
            enter_slot(at, slot)
        slot += step


def is_newly_mutated(at: u32) -> bool:
    """Whether an object is permanent and has not been written to before: it becomes a root, whatever was stored."""
    return state_at(at) & (PERMANENT | MUTATED) == PERMANENT


def note_element(at: u32, slot: u32, kind: u32) -> None:
    """Enter an element of a large array if it is young; if it is old and the array has been reached, reach it too."""
    if holds_young(slot, kind):
        enter_slot(at, slot)
    elif mark.marking != 0 and state_at(at) & MARKED != 0:
        if kind == ELEMENTS_POINTERS:
            reach_pointer(slot)
        else:
            reach_word(slot)


def holds_young(slot: u32, kind: u32) -> bool:
    """Whether an element refers to the young space."""
    if kind == ELEMENTS_POINTERS:
        return is_young_address(load_u32(slot))
    return is_young_bits(load_u64(slot))


def enter_slot(at: u32, slot: u32) -> None:
    """Enter an element in the remembered set."""
    add_slot(at, slot)
    if remembered.slots_top >= SLOTS_FULL:
        allocate.end_nursery()
