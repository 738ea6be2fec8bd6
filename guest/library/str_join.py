"""String methods that put strings together: join and replace.

Both measure their result first, so that it is charged, held against the memory limit and allocated once, and then
filled by copies between objects that cannot move meanwhile.
"""

from guest.compiler.language import (
    Value,
    cast,
    copy_items,
    i64,
    noinline,
    registered,
    span,
    u32,
    u64,
)
from guest.heap.allocate import ensure_fits
from guest.heap.search import span_find
from guest.heap.spans import span_after
from guest.heap.views import Registers, register
from guest.library.arguments import int_argument, is_given, receiver_str, str_argument
from guest.library.iterables import as_sequence, sequence_count, sequence_item
from guest.library.pricing import charge_scan, charge_step
from guest.library.str_search import count_occurrences
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.charges import charge_bytes
from guest.values.failure import say, stop
from guest.values.text import Str, new_str, size_at
from guest.values.types import say_type

UNLIMITED = 0xFFFFFFFF
TOO_MANY_BYTES = 0xFFFFFFFFFFFF  # more than any memory


@registered("method", "str.join(iterable, /)")
def str_join(arguments: Registers) -> Value:
    """The strings of an iterable with the receiver between them."""
    sequence = as_sequence(register(arguments, 1), "join", "1")
    count = sequence_count(sequence)
    if count == 1 and isinstance(sequence_item(sequence, 0), Str):
        return sequence_item(sequence, 0)
    size, chars = joined_size(receiver_str(arguments), sequence, count)
    ensure_fits(size)
    charge_bytes(u32(size))
    result = new_str(u32(size), chars)
    separator = receiver_str(arguments)
    gap = len(separator.data)
    at: u32 = 0
    for i in range(u32(count)):
        if i != 0 and gap != 0:
            copy_items(result.data, at, separator.data, 0, gap)
            at += gap
        part = cast(Str, sequence_item(sequence, u64(i)))
        n = len(part.data)
        copy_items(result.data, at, part.data, 0, n)
        at += n
    return Value(result)


def joined_size(separator: Str, sequence: Value, count: u64) -> tuple[u64, u32]:
    """Bytes and code points of the joined strings; an error if an element is none."""
    if count == 0:
        return 0, 0
    size = u64(len(separator.data)) * (count - 1)
    chars = separator.chars * u32(count - 1)
    position: u64 = 0
    while position < count:
        charge_step(position, count)
        part = sequence_item(sequence, position)
        if not isinstance(part, Str):
            say("join: in list, want string, got ")
            say_type(part)
            stop()
        s = cast(Str, part)
        size += u64(len(s.data))
        chars += s.chars
        position += 1
    return size, chars


@registered("method", "str.replace(old, new, count?, /)")
def str_replace(arguments: Registers) -> Value:
    """The string with occurrences of `old` replaced: all of them, or the first `count`."""
    s = receiver_str(arguments)
    old = str_argument(arguments, 1, "replace", "1")
    new = str_argument(arguments, 2, "replace", "2")
    most: u32 = UNLIMITED
    if is_given(arguments, 3):
        count = int_argument(arguments, 3, "replace", "3")
        most = UNLIMITED if count < 0 or count >= i64(UNLIMITED) else u32(count)
    if len(old.data) == 0:
        return Value(interleave(s, new, min(most, s.chars + 1)))
    n = len(s.data)
    occurrences = count_occurrences(s, 0, n, old, most)
    if occurrences == 0:
        return Value(s)
    removed = u64(occurrences) * u64(len(old.data))
    size = u64(n) - removed + grown(occurrences, new)
    ensure_fits(size)
    charge_bytes(u32(size))
    chars = s.chars - occurrences * old.chars + occurrences * new.chars
    charge(occurrences * ELEMENT)
    result = new_str(u32(size), chars)
    fill_replaced(result, s, old, new, occurrences)
    return Value(result)


@noinline
def grown(count: u32, piece: Str) -> u64:
    """The bytes of `count` copies of a string; what is past all memory is cut, and refused by the caller."""
    size = u64(count) * u64(len(piece.data))
    return min(size, u64(TOO_MANY_BYTES))


def fill_replaced(result: Str, s: Str, old: Str, new: Str, occurrences: u32) -> None:
    """Write `s` into `result` with `new` for the first occurrences of `old`."""
    n = len(s.data)
    old_size = len(old.data)
    new_size = len(new.data)
    charge_scan(n)
    read: u32 = 0
    written: u32 = 0
    for _ in range(occurrences):
        offset = u32(span_find(span_after(span(s.data), read), n - read, span(old.data), old_size))
        copy_items(result.data, written, s.data, read, offset)
        written += offset
        copy_items(result.data, written, new.data, 0, new_size)
        written += new_size
        read += offset + old_size
    copy_items(result.data, written, s.data, read, n - read)


def interleave(s: Str, new: Str, count: u32) -> Str:
    """The string with `new` before its first `count` code points (one more: after the last, too)."""
    n = len(s.data)
    size = u64(n) + grown(count, new)
    ensure_fits(size)
    charge_bytes(u32(size))
    charge(count * ELEMENT)
    result = new_str(u32(size), s.chars + count * new.chars)
    new_size = len(new.data)
    read: u32 = 0
    written: u32 = 0
    for _ in range(count):
        copy_items(result.data, written, new.data, 0, new_size)
        written += new_size
        if read < n:
            step = size_at(s, read)
            copy_items(result.data, written, s.data, read, step)
            written += step
            read += step
    copy_items(result.data, written, s.data, read, n - read)
    return result
