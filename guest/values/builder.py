"""`Builder`, a growable buffer in which text is composed and then finished as a `Str`.

Relies on strings and the meter: every growth is charged before it happens, so composing costs by the size of its
result. `repr`, `str`, string methods, formatting and the printing of floats rely on it.
"""

from guest.compiler.language import (
    Array,
    Object,
    Text,
    Value,
    copy_items,
    i64,
    inline,
    noinline,
    span,
    text_byte,
    text_length,
    u8,
    u32,
    u64,
)
from guest.heap.allocate import ensure_fits
from guest.heap.spans import span_count_chars
from guest.values.charges import charge_bytes
from guest.values.text import Str, char_size, new_str

DIGIT_ZERO = 48
MINUS = 45


class Builder(Object):
    """`length` bytes of UTF-8 at the start of `data`."""

    length: u32
    data: Array[u8]
    # The containers that `repr` is inside of, to recognize cycles; made when the first one is entered.
    path: Array[Value] | None
    depth: u32


def builder_new(capacity: u32 = 64) -> Builder:
    """An empty builder with room for `capacity` bytes."""
    return Builder(length=0, data=Array[u8](capacity), path=None, depth=0)


@noinline
def grow(b: Builder, more: u32) -> None:
    """Make room for `more` bytes, at least doubling the buffer."""
    needed = u64(b.length) + u64(more)
    capacity = max(needed, u64(len(b.data)) * 2)
    ensure_fits(capacity)
    charge_bytes(u32(capacity))
    data = Array[u8](u32(capacity))
    copy_items(data, 0, b.data, 0, b.length)
    b.data = data


@inline
def add_byte(b: Builder, byte: u32) -> None:
    """Append one byte."""
    if b.length == len(b.data):
        grow(b, 1)
    b.data[b.length] = byte
    b.length += 1


@inline
def reserve(b: Builder, more: u32) -> None:
    """Make room for `more` bytes."""
    if u64(b.length) + u64(more) > u64(len(b.data)):
        grow(b, more)


def add_text(b: Builder, text: Text) -> None:
    """Append a static text."""
    n = text_length(text)
    reserve(b, n)
    data = b.data
    at = b.length
    for i in range(n):
        data[at + i] = text_byte(text, i)
    b.length = at + n


def add_part(b: Builder, s: Str, start: u32, end: u32) -> None:
    """Append the bytes of a string from `start` to `end`."""
    n = end - start
    charge_bytes(n)
    reserve(b, n)
    copy_items(b.data, b.length, s.data, start, n)
    b.length += n


def add_bytes(b: Builder, source: Array[u8], start: u32, end: u32) -> None:
    """Append the bytes of an array from `start` to `end`, which are UTF-8."""
    n = end - start
    charge_bytes(n)
    reserve(b, n)
    copy_items(b.data, b.length, source, start, n)
    b.length += n


def add_str(b: Builder, s: Str) -> None:
    """Append a string."""
    add_part(b, s, 0, len(s.data))


def add_char(b: Builder, code: u32) -> None:
    """Append a code point, which is valid."""
    if code < 0x80:
        add_byte(b, code)
        return
    n = char_size(code)
    shift = 6 * (n - 1)
    add_byte(b, (0xF00 >> n & 0xFF) | code >> shift)
    while shift != 0:
        shift -= 6
        add_byte(b, 0x80 | (code >> shift & 0x3F))


def add_unsigned(b: Builder, n: u64) -> None:
    """Append a number in decimal."""
    digits: u32 = 1
    rest = n // 10
    while rest != 0:
        digits += 1
        rest = rest // 10
    reserve(b, digits)
    data = b.data
    at = b.length + digits
    b.length = at
    rest = n
    for _ in range(digits):
        at -= 1
        tens = rest // 10
        data[at] = DIGIT_ZERO + u32(rest - tens * 10)
        rest = tens


def add_int(b: Builder, n: i64) -> None:
    """Append an integer in decimal."""
    if n < 0:
        add_byte(b, MINUS)
        add_unsigned(b, 0 - u64(n))
    else:
        add_unsigned(b, u64(n))


def finish(b: Builder) -> Str:
    """The text as a string; the builder is empty afterwards and can be used again."""
    n = b.length
    charge_bytes(n)
    result = new_str(n, 0)
    copy_items(result.data, 0, b.data, 0, n)
    result.chars = span_count_chars(span(result.data), n)
    b.length = 0
    return result
