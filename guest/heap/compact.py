"""Compaction: moves objects from the end of the old space into its holes, so that the end becomes free.

For when free memory is enough but lies in pieces. The world is stopped, and everything dead has just been collected.
A *cut* is chosen below which there is room for what is alive above it; the holes below the cut are listed, the
objects above it are copied into them, each leaving its new address in its header, and then every reference there is,
in roots and in objects, is rewritten. Pinned objects stay, and so does what fits no hole.

    moved object    0 new address    4 class 0    5 state MARKED

Permanent objects neither move nor refer to what moves, except for the mutated ones (`remembered.py`).
"""

from __future__ import annotations

from guest.compiler.language import ctz, inline, u32, u64
from guest.compiler.raw import load_u8, load_u32, load_u64, memory_copy, shadow_top, store_u32, store_u64
from guest.heap import old, remembered, roots
from guest.heap.header import (
    ELEMENTS_PLAIN,
    ELEMENTS_VALUES,
    FREE_CLASS,
    MARKED,
    PINNED,
    ROW_ELEMENT_KIND,
    ROW_FIXED_SIZE,
    ROW_POINTER_MASK,
    ROW_VALUE_MASK,
    class_at,
    row_of,
    set_state,
    size_at,
    state_at,
    write_header,
)
from guest.heap.layout import REMEMBERED_BASE, SHADOW_BASE, SLOTS_BASE, VM_STACK_BASE
from guest.heap.old import (
    SMALLEST_LISTED,
    add_free,
    area_count,
    area_end,
    area_start,
    clear_lists,
    give_back_tail,
    take_hole,
)
from guest.heap.remembered import SLOT, SLOT_ENTRY, mutated_at
from guest.heap.roots import ROOT_ADDRESS, ROOT_IS_VALUE, clear_stale_registers, root_count, root_entry
from guest.heap.statistics import Pause, count_pause

# Objects at or above this address move.
cut: u32 = 0
# Bytes moved by the last compaction.
moved_bytes: u32 = 0


def compact(nursery_start: u32, nursery_top: u32) -> u32:
    """Compact the tail of the old space; the used part of the nursery is given. The bytes that its end has come down by."""
    before = old.tail_top
    clear_stale_registers()
    choose_cut()
    list_holes()
    move_objects()
    rewrite_roots()
    rewrite_remembered()
    for area in range(area_count()):
        rewrite_objects(area_start(area), area_end(area))
    rewrite_objects(nursery_start, nursery_top)
    for index in range(remembered.mutated_count):
        rewrite_object(load_u32(mutated_at(index)))
    free_moved()
    count_pause(Pause.COMPACTING, moved_bytes)
    return before - old.tail_top


def choose_cut() -> None:
    """The address below which the holes are as large as what is alive above it."""
    global cut
    alive = u32(0)
    at = old.tail_start
    while at < old.tail_top:
        size = size_at(at)
        if class_at(at) != FREE_CLASS:
            alive += size
        at += size
    # Walk up again: holes below `at` against what is alive from `at` on.
    holes = u32(0)
    at = old.tail_start
    while at < old.tail_top and holes < alive:
        size = size_at(at)
        if class_at(at) == FREE_CLASS:
            holes += size if size >= SMALLEST_LISTED else 0
        else:
            alive -= size
        at += size
    cut = at


def list_holes() -> None:
    """List the free blocks below the cut, and those of the extents."""
    clear_lists()
    for area in range(area_count()):
        at = area_start(area)
        end = min(area_end(area), cut) if area == old.extent_count else area_end(area)
        while at < end:
            size = size_at(at)
            if class_at(at) == FREE_CLASS:
                add_free(at, size)
            at += size


def move_objects() -> None:
    """Copy what is above the cut into the holes."""
    global moved_bytes
    moved_bytes = 0
    at = cut
    while at < old.tail_top:
        size = size_at(at)
        if class_at(at) != FREE_CLASS and state_at(at) & PINNED == 0:
            target = take_hole(size)
            if target != 0:
                memory_copy(target, at, size)
                moved_bytes += size
                store_u64(at, u64(target))
                set_state(at, MARKED)
        at += size


@inline
def is_moved(at: u32) -> bool:
    """Whether what begins at an address has left it."""
    return class_at(at) == FREE_CLASS and state_at(at) == MARKED


@inline
def rewrite_pointer(word: u32) -> None:
    """Make the pointer at an address follow its object."""
    target = load_u32(word)
    if target >= cut and is_moved(target):
        store_u32(word, load_u32(target))


@inline
def rewrite_word(word: u32) -> None:
    """The same for a Value, or for a pointer in a stack slot."""
    pattern = load_u64(word)
    if pattern >= u64(cut) and pattern <= 0xFFFF_FFFF and is_moved(u32(pattern)):
        store_u64(word, u64(load_u32(u32(pattern))))


def rewrite_words(start: u32, end: u32) -> None:
    """Rewrite the eight-byte slots between two addresses."""
    at = start
    while at < end:
        rewrite_word(at)
        at += 8


def rewrite_pointers(start: u32, end: u32) -> None:
    """Rewrite the pointers between two addresses."""
    at = start
    while at < end:
        rewrite_pointer(at)
        at += 4


def rewrite_roots() -> None:
    """Rewrite the module variables and both stacks."""
    count = root_count()
    for index in range(count):
        entry = root_entry(index)
        if entry & ROOT_IS_VALUE != 0:
            rewrite_word(entry & ROOT_ADDRESS)
        else:
            rewrite_pointer(entry)
    rewrite_words(VM_STACK_BASE, roots.vm_top)
    rewrite_words(SHADOW_BASE, shadow_top())


def rewrite_remembered() -> None:
    """Rewrite the remembered set."""
    entry = u32(REMEMBERED_BASE)
    while entry < remembered.remembered_top:
        rewrite_pointer(entry)
        entry += 4
    entry = u32(SLOTS_BASE)
    while entry < remembered.slots_top:
        before = load_u32(entry)
        rewrite_pointer(entry)
        store_u32(entry, load_u32(entry, SLOT) + load_u32(entry) - before, SLOT)
        entry += SLOT_ENTRY


def rewrite_objects(start: u32, end: u32) -> None:
    """Rewrite the references of the objects between two addresses."""
    at = start
    while at < end:
        if class_at(at) != FREE_CLASS:
            rewrite_object(at)
            at += size_at(at)
        elif state_at(at) == MARKED:
            at += size_at(load_u32(at))
        else:
            at += size_at(at)


def rewrite_object(at: u32) -> None:
    """Rewrite all references of an object."""
    row = row_of(class_at(at))
    mask = load_u32(row, ROW_POINTER_MASK)
    while mask != 0:
        rewrite_pointer(at + (ctz(mask) << 2))
        mask &= mask - 1
    mask = load_u32(row, ROW_VALUE_MASK)
    while mask != 0:
        rewrite_word(at + (ctz(mask) << 2))
        mask &= mask - 1
    kind = load_u8(row, ROW_ELEMENT_KIND)
    start = at + load_u32(row, ROW_FIXED_SIZE)
    if kind == ELEMENTS_VALUES:
        rewrite_words(start, start + (load_u32(at) << 3))
    elif kind != ELEMENTS_PLAIN:
        rewrite_pointers(start, start + (load_u32(at) << 2))


def free_moved() -> None:
    """Above the cut: what has moved becomes free blocks, and the free end goes back to the tail."""
    run = cut
    at = cut
    while at < old.tail_top:
        if is_moved(at):
            size = size_at(load_u32(at))
            write_header(at, FREE_CLASS, size)
        else:
            size = size_at(at)
            if class_at(at) != FREE_CLASS:
                add_free(run, at - run)
                run = at + size
        at += size
    give_back_tail(run)
