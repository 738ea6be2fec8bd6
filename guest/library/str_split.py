"""String methods that take a string apart: split, rsplit, splitlines, partition, rpartition.

The pieces are substrings, found by offsets in bytes; the scan pays for the whole string once, each piece for itself
and its bytes. The pieces come in a fresh list.
"""

from guest.compiler.language import Text, Value, cast, i64, registered, span, u32
from guest.heap.search import span_find
from guest.heap.spans import span_after
from guest.heap.views import Registers, register
from guest.library.arguments import (
    bool_argument,
    int_argument,
    is_absent_or_none,
    receiver_str,
    refuse,
    str_argument,
)
from guest.library.pricing import charge_scan
from guest.library.str_search import find_first, find_last, scan_back
from guest.library.str_space import back_over_space, back_over_word, skip_space, skip_word
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.failure import say, stop
from guest.values.list import List, list_append, list_new
from guest.values.text import Str, substring_bytes
from guest.values.tuple import Tuple, tuple_new
from guest.values.types import say_type

EXPECTED_PIECES = 4
UNLIMITED = 0xFFFFFFFF
NEWLINE = 10
RETURN = 13
EMPTY_SEPARATOR = "empty separator"


def piece_limit(arguments: Registers, function: Text) -> u32:
    """The argument `maxsplit`: how many times to split; negative, None or omitted means without limit."""
    if is_absent_or_none(register(arguments, 2)):
        return UNLIMITED
    most = int_argument(arguments, 2, function, "2")
    return UNLIMITED if most < 0 or most >= i64(UNLIMITED) else u32(most)


def separator_argument(arguments: Registers, function: Text) -> Str:
    """The argument `sep` of split and rsplit, which is given."""
    value = register(arguments, 1)
    if not isinstance(value, Str):
        say(function)
        say(": got ")
        say_type(value)
        say(" for separator, want string")
        stop()
    separator = cast(Str, value)
    if len(separator.data) == 0:
        refuse(function, EMPTY_SEPARATOR)
    return separator


@registered("method", "str.split(sep?, maxsplit?, /)")
def str_split(arguments: Registers) -> Value:
    """The pieces between separators, or the words between white space; at most `maxsplit` splits from the left."""
    s = receiver_str(arguments)
    most = piece_limit(arguments, "split")
    if is_absent_or_none(register(arguments, 1)):
        return Value(split_words(s, most))
    return Value(split_at(s, separator_argument(arguments, "split"), most))


def split_at(s: Str, separator: Str, most: u32) -> List:
    """The pieces of `s` between the first `most` separators."""
    pieces = list_new(EXPECTED_PIECES)
    n = len(s.data)
    m = len(separator.data)
    charge_scan(n)
    start: u32 = 0
    while most != 0:
        offset = span_find(span_after(span(s.data), start), n - start, span(separator.data), m)
        if offset < 0:
            break
        end = start + u32(offset)
        charge(ELEMENT)
        list_append(pieces, Value(substring_bytes(s, start, end)))
        start = end + m
        most -= 1
    list_append(pieces, Value(substring_bytes(s, start, n)))
    return pieces


def split_words(s: Str, most: u32) -> List:
    """The words of `s`; after `most` splits the rest is one piece, which keeps its white space at the end."""
    words = list_new(EXPECTED_PIECES)
    n = len(s.data)
    charge_scan(n)
    start = skip_space(s, 0, n)
    while start < n:
        end = n if most == 0 else skip_word(s, start, n)
        charge(ELEMENT)
        list_append(words, Value(substring_bytes(s, start, end)))
        start = skip_space(s, end, n)
        most -= 1
    return words


@registered("method", "str.rsplit(sep?, maxsplit?, /)")
def str_rsplit(arguments: Registers) -> Value:
    """Like split, but with the splits counted from the right."""
    s = receiver_str(arguments)
    most = piece_limit(arguments, "rsplit")
    if is_absent_or_none(register(arguments, 1)):
        if most == UNLIMITED:
            return Value(split_words(s, most))
        return Value(reversed_list(split_words_from_end(s, most)))
    separator = separator_argument(arguments, "rsplit")
    if most == UNLIMITED and len(separator.data) == 1:
        # Separators of one byte cannot overlap, so both directions find the same ones.
        return Value(split_at(s, separator, most))
    return Value(reversed_list(split_from_end(s, separator, most)))


def split_from_end(s: Str, separator: Str, most: u32) -> List:
    """The pieces of `s` between the last `most` separators, last piece first."""
    pieces = list_new(EXPECTED_PIECES)
    end = len(s.data)
    charge_scan(end)
    while most != 0:
        at = scan_back(s, 0, end, separator)
        if at < 0:
            break
        charge(ELEMENT)
        list_append(pieces, Value(substring_bytes(s, u32(at) + len(separator.data), end)))
        end = u32(at)
        most -= 1
    list_append(pieces, Value(substring_bytes(s, 0, end)))
    return pieces


def split_words_from_end(s: Str, most: u32) -> List:
    """The words of `s`, last word first; after `most` splits the rest is one piece."""
    words = list_new(EXPECTED_PIECES)
    charge_scan(len(s.data))
    end = back_over_space(s, 0, len(s.data))
    while end > 0:
        start: u32 = 0 if most == 0 else back_over_word(s, end)
        charge(ELEMENT)
        list_append(words, Value(substring_bytes(s, start, end)))
        end = back_over_space(s, 0, start)
        most -= 1
    return words


def reversed_list(pieces: List) -> List:
    """Reverse a list in place."""
    items = pieces.items
    count = pieces.count
    for i in range(count // 2):
        other = count - 1 - i
        first = items[i]
        items[i] = items[other]
        items[other] = first
    return pieces


@registered("method", "str.splitlines(keepends?, /)")
def str_splitlines(arguments: Registers) -> Value:
    """The lines, which end at `\\n`, `\\r` or `\\r\\n`; with `keepends` each keeps what ends it."""
    s = receiver_str(arguments)
    keep = bool_argument(arguments, 1, "splitlines", "1")
    lines = list_new(EXPECTED_PIECES)
    n = len(s.data)
    charge_scan(n)
    start: u32 = 0
    while start < n:
        end = start
        while end < n and s.data[end] != NEWLINE and s.data[end] != RETURN:
            end += 1
        next_line = end
        if end < n:
            next_line += 1
            if s.data[end] == RETURN and next_line < n and s.data[next_line] == NEWLINE:
                next_line += 1
        charge(ELEMENT)
        list_append(lines, Value(substring_bytes(s, start, next_line if keep else end)))
        start = next_line
    return Value(lines)


@registered("method", "str.partition(sep, /)")
def str_partition(arguments: Registers) -> Value:
    """What is before the first separator, the separator, and what follows."""
    s = receiver_str(arguments)
    separator = partition_separator(arguments, "partition")
    at = find_first(s, 0, len(s.data), separator)
    if at < 0:
        empty = substring_bytes(s, 0, 0)
        return Value(tuple_of_three(Value(s), Value(empty), Value(empty)))
    return parted(s, u32(at), separator)


@registered("method", "str.rpartition(sep, /)")
def str_rpartition(arguments: Registers) -> Value:
    """What is before the last separator, the separator, and what follows."""
    s = receiver_str(arguments)
    separator = partition_separator(arguments, "rpartition")
    at = find_last(s, 0, len(s.data), separator)
    if at < 0:
        empty = substring_bytes(s, 0, 0)
        return Value(tuple_of_three(Value(empty), Value(empty), Value(s)))
    return parted(s, u32(at), separator)


def partition_separator(arguments: Registers, function: Text) -> Str:
    """The argument of partition and rpartition."""
    separator = str_argument(arguments, 1, function, "1")
    if len(separator.data) == 0:
        refuse(function, EMPTY_SEPARATOR)
    return separator


def parted(s: Str, offset: u32, separator: Str) -> Value:
    """The three parts of a string around the separator at `offset`."""
    before = substring_bytes(s, 0, offset)
    after = substring_bytes(s, offset + len(separator.data), len(s.data))
    return Value(tuple_of_three(Value(before), Value(separator), Value(after)))


def tuple_of_three(first: Value, second: Value, third: Value) -> Tuple:
    """The tuple of three elements."""
    result = tuple_new(3)
    result.items[0] = first
    result.items[1] = second
    result.items[2] = third
    return result
