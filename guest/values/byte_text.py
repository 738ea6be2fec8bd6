"""Bytes as text: `str(b)`, which replaces what is not UTF-8, and `repr(b)`, which escapes it.

Relies on the well-formed sequences of `utf8.py`. Both visit every character, and pay for a step of bytes before it.
"""

from guest.compiler.language import copy_items, inline, noinline, span, u32
from guest.heap.spans import span_is_ascii
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT, ELEMENT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_char, add_text, reserve
from guest.values.byte_string import ByteString
from guest.values.charges import charge_bytes
from guest.values.failure import has_room, say, say_byte
from guest.values.quote import QUOTE, add_escaped, hex_digit, needs_escape, say_escaped
from guest.values.text import ASCII
from guest.values.utf8 import sequence_length

REPLACEMENT = 0xFFFD  # stands for a byte that is not part of UTF-8
PREFIX = 0x62  # the b of a literal


def add_decoded(b: Builder, s: ByteString) -> None:
    """Append the bytes as text, each one that is not UTF-8 replaced."""
    n = len(s.data)
    charge_bytes(n)
    if span_is_ascii(span(s.data), n):
        reserve(b, n)
        copy_items(b.data, b.length, s.data, 0, n)
        b.length += n
        return
    offset: u32 = 0
    paid: u32 = 0
    while offset < n:
        paid = pay_for(offset, paid)
        size = size_at(s, offset, n)
        add_char(b, REPLACEMENT if size == 0 else code_of(s, offset, size))
        offset += max(size, u32(1))


def add_bytes_literal(b: Builder, s: ByteString) -> None:
    """Append the bytes as a literal: characters where they are UTF-8, escapes of bytes elsewhere."""
    n = len(s.data)
    add_byte(b, PREFIX)
    add_byte(b, QUOTE)
    offset: u32 = 0
    paid: u32 = 0
    while offset < n:
        paid = pay_for(offset, paid)
        size = size_at(s, offset, n)
        if size == 0:
            add_byte_escape(b, s.data[offset])
        else:
            code = code_of(s, offset, size)
            if needs_escape(code):
                add_escaped(b, code)
            else:
                add_char(b, code)
        offset += max(size, u32(1))
    add_byte(b, QUOTE)


def say_bytes_literal(s: ByteString) -> None:
    """Append the bytes to the message as a literal, as far as there is room."""
    n = len(s.data)
    say_byte(PREFIX)
    say_byte(QUOTE)
    offset: u32 = 0
    while offset < n and has_room():
        size = size_at(s, offset, n)
        if size == 0:
            say("\\x")
            say_byte(hex_digit(s.data[offset] >> 4))
            say_byte(hex_digit(s.data[offset] & 15))
        elif needs_escape(code_of(s, offset, size)):
            say_escaped(code_of(s, offset, size))
        else:
            for i in range(size):
                say_byte(s.data[offset + i])
        offset += max(size, u32(1))
    say_byte(QUOTE)


def pay_for(offset: u32, paid: u32) -> u32:
    """Pay for the next characters if those before `offset` are all that was paid for; up to where it is paid then."""
    if offset < paid:
        return paid
    charge(ELEMENT)
    return offset + CHARACTER_BYTES_PER_UNIT


def add_byte_escape(b: Builder, byte: u32) -> None:
    """Append a byte that is not UTF-8."""
    add_text(b, "\\x")
    add_byte(b, hex_digit(byte >> 4))
    add_byte(b, hex_digit(byte & 15))


@inline
def size_at(s: ByteString, offset: u32, end: u32) -> u32:
    """The number of bytes of the character at an offset; 0 if there is none."""
    return 1 if s.data[offset] < ASCII else sequence_length(span(s.data), offset, end)


@inline
def code_of(s: ByteString, offset: u32, size: u32) -> u32:
    """The code point of the well-formed sequence of `size` bytes at an offset."""
    lead = s.data[offset]
    return lead if lead < ASCII else wide_code(s, offset, size)


@noinline
def wide_code(s: ByteString, offset: u32, size: u32) -> u32:
    """`code_of` beyond ASCII."""
    lead = s.data[offset]
    code = lead & (0x7F >> size)
    for i in range(1, size):
        code = code << 6 | (s.data[offset + i] & 0x3F)
    return code
