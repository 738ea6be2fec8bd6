"""Where to go on after a syntax error: the next line that can begin a statement at the left margin.

Works on bytes, because the rest of the erring statement may have no tokens; it goes over strings and comments as a whole. The
parser asks, and starts the lexer again there.
"""

from __future__ import annotations

from guest.compiler.language import Text, text_byte, text_length, u32
from guest.syntax import line, source
from guest.syntax.characters import (
    ASCII_END,
    BACKSLASH,
    DOUBLE_QUOTE,
    HASH,
    SINGLE_QUOTE,
    is_letter,
    is_line_end,
)
from guest.syntax.line import cross_line_end, find_line
from guest.syntax.source import byte
from guest.syntax.strings import ends_literal, quote_size

AT_SIGN = 64


def next_statement(stopped: u32, line_is_done: bool) -> u32:
    """The offset of the next statement after the one in which the lexer stopped; the end of the source if there is none.

    With `line_is_done`, the lexer may stand at the beginning of that statement already.
    """
    find_line(stopped)
    if line_is_done and stopped == line.began and begins_statement(stopped):
        return stopped
    at = stopped
    while True:
        at = line_end(at)
        if at >= source.length:
            return at
        at = cross_line_end(at)
        if begins_statement(at):
            return at


def begins_statement(offset: u32) -> bool:
    """Whether a line at the left margin can begin a statement: not with a closing bracket, nor with the rest of an `if`."""
    first = byte(offset)
    if is_letter(first):
        return not holds(offset, "else") and not holds(offset, "elif")
    return first == DOUBLE_QUOTE or first == SINGLE_QUOTE or first == AT_SIGN or first >= ASCII_END


def holds(offset: u32, word: Text) -> bool:
    """Whether a word is at an offset."""
    n = text_length(word)
    for i in range(n):
        if byte(offset + i) != text_byte(word, i):
            return False
    return not is_letter(byte(offset + n))


def line_end(offset: u32) -> u32:
    """The end of the line of an offset, behind strings that reach beyond it."""
    at = offset
    while at < source.length:
        current = byte(at)
        if is_line_end(current):
            break
        if current == HASH:
            at = comment_end(at)
        elif current == DOUBLE_QUOTE or current == SINGLE_QUOTE:
            at = string_end(at)
        else:
            at += 1
    return at


def comment_end(offset: u32) -> u32:
    """The end of the line of a comment."""
    at = offset
    while at < source.length and not is_line_end(byte(at)):
        at += 1
    return at


def string_end(offset: u32) -> u32:
    """The offset behind a string; one that is not closed ends with its line."""
    quote = byte(offset)
    size = quote_size(offset)
    at = offset + size
    while at < source.length and not ends_literal(at, quote, size):
        if byte(at) == BACKSLASH:
            at += 1
        if not is_line_end(byte(at)):
            at += 1
        elif size == 1:
            return at
        else:
            at = cross_line_end(at)
    return min(at + size, source.length)
