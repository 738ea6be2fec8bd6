"""A census: all objects of a class that are alive, for who must look at every one of them.

Relies on a full collection, after which the old space holds what is alive and nothing else. `machine/late_names.py` uses it,
between the chunks of a conversation.
"""

from __future__ import annotations

from guest.compiler.language import Array, Object, Value, u32
from guest.compiler.raw import pointer_at
from guest.heap import old
from guest.heap.allocate import collect_full, collect_young, old_array_value
from guest.heap.header import class_at, size_at
from guest.heap.layout import OLD_START


def objects_of(class_number: u32) -> Array[Value]:
    """All objects of a class, those of the image included; behind them the array is undefined."""
    collect_young()
    collect_full()
    # Making the array may free some more objects, but makes none of this class.
    found = old_array_value(count_of(class_number))
    count: u32 = 0
    at: u32 = OLD_START
    while at < old.tail_top:
        if class_at(at) == class_number:
            found[count] = Value(pointer_at(Object, at))
            count += 1
        at += size_at(at)
    return found


def count_of(class_number: u32) -> u32:
    """How many objects of a class the old space holds."""
    count: u32 = 0
    at: u32 = OLD_START
    while at < old.tail_top:
        if class_at(at) == class_number:
            count += 1
        at += size_at(at)
    return count
