"""Equality and order of any two values.

Relies on keys for what is hashable; here the containers are added. Both are deep, charged by the elements that they
visit, and limited in depth, so that comparing cycles ends with an error. The order is total but for sets, which are
told the operator, so one three-way comparison serves all four operators.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Text,
    Value,
    cast,
    i32,
    i64,
    inline,
    noinline,
    u32,
)
from guest.heap.value import (
    NONE,
    class_of,
    float_of,
    is_bool,
    is_float,
    is_pointer,
    is_small,
    pointer_of,
    value_bits,
)
from guest.values.byte_string import ByteString, bytes_compare, bytes_equal
from guest.values.charges import charge_container
from guest.values.dict import Dict, dict_get, entry_key, entry_value
from guest.values.elements import Elements, equal_elements
from guest.values.failure import say, stop, stop_saying
from guest.values.foreign import NO_ORDER, foreign_equal, foreign_order, is_foreign
from guest.values.hash import same_number
from guest.values.int_floats import compare_with_float
from guest.values.integer import BigInt, LongInt, compare_big, int_value, is_int, is_long, same_big
from guest.values.list import List
from guest.values.numeric import compare_floats, compare_ints
from guest.values.range import Range, range_equal
from guest.values.set import Set, equal_sets, order_sets
from guest.values.struct import Struct
from guest.values.text import Str, str_compare, str_equal
from guest.values.tuple import Tuple
from guest.values.types import say_type

# Levels of nesting. Events nest at most 200 deep; a level takes less than 300 bytes of the Wasm stack's 256 KiB.
MAX_DEPTH = 256


@inline
def equal_fast(a: Value, b: Value) -> bool:
    """`a == b`, with the common answers in place."""
    if a == b:
        return not may_be_cyclic(a) or equal(a, b)
    if is_small(a) and is_small(b):
        return False
    if isinstance(a, Str) and isinstance(b, Str):
        return str_equal(cast(Str, a), cast(Str, b))
    return equal(a, b)


@noinline
def equal(a: Value, b: Value) -> bool:
    """`a == b`."""
    return equal_nested(a, b, 0)


@inline
def may_be_cyclic(v: Value) -> bool:
    """Whether a value has to be followed even when it is compared with itself: a cycle equals nothing."""
    return is_pointer(v) and not isinstance(v, Str)


@noinline
def equal_nested(a: Value, b: Value, depth: u32) -> bool:
    """`equal` inside `depth` containers."""
    if a == b and not may_be_cyclic(a):
        return True
    if not is_pointer(a) or not is_pointer(b):
        return same_number(a, b)
    p = pointer_of(a)
    q = pointer_of(b)
    if class_of(p) != class_of(q):
        return False
    if isinstance(p, Str):
        return str_equal(cast(Str, p), cast(Str, q))
    if isinstance(p, List):
        return equal_lists(cast(List, p), cast(List, q), depth + 1)
    if isinstance(p, Dict):
        return equal_dicts(cast(Dict, p), cast(Dict, q), depth + 1)
    if isinstance(p, Tuple):
        return equal_tuples(cast(Tuple, p), cast(Tuple, q), depth + 1)
    if isinstance(p, LongInt):
        return cast(LongInt, p).value == cast(LongInt, q).value
    if isinstance(p, BigInt):
        return same_big(cast(BigInt, p), cast(BigInt, q))
    if isinstance(p, Range):
        return range_equal(cast(Range, p), cast(Range, q))
    if isinstance(p, Struct):
        return equal_structs(cast(Struct, p), cast(Struct, q), depth + 1)
    if isinstance(p, Set):
        return equal_sets(cast(Set, p), cast(Set, q))
    if isinstance(p, ByteString):
        return bytes_equal(cast(ByteString, p), cast(ByteString, q))
    if isinstance(p, Elements):
        return equal_elements(cast(Elements, p), cast(Elements, q))
    if is_foreign(p):
        return a == b or foreign_equal(p, q)
    return a == b


@inline
def check_depth(depth: u32) -> None:
    """Refuse to follow values that nest too deeply, or in a circle."""
    if depth > MAX_DEPTH:
        stop_saying("comparison exceeded maximum recursion depth")


def equal_lists(a: List, b: List, depth: u32) -> bool:
    """Whether two lists have equal elements."""
    check_depth(depth)
    n = a.count
    if n != b.count:
        return False
    charge_container(n)
    for i in range(n):
        if not equal_nested(a.items[i], b.items[i], depth):
            return False
    return True


def equal_tuples(a: Tuple, b: Tuple, depth: u32) -> bool:
    """Whether two tuples have equal elements."""
    check_depth(depth)
    n = len(a.items)
    if n != len(b.items):
        return False
    charge_container(n)
    for i in range(n):
        if not equal_nested(a.items[i], b.items[i], depth):
            return False
    return True


def equal_dicts(a: Dict, b: Dict, depth: u32) -> bool:
    """Whether two dicts have the same keys with equal values, in any order."""
    check_depth(depth)
    if a.count != b.count:
        return False
    charge_container(2 * a.used)
    for i in range(a.used):
        key = entry_key(a, i)
        if key != UNDEFINED:
            other = dict_get(b, key)
            if other == UNDEFINED or not equal_nested(entry_value(a, i), other, depth):
                return False
    return True


def equal_structs(a: Struct, b: Struct, depth: u32) -> bool:
    """Whether two structs have equal fields of the same names."""
    check_depth(depth)
    n = len(a.fields)
    if n != len(b.fields):
        return False
    charge_container(2 * n)
    if a.names is not b.names:
        for i in range(n):
            if not str_equal(cast(Str, a.names.items[i]), cast(Str, b.names.items[i])):
                return False
    for i in range(n):
        if not equal_nested(a.fields[i], b.fields[i], depth):
            return False
    return True


@noinline
def order(a: Value, b: Value, operator: Text) -> i32:
    """Negative, zero or positive: how `a` compares with `b`. An error, naming the operator, if they have no order."""
    return order_nested(a, b, operator, 0)


def less(a: Value, b: Value, operator: Text) -> bool:
    """Whether `a` comes before `b`."""
    return order(a, b, operator) < 0


@noinline
def order_nested(a: Value, b: Value, operator: Text, depth: u32) -> i32:
    """`order` inside `depth` sequences."""
    if isinstance(a, Str) and isinstance(b, Str):
        return str_compare(cast(Str, a), cast(Str, b))
    if is_int(a):
        if is_int(b):
            if is_long(a) and is_long(b):
                return compare_ints(int_value(a), int_value(b))
            return compare_big(a, b)
        if is_float(b):
            return compare_with_float(a, float_of(b))
        no_order(a, b, operator)
    if is_float(a):
        if is_float(b):
            return compare_floats(float_of(a), float_of(b))
        if is_int(b):
            return -compare_with_float(b, float_of(a))
        no_order(a, b, operator)
    if isinstance(a, List) and isinstance(b, List):
        return order_lists(cast(List, a), cast(List, b), operator, depth + 1)
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return order_tuples(cast(Tuple, a), cast(Tuple, b), operator, depth + 1)
    if is_bool(a) and is_bool(b):
        return compare_ints(i64(value_bits(a)), i64(value_bits(b)))
    if isinstance(a, ByteString) and isinstance(b, ByteString):
        return bytes_compare(cast(ByteString, a), cast(ByteString, b))
    if isinstance(a, Set) and isinstance(b, Set):
        return order_sets(cast(Set, a), cast(Set, b), operator)
    if is_pointer(a) and is_pointer(b):
        p = pointer_of(a)
        q = pointer_of(b)
        if class_of(p) == class_of(q) and is_foreign(p):
            result = foreign_order(p, q)
            if result != NO_ORDER:
                return result
    no_order(a, b, operator)


def order_lists(a: List, b: List, operator: Text, depth: u32) -> i32:
    """The order of the first elements that differ, or of the lengths."""
    check_depth(depth)
    n = min(a.count, b.count)
    charge_container(n)
    for i in range(n):
        x = a.items[i]
        y = b.items[i]
        if not equal_nested(x, y, depth):
            return order_nested(x, y, operator, depth)
    return compare_ints(i64(a.count), i64(b.count))


def order_tuples(a: Tuple, b: Tuple, operator: Text, depth: u32) -> i32:
    """The order of the first elements that differ, or of the lengths."""
    check_depth(depth)
    n = min(len(a.items), len(b.items))
    charge_container(n)
    for i in range(n):
        x = a.items[i]
        y = b.items[i]
        if not equal_nested(x, y, depth):
            return order_nested(x, y, operator, depth)
    return compare_ints(i64(len(a.items)), i64(len(b.items)))


@noinline
def no_order(a: Value, b: Value, operator: Text) -> NoReturn:
    """End with the error of two values that have no order."""
    say_type(a)
    say(" ")
    say(operator)
    say(" ")
    say_type(b)
    say(" not implemented")
    if a == NONE or b == NONE:
        say(" (one side is None: test it first)")
    stop()
