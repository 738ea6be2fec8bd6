"""Texts as JSON strings in the output buffer: quoted, with the fewest escapes, as Python's `json` writes them.

Plain runs are found by vectors and copied whole; characters beyond ASCII stay as they are. `json_encode.py` writes strings with
it, and the boundary what it tells the host.
"""

from guest.compiler.language import Array, Span, Text, span, u8, u32
from guest.heap.input import find_special
from guest.heap.spans import span_after, span_byte, span_copy
from guest.library import output
from guest.library.json_marks import BACKSLASH, QUOTE
from guest.library.output import emit_byte, emit_text, room_for
from guest.values.text import Str

FIRST_BEYOND_ASCII = 0x80
LONGEST_ESCAPE = 6  # bytes of `\u0001`
SHORT_TEXT = 512  # bytes up to which the worst case is assumed and nothing is counted


def emit_json_str(s: Str) -> None:
    """Append a string as a JSON string."""
    n = len(s.data)
    size = n * LONGEST_ESCAPE if n <= SHORT_TEXT else escaped_size(span(s.data), n)
    target = room_for(size + 2)
    output.output_length = write_quoted(target, output.output_length, span(s.data), n)


def emit_json_bytes(source: Array[u8], n: u32) -> None:
    """Append the first n bytes of an array, which are UTF-8, as a JSON string."""
    emit_json_part(source, 0, n)


def emit_json_part(source: Array[u8], start: u32, n: u32) -> None:
    """Append n bytes of an array from `start`, which are UTF-8, as a JSON string."""
    size = escaped_size(span_after(span(source), start), n)
    target = room_for(size + 2)
    output.output_length = write_quoted(target, output.output_length, span_after(span(source), start), n)


def emit_json_text(text: Text) -> None:
    """Append a static text, which needs no escapes, as a JSON string."""
    emit_byte(QUOTE)
    emit_text(text)
    emit_byte(QUOTE)


def plain_run_end(text: Span, start: u32, n: u32) -> u32:
    """Where the run of characters that need no escape ends."""
    at = find_special(text, start, n)
    while at < n and span_byte(text, at) >= FIRST_BEYOND_ASCII:
        at = find_special(text, at + 1, n)
    return at


def escaped_size(text: Span, n: u32) -> u32:
    """The number of bytes of a text with its escapes, without the quotes."""
    size = n
    at = plain_run_end(text, 0, n)
    while at < n:
        size += 1 if short_escape(span_byte(text, at)) != 0 else LONGEST_ESCAPE - 1
        at = plain_run_end(text, at + 1, n)
    return size


def write_quoted(target: Array[u8], start: u32, text: Span, n: u32) -> u32:
    """Write a text and its quotes at `start` in the target, which has room; the offset after it."""
    target[start] = QUOTE
    to = start + 1
    at: u32 = 0
    while True:
        run = plain_run_end(text, at, n) - at
        span_copy(span_after(span(target), to), span_after(text, at), run)
        to += run
        at += run
        if at == n:
            target[to] = QUOTE
            return to + 1
        byte = span_byte(text, at)
        at += 1
        letter = short_escape(byte)
        target[to] = BACKSLASH
        if letter != 0:
            target[to + 1] = letter
            to += 2
        else:
            target[to + 1] = 0x75  # u
            target[to + 2] = 0x30
            target[to + 3] = 0x30
            target[to + 4] = 0x30 + (byte >> 4)
            target[to + 5] = hexadecimal_digit(byte & 15)
            to += LONGEST_ESCAPE


def hexadecimal_digit(number: u32) -> u32:
    """The character of a digit below 16."""
    return 0x30 + number if number < 10 else 0x61 + number - 10


def short_escape(byte: u32) -> u32:
    """The letter of the two-byte escape of a character; 0 if it has none."""
    match byte:
        case 0x22 | 0x5C:  # the quote, the backslash
            return byte
        case 8:
            return 0x62  # b
        case 9:
            return 0x74  # t
        case 10:
            return 0x6E  # n
        case 12:
            return 0x66  # f
        case 13:
            return 0x72  # r
        case _:
            return 0
