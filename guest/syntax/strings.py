"""String and bytes literals: quotes, prefixes, escapes, and the pieces of f-strings.

The lexer hands over the offset of the opening quote. Literals are interned, because most of them are keys. A line end in a
literal is one line feed, however the source spells it; the scanners tell the lexer about every line they cross.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import Text, noinline, u32
from guest.heap.spans import bytes_span, span_count_chars
from guest.syntax import line, source
from guest.syntax.characters import (
    ASCII_END,
    BACKSLASH,
    CARRIAGE_RETURN,
    CODE_END,
    DOUBLE_QUOTE,
    LEFT_BRACE,
    LINE_FEED,
    RIGHT_BRACE,
    SINGLE_QUOTE,
    SURROGATES,
    SURROGATES_END,
    digit_of,
    is_line_end,
)
from guest.syntax.diagnostics import refuse, say, say_char
from guest.syntax.line import cross_line_end, here
from guest.syntax.source import byte, bytes_from, code_at, position_at, say_hex
from guest.values.builder import Builder, add_byte, add_char, builder_new, finish
from guest.values.byte_string import ByteString, byte_string_from, finish_bytes
from guest.values.interning import intern
from guest.values.text import Str, str_from_bytes

MAX_OCTAL_DIGITS = 3
MAX_BYTE = 255


def quote_size(offset: u32) -> u32:
    """1 or 3: how many quotes begin the literal at an offset."""
    quote = byte(offset)
    return 3 if byte(offset + 1) == quote and byte(offset + 2) == quote else 1


def ends_literal(offset: u32, quote: u32, size: u32) -> bool:
    """Whether the closing quotes are at an offset."""
    if byte(offset) != quote:
        return False
    return size == 1 or (byte(offset + 1) == quote and byte(offset + 2) == quote)


def scan_string(opening: u32, raw: bool) -> tuple[Str, u32]:
    """The content of a literal whose opening quote is at an offset, and the offset after it."""
    first, end, plain = scan_inside(opening, raw)
    after = end + quote_size(opening)
    if plain:
        n = end - first
        chars = span_count_chars(bytes_span(bytes_from(first)), n)
        return intern(str_from_bytes(bytes_from(first), n, chars)), after
    return intern(finish(decoded(first, end, raw, False))), after


def scan_bytes(opening: u32, raw: bool) -> tuple[ByteString, u32]:
    """The content of a bytes literal whose opening quote is at an offset, and the offset after it."""
    first, end, plain = scan_inside(opening, raw)
    after = end + quote_size(opening)
    if plain:
        return byte_string_from(bytes_from(first), end - first), after
    return finish_bytes(decoded(first, end, raw, True)), after


def scan_inside(opening: u32, raw: bool) -> tuple[u32, u32, bool]:
    """Find the end of a literal whose opening quote is at an offset.

    The results are where its content begins and ends, and whether the source shows the content as it is.
    """
    began = here(opening)
    quote = byte(opening)
    size = quote_size(opening)
    first = opening + size
    at = first
    plain = True
    while not ends_literal(at, quote, size):
        current = byte(at)
        if at >= source.length:
            bad_literal(began, "unexpected EOF in string (the closing quotes are missing)")
        if is_line_end(current):
            if size == 1:
                bad_literal(began, "unexpected newline in string (a closing quote is missing)")
            plain = plain and current != CARRIAGE_RETURN
            at = cross_line_end(at)
        elif current == BACKSLASH:
            plain = plain and raw
            at += 1
            if is_line_end(byte(at)):
                plain = plain and byte(at) != CARRIAGE_RETURN
                at = cross_line_end(at)
            elif byte(at) < ASCII_END:
                at += 1
        else:
            at += 1
            if current >= ASCII_END:
                line.count_byte(current)
    return first, at, plain


@noinline
def decoded(start: u32, end: u32, raw: bool, binary: bool) -> Builder:
    """What source bytes with escapes or foreign line ends stand for: text, or in a bytes literal (`binary`) any bytes."""
    text = builder_new()
    at = start
    while at < end:
        current = byte(at)
        if current == CARRIAGE_RETURN:
            add_byte(text, LINE_FEED)
            at += 2 if byte(at + 1) == LINE_FEED else 1
        elif current == BACKSLASH and not raw:
            at = add_escape(text, at + 1, binary)
        else:
            add_byte(text, current)
            at += 1
    return text


def add_escape(text: Builder, offset: u32, binary: bool) -> u32:
    """Add what an escape sequence stands for, given the offset after its backslash; the offset after it.

    In a bytes literal (`binary`) octal and two-digit hexadecimal escapes stand for any byte, elsewhere for ASCII.
    """
    match byte(offset):
        case 10:  # a line end is left out
            return offset + 1
        case 13:
            return offset + 2 if byte(offset + 1) == LINE_FEED else offset + 1
        case 34 | 39 | 92:  # " ' \
            add_byte(text, byte(offset))
        case 97:  # a
            add_byte(text, 7)
        case 98:  # b
            add_byte(text, 8)
        case 102:  # f
            add_byte(text, 12)
        case 110:  # n
            add_byte(text, LINE_FEED)
        case 114:  # r
            add_byte(text, CARRIAGE_RETURN)
        case 116:  # t
            add_byte(text, 9)
        case 118:  # v
            add_byte(text, 11)
        case 48 | 49 | 50 | 51 | 52 | 53 | 54 | 55:
            return add_octal(text, offset, binary)
        case 120:  # x
            return add_hex(text, offset, 2, binary)
        case 117:  # u
            return add_hex(text, offset, 4, binary)
        case 85:  # U
            return add_hex(text, offset, 8, binary)
        case _:
            unknown_escape(offset)
    return offset + 1


def add_octal(text: Builder, offset: u32, binary: bool) -> u32:
    """Add a character or byte given by up to three octal digits."""
    code: u32 = 0
    at = offset
    while at < offset + MAX_OCTAL_DIGITS and digit_of(byte(at)) < 8:
        code = code * 8 + digit_of(byte(at))
        at += 1
    if code > MAX_BYTE and binary:
        bad_escape(offset, at, "invalid escape sequence ", " (octal escapes are at most \\377)")
    if code >= ASCII_END and not binary:
        bad_byte_escape(offset, at, "non-ASCII octal escape ", code)
    add_byte(text, code)
    return at


def add_hex(text: Builder, offset: u32, digits: u32, binary: bool) -> u32:
    """Add a character (of two digits in a bytes literal: a byte) given by hexadecimal digits after a letter at an offset."""
    code: u32 = 0
    end = offset + 1 + digits
    for at in range(offset + 1, end):
        digit = digit_of(byte(at))
        if digit >= 16:
            refuse_digits(offset, at, end)
        code = code << 4 | digit
    if digits == 2 and binary:
        add_byte(text, code)
        return end
    if digits == 2 and code >= ASCII_END:
        bad_byte_escape(offset, end, "non-ASCII hex escape ", code)
    if code >= CODE_END:
        bad_escape(offset, end, "code point out of range: ", " (max \\U0010ffff)")
    if code - SURROGATES < SURROGATES_END - SURROGATES:
        say("invalid Unicode code point U+")
        say_hex(code >> 8)
        say_hex(code & 0xFF)
        say(" (a surrogate; use \\U with the whole code point)")
        refuse(position_at(offset - 1))
    add_char(text, code)
    return end


# f-strings.


def scan_piece(offset: u32, quote: u32, size: u32, raw: bool) -> tuple[Str, u32, bool]:
    """The literal text of an f-string from an offset to its next `{` or its end.

    The results are the text, the offset after that brace or the closing quotes, and whether it was a brace.
    """
    began = here(offset)
    text = builder_new()
    at = offset
    while not ends_literal(at, quote, size):
        current = byte(at)
        if at >= source.length:
            bad_literal(began, "unexpected EOF in string (the closing quotes are missing)")
        if is_line_end(current):
            if size == 1:
                bad_literal(began, "unexpected newline in string (a closing quote is missing)")
            add_byte(text, LINE_FEED)
            at = cross_line_end(at)
        elif current == LEFT_BRACE:
            if byte(at + 1) != LEFT_BRACE:
                return intern(finish(text)), at + 1, True
            add_byte(text, LEFT_BRACE)
            at += 2
        elif current == RIGHT_BRACE:
            if byte(at + 1) != RIGHT_BRACE:
                bad_literal(here(at), "single '}' in f-string (write '}}' for a brace)")
            add_byte(text, RIGHT_BRACE)
            at += 2
        elif current == BACKSLASH:
            at = scan_piece_escape(text, at, raw)
        else:
            add_byte(text, current)
            at += 1
            if current >= ASCII_END:
                line.count_byte(current)
    return intern(finish(text)), at + size, False


def scan_piece_escape(text: Builder, offset: u32, raw: bool) -> u32:
    """Add the backslash at an offset of an f-string and what it stands before; the offset after both."""
    escaped = byte(offset + 1)
    if raw:
        add_byte(text, BACKSLASH)
        if is_line_end(escaped) or escaped >= ASCII_END or offset + 1 >= source.length:
            return offset + 1
        add_byte(text, escaped)
        return offset + 2
    if is_line_end(escaped):
        return cross_line_end(offset + 1)
    return add_escape(text, offset + 1, False)


@noinline
def refuse_digits(offset: u32, at: u32, end: u32) -> NoReturn:
    """End with the error of an escape with too few hexadecimal digits: up to the literal's end, or to another character."""
    if at >= source.length or is_line_end(byte(at)) or byte(at) == SINGLE_QUOTE or byte(at) == DOUBLE_QUOTE:
        bad_escape(offset, at, "truncated escape sequence ", "")
    after = at
    while after < min(end, source.length) and byte(after) < ASCII_END and not is_line_end(byte(after)):
        after += 1
    bad_escape(offset, after, "invalid escape sequence ", "")


@noinline
def bad_byte_escape(offset: u32, end: u32, complaint: Text, code: u32) -> NoReturn:
    """End with the error of an escape that is no character of ASCII."""
    say(complaint)
    for at in range(offset - 1, end):
        say_char(byte(at))
    say(" (use \\u")
    say_hex(code >> 8)
    say_hex(code & 0xFF)
    say(" for the UTF-8 encoding of U+")
    say_hex(code >> 8)
    say_hex(code & 0xFF)
    say(")")
    refuse(position_at(offset - 1))


@noinline
def bad_literal(position: u32, complaint: Text) -> NoReturn:
    """End with an error in a literal."""
    say(complaint)
    refuse(position)


@noinline
def unknown_escape(offset: u32) -> NoReturn:
    """End with the error of an unknown escape; the offset is that after the backslash."""
    say("invalid escape sequence \\")
    if offset < source.length:
        say_char(code_at(offset))
    say(' (a backslash is written \\\\; raw strings are r"...")')
    refuse(position_at(offset - 1))


@noinline
def bad_escape(offset: u32, end: u32, complaint: Text, hint: Text) -> NoReturn:
    """End with an error that shows the escape sequence between its backslash and `end`."""
    say(complaint)
    say("\\")
    for at in range(offset, end):
        say_char(byte(at))
    say(hint)
    refuse(position_at(offset - 1))
