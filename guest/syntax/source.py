"""The source text being compiled: its bytes, its encoding, and where an offset is.

The bytes do not move (the machine hands in an array that was born old). `begin_source` checks the encoding once, so
that the lexer may take well-formed UTF-8 for granted; the lexer and the scanners of literals read bytes here.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import inline, noinline, text_byte, u32
from guest.heap.spans import bytes_span
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.meter.costs import SOURCE_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.syntax.characters import (
    ASCII_END,
    BYTE_ORDER_MARK,
    CARRIAGE_RETURN,
    LINE_FEED,
    is_continuation,
)
from guest.syntax.diagnostics import refuse, say, say_char
from guest.values.function import COLUMN_BITS, MAX_COLUMN
from guest.values.utf8 import sequence_length

BYTE_ORDER_MARK_BYTES = 3
HEX_DIGITS = "0123456789ABCDEF"

start: Bytes
length: u32 = 0


@inline
def byte(offset: u32) -> u32:
    """The byte at an offset; 0 past the end."""
    return byte_at(start, offset) if offset < length else 0


@inline
def bytes_from(offset: u32) -> Bytes:
    """The bytes from an offset on."""
    return bytes_after(start, offset)


@inline
def pack_position(line: u32, column: u32) -> u32:
    """A place in one word."""
    return line << COLUMN_BITS | min(column, u32(MAX_COLUMN))


def char_size(offset: u32) -> u32:
    """The number of bytes of the character at an offset; 0 if they are not UTF-8."""
    return sequence_length(bytes_span(start), offset, length)


def code_at(offset: u32) -> u32:
    """The code point of the character at an offset."""
    lead = byte(offset)
    size = char_size(offset)
    code = lead if size == 1 else lead & (0x7F >> size)
    for i in range(1, size):
        code = code << 6 | (byte(offset + i) & 0x3F)
    return code


def starts_with_mark() -> bool:
    """Whether the source begins with a byte order mark, which is ignored."""
    return length != 0 and char_size(0) == BYTE_ORDER_MARK_BYTES and code_at(0) == BYTE_ORDER_MARK


def begin_source(text: Bytes, size: u32) -> u32:
    """Take a source text, pay for compiling it and check its encoding; the offset at which it begins."""
    global start, length
    start = text
    length = size
    charge(size // SOURCE_BYTES_PER_UNIT)
    first = BYTE_ORDER_MARK_BYTES if starts_with_mark() else u32(0)
    offset = first
    while offset < size:
        lead = byte_at(text, offset)
        if lead < ASCII_END:
            offset += 1
            continue
        count = char_size(offset)
        if count == 0:
            refuse_byte(offset, lead)
        if count == 3 and code_at(offset) == BYTE_ORDER_MARK:
            say("byte order mark in the middle of a file")
            refuse(position_at(offset))
        offset += count
    return first


@noinline
def refuse_byte(offset: u32, lead: u32) -> NoReturn:
    """End with the error of a byte that is not UTF-8."""
    say("invalid UTF-8: unexpected byte 0x")
    say_hex(lead)
    refuse(position_at(offset))


@noinline
def position_at(offset: u32) -> u32:
    """The place of an offset, counted from the beginning: for errors only."""
    charge(offset // SOURCE_BYTES_PER_UNIT)
    line: u32 = 1
    column: u32 = 1
    at = BYTE_ORDER_MARK_BYTES if starts_with_mark() else u32(0)
    while at < offset:
        current = byte(at)
        at += 1
        if current == LINE_FEED or (current == CARRIAGE_RETURN and byte(at) != LINE_FEED):
            line += 1
            column = 1
        elif not is_continuation(current):
            column += 1
    return pack_position(line, column)


def say_hex(number: u32) -> None:
    """Add a byte in hexadecimal to the message."""
    say_digit(number >> 4)
    say_digit(number & 15)


def say_digit(digit: u32) -> None:
    """Add a hexadecimal digit to the message."""
    say_char(text_byte(HEX_DIGITS, digit))
