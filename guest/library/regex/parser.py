"""From a regular expression to its program, in one pass: RE2's syntax, without a tree.

Relies on the pieces for what is emitted, and on `classes.py` for what stands for one character; the built-in `regex` relies
on it.
"""

from enum import IntEnum

from guest.compiler.language import Value, u32
from guest.heap.value import NONE
from guest.library.regex.classes import (
    begins_class,
    find_byte_from,
    read_class,
    read_class_escape,
    read_escape,
)
from guest.library.regex.instructions import (
    Action,
    Assertion,
    emit,
)
from guest.library.regex.marks import (
    BACKSLASH,
    CLOSE,
    CLOSE_BRACE,
    COLON,
    COMMA,
    DASH,
    EQUALS,
    EXCLAMATION,
    LESS,
    QUESTION,
    UNDERSCORE,
)
from guest.library.regex.pattern import (
    NO_CHARACTER,
    Pattern,
    peek,
    peek_second,
    refuse_piece,
    size_of,
    take_character,
)
from guest.library.regex.pieces import (
    NO_ATOM,
    NO_GROUP,
    UNLIMITED,
    Parser,
    check_size,
    emit_atom,
    emit_class,
    end_group,
    next_alternative,
    parser_new,
    pop_group,
    push_group,
    repeat,
)
from guest.library.regex.sets import code_points_new, folded_range
from guest.library.unicode import is_digit, is_letter
from guest.meter.costs import REGEX_CHARACTER
from guest.meter.fuel import charge
from guest.values.list import list_append
from guest.values.text import Str, char_at, size_at, substring_bytes

MOST_REPETITIONS = 1000  # of a counted repetition, and of nested ones together
MOST_NUMBER = 100_000_000  # what is longer is no number, and the brace stands for itself


class Flag(IntEnum):
    """The flags of `(?imsU)`."""

    FOLD = 1
    LINES = 2
    DOT_ALL = 4
    LAZY = 8


def parse_regex(text: Str) -> Parser:
    """Read a pattern; the parser has its program and the names of its groups."""
    parser = parser_new(Pattern(text=text, at=0, function="regex"))
    p = parser.pattern
    repeated_at = NO_ATOM  # where the repetition that was just read begins
    while p.at < size_of(p):
        charge(REGEX_CHARACTER)
        start = p.at
        if read_repetition(parser, repeated_at):
            repeated_at = start
        else:
            repeated_at = NO_ATOM
            read_piece(parser)
        check_size(parser)
    if parser.depth != 0:
        refuse_piece(p, "missing closing )", parser.opened_at, size_of(p))
    end_group(parser)
    emit(parser.draft, Action.MATCH, 0, 0)
    check_size(parser)
    return parser


def read_piece(parser: Parser) -> None:
    """Read anything but a repetition."""
    p = parser.pattern
    match peek(p):
        case 0x28:  # (
            read_open(parser)
        case 0x29:  # )
            read_close(parser)
        case 0x7C:  # |
            p.at += 1
            next_alternative(parser)
        case 0x5B:  # [
            emit_class(parser, read_class(p, parser.flags & Flag.FOLD != 0))
        case 0x2E:  # .
            p.at += 1
            emit_atom(parser, Action.ANY if parser.flags & Flag.DOT_ALL != 0 else Action.ANY_IN_LINE, 0)
        case 0x5E:  # ^
            p.at += 1
            lines = parser.flags & Flag.LINES != 0
            emit_assertion(parser, Assertion.LINE_START if lines else Assertion.TEXT_START)
        case 0x24:  # $
            p.at += 1
            lines = parser.flags & Flag.LINES != 0
            emit_assertion(parser, Assertion.LINE_END if lines else Assertion.TEXT_END)
        case 0x5C:  # backslash
            read_backslash(parser)
        case _:
            emit_literal(parser, take_character(p))


# Pieces.


def emit_literal(parser: Parser, code: u32) -> None:
    """Append a character that stands for itself, in either case if the flag is set."""
    if parser.flags & Flag.FOLD == 0:
        emit_atom(parser, Action.CHAR, code)
        return
    emit_class(parser, folded_range(code, code))


def emit_assertion(parser: Parser, assertion: u32) -> None:
    """Append a condition on the position."""
    emit_atom(parser, Action.ASSERT, assertion)
    parser.atom_nullable = True


def read_backslash(parser: Parser) -> None:
    """Read a backslash and what it makes of the characters after it."""
    p = parser.pattern
    if begins_class(p):
        set = code_points_new()
        read_class_escape(p, set, parser.flags & Flag.FOLD != 0)
        emit_class(parser, set)
        return
    match peek_second(p):
        case 0x41:  # \A
            p.at += 2
            emit_assertion(parser, Assertion.TEXT_START)
        case 0x7A:  # \z
            p.at += 2
            emit_assertion(parser, Assertion.TEXT_END)
        case 0x62:  # \b
            p.at += 2
            emit_assertion(parser, Assertion.WORD_BORDER)
        case 0x42:  # \B
            p.at += 2
            emit_assertion(parser, Assertion.NO_WORD_BORDER)
        case 0x43:  # \C
            refuse_piece(p, "a single byte cannot be matched, for texts are characters", p.at, p.at + 2)
        case 0x51:  # \Q
            p.at += 2
            read_quoted(parser)
        case _:
            emit_literal(parser, read_escape(p))


def read_quoted(parser: Parser) -> None:
    """Read what stands for itself up to `\\E` or the end."""
    p = parser.pattern
    while p.at < size_of(p) and not parser.draft.too_large:
        if peek(p) == BACKSLASH and peek_second(p) == 0x45:
            p.at += 2
            return
        charge(REGEX_CHARACTER)
        emit_literal(parser, take_character(p))


# Groups and alternatives.


def read_close(parser: Parser) -> None:
    """Read a closing parenthesis."""
    p = parser.pattern
    if parser.depth == 0:
        refuse_piece(p, "unexpected )", p.at, size_of(p))
    p.at += 1
    pop_group(parser)


def read_open(parser: Parser) -> None:
    """Read an opening parenthesis and what says which kind of group it opens, or flags alone."""
    p = parser.pattern
    start = p.at
    p.at += 1
    if peek(p) != QUESTION:
        capture(parser, NONE, start)
        return
    p.at += 1
    if peek(p) == 0x50 and peek_second(p) == LESS:
        p.at += 1
    elif peek(p) == LESS and (peek_second(p) == EQUALS or peek_second(p) == EXCLAMATION):
        refuse_piece(p, "invalid or unsupported Perl syntax", start, p.at + 2)
    if peek(p) == LESS:
        p.at += 1
        capture(parser, read_name(p, start), start)
        return
    read_flags(parser, start)


def capture(parser: Parser, name: Value, start: u32) -> None:
    """Open a group that captures."""
    list_append(parser.names, name)
    push_group(parser, parser.names.count, start)


def read_name(p: Pattern, start: u32) -> Value:
    """Read the name of a group, and what closes it."""
    end = find_byte_from(p, p.at, 0x3E)
    if end == NO_CHARACTER:
        refuse_piece(p, "invalid named capture group", start, size_of(p))
    at = p.at
    while at < end:
        code = char_at(p.text, at)
        if code != UNDERSCORE and not is_letter(code) and not is_digit(code):
            refuse_piece(p, "invalid named capture group", start, end + 1)
        at += size_at(p.text, at)
    if p.at == end:
        refuse_piece(p, "invalid named capture group", start, end + 1)
    name = substring_bytes(p.text, p.at, end)
    p.at = end + 1
    return Value(name)


def flag_of(letter: u32) -> u32:
    """The flag of a letter; 0 if there is none."""
    match letter:
        case 0x69:  # i
            return Flag.FOLD
        case 0x6D:  # m
            return Flag.LINES
        case 0x73:  # s
            return Flag.DOT_ALL
        case 0x55:  # U
            return Flag.LAZY
        case _:
            return 0


def read_flags(parser: Parser, start: u32) -> None:
    """Read `(?flags)`, which hold to the end of the group, or `(?flags:`, which opens one where they hold."""
    p = parser.pattern
    flags = parser.flags
    cleared = False
    dangling = False  # a minus without a flag after it
    while True:
        letter = peek(p)
        p.at += 1 if letter != NO_CHARACTER else 0
        if letter == CLOSE or letter == COLON:
            if dangling:
                break
            if letter == COLON:
                push_group(parser, NO_GROUP, start)
            parser.flags = flags
            return
        if letter == DASH and not cleared:
            cleared = True
            dangling = True
            continue
        flag = flag_of(letter)
        if flag == 0:
            break
        dangling = False
        flags = flags & ~flag if cleared else flags | flag
    end = p.at
    while end < size_of(p) and p.text.data[end] & 0xC0 == 0x80:
        end += 1
    refuse_piece(p, "invalid or unsupported Perl syntax", start, end)


# Repetitions.


def read_repetition(parser: Parser, repeated_at: u32) -> bool:
    """Read a repetition, if one comes next, and apply it to the last piece; a repetition of a repetition is refused."""
    p = parser.pattern
    start = p.at
    least: u32 = 0
    most = u32(UNLIMITED)
    match peek(p):
        case 0x2A:  # *
            p.at += 1
        case 0x2B:  # +
            least = 1
            p.at += 1
        case 0x3F:  # ?
            most = 1
            p.at += 1
        case 0x7B:  # {
            found, least, most = read_counts(p)
            if not found:
                return False
            if least > MOST_REPETITIONS or (most != UNLIMITED and (most > MOST_REPETITIONS or most < least)):
                refuse_piece(p, "invalid repeat count", start, p.at)
        case _:
            return False
    lazy = parser.flags & Flag.LAZY != 0
    if peek(p) == QUESTION:
        lazy = not lazy
        p.at += 1
    if repeated_at != NO_ATOM:
        refuse_piece(p, "invalid nested repetition operator", repeated_at, p.at)
    if parser.atom == NO_ATOM:
        refuse_piece(p, "missing argument to repetition operator", start, p.at)
    times = least if most == UNLIMITED else most
    if times >= 2:
        parser.atom_repetitions *= times
        if parser.atom_repetitions > MOST_REPETITIONS:
            refuse_piece(p, "invalid repeat count", start, p.at)
    repeat(parser, least, most, lazy)
    return True


def read_counts(p: Pattern) -> tuple[bool, u32, u32]:
    """Read `{2}`, `{2,}` or `{2,3}`; if it is none of them nothing is read, and the brace stands for itself."""
    start = p.at
    p.at += 1
    least = read_number(p)
    most = least
    if least != UNLIMITED and peek(p) == COMMA:
        p.at += 1
        most = UNLIMITED
        if peek(p) != CLOSE_BRACE:
            most = read_number(p)
            if most == UNLIMITED:
                least = UNLIMITED
    if least == UNLIMITED or peek(p) != CLOSE_BRACE:
        p.at = start
        return False, 0, 0
    p.at += 1
    return True, least, most


def read_number(p: Pattern) -> u32:
    """Read a number in decimal; UNLIMITED if there is none, or it has a leading zero, or is beyond all reason."""
    if peek(p) - 0x30 > 9 or (peek(p) == 0x30 and peek_second(p) - 0x30 <= 9):
        return UNLIMITED
    number: u32 = 0
    while peek(p) - 0x30 <= 9:
        if number >= MOST_NUMBER:
            return UNLIMITED
        number = 10 * number + peek(p) - 0x30
        p.at += 1
    return number
