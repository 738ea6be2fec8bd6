"""Weak references and weak-key maps: objects that refer to others without keeping them alive.

When a target or a key goes is never left to the collector's timing, which no rule may see: while an evaluation runs, both
trace what they refer to like any other object, and only a *clearing* collection, between evaluations, lets go of what
nothing else keeps. The marker hands the weak objects that such a collection reaches to `hold_back` instead of visiting
them; `clearing.py` goes through them when everything else has been marked.
"""

from __future__ import annotations

from guest.compiler.language import Array, Object, Value, class_id, noinline, u32
from guest.compiler.raw import address, load_u32, pointer_at, store_u64
from guest.heap.ephemerons import ENTRY_SIZE, is_dead, release, stop_waiting
from guest.heap.finalizers import Finalizer
from guest.heap.header import HEADER_SIZE, MARKED, PERMANENT, class_at, set_state, state_at
from guest.heap.state import address_of
from guest.heap.value import NONE, is_pointer, pointer_of

# A list of weak objects that a clearing collection has reached ends with this; 0 is an object not in it.
LAST = 1


class WeakReference(Object):
    """Refers to `target` until that is None; `next_reached` is the collector's own list."""

    target: Value
    next_reached: u32


class WeakMap(Object):
    """A mapping by identity, with entries and index as a `Dict` has them (`guest/values/weak_map.py`).

    Its entries are ephemerons: a value is kept alive by the map and the key together. The arrays belong to the map alone.
    """

    next_reached: u32
    count: u32
    used: u32
    entries: Array[Value]
    index: Array[u32] | None


# Not zero if there may be a weak object that is not permanent: then the end of each evaluation of a session clears.
any_mortal: u32 = 0
# Not zero while a collection runs that clears.
clearing: u32 = 0
# The addresses of the last weak objects that it has reached: references; maps whose entries have not been looked at; and
# those whose entries have been.
reached_references: u32 = LAST
reached_maps: u32 = LAST
seen_maps: u32 = LAST


def new_weak_reference(target: Value) -> WeakReference:
    """A weak reference to a value that is an object."""
    global any_mortal
    any_mortal = 1
    return WeakReference(target=target, next_reached=0)


def new_weak_map(capacity: u32) -> WeakMap:
    """An empty map with room for `capacity` entries."""
    global any_mortal
    any_mortal = 1
    entries = Array[Value](2 * capacity)
    return WeakMap(next_reached=0, count=0, used=0, entries=entries, index=None)


def begin_clearing() -> None:
    """The next full collection clears: nothing is running, and the nursery is empty."""
    global clearing, reached_references, reached_maps, seen_maps
    clearing = 1
    reached_references = LAST
    reached_maps = LAST
    seen_maps = LAST


@noinline
def hold_back(at: u32) -> bool:
    """In a clearing collection, whether an object that is to be visited must not be. A walk after an overflow of the mark
    stack may meet it again. A key's entries are released."""
    global reached_references, reached_maps
    kind = class_at(at)
    if kind == class_id(WeakReference):
        reference = pointer_at(WeakReference, at)
        if reference.next_reached == 0:
            reference.next_reached = reached_references
            reached_references = at
        return True
    if kind == class_id(WeakMap):
        map = pointer_at(WeakMap, at)
        if map.next_reached == 0:
            map.next_reached = reached_maps
            reached_maps = at
        return True
    if kind == class_id(Finalizer):
        return pointer_at(Finalizer, at).finalizable == 0
    release(at)
    return False


def take_reached_map() -> u32:
    """The address of a map whose entries have not been looked at, which are now to be; 0 if there is none."""
    global reached_maps, seen_maps
    at = reached_maps
    if at == LAST:
        return 0
    map = pointer_at(WeakMap, at)
    reached_maps = map.next_reached
    map.next_reached = seen_maps
    seen_maps = at
    return at


def clear_references() -> None:
    """After marking: clear the weak references whose target has not been reached."""
    global any_mortal, reached_references
    any_mortal = u32(reached_references != LAST or seen_maps != LAST)
    while reached_references != LAST:
        reference = pointer_at(WeakReference, reached_references)
        reached_references = reference.next_reached
        reference.next_reached = 0
        if is_pointer(reference.target) and is_dead(address_of(pointer_of(reference.target))):
            reference.target = NONE


def clear_maps() -> None:
    """After marking: remove the entries whose key has not been reached, and mark the maps' arrays."""
    global seen_maps
    while seen_maps != LAST:
        map = pointer_at(WeakMap, seen_maps)
        seen_maps = map.next_reached
        map.next_reached = 0
        clear_map(map)
        keep(address(map.entries))
        index = map.index
        if index is not None:
            keep(address(index))


def clear_map(map: WeakMap) -> None:
    """Remove the entries of a map whose key has not been reached."""
    entry = address(map.entries) + HEADER_SIZE
    end = entry + map.used * ENTRY_SIZE
    while entry < end:
        key = load_u32(entry)
        if key != 0 and is_dead(key):
            stop_waiting(key)
            store_u64(entry, 0)
            store_u64(entry, 0, ENTRY_SIZE // 2)
            map.count -= 1
        entry += ENTRY_SIZE


def keep(at: u32) -> None:
    """Mark an array all of whose references have been reached or are permanent."""
    if state_at(at) & PERMANENT == 0:
        set_state(at, state_at(at) | MARKED)


def end_clearing() -> None:
    """What is reached from here on is reached through weak objects too."""
    global clearing
    clearing = 0
