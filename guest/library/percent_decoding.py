"""Percent-encoded text: `%C3%A9` as the character that it stands for.

What does not decode to UTF-8 becomes U+FFFD, as strings of the rule language are always valid. `url_parser.py` and `url.py`
rely on it.
"""

from guest.compiler.language import Array, span, u8, u32
from guest.library.address import hexadecimal_value
from guest.meter.costs import URL_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import add_byte, add_char, builder_new, finish
from guest.values.charges import charge_bytes
from guest.values.text import Str, substring_bytes
from guest.values.utf8 import sequence_length

PERCENT, PLUS, SPACE = 0x25, 0x2B, 0x20
REPLACEMENT = 0xFFFD
ESCAPE_SIZE = 3


def is_escape(s: Str, at: u32, end: u32) -> bool:
    """Whether a percent sign and two hexadecimal digits are there, below `end`."""
    return (
        end - at >= ESCAPE_SIZE
        and s.data[at] == PERCENT
        and hexadecimal_value(s.data[at + 1]) < 16
        and hexadecimal_value(s.data[at + 2]) < 16
    )


def escaped_byte(s: Str, at: u32) -> u32:
    """The byte that the escape at an offset stands for."""
    return hexadecimal_value(s.data[at + 1]) << 4 | hexadecimal_value(s.data[at + 2])


def decode_part(s: Str, start: u32, end: u32, plus_is_space: bool) -> Str:
    """The text between two offsets, decoded; a percent sign that begins no escape stands for itself."""
    charge((end - start) // URL_BYTES_PER_UNIT)
    encoded = False
    for at in range(start, end):
        byte = s.data[at]
        encoded = encoded or byte == PERCENT or (plus_is_space and byte == PLUS)
    if not encoded:
        return substring_bytes(s, start, end)
    charge_bytes(end - start)
    bytes = Array[u8](end - start)
    count: u32 = 0
    at = start
    while at < end:
        byte = s.data[at]
        if is_escape(s, at, end):
            byte = escaped_byte(s, at)
            at += ESCAPE_SIZE - 1
        elif plus_is_space and byte == PLUS:
            byte = SPACE
        bytes[count] = byte
        count += 1
        at += 1
    return valid_text(bytes, count)


def valid_text(bytes: Array[u8], count: u32) -> Str:
    """The first `count` bytes as text."""
    charge(count // URL_BYTES_PER_UNIT)
    result = builder_new(count)
    at: u32 = 0
    while at < count:
        size = sequence_length(span(bytes), at, count)
        if size == 0:
            add_char(result, REPLACEMENT)
            at += 1
            continue
        for i in range(at, at + size):
            add_byte(result, bytes[i])
        at += size
    return finish(result)
