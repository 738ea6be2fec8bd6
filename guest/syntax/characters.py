"""Characters by class, as the lexer asks for them.

Beyond ASCII every code point is a letter of identifiers except spaces, punctuation, symbols and private use: an
approximation by blocks, so that a typographic quote or an emoji is reported as what it is, not as a name.
"""

from __future__ import annotations

from guest.compiler.language import Table, inline, table, u32

TAB = 9
LINE_FEED = 10
CARRIAGE_RETURN = 13
SPACE = 32
DOUBLE_QUOTE = 34
HASH = 35
SINGLE_QUOTE = 39
ZERO = 48
BACKSLASH = 92
UNDERSCORE = 95
LEFT_BRACE = 123
RIGHT_BRACE = 125
ASCII_END = 128

BYTE_ORDER_MARK = 0xFEFF
SURROGATES = 0xD800
SURROGATES_END = 0xE000
CODE_END = 0x110000

# Blocks without letters: the first and the last code point of each.
BLOCKS = (
    (0x80, 0xA9),
    (0xAB, 0xB4),
    (0xB6, 0xB9),
    (0xBB, 0xBF),
    (0xD7, 0xD7),
    (0xF7, 0xF7),
    (0x1680, 0x1680),
    (0x2000, 0x2070),
    (0x2080, 0x208F),
    (0x20A0, 0x20CF),
    (0x2190, 0x2BFF),
    (0x2E00, 0x2E7F),
    (0x3000, 0x3004),
    (0x3008, 0x3020),
    (0xD800, 0xF8FF),
    (0xFE00, 0xFE6F),
    (0xFEFD, 0xFF0F),
    (0xFF1A, 0xFF20),
    (0x1F000, 0x1FAFF),
    (0xE0000, 0x10FFFF),
)
NO_LETTERS: Table[u32] = table(bound for block in BLOCKS for bound in block)


@inline
def is_digit(byte: u32) -> bool:
    """Whether a byte is a decimal digit."""
    return byte - ZERO < 10


@inline
def is_letter(byte: u32) -> bool:
    """Whether a byte is an ASCII letter or an underscore."""
    return (byte | 32) - 97 < 26 or byte == UNDERSCORE


@inline
def is_line_end(byte: u32) -> bool:
    """Whether a byte ends a line."""
    return byte == LINE_FEED or byte == CARRIAGE_RETURN


@inline
def is_continuation(byte: u32) -> bool:
    """Whether a byte of UTF-8 goes on with a character."""
    return byte & 0xC0 == 0x80


def is_wide_letter(code: u32) -> bool:
    """Whether a code point beyond ASCII may be part of an identifier."""
    i: u32 = 0
    while i < len(NO_LETTERS):
        if code - NO_LETTERS[i] <= NO_LETTERS[i + 1] - NO_LETTERS[i]:
            return False
        i += 2
    return True


def digit_of(byte: u32) -> u32:
    """The worth of a digit of any base up to 36; 255 if it is none."""
    if is_digit(byte):
        return byte - ZERO
    lower = byte | 32
    if lower - 97 < 26:
        return lower - 87
    return 255
