"""A test guest: graphs of extreme shapes - rings, deep chains, many old objects that refer to young ones."""

from __future__ import annotations

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Failure,
    Inline,
    Object,
    Value,
    cast,
    export,
    i64,
    need,
    u8,
    u32,
    u64,
)
from guest.heap import allocate
from guest.heap.allocate import collect_full, collect_young, ensure_fits, old_array_u8, step_cycle
from guest.heap.freeze import freeze_all
from guest.heap.reset import end_evaluation
from guest.heap.value import from_small, is_pointer, small
from guest.heap.verify import verify_heap
from guest.meter import errors


class Cell(Object):
    """Two references: a link of a chain or ring."""

    next: Object | None
    value: Value


class Small(Object):
    """What a small dict is made of: a header object and an array of entries."""

    count: u32
    used: u32
    entries: Array[Value]


class Blob(Object):
    """Bytes."""

    id: u32
    data: Inline[u8]


kept: Value = UNDEFINED
chain: Cell | None = None
cells: Array[Cell | None] | None = None
pinned: Array[u8] | None = None
wide: Array[Value] | None = None


@export
def rings(count: u32, length: u32) -> u32:
    """Make rings of small dicts, each dict referring to the next one; they die one after the other."""
    made = u32(0)
    for _ring in range(count):
        first = small_dict()
        last = first
        for _index in range(length - 1):
            made_now = small_dict()
            last.entries[1] = Value(made_now)
            last = made_now
        last.entries[1] = Value(first)
        made += last.count
    return made


def small_dict() -> Small:
    """Two objects, 24 and 72 bytes."""
    entries = Array[Value](8)
    return Small(count=1, used=0, entries=entries)


@export
def churn(count: u32) -> u32:
    """Objects of 24 bytes that die at once."""
    total = u32(0)
    for index in range(count):
        cell = Cell(next=None, value=from_small(i64(index)))
        total += u32(small(cell.value))
    return total


@export
def churn_blobs(count: u32, size: u32) -> u32:
    """Blobs that die at once: 0, or the kind of the failure."""
    try:
        for index in range(count):
            blob = Blob.allocate(size, id=index)
            assert blob.id == index
        return 0
    except Failure:
        return errors.kind


@export
def make_chain(length: u32, branches: bool) -> u32:
    """A chain from a module variable; with branches, every link has a cell of its own: 0, or the failure."""
    global chain
    try:
        chain = None
        for index in range(length):
            value = from_small(i64(index))
            if branches:
                value = Value(Cell(next=None, value=value))
            chain = Cell(next=chain, value=value)
        return 0
    except Failure:
        return errors.kind


@export
def chain_length() -> u32:
    """Count the links, checking each."""
    length = u32(0)
    link = chain
    while link is not None:
        length += 1
        after = link.next
        link = cast(Cell, after) if after is not None else None
    return length


@export
def make_comb(length: u32) -> u32:
    """A chain through the last field, so that the other one waits in the marker's list at every link."""
    global chain
    try:
        chain = None
        for index in range(length):
            tooth = Cell(next=None, value=from_small(i64(index)))
            before = chain
            chain = Cell(next=tooth, value=Value(before) if before is not None else UNDEFINED)
        return 0
    except Failure:
        return errors.kind


@export
def comb_length() -> u32:
    """Count the links of a comb."""
    length = u32(0)
    link = chain
    while link is not None:
        length += 1
        before = link.value
        link = cast(Cell, before) if is_pointer(before) else None
    return length


@export
def drop_chain() -> None:
    """Forget the chain."""
    global chain
    chain = None


@export
def make_cells(count: u32) -> u32:
    """An old array of old cells."""
    global cells
    try:
        made = Array[Cell | None](count)
        for index in range(count):
            made[index] = Cell(next=None, value=UNDEFINED)
        cells = made
        collect_young()
        return 0
    except Failure:
        return errors.kind


@export
def store_young() -> None:
    """Make every old cell refer to a young one, which refers back."""
    made = need(cells)
    for index in range(len(made)):
        cell = need(made[index])
        cell.next = Cell(next=cell, value=from_small(i64(index)))


@export
def replace_cell() -> None:
    """Store a young cell into the array itself."""
    need(cells)[0] = Cell(next=None, value=UNDEFINED)


@export
def check_cells() -> u32:
    """The number of cells that are as `store_young` left them."""
    made = need(cells)
    right = u32(0)
    for index in range(len(made)):
        cell = need(made[index])
        after = cell.next
        if after is not None:
            back = cast(Cell, after)
            if back.next is cell and small(back.value) == i64(index):
                right += 1
    return right


@export
def drop_cells() -> None:
    """Forget the old cells."""
    global cells
    cells = None


@export
def pin_pattern(size: u32, byte: u32) -> None:
    """Keep an array that was born old, full of one byte."""
    global pinned
    made = old_array_u8(size)
    for index in range(size):
        made[index] = byte
    pinned = made


@export
def count_pattern(byte: u32) -> u32:
    """How many bytes of it are still that byte."""
    made = need(pinned)
    count = u32(0)
    for index in range(len(made)):
        count += u32(made[index] == byte)
    return count


@export
def fill_wide(count: u32) -> None:
    """A large array, born old, filled with a young cell before anything else is allocated."""
    global wide
    value = Value(Cell(next=None, value=from_small(7)))
    made = Array[Value](count)
    for index in range(count):
        made[index] = value
    wide = made


@export
def check_wide() -> u32:
    """How many of its elements are that cell."""
    made = need(wide)
    count = u32(0)
    for index in range(len(made)):
        count += u32(small(cast(Cell, made[index]).value) == 7)
    return count


@export
def keep_blob(size: u32) -> u32:
    """A blob in a module variable: 0, or the kind of the failure."""
    global kept
    try:
        kept = Value(Blob.allocate(size, id=size))
        return 0
    except Failure:
        return errors.kind


@export
def keep_blobs(size: u32, count: u32) -> u32:
    """A chain of cells that have a blob each: 0, or the kind of the failure."""
    global chain
    try:
        chain = None
        for _index in range(count):
            blob = Value(Blob.allocate(size, id=size))
            chain = Cell(next=chain, value=blob)
        return 0
    except Failure:
        return errors.kind


@export
def keep_pinned(size: u32) -> u32:
    """An array born old, in a module variable: 0, or the kind of the failure."""
    global kept
    try:
        kept = Value(old_array_u8(size))
        return 0
    except Failure:
        return errors.kind


@export
def drop_kept() -> None:
    """Let what is kept die."""
    global kept
    kept = UNDEFINED


@export
def try_young() -> u32:
    """Collect the young space: 0, or the kind of the failure."""
    try:
        collect_young()
        return 0
    except Failure:
        return errors.kind


@export
def pin(size: u32) -> u32:
    """An array born old, kept nowhere: 0, or the kind of the failure."""
    try:
        made = old_array_u8(size)
        assert len(made) == size
        return 0
    except Failure:
        return errors.kind


@export
def fits(high: u32, low: u32) -> u32:
    """Whether so many bytes could ever be allocated: 0, or the kind of the failure."""
    try:
        ensure_fits(u64(high) << 32 | u64(low))
        return 0
    except Failure:
        return errors.kind


@export
def young() -> None:
    """Collect the young space."""
    collect_young()


@export
def full() -> None:
    """Collect the old space."""
    collect_full()


@export
def step(budget: u32) -> None:
    """Begin a cycle of the old space, or do so many bytes of its work."""
    step_cycle(budget)


@export
def freeze() -> None:
    """Make everything permanent."""
    freeze_all()


@export
def end() -> None:
    """End an evaluation."""
    end_evaluation()


@export
def verify() -> u32:
    """0, or the address of something wrong in the heap."""
    return verify_heap(allocate.origin, allocate.bump)
