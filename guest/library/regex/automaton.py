"""The deterministic automaton of a program: one table look-up a character, to know whether there is a match.

Built once, when a pattern is compiled, and only if it stays small within a bounded effort; otherwise texts are simulated. So
matching changes nothing, and its price does not depend on what was matched before. A state is a set of instructions that have
been reached, with what assertions ask about the last character; a transition is for a class of characters that no instruction
tells apart (`alphabet.py`), and follows the assertions with both sides known.

    cell = cells[state * stride + class]:  the next state, 0 if there is none; FOUND if a match ends before the character
"""

from guest.compiler.language import Array, Object, copy_items, ctz, u16, u32
from guest.library.regex.alphabet import (
    END_CLASS,
    Alphabet,
    build_alphabet,
    class_of_character,
    side_of_class,
)
from guest.library.regex.instructions import (
    ACTION_MASK,
    OPERAND_SHIFT,
    START,
    WORDS,
    Action,
    Draft,
    consumes,
    with_room,
)
from guest.library.regex.positions import SIDES, Side, holds, side_of
from guest.meter.costs import REGEX_BYTES_PER_UNIT, REGEX_STEPS_PER_UNIT, REGEX_WIDE_PER_UNIT
from guest.meter.fuel import charge
from guest.values.charges import charge_bytes
from guest.values.text import ASCII, Str, char_at, size_at

FOUND = 0x8000
NO_STATE = 0
MOST_STATES = 2048
MOST_CELLS = 1 << 15  # two bytes each
MOST_SET_WORDS = 1 << 16  # of all states while they are made
MOST_STEPS = 1 << 16  # instructions visited while it is made
LARGEST_PROGRAM = 2048  # instructions
FIRST_STATES = 16  # for which there is room at first
CELL_BYTES = 2
BITS = 32
HASH_MULTIPLIER = 0x9E3779B1
TEXT_STEP = 4096  # bytes of text paid for at a time


class Automaton(Object):
    """A finished automaton."""

    alphabet: Alphabet
    stride: u32  # classes, the end of the text included
    cells: Array[u16]
    search_start: u32  # the state before a match anywhere
    match_start: u32  # the state before a match at the beginning


class Construction(Object):
    """An automaton in the making. A state is `words` words: its instructions as bits, then what is before it."""

    code: Array[u32]
    ranges: Array[u32]
    asserts: bool  # whether any instruction asks about the position
    alphabet: Alphabet
    words: u32
    states: u32
    sets: Array[u32]
    buckets: Array[u32]  # a hash table of the states; a power of two, 0 where it is empty
    cells: Array[u16]
    set: Array[u32]  # the state that is being put together
    stack: Array[u32]
    seen: Array[u32]  # for each instruction, the number of the closure that last visited it
    closures: u32
    reached: Array[u32]  # the instructions of a closure that consume a character
    reached_count: u32
    steps: u32
    given_up: bool


def build_automaton(draft: Draft, anchored: bool) -> Automaton | None:
    """The automaton of a program; None if it would be too large."""
    code = draft.code
    ranges = draft.ranges
    instructions = draft.size
    if instructions > LARGEST_PROGRAM:
        return None
    alphabet = build_alphabet(code, ranges, instructions, draft.range_words)
    if alphabet is None:
        return None
    words = (instructions + BITS - 1) // BITS + 1
    c = Construction(
        code=code,
        ranges=ranges,
        asserts=alphabet.asserts,
        alphabet=alphabet,
        words=words,
        states=1,
        sets=Array[u32](FIRST_STATES * words),
        buckets=Array[u32](4 * FIRST_STATES),
        cells=Array[u16](FIRST_STATES * alphabet.classes),
        set=Array[u32](words),
        stack=Array[u32](instructions + 1),
        seen=Array[u32](instructions),
        closures=0,
        reached=Array[u32](instructions),
        reached_count=0,
        steps=0,
        given_up=False,
    )
    match_start = start_state(c, START)
    search_start = match_start if anchored else start_state(c, 0)
    state: u32 = 1
    while state < c.states and not c.given_up:
        expand(c, state)
        state += 1
    charge(c.steps // REGEX_STEPS_PER_UNIT)
    if c.given_up:
        return None
    stride = alphabet.classes
    cells = Array[u16](c.states * stride)
    copy_items(cells, 0, c.cells, 0, c.states * stride)
    return Automaton(
        alphabet=alphabet, stride=stride, cells=cells, search_start=search_start, match_start=match_start
    )


def start_state(c: Construction, pc: u32) -> u32:
    """The state before the first character, in which one instruction has been reached."""
    begin_set(c)
    put(c, pc)
    return number_of_set(c, Side.NOTHING)


def begin_set(c: Construction) -> None:
    """Begin to put a state together."""
    for i in range(c.words):
        c.set[i] = 0


def put(c: Construction, pc: u32) -> None:
    """Add an instruction to the state that is being put together."""
    at = pc
    while c.code[WORDS * at] & ACTION_MASK == Action.JUMP:
        at += c.code[WORDS * at + 1]
    c.set[at // BITS] |= u32(1) << (at % BITS)


def number_of_set(c: Construction, before: u32) -> u32:
    """The number of the state that has been put together; it is a new one if it was not met before."""
    words = c.words
    c.set[words - 1] = before if c.asserts else 0
    hash = hash_words(c.set, 0, words)
    c.steps += words
    mask = len(c.buckets) - 1
    at = hash & mask
    while c.buckets[at] != 0:
        if is_state(c, c.buckets[at]):
            return c.buckets[at]
        at = (at + 1) & mask
    return add_state(c, at)


def hash_words(items: Array[u32], start: u32, count: u32) -> u32:
    """A hash of `count` words."""
    hash: u32 = 0
    for i in range(start, start + count):
        hash = (hash ^ items[i]) * HASH_MULTIPLIER
        hash ^= hash >> 15
    return hash


def is_state(c: Construction, state: u32) -> bool:
    """Whether a state is the one that has been put together."""
    start = state * c.words
    c.steps += 1
    for i in range(c.words):
        if c.sets[start + i] != c.set[i]:
            return False
    return True


def add_state(c: Construction, bucket: u32) -> u32:
    """Give the state that has been put together a number, and enter it in a free bucket; or give up."""
    state = c.states
    words = c.words
    stride = c.alphabet.classes
    if state >= MOST_STATES or (state + 1) * stride > MOST_CELLS or (state + 1) * words > MOST_SET_WORDS:
        c.given_up = True
        return NO_STATE
    c.sets = with_room(c.sets, state * words, words)
    if (state + 1) * stride > len(c.cells):
        cells = Array[u16](2 * len(c.cells))
        charge_bytes(CELL_BYTES * len(cells))
        copy_items(cells, 0, c.cells, 0, len(c.cells))
        c.cells = cells
    copy_items(c.sets, state * words, c.set, 0, words)
    c.buckets[bucket] = state
    c.states = state + 1
    if 2 * c.states > len(c.buckets):
        rehash(c)
    return state


def rehash(c: Construction) -> None:
    """Enter all states in a hash table of twice the size."""
    buckets = Array[u32](2 * len(c.buckets))
    mask = len(buckets) - 1
    words = c.words
    for state in range(1, c.states):
        at = hash_words(c.sets, state * words, words) & mask
        while buckets[at] != 0:
            at = (at + 1) & mask
        buckets[at] = state
    c.steps += words * c.states
    c.buckets = buckets


def expand(c: Construction, state: u32) -> None:
    """Fill in the transitions of a state."""
    before = c.sets[state * c.words + c.words - 1]
    if not c.asserts:
        found = close(c, state, before, Side.NOTHING)
        for kind in range(c.alphabet.classes):
            if not c.given_up:
                connect(c, state, kind, found)
        return
    for after in range(SIDES):
        found = close(c, state, before, after)
        for kind in range(c.alphabet.classes):
            if not c.given_up and side_of_class(c.alphabet, kind) == after:
                connect(c, state, kind, found)


def close(c: Construction, state: u32, before: u32, after: u32) -> bool:
    """Collect what a state reaches without a character, between two sides; whether a match is among it."""
    c.closures += 1
    c.reached_count = 0
    found = False
    for i in range(c.words - 1):
        bits = c.sets[state * c.words + i]
        while bits != 0:
            pc = i * BITS + ctz(bits)
            bits &= bits - 1
            if follow(c, pc, before, after):
                found = True
    return found


def follow(c: Construction, first: u32, before: u32, after: u32) -> bool:
    """Collect what one instruction reaches; whether a match is among it."""
    code = c.code
    stack = c.stack
    found = False
    depth: u32 = 1
    stack[0] = first
    while depth != 0:
        depth -= 1
        pc = stack[depth]
        while c.seen[pc] != c.closures:
            c.seen[pc] = c.closures
            c.steps += 1
            word = code[WORDS * pc]
            match word & ACTION_MASK:
                case Action.SPLIT | Action.SPLIT_LAZY:
                    stack[depth] = pc + code[WORDS * pc + 1]
                    depth += 1
                    pc += 1
                case Action.JUMP:
                    pc += code[WORDS * pc + 1]
                case Action.SAVE:
                    pc += 1
                case Action.ASSERT:
                    if not holds(word >> OPERAND_SHIFT, before, after):
                        break
                    pc += 1
                case Action.MATCH:
                    found = True
                    break
                case _:
                    c.reached[c.reached_count] = pc
                    c.reached_count += 1
                    break
    return found


def connect(c: Construction, state: u32, kind: u32, found: bool) -> None:
    """Write the transition of a state for one class, from what `close` collected."""
    cell = state * c.alphabet.classes + kind
    if found:
        c.cells[cell] = FOUND
        return
    if kind == END_CLASS:
        return
    character = c.alphabet.representatives[kind]
    c.steps += c.reached_count
    if c.steps > MOST_STEPS:
        c.given_up = True
        return
    begin_set(c)
    any_reached = False
    for i in range(c.reached_count):
        if consumes(c.code, c.ranges, c.reached[i], character):
            put(c, c.reached[i] + 1)
            any_reached = True
    if any_reached:
        # A state made here may move the cells.
        next_state = number_of_set(c, side_of(character))
        c.cells[cell] = next_state


# Matching.


def accepts(automaton: Automaton, text: Str, start: u32, at: u32) -> bool:
    """Whether the text from an offset on leads from a state to a match."""
    cells = automaton.cells
    stride = automaton.stride
    alphabet = automaton.alphabet
    n = len(text.data)
    state = start
    wide: u32 = 0
    paid = at + REGEX_BYTES_PER_UNIT
    while at < n:
        if at >= paid:
            # The first few bytes are part of the instruction; then each step is paid for before it is read.
            step = min(n - at, TEXT_STEP)
            charge((step + REGEX_BYTES_PER_UNIT - 1) // REGEX_BYTES_PER_UNIT + wide // REGEX_WIDE_PER_UNIT)
            paid = at + step
            wide = 0
        byte = text.data[at]
        if byte < ASCII:
            kind = alphabet.ascii[byte]
            at += 1
        else:
            kind = class_of_character(alphabet, char_at(text, at))
            at += size_at(text, at)
            wide += 1
        cell = cells[state * stride + kind]
        if cell >= FOUND:
            return True
        if cell == NO_STATE:
            return False
        state = cell
    return cells[state * stride + END_CLASS] == FOUND
