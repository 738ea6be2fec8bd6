"""Marking: set MARKED on everything reachable that is not permanent, all at once or some bytes at a time.

Depth-first with a work list, never recursion, so no shape of data can exhaust a stack. An entry is an object
and the first of its elements that is still to be visited; long arrays are visited in chunks, so that one wide
object neither fills the list nor makes a step long. In the words of the literature: an object is *white* while
it has no mark, *grey* while it has one and is in the list, and *black* then: all that it refers to is marked.

The list has 64 KiB of its own. Where more is in use than that serves, a cycle borrows a block of the old space for it, in
proportion, while there is plenty of room. The block stays a free one that no list of free blocks holds: whoever walks
passes it, and the sweep, which follows every marking, an abandoned one too, gives it back. A collection that stops the
world lends the list whatever is free and largest instead.

When the list is full, objects are marked and lost, and the lowest address of a lost one is kept. When it is empty the
heap is walked from there, every marked object is visited again, and so on until a walk ends without a loss.

While `marking` is set, marking is spread over the program's own work and only old objects have marks. Then what
becomes old is born black, the young collection reaches whatever it finds in roots and in objects that were
written to (`young.py`), and so no black object ever refers to a white one once the nursery is empty. Permanent
objects end the search: the loaded image refers to nothing but itself, except for the mutated objects listed in
`remembered.py`, which are roots.
"""

from __future__ import annotations

from guest.compiler.language import ctz, inline, u32, u64
from guest.compiler.raw import load_u8, load_u32, load_u64, shadow_top, store_u64
from guest.heap import old, remembered, roots, weak
from guest.heap.header import (
    ELEMENTS_PLAIN,
    ELEMENTS_VALUES,
    FREE_CLASS,
    HEADER_SIZE,
    MARKED,
    PERMANENT,
    ROW_ELEMENT_KIND,
    ROW_FIXED_SIZE,
    ROW_POINTER_MASK,
    ROW_VALUE_MASK,
    STATE_SHIFT,
    class_at,
    has_references,
    row_of,
    set_state,
    size_at,
    state_at,
    write_header,
)
from guest.heap.layout import (
    ALIGNMENT,
    MARK_STACK_BASE,
    MARK_STACK_LIMIT,
    MARK_STACK_SIZE,
    NURSERY_END,
    SHADOW_BASE,
    VM_STACK_BASE,
)
from guest.heap.old import (
    area_count,
    area_end,
    area_start,
    growable_room,
    memory_end,
    take_hole,
    take_tail,
)
from guest.heap.remembered import mutated_at
from guest.heap.roots import (
    ROOT_ADDRESS,
    ROOT_IS_VALUE,
    clear_stale_registers,
    is_young_address,
    root_count,
    root_entry,
)
from guest.heap.weak import hold_back

ENTRY_SIZE = 8
INDEX_SHIFT = 32  # an entry is the address, and from here the index
CHUNK = 256  # elements visited before an array's children are
NOTHING_LOST = 0xFFFF_FFFF
EVERYTHING = 0xFFFF_FFFF  # as a number of bytes: more than there are
WALKED_BYTES = 16  # what passing an object in a walk counts for
WALK_STEP = 4096  # bytes counted in a row while a walk finds nothing
# A cycle's list may take this part of the bytes in use (an eighth: an entry for every 64 bytes, which is two for three
# objects of a random graph), and of the room at the most as much.
BORROWED_SHIFT = 3

# Not zero while marking is spread over the program's work.
marking: u32 = 0
# What is then set in the header of an object that becomes old: MARKED, or nothing.
birth_mark: u64 = 0

list_base: u32 = MARK_STACK_BASE
list_top: u32 = MARK_STACK_BASE
list_end: u32 = MARK_STACK_LIMIT

lowest_lost: u32 = NOTHING_LOST
# The walk for lost objects goes on here, in this area; 0 while there is none.
walk_at: u32 = 0
walk_area: u32 = 0
walk_from: u32 = 0
# The used part of the nursery, if it is marked too: then it is walked after the last area.
young_start: u32 = 0
young_end: u32 = 0


def begin_marking(in_use: u32) -> None:
    """From now on marking is spread over the program's work; nothing has a mark. So many bytes of the old space are in use."""
    global marking, birth_mark
    forget_marking()
    borrow_block(in_use >> BORROWED_SHIFT)
    marking = 1
    birth_mark = u64(MARKED) << u64(STATE_SHIFT)


def end_marking() -> None:
    """It is no longer, and a borrowed block is a free one like any other."""
    global marking, birth_mark
    forget_marking()
    marking = 0
    birth_mark = 0


def forget_marking() -> None:
    """No list, no loss, no walk; young objects have no marks."""
    global list_base, list_top, list_end, lowest_lost, walk_at, young_start, young_end
    list_base = u32(MARK_STACK_BASE)
    list_end = u32(MARK_STACK_LIMIT)
    list_top = list_base
    lowest_lost = u32(NOTHING_LOST)
    walk_at = 0
    young_start = 0
    young_end = 0


def borrow_block(wanted: u32) -> None:
    """Lay the list in a free block of the old space, of `wanted` bytes or what the room allows, if that is more than it has."""
    global list_base, list_top, list_end
    size = min(wanted, old.free_bytes + growable_room() >> BORROWED_SHIFT) & ~u32(ALIGNMENT - 1)
    at = take_hole(size) if size > MARK_STACK_SIZE else u32(0)
    if at == 0:
        size = min(wanted, growable_room() >> BORROWED_SHIFT) & ~u32(ALIGNMENT - 1)
        at = take_tail(size) if size > MARK_STACK_SIZE else u32(0)
    if at != 0:
        write_header(at, FREE_CLASS, size)
        list_base = at + HEADER_SIZE
        list_top = list_base
        list_end = at + size


def borrow_list(nursery_top: u32) -> None:
    """Lay the list where most is free; `nursery_top` is the end of the used part of the nursery."""
    global list_base, list_top, list_end
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
    global list_top, lowest_lost
    if list_top + ENTRY_SIZE > list_end:
        lowest_lost = min(lowest_lost, at)
    else:
        store_u64(list_top, u64(at) | u64(index) << INDEX_SHIFT)
        list_top += ENTRY_SIZE


@inline
def reach(at: u32) -> None:
    """Mark an object; enter it if it may refer to others. Spread over the program's work, young objects wait: whatever
    refers to them is a root, remembered, or young, and they are born black.
    """
    state = state_at(at)
    if state & (MARKED | PERMANENT) == 0 and (marking == 0 or not is_young_address(at)):
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
    """Reach what the module variables and both stacks refer to."""
    count = root_count()
    for index in range(count):
        entry = root_entry(index)
        if entry & ROOT_IS_VALUE != 0:
            reach_word(entry & ROOT_ADDRESS)
        else:
            reach_pointer(entry)
    reach_words(VM_STACK_BASE, roots.vm_top)
    reach_words(SHADOW_BASE, shadow_top())


def reach_mutated() -> None:
    """Reach what the mutated permanent objects refer to. They are never entered themselves: they have no marks, so one that
    is lost would not be found, and one that is in the list whenever this is called would keep marking from ending.
    """
    for index in range(remembered.mutated_count):
        at = load_u32(mutated_at(index))
        if visit_fields(at):
            position = u32(0)
            while position < load_u32(at):
                visit_chunk(at, position)
                position += CHUNK


def nothing_is_grey() -> bool:
    """Whether everything that is marked has been visited."""
    return list_top == list_base and lowest_lost == NOTHING_LOST and walk_at == 0


@inline
def is_half_full() -> bool:
    """Whether so much of the list is in use that who reaches many objects should let them be visited."""
    return list_top - list_base > (list_end - list_base) >> 1


def mark_some(budget: u32) -> u32:
    """Visit what is grey, until so many bytes have been visited or nothing is left: the bytes."""
    global list_top
    done = u32(0)
    while done < budget:
        if list_top != list_base:
            list_top -= ENTRY_SIZE
            entry = load_u64(list_top)
            done += visit(u32(entry), u32(entry >> INDEX_SHIFT))
        elif nothing_is_grey():
            break
        else:
            done += walk_some()
    return done


def visit(at: u32, index: u32) -> u32:
    """Reach what an object refers to: its fields if `index` is 0, and a chunk of its elements. The bytes seen."""
    row = row_of(class_at(at))
    fixed = load_u32(row, ROW_FIXED_SIZE)
    if index == 0 and not visit_fields(at):
        return fixed
    if load_u8(row, ROW_ELEMENT_KIND) == ELEMENTS_PLAIN:
        return fixed
    length = load_u32(at)
    if length - index > CHUNK:
        push(at, index + CHUNK)
    return fixed + visit_chunk(at, index)


@inline
def visit_fields(at: u32) -> bool:
    """Reach what an object's fields refer to; False if it is held back, and nothing of it is to be visited."""
    if weak.clearing != 0 and hold_back(at):
        return False
    row = row_of(class_at(at))
    mask = load_u32(row, ROW_POINTER_MASK)
    while mask != 0:
        reach_pointer(at + (ctz(mask) << 2))
        mask &= mask - 1
    mask = load_u32(row, ROW_VALUE_MASK)
    while mask != 0:
        reach_word(at + (ctz(mask) << 2))
        mask &= mask - 1
    return True


def visit_chunk(at: u32, index: u32) -> u32:
    """Reach what a chunk of an object's elements refers to: its bytes."""
    row = row_of(class_at(at))
    kind = load_u8(row, ROW_ELEMENT_KIND)
    if kind == ELEMENTS_PLAIN:
        return 0
    count = min(load_u32(at) - index, u32(CHUNK))
    start = at + load_u32(row, ROW_FIXED_SIZE)
    if kind == ELEMENTS_VALUES:
        start += index << 3
        reach_words(start, start + (count << 3))
        return count << 3
    start += index << 2
    reach_pointers(start, start + (count << 2))
    return count << 2


def begins_at(area: u32) -> u32:
    """Where the walk begins in an area."""
    start = area_start(area) if area < area_count() else young_start
    end = ends_at(area)
    return walk_from if walk_from > start and walk_from < end else start if walk_from <= start else end


@inline
def ends_at(area: u32) -> u32:
    """The end of an area, or of the used part of the nursery after the last one."""
    return area_end(area) if area < area_count() else young_end


def walk_some() -> u32:
    """Go on with the walk, or begin one, up to the next marked object, and enter it: what it counts for.

    What is allocated meanwhile keeps the blocks' borders, so the walk may go on after any pause.
    """
    global lowest_lost, walk_at, walk_area, walk_from
    if walk_at == 0:
        walk_from = lowest_lost
        lowest_lost = u32(NOTHING_LOST)
        walk_area = 0
        walk_at = begins_at(0)
    done = u32(0)
    while done < WALK_STEP:
        if walk_at >= ends_at(walk_area):
            walk_area += 1
            if walk_area > area_count():
                walk_at = 0
                return done
            walk_at = begins_at(walk_area)
        else:
            at = walk_at
            walk_at = at + size_at(at)
            done += WALKED_BYTES
            if (
                class_at(at) != FREE_CLASS
                and state_at(at) & MARKED != 0
                and has_references(row_of(class_at(at)))
            ):
                push(at, 0)
                return done
    return done


def mark_everything(nursery_start: u32, nursery_top: u32) -> None:
    """Mark all that is reachable, young objects too: the used part of the nursery is given."""
    global young_start, young_end
    forget_marking()
    young_start = nursery_start
    young_end = nursery_top
    clear_stale_registers()
    borrow_list(nursery_top)
    reach_roots()
    reach_mutated()
    mark_rest()
    forget_marking()


def mark_rest() -> None:
    """Visit all that is grey."""
    while not nothing_is_grey():
        mark_some(EVERYTHING)
