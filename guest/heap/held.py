"""Held objects: each has one handle, by which the host knows it again.

`handles.py` makes a new handle whenever it is asked; here an object that has one keeps it, so that two answers that are the
same object are the same handle. All handles of a scope (`guest/machine/operations.py`) are made and dropped here.
"""

from __future__ import annotations

from guest.compiler.language import Object, Value, need, noinline, u32, u64
from guest.heap import handles
from guest.heap.handles import MOST_HANDLES, SLOT_BITS, drop_handle, is_open, new_handle
from guest.heap.object_index import (
    NOT_FOUND,
    ObjectIndex,
    add_object,
    find_object,
    index_new,
    make_room,
    remove_object,
)

index: ObjectIndex | None = None


@noinline
def hold(o: Object) -> u64:
    """The handle of an object: the one that it has, or a new one. Ends in a memory failure if there is no room for it."""
    known = handles.table
    if known is None or index is None:
        return hold_new(o)
    position = find_object(need(index), known.values, o)
    if position == NOT_FOUND:
        return hold_new(o)
    return known.generations[position] << SLOT_BITS | u64(position)


def hold_new(o: Object) -> u64:
    """A new handle of an object that has none."""
    global index
    if index is None:
        index = index_new()
    known = handles.table
    if known is not None:
        make_room(need(index), known.values)
    handle = new_handle(Value(o))
    add_object(need(index), need(handles.table).values, slot_of(handle))
    return handle


def let_go(handle: u64) -> bool:
    """Drop a handle; False if it is not open."""
    if not is_open(handle):
        return False
    remove_object(need(index), need(handles.table).values, slot_of(handle))
    return drop_handle(handle)


def slot_of(handle: u64) -> u32:
    """The slot of the table that a handle names."""
    return u32(handle) & (MOST_HANDLES - 1)
