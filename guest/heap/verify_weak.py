"""What the heap walker checks of weak objects, besides what it checks of every object.

Between collections no entry waits at a key and no weak object is in a list of the collector; a weak map counts its entries,
and its keys have numbers.
"""

from __future__ import annotations

from guest.compiler.language import class_id, u32
from guest.compiler.raw import address, load_u32, load_u64, pointer_at
from guest.heap.ephemerons import ENTRY_SIZE, VALUE
from guest.heap.header import HEADER_SIZE, PERMANENT, class_at, state_at
from guest.heap.identity import NUMBER_SHIFT, WAITED_FOR, identity_offset
from guest.heap.weak import WeakMap, WeakReference


def is_sound(at: u32) -> bool:
    """Whether an object is as the parts of the collector for weak objects leave it."""
    kind = class_at(at)
    if kind == class_id(WeakReference):
        return pointer_at(WeakReference, at).next_reached == 0
    if kind == class_id(WeakMap):
        return is_sound_map(pointer_at(WeakMap, at))
    offset = identity_offset(at)
    return offset == 0 or load_u32(at + offset) & WAITED_FOR == 0


def is_sound_map(map: WeakMap) -> bool:
    """Whether a map has `count` entries among the first `used`, with numbered keys, and none behind them.

    The arrays of a map that has used nothing may be another's already: that of the copy by which a map grew.
    """
    if map.next_reached != 0 or map.used > len(map.entries) // 2:
        return False
    if map.used == 0:
        return map.count == 0
    found = u32(0)
    entry = address(map.entries) + HEADER_SIZE
    for position in range(len(map.entries) // 2):
        key = load_u64(entry)
        if key == 0:
            if load_u64(entry, VALUE) != 0:
                return False
        elif position >= map.used or not is_numbered(load_u32(entry)):
            return False
        else:
            found += 1
        entry += ENTRY_SIZE
    return found == map.count


def is_numbered(key: u32) -> bool:
    """Whether an object has been made a key. A permanent one has given its number back when the evaluation is over, before
    the collection that frees the map."""
    offset = identity_offset(key)
    return offset != 0 and (state_at(key) & PERMANENT != 0 or load_u32(key + offset) >> NUMBER_SHIFT != 0)
