"""Reading and writing variables: which instruction reaches a binding.

Relies on the resolver's bindings and on what is known about assignment where the instruction stands. It reads from

    parameter, local variable     its register, tested first where it may be unassigned
    captured by an inner function the cell in its register
    captured from outside         a cell of the running function
    global                        its slot: plainly where the toplevel surely has set it, tested otherwise
"""

from __future__ import annotations

from guest.compiler.language import Value, need, noinline, u32
from guest.syntax import assembler
from guest.syntax.assembler import (
    NO_REGISTER,
    emit,
    emit_move,
    emit_pair,
    emit_wide,
    is_assigned,
    note_check,
    set_assigned,
)
from guest.syntax.node import Node
from guest.syntax.opcode import Op
from guest.syntax.pool import slot_of
from guest.syntax.scope import Binding, Storage

# Statements of the toplevel that have surely set a global are numbered in order; the function being emitted is made
# behind this one, so globals set by then need no test in it.
known_until: u32 = 0


def is_plain_local(binding: Binding) -> bool:
    """Whether a variable's register holds its value."""
    return binding.storage == Storage.LOCAL and not binding.captured


def name_slot(binding: Binding) -> u32:
    """The slot of a variable's name, for the error of reading it too early."""
    return slot_of(Value(binding.name))


def is_surely_set(binding: Binding) -> bool:
    """Whether a global has a value whenever the code being emitted runs."""
    return binding.storage == Storage.GLOBAL and binding.set_by != 0 and binding.set_by <= known_until


@noinline
def local_register(use: Node) -> u32:
    """The register that holds the variable a name means, which surely has a value; NO_REGISTER if none does."""
    binding = need(use.binding)
    if not is_plain_local(binding):
        return NO_REGISTER
    if not is_assigned(binding.index):
        assembler.position = use.position
        emit_wide(Op.CHECK_LOCAL, binding.index, name_slot(binding))
        note_check(binding.index)
    return binding.index


@noinline
def emit_read(use: Node, target: u32) -> None:
    """Read the variable that a name means into a register."""
    binding = need(use.binding)
    if is_plain_local(binding):
        emit_move(target, local_register(use))
        return
    assembler.position = use.position
    match binding.storage:
        case Storage.GLOBAL:
            emit_wide(Op.LOAD_SLOT if is_surely_set(binding) else Op.GET_GLOBAL, target, binding.index)
        case Storage.LOCAL:
            emit_pair(Op.GET_CELL, target, binding.index, 0, name_slot(binding), 0)
        case _:
            emit_pair(Op.GET_FREE, target, binding.index, 0, name_slot(binding), 0)


@noinline
def emit_write(binding: Binding, source: u32) -> None:
    """Assign a register to a variable of the running function or to a global."""
    if binding.storage == Storage.GLOBAL:
        emit_wide(Op.SET_GLOBAL, source, binding.index)
    elif binding.captured:
        emit(Op.SET_CELL, binding.index, source, 0)
    else:
        emit_move(binding.index, source)
        set_assigned(binding.index)
