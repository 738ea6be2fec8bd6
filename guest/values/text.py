"""`Str`, the text of the rule language: immutable UTF-8 with its number of code points.

Relies on the heap's spans for bulk work on bytes. Dicts, messages, builders and every string method rely on it; which
strings are one object for all that name something is the business of `interning.py`.
"""

from guest.compiler.language import (
    Array,
    Inline,
    Object,
    Text,
    Value,
    cast,
    i32,
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
from guest.heap.spans import (
    copy_from_bytes,
    set_span_word,
    span_after,
    span_compare,
    span_copy,
    span_count_chars,
    span_equal,
    span_hash,
    span_word,
)
from guest.heap.state import is_interned, shorten
from guest.heap.views import Bytes
from guest.values.charges import charge_bytes

CHAR_BLOCK = 64  # bytes that are counted at a time when a code point is looked for
ASCII = 128
WORD = 8  # bytes


class Str(Object):
    """Immutable text. `hash` is 0 until it is computed; `chars == len(data)` exactly for ASCII.

    Objects are made of words of eight bytes, and the bytes between the end of the text and the end of its object are
    zero: so short texts are compared and joined by words.
    """

    hash: u32
    chars: u32
    data: Inline[u8]


# The 128 strings of one ASCII character, so that indexing allocates nothing.
characters: Array[Value] | None = None


# Properties.


@inline
def is_ascii(s: Str) -> bool:
    """Whether each byte is a character."""
    return s.chars == len(s.data)


@inline
def str_hash(s: Str) -> u32:
    """The hash of the content; never 0. Its price is part of what creating the string cost."""
    known = s.hash
    return known if known != 0 else compute_hash(s)


@inline
def compute_hash(s: Str) -> u32:
    """Hash the content and remember it."""
    result = span_hash(span(s.data), len(s.data))
    s.hash = result
    return result


@inline
def str_equal(a: Str, b: Str) -> bool:
    """Whether two strings have the same content."""
    return a is b or (len(a.data) == len(b.data) and same_content(a, b))


@noinline
def same_content(a: Str, b: Str) -> bool:
    """`str_equal` for two objects. The charge must not depend on which hashes happen to be known."""
    if len(a.data) != len(b.data) or (is_interned(a) and is_interned(b)):
        return False
    charge_bytes(len(a.data))
    if a.hash != b.hash and a.hash != 0 and b.hash != 0:
        return False
    return same_bytes(a, b)


@inline
def same_bytes(a: Str, b: Str) -> bool:
    """Whether two strings have the same bytes: up to two words are compared in place."""
    n = len(a.data)
    if n != len(b.data):
        return False
    if n > 2 * WORD:
        return span_equal(span(a.data), span(b.data), n)
    if n > WORD and span_word(span(a.data), WORD) != span_word(span(b.data), WORD):
        return False
    return n == 0 or span_word(span(a.data), 0) == span_word(span(b.data), 0)


def str_compare(a: Str, b: Str) -> i32:
    """Negative, zero or positive: the order by code points, which in UTF-8 is the order by bytes."""
    if a is b:
        return 0
    n = len(a.data)
    m = len(b.data)
    shorter = min(n, m)
    charge_bytes(shorter)
    order = span_compare(span(a.data), span(b.data), shorter)
    if order != 0:
        return order
    if n == m:
        return 0
    return -1 if n < m else 1


def text_equal(s: Str, text: Text) -> bool:
    """Whether a string has the content of a static text."""
    n = text_length(text)
    if len(s.data) != n:
        return False
    for i in range(n):
        if s.data[i] != text_byte(text, i):
            return False
    return True


# Making strings.


@inline
def new_str(n: u32, chars: u32) -> Str:
    """A string of `n` zero bytes, to be filled at once by the caller, who has charged for it."""
    return Str.allocate(n, hash=0, chars=chars)


@inline
def new_short_str(n: u32, chars: u32) -> Str:
    """A string of `n` zero bytes, at most two words: a constant number of words is allocated in place."""
    if n <= WORD:
        result = Str.allocate(WORD, hash=0, chars=chars)
    else:
        result = Str.allocate(2 * WORD, hash=0, chars=chars)
    shorten(result, n)
    return result


def str_from_text(text: Text) -> Str:
    """A string with the content of a static text."""
    return text_part(text, 0, text_length(text))


def text_part(text: Text, start: u32, end: u32) -> Str:
    """A string with the content of the bytes `start` to `end` of a static text."""
    n = end - start
    result = new_str(n, 0)
    for i in range(n):
        result.data[i] = text_byte(text, start + i)
    result.chars = span_count_chars(span(result.data), n)
    return result


def str_from_bytes(source: Bytes, n: u32, chars: u32) -> Str:
    """A string with the content of `n` valid UTF-8 bytes of a pinned buffer, `chars` code points."""
    result = new_str(n, chars)
    copy_from_bytes(span(result.data), source, n)
    return result


def str_from_char(code: u32) -> Str:
    """The string of one code point, which is valid (at most 0x10FFFF, no surrogate)."""
    table = characters
    if code < ASCII and table is not None:
        return cast(Str, table[code])
    n = char_size(code)
    result = new_str(n, 1)
    if n == 1:
        result.data[0] = code
        return result
    shift = 6 * (n - 1)
    result.data[0] = (0xF00 >> n & 0xFF) | code >> shift
    for i in range(1, n):
        shift -= 6
        result.data[i] = 0x80 | (code >> shift & 0x3F)
    return result


def char_size(code: u32) -> u32:
    """The number of bytes of a code point in UTF-8."""
    if code < 0x80:
        return 1
    if code < 0x800:
        return 2
    return 3 if code < 0x10000 else 4


def concatenate(a: Str, b: Str) -> Str:
    """`a + b`."""
    n = len(a.data)
    m = len(b.data)
    if m == 0:
        return a
    if n == 0:
        return b
    if n + m <= 2 * WORD and n < 2 * WORD:
        return concatenate_short(a, b)
    ensure_fits(u64(n) + u64(m))
    charge_bytes(n + m)
    result = new_str(n + m, a.chars + b.chars)
    span_copy(span(result.data), span(a.data), n)
    span_copy(span_after(span(result.data), n), span(b.data), m)
    return result


@inline
def concatenate_short(a: Str, b: Str) -> Str:
    """`a + b` of at most two words, neither empty: the words of b are shifted to where a ends."""
    n = len(a.data)
    m = len(b.data)
    result = new_short_str(n + m, a.chars + b.chars)
    low = span_word(span(a.data), 0)
    next = span_word(span(b.data), 0)
    if n < WORD:
        shift = u64(8 * n)
        set_span_word(span(result.data), 0, low | next << shift)
        if n + m > WORD:
            high = next >> (64 - shift)
            if m > WORD:
                high |= span_word(span(b.data), WORD) << shift
            set_span_word(span(result.data), WORD, high)
    else:
        high = next << u64(8 * (n - WORD))
        if n > WORD:
            high |= span_word(span(a.data), WORD)
        set_span_word(span(result.data), 0, low)
        set_span_word(span(result.data), WORD, high)
    return result


def substring_bytes(s: Str, start: u32, end: u32) -> Str:
    """The bytes from `start` to `end`, both at the border of a character."""
    n = end - start
    if n == len(s.data):
        return s
    if n == 1:
        return str_from_char(s.data[start])
    charge_bytes(n)
    result = new_str(n, n)
    assert end <= len(s.data)
    span_copy(span(result.data), span_after(span(s.data), start), n)
    if s.chars != len(s.data):
        result.chars = span_count_chars(span(result.data), n)
    return result


# Code points.


def char_offset(s: Str, index: u32) -> u32:
    """The offset of code point number `index`, at most `s.chars`: at once in ASCII, by a charged scan otherwise."""
    if is_ascii(s):
        return index
    n = len(s.data)
    if index >= s.chars:
        return n
    charge_bytes(index)
    offset: u32 = 0
    left = index
    while offset + CHAR_BLOCK <= n:
        inside = span_count_chars(span_after(span(s.data), offset), CHAR_BLOCK)
        if inside > left:
            break
        left -= inside
        offset += CHAR_BLOCK
    # A block may end inside a character: only lead bytes count, so the scan goes on from any offset.
    while offset < n:
        if s.data[offset] & 0xC0 != 0x80:
            if left == 0:
                return offset
            left -= 1
        offset += 1
    return n


def char_index(s: Str, offset: u32) -> u32:
    """The number of code points before a byte offset."""
    if is_ascii(s):
        return offset
    charge_bytes(offset)
    return span_count_chars(span(s.data), offset)


@inline
def size_at(s: Str, offset: u32) -> u32:
    """The number of bytes of the character at a byte offset."""
    lead = s.data[offset]
    return 1 if lead < ASCII else wide_size(lead)


@noinline
def wide_size(lead: u32) -> u32:
    """The number of bytes of a character beyond ASCII that begins with this byte."""
    if lead < 0xE0:
        return 2
    return 3 if lead < 0xF0 else 4


@inline
def char_at(s: Str, offset: u32) -> u32:
    """The code point at a byte offset."""
    lead = s.data[offset]
    return lead if lead < ASCII else wide_char_at(s, offset)


@noinline
def wide_char_at(s: Str, offset: u32) -> u32:
    """`char_at` beyond ASCII."""
    lead = s.data[offset]
    second = s.data[offset + 1] & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second
    third = s.data[offset + 2] & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third
    return (lead & 0x07) << 18 | second << 12 | third << 6 | (s.data[offset + 3] & 0x3F)
