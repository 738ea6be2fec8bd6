"""A test guest: weak maps whose entries form chains and cycles, and many handles."""

from __future__ import annotations

from guest.compiler.language import Array, Object, Value, cast, copy_items, export, i64, need, u32, u64
from guest.heap import allocate
from guest.heap.allocate import collect_full, collect_young
from guest.heap.finalizers import finalize_all, next_finalizable, register, take_finalizable
from guest.heap.handles import drop_handle, forget_handles, new_handle, value_of
from guest.heap.identity import give_number
from guest.heap.value import from_small
from guest.heap.verify import verify_heap
from guest.heap.weak import WeakMap, begin_clearing, new_weak_map


class Key(Object):
    """A key, with its place among the keys."""

    previous: Object | None
    place: u32
    identity: u32


map: WeakMap | None = None
keys: Array[Value] | None = None
handles: Array[u64] | None = None


@export
def make_map(count: u32, backwards: u32, ring: u32) -> None:
    """A map in which each of `count` keys has the next one as its value, entered from the last to the first or from
    the first to the last; the last has the first one, in a ring, or none. All keys are held by `keys`."""
    global map, keys
    keys = Array[Value](count)
    for place in range(count):
        key = Key(previous=None, place=place, identity=0)
        need(keys)[place] = Value(key)
    made = new_weak_map(count)
    for index in range(count):
        place = count - 1 - index if backwards != 0 else index
        held = need(keys)
        key = cast(Key, held[place])
        give_number(key)
        after = held[place + 1] if place + 1 < count else held[0] if ring != 0 else from_small(0)
        entries = made.entries
        entries[2 * index] = Value(key)
        entries[2 * index + 1] = after
        made.used = index + 1
        made.count = index + 1
    map = made


@export
def hold_key(place: u32) -> None:
    """Let go of all keys but one."""
    global keys
    kept = need(keys)[place]
    one = Array[Value](1)
    one[0] = kept
    keys = one


@export
def let_go() -> None:
    """Let go of all keys."""
    global keys
    keys = None


@export
def clear() -> u32:
    """Let go of what only weak objects refer to: how many entries are left."""
    collect_young()
    begin_clearing()
    collect_full()
    return need(map).count


@export
def follow() -> u32:
    """How many keys are passed from the one that is held to the end of a chain that was not entered backwards."""
    made = need(map)
    passed = u32(0)
    at = need(keys)[0]
    for position in range(made.used):
        if made.entries[2 * position] == at:
            at = made.entries[2 * position + 1]
            passed += 1
    return passed


@export
def register_keys() -> None:
    """Each key has a finalizer, whose number is its place."""
    for place in range(len(need(keys))):
        register(cast(Object, need(keys)[place]), place)


@export
def take_all() -> u32:
    """Take what is finalizable: how many there were; they must come in the order of their places."""
    taken = u32(0)
    entry = next_finalizable()
    while entry is not None:
        assert cast(Key, entry.object).place == entry.number
        assert take_finalizable() == taken
        taken += 1
        entry = next_finalizable()
    return taken


@export
def end() -> None:
    """Everything that is registered is finalizable."""
    finalize_all()


@export
def make_handles(count: u32) -> None:
    """Handles of as many young keys, besides those that there are."""
    global handles
    known = handles
    held = u32(0) if known is None else len(known)
    larger = Array[u64](held + count)
    if known is not None:
        copy_items(larger, 0, known, 0, held)
    handles = larger
    for index in range(count):
        made = new_handle(Value(Key(previous=None, place=held + index, identity=0)))
        need(handles)[held + index] = made


@export
def check_handles() -> u32:
    """How many handles hold their own keys."""
    right = u32(0)
    for index in range(len(need(handles))):
        value = value_of(need(handles)[index])
        if isinstance(value, Key) and cast(Key, value).place == index:
            right += 1
    return right


@export
def drop_every_second() -> u32:
    """Drop the first handle, the third, and so on: how many of them were open."""
    dropped = u32(0)
    for index in range(0, len(need(handles)), 2):
        if drop_handle(need(handles)[index]):
            dropped += 1
    return dropped


@export
def forget() -> None:
    """Drop all handles."""
    forget_handles()


@export
def create_and_drop(count: u32) -> None:
    """So many handles one after the other."""
    for index in range(count):
        assert drop_handle(new_handle(from_small(i64(index))))


@export
def young() -> None:
    """Collect the young space."""
    collect_young()


@export
def full() -> None:
    """Collect everything, weak objects kept."""
    collect_full()


@export
def verify() -> u32:
    """0, or the address of something wrong in the heap."""
    return verify_heap(allocate.origin, allocate.bump)
