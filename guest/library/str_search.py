"""String methods that look for text in text: find, index, count, startswith, endswith and their relatives.

Positions are code points for rules and bytes in here; `search_range` and `char_index` (in `values/text.py`) translate.
In ASCII text both are the same. Every search pays for the bytes that it may read before it reads them.
"""

from guest.compiler.language import (
    Text,
    Value,
    cast,
    i32,
    i64,
    inline,
    noinline,
    registered,
    span,
    u32,
)
from guest.heap.search import span_find
from guest.heap.spans import span_after, span_equal
from guest.heap.value import from_bool, from_small
from guest.heap.views import Registers, register
from guest.library.arguments import (
    clamped_index,
    is_given,
    receiver_str,
    refuse,
    str_argument,
    wrong_operand,
)
from guest.library.pricing import charge_scan
from guest.meter.costs import COMPARE_BYTES_PER_UNIT, ELEMENT
from guest.meter.fuel import charge
from guest.values.charges import charge_bytes
from guest.values.failure import say, say_int, stop
from guest.values.text import Str, char_index, char_offset, substring_bytes
from guest.values.tuple import Tuple
from guest.values.types import say_type

NOT_FOUND: i32 = -1
COMPARED_STEP = 4096  # bytes compared by a backward search between two charges
PREFIX_TYPES = "string or tuple of string"


@inline
def search_range(arguments: Registers, index: u32, s: Str, function: Text) -> tuple[u32, u32]:
    """The part of `s`, in bytes, that the optional arguments `index` (start) and `index + 1` (end) select."""
    if not is_given(arguments, index):
        return 0, len(s.data)
    return selected_range(register(arguments, index), register(arguments, index + 1), s, function)


@noinline
def selected_range(start: Value, end: Value, s: Str, function: Text) -> tuple[u32, u32]:
    """`search_range` for given arguments: as a slice, clamped, negative ones counted from the end."""
    first = clamped_index(start, s.chars, 0, function, "start")
    last = clamped_index(end, s.chars, s.chars, function, "end")
    if first >= last:
        at = char_offset(s, first)
        return at, at
    return char_offset(s, first), char_offset(s, last)


def find_first(s: Str, start: u32, end: u32, wanted: Str) -> i32:
    """The offset of the first occurrence between two offsets, or NOT_FOUND."""
    n = end - start
    m = len(wanted.data)
    if m > n:
        return NOT_FOUND
    charge_scan(n)
    at = span_find(span_after(span(s.data), start), n, span(wanted.data), m)
    return at if at < 0 else at + i32(start)


def find_last(s: Str, start: u32, end: u32, wanted: Str) -> i32:
    """The offset of the last occurrence between two offsets, or NOT_FOUND."""
    m = len(wanted.data)
    if m > end - start:
        return NOT_FOUND
    if m == 0:
        return i32(end)
    charge_scan(end - start)
    return scan_back(s, start, end, wanted)


def scan_back(s: Str, start: u32, end: u32, wanted: Str) -> i32:
    """`find_last` for a text that is not empty; the caller has paid for the bytes from `start` to `end`."""
    m = len(wanted.data)
    if m > end - start:
        return NOT_FOUND
    lead = wanted.data[0]
    compared: u32 = 0
    at = end - m
    while True:
        if s.data[at] == lead:
            # Text chosen to match late compares `m` bytes at every offset, and pays for it.
            compared += m
            if compared >= COMPARED_STEP:
                charge(compared // COMPARE_BYTES_PER_UNIT)
                compared = 0
            if span_equal(span_after(span(s.data), at), span(wanted.data), m):
                return i32(at)
        if at == start:
            return NOT_FOUND
        at -= 1


def search(arguments: Registers, function: Text, from_end: bool) -> i32:
    """What find, rfind, index and rindex share: the code point where the argument is found, or NOT_FOUND."""
    s = receiver_str(arguments)
    wanted = str_argument(arguments, 1, function, "1")
    start, end = search_range(arguments, 2, s, function)
    at = find_last(s, start, end, wanted) if from_end else find_first(s, start, end, wanted)
    return at if at < 0 else i32(char_index(s, u32(at)))


def found(position: i32, function: Text) -> Value:
    """A position as the result of index or rindex, which fail when there is none."""
    if position < 0:
        refuse(function, "substring not found")
    return from_small(i64(position))


@registered("method", "str.find(sub, start?, end?, /)")
def str_find(arguments: Registers) -> Value:
    """The index of the first occurrence, or -1."""
    return from_small(i64(search(arguments, "find", False)))


@registered("method", "str.rfind(sub, start?, end?, /)")
def str_rfind(arguments: Registers) -> Value:
    """The index of the last occurrence, or -1."""
    return from_small(i64(search(arguments, "rfind", True)))


@registered("method", "str.index(sub, start?, end?, /)")
def str_index(arguments: Registers) -> Value:
    """The index of the first occurrence; an error without one."""
    return found(search(arguments, "index", False), "index")


@registered("method", "str.rindex(sub, start?, end?, /)")
def str_rindex(arguments: Registers) -> Value:
    """The index of the last occurrence; an error without one."""
    return found(search(arguments, "rindex", True), "rindex")


@registered("method", "str.count(sub, start?, end?, /)")
def str_count(arguments: Registers) -> Value:
    """The number of occurrences that do not overlap; the empty string occurs around every code point."""
    s = receiver_str(arguments)
    wanted = str_argument(arguments, 1, "count", "1")
    start, end = search_range(arguments, 2, s, "count")
    if len(wanted.data) == 0:
        return from_small(i64(char_index(s, end)) - i64(char_index(s, start)) + 1)
    return from_small(i64(count_occurrences(s, start, end, wanted, 0xFFFFFFFF)))


def count_occurrences(s: Str, start: u32, end: u32, wanted: Str, most: u32) -> u32:
    """How often a text that is not empty occurs between two offsets, without overlaps, counted up to `most`."""
    m = len(wanted.data)
    charge_scan(end - start)
    count: u32 = 0
    at = start
    while count < most and end - at >= m:
        offset = span_find(span_after(span(s.data), at), end - at, span(wanted.data), m)
        if offset < 0:
            break
        charge(ELEMENT)
        at += u32(offset) + m
        count += 1
    return count


@registered("method", "str.startswith(prefix, start?, end?, /)")
def str_startswith(arguments: Registers) -> Value:
    """Whether the string begins with the prefix, or with one of a tuple of them."""
    return from_bool(has_affix(arguments, "startswith", False))


@registered("method", "str.endswith(suffix, start?, end?, /)")
def str_endswith(arguments: Registers) -> Value:
    """Whether the string ends with the suffix, or with one of a tuple of them."""
    return from_bool(has_affix(arguments, "endswith", True))


@inline
def has_affix(arguments: Registers, function: Text, at_end: bool) -> bool:
    """Whether the receiver begins, or ends, with the text that is wanted or with one of a tuple of them."""
    s = receiver_str(arguments)
    start, end = search_range(arguments, 2, s, function)
    wanted = register(arguments, 1)
    if isinstance(wanted, Str):
        return touches(s, start, end, cast(Str, wanted), at_end)
    if not isinstance(wanted, Tuple):
        wrong_operand(function, wanted, PREFIX_TYPES)
    choices = cast(Tuple, wanted)
    for i in range(len(choices.items)):
        if touches(s, start, end, choice_at(choices, i, function), at_end):
            return True
    return False


def choice_at(choices: Tuple, index: u32, function: Text) -> Str:
    """An element of a tuple of prefixes or suffixes."""
    choice = choices.items[index]
    if not isinstance(choice, Str):
        say(function)
        say(": want string, got ")
        say_type(choice)
        say(", for element ")
        say_int(i64(index))
        stop()
    charge(ELEMENT)
    return cast(Str, choice)


@inline
def touches(s: Str, start: u32, end: u32, part: Str, at_end: bool) -> bool:
    """Whether the bytes from `start` to `end` begin, or end, with `part`."""
    m = len(part.data)
    if m > end - start:
        return False
    charge_bytes(m)
    return span_equal(span_after(span(s.data), end - m if at_end else start), span(part.data), m)


@registered("method", "str.removeprefix(prefix, /)")
def str_removeprefix(arguments: Registers) -> Value:
    """The string without the prefix, if it begins with it."""
    s = receiver_str(arguments)
    prefix = str_argument(arguments, 1, "removeprefix", "1")
    n = len(s.data)
    if touches(s, 0, n, prefix, False):
        return Value(substring_bytes(s, len(prefix.data), n))
    return Value(s)


@registered("method", "str.removesuffix(suffix, /)")
def str_removesuffix(arguments: Registers) -> Value:
    """The string without the suffix, if it ends with it."""
    s = receiver_str(arguments)
    suffix = str_argument(arguments, 1, "removesuffix", "1")
    n = len(s.data)
    if touches(s, 0, n, suffix, True):
        return Value(substring_bytes(s, 0, n - len(suffix.data)))
    return Value(s)
