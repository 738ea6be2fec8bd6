"""When to collect, and why it always works out: pacing, and room for promotion.

Young collections are paced by the nursery itself. Every one costs what survived it, so the cost of allocating
is bounded by the number of bytes allocated, whatever the old space holds.

Full collections are paced by debt: the bytes that became old since the last one. One is due when

    debt > allowance = max(MINIMUM_ALLOWANCE, bytes alive after the last one)

A full collection costs about what is alive (marking) plus what is alive and what is dead (sweeping), at most
three times `alive + debt`. As debt >= alive, the collector traces and sweeps at most a constant number of
bytes for each byte that became old, and the old space holds at most twice what is alive, or MINIMUM_ALLOWANCE
more. The permanent image is in neither.

Near the memory limit a full collection is forced instead of due. If it leaves less than 1/HEADROOM of the
live bytes free, the evaluation has run out of memory: otherwise it would collect the whole heap for every few
objects it makes, and be slower by any factor before it failed anyway.

A young collection cannot be abandoned half-way, so its room is ensured before it begins. Let `need` be the
bytes in the nursery (or, after a forced full collection, those alive in it), M the largest object there plus
a marker. Free blocks of 8M bytes and more hold B bytes. Promotion goes to free blocks until some object fits
in none, then to the tail. A block of twice the request is always found (`old.py`), so at that moment each of
those blocks has less than 2M bytes left, at most a quarter: at least 3/4 B were promoted. What remains, plus
one marker, must fit the tail:

    3/4 B + tail >= need + MARKER_SIZE                         (room_for)
"""

from __future__ import annotations

from guest.compiler.language import inline, u32, u64
from guest.heap import old, young
from guest.heap.layout import KIB
from guest.heap.mark import mark_everything
from guest.heap.old import ensure_tail, growable_room, room_in_large_blocks, tail_room
from guest.heap.promotion import MARKER_SIZE
from guest.heap.remembered import drop_dead_remembered
from guest.heap.statistics import add_live, count_collection, set_live
from guest.heap.sweep import sweep, sweep_nursery
from guest.heap.weak import clear_dead
from guest.heap.young import empty_nursery
from guest.meter.errors import Kind, stop_with

MINIMUM_ALLOWANCE = 4096 * KIB
HEADROOM = 16
USEFUL_BLOCK = 8  # a free block counts as room if it has so many times the largest object's size

debt: u32 = 0
allowance: u32 = MINIMUM_ALLOWANCE
alive: u32 = 0


@inline
def full_collection_due(more: u32) -> bool:
    """Whether the old space is to be collected before it takes `more` bytes."""
    return more > allowance or debt > allowance - more


def add_debt(size: u32) -> None:
    """So many bytes became old."""
    global debt
    debt += size
    add_live(size)


def room_for(need: u32, largest: u32) -> bool:
    """Ensure that `need` bytes of young objects, none larger than `largest`, can be promoted."""
    blocks = room_in_large_blocks(USEFUL_BLOCK * (largest + MARKER_SIZE))
    promised = blocks - (blocks >> 2)
    if u64(promised) + u64(tail_room()) >= u64(need) + MARKER_SIZE:
        return True
    return ensure_tail(need + MARKER_SIZE - promised)


def too_full() -> bool:
    """After a full collection: whether so little is free that collecting again would not pay."""
    return u64(old.free_bytes) + u64(growable_room()) < u64(alive // HEADROOM)


def collect_young(start: u32, top: u32, largest: u32, poison: bool) -> None:
    """Promote what is alive in the nursery between `start` and `top`; or stop: out of memory."""
    if not room_for(top - start, largest):
        need = collect_old(start, top, poison)
        if not room_for(need, largest) or too_full():
            stop_with(Kind.MEMORY)
    empty_nursery()
    add_debt(young.promoted_bytes)
    count_collection(young.promoted_bytes)


def collect_old(start: u32, top: u32, poison: bool) -> u32:
    """Free what is dead in the old space; nothing moves. The bytes alive in the nursery, `start` to `top`."""
    global debt, allowance, alive
    mark_everything(start, top)
    clear_dead()
    drop_dead_remembered()
    alive = sweep(poison)
    young_alive = sweep_nursery(start, top)
    debt = 0
    allowance = max(MINIMUM_ALLOWANCE, alive)
    set_live(alive)
    count_collection(alive + young_alive)
    return young_alive


def forget_debt() -> None:
    """At a freeze: the old space is empty again, the permanent image does not count."""
    global debt, allowance, alive
    debt = 0
    alive = 0
    allowance = MINIMUM_ALLOWANCE
    set_live(0)
