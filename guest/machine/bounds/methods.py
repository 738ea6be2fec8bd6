"""What methods cost at most, and the shapes of what they give: a row for each that is known, as for built-ins.

A method is for all types that have one of its name; on a value of another type it is an error, which costs no more.
Methods that change their receiver have no row: where a list or dict grows that has other names, no shape would show it.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, noinline, u32, u64
from guest.heap.value import is_small, small
from guest.machine.bounds.amounts import UNKNOWN, larger, lesser, multiple, part, plus, times
from guest.machine.bounds.builtins import SCANNED, argument_of, as_sequence, or_default
from guest.machine.bounds.operators import Priced, priced, unknown
from guest.machine.bounds.patterns import pattern_method, table_get_method
from guest.machine.bounds.shapes import (
    DENSE,
    DICT,
    INT,
    LIST,
    NETWORKS,
    NOTHING,
    OTHER,
    SCALAR,
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
    with_key,
)
from guest.machine.bounds.weights import (
    BUILT,
    COPIED,
    FORMATTED,
    ITEMS,
    chain_of,
    comparing_with_all,
    finding_key,
    printing,
    text_weight,
)
from guest.meter.costs import (
    NUMBER_FORMAT,
)
from guest.values.dict import Dict, dict_get
from guest.values.text import Str, text_equal

ELEMENT_WEIGHT: u64 = 2 * SCALAR  # of a character as a text
OPEN_BRACE = 0x7B


@noinline
def method(name: Str, s: Shape, given: Array[Value], count: u32) -> Priced:
    """A call of a method with positional arguments."""
    if may_be(s, OTHER):
        return pattern_method(name, s, argument_of(given, count, 0), argument_of(given, count, 1))
    first = argument_of(given, count, 0)
    if text_equal(name, "get"):
        return get_method(s, given, count)
    if text_equal(name, "keys"):
        return priced(plus(part(entries_of(s), ITEMS), 1), entries_list(s, visited(keys_only(s)), SCALAR))
    if text_equal(name, "values"):
        return priced(plus(part(entries_of(s), ITEMS), 1), entries_list(s, element_of(s), SCALAR))
    if text_equal(name, "items"):
        pair = pair_of(visited(keys_only(s)), element_of(s))
        # Key and value are parts of one entry.
        pair.weight = plus(lesser(pair.weight, s.weight), 4 * SCALAR)
        return priced(plus(multiple(entries_of(s), 2), 1), entries_list(s, pair, 5 * SCALAR))
    if text_equal(name, "find") and may_be(s, NETWORKS):
        return priced(plus(NUMBER_FORMAT, plus(search_cost(s, first, False), 8)), found_network(s))
    if text_equal(name, "index") or text_equal(name, "find"):
        cost = search_cost(s, first, False)
        if may_be(s, LIST):
            cost = plus(cost, plus(comparing_with_all(s, first), count_of(s)))
        return priced(cost, scalar(INT))
    if text_equal(name, "rfind") or text_equal(name, "rindex"):
        return priced(search_cost(s, first, True), scalar(INT))
    if text_equal(name, "count"):
        return priced(plus(search_cost(s, first, False), s.weight), scalar(INT))
    return text_method(name, s, given, count)


@noinline
def get_method(s: Shape, given: Array[Value], count: u32) -> Priced:
    """`get` of a dict. A constant key of a constant dict says which value it is."""
    if may_be(s, OTHER):
        return table_get_method(s, argument_of(given, count, 0), argument_of(given, count, 1))
    key = argument_of(given, count, 0)
    if s.weight != UNKNOWN and isinstance(s.value, Dict) and isinstance(key.value, Str):
        value = dict_get(cast(Dict, s.value), key.value)
        if value != UNDEFINED:
            return priced(chain_of(s), shape_of(value, 0))
        return priced(chain_of(s), argument_of(given, count, 1))
    if isinstance(key.value, Str):
        among = with_key(s, cast(Str, key.value), argument_of(given, count, 1))
        if among is not None:
            return priced(finding_key(s, key), among)
    return or_default(priced(finding_key(s, key), joined(element_of(s), scalar(NOTHING))), given, count, 1)


def keys_only(s: Shape) -> Shape:
    """The same as a dict."""
    return container(DICT, s.keys, s.weight, s.count, scalar(NOTHING))


def entries_list(s: Shape, inside: Shape, each: u64) -> Shape:
    """The list of something for each entry of a dict, which weighs so much besides the entry."""
    return fresh_list(inside, plus(s.weight, plus(multiple(entries_of(s), each), SCALAR)), entries_of(s))


def found_network(s: Shape) -> Shape:
    """A network of a set, or None; or a position in a text."""
    return shape(NETWORKS | NOTHING | INT, lesser(s.weight, 16 * SCALAR))


def search_cost(s: Shape, wanted: Shape, backward: bool) -> u64:
    """Searching a part of a text, and telling at which character it is."""
    cost = plus(part(s.weight, SCANNED), plus(part(multiple(s.weight, 3), COPIED), 4))
    return plus(cost, backward_cost(s, wanted)) if backward else cost


def backward_cost(s: Shape, wanted: Shape) -> u64:
    """Comparing at each place of a text, from its end on."""
    return part(times(s.weight, lesser(wanted.weight, s.weight)), COPIED)


# Texts.


@noinline
def text_method(name: Str, s: Shape, given: Array[Value], count: u32) -> Priced:
    """The methods of texts alone."""
    first = argument_of(given, count, 0)
    copied = plus(part(s.weight, COPIED), 2)
    text = shape(STR, s.weight)
    if text_equal(name, "startswith") or text_equal(name, "endswith"):
        cost = plus(multiple(copied, 2), part(first.weight, COPIED))
        return priced(plus(cost, count_of(first)) if may_be(first, TUPLE) else cost, scalar(NOTHING))
    if text_equal(name, "removeprefix") or text_equal(name, "removesuffix"):
        return priced(multiple(copied, 2), text)
    if text_equal(name, "lower") or text_equal(name, "upper") or text_equal(name, "title"):
        return mapped(s)
    if text_equal(name, "capitalize"):
        return mapped(s)
    if is_question(name):
        return priced(plus(s.weight, 1), scalar(NOTHING))
    if text_equal(name, "strip") or text_equal(name, "lstrip") or text_equal(name, "rstrip"):
        if count == 0:
            return priced(plus(part(s.weight, SCANNED), copied), text)
        search = plus(part(first.weight, SCANNED), 1)
        return priced(plus(times(plus(s.weight, 2), search), copied), text)
    if text_equal(name, "split"):
        return split(s, given, count, 0)
    if text_equal(name, "rsplit"):
        return split(s, given, count, backward_cost(s, first))
    if text_equal(name, "splitlines"):
        return pieces_of(s, plus(s.weight, 1), 0)
    if text_equal(name, "partition") or text_equal(name, "rpartition"):
        cost = plus(part(s.weight, SCANNED), multiple(copied, 2))
        if text_equal(name, "rpartition"):
            cost = plus(cost, backward_cost(s, first))
        return priced(cost, container(TUPLE, STR, plus(s.weight, 4 * SCALAR), 3, text))
    if text_equal(name, "replace"):
        return replaced(s, first, argument_of(given, count, 1))
    if text_equal(name, "join"):
        weight = plus(first.weight, times(count_of(first), s.weight))
        cost = plus(as_sequence(first), plus(count_of(first), plus(part(weight, COPIED), 2)))
        return priced(cost, shape(STR, weight))
    if text_equal(name, "elems") or text_equal(name, "codepoints"):
        return priced(4, container(TUPLE, STR, multiple(s.weight, 10), s.weight, shape(STR, ELEMENT_WEIGHT)))
    if text_equal(name, "elem_ords") or text_equal(name, "codepoint_ords"):
        return priced(4, container(TUPLE, STR, multiple(s.weight, 16), s.weight, scalar(INT)))
    if text_equal(name, "format"):
        return formatted(s, given, count)
    return unknown()


def is_question(name: Str) -> bool:
    """Whether it is the name of a method that asks about all characters."""
    return (
        text_equal(name, "isalpha")
        or text_equal(name, "isdigit")
        or text_equal(name, "isalnum")
        or text_equal(name, "isspace")
        or text_equal(name, "isupper")
        or text_equal(name, "islower")
        or text_equal(name, "istitle")
    )


def mapped(s: Shape) -> Priced:
    """A text in another case: a unit for each byte of text beyond ASCII, of which two may become three."""
    weight = plus(multiple(part(s.weight, 2), 3), SCALAR)
    return priced(plus(s.weight, plus(part(weight, BUILT), 4)), shape(STR, weight))


def length_of(s: Shape) -> u64:
    """The bytes of a text that is known, or 0."""
    return u64(len(cast(Str, s.value).data)) if isinstance(s.value, Str) else u64(0)


@noinline
def split(s: Shape, given: Array[Value], count: u32, more: u64) -> Priced:
    """`split` and `rsplit`: the separators are no part of the pieces."""
    pieces = plus(s.weight, 1)
    if count == 0:
        pieces = plus(part(s.weight, 2), 1)
    else:
        length = length_of(cast(Shape, given[0]))
        if length != 0:
            pieces = plus(part(s.weight, length), 1)
    if count == 2:
        most_splits = cast(Shape, given[1]).value
        if is_small(most_splits) and small(most_splits) >= 0:
            pieces = lesser(pieces, u64(small(most_splits)) + 1)
    return pieces_of(s, pieces, more)


def pieces_of(s: Shape, pieces: u64, more: u64) -> Priced:
    """A text in so many pieces."""
    # As in JSON: each has a separator in the text, and two quotes.
    weight = plus(s.weight, plus(multiple(pieces, 2), SCALAR))
    cost = plus(plus(part(s.weight, SCANNED), part(s.weight, COPIED)), plus(part(multiple(pieces, 3), 2), 4))
    made = fresh_list(shape(STR, s.weight), weight, pieces)
    made.kinds |= DENSE
    return priced(plus(cost, more), made)


@noinline
def replaced(s: Shape, old: Shape, new: Shape) -> Priced:
    """`replace`: the empty text is around every character."""
    occurrences = plus(s.weight, 1)
    length = length_of(old)
    if length != 0:
        occurrences = part(s.weight, length)
    weight = plus(s.weight, times(occurrences, new.weight))
    cost = plus(part(multiple(s.weight, 2), SCANNED), plus(multiple(occurrences, 2), 4))
    return priced(plus(cost, plus(part(weight, COPIED), 2)), shape(STR, weight))


@noinline
def formatted(s: Shape, given: Array[Value], count: u32) -> Priced:
    """`format`: as many fields as there are braces that open."""
    fields = part(s.weight, 2)
    if isinstance(s.value, Str):
        fields = 0
        text = cast(Str, s.value)
        for i in range(len(text.data)):
            fields += u64(text.data[i] == OPEN_BRACE)
    largest: u64 = FORMATTED
    dearest: u64 = 0
    for i in range(count):
        argument = cast(Shape, given[i])
        if may_be(argument, OTHER):
            return unknown()
        largest = larger(largest, text_weight(argument, True))
        dearest = larger(dearest, printing(argument, True))
    weight = plus(s.weight, times(fields, largest))
    cost = plus(times(fields, plus(dearest, 2)), plus(part(s.weight, SCANNED), part(weight, BUILT)))
    return priced(plus(cost, plus(s.weight, 8)), shape(STR, weight))
