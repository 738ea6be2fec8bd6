"""Where survivors of the young space go: regions of the old space, filled by bumping, scanned in order.

Cheney's collector scans the objects that it has copied in the order of copying; the copies are its queue.
Here they are spread over free blocks of the old space, so each region that is full ends with a marker that
names the next one:

    region      | object | object | ... | marker -> next region | rest, a free block again |
    marker      0 size 16    4 class 0    8 address of the next region

When no free block fits an object, the rest of this collection goes to the tail, whose room was ensured before
it began (`collect.py` has the argument that it suffices).
"""

from __future__ import annotations

from guest.compiler.language import inline, noinline, u32, u64, unreachable
from guest.compiler.raw import load_u32, store_u32, store_u64
from guest.heap import old
from guest.heap.layout import FIRST_REGION
from guest.heap.old import add_free, give_back_tail, tail_room, take_listed

MARKER_SIZE = 16
LINK = 8  # offset of the link in a marker

# The region being filled. Both are 0 before the first survivor.
region_top: u32 = 0
region_end: u32 = 0
in_tail: u32 = 0
# The word that will name the next region.
last_link: u32 = FIRST_REGION


def begin_promotion() -> None:
    """No region is open."""
    global region_top, region_end, in_tail, last_link
    region_top = 0
    region_end = 0
    in_tail = 0
    last_link = FIRST_REGION
    store_u32(FIRST_REGION, 0)


@inline
def room_for_survivor(size: u32) -> u32:
    """The address of `size` bytes for a copy."""
    global region_top
    at = region_top
    if at + size + MARKER_SIZE > region_end:
        at = open_region(size)
    region_top = at + size
    return at


@noinline
def open_region(size: u32) -> u32:
    """Go on in another region, with room for at least `size` bytes and its marker."""
    global region_top, region_end, in_tail, last_link
    needed = size + MARKER_SIZE
    if in_tail != 0:
        unreachable()  # the tail's room was ensured
    if region_end != 0:
        store_u64(region_top, u64(MARKER_SIZE))
        last_link = region_top + LINK
        add_free(region_top + MARKER_SIZE, region_end - region_top - MARKER_SIZE)
    region_top = take_listed(needed)
    if region_top != 0:
        region_end = region_top + load_u32(region_top)
    else:
        in_tail = 1
        region_top = old.tail_top
        region_end = region_top + tail_room()
        if needed > region_end - region_top:
            unreachable()
    store_u32(last_link, region_top)
    return region_top


def end_promotion() -> None:
    """Give back what the open region has left."""
    if in_tail != 0:
        give_back_tail(region_top)
    elif region_end != 0:
        add_free(region_top, region_end - region_top)
