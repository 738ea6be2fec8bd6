"""Which fields of the event the rules name: for whoever compares them with sample events.

    [["amount", "main.star", 8209, true], ...]     name, file, packed position, and whether the event must have it

Found in the bytecode of each rule's functions, and of those that they hand the event to: an instruction that reads an attribute,
a constant key or `get` with a constant key from the register of the event. A register that is written is no more the event's.
What is reached through other names is not found; so this tells of probable mistakes and proves nothing.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, noinline, u32, u64
from guest.heap.operands import low_half, operand_a, operand_b, operand_bx
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_byte, emit_text, emit_unsigned
from guest.machine import policy
from guest.machine.code_words import position_of_word, size_of
from guest.machine.policy import Policy
from guest.machine.rules import rule_at, rule_count
from guest.meter.fuel import charge
from guest.syntax.opcode import Op
from guest.values.function import Code, Function
from guest.values.text import Str

COMMA = 44
MOST_DEPTH = 4  # functions that the event is followed into
MOST_FIELDS = 10_000
EVENT = 1  # what a register may hold, beside nothing of interest
WORK = 2  # units of the analysis for one instruction

field_count: u32 = 0


def emit_fields() -> None:
    """Write the fields that all rules name."""
    global field_count
    field_count = 0
    emit_text("[")
    if policy.policy == Policy.DECIDE:
        look_into(policy.decide_function, 0, 0)
    for i in range(rule_count()):
        look_into(rule_at(i).when, 0, 0)
        look_into(rule_at(i).then, 0, 0)
    emit_text("]")


@noinline
def look_into(value: Value, parameter: u32, depth: u32) -> None:
    """Write the fields that a function names of its parameter of this number."""
    if not isinstance(value, Function) or depth == MOST_DEPTH:
        return
    code = cast(Function, value).code
    if parameter >= code.positional:
        return
    held = Array[u32](code.registers)
    known = Array[Value](code.registers)
    for i in range(code.registers):
        known[i] = UNDEFINED
    held[parameter] = EVENT
    at: u32 = 0
    words = code.words
    while at < len(words) and field_count < MOST_FIELDS:
        charge(WORK)
        look_at(code, held, known, at, words[at], depth)
        at += size_of(words[at])


def look_at(code: Code, held: Array[u32], known: Array[Value], at: u32, word: u32, depth: u32) -> None:
    """One instruction: a field that it names, and what its registers hold afterwards."""
    a = operand_a(word)
    b = operand_b(word)
    match word & 255:
        case Op.ATTRIBUTE | Op.INDEX_SLOT | Op.GET_SLOT:
            if held[b] == EVENT:
                name = code.module.slots[low_half(code.words[at + 1])]
                if isinstance(name, Str):
                    emit_field(cast(Str, name), code, at, word & 255 != Op.GET_SLOT)
            forget(held, known, a)
        case Op.MOVE:
            event = held[b]
            value = known[b]
            forget(held, known, a)
            held[a] = event
            known[a] = value
        case Op.LOAD_SLOT | Op.GET_GLOBAL:
            forget(held, known, a)
            known[a] = code.module.slots[operand_bx(word)]
        case Op.CALL | Op.CALL_SLOT:
            callee = known[a]
            if word & 255 == Op.CALL_SLOT:
                callee = code.module.slots[low_half(code.words[at + 1])]
            for i in range(b):
                if held[a + 1 + i] == EVENT:
                    look_into(callee, i, depth + 1)
            forget(held, known, a)
        case Op.NEXT | Op.NEXT_LOOP:
            forget(held, known, b)
        case _:
            if writes(word & 255):
                forget(held, known, a)


def forget(held: Array[u32], known: Array[Value], register: u32) -> None:
    """A register gets another value."""
    if register < len(held):
        held[register] = 0
        known[register] = UNDEFINED


def writes(operation: u32) -> bool:
    """Whether an instruction may write its register A: all but jumps and returns."""
    if operation >= Op.JUMP and operation <= Op.JUMP_ENDS_SLOT:
        return False
    return operation != Op.RETURN and operation != Op.RETURN_NONE and operation != Op.RETURN_BOOL


def emit_field(name: Str, code: Code, at: u32, is_needed: bool) -> None:
    """Write one field."""
    global field_count
    emit_text("[" if field_count == 0 else ", [")
    field_count += 1
    emit_json_str(name)
    emit_byte(COMMA)
    emit_json_str(code.module.path)
    emit_byte(COMMA)
    emit_unsigned(u64(position_of_word(code, at)))
    emit_text(", true]" if is_needed else ", false]")
