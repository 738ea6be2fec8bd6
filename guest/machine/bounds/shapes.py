"""Shapes: what is known of a value before any event has come: of which types it may be, and how large it is at the most.

The weight of a value is an upper bound on its bytes and those of all in it. What comes from an event weighs no more than the
event's JSON text; what rules make weighs at least SCALAR for each element. All parts of a value together weigh no more than
it does. `functions.py` keeps a shape for each register; `weights.py` tells what work on shapes costs.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Object, Value, cast, need, noinline, u32, u64
from guest.heap.state import is_frozen
from guest.heap.value import is_float, is_pointer, is_small
from guest.library.address import Ip
from guest.library.networks import Cidr
from guest.machine.bounds.amounts import (
    UNKNOWN,
    larger,
    lesser,
    most,
    multiple,
    part,
    plus,
    rate_of,
    with_element,
)
from guest.meter.fuel import charge
from guest.values.dict import Dict, dict_get, entry_key, entry_value
from guest.values.function import Builtin, Function
from guest.values.integer import BigInt, LongInt
from guest.values.list import List
from guest.values.range import Range
from guest.values.set import Set
from guest.values.text import Str
from guest.values.tuple import Tuple

# Types, a bit each.
NOTHING = 1  # None, True and False
INT = 2
FLOAT = 4
STR = 8
LIST = 16
TUPLE = 32
DICT = 64
SET = 128
RANGE = 256
ADDRESS = 512
NETWORKS = 1024
CALLABLE = 2048
UNLOOKED = 4096  # all else: patterns, tables, times, ..., and structs that rules make
# What is no type.
FRESH = 8192  # it may be a list, dict or set that is not frozen
DENSE = 16384  # its elements may weigh as little as those of JSON
STRUCT = 32768  # of which each field has the shape of its elements
OTHER = UNLOOKED | STRUCT
NUMBER = INT | FLOAT
SEQUENCE = LIST | TUPLE
ITERABLE = LIST | TUPLE | DICT | SET | RANGE
JSON = NOTHING | NUMBER | STR | LIST | DICT | DENSE
TYPES = FRESH - 1 | STRUCT
ALL = TYPES | FRESH | DENSE
ANYTHING = TYPES | FRESH | DENSE

SCALAR: u64 = 8
"""What a number, a boolean or None weighs; and what an element of what rules make weighs besides itself."""
CALLABLE_WEIGHT: u64 = 128  # the text of a bound method, and more
LIMB_WEIGHT: u64 = 8
"""What 32 bits of a long integer weigh: their decimal digits, of which JSON needs 9.6, weigh no less."""
ELEMENT_BYTES: u64 = 2  # of the shortest element of a list in JSON, with its comma
ENTRY_BYTES: u64 = 6  # of the shortest entry of an object in JSON; all keys but one have a letter
MOST_AMONG = 1024  # elements of a constant container whose dicts are looked into
MOST_NESTING = 12  # of a constant that is looked into
WORK = 2  # units of the analysis for one instruction, or value


class Shape(Object):
    """What is known of a value. `inside` is for each of its elements; those of JSON, if it is None."""

    kinds: u32  # the types that it may have
    keys: u32  # the types that the keys of a dict, or the elements of a set, may have
    weight: u64  # an amount
    count: u64  # an amount: its elements at the most; UNKNOWN: as many as its weight allows
    value: Value  # if it can only be this one; UNDEFINED otherwise
    among: Value  # a constant container of which it is an element, if that is known
    depth: u32  # how many levels of elements are known
    first: Shape | None  # of a pair: the first element, and `inside` is for the second alone
    inside: Shape | None
    # Inside of a loop: the weight is also at most `extra` more than what the accumulator weighs when a turn begins, or
    # than `floor`, if that is more. 0: no accumulator.
    accumulator: u32
    extra: u64
    floor: u64
    more: u64  # elements beyond those of the accumulator


@noinline
def shape(kinds: u32, weight: u64) -> Shape:
    """Something of these types, of which no more is known than its weight."""
    return Shape(
        kinds=kinds,
        keys=STR,
        weight=weight,
        count=UNKNOWN,
        value=UNDEFINED,
        among=UNDEFINED,
        depth=0,
        first=None,
        inside=None,
        accumulator=0,
        extra=0,
        floor=0,
        more=0,
    )


def scalar(kinds: u32) -> Shape:
    """A boolean, or a number of at most 64 bits."""
    return shape(kinds, SCALAR)


@noinline
def container(kinds: u32, keys: u32, weight: u64, count: u64, inside: Shape) -> Shape:
    """A container of so many elements of a shape; what is nested too deeply is forgotten."""
    known = inside if inside.depth < MOST_NESTING else shape(ANYTHING, inside.weight)
    return Shape(
        kinds=kinds,
        keys=keys,
        weight=weight,
        count=count,
        value=UNDEFINED,
        among=UNDEFINED,
        depth=known.depth + 1,
        first=None,
        inside=known,
        accumulator=0,
        extra=0,
        floor=0,
        more=0,
    )


def fresh_list(inside: Shape, weight: u64, count: u64) -> Shape:
    """A list that rules have made."""
    return container(LIST | FRESH, STR, weight, count, inside)


@noinline
def with_weight(s: Shape, weight: u64) -> Shape:
    """The same with another weight, of no accumulator."""
    return Shape(
        kinds=s.kinds,
        keys=s.keys,
        weight=weight,
        count=s.count,
        value=s.value,
        among=s.among,
        depth=s.depth,
        first=s.first,
        inside=s.inside,
        accumulator=0,
        extra=0,
        floor=0,
        more=0,
    )


def may_be(s: Shape, kinds: u32) -> bool:
    """Whether it may be of one of these types."""
    return s.kinds & kinds != 0


def count_of(s: Shape) -> u64:
    """How many elements it has at the most."""
    by_weight = part(s.weight, ELEMENT_BYTES if s.kinds & DENSE != 0 else SCALAR)
    return by_weight if s.count == UNKNOWN else lesser(s.count, by_weight)


def entries_of(s: Shape) -> u64:
    """How many entries it has at the most, if it is a dict."""
    by_weight = part(s.weight, ENTRY_BYTES if s.kinds & DENSE != 0 else 2 * SCALAR)
    return by_weight if s.count == UNKNOWN else lesser(s.count, by_weight)


@noinline
def element_of(s: Shape) -> Shape:
    """Any value that an index or a key may give, or a method that looks for one."""
    first = s.first
    if first is not None:
        return joined(first, second_of(s))
    return second_of(s)


def second_of(s: Shape) -> Shape:
    """Any element, but for the first one of a pair."""
    inside = s.inside
    if inside is None and s.kinds & (TUPLE | SET | OTHER) != 0:
        return shape(ANYTHING, s.weight)
    if inside is None:
        return shape(JSON if s.kinds & (LIST | DICT) != 0 else STR, s.weight)
    result = with_weight(inside, lesser(s.weight, inside.weight))
    result.among = s.value
    if s.kinds & STR != 0:
        return joined(result, shape(STR, 2 * SCALAR))
    return result


@noinline
def visited(s: Shape) -> Shape:
    """Any value that a loop over it visits: the keys of a dict."""
    result: Shape | None = None
    if s.kinds & (SEQUENCE | RANGE) != 0:
        result = element_of(s)
    if s.kinds & (DICT | SET) != 0:
        keys = shape(s.keys, s.weight)
        if s.keys & TUPLE != 0:
            # What a tuple among the keys holds is not known.
            keys.inside = shape(ANYTHING, s.weight)
        result = keys if result is None else joined(result, keys)
    return shape(NOTHING, SCALAR) if result is None else result


@noinline
def joined(a: Shape, b: Shape) -> Shape:
    """What is known of a value that has one of two shapes."""
    if a is b:
        return a
    charge(WORK)
    accumulator: u32 = 0
    extra: u64 = 0
    floor: u64 = 0
    more: u64 = 0
    if a.accumulator == b.accumulator:
        accumulator = a.accumulator
        extra = larger(a.extra, b.extra)
        floor = max(a.floor, b.floor)
        more = larger(a.more, b.more)
    elif a.accumulator == 0 or b.accumulator == 0:
        tracked = b if a.accumulator == 0 else a
        other = a if a.accumulator == 0 else b
        accumulator = tracked.accumulator
        extra = tracked.extra
        floor = max(tracked.floor, most(other.weight))
        more = tracked.more if other.kinds & ITERABLE == 0 else UNKNOWN
    return Shape(
        kinds=a.kinds | b.kinds,
        keys=a.keys | b.keys,
        weight=larger(a.weight, b.weight),
        count=UNKNOWN if a.count == UNKNOWN or b.count == UNKNOWN else larger(a.count, b.count),
        value=a.value if a.value == b.value else UNDEFINED,
        among=a.among if a.among == b.among else UNDEFINED,
        depth=max(a.depth, b.depth),
        first=joined_firsts(a, b),
        inside=joined_insides(a, b),
        accumulator=accumulator,
        extra=extra,
        floor=floor,
        more=more,
    )


def are_pairs(a: Shape, b: Shape) -> bool:
    """Whether both are pairs of which each element is known."""
    return a.first is not None and b.first is not None and (a.kinds | b.kinds) & TYPES == TUPLE


def joined_firsts(a: Shape, b: Shape) -> Shape | None:
    """The first element of a pair that has one of two shapes."""
    return joined(need(a.first), need(b.first)) if are_pairs(a, b) else None


def joined_insides(a: Shape, b: Shape) -> Shape | None:
    """The elements of a value that has one of two shapes."""
    if are_pairs(a, b):
        return joined(second_of(a), second_of(b))
    if a.inside is None and b.inside is None:
        return None
    if a.kinds & ITERABLE == 0:
        return element_of(b) if b.first is not None else b.inside
    if b.kinds & ITERABLE == 0:
        return element_of(a) if a.first is not None else a.inside
    first = element_of(a)
    second = element_of(b)
    if first is second:
        return first
    return joined(first, second)


@noinline
def pair_of(first: Shape, second: Shape) -> Shape:
    """A tuple of two."""
    weight = plus(3 * SCALAR, plus(first.weight, second.weight))
    if first.depth >= MOST_NESTING:
        return container(TUPLE, STR, weight, 2, joined(first, second))
    result = container(TUPLE, STR, weight, 2, second)
    result.first = first
    result.depth = max(result.depth, first.depth + 1)
    return result


# Constants.


@noinline
def with_key(s: Shape, key: Str, default: Shape | None) -> Shape | None:
    """What a constant key gives, of one of the dicts of a constant container; None if that is not known."""
    if s.weight == UNKNOWN or s.kinds & (OTHER | FRESH) != 0:
        return None
    found = default
    if isinstance(s.among, Dict) and cast(Dict, s.among).used <= MOST_AMONG:
        dict = cast(Dict, s.among)
        for i in range(dict.used):
            if entry_key(dict, i) != UNDEFINED:
                found = with_value(found, entry_value(dict, i), key)
        return found
    if isinstance(s.among, List) and cast(List, s.among).count <= MOST_AMONG:
        for i in range(cast(List, s.among).count):
            found = with_value(found, cast(List, s.among).items[i], key)
        return found
    if isinstance(s.among, Tuple) and len(cast(Tuple, s.among).items) <= MOST_AMONG:
        for i in range(len(cast(Tuple, s.among).items)):
            found = with_value(found, cast(Tuple, s.among).items[i], key)
        return found
    return None


def with_value(found: Shape | None, element: Value, key: Str) -> Shape | None:
    """What a key gives of one more element, if it is a dict that has it."""
    charge(WORK)
    if not isinstance(element, Dict):
        return found
    value = dict_get(cast(Dict, element), Value(key))
    if value == UNDEFINED:
        return found
    s = shape_of(value, 0)
    return s if found is None else joined(found, s)


@noinline
def shape_of(value: Value, depth: u32) -> Shape:
    """The shape of a constant: of a value that was there when the bundle had loaded."""
    charge(WORK)
    result = bare_shape_of(value, depth)
    result.value = value
    return result


def bare_shape_of(value: Value, depth: u32) -> Shape:
    """`shape_of`, but for the value itself."""
    if is_small(value):
        return scalar(INT)
    if is_float(value):
        return scalar(FLOAT)
    if not is_pointer(value):
        return scalar(NOTHING)
    if isinstance(value, Str):
        return shape(STR, u64(len(cast(Str, value).data)) + SCALAR)
    if isinstance(value, LongInt):
        return shape(INT, 2 * SCALAR)
    if isinstance(value, BigInt):
        return shape(INT, SCALAR + LIMB_WEIGHT * u64(cast(BigInt, value).size.length))
    if isinstance(value, Function):
        return shape(CALLABLE, CALLABLE_WEIGHT + u64(len(cast(Function, value).code.name.data)))
    if isinstance(value, Builtin):
        return shape(CALLABLE, CALLABLE_WEIGHT)
    if isinstance(value, Ip):
        return shape(ADDRESS, 4 * SCALAR)
    if isinstance(value, Cidr):
        return shape(NETWORKS, 8 * SCALAR * (u64(cast(Cidr, value).count) + 1))
    if depth == MOST_NESTING:
        return shape(ANYTHING, UNKNOWN)
    if isinstance(value, Range):
        return shape_of_range(cast(Range, value))
    if isinstance(value, Tuple):
        return shape_of_tuple(cast(Tuple, value), depth)
    if isinstance(value, List):
        list = cast(List, value)
        # What is not frozen is, or belongs to, state that events add to.
        return shape_of_list(list, depth) if is_frozen(list) else shape(ANYTHING, UNKNOWN)
    if isinstance(value, Dict):
        return shape_of_entries(cast(Dict, value), DICT, depth)
    if isinstance(value, Set):
        return shape_of_entries(cast(Set, value).elements, SET, depth)
    return shape(OTHER, UNKNOWN)


def shape_of_range(range: Range) -> Shape:
    """A constant range: its integers may have 64 bits."""
    return container(RANGE, INT, multiple(2 * SCALAR, range.count), range.count, shape(INT, 2 * SCALAR))


def shape_of_tuple(tuple: Tuple, depth: u32) -> Shape:
    """A constant tuple."""
    inside: Shape | None = None
    weight = SCALAR
    for i in range(len(tuple.items)):
        each = shape_of(tuple.items[i], depth + 1)
        weight = plus(weight, plus(each.weight, SCALAR))
        inside = each if inside is None else joined(inside, each)
    element = shape(NOTHING, 0) if inside is None else inside
    return container(TUPLE, STR, weight, u64(len(tuple.items)), element)


def shape_of_list(list: List, depth: u32) -> Shape:
    """A constant list."""
    inside: Shape | None = None
    weight = SCALAR
    for i in range(list.count):
        each = shape_of(list.items[i], depth + 1)
        weight = plus(weight, plus(each.weight, SCALAR))
        inside = each if inside is None else joined(inside, each)
    element = shape(NOTHING, 0) if inside is None else inside
    return container(LIST, STR, weight, u64(list.count), element)


def shape_of_entries(dict: Dict, kinds: u32, depth: u32) -> Shape:
    """A constant dict or set: `inside` is for the values."""
    if not is_frozen(dict):
        return shape(ANYTHING, UNKNOWN)
    inside: Shape | None = None
    keys: u32 = 0
    weight = SCALAR
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            key_shape = shape_of(key, depth + 1)
            each = shape_of(entry_value(dict, i), depth + 1)
            keys |= key_shape.kinds
            weight = plus(weight, plus(plus(key_shape.weight, each.weight), 2 * SCALAR))
            inside = each if inside is None else joined(inside, each)
    element = shape(NOTHING, 0) if inside is None else inside
    return container(kinds, keys, weight, u64(dict.used), element)


@noinline
def longest_chain(dict: Dict) -> u64:
    """How many places of its index a search in a constant dict may pass; 0 without an index."""
    index = dict.index
    if index is None:
        return 0
    size = len(index) - 1
    charge(size // 8 + 1)
    longest: u64 = 0
    run: u64 = 0
    # Twice, for a search goes on at the beginning.
    for i in range(2 * size):
        run = 0 if index[i % size] == 0 else run + 1
        longest = max(longest, run)
    return min(longest, u64(size))


@noinline
def settled(s: Shape, element_weight: u64) -> Shape:
    """The same outside of a loop whose elements weigh so much: with numbers for amounts, and of no accumulator."""
    charge(WORK)
    inside = s.inside
    if inside is not None:
        inside = settled(inside, element_weight)
    first = s.first
    if first is not None:
        first = settled(first, element_weight)
    if (
        s.accumulator == 0
        and rate_of(s.weight) == 0
        and (s.count == UNKNOWN or rate_of(s.count) == 0)
        and inside is s.inside
        and first is s.first
    ):
        return s
    return Shape(
        kinds=s.kinds,
        keys=s.keys,
        weight=with_element(s.weight, element_weight),
        count=with_element(s.count, element_weight),
        value=s.value,
        among=s.among,
        depth=s.depth,
        first=first,
        inside=inside,
        accumulator=0,
        extra=0,
        floor=0,
        more=0,
    )


@noinline
def same(a: Shape | None, b: Shape | None) -> bool:
    """Whether no more is known of one shape than of the other, but for accumulators."""
    if a is b:
        return True
    charge(WORK)
    if a is None or b is None:
        return False
    if (
        a.kinds != b.kinds
        or a.keys != b.keys
        or a.weight != b.weight
        or a.count != b.count
        or a.value != b.value
    ):
        return False
    return same(a.inside, b.inside) and same(a.first, b.first)
