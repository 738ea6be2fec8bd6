"""`Regex`, a compiled pattern: its program, and what is known about it before any text is seen.

It is immutable and holds no state of a search, so a regular expression of a loaded bundle is shared by all evaluations.
"""

from guest.compiler.language import Array, Object, copy_items, u32
from guest.library.regex.automaton import Automaton, build_automaton
from guest.library.regex.instructions import (
    START,
    WORDS,
    Action,
    Assertion,
    Draft,
    action_at,
    operand_at,
)
from guest.values.builder import add_char, builder_new, finish
from guest.values.list import List
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_from


class Regex(Object):
    """A compiled pattern."""

    pattern: Str
    code: Array[u32]
    ranges: Array[u32]
    names: Tuple  # of the groups in order, None for those without
    prefix: Str  # what every match begins with; perhaps nothing
    anchored: bool  # matches begin where the text does, or nowhere
    automaton: Automaton | None  # if it is small enough


def compile_program(pattern: Str, draft: Draft, names: List) -> Regex:
    """The finished program of a pattern."""
    code = draft.code
    anchored = action_at(code, START) == Action.ASSERT and operand_at(code, START) == Assertion.TEXT_START
    prefix = literal_prefix(code)
    automaton = build_automaton(draft, anchored)
    return Regex(
        pattern=pattern,
        code=exactly(code, WORDS * draft.size),
        ranges=exactly(draft.ranges, draft.range_words),
        names=tuple_from(names.items, 0, names.count),
        prefix=prefix,
        anchored=anchored,
        automaton=automaton,
    )


def exactly(words: Array[u32], used: u32) -> Array[u32]:
    """The first `used` words, in an array of that length."""
    result = Array[u32](used)
    copy_items(result, 0, words, 0, used)
    return result


def literal_prefix(code: Array[u32]) -> Str:
    """The characters that every match begins with."""
    prefix = builder_new()
    pc: u32 = START
    while action_at(code, pc) == Action.CHAR or action_at(code, pc) == Action.SAVE:
        if action_at(code, pc) == Action.CHAR:
            add_char(prefix, operand_at(code, pc))
        pc += 1
    return finish(prefix)
