"""Walking over the white space and the words of a string, in both directions, by offsets in bytes.

What `strip` and `split` without an argument have in common. The callers pay for the bytes that may be passed.
"""

from guest.compiler.language import u32
from guest.library.unicode import is_space
from guest.values.text import Str, char_at, size_at


def skip_space(s: Str, start: u32, end: u32) -> u32:
    """The first offset from `start` on that begins no white space; `end` if there is none."""
    at = start
    while at < end and is_space(char_at(s, at)):
        at += size_at(s, at)
    return at


def skip_word(s: Str, start: u32, end: u32) -> u32:
    """The first offset from `start` on that begins white space; `end` if there is none."""
    at = start
    while at < end and not is_space(char_at(s, at)):
        at += size_at(s, at)
    return at


def previous_offset(s: Str, offset: u32) -> u32:
    """The offset of the character that ends at `offset`, which is not 0."""
    at = offset - 1
    while s.data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def back_over_space(s: Str, start: u32, end: u32) -> u32:
    """The end of the last character between two offsets that is no white space; `start` if there is none."""
    at = end
    while at > start:
        before = previous_offset(s, at)
        if not is_space(char_at(s, before)):
            break
        at = before
    return at


def back_over_word(s: Str, end: u32) -> u32:
    """The end of the last white space before `end`; 0 if there is none."""
    at = end
    while at > 0:
        before = previous_offset(s, at)
        if is_space(char_at(s, before)):
            break
        at = before
    return at
