"""Statements: control flow, definitions, `load`, and blocks of them.

Statements that control cannot reach are not emitted. Branches and loops keep the knowledge about assigned variables: what
is assigned on every path that leads to a place is assigned there.
"""

from __future__ import annotations

from guest.compiler.language import need, noinline, u32, u64
from guest.syntax import assembler, functions, globals, loops
from guest.syntax.assembler import (
    NO_REGISTER,
    UNREACHABLE,
    allocate,
    emit,
    emit_jump,
    emit_loop,
    emit_pair,
    is_reachable,
    join,
    new_label,
    place,
    release,
    restore,
    set_assigned,
    set_unreachable,
)
from guest.syntax.conditions import emit_condition, emit_result
from guest.syntax.expressions import operand
from guest.syntax.globals import enter_toplevel, note_global
from guest.syntax.loops import begin_for, close_loop, end_for, end_iterations, is_iterating, open_loop
from guest.syntax.node import Node, NodeKind
from guest.syntax.opcode import Op
from guest.syntax.pool import slot_of
from guest.syntax.targets import emit_assignment, emit_augmented
from guest.syntax.variables import emit_write, is_plain_local

NO_LABEL = 0xFFFFFFFF


@noinline
def emit_body(block: Node | None) -> None:
    """Emit the body of a function or a module."""
    emit_block(block)
    if is_reachable():
        emit(Op.RETURN_NONE, 0, 0, 0)


@noinline
def emit_block(block: Node | None) -> None:
    """Emit statements up to the first one that control does not go beyond."""
    at = block
    while at is not None and is_reachable():
        emit_statement(at)
        at = at.next


@noinline
def emit_statement(n: Node) -> None:
    """Emit a statement."""
    assembler.position = n.position
    match n.kind:
        case NodeKind.EXPRESSION:
            emit_effect(need(n.first))
        case NodeKind.ASSIGN:
            emit_assignment(need(n.first), need(n.second))
        case NodeKind.AUGMENTED:
            emit_augmented(n)
        case NodeKind.IF:
            emit_if(n)
        case NodeKind.FOR:
            emit_for(n)
        case NodeKind.WHILE:
            emit_while(n)
        case NodeKind.DEFINE:
            emit_define(n)
        case NodeKind.RETURN:
            emit_return(n.first)
        case NodeKind.BREAK:
            emit_jump(need(loops.innermost).done)
            set_unreachable()
        case NodeKind.CONTINUE:
            emit_continue()
        case NodeKind.LOAD:
            emit_load(n)
        case _:
            pass


def emit_effect(expression: Node) -> None:
    """Evaluate an expression and forget its value; a constant (a documentation string) has no effect."""
    mark = assembler.top
    if expression.kind != NodeKind.CONSTANT:
        operand(expression)
    release(mark)


# Branches.


@noinline
def emit_if(n: Node) -> None:
    """Emit an `if` with its clauses."""
    exit = only_exit(n)
    if exit != NO_LABEL:
        emit_condition(need(need(n.first).first), True, exit)
        return
    straight = globals.is_straight
    if straight:
        enter_toplevel(False)
    done = new_label()
    joined: u64 = UNREACHABLE
    clause = n.first
    while clause is not None:
        otherwise = new_label()
        emit_condition(need(clause.first), False, otherwise)
        before = assembler.assigned
        emit_block(clause.second)
        if is_reachable() and (clause.next is not None or n.second is not None):
            emit_jump(done)
        joined = joined & assembler.assigned
        restore(before)
        place(otherwise)
        clause = clause.next
    emit_block(n.second)
    join(joined)
    place(done)
    if straight:
        enter_toplevel(True)


def only_exit(n: Node) -> u32:
    """The label to which an `if` jumps that does nothing but break or continue; NO_LABEL if it does more."""
    clause = need(n.first)
    if clause.next is not None or n.second is not None:
        return NO_LABEL
    body = need(clause.second)
    loop = loops.innermost
    if loop is None or body.next is not None:
        return NO_LABEL
    if body.kind == NodeKind.BREAK:
        return loop.done
    if body.kind == NodeKind.CONTINUE and loop.iterator != NO_REGISTER:
        return loop.again
    return NO_LABEL


# Loops.


@noinline
def emit_for(n: Node) -> None:
    """Emit a `for` loop."""
    straight = globals.is_straight
    if straight:
        enter_toplevel(False)
    loop = begin_for(need(n.first), need(n.second), n.position)
    emit_block(n.third)
    end_for(loop)
    if straight:
        enter_toplevel(True)


@noinline
def emit_while(n: Node) -> None:
    """Emit a `while` loop: the condition, the body, and the jump back to the condition."""
    straight = globals.is_straight
    if straight:
        enter_toplevel(False)
    loop = open_loop(NO_REGISTER, assembler.top, n.position)
    place(loop.again)
    emit_condition(need(n.first), False, loop.done)
    emit_block(n.second)
    if is_reachable():
        assembler.position = n.position
        emit_loop(loop.again)
    place(loop.done)
    close_loop(loop)
    if straight:
        enter_toplevel(True)


def emit_continue() -> None:
    """Emit a `continue`: forward to the end of a `for`, back to the condition of a `while`."""
    loop = need(loops.innermost)
    if loop.iterator == NO_REGISTER:
        emit_loop(loop.again)
    else:
        emit_jump(loop.again)
    set_unreachable()


# Functions and modules.


@noinline
def emit_return(value: Node | None) -> None:
    """Emit a `return`; iterations that it leaves end first."""
    mark = assembler.top
    if value is None:
        end_iterations()
        emit(Op.RETURN_NONE, 0, 0, 0)
    elif is_iterating():
        register = operand(value)
        end_iterations()
        emit(Op.RETURN, register, 0, 0)
    else:
        emit_result(value)
    release(mark)
    set_unreachable()


@noinline
def emit_define(n: Node) -> None:
    """Emit a `def`: the function, and its assignment to a variable."""
    mark = assembler.top
    binding = need(n.binding)
    if is_plain_local(binding):
        functions.emit_function(n, binding.index)
        set_assigned(binding.index)
    else:
        register = allocate()
        functions.emit_function(n, register)
        emit_write(binding, register)
        note_global(binding)
        functions.note_own_name()
    release(mark)


@noinline
def emit_load(n: Node) -> None:
    """Emit a `load`: one symbol of the loaded module after another."""
    mark = assembler.top
    module = slot_of(n.value)
    register = allocate()
    binding = n.first
    while binding is not None:
        variable = need(need(binding.first).binding)
        assembler.position = binding.position
        emit_pair(Op.LOAD_SYMBOL, register, 0, 0, module, slot_of(binding.value))
        emit_write(variable, register)
        note_global(variable)
        binding = binding.next
    release(mark)
