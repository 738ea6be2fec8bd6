"""Recording: which instruction of the rules allocated every object, and what became of all that it allocated.

While `active` is set every allocation takes the slow path (`allocate.py` keeps its `limit` at 0), so ordinary runs
pay nothing. The site of an object is the number, given at first sight, of the instruction that was running; it is
written into the object's header and stays with it wherever it moves. The caller of the slow path writes the header,
so an object waits as `pending` until the next allocation or collection, which `settle`s it.

The table is one pinned array: rows of counters for each class and for each site, the sites' instructions, and a hash
table from instruction to site. It has a fixed size; instructions beyond it share one row. What the table and those
who read it allocate is their own and in no row, so the rows of all classes, and those of all sites, sum up to exactly
what was allocated since the recording began.

    row    allocated  promoted  live  image     each in bytes, then in objects, 64 bits a number
"""

from __future__ import annotations

from enum import IntEnum
from typing import NewType

from guest.compiler.language import Array, Object, inline, noinline, u32, u64
from guest.compiler.raw import (
    address,
    load_u16,
    load_u32,
    load_u64,
    memory_fill,
    store_u16,
    store_u32,
    store_u64,
)
from guest.heap import frames, old
from guest.heap.frames import caller_base, caller_pc, frame_depth
from guest.heap.header import (
    FREE_CLASS,
    HEADER_SIZE,
    PERMANENT,
    SITE_OFFSET,
    class_at,
    size_at,
    state_at,
)
from guest.heap.layout import OLD_START
from guest.heap.views import CodePointer, Registers, pc_after

Row = NewType("Row", u32)
"""The address of a row of the table."""


class Mode(IntEnum):
    """What happens to allocations."""

    OFF = 0
    ON = 1
    OWN = 2  # they belong to whoever reads the table: counted apart


class Column(IntEnum):
    """Where a pair of counters is in a row: bytes, then objects."""

    ALLOCATED = 0
    PROMOTED = 16
    LIVE = 32  # when last looked at, the image left out
    IMAGE = 48  # permanent objects, when last looked at


OBJECTS = 8  # offset of the number of objects in a pair
ROW_SHIFT = 6
CLASSES = 256
SITE_LIMIT = (
    4096  # sites that have a row; number 0 is what no rule allocated: the host, the compiler, the base image
)
TOO_MANY = 0xFFFF  # the site of what was allocated by instructions that found the table full
BUILT_IN = 0xFFFE  # in the header of a function that is part of the guest: its callers allocate, not it
INDEX_SHIFT = 13
INDEX_SIZE = 1 << INDEX_SHIFT  # hash slots: twice the sites
HASH_FACTOR = 0x9E37_79B1

# Offsets in the table. The row after the last site is that of TOO_MANY.
SITE_ROWS = CLASSES << ROW_SHIFT
SITE_PCS = SITE_ROWS + ((SITE_LIMIT + 1) << ROW_SHIFT)
SITE_INDEX = SITE_PCS + 4 * SITE_LIMIT
TABLE_WORDS = (SITE_INDEX + 4 * INDEX_SIZE) // 4

# A Mode.
active: u32 = 0
table: Array[u32] | None = None
table_start: u32 = 0
# Numbers given, 0 included.
site_count: u32 = 1
# What `allocate.limit` would be.
limit: u32 = 0
# The newest object, if it waits for its site, and that site.
pending: u32 = 0
pending_site: u32 = 0
# Bytes allocated before the recording began, and since then by whoever reads the table.
before: u64 = 0
own: u64 = 0


def begin(rows: Array[u32], allocated: u64) -> None:
    """Record from here on, in an array of TABLE_WORDS zeroes that does not move; so many bytes were allocated before."""
    global active, table, table_start, site_count, before, own
    table = rows
    table_start = address(rows) + HEADER_SIZE
    site_count = 1
    before = allocated
    own = 0
    active = u32(Mode.ON)


def begin_own() -> None:
    """What is allocated from here on belongs to the table's reader. The last object has been settled."""
    global active
    active = u32(Mode.OWN)


def end_own() -> None:
    """Go on recording."""
    global active
    settle()
    active = u32(Mode.ON)


def recorded_bytes(allocated: u64) -> u64:
    """What the rows sum up to, when so many bytes have been allocated in all."""
    return allocated - before - own


@noinline
def expect(at: u32) -> None:
    """An object begins here; its header is written before the next allocation."""
    global pending, pending_site
    pending = at
    pending_site = running_site() if active == Mode.ON else 0


@inline
def settle() -> None:
    """The newest object has its header by now: give it its site. Whatever collects or walks calls this first."""
    if pending != 0:
        settle_pending()


@noinline
def settle_pending() -> None:
    """Give the pending object its site, and count it."""
    global pending, own
    at = pending
    pending = 0
    size = size_at(at)
    if active == Mode.OWN:
        own += u64(size)
    else:
        store_u16(at, pending_site, SITE_OFFSET)
        count(at, size, Column.ALLOCATED)


def running_site() -> u32:
    """The site of the instruction that is running: the innermost one that is not the guest's own; 0 if none is."""
    depth = frame_depth()
    base = frames.current_base
    pc = frames.current_pc
    while depth != 0 and is_built_in(base):
        depth -= 1
        base = caller_base(depth)
        pc = pc_after(caller_pc(depth), -1)
    return site_of(pc) if depth != 0 else 0


@inline
def is_built_in(base: Registers) -> bool:
    """Whether the frame at `base` runs a function of the guest's own."""
    callee = frames.callee_address(base)
    return callee != 0 and load_u16(callee, SITE_OFFSET) == BUILT_IN


def hide(function: Object) -> None:
    """Make a function one of the guest's own: its callers are the ones that allocate."""
    store_u16(address(function), BUILT_IN, SITE_OFFSET)


def site_of(pc: CodePointer) -> u32:
    """The number of an instruction, given to it now if it has none."""
    global site_count
    entry = index_entry(pc)
    number = load_u32(entry)
    if number == 0:
        if site_count == SITE_LIMIT:
            return TOO_MANY
        number = site_count
        site_count += 1
        store_u32(table_start + SITE_PCS + (number << 2), u32(pc))
        store_u32(entry, number)
    return number


def site_pc(number: u32) -> CodePointer:
    """The instruction that a site's number was given to."""
    return CodePointer(load_u32(table_start + SITE_PCS + (number << 2)))


def known_site(pc: CodePointer) -> u32:
    """The number of an instruction; 0 if it has none."""
    return load_u32(index_entry(pc))


def index_entry(pc: CodePointer) -> u32:
    """The address of the hash table's entry for an instruction; its number is 0 if it is not there."""
    slot = u32(pc) * HASH_FACTOR >> (32 - INDEX_SHIFT)
    while True:
        entry = table_start + SITE_INDEX + (slot << 2)
        number = load_u32(entry)
        if number == 0 or load_u32(table_start + SITE_PCS + (number << 2)) == u32(pc):
            return entry
        slot = (slot + 1) & (INDEX_SIZE - 1)


@inline
def class_row(number: u32) -> Row:
    """A class's row."""
    return Row(table_start + (number << ROW_SHIFT))


@inline
def site_row(number: u32) -> Row:
    """A site's row."""
    if number >= SITE_LIMIT:
        number = u32(SITE_LIMIT) if number == TOO_MANY else 0
    return Row(table_start + SITE_ROWS + (number << ROW_SHIFT))


@inline
def bytes_in(row: Row, column: u32) -> u64:
    """The bytes that a row counts in a column."""
    return load_u64(u32(row) + column)


@inline
def objects_in(row: Row, column: u32) -> u64:
    """The objects that a row counts in a column."""
    return load_u64(u32(row) + column, OBJECTS)


def counts_nothing(row: Row) -> bool:
    """Whether all counters of a row are 0."""
    return (
        objects_in(row, Column.ALLOCATED) | objects_in(row, Column.LIVE) | objects_in(row, Column.IMAGE) == 0
    )


@inline
def add(row: Row, column: u32, size: u32) -> None:
    """Count an object of so many bytes."""
    at = u32(row) + column
    store_u64(at, load_u64(at) + u64(size))
    store_u64(at, load_u64(at, OBJECTS) + 1, OBJECTS)


def count(at: u32, size: u32, column: u32) -> None:
    """Count an object of so many bytes in its class's row and its site's."""
    add(class_row(class_at(at)), column, size)
    add(site_row(load_u16(at, SITE_OFFSET)), column, size)


def count_live(nursery_start: u32, nursery_top: u32) -> None:
    """Count what is there: everything dead has just been freed. The used part of the nursery is given."""
    for row in range(CLASSES + SITE_LIMIT + 1):
        memory_fill(table_start + (row << ROW_SHIFT) + Column.LIVE, 0, (1 << ROW_SHIFT) - Column.LIVE)
    count_space(OLD_START, old.tail_top)
    count_space(nursery_start, nursery_top)


def count_space(start: u32, end: u32) -> None:
    """Count the objects between two addresses, the table itself left out."""
    at = start
    while at < end:
        size = size_at(at)
        if class_at(at) != FREE_CLASS and at + HEADER_SIZE != table_start:
            count(at, size, Column.IMAGE if state_at(at) & PERMANENT != 0 else Column.LIVE)
        at += size
