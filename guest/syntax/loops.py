"""Loops over iterables, of statements and comprehensions alike, and the stack of loops around what is being emitted.

The statements and the comprehensions rely on it:

        ITERATE   it, iterable
        NEXT      it, x -> done
    body:
        ...
    again:                              `continue` jumps here
        NEXT_LOOP it, x -> body         the one instruction of control in an iteration
    done:                               `break` jumps here
        END_ITERATION it
"""

from __future__ import annotations

from guest.compiler.language import Object, need, noinline, u32, u64
from guest.syntax import assembler, targets
from guest.syntax.assembler import (
    NO_REGISTER,
    allocate,
    emit,
    emit_fused,
    new_label,
    place,
    release,
    restore,
    set_assigned,
)
from guest.syntax.expressions import operand_in
from guest.syntax.node import Node, NodeKind
from guest.syntax.opcode import Op
from guest.syntax.variables import is_plain_local


class Loop(Object):
    """A loop that is being emitted."""

    outer: Loop | None
    iterator: u32  # the first of its two registers; NO_REGISTER for `while`
    variable: u32  # where NEXT puts an element
    body: u32  # labels
    again: u32
    done: u32
    mark: u32  # the top of the registers outside
    assigned: u64  # what is assigned when the loop is left
    position: u32


innermost: Loop | None = None


def begin_loops() -> None:
    """A new function: no loop is around its body."""
    global innermost
    innermost = None


def open_loop(iterator: u32, mark: u32, position: u32) -> Loop:
    """Enter a loop."""
    global innermost
    made = Loop(
        outer=innermost,
        iterator=iterator,
        variable=NO_REGISTER,
        body=new_label(),
        again=new_label(),
        done=new_label(),
        mark=mark,
        assigned=assembler.assigned,
        position=position,
    )
    innermost = made
    return made


def close_loop(loop: Loop) -> None:
    """Leave a loop: what follows may not rely on its body."""
    global innermost
    innermost = loop.outer
    release(loop.mark)
    restore(loop.assigned)


@noinline
def begin_for(target: Node, iterable: Node, position: u32) -> Loop:
    """Emit the head of a loop and the assignment to its target."""
    mark = assembler.top
    iterator = allocate()
    source = operand_in(iterable, iterator)
    release(iterator + 1)
    allocate()
    assembler.position = position
    emit(Op.ITERATE, iterator, source, 0)
    loop = open_loop(iterator, mark, position)
    variable = loop_register(target)
    loop.variable = variable
    emit_fused(Op.NEXT, iterator, variable, 0, 0, loop.done)
    place(loop.body)
    if variable < iterator:
        set_assigned(variable)
    else:
        targets.assign_from(target, variable)
        release(iterator + 2)
    return loop


def loop_register(target: Node) -> u32:
    """Where a loop's elements go: the register of a variable, or a temporary to be assigned from."""
    if target.kind == NodeKind.NAME:
        binding = need(target.binding)
        if is_plain_local(binding):
            return binding.index
    return allocate()


@noinline
def end_for(loop: Loop) -> None:
    """Emit the end of a loop."""
    assembler.position = loop.position
    place(loop.again)
    emit_fused(Op.NEXT_LOOP, loop.iterator, loop.variable, 0, 0, loop.body)
    place(loop.done)
    emit(Op.END_ITERATION, loop.iterator, 0, 0)
    close_loop(loop)


def is_iterating() -> bool:
    """Whether a `for` loop of this function is around what is being emitted."""
    loop = innermost
    while loop is not None:
        if loop.iterator != NO_REGISTER:
            return True
        loop = loop.outer
    return False


def end_iterations() -> None:
    """Emit the end of all iterations of this function, for a `return` out of them."""
    loop = innermost
    while loop is not None:
        if loop.iterator != NO_REGISTER:
            emit(Op.END_ITERATION, loop.iterator, 0, 0)
        loop = loop.outer
