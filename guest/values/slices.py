"""Slices: `x[start:stop:step]` of strings, bytes, lists, tuples and ranges.

Relies on each sequence's own file. The result is charged by its size before it is made.
"""

from typing import NoReturn

from guest.compiler.language import (
    Array,
    Text,
    Value,
    cast,
    copy_items,
    div_s,
    i64,
    noinline,
    u32,
    u64,
)
from guest.heap.value import NONE
from guest.values.builder import add_part, builder_new, finish
from guest.values.byte_string import ByteString, slice_bytes
from guest.values.charges import charge_bytes, charge_items
from guest.values.describe import say_repr
from guest.values.failure import say, stop, stop_saying
from guest.values.integer import MAX_INT, clamped_int, is_int
from guest.values.list import List
from guest.values.range import Range
from guest.values.sequence import length_of
from guest.values.text import (
    Str,
    char_offset,
    is_ascii,
    new_str,
    size_at,
    substring_bytes,
)
from guest.values.tuple import Tuple, tuple_new
from guest.values.types import say_type

# Indices are numbers of 32 bits, in every implementation of the language.
MAX_INDEX: i64 = 0x7FFFFFFF
MIN_INDEX: i64 = -0x80000000


@noinline
def get_slice(v: Value, start: Value, stop_: Value, step: Value) -> Value:
    """`v[start:stop:step]`; None stands for what was not written."""
    if not is_sliceable(v):
        say("invalid slice operand ")
        say_type(v)
        stop()
    stride = slice_integer(step, 1, "invalid slice step: ")
    if stride == 0:
        stop_saying("zero is not a valid slice step")
    count = length_of(v)
    if stride > 0:
        first = slice_bound(slice_integer(start, 0, "invalid start index: "), count, 0, count)
        last = slice_bound(slice_integer(stop_, count, "invalid end index: "), count, 0, count)
        selected = div_s(max(last - first, i64(0)) + stride - 1, stride)
    else:
        first = slice_bound(slice_integer(start, MAX_INT, "invalid start index: "), count, -1, count - 1)
        last = (
            -1
            if stop_ == NONE
            else slice_bound(slice_integer(stop_, 0, "invalid end index: "), count, -1, count - 1)
        )
        selected = div_s(max(first - last, i64(0)) - stride - 1, -stride)
    if isinstance(v, Str):
        return Value(slice_str(cast(Str, v), first, stride, selected))
    if isinstance(v, List):
        return Value(slice_list(cast(List, v), first, stride, selected))
    if isinstance(v, Tuple):
        return Value(slice_tuple(cast(Tuple, v), first, stride, selected))
    if isinstance(v, ByteString):
        return Value(slice_bytes(cast(ByteString, v), first, stride, u32(selected)))
    return Value(slice_range(cast(Range, v), first, last, stride, selected))


def is_sliceable(v: Value) -> bool:
    """Whether a value is a sequence of which parts can be taken."""
    return (
        isinstance(v, Str)
        or isinstance(v, List)
        or isinstance(v, Tuple)
        or isinstance(v, ByteString)
        or isinstance(v, Range)
    )


def slice_integer(v: Value, absent: i64, problem: Text) -> i64:
    """An operand of a slice: an int, or None for the default."""
    if v == NONE:
        return absent
    if not is_index(v):
        say(problem)
        refuse_index(v)
    return clamped_int(v)


def is_index(v: Value) -> bool:
    """Whether a value is an integer that can be an index."""
    if not is_int(v):
        return False
    index = clamped_int(v)
    return index <= MAX_INDEX and index >= MIN_INDEX


def refuse_index(v: Value) -> NoReturn:
    """End with the error, begun by the caller, of a value that can be no index."""
    if is_int(v):
        say_repr(v)
        say(" out of range")
    else:
        say("got ")
        say_type(v)
        say(", want int")
    stop()


def slice_bound(given: i64, count: i64, lowest: i64, highest: i64) -> i64:
    """A bound, counted from the end if it is negative, and brought into the sequence."""
    bound = given + count if given < 0 else given
    return max(lowest, min(highest, bound))


def slice_str(s: Str, first: i64, stride: i64, selected: i64) -> Str:
    """`selected` characters of a string from `first` in steps of `stride`."""
    count = u32(selected)
    if count == 0:
        return substring_bytes(s, 0, 0)
    if stride == 1:
        start = char_offset(s, u32(first))
        end = char_offset(s, u32(first) + count)
        return substring_bytes(s, start, end)
    charge_items(count)
    if is_ascii(s):
        result = new_str(count, count)
        at = first
        for i in range(count):
            result.data[i] = s.data[u32(at)]
            at += stride
        return result
    return slice_characters(s, first, stride, count)


def slice_characters(s: Str, first: i64, stride: i64, count: u32) -> Str:
    """`slice_str` with a step through text that is not ASCII: one walk over the bytes, in either direction."""
    charge_bytes(len(s.data))
    b = builder_new()
    offset = char_offset(s, u32(first))
    for i in range(count):
        add_part(b, s, offset, offset + size_at(s, offset))
        if i + 1 < count:
            offset = walk(s, offset, stride)
    return finish(b)


def walk(s: Str, start: u32, chars: i64) -> u32:
    """The offset of the character `chars` characters after (or before) the one at an offset; it exists."""
    offset = start
    left = chars
    while left > 0:
        offset += size_at(s, offset)
        left -= 1
    while left < 0:
        offset -= 1
        if s.data[offset] & 0xC0 != 0x80:
            left += 1
    return offset


def slice_list(list: List, first: i64, stride: i64, selected: i64) -> List:
    """A new list of selected elements."""
    count = u32(selected)
    charge_items(count)
    items = Array[Value](count)
    if stride == 1:
        copy_items(items, 0, list.items, u32(first), count)
    else:
        at = first
        for i in range(count):
            items[i] = list.items[u32(at)]
            at += stride
    return List(identity=0, count=count, locks=0, items=items)


def slice_tuple(tuple: Tuple, first: i64, stride: i64, selected: i64) -> Tuple:
    """The tuple of selected elements."""
    count = u32(selected)
    result = tuple_new(count)
    if stride == 1:
        copy_items(result.items, 0, tuple.items, u32(first), count)
    else:
        at = first
        for i in range(count):
            result.items[i] = tuple.items[u32(at)]
            at += stride
    return result


def slice_range(range: Range, first: i64, last: i64, stride: i64, selected: i64) -> Range:
    """The range of selected elements: nothing is written out. Its bounds are where the slice's fall in the progression."""
    start = range.start + first * range.step
    step = range.step * stride
    return Range(start=start, step=step, count=u64(selected), stop=range.start + last * range.step)
