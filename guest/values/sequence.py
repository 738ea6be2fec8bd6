"""Elements of containers: length, `x[i]`, `x[i] = y` and `y in x` for every type that has them.

Relies on each container's own file; slices are in `slices.py`. The interpreter and the built-ins rely on it.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Value,
    cast,
    f64,
    i64,
    inline,
    noinline,
    span,
    u32,
    u64,
)
from guest.heap.search import span_find
from guest.heap.value import NONE, float_of, is_float, is_pointer, pointer_of
from guest.heap.weak import WeakMap
from guest.values.byte_string import ByteString, byte_value, bytes_contain, bytes_have
from guest.values.charges import charge_bytes, charge_items
from guest.values.compare import equal_fast
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_find, dict_get, dict_put
from guest.values.elements import Elements, elements_count, indexed_element, is_indexable
from guest.values.failure import say, say_int, stop
from guest.values.foreign import foreign_contains, foreign_index, foreign_length, is_foreign
from guest.values.integer import int_value, is_int, is_long
from guest.values.list import List, check_mutable
from guest.values.numeric import TWO_TO_63
from guest.values.range import Range, range_contains, range_item
from guest.values.set import Set
from guest.values.suggest import say_nearest_key
from guest.values.text import (
    Str,
    char_offset,
    is_ascii,
    size_at,
    str_from_char,
    substring_bytes,
)
from guest.values.tuple import Tuple
from guest.values.types import say_type
from guest.values.weak_map import weak_map_find, weak_map_get, weak_map_put


def length_of(v: Value) -> i64:
    """The number of elements (of a string: code points); -1 if the type has no length."""
    if isinstance(v, Str):
        return i64(cast(Str, v).chars)
    if isinstance(v, List):
        return i64(cast(List, v).count)
    if isinstance(v, Dict):
        return i64(cast(Dict, v).count)
    if isinstance(v, Tuple):
        return i64(len(cast(Tuple, v).items))
    if isinstance(v, Range):
        return i64(cast(Range, v).count)
    if isinstance(v, Set):
        return i64(cast(Set, v).elements.count)
    if isinstance(v, ByteString):
        return i64(len(cast(ByteString, v).data))
    if isinstance(v, Elements) and is_indexable(cast(Elements, v)):
        return i64(elements_count(cast(Elements, v)))
    if isinstance(v, WeakMap):
        return i64(cast(WeakMap, v).count)
    if is_pointer(v) and is_foreign(pointer_of(v)):
        return foreign_length(pointer_of(v))
    return -1


@noinline
def get_index(container: Value, key: Value) -> Value:
    """`container[key]`."""
    if isinstance(container, List):
        list = cast(List, container)
        return list.items[u32(checked_index(container, key, u64(list.count)))]
    if isinstance(container, Dict):
        found = dict_get(cast(Dict, container), key)
        if found == UNDEFINED:
            missing_key(key, container)
        return found
    if isinstance(container, Str):
        s = cast(Str, container)
        return Value(char_of(s, u32(checked_index(container, key, u64(s.chars)))))
    if isinstance(container, Tuple):
        tuple = cast(Tuple, container)
        return tuple.items[u32(checked_index(container, key, u64(len(tuple.items))))]
    if isinstance(container, Range):
        range = cast(Range, container)
        return range_item(range, checked_index(container, key, range.count))
    if isinstance(container, ByteString):
        bytes = cast(ByteString, container)
        return byte_value(bytes, u32(checked_index(container, key, u64(len(bytes.data)))))
    if isinstance(container, Elements) and is_indexable(cast(Elements, container)):
        elements = cast(Elements, container)
        return indexed_element(elements, u32(checked_index(container, key, u64(elements_count(elements)))))
    if isinstance(container, WeakMap):
        value = weak_map_get(cast(WeakMap, container), key)
        if value == UNDEFINED:
            missing_key(key, container)
        return value
    if is_pointer(container) and is_foreign(pointer_of(container)):
        o = pointer_of(container)
        if foreign_length(o) >= 0:
            value = foreign_index(o, key)
            if value == UNDEFINED:
                missing_key(key, container)
            return value
    say("unhandled index operation ")
    say_type(container)
    say("[")
    say_type(key)
    say("]")
    if container == NONE:
        say(" (the value is None: test it first)")
    stop()


@noinline
def set_index(container: Value, key: Value, value: Value) -> None:
    """`container[key] = value`."""
    if isinstance(container, Dict):
        dict_put(cast(Dict, container), key, value)
    elif isinstance(container, List):
        list = cast(List, container)
        index = u32(checked_index(container, key, u64(list.count)))
        check_mutable(list, "assign to element of")
        list.items[index] = value
    elif isinstance(container, WeakMap):
        weak_map_put(cast(WeakMap, container), key, value)
    else:
        say_type(container)
        say(" value does not support item assignment")
        if isinstance(container, Tuple) or isinstance(container, Str):
            say(" (it cannot change: make a new one)")
        stop()


def checked_index(container: Value, key: Value, count: u64) -> u64:
    """An index as a position below the count: an int, counted from the end if it is negative."""
    if not is_int(key):
        say_type(container)
        say(" index: got ")
        say_type(key)
        say(", want int")
        stop()
    if not is_long(key):
        say_type(container)
        say(" index: ")
        say_repr(key)
        say(" out of range")
        stop()
    given = int_value(key)
    index = given + i64(count) if given < 0 else given
    if index < 0 or u64(index) >= count:
        out_of_range(container, given, count)
    return u64(index)


@noinline
def out_of_range(container: Value, index: i64, count: u64) -> NoReturn:
    """End with the error of an index that a sequence does not have."""
    if count == 0:
        say("index ")
        say_int(index)
        say(" out of range: empty ")
        say_type(container)
    else:
        say_type(container)
        say(" index ")
        say_int(index)
        say(" out of range [")
        say_int(-i64(count))
        say(":")
        say_int(i64(count) - 1)
        say("]")
    stop()


@noinline
def missing_key(key: Value, container: Value) -> NoReturn:
    """End with the error of a key that a dict does not have."""
    say("key ")
    say_repr(key)
    say(" not in ")
    say_type(container)
    if isinstance(key, Str) and isinstance(container, Dict):
        say_nearest_key(cast(Str, key), cast(Dict, container))
    stop()


def char_of(s: Str, index: u32) -> Str:
    """The string of one code point; `index` is below the count."""
    if is_ascii(s):
        return str_from_char(s.data[index])
    offset = char_offset(s, index)
    return substring_bytes(s, offset, offset + size_at(s, offset))


@noinline
def contains(container: Value, item: Value) -> bool:
    """`item in container`."""
    if isinstance(container, Dict):
        return dict_find(cast(Dict, container), item) >= 0
    if isinstance(container, Str):
        if not isinstance(item, Str):
            say("'in <string>' requires string as left operand, not ")
            say_type(item)
            stop()
        return str_contains(cast(Str, container), cast(Str, item))
    if isinstance(container, List):
        return list_contains(cast(List, container), item)
    if isinstance(container, Tuple):
        return tuple_contains(cast(Tuple, container), item)
    if isinstance(container, Range):
        return is_in_range(cast(Range, container), item)
    if isinstance(container, Set):
        return dict_find(cast(Set, container).elements, item) >= 0
    if isinstance(container, ByteString):
        return is_in_bytes(cast(ByteString, container), item)
    if isinstance(container, WeakMap):
        return weak_map_find(cast(WeakMap, container), item) >= 0
    if is_pointer(container):
        o = pointer_of(container)
        if is_foreign(o):
            return foreign_contains(o, item)
    say("unknown binary op: ")
    say_type(item)
    say(" in ")
    say_type(container)
    stop()


@inline
def str_contains(s: Str, part: Str) -> bool:
    """Whether a string contains another."""
    n = len(s.data)
    m = len(part.data)
    if m > n:
        return False
    charge_bytes(n + m)
    return span_find(span(s.data), n, span(part.data), m) >= 0


def list_contains(list: List, item: Value) -> bool:
    """Whether an element of a list equals a value. Comparing charges, but calls no rule, so the list stays as it is."""
    charge_items(list.count)
    for i in range(list.count):
        if equal_fast(list.items[i], item):
            return True
    return False


def tuple_contains(tuple: Tuple, item: Value) -> bool:
    """Whether an element of a tuple equals a value."""
    n = len(tuple.items)
    charge_items(n)
    for i in range(n):
        if equal_fast(tuple.items[i], item):
            return True
    return False


def is_in_range(range: Range, item: Value) -> bool:
    """Whether a range has a number; an error if the item is none, as in starlark-go."""
    if is_int(item):
        return is_long(item) and range_contains(range, int_value(item))
    if is_float(item):
        x = float_of(item)
        # Beyond 64 bits, with a fraction, or NaN: the conversion there and back changes it.
        return f64(i64(x)) == x and -TWO_TO_63 <= x < TWO_TO_63 and range_contains(range, i64(x))
    say("'in <range>' requires integer as left operand, not ")
    say_type(item)
    stop()


def is_in_bytes(bytes: ByteString, item: Value) -> bool:
    """Whether bytes contain other bytes, or a byte given as an integer."""
    if isinstance(item, ByteString):
        return bytes_contain(bytes, cast(ByteString, item))
    if is_int(item):
        return bytes_have(bytes, item)
    say("'in bytes' requires bytes or int as left operand, not ")
    say_type(item)
    stop()
