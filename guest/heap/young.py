"""The young collection: copy what is alive out of the nursery into the old space, and leave it empty.

Precise and moving: every reference to a young object is found and rewritten - from the module variables, both
stacks, the remembered old objects, and then from the copies themselves, in Cheney's order (`promotion.py`). A
moved object leaves class 0 and its new address in its old header. Everything alive is promoted at once:
objects that live through the allocation of half a megabyte mostly live long, and an evaluation that is
over leaves nothing here at all.

While the old space is being marked, a reference found here that leads to an old object reaches it, and what is promoted is
born marked: everything it refers to passes through this file. So a young collection leaves nothing behind that
the marker has not seen, wherever the program has moved references in the meantime.

The work is proportional to what survives and to the roots, never to the old space or to the loaded image.
"""

from __future__ import annotations

from guest.compiler.language import ctz, inline, u32, u64
from guest.compiler.raw import (
    load_u8,
    load_u32,
    load_u64,
    memory_copy,
    shadow_top,
    store_u32,
    store_u64,
)
from guest.heap import mark, promotion, recording, remembered, roots
from guest.heap.header import (
    CLASS_SHIFT,
    ELEMENTS_PLAIN,
    ELEMENTS_VALUES,
    FREE_CLASS,
    REMEMBERED,
    ROW_ELEMENT_KIND,
    ROW_ELEMENT_SHIFT,
    ROW_FIXED_SIZE,
    ROW_POINTER_MASK,
    ROW_VALUE_MASK,
    class_at,
    round_up,
    row_of,
    set_state,
    size_at,
    size_of,
    state_at,
)
from guest.heap.layout import FIRST_REGION, REMEMBERED_BASE, SHADOW_BASE, SLOTS_BASE, VM_STACK_BASE
from guest.heap.mark import reach
from guest.heap.old import area_count, area_end, area_start
from guest.heap.promotion import LINK, begin_promotion, end_promotion, room_for_survivor
from guest.heap.recording import Column, count
from guest.heap.remembered import SLOT, SLOT_ENTRY, empty_remembered, mutated_at
from guest.heap.roots import (
    ROOT_ADDRESS,
    ROOT_IS_VALUE,
    clear_stale_registers,
    is_young_address,
    is_young_bits,
    root_count,
    root_entry,
)

# Larger objects are copied by memory.copy, which leaves the compiled code.
SHORT_COPY = 256

# What the last young collection copied.
promoted_bytes: u32 = 0


def promote(at: u32) -> u32:
    """Copy a young object to the old space, unless it has been: its new address."""
    header = load_u64(at)
    if u32(header >> CLASS_SHIFT) & 0xFF == FREE_CLASS:
        return u32(header)
    size = size_of(header)
    target = room_for_survivor(size)
    if size <= SHORT_COPY:
        offset = u32(8)
        while offset < size:
            store_u64(target + offset, load_u64(at + offset))
            offset += 8
    else:
        memory_copy(target, at, size)
    store_u64(target, header | mark.birth_mark)
    store_u64(at, u64(target))
    return target


@inline
def update_pointer(word: u32) -> None:
    """Make the pointer at an address follow its object."""
    target = load_u32(word)
    if is_young_address(target):
        store_u32(word, promote(target))
    elif mark.marking != 0 and target != 0:
        reach(target)


@inline
def update_word(word: u32) -> None:
    """The same for a Value, or a pointer in a stack slot: both have the offset in the low half of a u64."""
    pattern = load_u64(word)
    if is_young_bits(pattern):
        store_u64(word, u64(promote(u32(pattern))))
    elif mark.marking != 0 and pattern - 1 < 0xFFFF_FFFF:
        reach(u32(pattern))


def update_words(start: u32, end: u32) -> None:
    """Update the eight-byte slots between two addresses."""
    at = start
    while at < end:
        update_word(at)
        at += 8


def update_pointers(start: u32, end: u32) -> None:
    """Update the pointers between two addresses."""
    at = start
    while at < end:
        update_pointer(at)
        at += 4


def update_object(at: u32) -> u32:
    """Update all references of an old object. Returns its size."""
    row = row_of(class_at(at))
    fixed = load_u32(row, ROW_FIXED_SIZE)
    mask = load_u32(row, ROW_POINTER_MASK)
    while mask != 0:
        update_pointer(at + (ctz(mask) << 2))
        mask &= mask - 1
    mask = load_u32(row, ROW_VALUE_MASK)
    while mask != 0:
        update_word(at + (ctz(mask) << 2))
        mask &= mask - 1
    start = at + fixed
    bytes_of_elements = load_u32(at) << load_u8(row, ROW_ELEMENT_SHIFT)
    kind = load_u8(row, ROW_ELEMENT_KIND)
    if kind == ELEMENTS_VALUES:
        update_words(start, start + bytes_of_elements)
    elif kind != ELEMENTS_PLAIN:
        update_pointers(start, start + bytes_of_elements)
    return round_up(fixed + bytes_of_elements)


def update_roots() -> None:
    """Update the module variables and both stacks."""
    count = root_count()
    for index in range(count):
        entry = root_entry(index)
        if entry & ROOT_IS_VALUE != 0:
            update_word(entry & ROOT_ADDRESS)
        else:
            update_pointer(entry)
    update_words(VM_STACK_BASE, roots.vm_top)
    update_words(SHADOW_BASE, shadow_top())


def update_if_remembered(at: u32) -> None:
    """Update an old object that is in the remembered set, and take it out."""
    state = state_at(at)
    if state & REMEMBERED != 0:
        set_state(at, state & ~u32(REMEMBERED))
        update_object(at)


def update_slot(owner: u32, slot: u32) -> None:
    """Update one element of a large array."""
    if load_u8(row_of(class_at(owner)), ROW_ELEMENT_KIND) == ELEMENTS_VALUES:
        update_word(slot)
    else:
        update_pointer(slot)


def update_remembered() -> None:
    """Update the remembered objects, and empty the set."""
    entry = u32(REMEMBERED_BASE)
    while entry < remembered.remembered_top:
        update_if_remembered(load_u32(entry))
        entry += 4
    entry = u32(SLOTS_BASE)
    while entry < remembered.slots_top:
        update_slot(load_u32(entry), load_u32(entry, SLOT))
        entry += SLOT_ENTRY
    if remembered.remembered_overflowed != 0:
        for index in range(remembered.mutated_count):
            update_if_remembered(load_u32(mutated_at(index)))
        for area in range(area_count()):
            search_remembered(area_start(area), area_end(area))
    empty_remembered()


def search_remembered(start: u32, end: u32) -> None:
    """Find the remembered objects that the full buffer did not take, by their bits."""
    at = start
    while at < end:
        if at == promotion.region_top:
            at = promotion.region_end  # the open part of a region is not walkable yet
        else:
            size = size_at(at)
            update_if_remembered(at)
            at += size


def update_promoted() -> u32:
    """Update the copies, which makes more copies, until every copy has been updated: their bytes."""
    total = u32(0)
    at = load_u32(FIRST_REGION)
    while at != promotion.region_top:
        if class_at(at) == FREE_CLASS:
            at = load_u32(at, LINK)
        else:
            size = update_object(at)
            total += size
            at += size
    return total


def count_promoted() -> None:
    """Record what has been copied: the same walk, once nothing moves any more."""
    at = load_u32(FIRST_REGION)
    while at != promotion.region_top:
        if class_at(at) == FREE_CLASS:
            at = load_u32(at, LINK)
        else:
            size = size_at(at)
            count(at, size, Column.PROMOTED)
            at += size


def empty_nursery() -> None:
    """Promote everything alive in the young space. The old space has room for it: see `collect.py`."""
    global promoted_bytes
    clear_stale_registers()
    begin_promotion()
    update_roots()
    update_remembered()
    promoted_bytes = update_promoted()
    if recording.active != 0:
        count_promoted()
    end_promotion()
