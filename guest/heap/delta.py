"""The delta: the parts of the memory in which a suspended evaluation may differ from the image that its isolate was made from.

The machine lists its own parts (`guest/machine/suspended.py`), this file those of the heap. The host copies the pieces, for a
snapshot or a fork, and writes them over another instance of the same image: that is all there is to resuming.

    control block, stacks, the collector's lists    as far as they are in use
    nursery                                         what has been allocated; nothing once the evaluation is settled
    old space beyond the permanent image            its objects, and of a free block what makes it one
    permanent objects                               those that have been listed because they were written to

What is left out never shows in a result or in the fuel, and the image has it in a state that is as good: inline caches, hashes
of strings, buffers beyond their text. A piece may cover more than it has to, for it is copied as it is.
"""

from __future__ import annotations

from guest.compiler.language import Failure, Object, noinline, u32
from guest.compiler.raw import address, load_u32, store_u32
from guest.heap import allocate, frames, identity, mark, old, pacing, remembered, roots
from guest.heap.allocate import collect_young, compact_old
from guest.heap.cycle import is_resting
from guest.heap.header import FREE_CLASS, HEADER_SIZE, PERMANENT, class_at, size_at, state_at
from guest.heap.identity import identity_offset
from guest.heap.layout import (
    ALIGNMENT,
    BIN_COUNT,
    BIN_HEADS,
    CONTROL_BASE,
    CONTROL_SIZE,
    FRAME_STACK_BASE,
    KIB,
    MUTATED_BASE,
    PAUSES_BASE,
    PAUSES_SIZE,
    REMEMBERED_BASE,
    SHADOW_BASE,
    SHADOW_LIMIT,
    SHADOW_SIZE,
    SLOTS_BASE,
    VM_STACK_BASE,
)
from guest.heap.old import area_count, area_end, area_start
from guest.heap.remembered import mutated_at
from guest.meter import errors

# Both tables are in the half of the shadow stack that guest code has no use for while no rule runs. Pairs of words each.
# The pieces: start and end.
PIECES_BASE = SHADOW_BASE + SHADOW_SIZE // 2
LAST_PIECE = SHADOW_LIMIT - 8
# Buffers of which only the beginning is worth keeping: the object's address, and the end of what is kept.
MOST_BUFFERS = 8
BUFFERS_BASE = PIECES_BASE - 8 * MOST_BUFFERS

SMALLEST_GAP = 64  # bytes that it pays to leave out between two pieces
FREE_BLOCK_HEAD = 16  # bytes of a free block that make it one: its header and its link

# Bytes that became old since the last full collection, from which on another one pays.
WORTH_COLLECTING = 16 * KIB

piece_count: u32 = 0
buffer_count: u32 = 0


def settle() -> None:
    """Free what is dead and move the rest together, where there is enough of it. Nothing that a rule can see changes.

    Without the memory for that, what is dead stays, and the delta is larger.
    """
    kind = errors.kind
    try:
        collect_young()
        if pacing.debt >= WORTH_COLLECTING or not is_resting():
            compact_old()
    except Failure:
        errors.kind = kind


def begin_delta() -> None:
    """Nothing is listed."""
    global piece_count, buffer_count
    piece_count = 0
    buffer_count = 0


def add_piece(start: u32, end: u32) -> None:
    """List what lies between two addresses: with the last piece, if it is near, or if the list is full."""
    global piece_count
    if start >= end:
        return
    if piece_count != 0:
        last = PIECES_BASE + (piece_count - 1) * 8
        last_end = load_u32(last, 4)
        if (start >= load_u32(last) and start <= last_end + SMALLEST_GAP) or last == LAST_PIECE:
            store_u32(last, min(load_u32(last), start))
            store_u32(last, max(last_end, end), 4)
            return
    store_u32(PIECES_BASE + piece_count * 8, start)
    store_u32(PIECES_BASE + piece_count * 8, end, 4)
    piece_count += 1


def add_object(o: Object) -> None:
    """List an object of the image that was written to without a barrier. Beyond the image, everything is listed anyway."""
    at = address(o)
    if state_at(at) & PERMANENT != 0:
        add_piece(at, at + size_at(at))


def add_buffer(o: Object, used: u32) -> None:
    """Of a byte array, wherever it is, list the first `used` bytes only."""
    global buffer_count
    at = address(o)
    end = at + HEADER_SIZE + used
    if state_at(at) & PERMANENT != 0:
        add_piece(at, end)
    elif buffer_count < MOST_BUFFERS:
        store_u32(BUFFERS_BASE + buffer_count * 8, at)
        store_u32(BUFFERS_BASE + buffer_count * 8, end, 4)
        buffer_count += 1


def add_heap() -> None:
    """List what is the collector's: last of all, because its pieces are many and in the order of their addresses."""
    add_tables()
    for index in range(remembered.mutated_count):
        at = load_u32(mutated_at(index))
        add_piece(at, at + size_at(at))
    numbered = identity.numbered
    while numbered is not None:
        word = address(numbered.object) + identity_offset(address(numbered.object))
        add_piece(word, word + 4)
        numbered = numbered.next
    add_piece(allocate.origin, allocate.bump)
    for area in range(area_count()):
        add_blocks(area_start(area), area_end(area))
    # A free block may be the last one, and the memory has to reach to its end.
    add_piece(old.tail_top - ALIGNMENT, old.tail_top)


def add_tables() -> None:
    """List the fixed areas, as far as they are in use."""
    add_piece(CONTROL_BASE, CONTROL_BASE + CONTROL_SIZE)
    add_piece(VM_STACK_BASE, roots.vm_top)
    add_piece(FRAME_STACK_BASE, frames.frame_top)
    if mark.marking != 0:
        add_piece(mark.list_base, mark.list_top)
    add_piece(REMEMBERED_BASE, remembered.remembered_top)
    add_piece(SLOTS_BASE, remembered.slots_top)
    add_piece(BIN_HEADS, BIN_HEADS + 8 * BIN_COUNT)
    add_piece(MUTATED_BASE, mutated_at(remembered.mutated_count))
    add_piece(PAUSES_BASE, PAUSES_BASE + PAUSES_SIZE)


@noinline
def add_blocks(start: u32, end: u32) -> None:
    """List the objects of an area, and the heads of its free blocks."""
    at = start
    while at < end:
        size = size_at(at)
        if class_at(at) == FREE_CLASS:
            add_piece(at, at + min(size, u32(FREE_BLOCK_HEAD)))
        else:
            add_piece(at, kept_end(at, at + size))
        at += size


def kept_end(at: u32, end: u32) -> u32:
    """How far an object is worth keeping: to its end, unless it is one of the buffers."""
    for index in range(buffer_count):
        if load_u32(BUFFERS_BASE + index * 8) == at:
            return load_u32(BUFFERS_BASE + index * 8, 4)
    return end
