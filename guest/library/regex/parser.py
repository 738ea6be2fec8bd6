"""From a regular expression to its program, in one pass: RE2's syntax, without a tree.

Each piece of a pattern becomes a piece of program as it is read; a repetition or an alternative inserts instructions before the
piece that it applies to, or copies it. Open groups are kept on an explicit stack, so nothing recurses. Relies on
`classes.py` for what stands for one character; the built-in `regex` relies on it.
"""

from enum import IntEnum

from guest.compiler.language import Array, Object, Value, copy_items, u32, u64
from guest.heap.value import NONE
from guest.library.regex.classes import (
    BACKSLASH,
    CLOSE_BRACE,
    COLON,
    DASH,
    begins_class,
    find_byte_from,
    read_class,
    read_class_escape,
    read_escape,
)
from guest.library.regex.instructions import (
    MOST_INSTRUCTIONS,
    WORDS,
    Action,
    Assertion,
    Draft,
    append_copy,
    draft_new,
    emit,
    insert,
    set_target,
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
from guest.library.regex.sets import add_range, code_points_new, emit_set, fold
from guest.library.unicode import is_digit, is_letter
from guest.meter.costs import REGEX_CHARACTER
from guest.meter.fuel import charge
from guest.values.list import List, list_append, list_new
from guest.values.text import Str, char_at, size_at, substring_bytes

OPEN, CLOSE, BAR, STAR, PLUS, QUESTION, DOT, DOLLAR, COMMA = (
    0x28,
    0x29,
    0x7C,
    0x2A,
    0x2B,
    0x3F,
    0x2E,
    0x24,
    0x2C,
)
LESS, EQUALS, EXCLAMATION, UNDERSCORE = 0x3C, 0x3D, 0x21, 0x5F
UNLIMITED = 0xFFFFFFFF
MOST_REPETITIONS = 1000  # of a counted repetition, and of nested ones together
MOST_NUMBER = 100_000_000  # what is longer is no number, and the brace stands for itself
DEEPEST = 1000  # groups inside each other
FRAME = 8  # words on the stack of open groups
NO_GROUP = 0  # the number of a group that captures nothing
NO_ATOM = 0xFFFFFFFF


class Flag(IntEnum):
    """The flags of `(?imsU)`."""

    FOLD = 1
    LINES = 2
    DOT_ALL = 4
    LAZY = 8


class Parser(Object):
    """What is known while a pattern is read: about the open group, its last alternative, and the last piece of that."""

    pattern: Pattern
    draft: Draft
    flags: u32
    # Names of all groups so far, None for those without; their number is that of the groups.
    names: List
    frames: Array[u32]
    depth: u32
    # The open group: its number, the offset of its parenthesis, its first instruction; the last of the jumps from the ends
    # of its alternatives to its own (each refers to the one before), 0 if there is none; whether an earlier alternative may
    # match nothing.
    group: u32
    opened_at: u32
    group_start: u32
    jumps: u32
    nullable_before: bool
    # The current alternative: its first instruction, and whether it may match nothing, without its last piece.
    alternative: u32
    nullable: bool
    # Its last piece, which a repetition would apply to.
    atom: u32
    atom_nullable: bool
    # The most repetitions that nested counts make, in the group so far and in the last piece.
    repetitions: u32
    atom_repetitions: u32


def parse_regex(text: Str) -> Parser:
    """Read a pattern; the parser has its program and the names of its groups."""
    parser = Parser(
        pattern=Pattern(text=text, at=0, function="regex"),
        draft=draft_new(),
        flags=0,
        names=list_new(0),
        frames=Array[u32](4 * FRAME),
        depth=0,
        group=NO_GROUP,
        opened_at=0,
        group_start=0,
        jumps=0,
        nullable_before=False,
        alternative=0,
        nullable=True,
        atom=NO_ATOM,
        atom_nullable=False,
        repetitions=1,
        atom_repetitions=1,
    )
    begin_group(parser, NO_GROUP, 0)
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
        if parser.draft.too_large:
            refuse_piece(p, "the program is too large", 0, size_of(p))
    if parser.depth != 0:
        refuse_piece(p, "missing closing )", parser.opened_at, size_of(p))
    end_group(parser)
    emit(parser.draft, Action.MATCH, 0, 0)
    if parser.draft.too_large:
        refuse_piece(p, "the program is too large", 0, size_of(p))
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
            set = read_class(p, parser.flags & Flag.FOLD != 0)
            begin_atom(parser)
            emit_set(parser.draft, set)
        case 0x2E:  # .
            p.at += 1
            begin_atom(parser)
            emit(parser.draft, Action.ANY if parser.flags & Flag.DOT_ALL != 0 else Action.ANY_IN_LINE, 0, 0)
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


def begin_atom(parser: Parser) -> None:
    """The next instruction begins a piece, which matches at least one character; the one before it is settled."""
    settle_atom(parser)
    parser.atom = parser.draft.size
    parser.atom_nullable = False
    parser.atom_repetitions = 1


def settle_atom(parser: Parser) -> None:
    """Count the last piece to its alternative."""
    if parser.atom != NO_ATOM:
        parser.nullable = parser.nullable and parser.atom_nullable
        parser.repetitions = max(parser.repetitions, parser.atom_repetitions)
    parser.atom = NO_ATOM


def emit_literal(parser: Parser, code: u32) -> None:
    """Append a character that stands for itself, in either case if the flag is set."""
    begin_atom(parser)
    if parser.flags & Flag.FOLD == 0:
        emit(parser.draft, Action.CHAR, code, 0)
        return
    set = code_points_new()
    add_range(set, code, code)
    fold(set)
    emit_set(parser.draft, set)


def emit_assertion(parser: Parser, assertion: u32) -> None:
    """Append a condition on the position."""
    begin_atom(parser)
    parser.atom_nullable = True
    emit(parser.draft, Action.ASSERT, assertion, 0)


def read_backslash(parser: Parser) -> None:
    """Read a backslash and what it makes of the characters after it."""
    p = parser.pattern
    if begins_class(p):
        set = code_points_new()
        read_class_escape(p, set, parser.flags & Flag.FOLD != 0)
        begin_atom(parser)
        emit_set(parser.draft, set)
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


def begin_group(parser: Parser, group: u32, opened_at: u32) -> None:
    """Begin a group; one with a number captures."""
    parser.group = group
    parser.opened_at = opened_at
    parser.group_start = parser.draft.size
    parser.jumps = 0
    parser.nullable_before = False
    parser.repetitions = 1
    if group != NO_GROUP:
        emit(parser.draft, Action.SAVE, 2 * group, 0)
    begin_alternative(parser)


def begin_alternative(parser: Parser) -> None:
    """Begin an alternative, which is empty."""
    parser.alternative = parser.draft.size
    parser.nullable = True
    parser.atom = NO_ATOM


def next_alternative(parser: Parser) -> None:
    """End an alternative before another one: split before it, jump to the group's end after it."""
    settle_atom(parser)
    draft = parser.draft
    insert(draft, parser.alternative, Action.SPLIT, draft.size + 2 - parser.alternative)
    at = draft.size
    emit(draft, Action.JUMP, 0, at - parser.jumps if parser.jumps != 0 else 0)
    parser.jumps = at
    parser.nullable_before = parser.nullable_before or parser.nullable
    begin_alternative(parser)


def end_group(parser: Parser) -> None:
    """End the open group: its jumps get their target."""
    settle_atom(parser)
    draft = parser.draft
    jump = parser.jumps
    while jump != 0:
        charge(1)
        back = draft.code[WORDS * jump + 1]
        set_target(draft, jump, draft.size)
        jump = 0 if back == 0 else jump - back
    if parser.group != NO_GROUP:
        emit(draft, Action.SAVE, 2 * parser.group + 1, 0)


def push_group(parser: Parser, group: u32, opened_at: u32) -> None:
    """Open a group inside the one that is open."""
    settle_atom(parser)
    if parser.depth == DEEPEST:
        refuse_piece(parser.pattern, "expression nests too deeply", opened_at, opened_at + 1)
    at = parser.depth * FRAME
    if at == len(parser.frames):
        frames = Array[u32](2 * at)
        copy_items(frames, 0, parser.frames, 0, at)
        parser.frames = frames
    frames = parser.frames
    frames[at] = parser.group
    frames[at + 1] = parser.opened_at
    frames[at + 2] = parser.group_start
    frames[at + 3] = parser.jumps
    frames[at + 4] = u32(parser.nullable_before) | u32(parser.nullable) << 1
    frames[at + 5] = parser.alternative
    frames[at + 6] = parser.repetitions
    frames[at + 7] = parser.flags
    parser.depth += 1
    begin_group(parser, group, opened_at)


def read_close(parser: Parser) -> None:
    """Read a closing parenthesis: the group becomes a piece of the one around it, with the flags from before it."""
    p = parser.pattern
    if parser.depth == 0:
        refuse_piece(p, "unexpected )", p.at, size_of(p))
    p.at += 1
    end_group(parser)
    start = parser.group_start
    nullable = parser.nullable_before or parser.nullable
    repetitions = parser.repetitions
    parser.depth -= 1
    at = parser.depth * FRAME
    frames = parser.frames
    parser.group = frames[at]
    parser.opened_at = frames[at + 1]
    parser.group_start = frames[at + 2]
    parser.jumps = frames[at + 3]
    parser.nullable_before = frames[at + 4] & 1 != 0
    parser.nullable = frames[at + 4] & 2 != 0
    parser.alternative = frames[at + 5]
    parser.repetitions = frames[at + 6]
    parser.flags = frames[at + 7]
    parser.atom = start
    parser.atom_nullable = nullable
    parser.atom_repetitions = repetitions


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


def repeat(parser: Parser, least: u32, most: u32, lazy: bool) -> None:
    """Let the last piece match `least` to `most` times, as often as it can, or as seldom if lazy."""
    draft = parser.draft
    start = parser.atom
    count = draft.size - start
    try_first = u32(Action.SPLIT_LAZY) if lazy else u32(Action.SPLIT)
    try_again = u32(Action.SPLIT) if lazy else u32(Action.SPLIT_LAZY)
    if most == 0:
        draft.size = start
        parser.atom_nullable = True
        return
    copies = max(least, 1) if most == UNLIMITED else most
    if u64(draft.size) + u64(copies) * u64(count + 1) > MOST_INSTRUCTIONS:
        draft.too_large = True
        return
    for _ in range(1, least):
        append_copy(draft, start, count)
    if most == UNLIMITED:
        repeat_forever(parser, least, try_first, try_again)
        return
    end = start + count * least + (count + 1) * (most - least)
    for i in range(least, most):
        if i == 0:
            insert(draft, start, try_first, end - start)
        else:
            emit(draft, try_first, 0, end - draft.size)
            append_copy(draft, start + 1 if least == 0 else start, count)
    parser.atom_nullable = parser.atom_nullable or least == 0


def repeat_forever(parser: Parser, least: u32, try_first: u32, try_again: u32) -> None:
    """Let the last of the copies of the last piece match again and again, and the only one not at all if `least` is 0.

    If the piece may match nothing, `x*` is `(x+)?`: only so is the priority of an empty match that of Perl.
    """
    draft = parser.draft
    start = parser.atom
    count = draft.size - start
    if least == 0 and not parser.atom_nullable:
        insert(draft, start, try_first, count + 2)
        emit(draft, Action.JUMP, 0, 0 - (count + 1))
        parser.atom_nullable = True
        return
    last = count // max(least, 1)
    emit(draft, try_again, 0, 0 - last)
    if least == 0:
        insert(draft, start, try_first, count + 2)
        parser.atom_nullable = True
