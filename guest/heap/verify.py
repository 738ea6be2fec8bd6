"""The heap walker of the debug guest and of the tests: looks at everything, and says where an invariant is
broken.

1. The old space and the nursery are sequences of objects and free blocks without gaps. Only a cycle marks objects, and only
   old ones; what has been swept has no mark.
2. Every reference, from any object that is not about to be swept and from any root, is to the start of such an object.
3. An old object that refers to a young one is remembered.
   While the old space is being marked, a black object that refers to a white one is remembered.
4. A permanent object refers to permanent ones only, unless it is mutated.
5. A listed free block is free, in the list of its size, and the lists' sums are right.
6. Weak objects and their keys are as `verify_weak.py` says.

To know where objects start, a first walk sets VISITED on all of them and a last one takes it off again.

A debug guest that collects at every allocation cannot look at everything each time. `verify_often` looks at what is
mortal, and the mutated permanent objects, at every collection while that is at most SHARE bytes, and in proportion
less often when it is more; and at the rest of the permanent image at each WHOLE_PERIOD-th look. In between, a
reference to a permanent object is believed when the object there says that it is permanent.
"""

from __future__ import annotations

from guest.compiler.language import ctz, u32
from guest.compiler.raw import load_u8, load_u32, load_u64, shadow_top
from guest.heap import cycle, mark, old, remembered, roots
from guest.heap.cycle import Phase
from guest.heap.header import (
    ELEMENTS_PLAIN,
    ELEMENTS_VALUES,
    FREE_CLASS,
    HEADER_SIZE,
    MARKED,
    MUTATED,
    PERMANENT,
    REMEMBERED,
    ROW_ELEMENT_KIND,
    ROW_FIXED_SIZE,
    ROW_POINTER_MASK,
    ROW_VALUE_MASK,
    VISITED,
    class_at,
    row_of,
    set_state,
    size_at,
    state_at,
)
from guest.heap.layout import (
    ALIGNMENT,
    BIN_COUNT,
    BIN_HEADS,
    KIB,
    OLD_START,
    SHADOW_BASE,
    SLOTS_BASE,
    VM_STACK_BASE,
)
from guest.heap.mark import ENTRY_SIZE, NOTHING_LOST
from guest.heap.old import NEXT, area_count, area_end, area_start, bin_of
from guest.heap.remembered import SLOT_ENTRY, mutated_at
from guest.heap.roots import ROOT_ADDRESS, ROOT_IS_VALUE, is_young_address, root_count, root_entry
from guest.heap.sweep import is_in_run, is_swept
from guest.heap.verify_weak import is_sound

# The smallest Value that is no pointer.
FIRST_IMMEDIATE = 1 << 48

# What `verify_often` may look at for one collection, in bytes.
SHARE = 8 * KIB
# Of its looks, one in so many is at the permanent image as well.
WHOLE_PERIOD = 256

# The address of the first thing found wrong, 0 while there is none.
wrong: u32 = 0
# Not zero while the permanent image is not looked at.
partial: u32 = 0
# Bytes that `verify_often` may look at, and its looks.
credit: u32 = 0
looks: u32 = 0


def verify_heap(nursery_start: u32, nursery_top: u32) -> u32:
    """0, or the address of something that is wrong; the used part of the nursery is given."""
    global wrong, partial
    wrong = 0
    partial = 0
    walk_blocks(OLD_START, old.tail_top)
    walk_blocks(nursery_start, nursery_top)
    if wrong == 0:
        verify_objects(OLD_START, old.tail_top)
        verify_objects(nursery_start, nursery_top)
        verify_roots()
        verify_lists()
        unvisit(OLD_START, old.tail_top)
        unvisit(nursery_start, nursery_top)
    return wrong


def verify_often(nursery_start: u32, nursery_top: u32) -> u32:
    """The same after each collection of many: as much of it as the share of one collection pays for."""
    global credit, looks
    size = nursery_top - nursery_start
    for area in range(area_count()):
        size += area_end(area) - area_start(area)
    credit += SHARE
    if credit < size:
        return 0
    credit = 0
    looks += 1
    if looks % WHOLE_PERIOD == 0:
        return verify_heap(nursery_start, nursery_top)
    return verify_mortal(nursery_start, nursery_top)


def verify_mortal(nursery_start: u32, nursery_top: u32) -> u32:
    """`verify_heap` without the permanent objects that are not mutated."""
    global wrong, partial
    wrong = 0
    partial = 1
    for area in range(area_count()):
        walk_blocks(area_start(area), area_end(area))
    walk_blocks(nursery_start, nursery_top)
    if wrong == 0:
        for area in range(area_count()):
            verify_objects(area_start(area), area_end(area))
        verify_objects(nursery_start, nursery_top)
        for index in range(remembered.mutated_count):
            verify_object(load_u32(mutated_at(index)))
        verify_roots()
        verify_lists()
        for area in range(area_count()):
            unvisit(area_start(area), area_end(area))
        unvisit(nursery_start, nursery_top)
    return wrong


def report(at: u32) -> None:
    """Something at this address is wrong."""
    global wrong
    if wrong == 0:
        wrong = at


def walk_blocks(start: u32, end: u32) -> None:
    """Check that the space is a sequence of blocks, and visit its objects."""
    at = start
    while at < end:
        free = class_at(at) == FREE_CLASS
        if not free and load_u32(row_of(class_at(at)), ROW_FIXED_SIZE) < HEADER_SIZE:
            report(at)
            return
        size = size_at(at)
        if size == 0 or size % ALIGNMENT != 0 or size > end - at:
            report(at)
            return
        if not free:
            state = state_at(at)
            if state & VISITED != 0 or (state & MARKED != 0 and not may_be_marked(at)):
                report(at)
            if not is_dead(at):
                set_state(at, state | VISITED)
        at += size


def may_be_marked(at: u32) -> bool:
    """Whether the cycle may have left a mark on an object."""
    if is_young_address(at) or cycle.phase == Phase.RESTING:
        return False
    return cycle.phase == Phase.MARKING or not is_swept(at)


def is_dead(at: u32) -> bool:
    """Whether an object is about to be swept, or has been and its block is not closed."""
    if cycle.phase != Phase.SWEEPING or is_young_address(at):
        return False
    if is_swept(at):
        return is_in_run(at)
    return state_at(at) & (MARKED | PERMANENT) == 0


def unvisit(start: u32, end: u32) -> None:
    """Take VISITED off the objects of a space."""
    at = start
    while at < end:
        if class_at(at) != FREE_CLASS:
            set_state(at, state_at(at) & ~u32(VISITED))
        at += size_at(at)


def verify_objects(start: u32, end: u32) -> None:
    """Check the references of a space's objects."""
    at = start
    while at < end:
        if class_at(at) != FREE_CLASS and not is_dead(at):
            verify_object(at)
        at += size_at(at)


def verify_object(at: u32) -> None:
    """Check the references of one object, and what weak objects are to be like."""
    if not is_sound(at):
        report(at)
    row = row_of(class_at(at))
    mask = load_u32(row, ROW_POINTER_MASK)
    while mask != 0:
        verify_reference(at, load_u32(at + (ctz(mask) << 2)))
        mask &= mask - 1
    mask = load_u32(row, ROW_VALUE_MASK)
    while mask != 0:
        verify_word(at, at + (ctz(mask) << 2))
        mask &= mask - 1
    kind = load_u8(row, ROW_ELEMENT_KIND)
    if kind == ELEMENTS_PLAIN:
        return
    elements = at + load_u32(row, ROW_FIXED_SIZE)
    for index in range(load_u32(at)):
        if kind == ELEMENTS_VALUES:
            verify_word(at, elements + (index << 3))
        else:
            verify_reference(at, load_u32(elements + (index << 2)))


def verify_word(owner: u32, word: u32) -> None:
    """Check a Value of `owner`, or a stack slot (owner 0)."""
    pattern = load_u64(word)
    if pattern >= FIRST_IMMEDIATE:
        return
    if pattern >> 32 != 0:
        report(word)
        return
    verify_reference(owner, u32(pattern))


def verify_reference(owner: u32, target: u32) -> None:
    """Check a reference from `owner`, or from a root (owner 0)."""
    if target == 0:
        return
    if not is_start(target):
        report(owner if owner != 0 else target)
        return
    if owner == 0:
        return
    state = state_at(owner)
    if is_young_address(target):
        if not is_young_address(owner) and not is_remembered(owner):
            report(owner)
    elif (
        state & MARKED != 0 and cycle.phase == Phase.MARKING and state_at(target) & (MARKED | PERMANENT) == 0
    ):
        if not is_grey(owner) and not is_remembered(owner):
            report(owner)
    if state & (PERMANENT | MUTATED) == PERMANENT and state_at(target) & PERMANENT == 0:
        report(owner)


def is_remembered(at: u32) -> bool:
    """Whether the next young collection will look at an old object, or at some of its elements."""
    if state_at(at) & REMEMBERED != 0:
        return True
    entry = u32(SLOTS_BASE)
    while entry < remembered.slots_top:
        if load_u32(entry) == at:
            return True
        entry += SLOT_ENTRY
    return False


def is_grey(at: u32) -> bool:
    """Whether a marked object is still to be visited: it is in the list, or may be found by a walk."""
    if mark.lowest_lost != NOTHING_LOST or mark.walk_at != 0:
        return True
    entry = mark.list_base
    while entry < mark.list_top:
        if load_u32(entry) == at:
            return True
        entry += ENTRY_SIZE
    return False


def is_start(at: u32) -> bool:
    """Whether an object starts here. Only spaces that are walked hold VISITED bits while the verifier runs."""
    if at % ALIGNMENT != 0 or (not is_young_address(at) and (at < OLD_START or at >= old.tail_top)):
        return False
    if class_at(at) == FREE_CLASS:
        return False
    return state_at(at) & VISITED != 0 or (partial != 0 and state_at(at) & PERMANENT != 0)


def verify_roots() -> None:
    """Check the module variables and both stacks."""
    for index in range(root_count()):
        entry = root_entry(index)
        if entry & ROOT_IS_VALUE != 0:
            verify_word(0, entry & ROOT_ADDRESS)
        else:
            verify_reference(0, load_u32(entry))
    verify_words(VM_STACK_BASE, roots.vm_top)
    verify_words(SHADOW_BASE, shadow_top())


def verify_words(start: u32, end: u32) -> None:
    """Check the slots of a stack."""
    at = start
    while at < end:
        verify_word(0, at)
        at += 8


def verify_lists() -> None:
    """Check the free lists."""
    total = u32(0)
    for index in range(BIN_COUNT):
        at = load_u32(BIN_HEADS + (index << 2))
        if (at != 0) != (old.listed >> index & 1 != 0):
            report(BIN_HEADS)
        while at != 0:
            size = load_u32(at)
            if class_at(at) != FREE_CLASS or bin_of(size) != index:
                report(at)
                return
            total += size
            at = load_u32(at, NEXT)
    if total != old.free_bytes:
        report(BIN_HEADS)
