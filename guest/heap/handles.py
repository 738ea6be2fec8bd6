"""Handles: numbers by which the host holds objects of the guest, as roots.

A handle names a slot of a table and the generation in which the slot was filled. Generations are never used twice, so a
handle that was dropped, or forgotten with all others, is found out whatever its slot holds by now. Making and dropping
one take constant time (making one doubles the table now and then). The table is an ordinary array: it is traced and
counted like any other, its slots are remembered one by one, and so a young collection looks at the new handles only.

Nothing is held while an image is frozen: a table that is part of one could not be forgotten.

    handle    63 .. 24 generation    23 .. 0 slot
    slot      a value and its generation; or the next free slot and 0
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Object, Value, copy_items, i64, noinline, u32, u64
from guest.heap.value import from_small, small
from guest.meter.errors import Kind, stop_with

SLOT_BITS = 24
MOST_HANDLES = 1 << SLOT_BITS
NO_SLOT = MOST_HANDLES
FIRST_CAPACITY = 64


class HandleTable(Object):
    """Both arrays have an element for every slot."""

    values: Array[Value]
    generations: Array[u64]


table: HandleTable | None = None
first_free: u32 = NO_SLOT
# Handles that are open, and the generation of the last one that was made.
open_handles: u32 = 0
last_generation: u64 = 0


def new_handle(value: Value) -> u64:
    """A handle of a value, which it keeps alive until it is dropped. Ends in a memory failure if there is no room for it."""
    global first_free, open_handles, last_generation
    known = table
    if known is None or first_free == NO_SLOT:
        known = larger_table(known)
    slot = first_free
    first_free = u32(small(known.values[slot]))
    last_generation += 1
    known.values[slot] = value
    known.generations[slot] = last_generation
    open_handles += 1
    return last_generation << SLOT_BITS | u64(slot)


@noinline
def larger_table(full: HandleTable | None) -> HandleTable:
    """Replace the table by one with twice as many slots."""
    global table, first_free
    taken: u32 = 0 if full is None else len(full.values)
    if taken == MOST_HANDLES:
        stop_with(Kind.MEMORY)
    capacity = max(2 * taken, u32(FIRST_CAPACITY))
    values = Array[Value](capacity)
    generations = Array[u64](capacity)
    if full is not None:
        copy_items(values, 0, full.values, 0, taken)
        copy_items(generations, 0, full.generations, 0, taken)
    for slot in range(taken, capacity):
        values[slot] = from_small(i64(slot + 1 if slot + 1 < capacity else u32(NO_SLOT)))
    larger = HandleTable(values=values, generations=generations)
    table = larger
    first_free = taken
    return larger


def is_open(handle: u64) -> bool:
    """Whether a handle has been made and not been dropped."""
    known = table
    slot = u32(handle) & (MOST_HANDLES - 1)
    if known is None or slot >= len(known.values):
        return False
    return handle >> SLOT_BITS != 0 and known.generations[slot] == handle >> SLOT_BITS


def value_of(handle: u64) -> Value:
    """What a handle holds; UNDEFINED if it is not open."""
    known = table
    if known is None or not is_open(handle):
        return UNDEFINED
    return known.values[u32(handle) & (MOST_HANDLES - 1)]


def drop_handle(handle: u64) -> bool:
    """Let go of what a handle holds; False if it is not open."""
    global first_free, open_handles
    known = table
    if known is None or not is_open(handle):
        return False
    slot = u32(handle) & (MOST_HANDLES - 1)
    known.values[slot] = from_small(i64(first_free))
    known.generations[slot] = 0
    first_free = slot
    open_handles -= 1
    return True


def forget_handles() -> None:
    """Drop all handles, and the table."""
    global table, first_free, open_handles
    table = None
    first_free = u32(NO_SLOT)
    open_handles = 0
