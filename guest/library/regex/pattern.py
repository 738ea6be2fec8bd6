"""A pattern that is being read, and the error of one that is refused: the reason, the piece, and where it begins.

The parsers of regular expressions and of globs rely on it.
"""

from typing import NoReturn

from guest.compiler.language import Object, Text, Value, inline, noinline, u32, u64
from guest.values.describe import say_repr
from guest.values.failure import say, say_unsigned, stop
from guest.values.text import Str, char_at, char_index, size_at, substring_bytes

NO_CHARACTER = 0xFFFFFFFF  # after the end of the text
MOST_QUOTED = 60  # bytes of a pattern that a message repeats


class Pattern(Object):
    """A text, how far it has been read, and the built-in that it was given to."""

    text: Str
    at: u32
    function: Text


@inline
def peek(p: Pattern) -> u32:
    """The next byte; NO_CHARACTER at the end."""
    return p.text.data[p.at] if p.at < len(p.text.data) else NO_CHARACTER


@inline
def peek_second(p: Pattern) -> u32:
    """The byte after the next one; NO_CHARACTER if the text ends before it."""
    return p.text.data[p.at + 1] if p.at + 1 < len(p.text.data) else NO_CHARACTER


def take_character(p: Pattern) -> u32:
    """Read the next character, which there is."""
    code = char_at(p.text, p.at)
    p.at += size_at(p.text, p.at)
    return code


@inline
def size_of(p: Pattern) -> u32:
    """The number of bytes of the whole text."""
    return len(p.text.data)


@noinline
def refuse_piece(p: Pattern, reason: Text, start: u32, end: u32) -> NoReturn:
    """End with the error of a pattern because of the piece between two offsets."""
    text = p.text
    cut = end
    if end - start > MOST_QUOTED:
        cut = start + MOST_QUOTED
        while text.data[cut] & 0xC0 == 0x80:
            cut -= 1
    piece = substring_bytes(text, start, cut)
    say(p.function)
    say(": ")
    say(reason)
    say(": ")
    say_repr(Value(piece))
    if cut != end:
        say("...")
    say(" at character ")
    say_unsigned(u64(char_index(text, start) + 1))
    say(" of the pattern")
    stop()
