"""Reading what stands for one character: escapes, `[...]` and the classes with names, as RE2 reads them.

Relies on the sets for the classes. `parser.py` relies on it.
"""

from typing import NoReturn

from guest.compiler.language import inline, text_length, u32
from guest.library.address import hexadecimal_value
from guest.library.regex.marks import (
    BACKSLASH,
    CARET,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COLON,
    DASH,
    OPEN_BRACE,
    OPEN_BRACKET,
)
from guest.library.regex.named_classes import add_posix_class, add_text_ranges, add_unicode_class, perl_ranges
from guest.library.regex.pattern import (
    NO_CHARACTER,
    Pattern,
    peek,
    peek_second,
    refuse_piece,
    size_of,
    take_character,
)
from guest.library.regex.sets import (
    LAST_CODE_POINT,
    CodePoints,
    add_range,
    add_set,
    code_points_new,
    fold,
    folded_range,
    negate,
)
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT, REGEX_CHARACTER
from guest.meter.fuel import charge
from guest.values.text import size_at

ASCII_END = 0x80
CASE_BIT = 0x20
OCTAL_DIGITS = 3


# Escapes of single characters.


def read_escape(p: Pattern) -> u32:
    """Read a backslash and what follows it as one character."""
    start = p.at
    p.at += 1
    if peek(p) == NO_CHARACTER:
        refuse_piece(p, "trailing backslash at end of expression", start, p.at)
    code = take_character(p)
    match code:
        case 0x61:
            return 0x07
        case 0x66:
            return 0x0C
        case 0x6E:
            return 0x0A
        case 0x72:
            return 0x0D
        case 0x74:
            return 0x09
        case 0x76:
            return 0x0B
        case 0x78:
            return read_hexadecimal(p, start)
        case _:
            pass
    if code - 0x30 < 8:
        # A digit alone would be a reference to a group, which no linear-time matcher can follow; 0 and two or three are octal.
        if code == 0x30 or peek(p) - 0x30 < 8:
            return read_octal(p, code - 0x30)
        refuse_piece(p, "invalid escape sequence", start, p.at)
    if code >= ASCII_END or is_letter_or_digit(code):
        refuse_piece(p, "invalid escape sequence", start, p.at)
    return code


@inline
def is_letter_or_digit(code: u32) -> bool:
    """Whether an ASCII character is a letter or a digit."""
    return code - 0x30 < 10 or (code | CASE_BIT) - 0x61 < 26


def read_octal(p: Pattern, first: u32) -> u32:
    """Read the rest of at most three octal digits."""
    number = first
    for _ in range(OCTAL_DIGITS - 1):
        if peek(p) - 0x30 >= 8:
            break
        number = number * 8 + peek(p) - 0x30
        p.at += 1
    return number


def read_hexadecimal(p: Pattern, start: u32) -> u32:
    """Read the two digits, or the digits in braces, after `\\x`."""
    if peek(p) == OPEN_BRACE:
        p.at += 1
        number: u32 = 0
        first = p.at
        while hexadecimal_value(peek(p)) < 16:
            number = number * 16 + hexadecimal_value(peek(p))
            p.at += 1
            if number > LAST_CODE_POINT:
                refuse_piece(p, "invalid escape sequence", start, p.at)
        if p.at == first or peek(p) != CLOSE_BRACE:
            refuse_piece(p, "invalid escape sequence", start, p.at)
        p.at += 1
        return number
    high = hexadecimal_value(peek(p))
    low = hexadecimal_value(peek_second(p))
    if high >= 16 or low >= 16:
        refuse_piece(p, "invalid escape sequence", start, p.at)
    p.at += 2
    return 16 * high + low


# Classes.


def begins_class(p: Pattern) -> bool:
    """Whether what comes next is a backslash and the letter of a class: `\\d`, `\\W`, `\\pL`."""
    letter = peek_second(p) | CASE_BIT
    if peek(p) != BACKSLASH or peek_second(p) >= ASCII_END:
        return False
    return letter == 0x70 or text_length(perl_ranges(letter)) != 0


def read_class_escape(p: Pattern, set: CodePoints, folded: bool) -> None:
    """Read a class that `begins_class` saw, and add it."""
    letter = peek_second(p) | CASE_BIT
    negated = peek_second(p) != letter
    if letter == 0x70:
        read_unicode_class(p, set, folded)
        return
    p.at += 2
    named = code_points_new()
    add_text_ranges(named, perl_ranges(letter))
    add_named(set, named, folded, negated)


def add_named(set: CodePoints, named: CodePoints, folded: bool, negated: bool) -> None:
    """Add a class with a name, or what is not in it."""
    if folded:
        fold(named)
    if negated:
        negate(named)
    add_set(set, named)


def read_unicode_class(p: Pattern, set: CodePoints, folded: bool) -> None:
    """Read `\\pL`, `\\p{Greek}`, `\\P{Greek}` or `\\p{^Greek}`, and add it."""
    start = p.at
    negated = peek_second(p) & CASE_BIT == 0
    p.at += 2
    if peek(p) == NO_CHARACTER:
        refuse_range(p, start, p.at)
    first = p.at
    end = first + size_at(p.text, first)
    p.at = end
    if p.text.data[first] == OPEN_BRACE:
        first += 1
        end = find_byte_from(p, first, CLOSE_BRACE)
        if end == NO_CHARACTER:
            refuse_range(p, start, size_of(p))
        p.at = end + 1
        if p.text.data[first] == CARET:
            negated = not negated
            first += 1
    named = code_points_new()
    if not add_unicode_class(named, p.text, first, end):
        refuse_piece(p, "there is no such Unicode category or script", start, p.at)
    add_named(set, named, folded, negated)


def find_byte_from(p: Pattern, start: u32, byte: u32) -> u32:
    """The offset of the next such byte; NO_CHARACTER if there is none."""
    for i in range(start, size_of(p)):
        if p.text.data[i] == byte:
            return i
    return NO_CHARACTER


def refuse_range(p: Pattern, start: u32, end: u32) -> NoReturn:
    """End with the error of a class that makes no sense."""
    refuse_piece(p, "invalid character class range", start, end)


def read_class(p: Pattern, folded: bool) -> CodePoints:
    """Read `[...]`: the set of the code points that it stands for."""
    start = p.at
    set = code_points_new()
    p.at += 1
    negated = peek(p) == CARET
    if negated:
        p.at += 1
    first = True
    while first or peek(p) != CLOSE_BRACKET:
        charge(REGEX_CHARACTER)
        first = False
        if peek(p) == NO_CHARACTER:
            refuse_piece(p, "missing closing ]", start, size_of(p))
        if peek(p) == OPEN_BRACKET and peek_second(p) == COLON and read_posix_class(p, set, folded):
            continue
        if begins_class(p):
            read_class_escape(p, set, folded)
            continue
        read_range(p, set, start, folded)
    p.at += 1
    if negated:
        negate(set)
    return set


def read_posix_class(p: Pattern, set: CodePoints, folded: bool) -> bool:
    """Read `[:alpha:]` or `[:^alpha:]` and add it; False if the name's end is missing, so that it means its characters."""
    start = p.at
    first = start + 2
    end = first
    while end + 1 < size_of(p) and (p.text.data[end] != COLON or p.text.data[end + 1] != CLOSE_BRACKET):
        end += 1
    charge((end - first) // CHARACTER_BYTES_PER_UNIT)
    if end + 1 >= size_of(p):
        return False
    negated = p.text.data[first] == CARET
    if negated:
        first += 1
    p.at = end + 2
    named = code_points_new()
    if not add_posix_class(named, p.text, first, end):
        refuse_range(p, start, p.at)
    add_named(set, named, folded, negated)
    return True


def read_range(p: Pattern, set: CodePoints, class_start: u32, folded: bool) -> None:
    """Read a character, or two with a dash between them, inside `[...]`, and add what they stand for."""
    start = p.at
    low = read_member(p, class_start)
    high = low
    if peek(p) == DASH and peek_second(p) != CLOSE_BRACKET and peek_second(p) != NO_CHARACTER:
        p.at += 1
        high = read_member(p, class_start)
        if high < low:
            refuse_range(p, start, p.at)
    if not folded:
        add_range(set, low, high)
        return
    add_set(set, folded_range(low, high))


def read_member(p: Pattern, class_start: u32) -> u32:
    """Read one character inside `[...]`."""
    if peek(p) == NO_CHARACTER:
        refuse_piece(p, "missing closing ]", class_start, size_of(p))
    return read_escape(p) if peek(p) == BACKSLASH else take_character(p)
