"""The remembered set: old objects into which a reference was stored since the last young collection.

A young collection must update references from old objects without looking at all of them; the write barrier
collects the candidates here. The REMEMBERED bit keeps an object from being entered twice. When the buffer is
full a flag says so, and the next young collection looks at the whole old space once: slower, never wrong.
Of a large array only the elements that were stored are entered, so that its size does not matter.

The loaded image is permanent and full collections do not trace it. The few permanent objects that the guest
itself writes to later (the intern table while a bundle loads) are listed apart, as roots of full collections,
until the next freeze.
"""

from __future__ import annotations

from guest.compiler.language import inline, u32, unreachable
from guest.compiler.raw import load_u32, store_u32
from guest.heap.header import MARKED, MUTATED, PERMANENT, REMEMBERED, set_state, state_at
from guest.heap.layout import (
    MUTATED_BASE,
    MUTATED_LIMIT,
    REMEMBERED_BASE,
    REMEMBERED_LIMIT,
    SLOTS_BASE,
    SLOTS_LIMIT,
)

remembered_top: u32 = REMEMBERED_BASE
remembered_overflowed: u32 = 0
slots_top: u32 = SLOTS_BASE
mutated_count: u32 = 0

# Elements of arrays of at least so many are entered one by one, as pairs of the array and the element's address.
LARGE_LENGTH = 1024
SLOT = 4
SLOT_ENTRY = 8


def add_to_remembered(at: u32) -> None:
    """Enter an old object, if it is not there yet."""
    global remembered_top, remembered_overflowed
    state = state_at(at)
    if state & REMEMBERED != 0:
        return
    if state & (PERMANENT | MUTATED) == PERMANENT:
        add_to_mutated(at)
        state |= MUTATED
    set_state(at, state | REMEMBERED)
    if remembered_top == REMEMBERED_LIMIT:
        remembered_overflowed = 1
    else:
        store_u32(remembered_top, at)
        remembered_top += 4


def add_slot(at: u32, slot: u32) -> None:
    """Enter one element of a large array; the whole array when there is no room."""
    global slots_top
    state = state_at(at)
    if state & REMEMBERED != 0:
        return
    if slots_top == SLOTS_LIMIT:
        add_to_remembered(at)
        return
    if state & (PERMANENT | MUTATED) == PERMANENT:
        add_to_mutated(at)
        set_state(at, state | MUTATED)
    store_u32(slots_top, at)
    store_u32(slots_top, slot, SLOT)
    slots_top += SLOT_ENTRY


def add_to_mutated(at: u32) -> None:
    """Enter a permanent object as a root of full collections."""
    global mutated_count
    # Only the guest's own tables are written to after a freeze, never what a rule can reach: a full list is a
    # bug.
    if mutated_count == MUTATED_LIMIT:
        unreachable()
    store_u32(mutated_at(mutated_count), at)
    mutated_count += 1


@inline
def mutated_at(index: u32) -> u32:
    """The address of an entry of the list of mutated permanent objects."""
    return MUTATED_BASE + (index << 2)


@inline
def nothing_remembered() -> bool:
    """Whether no old object was written to since the last young collection."""
    return remembered_top == REMEMBERED_BASE and slots_top == SLOTS_BASE and remembered_overflowed == 0


def empty_remembered() -> None:
    """Forget all entries; their bits are the caller's to clear."""
    global remembered_top, slots_top, remembered_overflowed
    remembered_top = REMEMBERED_BASE
    slots_top = SLOTS_BASE
    remembered_overflowed = 0


def drop_dead_remembered() -> None:
    """After marking and before sweeping: forget entries that are about to be swept."""
    global remembered_top, slots_top
    kept = u32(REMEMBERED_BASE)
    entry = u32(REMEMBERED_BASE)
    while entry < remembered_top:
        at = load_u32(entry)
        if state_at(at) & (MARKED | PERMANENT) != 0:
            store_u32(kept, at)
            kept += 4
        entry += 4
    remembered_top = kept
    kept = u32(SLOTS_BASE)
    entry = u32(SLOTS_BASE)
    while entry < slots_top:
        at = load_u32(entry)
        if state_at(at) & (MARKED | PERMANENT) != 0:
            store_u32(kept, at)
            store_u32(kept, load_u32(entry, SLOT), SLOT)
            kept += SLOT_ENTRY
        entry += SLOT_ENTRY
    slots_top = kept


def forget_mutated() -> None:
    """At a freeze: everything that the mutated objects refer to is permanent now."""
    global mutated_count
    for index in range(mutated_count):
        at = load_u32(mutated_at(index))
        set_state(at, state_at(at) & ~u32(MUTATED))
    mutated_count = 0
