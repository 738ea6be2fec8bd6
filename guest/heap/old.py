"""The old space: blocks, free lists, and growth of the memory.

The old space is a sequence of objects and free blocks without gaps, so it can be walked. It has a *tail* that
reaches to the end of the memory and grows, and before it the permanent image; the larger holes in the image
are *extents*, walked and reused like the tail. Free blocks of at least SMALLEST_LISTED bytes are listed by
power of two of their size; smaller ones wait until a sweep joins them with a neighbour. Nothing here moves or
traces objects.

    free block    0 size    4 class 0    8 next block of its list

Requests take the smallest list that surely fits after a few tries in the list that may. So a block of twice
the request is always found, which is what the promise of room for promotion (`collect.py`) counts on.
"""

from __future__ import annotations

from guest.compiler.language import clz, ctz, inline, u32, u64
from guest.compiler.raw import load_u32, memory_grow, memory_pages, store_u32, store_u64
from guest.heap.layout import BIN_BYTES, BIN_COUNT, BIN_HEADS, EXTENTS_BASE, OLD_START, PAGE

# The first address that may not be used; the host sets it. The memory itself grows by whole pages.
memory_limit: u32 = 4096 * PAGE

# The tail may not reach beyond this: a session keeps a reserve behind it while an event is decided (`session.py`).
usable_end: u32 = 0xFFFF_FFFF

# The tail: from `tail_start`, past the permanent image, to `tail_top`, the first byte not in use.
tail_start: u32 = OLD_START
tail_top: u32 = OLD_START

extent_count: u32 = 0

# Bit k is set when the list of blocks of 2**k bytes and more is not empty.
listed: u32 = 0
free_bytes: u32 = 0

SMALLEST_LISTED = 64
FIRST_FIT_TRIES = 4
GROWTH_PAGES = 16  # the memory grows by at least this much, if the limit lets it
MAXIMUM_END = 65535 * PAGE  # so that the end of the memory is a u32
NEXT = 8  # offset of the link in a free block


@inline
def bin_of(size: u32) -> u32:
    """The list that a block of this size belongs to."""
    return 31 - clz(size)


@inline
def area_count() -> u32:
    """The number of areas that are walked: the extents, and last the tail."""
    return extent_count + 1


def area_start(index: u32) -> u32:
    """Where an area begins."""
    return load_u32(EXTENTS_BASE + (index << 3)) if index < extent_count else tail_start


def area_end(index: u32) -> u32:
    """Where it ends."""
    return load_u32(EXTENTS_BASE + (index << 3), 4) if index < extent_count else tail_top


def set_areas(extents: u32, tail: u32) -> None:
    """At a freeze: so many extents have been written to the table, and the tail begins here, empty."""
    global extent_count, tail_start, tail_top
    extent_count = extents
    tail_start = tail
    tail_top = tail


@inline
def memory_end() -> u32:
    """The first address that the memory does not have."""
    return memory_pages() * PAGE


@inline
def limit_end() -> u32:
    """The first address that may never be used: the memory limit, to the byte."""
    return min(memory_limit, u32(MAXIMUM_END))


@inline
def tail_limit() -> u32:
    """The first address that the tail may not reach."""
    return min(limit_end(), usable_end)


@inline
def tail_room() -> u32:
    """Bytes that the tail has."""
    end = min(memory_end(), tail_limit())
    return end - min(end, tail_top)


def growable_room() -> u32:
    """Bytes that the tail has, or could have if the host lets the memory grow to its limit."""
    end = tail_limit()
    return end - min(end, tail_top)


def clear_lists() -> None:
    """Begin a sweep: no block is listed."""
    global listed, free_bytes
    for index in range(BIN_COUNT):
        store_u32(BIN_HEADS + (index << 2), 0)
        store_u32(BIN_BYTES + (index << 2), 0)
    listed = 0
    free_bytes = 0


def add_free(at: u32, size: u32) -> None:
    """Make `size` bytes a free block, and list it if it is large enough."""
    global listed, free_bytes
    if size == 0:
        return
    store_u64(at, u64(size))
    if size < SMALLEST_LISTED:
        return
    index = bin_of(size)
    head = BIN_HEADS + (index << 2)
    store_u32(at, load_u32(head), NEXT)
    store_u32(head, at)
    total = BIN_BYTES + (index << 2)
    store_u32(total, load_u32(total) + size)
    listed |= u32(1) << index
    free_bytes += size


def unlink(at: u32, link: u32, index: u32) -> None:
    """Take a block out of list `index`; `link` is the address of the word that points to it."""
    global listed, free_bytes
    size = load_u32(at)
    store_u32(link, load_u32(at, NEXT))
    total = BIN_BYTES + (index << 2)
    store_u32(total, load_u32(total) - size)
    free_bytes -= size
    if load_u32(BIN_HEADS + (index << 2)) == 0:
        listed &= ~(u32(1) << index)


def take_listed(size: u32) -> u32:
    """Unlist a free block of at least `size` bytes: its address (its first word is its size), or 0."""
    index = bin_of(max(size, SMALLEST_LISTED))
    link = BIN_HEADS + (index << 2)
    tries = u32(0)
    while tries < FIRST_FIT_TRIES:
        at = load_u32(link)
        if at == 0:
            break
        if load_u32(at) >= size:
            unlink(at, link, index)
            return at
        link = at + NEXT
        tries += 1
    if index == 31:
        return 0
    larger = listed >> (index + 1)
    if larger == 0:
        return 0
    index += 1 + ctz(larger)
    link = BIN_HEADS + (index << 2)
    at = load_u32(link)
    unlink(at, link, index)
    return at


def ensure_tail(size: u32) -> bool:
    """Give the tail room for `size` bytes, growing the memory if need be; False if limit or host refuse."""
    room = tail_room()
    if room >= size:
        return True
    if growable_room() < size:
        return False
    pages = (size - room + (PAGE - 1)) // PAGE
    spare = (limit_end() + (PAGE - 1)) // PAGE - memory_pages()
    return (
        memory_grow(min(max(pages, GROWTH_PAGES), spare)) != 0xFFFF_FFFF or memory_grow(pages) != 0xFFFF_FFFF
    )


def take_tail(size: u32) -> u32:
    """Cut `size` bytes off the tail: their address, or 0."""
    global tail_top
    if not ensure_tail(size):
        return 0
    at = tail_top
    tail_top = at + size
    return at


def take_block(size: u32) -> u32:
    """`size` bytes from a free block or the tail: their address, or 0. Contents are arbitrary."""
    at = take_hole(size)
    return at if at != 0 else take_tail(size)


def take_hole(size: u32) -> u32:
    """`size` bytes from a free block: their address, or 0."""
    at = take_listed(size)
    if at != 0:
        add_free(at + size, load_u32(at) - size)
    return at


def give_back_tail(top: u32) -> None:
    """What lies from `top` to the tail's top was not needed, or has died."""
    global tail_top
    tail_top = top


def room_in_large_blocks(smallest: u32) -> u32:
    """The bytes in listed blocks that all have at least `smallest` bytes."""
    first = bin_of(smallest) + 1
    total = u32(0)
    for index in range(first, BIN_COUNT):
        total += load_u32(BIN_BYTES + (index << 2))
    return total
