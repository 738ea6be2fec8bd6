"""Handlers of plain jumps. A backward jump polls the interrupt word, so no loop escapes the deadline."""

from guest.compiler.language import Value, inline, opcode, u32
from guest.heap.operands import register_a, signed_ax, signed_bx
from guest.heap.value import FALSE, TRUE
from guest.heap.views import CodePointer, Registers, pc_after
from guest.machine.account import poll
from guest.syntax.opcode import Op
from guest.values.truth import truth


@inline
def is_true(value: Value) -> bool:
    """The truth of a value; booleans are told by their bits."""
    return value == TRUE or (value != FALSE and truth(value))


@opcode(Op.JUMP, sets="pc")
def op_jump(word: u32, pc: CodePointer) -> CodePointer:
    """Forward."""
    return pc_after(pc, signed_ax(word))


@opcode(Op.LOOP, sets="pc")
def op_loop(word: u32, pc: CodePointer) -> CodePointer:
    """Backward."""
    poll()
    return pc_after(pc, signed_ax(word))


@opcode(Op.JUMP_IF, sets="pc")
def op_jump_if(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if R[A]: jump"""
    return pc_after(pc, signed_bx(word) if is_true(register_a(base, word)) else 0)


@opcode(Op.JUMP_IF_NOT, sets="pc")
def op_jump_if_not(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if not R[A]: jump"""
    return pc_after(pc, 0 if is_true(register_a(base, word)) else signed_bx(word))
