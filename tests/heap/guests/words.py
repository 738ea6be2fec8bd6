"""A test guest: spans, searching, boxing and the wide product, on bytes that the host writes."""

from __future__ import annotations

from guest.compiler.language import (
    Array,
    Span,
    Value,
    bits_float,
    export,
    float_bits,
    i32,
    i64,
    need,
    span,
    u8,
    u32,
    u64,
)
from guest.compiler.raw import address, bits, from_bits
from guest.heap.allocate import old_array_u8
from guest.heap.header import HEADER_SIZE
from guest.heap.search import span_find, two_way
from guest.heap.spans import (
    span_compare,
    span_copy,
    span_count_chars,
    span_equal,
    span_hash,
    span_is_ascii,
)
from guest.heap.value import (
    fits_small,
    float_of,
    from_bool,
    from_float,
    from_small,
    is_bool,
    is_float,
    is_pointer,
    is_small,
    small,
)
from guest.heap.wide import mul_wide

BUFFER_SIZE = 1 << 20

hay: Array[u8] | None = None
needle: Array[u8] | None = None
high: u64 = 0


@export
def boot() -> u32:
    """Make the buffers: the address of the first; the second follows at `second`."""
    global hay, needle
    hay = old_array_u8(BUFFER_SIZE)
    needle = old_array_u8(BUFFER_SIZE)
    return address(need(hay)) + HEADER_SIZE


@export
def second() -> u32:
    """The address of the second buffer."""
    return address(need(needle)) + HEADER_SIZE


def first_span() -> Span:
    """The first buffer."""
    return span(need(hay))


def second_span() -> Span:
    """The second buffer."""
    return span(need(needle))


@export
def find(n: u32, m: u32) -> i32:
    """Find `m` bytes of the second buffer in `n` of the first."""
    return span_find(first_span(), n, second_span(), m)


@export
def find_two_way(n: u32, m: u32) -> u32:
    """The same by the algorithm for the worst case alone."""
    return two_way(u32(first_span()), n, u32(second_span()), m)


@export
def equal(n: u32) -> bool:
    """Compare the first `n` bytes of both buffers."""
    return span_equal(first_span(), second_span(), n)


@export
def compare(n: u32) -> i32:
    """Order the first `n` bytes of both buffers."""
    return span_compare(first_span(), second_span(), n)


@export
def hash_of(offset: u32, n: u32) -> u32:
    """Hash `n` bytes of the first buffer."""
    return span_hash(Span(u32(first_span()) + offset), n)


@export
def count_chars(offset: u32, n: u32) -> u32:
    """Count the code points of `n` bytes of the first buffer."""
    return span_count_chars(Span(u32(first_span()) + offset), n)


@export
def ascii(offset: u32, n: u32) -> bool:
    """Whether `n` bytes of the first buffer are ASCII."""
    return span_is_ascii(Span(u32(first_span()) + offset), n)


@export
def copy(n: u32) -> None:
    """Copy `n` bytes of the first buffer to the second."""
    span_copy(second_span(), first_span(), n)


@export
def multiply(a: u64, b: u64) -> u64:
    """The low half of the product; the high one is in `high`."""
    global high
    low, high = mul_wide(a, b)
    return low


@export
def box_small(x: i64) -> u64:
    """The bits of a boxed integer, 0 if it does not fit or does not come back."""
    if not fits_small(x):
        return 0
    v = from_small(x)
    return bits(v) if is_small(v) and small(v) == x and kinds(v) == 1 else u64(0)


@export
def box_float(pattern: u64) -> u64:
    """The bits of a float after boxing and unboxing, all ones if it looks like anything else as well."""
    v = from_float(bits_float(pattern))
    return float_bits(float_of(v)) if is_float(v) and kinds(v) == 1 else ~u64(0)


@export
def box_bool(x: bool) -> u64:
    """The bits of a boxed bool, 0 if it looks like anything else as well."""
    v = from_bool(x)
    return bits(v) if is_bool(v) and kinds(v) == 1 else u64(0)


@export
def kinds_of(pattern: u64) -> u32:
    """How many kinds of Value these bits look like."""
    return kinds(from_bits(pattern))


def kinds(v: Value) -> u32:
    """How many kinds of Value this looks like."""
    return u32(is_pointer(v)) + u32(is_small(v)) + u32(is_float(v)) + u32(is_bool(v))
