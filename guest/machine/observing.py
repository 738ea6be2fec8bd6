"""What the instructions of a rule show of its expressions: for an explanation, the values that made a predicate true or false.

    ["saw", depth, "path", line, column, "value", is_true]                 what the expression at this place gave
    ["compared", depth, "path", line, column, "left", "right", is_true]    the same of a comparison, after its operands
    ["matched", depth, "path", line, column, "left", "right", is_true]     the same of `==` or `!=` with a constant, as `right`
    ["gave", "value", is_true]                                             what a predicate, a `then` or `decide` returned
    ["cut"]                                                                there is more than is told

`is_true` is of the value; of a comparison it is that of `==` or `in` where the source says `!=` or `not in`, because the compiler
turns these around. The place is that of the operator, the bracket or the name, as in errors. `depth` counts calls; the
predicate's own is the first. The value of a comparison that is fused with a jump is read off where the jump led. Values are short
texts. A comparison that failed has null instead of its truth. Built-ins written in the rule language are not looked into.
"""

from guest.compiler.language import Text, Value, u32, u64
from guest.heap import frames
from guest.heap.frames import callee_of, frame_depth
from guest.heap.operands import high_half, jump_of, operand_c, register_a, register_b, register_c
from guest.heap.value import TRUE
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, slot, slots_of
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_byte, emit_text
from guest.machine import pause
from guest.machine.jumps import is_true
from guest.machine.places import current_code, position_at
from guest.machine.status import Status
from guest.machine.trace_output import (
    COMMA,
    add_number,
    add_truth,
    add_value,
    begin_entry,
    drop_to,
    end_entry,
    written,
)
from guest.syntax.opcode import HELD_AFFIX_WORDS, Op
from guest.values.function import COLUMN_BITS, MAX_COLUMN, PRELUDE

MOST_SEEN = 200  # values of one predicate, or of one `then`
MOST_DEPTH = 6  # calls that are looked into

FUSED_WORDS = 2  # of a comparison that is fused with a jump, and of a GET
METHOD_WORDS = 3  # of a CALL_METHOD with the CALL that it skips

seen: u32 = 0

# The instruction, and where its entry begins if it is a comparison.
pc: CodePointer = CodePointer(0)
base: Registers = Registers(0)
depth: u32 = 0
word: u32 = 0
compares: bool = False
start: u32 = 0


def begin_part() -> None:
    """Another predicate, or a `then`, begins: as many values again may be told."""
    global seen
    seen = 0


def is_shown() -> bool:
    """Whether expressions of the running frame are told; notes what is left out."""
    global seen
    at = frame_depth()
    if at == 0 or at > MOST_DEPTH or current_code().flags & PRELUDE != 0 or seen > MOST_SEEN:
        return False
    seen += 1
    if seen <= MOST_SEEN:
        return True
    begin_entry("cut")
    end_entry()
    return False


def begin_place(name: Text, place: CodePointer) -> None:
    """Begin an entry about the expression at an instruction of the running frame."""
    code = current_code()
    position = position_at(code, place)
    begin_entry(name)
    add_number(u64(frame_depth()))
    emit_byte(COMMA)
    emit_json_str(code.module.path)
    add_number(u64(position >> COLUMN_BITS))
    add_number(u64(position & MAX_COLUMN))


def saw(place: CodePointer, value: Value) -> None:
    """Tell the value of the expression at an instruction of the running frame."""
    if is_shown():
        begin_place("saw", place)
        add_value(value)
        add_truth(is_true(value))
        end_entry()


# Before an instruction.


def begin() -> None:
    """The current instruction is about to run: tell its operands before it replaces them."""
    global pc, base, depth, word, compares, start
    pc = frames.current_pc
    base = frames.current_base
    depth = frame_depth()
    word = fetch(pc)
    start = written()
    compares = is_comparison(word & 255) and is_shown()
    if compares:
        begin_place("matched" if word & 255 == Op.JUMP_EQUAL_SLOT else "compared", pc)
        add_value(left_operand())
        add_value(right_operand())


def forget() -> None:
    """What was told of the operands is lost: tell nothing of the outcome."""
    global compares
    compares = False


def is_comparison(operation: u32) -> bool:
    """Whether an instruction compares two operands, for a value or to jump."""
    return (operation >= Op.EQUAL and operation <= Op.NOT_IN) or is_fused(operation)


def is_fused(operation: u32) -> bool:
    """Whether it compares and jumps."""
    return operation >= Op.JUMP_EQUAL and operation <= Op.JUMP_ENDS_SLOT


def left_operand() -> Value:
    """The left operand of the comparison."""
    operation = word & 255
    if operation == Op.JUMP_SLOT_IN:
        return constant()
    return register_a(base, word) if is_fused(operation) else register_b(base, word)


def right_operand() -> Value:
    """The right operand of the comparison."""
    operation = word & 255
    if not is_fused(operation):
        return register_c(base, word)
    if operation == Op.JUMP_SLOT_IN:
        return register_a(base, word)
    return register_b(base, word) if operation <= Op.JUMP_IN else constant()


def constant() -> Value:
    """The constant of the comparison."""
    return slot(running_slots(), high_half(fetch(pc_after(pc, 1))))


def running_slots() -> Slots:
    """The slots of the running frame's module."""
    return slots_of(current_code().module.slots)


# After it.


def finish(status: u32) -> None:
    """The instruction has come to this: tell its value, or take back what was told if it did not happen."""
    if compares:
        finish_comparison(status)
    elif status != Status.FAILED and status != Status.STARVED and status != Status.CALLING:
        finish_other()


def finish_comparison(status: u32) -> None:
    """The outcome of the comparison."""
    if status == Status.STARVED:
        drop_to(start)
    elif status == Status.FAILED:
        emit_byte(COMMA)
        emit_text("null")
        end_entry()
    elif not is_fused(word & 255):
        is_opposite = word & 255 == Op.NOT_EQUAL or word & 255 == Op.NOT_IN
        add_truth((register_a(base, word) == TRUE) != is_opposite)
        end_entry()
    else:
        finish_jump()


def finish_jump() -> None:
    """The outcome of a fused comparison: the jump is taken if it is what C asks for."""
    operation = word & 255
    wanted = operand_c(word) != 0
    untaken = pc_after(pc, FUSED_WORDS)
    taken = pc_after(untaken, jump_of(fetch(pc_after(pc, 1))))
    if operation == Op.JUMP_STARTS_SLOT or operation == Op.JUMP_ENDS_SLOT:
        if frames.current_pc == untaken and taken != untaken:
            # Of another type: what follows sees to it.
            drop_to(start)
            return
        untaken = pc_after(untaken, HELD_AFFIX_WORDS)
    if taken == untaken:
        # Both ways lead to the same instruction, so nothing tells them apart, and nothing depends on it.
        drop_to(start)
        return
    add_truth(wanted == (frames.current_pc == taken))
    end_entry()


def finish_other() -> None:
    """The value of what is no comparison."""
    operation = word & 255
    after = frame_depth()
    if after > depth:
        return
    if after < depth:
        tell_result(callee_of(base))
        return
    match operation:
        case Op.CALL | Op.CALL_SLOT | Op.CALL_SPREAD | Op.ATTRIBUTE | Op.INDEX | Op.INDEX_SLOT | Op.SLICE:
            saw(pc, register_a(base, word))
        case Op.JUMP_IF | Op.JUMP_IF_NOT | Op.NOT | Op.NEGATE | Op.POSITIVE | Op.INVERT:
            saw(pc, register_a(base, word))
        case Op.ADD | Op.SUB | Op.MUL | Op.DIV | Op.FLOOR_DIV | Op.MOD | Op.BIT_AND | Op.BIT_OR | Op.BIT_XOR:
            saw(pc, register_a(base, word))
        case Op.SHIFT_LEFT | Op.SHIFT_RIGHT | Op.ADD_INT | Op.SUB_INT | Op.MUL_INT | Op.FLOOR_DIV_INT:
            saw(pc, register_a(base, word))
        case Op.MOD_INT:
            saw(pc, register_a(base, word))
        case Op.GET | Op.GET_SLOT:
            if frames.current_pc != pc_after(pc, FUSED_WORDS):
                saw(pc, register_a(base, word))
        case Op.CALL_METHOD:
            if frames.current_pc == pc_after(pc, METHOD_WORDS):
                saw(pc, register_a(base, word))
        case _:
            pass


def tell_result(value: Value) -> None:
    """A function has returned: what it gave is the value of the call that its caller goes on behind."""
    if frame_depth() != 0:
        saw(pc_after(frames.current_pc, -1), value)
        return
    begin_entry("gave")
    add_value(value)
    add_truth(is_true(value))
    end_entry()


def tell_answer() -> None:
    """The host has answered: that is the value of the call behind which the event goes on."""
    saw(pc_after(frames.current_pc, -1), callee_of(pause.answer_window))
