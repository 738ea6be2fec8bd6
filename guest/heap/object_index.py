"""Object indexes: from an object to its position in an array, by address.

Objects move, so an index is right only until the next collection: it notes how many there have been, and is made anew from
the array when it is asked after another one. That costs the length of the array for a nursery full of allocation at the
least. A young collection may move everything, so nothing cheaper is kept. Handles and conversions rely on this.

    slots    the position of an object plus one, 0 where there is none; linear probing from the hash of the address
"""

from __future__ import annotations

from guest.compiler.language import Array, Object, Value, inline, u32
from guest.compiler.raw import address
from guest.heap import statistics
from guest.heap.layout import ALIGNMENT
from guest.heap.value import is_pointer, pointer_of

NOT_FOUND = 0xFFFF_FFFF
FIRST_SLOTS = 64  # a power of two
LEAST_SLOTS = 2  # slots for each object: half of them stay empty
HASH_MULTIPLIER = 0x9E37_79B9  # the golden ratio: spreads addresses that lie side by side
HASH_SHIFT = 15


class ObjectIndex(Object):
    """`count` objects are in the slots; `collections` is what the statistics said when they were filled."""

    slots: Array[u32]
    count: u32
    collections: u32


def index_new() -> ObjectIndex:
    """An empty index."""
    return ObjectIndex(slots=Array[u32](FIRST_SLOTS), count=0, collections=statistics.collections)


@inline
def home_of(o: Object, mask: u32) -> u32:
    """The slot from which an object is looked for."""
    hash = address(o) // ALIGNMENT * HASH_MULTIPLIER
    return (hash ^ hash >> HASH_SHIFT) & mask


def find_object(index: ObjectIndex, objects: Array[Value], o: Object) -> u32:
    """The position of an object in the array of the index, or NOT_FOUND."""
    if index.collections != statistics.collections:
        fill_index(index, objects)
    slots = index.slots
    mask = len(slots) - 1
    at = home_of(o, mask)
    while slots[at] != 0:
        if objects[slots[at] - 1] == Value(o):
            return slots[at] - 1
        at = (at + 1) & mask
    return NOT_FOUND


def make_room(index: ObjectIndex, objects: Array[Value]) -> None:
    """Make room for one more object; ends in a memory failure before anything changes."""
    size = len(index.slots)
    if (index.count + 1) * LEAST_SLOTS > size:
        larger = Array[u32](2 * size)
        index.slots = larger
        fill_index(index, objects)


def add_object(index: ObjectIndex, objects: Array[Value], position: u32) -> None:
    """Enter the object at a position, which is not in the index. There is room for it."""
    if index.collections != statistics.collections:
        fill_index(index, objects)
    else:
        enter(index, objects, position)


def fill_index(index: ObjectIndex, objects: Array[Value]) -> None:
    """Enter all objects of the array anew; what is no object is passed over."""
    slots = index.slots
    for at in range(len(slots)):
        slots[at] = 0
    index.count = 0
    index.collections = statistics.collections
    for position in range(len(objects)):
        if is_pointer(objects[position]):
            enter(index, objects, position)


@inline
def enter(index: ObjectIndex, objects: Array[Value], position: u32) -> None:
    """Put a position into the first empty slot."""
    slots = index.slots
    mask = len(slots) - 1
    at = home_of(pointer_of(objects[position]), mask)
    while slots[at] != 0:
        at = (at + 1) & mask
    slots[at] = position + 1
    index.count += 1


def remove_object(index: ObjectIndex, objects: Array[Value], position: u32) -> None:
    """Remove the object at a position, before it leaves the array."""
    if index.collections != statistics.collections:
        # The next question fills the index anew.
        return
    slots = index.slots
    mask = len(slots) - 1
    hole = home_of(pointer_of(objects[position]), mask)
    while slots[hole] != position + 1:
        hole = (hole + 1) & mask
    # Close the hole: whatever is reached over it moves into it.
    at = (hole + 1) & mask
    while slots[at] != 0:
        home = home_of(pointer_of(objects[slots[at] - 1]), mask)
        if (at - home) & mask >= (at - hole) & mask:
            slots[hole] = slots[at]
            hole = at
        at = (at + 1) & mask
    slots[hole] = 0
    index.count -= 1
