"""String methods about letters: upper, lower, title, capitalize, and the `is...` questions.

Case is mapped code point by code point with Unicode's simple mappings, so a string never grows more code points. ASCII
text is mapped sixteen bytes at a time, and is returned itself when nothing changes.
"""

from enum import IntEnum

from guest.compiler.language import Value, noinline, registered, span, u32
from guest.heap.letters import find_letter, flip_letters
from guest.heap.value import FALSE, TRUE, from_bool
from guest.heap.views import Registers
from guest.library.arguments import receiver_str
from guest.library.pricing import charge_characters, charge_scan
from guest.library.unicode import (
    is_cased,
    is_digit,
    is_letter,
    is_lower,
    is_space,
    to_lower,
    to_title,
    to_upper,
)
from guest.values.builder import add_char, builder_new, finish
from guest.values.charges import charge_bytes
from guest.values.text import Str, char_at, is_ascii, new_str, size_at

FIRST_CAPITAL = 65
FIRST_SMALL = 97


@registered("method", "str.lower()")
def str_lower(arguments: Registers) -> Value:
    """All letters in lower case."""
    s = receiver_str(arguments)
    return Value(with_letters_flipped(s, FIRST_CAPITAL) if is_ascii(s) else map_case(s, Case.LOWER))


@registered("method", "str.upper()")
def str_upper(arguments: Registers) -> Value:
    """All letters in upper case."""
    s = receiver_str(arguments)
    return Value(with_letters_flipped(s, FIRST_SMALL) if is_ascii(s) else map_case(s, Case.UPPER))


def with_letters_flipped(s: Str, first: u32) -> Str:
    """ASCII text with the letters of one case, which begins at `first`, in the other; itself if there are none."""
    n = len(s.data)
    charge_scan(n)
    if find_letter(span(s.data), n, first) == n:
        return s
    charge_bytes(n)
    result = new_str(n, n)
    flip_letters(span(result.data), span(s.data), n, first)
    return result


class Case(IntEnum):
    """How `map_case` maps a string."""

    LOWER = 0
    UPPER = 1
    TITLE = 2  # the first letter of each word in title case, the others in lower case
    CAPITAL = 3  # the first code point in title case, the others in lower case


@noinline
def map_case(s: Str, case: u32) -> Str:
    """Map every code point."""
    n = len(s.data)
    builder = builder_new()
    at: u32 = 0
    paid: u32 = 0
    in_word = False
    while at < n:
        if at >= paid:
            paid = charge_characters(at, n, is_ascii(s))
        code = char_at(s, at)
        match case:
            case Case.LOWER:
                mapped = to_lower(code)
            case Case.UPPER:
                mapped = to_upper(code)
            case Case.TITLE:
                mapped = to_lower(code) if in_word else to_title(code)
                in_word = is_cased(code)
            case _:
                mapped = to_title(code) if at == 0 else to_lower(code)
        add_char(builder, mapped)
        at += size_at(s, at)
    return finish(builder)


@registered("method", "str.title()")
def str_title(arguments: Registers) -> Value:
    """Each word with its first letter in title case and the others in lower case."""
    return Value(map_case(receiver_str(arguments), Case.TITLE))


@registered("method", "str.capitalize()")
def str_capitalize(arguments: Registers) -> Value:
    """The first code point in title case, the others in lower case."""
    return Value(map_case(receiver_str(arguments), Case.CAPITAL))


class Trait(IntEnum):
    """What every code point is asked by `all_have`."""

    ALPHABETIC = 0
    DECIMAL = 1
    EITHER = 2
    SPACE = 3


@registered("method", "str.isalpha()")
def str_isalpha(arguments: Registers) -> Value:
    """Whether there are only letters, and at least one."""
    return from_bool(all_have(receiver_str(arguments), Trait.ALPHABETIC))


@registered("method", "str.isdigit()")
def str_isdigit(arguments: Registers) -> Value:
    """Whether there are only decimal digits, and at least one."""
    return from_bool(all_have(receiver_str(arguments), Trait.DECIMAL))


@registered("method", "str.isalnum()")
def str_isalnum(arguments: Registers) -> Value:
    """Whether there are only letters and decimal digits, and at least one."""
    return from_bool(all_have(receiver_str(arguments), Trait.EITHER))


@registered("method", "str.isspace()")
def str_isspace(arguments: Registers) -> Value:
    """Whether there is only white space, and some."""
    return from_bool(all_have(receiver_str(arguments), Trait.SPACE))


def all_have(s: Str, trait: u32) -> bool:
    """Whether every code point has a trait, and there is one."""
    n = len(s.data)
    paid: u32 = 0
    at: u32 = 0
    while at < n:
        if at >= paid:
            paid = charge_characters(at, n, is_ascii(s))
        if not has_trait(char_at(s, at), trait):
            return False
        at += size_at(s, at)
    return n != 0


def has_trait(code: u32, trait: u32) -> bool:
    """Whether a code point has a trait."""
    match trait:
        case Trait.ALPHABETIC:
            return is_letter(code)
        case Trait.DECIMAL:
            return is_digit(code)
        case Trait.EITHER:
            return is_letter(code) or is_digit(code)
        case _:
            return is_space(code)


@registered("method", "str.isupper()")
def str_isupper(arguments: Registers) -> Value:
    """Whether no letter is in lower or title case, and some is in upper case."""
    return from_bool(cased_only(receiver_str(arguments), True))


@registered("method", "str.islower()")
def str_islower(arguments: Registers) -> Value:
    """Whether no letter is in upper or title case, and some is in lower case."""
    return from_bool(cased_only(receiver_str(arguments), False))


def cased_only(s: Str, upper: bool) -> bool:
    """Whether there are cased code points, and all of them are of this case."""
    n = len(s.data)
    paid: u32 = 0
    cased = False
    at: u32 = 0
    while at < n:
        if at >= paid:
            paid = charge_characters(at, n, is_ascii(s))
        code = char_at(s, at)
        if is_cased(code):
            cased = True
            if is_lower(code) == upper or (upper and code != to_upper(code)):
                return False
        at += size_at(s, at)
    return cased


@registered("method", "str.istitle()")
def str_istitle(arguments: Registers) -> Value:
    """Whether upper case follows only uncased code points, lower case only cased ones, and there is a cased one."""
    s = receiver_str(arguments)
    n = len(s.data)
    paid: u32 = 0
    cased = False
    in_word = False
    at: u32 = 0
    while at < n:
        if at >= paid:
            paid = charge_characters(at, n, is_ascii(s))
        code = char_at(s, at)
        if is_cased(code):
            # In a word a letter must be a lower case, at the start a title case and no lower one.
            if is_lower(code) != in_word or (not in_word and code != to_title(code)):
                return FALSE
            in_word = True
            cased = True
        else:
            in_word = False
        at += size_at(s, at)
    return TRUE if cased else FALSE
