"""Sweeping: what is not marked becomes free blocks, and marks are taken off, all at once or some bytes at a time.

Walks the areas of the old space once, in address order; neighbouring free blocks and dead objects become one
block. A sweep covers what was in use when it began, and no block is listed until it has been swept: so whatever
is allocated meanwhile lies behind the sweep or beyond its end, and has no mark. A free run at the tail's end is
given back to it.
"""

from __future__ import annotations

from guest.compiler.language import inline, u32
from guest.compiler.raw import memory_fill
from guest.heap import old
from guest.heap.header import FREE_CLASS, MARKED, class_at, set_state, size_at, state_at, write_header
from guest.heap.layout import POISON
from guest.heap.old import add_free, area_count, area_end, area_start, clear_lists, give_back_tail

SWEPT_BYTES = (
    16  # what sweeping an object or a free block counts for, whatever its size: only its header is looked at
)

sweep_area: u32 = 0
sweep_at: u32 = 0
# Everything from here to `sweep_at` is free.
sweep_run: u32 = 0
# The end of the tail when the sweep began.
sweep_limit: u32 = 0
# Bytes found alive so far.
swept_alive: u32 = 0


def begin_sweep() -> None:
    """Nothing is swept, and nothing is listed."""
    global sweep_limit, swept_alive
    clear_lists()
    sweep_limit = old.tail_top
    swept_alive = 0
    enter_area(0)


def enter_area(area: u32) -> None:
    """Go on at an area's start."""
    global sweep_area, sweep_at, sweep_run
    sweep_area = area
    sweep_at = area_start(area) if area < area_count() else sweep_limit
    sweep_run = sweep_at


@inline
def swept_everything() -> bool:
    """Whether the sweep is over."""
    return sweep_area == area_count()


@inline
def is_swept(at: u32) -> bool:
    """Whether the sweep has passed an address of the old space, or will not come to it."""
    return at < sweep_at or at >= sweep_limit or swept_everything()


@inline
def is_in_run(at: u32) -> bool:
    """Whether an address is in the free run that the sweep is still extending: the dead there keep their headers."""
    return at >= sweep_run and at < sweep_at


def sweep_some(budget: u32, poison: bool) -> u32:
    """Sweep until so many bytes of work have been done or everything is swept: the work. `poison` overwrites the dead."""
    global sweep_at, sweep_run, swept_alive
    done = u32(0)
    while done < budget and not swept_everything():
        end = area_end(sweep_area) if sweep_area < old.extent_count else sweep_limit
        if sweep_at == end:
            leave_area(poison)
            continue
        at = sweep_at
        size = size_at(at)
        state = state_at(at)
        sweep_at = at + size
        if class_at(at) != FREE_CLASS and state & MARKED != 0:
            set_state(at, state & ~u32(MARKED))
            swept_alive += size
            free_run(sweep_run, at, poison)
            sweep_run = at + size
        done += SWEPT_BYTES
    return done


def leave_area(poison: bool) -> None:
    """Free the run at an area's end: the last one goes back to the tail, unless that has grown meanwhile."""
    if sweep_at == old.tail_top and sweep_area == old.extent_count:
        if poison:
            memory_fill(sweep_run, POISON, sweep_at - sweep_run)
        give_back_tail(sweep_run)
    else:
        free_run(sweep_run, sweep_at, poison)
    enter_area(sweep_area + 1)


def free_run(start: u32, end: u32, poison: bool) -> None:
    """Make what lies between two addresses one free block."""
    if start == end:
        return
    if poison:
        memory_fill(start, POISON, end - start)
    add_free(start, end - start)


def unmark_everything() -> None:
    """Take the marks off again: a marking is abandoned."""
    for area in range(area_count()):
        at = area_start(area)
        end = area_end(area)
        while at < end:
            if class_at(at) != FREE_CLASS:
                set_state(at, state_at(at) & ~u32(MARKED))
            at += size_at(at)


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
