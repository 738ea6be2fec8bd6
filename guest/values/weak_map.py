"""Weak-key maps: lookup by identity, in insertion order, with entries and index laid out as those of a dict.

The hash of a key is made of the number that it got when it first became one (`guest/heap/identity.py`), so objects may move,
nothing is ever hashed again but when the map grows, and probes are charged as a dict's. The collector alone removes
entries whose keys have gone, between evaluations (`guest/heap/weak.py`); it leaves deleted entries, as `weak_map_pop` does.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Text, Value, i32, noinline, u32, u64
from guest.heap.identity import give_number, number_of
from guest.heap.state import is_frozen
from guest.heap.value import pointer_of
from guest.heap.weak import WeakMap, new_weak_map
from guest.meter.costs import FREE_PROBES, PROBE
from guest.meter.fuel import charge
from guest.values.charges import VALUE_BYTES, charge_items, charge_product
from guest.values.dict import MAX_UNINDEXED, MIN_CAPACITY, scan_for_pointer
from guest.values.dict_index import add_to_index, first_slot, last_slot, may_match, new_index
from guest.values.failure import say, say_method, stop
from guest.values.hash import mix
from guest.values.identity import object_of


def weak_map_new() -> WeakMap:
    """An empty map."""
    return new_weak_map(MIN_CAPACITY)


def check_mutable(map: WeakMap, verb: Text, method: Text = "") -> None:
    """Refuse to change a map that is frozen. `verb` as in "insert into", of the method if one does."""
    if is_frozen(map):
        say_method(method)
        say("cannot ")
        say(verb)
        say(" frozen weakmap (globals of a loaded file cannot change)")
        stop()


@noinline
def weak_map_find(map: WeakMap, key: Value) -> i32:
    """The position of a key, or -1; an error if it has no identity."""
    number = number_of(object_of(key, "weakmap key"))
    if number == 0:
        return -1
    index = map.index
    if index is None:
        return scan_for_pointer(map.entries, map.used, key)
    return find_number(index, map.entries, key, mix(u64(number)))


def find_number(index: Array[u32], entries: Array[Value], key: Value, hash: u32) -> i32:
    """The position of a key that has a number, or -1. Probes beyond the free ones are charged."""
    mask = last_slot(index)
    at = first_slot(index, hash, mask)
    probes: u32 = 0
    while True:
        slot = index[at]
        if slot == 0:
            return -1
        if may_match(slot, hash, mask) and entries[2 * ((slot & mask) - 1)] == key:
            return i32((slot & mask) - 1)
        at = (at + 1) & mask
        probes += 1
        if probes > FREE_PROBES:
            charge(PROBE)


def weak_map_get(map: WeakMap, key: Value) -> Value:
    """The value of a key; UNDEFINED if it is missing."""
    position = weak_map_find(map, key)
    return UNDEFINED if position < 0 else map.entries[2 * u32(position) + 1]


def weak_map_put(map: WeakMap, key: Value, value: Value) -> None:
    """`map[key] = value`: an error if the map is frozen or the key has no identity."""
    check_mutable(map, "insert into")
    position = weak_map_find(map, key)
    if position >= 0:
        map.entries[2 * u32(position) + 1] = value
    else:
        weak_map_add(map, key, value)


def weak_map_add(map: WeakMap, key: Value, value: Value) -> None:
    """Add an entry whose key is missing; the caller has checked that the map is mutable. It is paid for before it is made."""
    hash = mix(u64(give_number(object_of(key, "weakmap key"))))
    target = map
    if 2 * map.used == len(map.entries):
        target = larger_copy(map)
    at = target.used
    index = target.index
    entries = target.entries
    if index is not None:
        add_to_index(index, entries, hash, at)
    entries[2 * at] = key
    entries[2 * at + 1] = value
    map.entries = entries
    map.index = index
    map.used = at + 1
    map.count = target.count + 1
    if target is not map:
        # Garbage now, whose arrays are the map's: it must not seem to have entries when the heap is walked.
        target.used = 0
        target.count = 0


def larger_copy(map: WeakMap) -> WeakMap:
    """A map with the live entries of a full one and room for more: twice as many positions, unless many were deleted."""
    full = len(map.entries) // 2
    capacity = full if map.count < full - full // 4 else 2 * full
    # Entries, and two to four index slots of half their words for each.
    charge_product(u64(capacity), 4 * VALUE_BYTES)
    charge_items(map.used)
    larger = new_weak_map(capacity)
    index = new_index(capacity) if capacity > MAX_UNINDEXED else None
    entries = larger.entries
    used: u32 = 0
    for i in range(map.used):
        key = map.entries[2 * i]
        if key != UNDEFINED:
            if index is not None:
                add_to_index(index, entries, mix(u64(number_of(pointer_of(key)))), used)
            entries[2 * used] = key
            entries[2 * used + 1] = map.entries[2 * i + 1]
            used += 1
    larger.index = index
    larger.count = used
    larger.used = used
    return larger


def weak_map_pop(map: WeakMap, key: Value) -> Value:
    """Remove an entry and return its value; UNDEFINED if there is none. The caller has checked that the map is mutable."""
    position = weak_map_find(map, key)
    if position < 0:
        return UNDEFINED
    entries = map.entries
    removed = entries[2 * u32(position) + 1]
    entries[2 * u32(position)] = UNDEFINED
    entries[2 * u32(position) + 1] = UNDEFINED
    map.count -= 1
    return removed


def weak_map_clear(map: WeakMap) -> None:
    """Remove all entries; the caller has checked that the map is mutable."""
    map.entries = Array[Value](2 * MIN_CAPACITY)
    map.index = None
    map.count = 0
    map.used = 0
