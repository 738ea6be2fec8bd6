"""The end of a clearing collection: ephemerons, then weak objects, then finalizers.

A collection between evaluations has marked everything that is reached without passing through a weak object. Then

1. entries of weak-key maps whose keys are alive keep their values, until none does any more (`ephemerons.py`);
2. weak references to what has not been reached are cleared, and entries with such keys removed;
3. registered objects that have not been reached become finalizable, and they and all that they refer to are marked: the
   host has yet to take them (`finalizers.py`). From here on weak objects are visited like any other.

So a weak reference never leads to an object whose finalizer has been queued, and a finalizable object is whole.
"""

from __future__ import annotations

from guest.compiler.language import u32
from guest.compiler.raw import address, load_u32, pointer_at
from guest.heap import finalizers
from guest.heap.ephemerons import ENTRY_SIZE, VALUE, is_dead, take_released, wait_for
from guest.heap.header import HEADER_SIZE
from guest.heap.mark import borrow_list, forget_marking, is_half_full, mark_rest, reach, reach_word
from guest.heap.weak import (
    WeakMap,
    clear_maps,
    clear_references,
    end_clearing,
    keep,
    take_reached_map,
)


def finish_clearing(nursery_top: u32) -> None:
    """After marking and before sweeping: let go of what only weak objects refer to. `nursery_top` as for marking."""
    borrow_list(nursery_top)
    keep_registrations()
    mark_ephemerons()
    clear_references()
    clear_maps()
    end_clearing()
    find_finalizable()
    forget_marking()


def mark_ephemerons() -> None:
    """Mark what is reached through weak-key maps."""
    while True:
        mark_rest()
        map = take_reached_map()
        if map != 0:
            look_at_entries(map)
            continue
        entry = take_released()
        if entry == 0:
            return
        reach_word(entry + VALUE)


def look_at_entries(at: u32) -> None:
    """Reach the values of a map whose keys are alive; the others wait for their keys."""
    map = pointer_at(WeakMap, at)
    entry = address(map.entries) + HEADER_SIZE
    end = entry + map.used * ENTRY_SIZE
    while entry < end:
        key = load_u32(entry)
        if key != 0:
            if is_dead(key):
                wait_for(key, entry)
            else:
                reach_word(entry + VALUE)
                if is_half_full():
                    mark_rest()
        entry += ENTRY_SIZE


def keep_registrations() -> None:
    """The registrations are alive, which says nothing of most of their objects."""
    entry = finalizers.first_registered
    while entry is not None:
        keep(address(entry))
        if entry.finalizable != 0:
            reach(address(entry.object))
        entry = entry.next


def find_finalizable() -> None:
    """Find the registered objects that are dead, and mark on from them."""
    entry = finalizers.first_registered
    while entry is not None:
        if is_dead(address(entry.object)) and entry.finalizable == 0:
            entry.finalizable = 1
            finalizers.found = 1
        entry = entry.next
    entry = finalizers.first_registered
    while entry is not None:
        if entry.finalizable != 0:
            reach(address(entry.object))
            if is_half_full():
                mark_rest()
        entry = entry.next
    mark_rest()
