"""`List`: a growable sequence of values, with the locks that refuse mutation while it is iterated over.

Relies on the heap for its array. The operators and methods of lists, and the interpreter's list displays, rely on it.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Object,
    Text,
    Value,
    copy_items,
    inline,
    noinline,
    u32,
    u64,
)
from guest.heap.state import is_frozen
from guest.values.charges import VALUE_BYTES, charge_items, charge_product
from guest.values.failure import say, say_method, stop

MIN_GROWTH = 4  # elements


class List(Object):
    """`count` elements at the start of `items`; `locks` iterations are under way."""

    identity: u32
    count: u32
    locks: u32
    items: Array[Value]


def list_new(capacity: u32) -> List:
    """An empty list with room for `capacity` elements."""
    charge_items(capacity)
    return List(identity=0, count=0, locks=0, items=Array[Value](capacity))


def list_of(items: Array[Value]) -> List:
    """The list that owns these elements, all of them."""
    return List(identity=0, count=len(items), locks=0, items=items)


@inline
def check_mutable(list: List, verb: Text, method: Text = "") -> None:
    """Refuse to change a frozen list, or one that is being iterated over. `verb` as in "append to", of the method if one does."""
    if is_frozen(list) or list.locks != 0:
        refuse_change(list, verb, method)


@noinline
def refuse_change(list: List, verb: Text, method: Text) -> None:
    """End with the error of a change to a frozen or locked list."""
    say_method(method)
    say("cannot ")
    say(verb)
    if is_frozen(list):
        say(" frozen list (events, and globals of a loaded file, cannot change: copy it with list(x))")
    else:
        say(" list during iteration (iterate over a copy: list(x))")
    stop()


@inline
def list_append(list: List, value: Value) -> None:
    """Add an element at the end; the caller has checked that the list is mutable."""
    count = list.count
    if count == len(list.items):
        grow(list, 1)
    list.items[count] = value
    list.count = count + 1


@noinline
def grow(list: List, more: u32) -> None:
    """Make room for `more` elements, at least doubling, so that appending is linear in the end."""
    count = list.count
    capacity = grown_capacity(list, more)
    charge_product(capacity, VALUE_BYTES)
    items = Array[Value](u32(capacity))
    copy_items(items, 0, list.items, 0, count)
    list.items = items


def grown_capacity(list: List, more: u32) -> u64:
    """The elements for which there is to be room."""
    needed = u64(list.count) + u64(more)
    return max(max(needed, u64(len(list.items)) * 2), u64(MIN_GROWTH))


def append_to_both(list: List, other: List, value: Value, other_value: Value) -> None:
    """Append to two lists that have grown together so far, of the same count and capacity: all is paid before either changes."""
    count = list.count
    assert other.count == count and len(other.items) == len(list.items)
    if count == len(list.items):
        capacity = grown_capacity(list, 1)
        charge_product(2 * capacity, VALUE_BYTES)
        items = Array[Value](u32(capacity))
        other_items = Array[Value](u32(capacity))
        copy_items(items, 0, list.items, 0, count)
        copy_items(other_items, 0, other.items, 0, count)
        list.items = items
        other.items = other_items
    list_append(list, value)
    list_append(other, other_value)


def reserve(list: List, more: u32) -> None:
    """Make room for `more` elements beyond the count."""
    if u64(list.count) + u64(more) > u64(len(list.items)):
        grow(list, more)


def list_insert(list: List, index: u32, value: Value) -> None:
    """Insert before `index`, at most the count."""
    charge_items(list.count - index)
    reserve(list, 1)
    count = list.count
    copy_items(list.items, index + 1, list.items, index, count - index)
    list.items[index] = value
    list.count = count + 1


def list_remove_at(list: List, index: u32) -> Value:
    """Remove and return the element at an index below the count."""
    from_end = list.count - index
    charge_items(from_end)
    items = list.items
    removed = items[index]
    copy_items(items, index, items, index + 1, from_end - 1)
    count = list.count - 1
    forget_items(items, count, count + 1)
    list.count = count
    return removed


def list_replace(list: List, start: u32, end: u32, source: List) -> None:
    """Put the elements of a list, perhaps the same, in the place of those from `start` to `end`, at most the count."""
    rest = list.count - end
    more = source.count
    charge_items(rest + more)
    items = source.items
    if source is list:
        items = Array[Value](more)
        copy_items(items, 0, list.items, 0, more)
    if more > end - start:
        reserve(list, more - (end - start))
    count = list.count
    changed = start + more + rest
    copy_items(list.items, start + more, list.items, end, rest)
    copy_items(list.items, start, items, 0, more)
    if changed < count:
        forget_items(list.items, changed, count)
    list.count = changed


def list_clear(list: List) -> None:
    """Remove all elements."""
    list.items = Array[Value](0)
    list.count = 0


def forget_items(items: Array[Value], start: u32, end: u32) -> None:
    """Overwrite elements that are no longer part of a list, so that they can be collected."""
    for i in range(start, end):
        items[i] = UNDEFINED


def list_extend_list(target: List, source: List) -> None:
    """Add the elements of a list, which may be `target` itself."""
    more = source.count
    charge_items(more)
    reserve(target, more)
    count = target.count
    copy_items(target.items, count, source.items, 0, more)
    target.count = count + more
