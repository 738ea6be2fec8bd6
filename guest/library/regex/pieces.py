"""Pieces of a program, put together while a pattern is read: atoms, alternatives, groups, repetitions.

Each piece of a pattern becomes a piece of program at once; a repetition or an alternative inserts instructions before the piece
that it applies to, or copies it. Open groups are kept on an explicit stack, so nothing recurses. The parsers of regular
expressions (`parser.py`) and of globs (`guest/library/glob.py`) read patterns with it.
"""

from guest.compiler.language import Array, Object, copy_items, u32, u64
from guest.library.regex.instructions import (
    MOST_INSTRUCTIONS,
    WORDS,
    Action,
    Draft,
    append_copy,
    draft_new,
    emit,
    insert,
    set_target,
)
from guest.library.regex.pattern import Pattern, refuse_piece, size_of
from guest.library.regex.sets import CodePoints, emit_set
from guest.meter.fuel import charge
from guest.values.list import List, list_new

UNLIMITED = 0xFFFFFFFF
DEEPEST = 1000  # groups inside each other
FRAME = 8  # words on the stack of open groups
NO_GROUP = 0  # the number of a group that captures nothing
NO_ATOM = 0xFFFFFFFF


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


def parser_new(pattern: Pattern) -> Parser:
    """A parser before a pattern, of which nothing has been read."""
    parser = Parser(
        pattern=pattern,
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
    return parser


def check_size(parser: Parser) -> None:
    """Refuse the pattern if its program has become too large."""
    if parser.draft.too_large:
        refuse_piece(parser.pattern, "the program is too large", 0, size_of(parser.pattern))


# Atoms.


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


def emit_atom(parser: Parser, action: u32, operand: u32) -> None:
    """Append a piece that is one instruction."""
    begin_atom(parser)
    emit(parser.draft, action, operand, 0)


def emit_class(parser: Parser, set: CodePoints) -> None:
    """Append a piece that matches one code point of a set."""
    begin_atom(parser)
    emit_set(parser.draft, set)


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


def pop_group(parser: Parser) -> None:
    """Close a group: it becomes a piece of the one around it, with the flags from before it."""
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


# Repetitions.


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
