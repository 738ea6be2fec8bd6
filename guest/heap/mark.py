"""The mark phase of a full collection: set MARKED on everything reachable that is not permanent.

Depth-first with a work list, never recursion, so no shape of data can exhaust a stack. An entry is an object
and the first of its elements that is still to be visited; long arrays are visited in chunks, so that one wide
object does not fill the list. When the list is full, objects are marked and not entered, and a flag is set;
then the heap is walked, every marked object is visited again, and so on until a walk ends without the flag.
The list lies in whatever is free and largest: the unused part of the nursery (a megabyte when it is empty),
that of the tail, or its own 64 KiB.

Young objects are marked where they are. Permanent ones end the search: the loaded image refers to nothing but
itself, except for the mutated objects listed in `remembered.py`, which are roots.
"""

from __future__ import annotations

from guest.compiler.language import ctz, inline, u32, u64
from guest.compiler.raw import load_u8, load_u32, load_u64, shadow_top, store_u64
from guest.heap import old, remembered, roots
from guest.heap.header import (
    ELEMENTS_PLAIN,
    ELEMENTS_VALUES,
    FREE_CLASS,
    MARKED,
    PERMANENT,
    ROW_ELEMENT_KIND,
    ROW_FIXED_SIZE,
    ROW_POINTER_MASK,
    ROW_VALUE_MASK,
    class_at,
    has_references,
    row_of,
    set_state,
    size_at,
    state_at,
)
from guest.heap.layout import (
    MARK_STACK_BASE,
    MARK_STACK_LIMIT,
    MARK_STACK_SIZE,
    NURSERY_END,
    SHADOW_BASE,
    VM_STACK_BASE,
)
from guest.heap.old import area_count, area_end, area_start, memory_end
from guest.heap.remembered import mutated_at
from guest.heap.roots import ROOT_ADDRESS, ROOT_IS_VALUE, clear_stale_registers, root_count, root_entry
from guest.heap.weak import hold_back, is_held_back

ENTRY_SIZE = 8
INDEX_SHIFT = 32  # an entry is the address, and from here the index
CHUNK = 256  # elements visited before an array's children are

list_base: u32 = 0
list_top: u32 = 0
list_end: u32 = 0
overflowed: u32 = 0


def place_list(nursery_top: u32) -> None:
    """Choose where the work list lies; `nursery_top` is the end of the used part of the nursery."""
    global list_base, list_top, list_end
    list_base = u32(MARK_STACK_BASE)
    list_end = u32(MARK_STACK_LIMIT)
    largest = u32(MARK_STACK_SIZE)
    if NURSERY_END - nursery_top > largest:
        list_base = nursery_top
        list_end = u32(NURSERY_END)
        largest = NURSERY_END - nursery_top
    if memory_end() - old.tail_top > largest:
        list_base = old.tail_top
        list_end = memory_end()
    list_top = list_base


@inline
def push(at: u32, index: u32) -> None:
    """Enter an object whose elements from `index` on (and at 0, whose fields) are to be visited."""
    global list_top, overflowed
    if list_top + ENTRY_SIZE > list_end:
        overflowed = 1
    else:
        store_u64(list_top, u64(at) | u64(index) << INDEX_SHIFT)
        list_top += ENTRY_SIZE


@inline
def reach(at: u32) -> None:
    """Mark an object; enter it if it may refer to others."""
    state = state_at(at)
    if state & (MARKED | PERMANENT) == 0:
        set_state(at, state | MARKED)
        if has_references(row_of(class_at(at))):
            push(at, 0)


@inline
def reach_pointer(word: u32) -> None:
    """Reach what the pointer at an address refers to."""
    target = load_u32(word)
    if target != 0:
        reach(target)


@inline
def reach_word(word: u32) -> None:
    """The same for a Value, or for a pointer in a stack slot."""
    pattern = load_u64(word)
    if pattern - 1 < 0xFFFF_FFFF:
        reach(u32(pattern))


def reach_words(start: u32, end: u32) -> None:
    """Reach what the eight-byte slots between two addresses refer to."""
    at = start
    while at < end:
        reach_word(at)
        at += 8


def reach_pointers(start: u32, end: u32) -> None:
    """Reach what the pointers between two addresses refer to."""
    at = start
    while at < end:
        reach_pointer(at)
        at += 4


def reach_roots() -> None:
    """Reach what the module variables, both stacks and the mutated permanent objects refer to."""
    count = root_count()
    for index in range(count):
        entry = root_entry(index)
        if entry & ROOT_IS_VALUE != 0:
            reach_word(entry & ROOT_ADDRESS)
        else:
            reach_pointer(entry)
    reach_words(VM_STACK_BASE, roots.vm_top)
    reach_words(SHADOW_BASE, shadow_top())
    for index in range(remembered.mutated_count):
        push(load_u32(mutated_at(index)), 0)
        visit_all()


def visit_all() -> None:
    """Visit what has been entered, and what that enters, until the list is empty."""
    global list_top
    while list_top != list_base:
        list_top -= ENTRY_SIZE
        entry = load_u64(list_top)
        visit(u32(entry), u32(entry >> INDEX_SHIFT))


def visit(at: u32, index: u32) -> None:
    """Reach what an object refers to: its fields if `index` is 0, and a chunk of its elements."""
    row = row_of(class_at(at))
    if index == 0:
        if is_held_back(at):
            hold_back(at)
            return
        mask = load_u32(row, ROW_POINTER_MASK)
        while mask != 0:
            reach_pointer(at + (ctz(mask) << 2))
            mask &= mask - 1
        mask = load_u32(row, ROW_VALUE_MASK)
        while mask != 0:
            reach_word(at + (ctz(mask) << 2))
            mask &= mask - 1
    kind = load_u8(row, ROW_ELEMENT_KIND)
    if kind == ELEMENTS_PLAIN:
        return
    length = load_u32(at)
    stop = length
    if length - index > CHUNK:
        stop = index + CHUNK
        push(at, stop)
    start = at + load_u32(row, ROW_FIXED_SIZE)
    if kind == ELEMENTS_VALUES:
        reach_words(start + (index << 3), start + (stop << 3))
    else:
        reach_pointers(start + (index << 2), start + (stop << 2))


def visit_marked_again(start: u32, end: u32) -> None:
    """Visit every marked object between two addresses."""
    at = start
    while at < end:
        size = size_at(at)
        if class_at(at) != FREE_CLASS and state_at(at) & MARKED != 0:
            push(at, 0)
            visit_all()
        at += size


def mark_everything(nursery_start: u32, nursery_top: u32) -> None:
    """Mark all that is reachable; the used part of the nursery is given: it is walked after an overflow."""
    global overflowed
    overflowed = 0
    clear_stale_registers()
    place_list(nursery_top)
    reach_roots()
    visit_all()
    while overflowed != 0:
        overflowed = 0
        for area in range(area_count()):
            visit_marked_again(area_start(area), area_end(area))
        visit_marked_again(nursery_start, nursery_top)
