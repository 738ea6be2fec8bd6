"""Freezing: after loading, everything that is alive becomes the permanent image.

Permanent objects are never marked or swept again, so what a collection costs an evaluation does not depend on
the size of the bundle; they are also FROZEN, so rules cannot carry state from one event to the next. What
loading left dead becomes holes: the larger ones are extents, which evaluations use like the tail; the others
are lost. Everything unused is zeroed, so that an image of the memory is small.
"""

from __future__ import annotations

from guest.compiler.language import u32
from guest.compiler.raw import memory_copy, memory_fill, store_u32
from guest.heap import finalizers, old, weak
from guest.heap.allocate import collect_full, collect_young, compact_old
from guest.heap.finalizers import fill_queue
from guest.heap.header import (
    FREE_CLASS,
    FROZEN,
    HEADER_SIZE,
    PERMANENT,
    class_at,
    set_state,
    size_at,
    state_at,
)
from guest.heap.identity import keep_numbers
from guest.heap.layout import (
    EXTENT_LIMIT,
    EXTENTS_BASE,
    FOUND_EXTENTS_BASE,
    KIB,
    MARK_STACK_BASE,
    MARK_STACK_SIZE,
    NURSERY_SIZE,
    NURSERY_START,
    REMEMBERED_BASE,
    REMEMBERED_SIZE,
    SLOTS_BASE,
    SLOTS_SIZE,
)
from guest.heap.old import add_free, area_count, area_end, area_start, clear_lists, memory_end, set_areas
from guest.heap.pacing import forget_debt
from guest.heap.remembered import forget_mutated
from guest.heap.statistics import set_live
from guest.heap.weak import begin_clearing

SMALLEST_EXTENT = 4 * KIB
SPARSE = 1024 * KIB  # bytes of holes below which an image is mapped whatever else it holds

extents_found: u32 = 0


def freeze_all() -> None:
    """Make everything that is alive permanent. Only between evaluations, with the VM stack empty."""
    global extents_found
    collect_young()
    begin_clearing()
    collect_full()
    if finalizers.found != 0:
        fill_queue()
        collect_young()
    if old.free_bytes > SPARSE and old.free_bytes > (old.tail_top - old.tail_start) // 2:
        # A sparse image cannot be mapped: every isolate would be a copy of it.
        compact_old()
    weak.any_mortal = 0
    forget_mutated()
    keep_numbers()
    clear_lists()
    extents_found = 0
    for area in range(area_count()):
        freeze_area(area_start(area), area_end(area))
    memory_copy(EXTENTS_BASE, FOUND_EXTENTS_BASE, extents_found << 3)
    set_areas(extents_found, old.tail_top)
    forget_debt()
    set_live(0)
    clear_unused()


def settle_image() -> None:
    """What was made since the last freeze stays as it is, in an image that evaluations find as a freeze leaves it."""
    collect_young()
    collect_full()
    keep_numbers()
    forget_debt()
    clear_unused()


def freeze_area(start: u32, end: u32) -> None:
    """Make the objects between two addresses permanent, and the large holes extents."""
    at = start
    while at < end:
        size = size_at(at)
        if class_at(at) == FREE_CLASS:
            keep_hole(at, size)
        else:
            set_state(at, state_at(at) | FROZEN | PERMANENT)
        at += size


def keep_hole(at: u32, size: u32) -> None:
    """Make a free block an extent if it is large enough, and zero what it held."""
    global extents_found
    memory_fill(at + HEADER_SIZE, 0, size - HEADER_SIZE)
    if size >= SMALLEST_EXTENT and extents_found < EXTENT_LIMIT:
        entry = FOUND_EXTENTS_BASE + (extents_found << 3)
        store_u32(entry, at)
        store_u32(entry, at + size, 4)
        extents_found += 1
        add_free(at, size)


def clear_unused() -> None:
    """Zero the memory that holds nothing now."""
    memory_fill(NURSERY_START, 0, NURSERY_SIZE)
    memory_fill(MARK_STACK_BASE, 0, MARK_STACK_SIZE)
    memory_fill(REMEMBERED_BASE, 0, REMEMBERED_SIZE)
    memory_fill(SLOTS_BASE, 0, SLOTS_SIZE)
    memory_fill(old.tail_top, 0, memory_end() - old.tail_top)
