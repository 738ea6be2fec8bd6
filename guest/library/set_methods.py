"""The built-in `set` and the methods of sets.

The operations of two sets are in `guest/values/set.py`. The methods take any iterable of hashable values where an operator
wants a set: a set or dict is looked into where it is, the elements of anything else become a set first. A method that
changes the set pays before it does, or can be executed again from the start with the same result.
"""

from guest.compiler.language import Text, Value, cast, i64, noinline, registered, u32, u64
from guest.heap.state import is_frozen
from guest.heap.value import NONE, from_bool
from guest.heap.views import Registers, register
from guest.library.arguments import is_given, refuse, tuple_argument, wrong_type
from guest.library.iterables import as_sequence, is_iterable, sequence_count, sequence_item
from guest.library.pricing import charge_step
from guest.values.dict import (
    Dict,
    check_mutable,
    delete_first,
    dict_clear,
    dict_copy,
    dict_delete,
    dict_find,
    dict_first,
    dict_new,
    dict_put,
    dict_update,
    entry_key,
)
from guest.values.dict_undo import forget, note
from guest.values.failure import say, say_int, stop
from guest.values.set import (
    Set,
    are_disjoint,
    difference,
    intersection,
    is_subset,
    remove_all,
    set_of,
    symmetric_difference,
)
from guest.values.types import say_type


@registered("builtin", "set(iterable?, /)")
def builtin_set(arguments: Registers) -> Value:
    """A new set of the elements of an iterable."""
    result = dict_new(0)
    if is_given(arguments, 0):
        if not is_iterable(register(arguments, 0)):
            wrong_type("set", "1", register(arguments, 0), "iterable")
        add_all(result, register(arguments, 0))
    return set_of(result)


def receiver_elements(arguments: Registers) -> Dict:
    """The elements of the set whose method is called."""
    return cast(Set, register(arguments, 0)).elements


# Iterables as sets.


def add_all(target: Dict, iterable: Value) -> None:
    """Add the elements of an iterable."""
    if isinstance(iterable, Set):
        dict_update(target, cast(Set, iterable).elements)
        return
    sequence = as_sequence(iterable, "set", "1")
    count = sequence_count(sequence)
    position: u64 = 0
    while position < count:
        charge_step(position, count)
        dict_put(target, sequence_item(sequence, position), NONE)
        position += 1


def as_elements(iterable: Value, function: Text) -> Dict:
    """The elements of an iterable as the keys of a dict: its own, or a new one."""
    if isinstance(iterable, Set):
        return cast(Set, iterable).elements
    if isinstance(iterable, Dict):
        return cast(Dict, iterable)
    if not is_iterable(iterable):
        wrong_type(function, "1", iterable, "iterable")
    result = dict_new(0)
    add_all(result, iterable)
    return result


def check_iterables(arguments: Registers, function: Text) -> u32:
    """The number of iterables in `*others`; an error if one is none."""
    count = len(tuple_argument(arguments, 1).items)
    for i in range(count):
        iterable = tuple_argument(arguments, 1).items[i]
        if not is_iterable(iterable):
            say(function)
            say(": for argument #")
            say_int(i64(i) + 1)
            say(": got ")
            say_type(iterable)
            say(", want iterable")
            stop()
    return count


@noinline
def other_elements(arguments: Registers, function: Text) -> Dict:
    """The only argument of a method as the keys of a dict."""
    return as_elements(register(arguments, 1), function)


@noinline
def others_elements(arguments: Registers, index: u32, function: Text) -> Dict:
    """One of `*others` as the keys of a dict."""
    return as_elements(tuple_argument(arguments, 1).items[index], function)


# Elements.


@registered("method", "set.add(x, /)")
def set_add(arguments: Registers) -> Value:
    """Add an element. A frozen set that has it stays as it is, which is no error."""
    elements = receiver_elements(arguments)
    if is_frozen(elements) and dict_find(elements, register(arguments, 1)) >= 0:
        return NONE
    check_mutable(elements, "insert into", "add")
    dict_put(elements, register(arguments, 1), NONE)
    return NONE


@registered("method", "set.discard(x, /)")
def set_discard(arguments: Registers) -> Value:
    """Remove an element, if the set has it."""
    elements = receiver_elements(arguments)
    if is_frozen(elements) and dict_find(elements, register(arguments, 1)) < 0:
        return NONE
    check_mutable(elements, "delete from", "discard")
    dict_delete(elements, register(arguments, 1))
    return NONE


@registered("method", "set.remove(x, /)")
def set_remove(arguments: Registers) -> Value:
    """Remove an element, which the set must have."""
    elements = receiver_elements(arguments)
    check_mutable(elements, "delete from", "remove")
    if dict_find(elements, register(arguments, 1)) < 0:
        refuse("remove", "missing key")
    dict_delete(elements, register(arguments, 1))
    return NONE


@registered("method", "set.pop()")
def set_pop(arguments: Registers) -> Value:
    """Remove and return the first element."""
    elements = receiver_elements(arguments)
    check_mutable(elements, "delete from", "pop")
    if elements.count == 0:
        refuse("pop", "empty set")
    position = dict_first(elements)
    first = entry_key(elements, position)
    delete_first(elements, position)
    return first


@registered("method", "set.clear()")
def set_clear(arguments: Registers) -> Value:
    """Remove all elements."""
    elements = receiver_elements(arguments)
    check_mutable(elements, "clear", "clear")
    dict_clear(elements)
    return NONE


# New sets.


@registered("method", "set.union(*others)")
def set_union(arguments: Registers) -> Value:
    """The elements of the set, then the new ones of every iterable."""
    count = check_iterables(arguments, "union")
    result = dict_copy(receiver_elements(arguments))
    for i in range(count):
        add_all(result, tuple_argument(arguments, 1).items[i])
    return set_of(result)


@registered("method", "set.intersection(*others)")
def set_intersection(arguments: Registers) -> Value:
    """The elements of the set that every iterable has."""
    return set_of(intersection_of(arguments, "intersection"))


def intersection_of(arguments: Registers, function: Text) -> Dict:
    """The keys that the receiver and every one of `*others` have."""
    count = check_iterables(arguments, function)
    if count == 0:
        return dict_copy(receiver_elements(arguments))
    result = receiver_elements(arguments)
    for i in range(count):
        result = intersection(result, others_elements(arguments, i, function))
    return result


@registered("method", "set.difference(*others)")
def set_difference(arguments: Registers) -> Value:
    """The elements of the set that no iterable has."""
    count = check_iterables(arguments, "difference")
    if count == 1:
        return set_of(difference(receiver_elements(arguments), others_elements(arguments, 0, "difference")))
    result = dict_copy(receiver_elements(arguments))
    for i in range(count):
        remove_all(result, others_elements(arguments, i, "difference"))
    return set_of(result)


@registered("method", "set.symmetric_difference(other, /)")
def set_symmetric_difference(arguments: Registers) -> Value:
    """The elements that either the set or the iterable has, but not both."""
    other = other_elements(arguments, "symmetric_difference")
    return set_of(symmetric_difference(receiver_elements(arguments), other))


# Changes by iterables.


@registered("method", "set.update(*others)")
def set_update(arguments: Registers) -> Value:
    """Add the elements of every iterable."""
    count = check_iterables(arguments, "update")
    check_mutable(receiver_elements(arguments), "insert into", "update")
    note(receiver_elements(arguments))
    for i in range(count):
        add_all(receiver_elements(arguments), tuple_argument(arguments, 1).items[i])
    forget()
    return NONE


@registered("method", "set.intersection_update(*others)")
def set_intersection_update(arguments: Registers) -> Value:
    """Keep only the elements that every iterable has."""
    check_mutable(receiver_elements(arguments), "delete from", "intersection_update")
    result = intersection_of(arguments, "intersection_update")
    cast(Set, register(arguments, 0)).elements = result
    return NONE


@registered("method", "set.difference_update(*others)")
def set_difference_update(arguments: Registers) -> Value:
    """Remove the elements of every iterable."""
    count = check_iterables(arguments, "difference_update")
    check_mutable(receiver_elements(arguments), "delete from", "difference_update")
    for i in range(count):
        other = others_elements(arguments, i, "difference_update")
        remove_all(receiver_elements(arguments), other)
    return NONE


@registered("method", "set.symmetric_difference_update(other, /)")
def set_symmetric_difference_update(arguments: Registers) -> Value:
    """Keep the elements that either the set or the iterable has, but not both."""
    check_mutable(receiver_elements(arguments), "insert into", "symmetric_difference_update")
    other = other_elements(arguments, "symmetric_difference_update")
    result = symmetric_difference(receiver_elements(arguments), other)
    cast(Set, register(arguments, 0)).elements = result
    return NONE


# Tests.


@registered("method", "set.isdisjoint(other, /)")
def set_isdisjoint(arguments: Registers) -> Value:
    """Whether the set has no element of the iterable."""
    other = other_elements(arguments, "isdisjoint")
    return from_bool(are_disjoint(receiver_elements(arguments), other))


@registered("method", "set.issubset(other, /)")
def set_issubset(arguments: Registers) -> Value:
    """Whether the iterable has every element of the set."""
    other = other_elements(arguments, "issubset")
    return from_bool(is_subset(receiver_elements(arguments), other))


@registered("method", "set.issuperset(other, /)")
def set_issuperset(arguments: Registers) -> Value:
    """Whether the set has every element of the iterable."""
    other = other_elements(arguments, "issuperset")
    return from_bool(is_subset(other, receiver_elements(arguments)))
