"""Handlers that move values: registers, constants, globals, cells.

Slots are raw addresses into a module's array of globals and constants, which is born old; stores into it pass the
barrier in `guest/heap/views.py`. A value that is undefined is an error of the rule, with the variable's name.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, i64, noinline, opcode, u32
from guest.heap.frames import callee_of
from guest.heap.module_slots import set_slot
from guest.heap.operands import (
    low_half,
    operand_b,
    operand_bx,
    register_a,
    register_b,
    set_a,
    signed_bx,
)
from guest.heap.value import NONE, from_bool, from_small
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, slot
from guest.syntax.opcode import Op
from guest.values.failure import say, say_str, stop
from guest.values.function import Cell, Function
from guest.values.text import Str


@opcode(Op.MOVE)
def op_move(word: u32, base: Registers) -> None:
    """R[A] = R[B]"""
    set_a(base, word, register_b(base, word))


@opcode(Op.LOAD_SLOT)
def op_load_slot(word: u32, base: Registers, slots: Slots) -> None:
    """R[A] = slots[Bx]"""
    set_a(base, word, slot(slots, operand_bx(word)))


@opcode(Op.LOAD_INT)
def op_load_int(word: u32, base: Registers) -> None:
    """R[A] = sBx"""
    set_a(base, word, from_small(i64(signed_bx(word))))


@opcode(Op.LOAD_NONE)
def op_load_none(word: u32, base: Registers) -> None:
    """R[A] = None"""
    set_a(base, word, NONE)


@opcode(Op.LOAD_BOOL)
def op_load_bool(word: u32, base: Registers) -> None:
    """R[A] = B != 0"""
    set_a(base, word, from_bool(operand_b(word) != 0))


@opcode(Op.CLEAR)
def op_clear(word: u32, base: Registers) -> None:
    """R[A] = undefined"""
    set_a(base, word, UNDEFINED)


@opcode(Op.CHECK_LOCAL)
def op_check_local(word: u32, base: Registers, slots: Slots) -> None:
    """Error if R[A] is undefined; slots[Bx] is its name."""
    if register_a(base, word) == UNDEFINED:
        unset_local(callee_of(base), slot(slots, operand_bx(word)))


@opcode(Op.GET_GLOBAL)
def op_get_global(word: u32, base: Registers, slots: Slots) -> None:
    """R[A] = slots[Bx]; error if undefined."""
    value = slot(slots, operand_bx(word))
    if value == UNDEFINED:
        unset_global(callee_of(base), operand_bx(word))
    set_a(base, word, value)


@opcode(Op.SET_GLOBAL)
def op_set_global(word: u32, base: Registers, slots: Slots) -> None:
    """slots[Bx] = R[A]"""
    set_slot(slots, operand_bx(word), register_a(base, word))


@opcode(Op.NEW_CELL)
def op_new_cell(word: u32, base: Registers) -> None:
    """R[A] = Cell(R[A])"""
    cell = Cell(value=register_a(base, word))
    set_a(base, word, Value(cell))


@opcode(Op.GET_CELL, sets="pc")
def op_get_cell(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B].value; error if undefined, with the name slots[K]."""
    value = cast(Cell, register_b(base, word)).value
    if value == UNDEFINED:
        unset_local(callee_of(base), slot(slots, low_half(fetch(pc))))
    set_a(base, word, value)
    return pc_after(pc, 1)


@opcode(Op.SET_CELL)
def op_set_cell(word: u32, base: Registers) -> None:
    """R[A].value = R[B]"""
    cast(Cell, register_a(base, word)).value = register_b(base, word)


@opcode(Op.GET_FREE, sets="pc")
def op_get_free(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = the value in captured cell B; error if undefined, with the name slots[K]."""
    function = cast(Function, callee_of(base))
    value = cast(Cell, function.cells.items[operand_b(word)]).value
    if value == UNDEFINED:
        unset_local(callee_of(base), slot(slots, low_half(fetch(pc))))
    set_a(base, word, value)
    return pc_after(pc, 1)


@opcode(Op.LOAD_FREE_CELL)
def op_load_free_cell(word: u32, base: Registers) -> None:
    """R[A] = captured cell B itself."""
    set_a(base, word, cast(Function, callee_of(base)).cells.items[operand_b(word)])


@noinline
def unset_local(running: Value, name: Value) -> NoReturn:
    """A local or captured variable was read before it was assigned; one that hides a global is probably meant to be that."""
    say("local variable ")
    say_str(cast(Str, name))
    say(" referenced before assignment")
    names = cast(Function, running).code.module.names
    for i in range(len(names)):
        if names[i] == name:
            say(" (an assignment in this function makes it another variable than the global one)")
            break
    stop()


@noinline
def unset_global(running: Value, index: u32) -> NoReturn:
    """A global was read before its module assigned it."""
    module = cast(Function, running).code.module
    say("global variable ")
    say_str(cast(Str, module.names[index]))
    say(" referenced before assignment")
    stop()
