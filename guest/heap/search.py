"""Finding bytes in bytes, in linear time whatever the input.

The fast path is a SIMD kernel that looks for places where the middle and the last byte of the needle both
match, sixteen at a time; each is then compared. (The first byte would be a poor choice: paths are searched for
"/admin/".) Text chosen to defeat it would make that quadratic, so the comparisons have a budget proportional
to the text; when it is spent, the rest is searched by the Two-Way algorithm (Crochemore and Perrin 1991), which
is linear in the worst case and needs no memory.
"""

from __future__ import annotations

from guest.compiler.language import Span, i32, kernel, u32
from guest.compiler.raw import load_u8
from guest.heap.spans import span_after, span_equal

NOT_FOUND = -1
# Bytes that failed comparisons may have cost, on top of those per byte of text, before the search changes its
# method.
FREE_COMPARISON = 256


@kernel
def find_byte(start: u32, n: u32, byte: u32) -> u32:
    """The index of the first `byte` in `n` bytes, or `n` (`wat/search.wat`)."""


@kernel
def find_pair(start: u32, n: u32, first: u32, last: u32, distance: u32) -> u32:
    """The first index below `n` of a byte `first` with `last` so far behind it, or `n` (`wat/search.wat`)."""


def span_find_byte(hay: Span, n: u32, byte: u32) -> i32:
    """The index of the first `byte`, or -1."""
    at = find_byte(u32(hay), n, byte)
    return i32(at) if at < n else NOT_FOUND


def span_find(hay: Span, n: u32, needle: Span, m: u32) -> i32:
    """The index of the first occurrence of `m` bytes in `n` bytes, or -1. Takes time linear in `n + m`."""
    if m == 0:
        return 0
    if m > n:
        return NOT_FOUND
    start = u32(hay)
    if m == 1:
        return span_find_byte(hay, n, load_u8(u32(needle)))
    middle = (m - 1) // 2
    probe = load_u8(u32(needle) + middle)
    last = load_u8(u32(needle) + m - 1)
    places = n - m + 1
    at = u32(0)
    spent = u32(0)
    while at < places:
        at += find_pair(start + at + middle, places - at, probe, last, m - 1 - middle)
        if at == places:
            return NOT_FOUND
        if span_equal(span_after(hay, at), needle, m):
            return i32(at)
        at += 1
        # A comparison that fails has looked at `m` bytes at the most, eight at a time.
        spent += m >> 3
        if spent > at + FREE_COMPARISON:
            rest = two_way(start + at, n - at, u32(needle), m)
            return i32(at + rest) if rest != n - at else NOT_FOUND
    return NOT_FOUND


def maximal_suffix(needle: u32, m: u32, reverse: bool) -> tuple[u32, u32]:
    """Where the greatest suffix of the needle begins, and its period; `reverse`: in the opposite order."""
    suffix = u32(0)
    candidate = u32(1)
    matched = u32(0)
    period = u32(1)
    while candidate + matched < m:
        a = load_u8(needle + candidate + matched)
        b = load_u8(needle + suffix + matched)
        if a == b:
            if matched + 1 == period:
                candidate += period
                matched = 0
            else:
                matched += 1
        elif (a > b) == reverse:
            # The candidate is smaller: the suffix so far, lengthened, is one period.
            candidate += matched + 1
            matched = 0
            period = candidate - suffix
        else:
            suffix = candidate
            candidate = suffix + 1
            matched = 0
            period = 1
    return suffix, period


def two_way(hay: u32, n: u32, needle: u32, m: u32) -> u32:
    """The index of the first occurrence, or `n`."""
    cut, period = maximal_suffix(needle, m, False)
    other_cut, other_period = maximal_suffix(needle, m, True)
    if other_cut > cut:
        cut = other_cut
        period = other_period
    # The left part repeats with the period of the right one: then a shift by the period keeps a known prefix.
    periodic = cut + period <= m and span_equal(Span(needle), Span(needle + period), cut)
    if not periodic:
        period = max(cut, m - cut) + 1
    known = u32(0)
    at = u32(0)
    while at + m <= n:
        right = max(cut, known)
        while right < m and load_u8(needle + right) == load_u8(hay + at + right):
            right += 1
        if right < m:
            at += right - cut + 1
            known = 0
        else:
            left = cut
            while left > known and load_u8(needle + left - 1) == load_u8(hay + at + left - 1):
                left -= 1
            if left <= known:
                return at
            at += period
            known = m - period if periodic else u32(0)
    return n
