"""String literals: which characters `repr` escapes, and how, for builders and for messages alike.

Relies on text only. The escapes are those that the lexer reads back.
"""

from guest.compiler.language import Table, table, u8, u32
from guest.values.builder import Builder, add_byte, add_part
from guest.values.charges import charge_bytes
from guest.values.failure import say_byte
from guest.values.text import Str, char_at, size_at

QUOTE = 34
BACKSLASH = 92
DELETE = 0x7F
LETTERS: Table[u8] = table([ord(letter) for letter in "abtnvfr"])  # of `\a` to `\r`, codes 7 to 13
FIRST_LETTER = 7
LAST_LETTER = 13


def needs_escape(code: u32) -> bool:
    """Whether a literal cannot show a character as it is: quotes, controls, and what nobody can see: spaces, format
    characters, private use and noncharacters. Characters that no version of Unicode has assigned yet are shown.
    """
    if code < DELETE:
        return code < 0x20 or code == QUOTE or code == BACKSLASH
    if code < 0xA1:
        return True
    if code < 0x600:
        return code == 0xAD
    if code < 0x1680:
        return is_arabic_format(code)
    if code < 0x3001:
        return (
            code == 0x1680
            or code == 0x180E
            or (0x2000 <= code <= 0x200F)
            or (0x2028 <= code <= 0x202F)
            or (0x205F <= code <= 0x206F)
            or code == 0x3000
        )
    if code < 0xE000:
        return False
    if code < 0x10000:
        # Private use, the byte order mark, interlinear annotations.
        return code <= 0xF8FF or code == 0xFEFF or (0xFFF0 <= code <= 0xFFFB) or code >= 0xFFFE
    if code < 0xE0000:
        return is_rare_format(code) or (code & 0xFFFE) == 0xFFFE
    # Tags and private use; between them are selectors of variants, which belong to the character before.
    return code < 0xE0100 or code > 0xE01EF


def is_arabic_format(code: u32) -> bool:
    """Whether a character below U+1680 is a format character of Arabic or Syriac."""
    return (
        code <= 0x605
        or code == 0x61C
        or code == 0x6DD
        or code == 0x70F
        or code == 0x890
        or code == 0x891
        or code == 0x8E2
    )


def is_rare_format(code: u32) -> bool:
    """Whether a character from U+10000 is a format character of Kaithi, hieroglyphs, shorthand or music."""
    return (
        code == 0x110BD
        or code == 0x110CD
        or (0x13430 <= code <= 0x1343F)
        or (0x1BCA0 <= code <= 0x1BCA3)
        or (0x1D173 <= code <= 0x1D17A)
    )


def escape_letter(code: u32) -> u32:
    """The letter of a one-letter escape; 0 if the character has none."""
    if code == QUOTE or code == BACKSLASH:
        return code
    if FIRST_LETTER <= code <= LAST_LETTER:
        return LETTERS[code - FIRST_LETTER]
    return 0


def escape_kind(code: u32) -> tuple[u32, u32]:
    """The letter of a numeric escape and its number of hexadecimal digits."""
    if code <= DELETE:
        return 120, 2
    if code < 0x10000:
        return 117, 4
    return 85, 8


def hex_digit(digit: u32) -> u32:
    """The character of a hexadecimal digit."""
    return 48 + digit if digit < 10 else 87 + digit


def say_escaped(code: u32) -> None:
    """Append the escape of a character to the message."""
    say_byte(BACKSLASH)
    letter = escape_letter(code)
    if letter != 0:
        say_byte(letter)
        return
    kind, digits = escape_kind(code)
    say_byte(kind)
    for i in range(digits):
        say_byte(hex_digit(code >> 4 * (digits - 1 - i) & 15))


def add_escaped(b: Builder, code: u32) -> None:
    """Append the escape of a character."""
    add_byte(b, BACKSLASH)
    letter = escape_letter(code)
    if letter != 0:
        add_byte(b, letter)
        return
    kind, digits = escape_kind(code)
    add_byte(b, kind)
    for i in range(digits):
        add_byte(b, hex_digit(code >> 4 * (digits - 1 - i) & 15))


def add_quoted(b: Builder, s: Str) -> None:
    """Append a string as a literal: runs of ordinary characters at once."""
    n = len(s.data)
    charge_bytes(n)
    add_byte(b, QUOTE)
    start: u32 = 0
    offset: u32 = 0
    while offset < n:
        code = char_at(s, offset)
        size = size_at(s, offset)
        if needs_escape(code):
            add_part(b, s, start, offset)
            add_escaped(b, code)
            start = offset + size
        offset += size
    add_part(b, s, start, n)
    add_byte(b, QUOTE)
