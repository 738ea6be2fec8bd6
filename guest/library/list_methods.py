"""Methods of lists: append, clear, extend, index, insert, pop, remove.

Each checks that the list may change, and pays for what it moves, before it changes anything. The list operations
themselves are in `guest/values/list.py`.
"""

from guest.compiler.language import UNDEFINED, Value, i64, registered, u32, u64
from guest.heap.value import NONE, from_small
from guest.heap.views import Registers, register
from guest.library.arguments import clamped_index, int_argument, is_given, receiver_list, refuse, wrong_type
from guest.library.iterables import is_iterable
from guest.library.pricing import charge_step
from guest.values.compare import equal
from guest.values.extend import list_extend
from guest.values.failure import say, say_int, stop
from guest.values.list import (
    check_mutable,
    list_append,
    list_clear,
    list_insert,
    list_remove_at,
)

NOT_FOUND = 0xFFFFFFFF


@registered("method", "list.append(x, /)")
def list_method_append(arguments: Registers) -> Value:
    """Add an element at the end."""
    list = receiver_list(arguments)
    check_mutable(list, "append to", "append")
    list_append(list, register(arguments, 1))
    return NONE


@registered("method", "list.clear()")
def list_method_clear(arguments: Registers) -> Value:
    """Remove all elements."""
    list = receiver_list(arguments)
    check_mutable(list, "clear", "clear")
    list_clear(list)
    return NONE


@registered("method", "list.extend(iterable, /)")
def list_method_extend(arguments: Registers) -> Value:
    """Add the elements of an iterable at the end."""
    check_mutable(receiver_list(arguments), "extend", "extend")
    iterable = register(arguments, 1)
    if not is_iterable(iterable):
        wrong_type("extend", "1", iterable, "iterable")
    list_extend(receiver_list(arguments), iterable)
    return NONE


@registered("method", "list.index(x, start?, end?, /)")
def list_method_index(arguments: Registers) -> Value:
    """The index of the first element that equals `x`, between `start` and `end` as in a slice."""
    count = receiver_list(arguments).count
    start = clamped_index(register(arguments, 2), count, 0, "index", "start")
    end = clamped_index(register(arguments, 3), count, count, "index", "end")
    index = find_element(arguments, start, end)
    if index == NOT_FOUND:
        refuse("index", "value not in list")
    return from_small(i64(index))


def find_element(arguments: Registers, start: u32, end: u32) -> u32:
    """The index of the first element of the receiver that equals argument 1, or NOT_FOUND."""
    for i in range(start, end):
        charge_step(u64(i - start), u64(end - start))
        if equal(receiver_list(arguments).items[i], register(arguments, 1)):
            return i
    return NOT_FOUND


@registered("method", "list.insert(index, x, /)")
def list_method_insert(arguments: Registers) -> Value:
    """Insert an element before an index, which is clamped."""
    list = receiver_list(arguments)
    check_mutable(list, "insert into", "insert")
    int_argument(arguments, 1, "insert", "1")
    index = clamped_index(register(arguments, 1), list.count, 0, "insert", "index")
    if index == list.count:
        list_append(list, register(arguments, 2))
    else:
        list_insert(list, index, register(arguments, 2))
    return NONE


@registered("method", "list.pop(index?, /)")
def list_method_pop(arguments: Registers) -> Value:
    """Remove and return the element at an index, the last one if none is given."""
    list = receiver_list(arguments)
    check_mutable(list, "pop from", "pop")
    count = list.count
    index = i64(count) - 1
    if is_given(arguments, 1):
        index = int_argument(arguments, 1, "pop", "1")
        if index < 0:
            index += i64(count)
    if index < 0 or index >= i64(count):
        refuse_index(arguments, count)
    if index == i64(count) - 1:
        last = list.items[u32(index)]
        list.items[u32(index)] = UNDEFINED
        list.count = u32(index)
        return last
    return list_remove_at(list, u32(index))


def refuse_index(arguments: Registers, count: u32) -> None:
    """End with the error of an index outside the list."""
    say("pop: index " if count == 0 else "pop: list index ")
    say_int(int_argument(arguments, 1, "pop", "1") if is_given(arguments, 1) else -1)
    say(" out of range")
    if count == 0:
        say(": empty list")
    else:
        say(" [")
        say_int(-i64(count))
        say(":")
        say_int(i64(count) - 1)
        say("]")
    stop()


@registered("method", "list.remove(x, /)")
def list_method_remove(arguments: Registers) -> Value:
    """Remove the first element that equals `x`."""
    check_mutable(receiver_list(arguments), "remove from", "remove")
    index = find_element(arguments, 0, receiver_list(arguments).count)
    if index == NOT_FOUND:
        refuse("remove", "element not found")
    list_remove_at(receiver_list(arguments), index)
    return NONE
