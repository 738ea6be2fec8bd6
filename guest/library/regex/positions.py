"""Positions in a text as a program sees them: what is before and after, and which assertions hold there.

Both ways of matching (`simulation.py`, `automaton.py`) rely on it.
"""

from enum import IntEnum

from guest.compiler.language import inline, u32
from guest.library.regex.instructions import Assertion
from guest.library.regex.marks import UNDERSCORE
from guest.values.text import Str, char_at

CASE_BIT = 0x20
NEWLINE = 0x0A
CONTINUATION_MASK = 0xC0
CONTINUATION = 0x80


class Side(IntEnum):
    """What assertions ask about the character before a position, or after it."""

    NOTHING = 0  # the text begins, or ends, here
    LINE_BREAK = 1
    WORD = 2
    OTHER = 3


SIDES = 4


@inline
def side_of(code: u32) -> u32:
    """What kind of character a code point is to an assertion. Words are of ASCII letters, digits and underscores."""
    if code == NEWLINE:
        return Side.LINE_BREAK
    if code < 0x80 and ((code | CASE_BIT) - 0x61 < 26 or code - 0x30 < 10 or code == UNDERSCORE):
        return Side.WORD
    return Side.OTHER


def side_before(text: Str, at: u32) -> u32:
    """What is before an offset."""
    if at == 0:
        return Side.NOTHING
    start = at - 1
    while text.data[start] & CONTINUATION_MASK == CONTINUATION:
        start -= 1
    return side_of(char_at(text, start))


def side_after(text: Str, at: u32) -> u32:
    """What is after an offset."""
    return side_of(char_at(text, at)) if at < len(text.data) else Side.NOTHING


def holds(assertion: u32, before: u32, after: u32) -> bool:
    """Whether an assertion holds between two such characters."""
    match assertion:
        case Assertion.TEXT_START:
            return before == Side.NOTHING
        case Assertion.TEXT_END:
            return after == Side.NOTHING
        case Assertion.LINE_START:
            return before == Side.NOTHING or before == Side.LINE_BREAK
        case Assertion.LINE_END:
            return after == Side.NOTHING or after == Side.LINE_BREAK
        case Assertion.WORD_BORDER:
            return (before == Side.WORD) != (after == Side.WORD)
        case _:
            return (before == Side.WORD) == (after == Side.WORD)
