"""The function being assembled: its code words, jumps, positions and registers.

One function is assembled at a time (inner ones wait until the outer one is finished), so its state is in this module's
variables. The emitters of expressions and statements append instructions here; `functions.py` makes the `Code`.

    registers    parameters | other local variables | temporaries, as a stack up to `top`
"""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

from guest.compiler.language import Text, i32, need, noinline, u32, u64
from guest.meter.costs import CODE_WORD
from guest.meter.fuel import charge
from guest.syntax.diagnostics import refuse, say, say_name
from guest.syntax.opcode import Op
from guest.syntax.words import WordList, new_words, push
from guest.values.text import Str

MAX_REGISTERS = 250
NO_REGISTER = 255
UNDECIDED = 256  # neither a register nor none

# Registers whose assignment is tracked have a bit each; the last bit says that control cannot get here, and as a set of
# bits "everything is assigned" is what such a place contributes where paths meet.
TRACKED = 63
UNREACHABLE: u64 = 0xFFFF_FFFF_FFFF_FFFF

MAX_SHORT_JUMP = 0x7FFF
MAX_LONG_JUMP = 0x7FFFFF


class Field(IntEnum):
    """Where an instruction holds its jump."""

    AX = 0  # 24 bits of its word
    BX = 1  # 16 bits of its word
    PAIR = 2  # the low half of its second word


# Code.
code: WordList | None = None
labels: WordList | None = None  # for each label the offset it is placed at, plus one
jumps: WordList | None = None  # for each jump: index of the word with its field, label, field
positions: WordList | None = None  # pairs of offset and position
known: WordList | None = None  # quadruples: where what is surely assigned changes (`Locals.known`)
position: u32 = 0  # of the syntax being emitted
noted: u32 = 0  # the position of the last pair

# Registers.
first_temporary: u32 = 0
top: u32 = 0
highest: u32 = 0
# A local variable that the expression being assigned to it does not read: it may hold intermediate results.
free_local: u32 = NO_REGISTER

# Definite assignment.
parameters: u32 = 0
assigned: u64 = 0
checked: u64 = 0  # registers that were tested: they must be clear when the function begins
noted_assigned: u64 = 0  # what the last quadruple says
noted_free: u32 = 0

name: Str | None = None
declared: u32 = 0  # position of the function, for errors about its size


def begin(function: Str, place: u32, parameter_count: u32, locals: u32) -> None:
    """Start a function with so many parameters among its local variables."""
    global code, labels, jumps, positions, position, noted, first_temporary, top, highest, free_local
    global parameters, assigned, checked, name, declared, known, noted_free
    code = new_words()
    labels = new_words()
    jumps = new_words()
    positions = new_words()
    known = new_words()
    noted_free = UNDECIDED
    name = function
    declared = place
    position = place
    noted = 0
    free_local = NO_REGISTER
    parameters = parameter_count
    assigned = (u64(1) << u64(min(parameter_count, u32(TRACKED)))) - 1
    checked = 0
    first_temporary = 0
    top = 0
    highest = 0
    for _ in range(locals):
        allocate()
    first_temporary = top


def end() -> None:
    """Let go of everything."""
    global code, labels, jumps, positions, known, name
    code = None
    labels = None
    jumps = None
    positions = None
    known = None
    name = None


# Instructions.


@noinline
def add_word(word: u32) -> None:
    """Append an instruction's first word, noting where in the source it is from."""
    global noted
    charge(CODE_WORD)
    words = need(code)
    if position != noted:
        noted = position
        pairs = need(positions)
        push(pairs, words.count)
        push(pairs, position)
    if assigned != noted_assigned or free_local != noted_free:
        note_assigned(words.count)
    push(words, word)


@noinline
def note_assigned(offset: u32) -> None:
    """From this word on other variables than before surely have values."""
    global noted_assigned, noted_free
    noted_assigned = assigned
    noted_free = free_local
    quadruples = need(known)
    push(quadruples, offset)
    push(quadruples, u32(assigned))
    push(quadruples, u32(assigned >> 32))
    push(quadruples, free_local)


def emit(op: u32, a: u32, b: u32, c: u32) -> None:
    """Append an instruction of three operands."""
    add_word(op | a << 8 | b << 16 | c << 24)


def emit_wide(op: u32, a: u32, bx: u32) -> None:
    """Append an instruction with a register and a 16-bit operand."""
    add_word(op | a << 8 | bx << 16)


def emit_pair(op: u32, a: u32, b: u32, c: u32, low: u32, high: u32) -> None:
    """Append an instruction of two words; the second one holds a pair."""
    add_word(op | a << 8 | b << 16 | c << 24)
    push(need(code), low | high << 16)


def emit_operands(word: u32) -> None:
    """Append a word of further operands to an instruction."""
    push(need(code), word)


def emit_move(target: u32, source: u32) -> None:
    """Copy a register, unless it is the same one."""
    if target != source:
        emit(Op.MOVE, target, source, 0)


def code_size() -> u32:
    """The offset of the next word."""
    return need(code).count


# Jumps.


def new_label() -> u32:
    """A label, to be placed once."""
    places = need(labels)
    push(places, 0)
    return places.count - 1


def place(label: u32) -> None:
    """Make a label stand for the next instruction."""
    need(labels).items[label] = code_size() + 1


def add_jump(label: u32, field: u32) -> None:
    """Make the last word jump to a label."""
    waiting = need(jumps)
    push(waiting, code_size() - 1)
    push(waiting, label)
    push(waiting, field)


def emit_jump(label: u32) -> None:
    """Append a jump forward."""
    add_word(Op.JUMP)
    add_jump(label, Field.AX)


def emit_loop(label: u32) -> None:
    """Append a jump backward."""
    add_word(Op.LOOP)
    add_jump(label, Field.AX)


def emit_test(op: u32, a: u32, label: u32) -> None:
    """Append a jump that depends on a register."""
    emit(op, a, 0, 0)
    add_jump(label, Field.BX)


def emit_fused(op: u32, a: u32, b: u32, c: u32, slot: u32, label: u32) -> None:
    """Append an instruction that compares or iterates, and jumps."""
    emit_pair(op, a, b, c, 0, slot)
    add_jump(label, Field.PAIR)


def resolve_jumps() -> None:
    """Fill in all jumps: distances from the word behind the instruction."""
    waiting = need(jumps)
    words = need(code)
    places = need(labels)
    at: u32 = 0
    while at < waiting.count:
        index = waiting.items[at]
        target = places.items[waiting.items[at + 1]] - 1
        field = waiting.items[at + 2]
        distance = i32(target) - i32(index + 1)
        limit: i32 = MAX_LONG_JUMP if field == Field.AX else MAX_SHORT_JUMP
        if distance > limit or distance < -limit:
            too_large("is too large: a jump spans more than 32767 words of code")
        words.items[index] = words.items[index] | jump_bits(distance, field)
        at += 3


def jump_bits(distance: i32, field: u32) -> u32:
    """A distance where its instruction holds it."""
    match field:
        case Field.AX:
            return u32(distance) << 8
        case Field.BX:
            return u32(distance) << 16
        case _:
            return u32(distance) & 0xFFFF


# Registers.


@noinline
def allocate() -> u32:
    """The next register of the stack."""
    global top, highest
    if top == MAX_REGISTERS:
        too_large("needs too many registers (at most 250 variables and intermediate values)")
    register = top
    top += 1
    highest = max(highest, top)
    return register


def release(mark: u32) -> None:
    """Give back the registers from `mark` on."""
    global top
    top = mark


def is_free(register: u32) -> bool:
    """Whether an expression that is evaluated into this register may use it on the way."""
    return register >= first_temporary or register == free_local


@noinline
def too_large(complaint: Text) -> NoReturn:
    """End with an error about the function as a whole."""
    say("function ")
    say_name(need(name))
    say(" ")
    say(complaint)
    refuse(declared)


# Definite assignment.


def is_reachable() -> bool:
    """Whether control can get to the next instruction."""
    return assigned != UNREACHABLE


def set_unreachable() -> None:
    """Control does not go on from here."""
    global assigned
    assigned = UNREACHABLE


def set_assigned(register: u32) -> None:
    """A local variable has a value from here on."""
    global assigned
    if register < TRACKED:
        assigned = assigned | u64(1) << u64(register)


def set_unassigned(register: u32) -> None:
    """A register begins a new life as a variable without a value."""
    global assigned
    if register < TRACKED and is_reachable():
        assigned = assigned & ~(u64(1) << u64(register))


def is_assigned(register: u32) -> bool:
    """Whether a local variable surely has a value."""
    if register >= TRACKED:
        return register < parameters
    return assigned >> u64(register) & 1 != 0


def note_check(register: u32) -> None:
    """A local variable is being tested: it has a value afterwards, and must be clear when the function begins."""
    global checked
    if register < TRACKED:
        checked = checked | u64(1) << u64(register)
    set_assigned(register)


def join(other: u64) -> None:
    """Paths meet: what is assigned on both stays assigned."""
    global assigned
    assigned = assigned & other


def restore(state: u64) -> None:
    """Go back to what was assigned at another place."""
    global assigned
    assigned = state
