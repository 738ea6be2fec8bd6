"""Methods of dicts: clear, get, items, keys, pop, popitem, setdefault, update, values.

The dict operations themselves are in `guest/values/dict.py`. `update` and the constructor `dict` share one function here.
"""

from guest.compiler.language import UNDEFINED, Array, Text, Value, cast, i64, registered, u32, u64
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.arguments import receiver_dict, refuse, tuple_argument, wrong_operand
from guest.library.iterables import as_sequence, is_iterable, sequence_count, sequence_item
from guest.library.pricing import charge_step
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.dict import (
    Dict,
    check_mutable,
    delete_first,
    dict_add,
    dict_clear,
    dict_delete,
    dict_find,
    dict_first,
    dict_get,
    dict_put,
    dict_update,
    entry_key,
    entry_value,
)
from guest.values.dict_undo import forget, note
from guest.values.failure import say, say_int, stop
from guest.values.list import list_of
from guest.values.tuple import tuple_of_two
from guest.values.types import say_type

PAIR_BYTES = 24  # a tuple of two elements


@registered("method", "dict.clear()")
def dict_method_clear(arguments: Registers) -> Value:
    """Remove all entries."""
    dict = receiver_dict(arguments)
    check_mutable(dict, "clear", "clear")
    dict_clear(dict)
    return NONE


@registered("method", "dict.get(key, /, default?)")
def dict_method_get(arguments: Registers) -> Value:
    """The value of a key, or the default (None)."""
    value = dict_get(receiver_dict(arguments), register(arguments, 1))
    if value != UNDEFINED:
        return value
    default = register(arguments, 2)
    return NONE if default == UNDEFINED else default


@registered("method", "dict.keys()")
def dict_method_keys(arguments: Registers) -> Value:
    """A list of the keys."""
    dict = receiver_dict(arguments)
    charge_entries(dict, VALUE_BYTES)
    items = Array[Value](receiver_dict(arguments).count)
    dict = receiver_dict(arguments)
    written: u32 = 0
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            items[written] = key
            written += 1
    return Value(list_of(items))


@registered("method", "dict.values()")
def dict_method_values(arguments: Registers) -> Value:
    """A list of the values."""
    dict = receiver_dict(arguments)
    charge_entries(dict, VALUE_BYTES)
    items = Array[Value](dict.count)
    written: u32 = 0
    for i in range(dict.used):
        if entry_key(dict, i) != UNDEFINED:
            items[written] = entry_value(dict, i)
            written += 1
    return Value(list_of(items))


@registered("method", "dict.items()")
def dict_method_items(arguments: Registers) -> Value:
    """A list of the entries as pairs."""
    dict = receiver_dict(arguments)
    charge_entries(dict, VALUE_BYTES + PAIR_BYTES)
    charge(dict.count * ELEMENT)
    items = Array[Value](dict.count)
    written: u32 = 0
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            items[written] = Value(tuple_of_two(key, entry_value(dict, i)))
            written += 1
    return Value(list_of(items))


def charge_entries(dict: Dict, bytes_each: u64) -> None:
    """Pay for a list of something for each entry, deleted entries that are skipped included."""
    charge_product(u64(dict.used), bytes_each)


@registered("method", "dict.pop(key, /, default?)")
def dict_method_pop(arguments: Registers) -> Value:
    """Remove a key and return its value; without the key the default, or an error if there is none."""
    check_mutable(receiver_dict(arguments), "delete from", "pop")
    value = dict_delete(receiver_dict(arguments), register(arguments, 1))
    if value != UNDEFINED:
        return value
    default = register(arguments, 2)
    if default == UNDEFINED:
        refuse("pop", "missing key")
    return default


@registered("method", "dict.popitem()")
def dict_method_popitem(arguments: Registers) -> Value:
    """Remove and return the first entry."""
    dict = receiver_dict(arguments)
    check_mutable(dict, "delete from", "popitem")
    if dict.count == 0:
        refuse("popitem", "empty dict")
    position = dict_first(dict)
    pair = tuple_of_two(entry_key(dict, position), entry_value(dict, position))
    delete_first(receiver_dict(arguments), position)
    return Value(pair)


@registered("method", "dict.setdefault(key, /, default?)")
def dict_method_setdefault(arguments: Registers) -> Value:
    """The value of a key, which is first set to the default (None) if it is missing."""
    dict = receiver_dict(arguments)
    position = dict_find(dict, register(arguments, 1))
    if position >= 0:
        return entry_value(dict, u32(position))
    check_mutable(dict, "insert into", "setdefault")
    default = register(arguments, 2)
    if default == UNDEFINED:
        default = NONE
    dict_add(dict, register(arguments, 1), default)
    return default


@registered("method", "dict.update(*args, **kwargs)")
def dict_method_update(arguments: Registers) -> Value:
    """Set entries from another dict or an iterable of pairs, then from the keyword arguments."""
    check_mutable(receiver_dict(arguments), "insert into", "update")
    count = len(tuple_argument(arguments, 1).items)
    if count > 1:
        refuse_count("update", count)
    note(receiver_dict(arguments))
    if count == 1:
        put_all(receiver_dict(arguments), tuple_argument(arguments, 1).items[0], "update")
    dict_update(receiver_dict(arguments), cast(Dict, register(arguments, 2)))
    forget()
    return NONE


def refuse_count(function: Text, count: u32) -> None:
    """End with the error of more than one positional argument."""
    say(function)
    say(": got ")
    say_int(i64(count))
    say(" arguments, want at most 1")
    stop()


def put_all(target: Dict, source: Value, function: Text) -> None:
    """Set the entries of a dict, or of an iterable of pairs, all checked before the first one is set."""
    if isinstance(source, Dict):
        dict_update(target, cast(Dict, source))
        return
    if not is_iterable(source):
        wrong_operand(function, source, "iterable")
    pairs = as_sequence(source, function, "pairs")
    count = sequence_count(pairs)
    position: u64 = 0
    while position < count:
        charge_step(position, count)
        check_pair(sequence_item(pairs, position), position, function)
        position += 1
    for i in range(u32(count)):
        pair = as_sequence(sequence_item(pairs, u64(i)), function, "pairs")
        dict_put(target, sequence_item(pair, 0), sequence_item(pair, 1))


def check_pair(pair: Value, position: u64, function: Text) -> None:
    """Refuse an element of an update that is no pair."""
    if is_iterable(pair):
        count = sequence_count(as_sequence(pair, function, "pairs"))
        if count == 2:
            return
        say_element(position, function)
        say(" has length ")
        say_int(i64(count))
        say(", want 2")
    else:
        say_element(position, function)
        say(" is not iterable (")
        say_type(pair)
        say(")")
    stop()


def say_element(position: u64, function: Text) -> None:
    """Begin the message about an element of an update."""
    say(function)
    say(": dictionary update sequence element #")
    say_int(i64(position))
