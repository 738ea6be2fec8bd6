"""Comprehensions: nested loops around one append, in a scope of their own.

Their variables have registers only while the comprehension runs. The first iterable is evaluated outside the scope, which the
resolver has seen to.
"""

from __future__ import annotations

from guest.compiler.language import Object, need, noinline, u32
from guest.syntax import assembler
from guest.syntax.assembler import allocate, emit, emit_move, emit_wide, is_free, release, set_unassigned
from guest.syntax.conditions import emit_condition
from guest.syntax.expressions import operand
from guest.syntax.locals import note_inner
from guest.syntax.loops import Loop, begin_for, end_for
from guest.syntax.node import Node, NodeKind
from guest.syntax.opcode import Op


class OpenLoop(Object):
    """A loop of a comprehension whose end is still to be emitted."""

    loop: Loop
    outer: OpenLoop | None


@noinline
def emit_comprehension(n: Node, target: u32) -> None:
    """Evaluate a comprehension into a register."""
    mark = assembler.top
    result = target if is_free(target) else allocate()
    item = need(n.first)
    assembler.position = n.position
    if item.kind == NodeKind.ENTRY:
        emit_wide(Op.MAKE_DICT, result, 0)
    else:
        emit(Op.MAKE_LIST, result, 0, 0)
    allocate_variables(n)
    start = assembler.code_size()
    loops = open_clauses(need(n.second))
    emit_item(item, result)
    while True:
        end_for(loops.loop)
        outer = loops.outer
        if outer is None:
            break
        loops = outer
    note_inner(need(n.scope), start)
    emit_move(target, result)
    release(mark)


def allocate_variables(n: Node) -> None:
    """Give the variables of a comprehension registers; clear what might be read before it is assigned."""
    binding = need(n.scope).first
    first = need(n.second)
    while binding is not None:
        register = allocate()
        binding.index = register
        set_unassigned(register)
        if binding.captured or binding.position >= need(first.second).position:
            # Not a variable of the first clause, which is assigned before anything else is evaluated.
            emit(Op.CLEAR, register, 0, 0)
        if binding.captured:
            emit(Op.NEW_CELL, register, 0, 0)
        binding = binding.next


@noinline
def open_clauses(first: Node) -> OpenLoop:
    """Emit the heads of all clauses; the loops that they open, innermost first. The first clause is a loop."""
    loops = OpenLoop(loop=begin_for(need(first.first), need(first.second), first.position), outer=None)
    clause = first.next
    while clause is not None:
        if clause.kind == NodeKind.FOR_CLAUSE:
            loop = begin_for(need(clause.first), need(clause.second), clause.position)
            loops = OpenLoop(loop=loop, outer=loops)
        else:
            emit_condition(need(clause.first), False, loops.loop.again)
        clause = clause.next
    return loops


@noinline
def emit_item(item: Node, result: u32) -> None:
    """Evaluate an item and add it to the result."""
    mark = assembler.top
    assembler.position = item.position
    if item.kind == NodeKind.ENTRY:
        key = operand(need(item.first))
        value = operand(need(item.second))
        assembler.position = item.position
        emit(Op.DICT_PUT, result, key, value)
    else:
        emit(Op.LIST_APPEND, result, operand(item), 0)
    release(mark)
