"""Character classes and case mappings of single code points: what the string methods ask about a character.

ASCII is answered by comparisons, everything else by binary search in `guest/library/unicode_tables.py`. Each look-up
takes a bounded time, so callers charge by the character. Whitespace is Unicode's `White_Space` property.
"""

from guest.compiler.language import noinline, u32
from guest.library.unicode_tables import (
    CASE_ROWS,
    CLASS_BOUNDARIES,
    DIGITS_END,
    DIGITS_START,
    LETTERS_END,
    LETTERS_START,
    LOWER_END,
    LOWER_START,
    TITLE_END,
    TITLE_START,
    UPPER_END,
    UPPER_START,
)

ASCII_END = 0x80
SHARP_S = 0xDF  # the lower case of U+1E9E, whose own upper case is two letters
CASE_BIT = 0x20  # the distance between an ASCII capital and its small letter

ROW_SIZE = 4  # a row of CASE_ROWS: first, last, stride, offset
NO_ROW = 0xFFFFFFFF


def is_space(code: u32) -> bool:
    """Whether the code point is white space."""
    if code < ASCII_END:
        return code == 0x20 or code - 0x09 <= 0x0D - 0x09
    if code < 0x2000:
        return code == 0x85 or code == 0xA0 or code == 0x1680
    return (
        code <= 0x200A
        or code == 0x2028
        or code == 0x2029
        or code == 0x202F
        or code == 0x205F
        or code == 0x3000
    )


def is_letter(code: u32) -> bool:
    """Whether the code point is a letter (general category L)."""
    if code < ASCII_END:
        return (code | CASE_BIT) - 0x61 < 26
    return in_class(code, LETTERS_START, LETTERS_END)


def is_digit(code: u32) -> bool:
    """Whether the code point is a decimal digit (general category Nd)."""
    if code < ASCII_END:
        return code - 0x30 < 10
    return in_class(code, DIGITS_START, DIGITS_END)


@noinline
def in_class(code: u32, start: u32, end: u32) -> bool:
    """Whether an odd number of the sorted boundaries from `start` to `end` are not above the code point."""
    low = start
    high = end
    while low < high:
        middle = (low + high) // 2
        if CLASS_BOUNDARIES[middle] <= code:
            low = middle + 1
        else:
            high = middle
    return (low - start) & 1 == 1


def to_upper(code: u32) -> u32:
    """The simple upper case mapping."""
    if code < ASCII_END:
        return code - CASE_BIT if code - 0x61 < 26 else code
    return mapped(code, UPPER_START, UPPER_END)


def to_lower(code: u32) -> u32:
    """The simple lower case mapping."""
    if code < ASCII_END:
        return code + CASE_BIT if code - 0x41 < 26 else code
    return mapped(code, LOWER_START, LOWER_END)


def to_title(code: u32) -> u32:
    """The simple title case mapping: the upper case but for a few letters such as U+01C6."""
    if code >= ASCII_END:
        row = find_row(code, TITLE_START, TITLE_END)
        if row != NO_ROW:
            return code + u32(CASE_ROWS[row + 3])
    return to_upper(code)


def is_cased(code: u32) -> bool:
    """Whether the code point has another case, or is that of another one."""
    if code < ASCII_END:
        return (code | CASE_BIT) - 0x61 < 26
    return code == SHARP_S or to_upper(code) != code or to_lower(code) != code


def is_lower(code: u32) -> bool:
    """Whether a cased code point is a lower case: its own."""
    return to_lower(code) == code


def mapped(code: u32, start: u32, end: u32) -> u32:
    """The code point moved by the row that holds it, if any."""
    row = find_row(code, start, end)
    return code if row == NO_ROW else code + u32(CASE_ROWS[row + 3])


@noinline
def find_row(code: u32, start: u32, end: u32) -> u32:
    """The position of the row that maps the code point, among the rows from `start` to `end`; NO_ROW if none does."""
    low: u32 = 0
    high = (end - start) // ROW_SIZE
    while low < high:  # the first row whose last code point is not below `code`
        middle = (low + high) // 2
        if u32(CASE_ROWS[start + middle * ROW_SIZE + 1]) < code:
            low = middle + 1
        else:
            high = middle
    row = start + low * ROW_SIZE
    if row == end:
        return NO_ROW
    first = u32(CASE_ROWS[row])
    if code < first or (code - first) % u32(CASE_ROWS[row + 2]) != 0:
        return NO_ROW
    return row
