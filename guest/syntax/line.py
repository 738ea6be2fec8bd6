"""Where the lexer is: the current line, and how to turn an offset on it into a place.

Columns count code points, so the scanners report every byte that continues a character; nothing is counted twice
because offsets only grow.
"""

from __future__ import annotations

from guest.compiler.language import u32
from guest.meter.costs import SOURCE_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.syntax.characters import CARRIAGE_RETURN, LINE_FEED, is_continuation, is_line_end
from guest.syntax.diagnostics import refuse, say
from guest.syntax.source import BYTE_ORDER_MARK_BYTES, byte, pack_position, starts_with_mark

MAX_LINES = (1 << 20) - 1

number: u32 = 1
began: u32 = 0
# Bytes of the line that continue a character, up to where the lexer is.
continuations: u32 = 0


def begin_lines(offset: u32) -> None:
    """Start at the first line, which begins at an offset."""
    global number, began, continuations
    number = 1
    began = offset
    continuations = 0


def find_line(offset: u32) -> None:
    """Go back to the line of an offset, counting from the beginning: after an error only."""
    charge(offset // SOURCE_BYTES_PER_UNIT)
    begin_lines(0)
    if starts_with_mark():
        begin_lines(BYTE_ORDER_MARK_BYTES)
    at = began
    while at < offset:
        current = byte(at)
        if is_line_end(current):
            at = cross_line_end(at)
        else:
            count_byte(current)
            at += 1


def here(offset: u32) -> u32:
    """The packed position of an offset on the current line, at which the lexer is."""
    return pack_position(number, offset - began - continuations + 1)


def count_byte(current: u32) -> None:
    """Account for a byte of a character beyond ASCII."""
    global continuations
    if is_continuation(current):
        continuations += 1


def cross_line_end(offset: u32) -> u32:
    """Go over the line end at an offset (\\n, \\r\\n or \\r); the offset of the next line."""
    global number, began, continuations
    after = offset + 1
    if byte(offset) == CARRIAGE_RETURN and byte(after) == LINE_FEED:
        after += 1
    if number == MAX_LINES:
        say("too many lines in one file (at most 1048575)")
        refuse(here(offset))
    number += 1
    began = after
    continuations = 0
    return after
