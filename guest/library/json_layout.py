"""`json.indent`: JSON text laid out anew, an element a line.

The text has been decoded before, so it is known to be valid; numbers and strings stay as they are written. What is between the
tokens is dropped, except white space after the value, which stays.
"""

from guest.compiler.language import noinline, u32
from guest.library.json_marks import (
    BACKSLASH,
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    NEWLINE,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    SPACE,
)
from guest.meter.costs import ITEMS_PER_UNIT, JSON_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_part, add_str
from guest.values.text import Str


def lay_out(b: Builder, text: Str, prefix: Str, indent: Str) -> None:
    """Append a valid JSON text, each line after the first beginning with `prefix` and `indent` once for each level."""
    n = len(text.data)
    charge(n // JSON_BYTES_PER_UNIT + 1)
    at: u32 = 0
    depth: u32 = 0
    while True:
        at = skip_blank(text, at)
        if at == n:
            return
        byte = text.data[at]
        if byte == OPEN_LIST or byte == OPEN_OBJECT:
            add_byte(b, byte)
            at = skip_blank(text, at + 1)
            if text.data[at] != CLOSE_LIST and text.data[at] != CLOSE_OBJECT:
                depth += 1
                begin_line(b, depth, prefix, indent)
                continue
            add_byte(b, text.data[at])
            at += 1
        elif byte == CLOSE_LIST or byte == CLOSE_OBJECT:
            depth -= 1
            begin_line(b, depth, prefix, indent)
            add_byte(b, byte)
            at += 1
        elif byte == COMMA:
            add_byte(b, COMMA)
            begin_line(b, depth, prefix, indent)
            at += 1
            continue
        elif byte == COLON:
            add_byte(b, COLON)
            add_byte(b, SPACE)
            at += 1
            continue
        else:
            end = token_end(text, at)
            add_part(b, text, at, end)
            at = end
        if depth == 0:
            # The value has ended: only white space follows.
            add_part(b, text, at, n)
            return


def skip_blank(text: Str, start: u32) -> u32:
    """The first offset from `start` that holds no white space."""
    at = start
    while at < len(text.data) and text.data[at] <= SPACE:
        at += 1
    return at


def token_end(text: Str, start: u32) -> u32:
    """Where the string, number or constant that begins at `start` ends."""
    at = start + 1
    if text.data[start] == QUOTE:
        while text.data[at] != QUOTE:
            at += 2 if text.data[at] == BACKSLASH else 1
        return at + 1
    while at < len(text.data) and not is_delimiter(text.data[at]):
        at += 1
    return at


def is_delimiter(byte: u32) -> bool:
    """Whether a number or constant ends before this byte."""
    return byte <= SPACE or byte == COMMA or byte == CLOSE_LIST or byte == CLOSE_OBJECT


@noinline
def begin_line(b: Builder, depth: u32, prefix: Str, indent: Str) -> None:
    """Begin a line at this depth."""
    charge(depth // ITEMS_PER_UNIT + 1)
    add_byte(b, NEWLINE)
    add_str(b, prefix)
    for _ in range(depth):
        add_str(b, indent)
