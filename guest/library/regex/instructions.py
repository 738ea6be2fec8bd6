"""Programs of regular expressions: their instructions, two words each, and a program in the making.

A program is a non-deterministic automaton over code points. Its first instructions are a loop that skips characters, for the
searches of `automaton.py`; what the pattern says begins at START. Targets are distances, so a piece of a program means the same
wherever it is moved or copied to: `parser.py` builds programs by inserting before pieces and copying them.

    word 0: action | operand << 8      word 1: distance to the target

The ranges hold the classes one after another: the number of ranges, one bit for each ASCII character, first and last of each.
"""

from enum import IntEnum

from guest.compiler.language import Array, Object, copy_items, inline, u32, u64
from guest.meter.costs import REGEX_INSTRUCTION, REGEX_RANGES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.charges import charge_bytes


class Action(IntEnum):
    """What an instruction does. Those before SPLIT consume a character."""

    CHAR = 0  # the code point `operand`
    CLASS = 1  # a code point of the class that begins at `operand` in the ranges
    ANY = 2
    ANY_IN_LINE = 3  # but not a newline
    SPLIT = 4  # go on with the next instruction; should that fail, with the target
    SPLIT_LAZY = 5  # the other way round
    JUMP = 6
    SAVE = 7  # note the position in slot `operand`
    ASSERT = 8  # only go on if the `Assertion` of number `operand` holds here
    MATCH = 9


class Assertion(IntEnum):
    """What is asserted about a position."""

    TEXT_START = 0
    TEXT_END = 1
    LINE_START = 2
    LINE_END = 3
    WORD_BORDER = 4
    NO_WORD_BORDER = 5


WORDS = 2  # an instruction
WORD_BYTES = 4
ACTION_MASK = 0xFF
OPERAND_SHIFT = 8
START = 3  # the first instruction after the loop that skips characters
MOST_INSTRUCTIONS = 20_000  # of a program
MOST_RANGE_WORDS = 1 << 20
ASCII_WORDS = 4
CLASS_HEAD = 1 + ASCII_WORDS  # words before the ranges of a class
FIRST_CAPACITY = 32


class Draft(Object):
    """A program in the making: `size` instructions, and the ranges of its classes."""

    size: u32
    code: Array[u32]
    range_words: u32
    ranges: Array[u32]
    too_large: bool


def draft_new() -> Draft:
    """A draft that holds nothing but the loop at the beginning of all programs."""
    code = Array[u32](WORDS * FIRST_CAPACITY)
    draft = Draft(size=0, code=code, range_words=0, ranges=Array[u32](FIRST_CAPACITY), too_large=False)
    emit(draft, Action.SPLIT_LAZY, 0, START)
    emit(draft, Action.ANY, 0, 0)
    emit(draft, Action.JUMP, 0, 0 - u32(2))
    return draft


@inline
def action_at(code: Array[u32], pc: u32) -> u32:
    """What the instruction at `pc` does."""
    return code[WORDS * pc] & ACTION_MASK


@inline
def operand_at(code: Array[u32], pc: u32) -> u32:
    """The operand of the instruction at `pc`."""
    return code[WORDS * pc] >> OPERAND_SHIFT


def emit(draft: Draft, action: u32, operand: u32, second: u32) -> None:
    """Append an instruction."""
    at = draft.size
    if not make_room(draft, 1):
        return
    draft.code[WORDS * at] = action | operand << OPERAND_SHIFT
    draft.code[WORDS * at + 1] = second


def make_room(draft: Draft, count: u32) -> bool:
    """Lengthen the program by `count` instructions, to be written by the caller; or note that it is too large."""
    if u64(draft.size) + u64(count) > MOST_INSTRUCTIONS:
        draft.too_large = True
        return False
    charge(count * REGEX_INSTRUCTION)
    draft.code = with_room(draft.code, WORDS * draft.size, WORDS * count)
    draft.size += count
    return True


def with_room(words: Array[u32], used: u32, more: u32) -> Array[u32]:
    """An array with the first `used` words of `words` and room for more: itself if it is long enough."""
    if used + more <= len(words):
        return words
    capacity = max(2 * len(words), used + more)
    charge_bytes(WORD_BYTES * capacity)
    result = Array[u32](capacity)
    copy_items(result, 0, words, 0, used)
    return result


def insert(draft: Draft, at: u32, action: u32, second: u32) -> None:
    """Put an instruction before the one at `at`. Nothing that moves may refer to what does not, except to the end."""
    count = draft.size - at
    if not make_room(draft, 1):
        return
    charge_bytes(WORDS * WORD_BYTES * count)
    copy_items(draft.code, WORDS * (at + 1), draft.code, WORDS * at, WORDS * count)
    draft.code[WORDS * at] = action
    draft.code[WORDS * at + 1] = second


def append_copy(draft: Draft, start: u32, count: u32) -> None:
    """Append a copy of `count` instructions from `start` on."""
    end = draft.size
    if make_room(draft, count):
        copy_items(draft.code, WORDS * end, draft.code, WORDS * start, WORDS * count)


def set_target(draft: Draft, at: u32, target: u32) -> None:
    """Let an instruction that is there already go to `target`."""
    draft.code[WORDS * at + 1] = target - at


# Classes.


def append_range_words(draft: Draft, count: u32) -> bool:
    """Lengthen the ranges by `count` words, to be written by the caller; or note that the program is too large."""
    if u64(draft.range_words) + u64(count) > MOST_RANGE_WORDS:
        draft.too_large = True
        return False
    charge(count // REGEX_RANGES_PER_UNIT)
    draft.ranges = with_room(draft.ranges, draft.range_words, count)
    draft.range_words += count
    return True


def in_class(ranges: Array[u32], start: u32, code: u32) -> bool:
    """Whether a code point is in the class that begins at `start`."""
    if code < 32 * ASCII_WORDS:
        return ranges[start + 1 + (code >> 5)] >> (code & 31) & 1 != 0
    first = start + CLASS_HEAD
    count = ranges[start]
    low: u32 = 0
    high = count
    while low < high:  # the first range that does not end before the code point
        middle = (low + high) // 2
        if ranges[first + 2 * middle + 1] < code:
            low = middle + 1
        else:
            high = middle
    return low < count and ranges[first + 2 * low] <= code


@inline
def consumes(code: Array[u32], ranges: Array[u32], pc: u32, character: u32) -> bool:
    """Whether the instruction at `pc` consumes this character."""
    word = code[WORDS * pc]
    match word & ACTION_MASK:
        case Action.CHAR:
            return word >> OPERAND_SHIFT == character
        case Action.CLASS:
            return in_class(ranges, word >> OPERAND_SHIFT, character)
        case Action.ANY:
            return True
        case Action.ANY_IN_LINE:
            return character != 0x0A
        case _:
            return False
