"""Iterables as sequences: what built-ins that visit the elements of an argument have in common.

A list, tuple or range is indexed where it is; the elements of anything else are copied first. No rule runs while a built-in
visits elements, so none can change underneath. Loops over them pay by `charge_step`.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Text,
    Value,
    cast,
    copy_items,
    inline,
    noinline,
    u32,
    u64,
)
from guest.heap.allocate import ensure_fits
from guest.library.arguments import wrong_type
from guest.library.pricing import charge_step
from guest.values.charges import VALUE_BYTES, charge_items, charge_product
from guest.values.dict import Dict
from guest.values.elements import Elements, elements_tuple
from guest.values.list import List
from guest.values.range import Range, range_item
from guest.values.set import Set
from guest.values.tuple import Tuple, tuple_new


def as_sequence(iterable: Value, function: Text, parameter: Text) -> Value:
    """The iterable if it can be indexed, else the tuple of its elements; an error if it is no iterable."""
    if isinstance(iterable, List) or isinstance(iterable, Tuple) or isinstance(iterable, Range):
        return iterable
    if isinstance(iterable, Dict):
        return Value(keys_of(cast(Dict, iterable)))
    if isinstance(iterable, Set):
        return Value(keys_of(cast(Set, iterable).elements))
    if isinstance(iterable, Elements):
        return Value(elements_tuple(cast(Elements, iterable)))
    wrong_type(function, parameter, iterable, "iterable")


def is_iterable(value: Value) -> bool:
    """Whether a value has elements to visit."""
    return (
        isinstance(value, List)
        or isinstance(value, Tuple)
        or isinstance(value, Range)
        or isinstance(value, Dict)
        or isinstance(value, Set)
        or isinstance(value, Elements)
    )


def sequence_count(sequence: Value) -> u64:
    """The number of elements of what `as_sequence` gave."""
    if isinstance(sequence, List):
        return u64(cast(List, sequence).count)
    if isinstance(sequence, Tuple):
        return u64(len(cast(Tuple, sequence).items))
    return cast(Range, sequence).count


@inline
def sequence_item(sequence: Value, index: u64) -> Value:
    """An element of what `as_sequence` gave; `index` is below the count."""
    if isinstance(sequence, List):
        return cast(List, sequence).items[u32(index)]
    if isinstance(sequence, Tuple):
        return cast(Tuple, sequence).items[u32(index)]
    return range_item(cast(Range, sequence), index)


def keys_of(dict: Dict) -> Tuple:
    """The keys of a dict, in order."""
    keys = tuple_new(dict.count)
    charge_items(dict.used)
    entries = dict.entries
    written: u32 = 0
    for i in range(dict.used):
        key = entries[2 * i]
        if key != UNDEFINED:
            keys.items[written] = key
            written += 1
    return keys


def elements_of(sequence: Value) -> Array[Value]:
    """A fresh array of the elements of what `as_sequence` gave."""
    count = sequence_count(sequence)
    if isinstance(sequence, Range):
        return range_elements(cast(Range, sequence))
    charge_product(count, VALUE_BYTES)
    n = u32(count)
    items = Array[Value](n)
    if isinstance(sequence, List):
        copy_items(items, 0, cast(List, sequence).items, 0, n)
    else:
        copy_items(items, 0, cast(Tuple, sequence).items, 0, n)
    return items


@noinline
def range_elements(range: Range) -> Array[Value]:
    """The elements of a range, written out."""
    count = range.count
    if count > 0xFFFFFFFF:
        ensure_fits(count)
    ensure_fits(count * VALUE_BYTES)
    items = Array[Value](u32(count))
    position: u64 = 0
    while position < count:
        charge_step(position, count)
        items[u32(position)] = range_item(range, position)
        position += 1
    return items
