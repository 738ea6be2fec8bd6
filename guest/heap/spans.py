"""Bytes of strings and buffers: comparing, hashing, counting and copying them, eight at a time.

A `Span` is the address of bytes inside an object that may move, so the compiler refuses to keep one across a
call that may collect; nothing here allocates. The length always comes with it, from the object whose bytes
they are: these functions do not check it. Searching has its own file, `search.py`.
"""

from __future__ import annotations

from guest.compiler.language import Span, Text, i32, inline, popcount, rotate_left, u32, u64
from guest.compiler.raw import (
    address,
    load_u8,
    load_u16,
    load_u32,
    load_u64,
    memory_copy,
    store_u8,
    store_u16,
    store_u32,
    store_u64,
)
from guest.heap.views import Bytes

# memory.copy leaves the compiled code; up to so many bytes a loop is faster.
SHORT_COPY = 64

HIGH_BITS = 0x8080_8080_8080_8080
LOW_BITS = 0x0101_0101_0101_0101
EVEN_BYTES = 0x00FF_00FF_00FF_00FF
EVEN_PAIRS = 0x0000_FFFF_0000_FFFF

# Odd constants with well-spread bits, as multiplicative hashing wants them (the first is the golden ratio).
HASH_MULTIPLIER = 0x9E37_79B9_7F4A_7C15
HASH_FINISHER = 0xD6E8_FEB8_6659_FD93
HASH_ROTATION = 23
HASH_OF_ZERO = 1  # what a hash of 0 becomes: 0 means "not computed"


@inline
def bytes_span(start: Bytes) -> Span:
    """Bytes that do not move, as a Span."""
    return Span(u32(start))


@inline
def text_span(text: Text) -> Span:
    """The bytes of a static text, behind its length."""
    return Span(address(text) + 4)


@inline
def span_byte(a: Span, index: u32) -> u32:
    """The byte at an index."""
    return load_u8(u32(a) + index)


@inline
def span_word(a: Span, index: u32) -> u64:
    """The eight bytes from an index; the caller knows that there are as many."""
    return load_u64(u32(a) + index)


def span_prefix(a: Span, start: u32, n: u32) -> u64:
    """The eight bytes from `start` on of `n` as a number that orders as they do; zeros stand for what is missing.

    The bytes begin at a multiple of eight, as those of strings do: objects fill whole words, so the first can be read.
    """
    rest = n - start
    if rest >= 8:
        return in_reading_order(load_u64(u32(a) + start))
    if rest == 0:
        return 0
    missing = u64(8 * (8 - rest))
    if n >= 8:
        return in_reading_order(load_u64(u32(a) + n - 8)) << missing
    return in_reading_order(load_u64(u32(a))) << u64(8 * start) >> missing << missing


def in_reading_order(word: u64) -> u64:
    """A word whose first byte in memory becomes the highest one."""
    pairs = (word & EVEN_BYTES) << 8 | word >> 8 & EVEN_BYTES
    return rotate_left((pairs & EVEN_PAIRS) << 16 | pairs >> 16 & EVEN_PAIRS, 32)


def span_common(a: Span, b: Span, n: u32) -> u32:
    """How many of the first `n` bytes are equal before the first that differs."""
    at: u32 = 0
    while at + 8 <= n and load_u64(u32(a) + at) == load_u64(u32(b) + at):
        at += 8
    while at < n and load_u8(u32(a) + at) == load_u8(u32(b) + at):
        at += 1
    return at


@inline
def set_span_word(a: Span, index: u32, word: u64) -> None:
    """Write the eight bytes from an index; the caller knows that there is room."""
    store_u64(u32(a) + index, word)


@inline
def span_after(a: Span, count: u32) -> Span:
    """The bytes that begin `count` later."""
    return Span(u32(a) + count)


def span_equal(a: Span, b: Span, n: u32) -> bool:
    """Whether `n` bytes are equal."""
    p = u32(a)
    q = u32(b)
    if n < 8:
        if n >= 4:
            # Two overlapping words cover four to seven bytes.
            return load_u32(p) == load_u32(q) and load_u32(p + n - 4) == load_u32(q + n - 4)
        for i in range(n):
            if load_u8(p + i) != load_u8(q + i):
                return False
        return True
    last = p + n - 8
    if load_u64(last) != load_u64(q + n - 8):
        return False
    while p < last:
        if load_u64(p) != load_u64(q):
            return False
        p += 8
        q += 8
    return True


def span_compare(a: Span, b: Span, n: u32) -> i32:
    """Order of `n` bytes: negative, zero or positive."""
    p = u32(a)
    q = u32(b)
    end = p + n
    while p + 8 <= end and load_u64(p) == load_u64(q):
        p += 8
        q += 8
    while p < end:
        difference = i32(load_u8(p)) - i32(load_u8(q))
        if difference != 0:
            return difference
        p += 1
        q += 1
    return 0


@inline
def mix(hash: u64, word: u64) -> u64:
    """One step of the hash."""
    return rotate_left(hash ^ word, HASH_ROTATION) * HASH_MULTIPLIER


def span_hash(a: Span, n: u32) -> u32:
    """A hash of `n` bytes, never 0. It has no seed: strings keep it, dicts mix theirs in when they probe."""
    p = u32(a)
    hash = u64(n) * HASH_MULTIPLIER
    if n >= 8:
        last = p + n - 8
        while p < last:
            hash = mix(hash, load_u64(p))
            p += 8
        # The last word overlaps the one before it unless n is a multiple of eight.
        hash = mix(hash, load_u64(last))
    elif n >= 4:
        hash = mix(hash, u64(load_u32(p)) | u64(load_u32(p + n - 4)) << 32)
    elif n != 0:
        hash = mix(hash, u64(load_u8(p) | load_u8(p + (n >> 1)) << 8 | load_u8(p + n - 1) << 16))
    hash = (hash ^ hash >> 29) * HASH_FINISHER
    result = u32(hash >> 32)
    return result if result != 0 else HASH_OF_ZERO


def span_is_ascii(a: Span, n: u32) -> bool:
    """Whether no byte has its high bit set."""
    p = u32(a)
    end = p + n
    while p + 8 <= end:
        if load_u64(p) & HIGH_BITS != 0:
            return False
        p += 8
    while p < end:
        if load_u8(p) >= 0x80:
            return False
        p += 1
    return True


def span_count_chars(a: Span, n: u32) -> u32:
    """The number of code points in valid UTF-8: the bytes that do not continue one."""
    p = u32(a)
    end = p + n
    continuing = u64(0)
    while p + 8 <= end:
        word = load_u64(p)
        # A continuation byte is 10xxxxxx: bit 7 set, bit 6 clear.
        continuing += popcount(word >> 7 & ~(word >> 6) & LOW_BITS)
        p += 8
    count = n - u32(continuing)
    while p < end:
        if load_u8(p) & 0xC0 == 0x80:
            count -= 1
        p += 1
    return count


def span_copy(target: Span, source: Span, n: u32) -> None:
    """Copy `n` bytes between spans that do not overlap; the target has room."""
    p = u32(target)
    if n > SHORT_COPY:
        memory_copy(p, u32(source), n)
        return
    distance = u32(source) - p
    if n >= 8:
        # The last word overlaps the one before it unless n is a multiple of eight.
        last = p + n - 8
        while p < last:
            store_u64(p, load_u64(p + distance))
            p += 8
        store_u64(last, load_u64(last + distance))
        return
    if n & 4 != 0:
        store_u32(p, load_u32(p + distance))
        p += 4
    if n & 2 != 0:
        store_u16(p, load_u16(p + distance))
        p += 2
    if n & 1 != 0:
        store_u8(p, load_u8(p + distance))


def span_repeat(target: Span, n: u32, size: u32) -> None:
    """Fill `size` bytes with repetitions of the first `n`, at least one, by copies of doubling length."""
    done = n
    while done < size:
        more = min(done, size - done)
        span_copy(span_after(target, done), target, more)
        done += more


@inline
def copy_from_bytes(target: Span, source: Bytes, n: u32) -> None:
    """Copy `n` bytes from a pinned buffer into an object's span; the target has room."""
    span_copy(target, bytes_span(source), n)
