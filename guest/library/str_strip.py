"""String methods that take characters off the ends: strip, lstrip, rstrip.

Without an argument they remove white space; with one, the code points of a set that is given as a string. Each removed
character pays for the search of the set. A string from which nothing is removed is returned itself.
"""

from guest.compiler.language import Text, Value, cast, registered, span, u32
from guest.heap.search import span_find
from guest.heap.spans import span_after
from guest.heap.views import Registers, register
from guest.library.arguments import is_absent_or_none, receiver_str, wrong_type
from guest.library.pricing import charge_scan
from guest.library.str_space import back_over_space, previous_offset, skip_space
from guest.meter.costs import SCAN_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.text import Str, size_at, substring_bytes


@registered("method", "str.strip(cutset?, /)")
def str_strip(arguments: Registers) -> Value:
    """Without the characters at both ends."""
    return stripped(arguments, "strip", True, True)


@registered("method", "str.lstrip(cutset?, /)")
def str_lstrip(arguments: Registers) -> Value:
    """Without the characters at the start."""
    return stripped(arguments, "lstrip", True, False)


@registered("method", "str.rstrip(cutset?, /)")
def str_rstrip(arguments: Registers) -> Value:
    """Without the characters at the end."""
    return stripped(arguments, "rstrip", False, True)


def stripped(arguments: Registers, function: Text, at_start: bool, at_end: bool) -> Value:
    """What the three methods share."""
    s = receiver_str(arguments)
    start: u32 = 0
    end = len(s.data)
    cutset = register(arguments, 1)
    if is_absent_or_none(cutset):
        charge_scan(end)
        if at_start:
            start = skip_space(s, 0, end)
        if at_end:
            end = back_over_space(s, start, end)
    else:
        if not isinstance(cutset, Str):
            wrong_type(function, "1", cutset, "string")
        if at_start:
            start = skip_set(s, end, cast(Str, cutset))
        if at_end:
            end = back_over_set(s, start, end, cast(Str, cutset))
    return Value(substring_bytes(s, start, end))


def skip_set(s: Str, end: u32, cutset: Str) -> u32:
    """The offset of the first character that the set does not hold; `end` if there is none."""
    price = search_price(cutset)
    at: u32 = 0
    while at < end:
        charge(price)
        size = size_at(s, at)
        if not set_holds(cutset, s, at, size):
            break
        at += size
    return at


def back_over_set(s: Str, start: u32, end: u32, cutset: Str) -> u32:
    """The end of the last character after `start` that the set does not hold; `start` if there is none."""
    price = search_price(cutset)
    at = end
    while at > start:
        charge(price)
        before = previous_offset(s, at)
        if not set_holds(cutset, s, before, at - before):
            break
        at = before
    return at


def search_price(cutset: Str) -> u32:
    """The units of fuel of one search in the set."""
    return 1 + len(cutset.data) // SCAN_BYTES_PER_UNIT


def set_holds(cutset: Str, s: Str, offset: u32, size: u32) -> bool:
    """Whether the character of `size` bytes at an offset occurs in the set."""
    return span_find(span(cutset.data), len(cutset.data), span_after(span(s.data), offset), size) >= 0
