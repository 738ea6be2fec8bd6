"""Allocation: what the compiler calls for every new object, and the arrays that are born old.

The compiler emits the common case in place: `at = bump; if at + size > limit: at = allocate_slow(size); else
bump += size`, and then writes header and fields. Everything else is here. Bytes returned by `allocate_slow`
are arbitrary; the caller fills them before anything can collect.

Under stress (`gc_stress`) the limit is 0, so that every allocation comes here and collects, or is only counted; the
nursery then begins at another address each time and the dead are overwritten, so that a stale pointer is found out
at once. The limit is 0 as well while allocation sites are recorded (`recording.py`).
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import DEBUG, Array, Value, class_id, inline, noinline, u8, u32, u64, unreachable
from guest.compiler.raw import memory_fill, pointer_at, store_u64
from guest.heap import old, pacing, recording, statistics
from guest.heap.collect import collect_young as promote_live
from guest.heap.compact import compact
from guest.heap.cycle import begin_cycle, is_resting, step, stop_the_world, take_swept, waits_for_nursery
from guest.heap.header import (
    HEADER_SIZE,
    PINNED,
    set_state,
    write_header,
)
from guest.heap.layout import (
    ALIGNMENT,
    KIB,
    LARGE_OBJECT,
    LARGEST_OBJECT,
    NURSERY_END,
    NURSERY_SIZE,
    NURSERY_START,
    POISON,
)
from guest.heap.old import add_free, limit_end
from guest.heap.pacing import add_debt, cycle_is_due, next_step, slice_step, too_full
from guest.heap.recording import expect, settle
from guest.heap.statistics import count_allocated, count_born_old
from guest.heap.verify import verify_heap, verify_often
from guest.meter.errors import Kind, stop_with

# The nursery: used from `origin` to `bump`, free to NURSERY_END. `limit` is NURSERY_END, or while a cycle runs the end of a
# slice, at which a piece of its work is done; or 0 under stress and while sites are recorded.
origin: u32 = NURSERY_START
bump: u32 = NURSERY_START
limit: u32 = NURSERY_END
# Not zero: `end_nursery` has been called since the nursery was last empty.
is_ended: u32 = 0

SLICES = 32
SLICE = NURSERY_SIZE // SLICES

# The largest object in the nursery, if it is larger than SMALL_OBJECT: bounds what promotion may waste.
largest: u32 = 0
SMALL_OBJECT = 1 * KIB

# A `Stress`. The host sets it, and `limit` to 0, before an evaluation.
gc_stress: u32 = 0
# Under stress, when not zero: counts down, and the allocation that makes it zero runs out of memory.
gc_fail_after: u32 = 0


class Stress(IntEnum):
    """What happens at every allocation."""

    NONE = 0
    COLLECT = 1
    COUNT = 2  # nothing but the count of `gc_fail_after`: to try every allocation of a program in little time


# Under stress, every so many collections one stops the world; fewer when more is in the old space than they are worth.
STRESS_FULL_PERIOD = 64
STRESS_SHARE = 16 * KIB  # bytes of old space that one collection is worth
STRESS_STEP = 2048  # bytes of a cycle's work at each of the others
STRESS_SHIFT_STEP = 24
STRESS_SHIFTS = 128
stress_count: u32 = 0
# Bytes that the collections since the world was stopped are worth.
stress_credit: u32 = 0

# memory.fill leaves the compiled code; up to so many bytes a loop is faster.
SHORT_FILL = 256


@noinline
def allocate_slow(size: u32) -> u32:
    """`size` bytes in the nursery, at the end of a slice or after collecting it. They are not cleared."""
    global bump, limit
    if recording.active != 0:
        return allocate_recorded(size)
    if gc_stress != Stress.NONE:
        stress()
    if NURSERY_END - bump < size or is_ended != 0:
        finish_nursery()
    elif gc_stress == Stress.NONE:
        end_slice()
        limit = min(max(limit + SLICE, bump + size), u32(NURSERY_END))
    at = bump
    bump = at + size
    return at


@noinline
def allocate_recorded(size: u32) -> u32:
    """The same while sites are recorded: every allocation comes here, `limit` stays 0, and `recording.limit` is its worth."""
    global bump
    settle()
    if gc_stress != Stress.NONE:
        stress()
    if NURSERY_END - bump < size or is_ended != 0:
        finish_nursery()
    elif gc_stress == Stress.NONE and bump + size > recording.limit:
        end_slice()
        recording.limit = min(max(recording.limit + SLICE, bump + size), u32(NURSERY_END))
    at = bump
    bump = at + size
    expect(at)
    return at


@noinline
def allocate_array(class_number: u32, length: u32, size: u32) -> u32:
    """An object with trailing elements: header written, all else zero.

    It is born old when it is large, so the compiler never omits the barrier for stores into one of these.
    """
    global bump, largest
    if size > LARGE_OBJECT:
        at = allocate_old(size)
    else:
        at = bump
        if at + size > limit:
            at = allocate_slow(size)
        else:
            bump = at + size
        if size > SMALL_OBJECT:
            largest = max(largest, size)
        clear(at, size)
    write_header(at, class_number, length)
    return at


@inline
def clear(at: u32, size: u32) -> None:
    """Zero `size` bytes, a multiple of eight."""
    if size > SHORT_FILL:
        memory_fill(at, 0, size)
    else:
        end = at + size
        word = at
        while word + 32 <= end:
            store_u64(word, 0)
            store_u64(word, 0, 8)
            store_u64(word, 0, 16)
            store_u64(word, 0, 24)
            word += 32
        while word < end:
            store_u64(word, 0)
            word += 8


def allocate_old(size: u32) -> u32:
    """`size` zero bytes in the old space, for ever; collects when it is due, or when there is no room."""
    if size > LARGEST_OBJECT:
        stop_with(Kind.MEMORY)
    settle()
    if gc_stress != Stress.NONE:
        stress()
    make_way(size)
    at = take_swept(size, poisons())
    if at == 0:
        collect_full()
        at = take_swept(size, poisons())
        if at == 0 and pacing.room() >= size:
            compact(origin, bump)
            at = take_swept(size, poisons())
        if at == 0:
            stop_with(Kind.MEMORY)
        if too_full():
            add_free(at, size)
            stop_with(Kind.MEMORY)
    add_debt(size)
    count_born_old(size)
    memory_fill(at, 0, size)
    if recording.active != 0:
        expect(at)
    return at


@inline
def poisons() -> bool:
    """Whether what is freed is overwritten."""
    return DEBUG or gc_stress != Stress.NONE


def make_way(size: u32) -> None:
    """Before `size` bytes are born old: do the work that they owe, and let a cycle begin or go on to sweep if it can."""
    if is_resting():
        if cycle_is_due(size):
            collect_young()
            if is_resting():
                begin_cycle()
    elif waits_for_nursery():
        collect_young()
    if not is_resting():
        step(next_step(1), poisons())


def end_slice() -> None:
    """Do this slice's part of the work that is due: all of it by the end of the nursery, if its steps are small."""
    step(slice_step(slices_left()), poisons())


def slices_left() -> u32:
    """How often a slice will end before the nursery does, this time included."""
    return max((NURSERY_END - bump) // SLICE, 1)


def allocate_pinned(class_number: u32, length: u32, element_size: u32) -> u32:
    """An array that is born old, so that raw addresses into it stay valid while it is alive."""
    size = u64(length) * u64(element_size) + (HEADER_SIZE + ALIGNMENT - 1) & ~u64(ALIGNMENT - 1)
    ensure_fits(size)
    at = allocate_old(u32(size))
    write_header(at, class_number, length)
    set_state(at, PINNED)
    return at


def old_array_u8(length: u32) -> Array[u8]:
    """A zeroed byte array that does not move."""
    return pointer_at(Array[u8], allocate_pinned(class_id(Array[u8]), length, 1))


def old_array_u32(length: u32) -> Array[u32]:
    """A zeroed array of words that does not move."""
    return pointer_at(Array[u32], allocate_pinned(class_id(Array[u32]), length, 4))


def old_array_value(length: u32) -> Array[Value]:
    """An array of UNDEFINED that does not move."""
    return pointer_at(Array[Value], allocate_pinned(class_id(Array[Value]), length, 8))


def ensure_fits(size: u64) -> None:
    """Refuse at once what the memory limit can never hold, before anything is allocated or collected."""
    if size > u64(limit_end() - min(limit_end(), old.tail_start)):
        stop_with(Kind.MEMORY)


def end_nursery() -> None:
    """Let the next allocation collect the nursery, whatever room it has: much of the old space refers to it."""
    global limit, is_ended
    limit = 0
    is_ended = 1


def finish_nursery() -> None:
    """Collect the nursery: it is full, or counts as full. Then its last slice was cut short, and has yet to do its part."""
    if is_ended != 0:
        step(max(slice_step(slices_left()), next_step(slices_left())), poisons())
    collect_young()


@noinline
def collect_young() -> None:
    """Empty the nursery: promote what is alive."""
    settle()
    promote_live(origin, bump, max(largest, SMALL_OBJECT), poisons())
    retire_nursery()
    if DEBUG:
        check_heap()


@noinline
def collect_full() -> None:
    """Free what is dead in the old space. Nothing moves."""
    settle()
    stop_the_world(origin, bump, poisons())
    if DEBUG:
        check_heap()


@noinline
def compact_old() -> None:
    """Move what is alive in the old space together."""
    collect_full()
    compact(origin, bump)
    if DEBUG:
        check_heap()


@noinline
def step_cycle(budget: u32) -> None:
    """Begin a cycle of the old space, or do a piece of its work whether it is due or not."""
    if is_resting():
        collect_young()
        if is_resting():
            begin_cycle()
    else:
        if waits_for_nursery():
            collect_young()
        step(budget, poisons())
    if DEBUG:
        check_heap()


@noinline
def check_heap() -> None:
    """Trap if the heap is broken: in the debug guest, after every collection."""
    wrong = verify_heap(origin, bump) if gc_stress == Stress.NONE else verify_often(origin, bump)
    if wrong != 0:
        unreachable()


def retire_nursery() -> None:
    """Nothing in the nursery is needed any more: begin again at its start."""
    global origin, bump, limit, is_ended, largest, stress_count
    settle()
    count_allocated(bump - origin)
    if DEBUG or gc_stress != Stress.NONE:
        memory_fill(origin, POISON, bump - origin)
    if gc_stress == Stress.NONE:
        origin = u32(NURSERY_START)
        limit = u32(NURSERY_END) if is_resting() else NURSERY_START + SLICE
        if recording.active != 0:
            record_slowly()
    else:
        stress_count += 1
        origin = NURSERY_START + stress_count % STRESS_SHIFTS * STRESS_SHIFT_STEP
        limit = 0
    bump = origin
    is_ended = 0
    largest = 0


def record_slowly() -> None:
    """While sites are recorded: keep `limit` for the recorder, and send every allocation to it."""
    global limit
    recording.limit = limit
    limit = 0


def begin_recording() -> None:
    """Record allocation sites from here on; or stop: out of memory. Only between evaluations."""
    if recording.active == 0:
        rows = old_array_u32(recording.TABLE_WORDS)
        recording.begin(rows, allocated_bytes())
        record_slowly()


def allocated_bytes() -> u64:
    """Bytes allocated since the isolate began."""
    return statistics.allocated_bytes + u64(bump - origin)


def forget_statistics() -> None:
    """Begin to count anew, between evaluations. A recording goes on."""
    recording.before -= statistics.allocated_bytes
    statistics.forget()


def count_live() -> None:
    """Free what is dead, and let the recording count what is not."""
    collect_full()
    recording.count_live(origin, bump)


@noinline
def stress() -> None:
    """Fail if the test wants this allocation to fail; collect although there is no need."""
    global gc_fail_after, stress_credit
    if gc_fail_after != 0:
        gc_fail_after -= 1
        if gc_fail_after == 0:
            stop_with(Kind.MEMORY)
    if gc_stress == Stress.COLLECT:
        collect_young()
        stress_credit += STRESS_SHARE
        if stress_count % STRESS_FULL_PERIOD == 0 and stress_credit >= old.tail_top - old.tail_start:
            stress_credit = 0
            collect_full()
        else:
            step_cycle(u32(STRESS_STEP))
