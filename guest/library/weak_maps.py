"""`weakmap()`: a mapping whose keys are found by identity and not kept alive, for what is known about objects of others.

An entry goes when its key has gone, never while an evaluation runs (`guest/heap/weak.py`). Methods, operators and errors
are those of dicts where both have them; a weak map is no iterable, its methods give lists, in insertion order.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, registered, u32, u64
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.heap.weak import WeakMap
from guest.library.arguments import refuse
from guest.library.dict_methods import PAIR_BYTES
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_text, add_unsigned
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.list import list_of
from guest.values.tuple import tuple_of_two
from guest.values.weak_map import (
    check_mutable,
    weak_map_add,
    weak_map_clear,
    weak_map_find,
    weak_map_get,
    weak_map_new,
    weak_map_pop,
)


@registered("builtin", "weakmap()")
def builtin_weakmap(arguments: Registers) -> Value:
    """An empty weak-key map."""
    return Value(weak_map_new())


def receiver_map(arguments: Registers) -> WeakMap:
    """The map whose method is called."""
    return cast(WeakMap, register(arguments, 0))


@registered("method", "weakmap.clear()")
def weakmap_clear(arguments: Registers) -> Value:
    """Remove all entries."""
    check_mutable(receiver_map(arguments), "clear", "clear")
    weak_map_clear(receiver_map(arguments))
    return NONE


@registered("method", "weakmap.get(key, /, default?)")
def weakmap_get(arguments: Registers) -> Value:
    """The value of a key, or the default (None)."""
    value = weak_map_get(receiver_map(arguments), register(arguments, 1))
    if value != UNDEFINED:
        return value
    default = register(arguments, 2)
    return NONE if default == UNDEFINED else default


@registered("method", "weakmap.items()")
def weakmap_items(arguments: Registers) -> Value:
    """A list of the entries as pairs."""
    map = receiver_map(arguments)
    charge_product(u64(map.used), VALUE_BYTES + PAIR_BYTES)
    charge(map.count * ELEMENT)
    items = Array[Value](map.count)
    written: u32 = 0
    for i in range(map.used):
        key = map.entries[2 * i]
        if key != UNDEFINED:
            items[written] = Value(tuple_of_two(key, map.entries[2 * i + 1]))
            written += 1
    return Value(list_of(items))


@registered("method", "weakmap.keys()")
def weakmap_keys(arguments: Registers) -> Value:
    """A list of the keys."""
    return Value(list_of(halves(receiver_map(arguments), 0)))


@registered("method", "weakmap.values()")
def weakmap_values(arguments: Registers) -> Value:
    """A list of the values."""
    return Value(list_of(halves(receiver_map(arguments), 1)))


def halves(map: WeakMap, half: u32) -> Array[Value]:
    """The keys (half 0) or the values (half 1) of all entries."""
    charge_product(u64(map.used), VALUE_BYTES)
    items = Array[Value](map.count)
    written: u32 = 0
    for i in range(map.used):
        if map.entries[2 * i] != UNDEFINED:
            items[written] = map.entries[2 * i + half]
            written += 1
    return items


@registered("method", "weakmap.pop(key, /, default?)")
def weakmap_pop(arguments: Registers) -> Value:
    """Remove a key and return its value; without the key the default, or an error if there is none."""
    check_mutable(receiver_map(arguments), "delete from", "pop")
    value = weak_map_pop(receiver_map(arguments), register(arguments, 1))
    if value != UNDEFINED:
        return value
    default = register(arguments, 2)
    if default == UNDEFINED:
        refuse("pop", "missing key")
    return default


@registered("method", "weakmap.setdefault(key, /, default?)")
def weakmap_setdefault(arguments: Registers) -> Value:
    """The value of a key, which is first set to the default (None) if it is missing."""
    map = receiver_map(arguments)
    position = weak_map_find(map, register(arguments, 1))
    if position >= 0:
        return map.entries[2 * u32(position) + 1]
    check_mutable(map, "insert into", "setdefault")
    default = register(arguments, 2)
    if default == UNDEFINED:
        default = NONE
    weak_map_add(map, register(arguments, 1), default)
    return default


def repr_weak_map(b: Builder, map: WeakMap) -> None:
    """Append the number of entries: printing a weak map does not look into it, so cycles need no care."""
    add_text(b, "<weakmap of ")
    add_unsigned(b, u64(map.count))
    add_text(b, " entries>")
