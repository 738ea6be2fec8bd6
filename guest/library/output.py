"""The output buffer: where results are written as text, and where the host reads them.

It is an array that never moves. The host finds it by `output_address` and `output_length`; the boundary sets the length
back to 0. It doubles when it is full, so each byte moves less than twice on average. `json_encode.py` writes decisions here.
"""

from guest.compiler.language import (
    Array,
    Text,
    copy_items,
    i64,
    inline,
    noinline,
    span,
    text_length,
    u8,
    u32,
    u64,
)
from guest.heap.allocate import ensure_fits, old_array_u8
from guest.heap.spans import span_after, span_copy, text_span
from guest.heap.views import Bytes, pinned_bytes
from guest.values.text import Str

FIRST_CAPACITY = 320 * 1024  # bytes: what a batch writes before it stops, and a margin
DIGITS = 20  # of the longest 64-bit integer
MINUS = 0x2D
ZERO = 0x30

buffer: Array[u8] | None = None
output_address: Bytes = Bytes(0)
output_length: u32 = 0


@inline
def room_for(more: u32) -> Array[u8]:
    """The buffer, with room for `more` bytes after its text."""
    current = buffer
    if current is not None and len(current) - output_length >= more:
        return current
    return replace_buffer(more)


@noinline
def replace_buffer(more: u32) -> Array[u8]:
    """Move the text to a larger buffer."""
    global buffer, output_address
    current = buffer
    needed = u64(output_length) + u64(more)
    doubled = u64(len(current)) * 2 if current is not None else u64(FIRST_CAPACITY)
    capacity = max(needed, doubled)
    ensure_fits(capacity)
    larger = old_array_u8(u32(capacity))
    current = buffer
    if current is not None:
        copy_items(larger, 0, current, 0, output_length)
    buffer = larger
    output_address = pinned_bytes(larger)
    return larger


@inline
def emit_byte(byte: u32) -> None:
    """Append one byte."""
    global output_length
    target = room_for(1)
    target[output_length] = byte
    output_length += 1


def emit_text(text: Text) -> None:
    """Append a static text."""
    global output_length
    n = text_length(text)
    target = room_for(n)
    span_copy(span_after(span(target), output_length), text_span(text), n)
    output_length += n


def emit_str(s: Str) -> None:
    """Append the content of a string as it is."""
    global output_length
    n = len(s.data)
    target = room_for(n)
    span_copy(span_after(span(target), output_length), span(s.data), n)
    output_length += n


def emit_bytes(source: Array[u8], n: u32) -> None:
    """Append the first n bytes of an array."""
    global output_length
    assert n <= len(source)
    target = room_for(n)
    span_copy(span_after(span(target), output_length), span(source), n)
    output_length += n


def emit_unsigned(number: u64) -> None:
    """Append a number in decimal."""
    global output_length
    digits: u32 = 1
    rest = number // 10
    while rest != 0:
        digits += 1
        rest = rest // 10
    target = room_for(DIGITS)
    at = output_length + digits
    output_length = at
    rest = number
    for _ in range(digits):
        at -= 1
        tens = rest // 10
        target[at] = ZERO + u32(rest - tens * 10)
        rest = tens


def emit_int(number: i64) -> None:
    """Append an integer in decimal."""
    if number < 0:
        emit_byte(MINUS)
        emit_unsigned(0 - u64(number))
    else:
        emit_unsigned(u64(number))
