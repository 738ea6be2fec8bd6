"""`Tuple`: an immutable sequence of values in one object.

Relies on the heap alone. Parameter names, defaults, `*args` and the tuples of rules are all this class.
"""

from guest.compiler.language import Array, Inline, Object, Value, copy_items, u32
from guest.values.charges import charge_items


class Tuple(Object):
    """The elements follow the header."""

    items: Inline[Value]


def tuple_new(count: u32) -> Tuple:
    """A tuple of `count` undefined elements, to be filled at once by the caller."""
    charge_items(count)
    return Tuple.allocate(count)


def tuple_from(source: Array[Value], start: u32, count: u32) -> Tuple:
    """The tuple of `count` elements of an array."""
    result = tuple_new(count)
    copy_items(result.items, 0, source, start, count)
    return result


def tuple_of_two(first: Value, second: Value) -> Tuple:
    """The tuple of two elements."""
    result = Tuple.allocate(2)
    result.items[0] = first
    result.items[1] = second
    return result
