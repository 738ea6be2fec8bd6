"""`ByteString`, the type `bytes` of the rule language: immutable bytes that need not be text.

Relies on the heap's spans for bulk work. Operators, slices and the lexer's literals rely on it; how bytes are read as
text is in `byte_text.py`.
"""

from typing import NoReturn

from guest.compiler.language import (
    Inline,
    Object,
    Value,
    copy_items,
    i32,
    i64,
    inline,
    noinline,
    span,
    u8,
    u32,
    u64,
)
from guest.heap.search import span_find, span_find_byte
from guest.heap.spans import (
    copy_from_bytes,
    span_compare,
    span_equal,
    span_hash,
    span_repeat,
)
from guest.heap.value import from_small, is_small, small
from guest.heap.views import Bytes
from guest.values.builder import Builder
from guest.values.charges import charge_bytes, charge_items, charge_product
from guest.values.describe import say_repr
from guest.values.failure import say, stop

BYTES = 256  # values of a byte


class ByteString(Object):
    """Immutable bytes. `hash` is 0 until it is computed."""

    hash: u32
    data: Inline[u8]


# Making them.


@inline
def new_byte_string(n: u32) -> ByteString:
    """`n` zero bytes, to be filled at once by the caller, who has charged for them."""
    return ByteString.allocate(n, hash=0)


def byte_string_from(source: Bytes, n: u32) -> ByteString:
    """The first `n` bytes of a pinned buffer."""
    charge_bytes(n)
    result = new_byte_string(n)
    copy_from_bytes(span(result.data), source, n)
    return result


def finish_bytes(b: Builder) -> ByteString:
    """What a builder holds; it is empty afterwards and can be used again."""
    n = b.length
    charge_bytes(n)
    result = new_byte_string(n)
    copy_items(result.data, 0, b.data, 0, n)
    b.length = 0
    return result


# Comparison.


@inline
def bytes_hash(s: ByteString) -> u32:
    """The hash of the content; never 0. Its price is part of what creating the bytes cost."""
    if s.hash == 0:
        s.hash = span_hash(span(s.data), len(s.data))
    return s.hash


def bytes_equal(a: ByteString, b: ByteString) -> bool:
    """Whether two have the same content."""
    n = len(a.data)
    if n != len(b.data):
        return False
    charge_bytes(n)
    return span_equal(span(a.data), span(b.data), n)


def bytes_compare(a: ByteString, b: ByteString) -> i32:
    """Negative, zero or positive: the order by bytes, then by length."""
    n = len(a.data)
    m = len(b.data)
    shorter = min(n, m)
    charge_bytes(shorter)
    order = span_compare(span(a.data), span(b.data), shorter)
    if order != 0:
        return order
    return i32(n) - i32(m)


def bytes_contain(s: ByteString, part: ByteString) -> bool:
    """Whether the bytes of `part` are together somewhere in `s`."""
    n = len(s.data)
    m = len(part.data)
    if m > n:
        return False
    charge_bytes(n + m)
    return span_find(span(s.data), n, span(part.data), m) >= 0


@inline
def is_byte(v: Value) -> bool:
    """Whether a value is an integer that a byte can be."""
    return is_small(v) and u64(small(v)) < BYTES


def bytes_have(s: ByteString, byte: Value) -> bool:
    """Whether an integer is one of the bytes; an error if it cannot be a byte."""
    if not is_byte(byte):
        say("int in bytes: ")
        no_byte(byte)
    n = len(s.data)
    charge_bytes(n)
    return span_find_byte(span(s.data), n, u32(small(byte))) >= 0


@noinline
def no_byte(v: Value) -> NoReturn:
    """End the message about an integer that is no byte."""
    say_repr(v)
    say(" out of range (want value in unsigned 8-bit range)")
    stop()


# Operators.


def concatenate_bytes(a: ByteString, b: ByteString) -> ByteString:
    """`a + b`."""
    n = len(a.data)
    m = len(b.data)
    charge_product(u64(n) + u64(m), 1)
    result = new_byte_string(n + m)
    copy_items(result.data, 0, a.data, 0, n)
    copy_items(result.data, n, b.data, 0, m)
    return result


def repeat_bytes(s: ByteString, times: u64) -> ByteString:
    """`s * times`."""
    n = len(s.data)
    charge_product(times, u64(n))
    size = n * u32(times)
    result = new_byte_string(size)
    if size != 0:
        copy_items(result.data, 0, s.data, 0, n)
        span_repeat(span(result.data), n, size)
    return result


def slice_bytes(s: ByteString, first: i64, stride: i64, count: u32) -> ByteString:
    """`count` bytes from `first` in steps of `stride`."""
    if stride == 1:
        charge_bytes(count)
        result = new_byte_string(count)
        copy_items(result.data, 0, s.data, u32(first), count)
        return result
    charge_items(count)
    result = new_byte_string(count)
    at = first
    for i in range(count):
        result.data[i] = s.data[u32(at)]
        at += stride
    return result


def byte_value(s: ByteString, index: u32) -> Value:
    """The byte at an index below the length, as an integer."""
    return from_small(i64(s.data[index]))
