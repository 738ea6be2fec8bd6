"""Young collections, and why they always have room.

A young collection is paced by the nursery itself: it costs what survived, so the cost of allocating is bounded by the number
of bytes allocated, whatever the old space holds. It cannot be abandoned half-way, so its room is ensured before it begins. Let
`need` be the bytes in the nursery (or, after the world was stopped, those alive in it), M the largest object there plus
a marker. Free blocks of 8M bytes and more hold B bytes. Promotion goes to free blocks until some object fits
in none, then to the tail. A block of twice the request is always found (`old.py`), so at that moment each of
those blocks has less than 2M bytes left, at most a quarter: at least 3/4 B were promoted. What remains, plus
one marker, must fit the tail:

    3/4 B + tail >= need + MARKER_SIZE                         (room_for)

While a sweep is under way, only what has been swept counts, and it is swept on until there is room.
"""

from __future__ import annotations

from guest.compiler.language import u32, u64
from guest.heap import cycle, young
from guest.heap.compact import compact
from guest.heap.cycle import Phase, after_young_collection, step, stop_the_world
from guest.heap.layout import KIB
from guest.heap.old import ensure_tail, room_in_large_blocks, tail_room
from guest.heap.pacing import add_debt, too_full
from guest.heap.promotion import MARKER_SIZE
from guest.heap.statistics import count_young
from guest.heap.young import empty_nursery
from guest.meter.errors import Kind, stop_with

USEFUL_BLOCK = 8  # a free block counts as room if it has so many times the largest object's size
SWEEP_STEP = 256 * KIB  # bytes swept before room is looked for again


def room_for(need: u32, largest: u32) -> bool:
    """Ensure that `need` bytes of young objects, none larger than `largest`, can be promoted."""
    blocks = room_in_large_blocks(USEFUL_BLOCK * (largest + MARKER_SIZE))
    promised = blocks - (blocks >> 2)
    if u64(promised) + u64(tail_room()) >= u64(need) + MARKER_SIZE:
        return True
    return ensure_tail(need + MARKER_SIZE - promised)


def room_after_sweeping(need: u32, largest: u32, poison: bool) -> bool:
    """The same, sweeping on for it."""
    while not room_for(need, largest):
        if cycle.phase != Phase.SWEEPING:
            return False
        step(u32(SWEEP_STEP), poison)
    return True


def collect_young(start: u32, top: u32, largest: u32, poison: bool) -> None:
    """Promote what is alive in the nursery between `start` and `top`; or stop: out of memory."""
    if not room_after_sweeping(top - start, largest, poison):
        need = stop_the_world(start, top, poison)
        if not room_for(need, largest):
            compact(start, top)
        if not room_for(need, largest) or too_full():
            stop_with(Kind.MEMORY)
    empty_nursery()
    add_debt(young.promoted_bytes)
    count_young(top - start, young.promoted_bytes)
    after_young_collection()
