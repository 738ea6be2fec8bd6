"""The sweep phase of a full collection: what is not marked becomes free blocks, and marks are taken off.

Walks the areas of the old space once, in address order; neighbouring free blocks and dead objects become one
block. A free run at the tail's end is given back to it.
"""

from __future__ import annotations

from guest.compiler.language import u32
from guest.compiler.raw import memory_fill
from guest.heap import old
from guest.heap.header import FREE_CLASS, MARKED, class_at, set_state, size_at, state_at, write_header
from guest.heap.layout import POISON
from guest.heap.old import add_free, area_end, area_start, clear_lists, give_back_tail


def sweep(poison: bool) -> u32:
    """Free what is dead in the old space; the bytes that are alive in it. `poison` overwrites the dead."""
    clear_lists()
    alive = u32(0)
    for area in range(old.extent_count):
        live, run = sweep_area(area_start(area), area_end(area), poison)
        add_free(run, area_end(area) - run)
        alive += live
    live, run = sweep_area(old.tail_start, old.tail_top, poison)
    give_back_tail(run)
    return alive + live


def sweep_area(start: u32, end: u32, poison: bool) -> tuple[u32, u32]:
    """Free what is dead in an area: the bytes alive, and where the free run at its end begins."""
    alive = u32(0)
    at = start
    run = start  # everything from here to `at` is free
    while at < end:
        size = size_at(at)
        state = state_at(at)
        if class_at(at) != FREE_CLASS and state & MARKED != 0:
            set_state(at, state & ~u32(MARKED))
            alive += size
            free_run(run, at, poison)
            run = at + size
        at += size
    if poison:
        memory_fill(run, POISON, end - run)
    return alive, run


def free_run(start: u32, end: u32, poison: bool) -> None:
    """Make what lies between two addresses one free block."""
    if start == end:
        return
    if poison:
        memory_fill(start, POISON, end - start)
    add_free(start, end - start)


def sweep_nursery(start: u32, end: u32) -> u32:
    """Take the marks off the nursery's objects and make what has none a free block: the bytes alive.

    Free blocks are not used there. But a dead young object may refer to an old one that has just been freed,
    so it must not look like an object any more.
    """
    alive = u32(0)
    at = start
    while at < end:
        size = size_at(at)
        state = state_at(at)
        if class_at(at) != FREE_CLASS and state & MARKED != 0:
            set_state(at, state & ~u32(MARKED))
            alive += size
        else:
            write_header(at, FREE_CLASS, size)
        at += size
    return alive
