"""What tables from patterns to values have in common: those of networks, of hosts (`host_patterns.py`) and of routes.

A table is made once from a dict or from pairs, and never changes. `table.match(x)` gives a struct of what was found, whose
names are made with the table, so that an event makes nothing but the answer.
"""

from guest.compiler.language import UNDEFINED, Array, Text, Value, cast, u32, u64
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.arguments import wrong_operand
from guest.library.dict_methods import check_pair
from guest.library.iterables import as_sequence, is_iterable, sequence_count, sequence_item
from guest.library.pricing import charge_step
from guest.values.builder import Builder, add_text, add_unsigned
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.dict import Dict, next_entry
from guest.values.interning import shared
from guest.values.struct import struct_new
from guest.values.text import str_from_text
from guest.values.tuple import Tuple, tuple_new


def entries_of(source: Value, function: Text) -> Array[Value]:
    """The keys and values, in turn, of a dict or of an iterable of pairs."""
    if isinstance(source, Dict):
        return entries_of_dict(cast(Dict, source))
    if not is_iterable(source):
        wrong_operand(function, source, "dict or iterable of pairs")
    pairs = as_sequence(source, function, "pairs")
    count = sequence_count(pairs)
    charge_product(count, 2 * VALUE_BYTES)
    entries = Array[Value](2 * u32(count))
    for i in range(u32(count)):
        charge_step(u64(i), count)
        pair = sequence_item(pairs, u64(i))
        check_pair(pair, u64(i), function)
        pair = as_sequence(pair, function, "pairs")
        entries[2 * i] = sequence_item(pair, 0)
        entries[2 * i + 1] = sequence_item(pair, 1)
    return entries


def entries_of_dict(source: Dict) -> Array[Value]:
    """The keys and values of a dict, in turn."""
    charge_product(u64(source.count), 2 * VALUE_BYTES)
    entries = Array[Value](2 * source.count)
    at = next_entry(source, 0)
    for i in range(source.count):
        entries[2 * i] = source.entries[2 * at]
        entries[2 * i + 1] = source.entries[2 * at + 1]
        at = next_entry(source, at + 1)
    return entries


def names_of_two(first: Text, second: Text) -> Tuple:
    """The names, in ascending order, of the two fields of what a table's `match` gives."""
    names = tuple_new(2)
    name = shared(str_from_text(first))
    names.items[0] = Value(name)
    name = shared(str_from_text(second))
    names.items[1] = Value(name)
    return names


def found(names: Tuple, pattern: Value, value: Value) -> Value:
    """What a table's `match` gives: a struct of what matched and its value."""
    result = struct_new(names)
    result.fields[0] = pattern
    result.fields[1] = value
    return Value(result)


def value_or_default(value: Value, arguments: Registers) -> Value:
    """What a table's `get` gives: the value that was found; else the default, its second argument (None)."""
    if value != UNDEFINED:
        return value
    default = register(arguments, 2)
    return NONE if default == UNDEFINED else default


def repr_table(b: Builder, kind: Text, count: u32) -> None:
    """Append the size of a table: printing it does not look into it, so cycles need no care."""
    add_text(b, "<")
    add_text(b, kind)
    add_text(b, " of ")
    add_unsigned(b, u64(count))
    add_text(b, " patterns>")
