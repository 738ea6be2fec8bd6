"""What built-ins and methods cost at most, and the shapes of what they give: a row for each that is known.

Each row follows how the built-in charges, in `guest/library/`. What has no row has no bound, such as what runs as long as numbers
in the event say. Methods are for all types that have one of the name; for a value of another type they are errors, which cost no
more.
"""

from guest.compiler.language import Array, Value, cast, i64, noinline, u32, u64
from guest.heap.value import is_small, small
from guest.machine.bounds.amounts import (
    UNKNOWN,
    larger,
    lesser,
    most,
    multiple,
    part,
    plus,
    rate_of,
    times,
)
from guest.machine.bounds.operators import (
    Priced,
    priced,
    to_string,
    unknown,
)
from guest.machine.bounds.shapes import (
    ADDRESS,
    ALL,
    CALLABLE,
    CALLABLE_WEIGHT,
    DENSE,
    DICT,
    FLOAT,
    FRESH,
    INT,
    LIST,
    NETWORKS,
    NOTHING,
    NUMBER,
    OTHER,
    RANGE,
    SCALAR,
    SEQUENCE,
    SET,
    STR,
    TUPLE,
    Shape,
    container,
    count_of,
    element_of,
    entries_of,
    fresh_list,
    joined,
    may_be,
    pair_of,
    scalar,
    shape,
    shape_of,
    visited,
)
from guest.machine.bounds.weights import (
    BUILT,
    COPIED,
    FORMATTED,
    ITEMS,
    adding_numbers,
    comparing,
    comparing_with_all,
    converting_digits,
    filling,
    finding_key,
    printing,
    suggesting,
    text_weight,
)
from guest.meter.costs import (
    CHARACTER_BYTES_PER_UNIT,
    NUMBER_FORMAT,
    SCAN_BYTES_PER_UNIT,
)
from guest.syntax.calls import HAS_ARGS
from guest.values.text import Str, text_equal
from guest.values.tuple import Tuple

SCANNED: u64 = SCAN_BYTES_PER_UNIT
LOOKED_AT: u64 = 1
"""Units for a byte of text whose characters are looked up in tables: those beyond ASCII."""
ROUNDS_OF_RUNS: u64 = 6  # of comparing neighbours, and inside runs of eight
RUN_BITS: u64 = 3


def argument_of(given: Array[Value], count: u32, index: u32) -> Shape:
    """An argument, or what stands for one that is not given."""
    return cast(Shape, given[index]) if index < count else scalar(NOTHING)


# Iterables.


@noinline
def as_sequence(s: Shape) -> u64:
    """What it costs to index an iterable: the elements of a dict are copied."""
    if may_be(s, OTHER):
        return UNKNOWN
    return plus(multiple(count_of(s), 2), 2) if may_be(s, TUPLE | DICT | SET) else u64(0)


@noinline
def copied_list(s: Shape, kinds: u32) -> Priced:
    """A list or tuple of the elements of an iterable."""
    count = count_of(s)
    cost = plus(plus(as_sequence(s), part(count, ITEMS)), count if may_be(s, RANGE) else u64(0))
    weight = plus(s.weight, plus(multiple(count, SCALAR), SCALAR))
    return priced(cost, container(kinds, STR, weight, count, visited(s)))


def elements_only(s: Shape) -> Shape:
    """A list of what a loop over an iterable visits."""
    return container(LIST | s.kinds & DENSE, STR, s.weight, count_of(s), visited(s))


@noinline
def sorting(s: Shape) -> Priced:
    """`sorted`: in each round each element is compared with two others."""
    copied = copied_list(s, LIST | FRESH)
    count = count_of(s)
    number = most(count)
    rounds = ROUNDS_OF_RUNS
    while rounds < 64 and number >> (rounds - ROUNDS_OF_RUNS + RUN_BITS) != 0:
        rounds += 1
    element = visited(s)
    round = plus(multiple(comparing_with_all(elements_only(s), element), 4), multiple(count, 2))
    return priced(plus(plus(copied.cost, multiple(round, rounds)), plus(multiple(count, 2), 8)), copied.shape)


@noinline
def extreme(given: Array[Value], count: u32) -> Priced:
    """`min` and `max` without a key."""
    if count == 1:
        return extreme_element(cast(Shape, given[0]))
    best = argument_of(given, count, 0)
    cost: u64 = 4
    for i in range(1, count):
        other = cast(Shape, given[i])
        cost = plus(cost, plus(multiple(comparing(best, other), 2), 2))
        best = joined(best, other)
    return priced(cost, best)


@noinline
def extreme_element(s: Shape) -> Priced:
    """The least or greatest element of an iterable."""
    element = visited(s)
    units = plus(multiple(comparing_with_all(elements_only(s), element), 2), count_of(s))
    return priced(plus(as_sequence(s), units), element)


@noinline
def zipped(given: Array[Value], count: u32) -> Priced:
    """`zip`: as many tuples as the shortest argument has elements."""
    rows: u64 = UNKNOWN
    weight: u64 = SCALAR
    cost: u64 = 2
    element = scalar(NOTHING)
    for i in range(count):
        column = cast(Shape, given[i])
        rows = count_of(column) if i == 0 else lesser(rows, count_of(column))
        weight = plus(weight, plus(column.weight, SCALAR))
        cost = plus(cost, as_sequence(column))
        element = joined(element, visited(column))
    if count == 0:
        return priced(0, fresh_list(element, SCALAR, 0))
    row = container(TUPLE, STR, multiple(plus(element.weight, 2 * SCALAR), u64(count)), u64(count), element)
    if count == 2:
        row.first = visited(cast(Shape, given[0]))
        row.inside = visited(cast(Shape, given[1]))
    more = multiple(rows, (u64(count) + 2) * SCALAR)
    units = times(rows, plus(part(u64(count) + 2, ITEMS), 3))
    return priced(plus(cost, units), fresh_list(row, plus(weight, more), rows))


@noinline
def numbered(s: Shape) -> Priced:
    """`enumerate`."""
    pair = pair_of(shape(INT, 2 * SCALAR), visited(s))
    weight = plus(s.weight, plus(multiple(count_of(s), 6 * SCALAR), SCALAR))
    cost = plus(as_sequence(s), plus(multiple(count_of(s), 2), 2))
    return priced(cost, fresh_list(pair, weight, count_of(s)))


# Conversions.


@noinline
def to_int(s: Shape, has_base: bool) -> Priced:
    """`int`."""
    kinds = INT
    cost: u64 = NUMBER_FORMAT
    weight: u64 = SCALAR
    if may_be(s, STR):
        text = multiple(s.weight, 2) if has_base else s.weight
        cost = plus(plus(part(s.weight, SCANNED), NUMBER_FORMAT), part(s.weight, COPIED))
        if rate_of(text) != 0 or text > 2 * SCALAR:
            cost = plus(cost, converting_digits(text))
        weight = plus(text, 2 * SCALAR)
    if may_be(s, FLOAT):
        # Up to 1,024 bits.
        cost = plus(cost, 24)
        weight = larger(weight, 40 * SCALAR)
    if may_be(s, INT):
        weight = larger(weight, s.weight)
    return priced(cost, shape(kinds, weight))


@noinline
def to_float(s: Shape) -> Priced:
    """`float`: of a long integer its groups of bits, of a text its digits, exactly."""
    cost = plus(adding_numbers(s, s), NUMBER_FORMAT)
    if may_be(s, STR):
        # Decimals that are exactly between two floats are computed with all their digits, and up to 1,100 bits.
        digits = plus(s.weight, 400)
        cost = plus(cost, plus(part(s.weight, SCANNED), multiple(converting_digits(digits), 4)))
    return priced(cost, scalar(FLOAT))


@noinline
def builtin(name: Str, given: Array[Value], count: u32) -> Priced:
    """A call of a built-in with positional arguments."""
    first = argument_of(given, count, 0)
    second = argument_of(given, count, 1)
    if text_equal(name, "len"):
        return priced(0, shape(INT, 2 * SCALAR)) if not may_be(first, OTHER) else unknown()
    if text_equal(name, "bool"):
        return priced(0, scalar(NOTHING))
    if text_equal(name, "hasattr"):
        return looked_up(first, second, scalar(NOTHING))
    if text_equal(name, "type"):
        return priced(0, shape(STR, 2 * FORMATTED))
    if text_equal(name, "str"):
        return to_string(first, False)
    if text_equal(name, "repr"):
        return to_string(first, True)
    if text_equal(name, "int"):
        return to_int(first, count > 1)
    if text_equal(name, "float"):
        return to_float(first)
    if text_equal(name, "abs"):
        return priced(adding_numbers(first, first), shape(first.kinds & NUMBER, plus(first.weight, SCALAR)))
    if text_equal(name, "hash"):
        return priced(multiple(first.weight, LOOKED_AT), scalar(INT))
    if text_equal(name, "ord"):
        return priced(0, scalar(INT))
    if text_equal(name, "chr"):
        return priced(0, shape(STR, 2 * SCALAR))
    if text_equal(name, "min") or text_equal(name, "max"):
        return extreme(given, count)
    if text_equal(name, "_min") or text_equal(name, "_max"):
        # The arguments, or the elements of the only one.
        one = extreme_element(element_of(first))
        all = extreme_element(first)
        return priced(larger(one.cost, all.cost), joined(one.shape, all.shape))
    if text_equal(name, "sorted") or text_equal(name, "_sorted"):
        return sorting(first)
    if text_equal(name, "_sorted_by"):
        copied = copied_list(first, LIST | FRESH)
        return priced(plus(copied.cost, sorting(second).cost), copied.shape)
    if text_equal(name, "_no_key"):
        return priced(0, first)
    if text_equal(name, "_check_key"):
        return priced(0, scalar(NOTHING))
    if text_equal(name, "_operands"):
        # All arguments, or the only one.
        return priced(as_sequence(element_of(first)), joined(first, element_of(first)))
    if text_equal(name, "reversed") or text_equal(name, "_elements"):
        return copied_list(first, LIST | FRESH)
    if text_equal(name, "list"):
        return copied_list(first, LIST | FRESH) if count != 0 else priced(0, fresh_list(first, SCALAR, 0))
    if text_equal(name, "tuple"):
        return copied_list(first, TUPLE) if count != 0 else priced(0, container(TUPLE, STR, SCALAR, 0, first))
    if text_equal(name, "any") or text_equal(name, "all"):
        return priced(plus(as_sequence(first), count_of(first)), scalar(NOTHING))
    if text_equal(name, "enumerate"):
        return numbered(first)
    if text_equal(name, "zip"):
        return zipped(given, count)
    if text_equal(name, "set"):
        return set_of(first, count)
    if text_equal(name, "dict"):
        return dict_of(first, count)
    if text_equal(name, "getattr"):
        found = looked_up(first, second, joined(element_of(first), shape(CALLABLE, CALLABLE_WEIGHT)))
        return or_default(found, given, count, 2)
    if text_equal(name, "header"):
        return header(first, second, given, count)
    if text_equal(name, "range"):
        return range_of(given, count)
    if text_equal(name, "ip"):
        return priced(NUMBER_FORMAT, shape(ADDRESS, 4 * SCALAR))
    if text_equal(name, "fail"):
        return failing(given, count)
    return unknown()


def range_of(given: Array[Value], count: u32) -> Priced:
    """`range`, of one number that is known, or two: at most as many elements as they are apart."""
    first = argument_of(given, count, 0)
    second = argument_of(given, count, 1)
    stop = first if count == 1 else second
    if not is_small(stop.value) or (count > 1 and not is_small(first.value)) or count == 3:
        return unknown()
    start = small(first.value) if count > 1 else i64(0)
    turns = u64(max(small(stop.value) - start, i64(0)))
    return priced(2, container(RANGE, STR, multiple(2 * SCALAR, turns), turns, shape(INT, 2 * SCALAR)))


def looked_up(s: Shape, name: Shape, result: Shape) -> Priced:
    """`getattr`, or `hasattr`, which tells only whether there is one."""
    if may_be(s, OTHER | ADDRESS | NETWORKS):
        return unknown()
    finding = plus(finding_key(s, shape(STR, name.weight)), suggesting(s))
    return priced(plus(finding, plus(part(name.weight, COPIED), 8)), result)


def or_default(found: Priced, given: Array[Value], count: u32, index: u32) -> Priced:
    """What is found, or the argument that stands for what is not."""
    return priced(found.cost, joined(found.shape, argument_of(given, count, index)))


@noinline
def header(headers: Shape, name: Shape, given: Array[Value], count: u32) -> Priced:
    """`header`: each name is compared without its case; the elements of pairs may have to be copied first."""
    if may_be(headers, OTHER):
        return unknown()
    each = plus(count_of(headers), plus(multiple(headers.weight, 2), 4))
    compared = part(lesser(headers.weight, times(count_of(headers), name.weight)), CHARACTER_BYTES_PER_UNIT)
    value = joined(element_of(headers), element_of(element_of(headers)))
    return or_default(priced(plus(each, plus(compared, 8)), value), given, count, 2)


@noinline
def failing(given: Array[Value], count: u32) -> Priced:
    """`fail`: the texts of its arguments."""
    cost: u64 = 8
    for i in range(count):
        s = cast(Shape, given[i])
        cost = plus(
            cost, UNKNOWN if may_be(s, OTHER) else plus(printing(s, True), part(text_weight(s, True), BUILT))
        )
    return priced(cost, scalar(NOTHING))


# Sets and dicts.


@noinline
def set_of(s: Shape, count: u32) -> Priced:
    """`set`."""
    if count == 0:
        return priced(0, container(SET | FRESH, 0, SCALAR, 0, scalar(NOTHING)))
    element = visited(s)
    entries = count_of(s)
    weight = plus(s.weight, plus(multiple(entries, 2 * SCALAR), SCALAR))
    result = container(SET | FRESH, element.kinds, weight, entries, scalar(NOTHING))
    keys = times(entries, plus(finding_key(result, element), 1))
    return priced(plus(as_sequence(s), plus(keys, filling(entries))), result)


@noinline
def dict_of(s: Shape, count: u32) -> Priced:
    """`dict` of another dict, or of pairs."""
    if count == 0:
        return priced(0, container(DICT | FRESH, 0, SCALAR, 0, scalar(NOTHING)))
    if may_be(s, OTHER):
        return unknown()
    pair = visited(s)
    keys: u32 = s.keys if may_be(s, DICT) else u32(0)
    inside = element_of(s)
    entries = count_of(s)
    cost = plus(filling(entries), part(entries, 2))
    if may_be(s, SEQUENCE | SET):
        keys |= visited(pair).kinds
        inside = joined(inside, joined(element_of(pair), visited(pair)))
        cost = plus(cost, plus(multiple(s.weight, 3), multiple(entries, 8)))
    weight = plus(s.weight, plus(multiple(entries, 2 * SCALAR), SCALAR))
    result = container(DICT | FRESH | s.kinds & DENSE, keys, weight, entries, inside)
    if keys & (ALL ^ STR ^ NOTHING) != 0:
        cost = plus(cost, times(entries, finding_key(result, shape(keys, s.weight))))
    return priced(cost, result)


@noinline
def dict_with_names(given: Array[Value], count: u32, names: Tuple, spread: u32) -> Priced:
    """`dict` with named arguments, or with those of another dict after `**`."""
    if spread & HAS_ARGS != 0:
        return unknown()
    base = dict_of(argument_of(given, count, 0), count)
    cost = base.cost
    inside = element_of(base.shape)
    weight = plus(base.shape.weight, shape_of(Value(names), 0).weight)
    entries = plus(entries_of(base.shape), u64(len(names.items)))
    keys = base.shape.keys | STR
    kinds = base.shape.kinds
    for i in range(count, len(given)):
        s = cast(Shape, given[i])
        weight = plus(weight, plus(s.weight, SCALAR))
        if spread != 0 and i == len(given) - 1:
            if may_be(s, OTHER):
                return unknown()
            entries = plus(entries, entries_of(s))
            weight = plus(weight, multiple(entries_of(s), 2 * SCALAR))
            kinds |= s.kinds & DENSE
            inside = joined(inside, element_of(s))
        else:
            inside = joined(inside, s)
    cost = plus(cost, plus(multiple(filling(entries), 3), multiple(entries, 4)))
    return priced(cost, container(kinds, keys, weight, entries, inside))
