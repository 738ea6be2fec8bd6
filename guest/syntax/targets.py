"""Assignment: to variables, elements, and patterns of these.

A value goes straight into the register of a local variable where nothing can see it half done. `a, b = b, a` makes no tuple.
"""

from __future__ import annotations

from guest.compiler.language import need, noinline, u32
from guest.syntax import assembler
from guest.syntax.assembler import (
    NO_REGISTER,
    allocate,
    emit,
    emit_pair,
    release,
    set_assigned,
)
from guest.syntax.expressions import (
    MAX_BYTE_INT,
    NO_OPERATION,
    byte_int,
    emit_element,
    emit_operation,
    emit_to,
    operand,
)
from guest.syntax.globals import note_global
from guest.syntax.node import Node, NodeKind, chain_length
from guest.syntax.opcode import NO_HINT, Op
from guest.syntax.pool import slot_of
from guest.syntax.scope import Binding
from guest.syntax.tokens import Token
from guest.syntax.variables import emit_read, emit_write, is_plain_local, local_register


@noinline
def emit_assignment(target: Node, value: Node) -> None:
    """Emit `target = value`."""
    mark = assembler.top
    if target.kind == NodeKind.NAME and is_plain_local(need(target.binding)):
        assign_local(need(target.binding), value)
    elif (
        is_sequence(target) and is_sequence(value) and chain_length(target.first) == chain_length(value.first)
    ):
        assign_parallel(target, value)
    else:
        assign_from(target, operand(value))
    release(mark)


def is_sequence(n: Node) -> bool:
    """Whether this is a pattern of several targets, or a display of several values."""
    return n.kind == NodeKind.TUPLE or n.kind == NodeKind.LIST


@noinline
def assign_local(variable: Binding, value: Node) -> None:
    """Evaluate into a variable's register."""
    if not mentions(value, variable):
        assembler.free_local = variable.index
    emit_to(value, variable.index)
    assembler.free_local = NO_REGISTER
    set_assigned(variable.index)


@noinline
def mentions(n: Node | None, variable: Binding) -> bool:
    """Whether an expression, or one of its siblings, reads a variable."""
    at = n
    while at is not None:
        if at.binding is variable:
            return True
        if mentions(at.first, variable) or mentions(at.second, variable) or mentions(at.third, variable):
            return True
        at = at.next
    return False


@noinline
def assign_parallel(target: Node, value: Node) -> None:
    """Emit `a, b = x, y`: all values first, then all assignments, from left to right."""
    first = assembler.top
    direct = are_distinct_locals(target.first)
    item = value.first
    last = NO_REGISTER
    place = target.first
    while item is not None and place is not None:
        if direct and item.next is None:
            # No value is evaluated after this one, so its variable may change now.
            last = need(place.binding).index
            emit_to(item, last)
            set_assigned(last)
        else:
            emit_to(item, allocate())
        item = item.next
        place = place.next
    register = first
    place = target.first
    while place is not None:
        if last == NO_REGISTER or place.next is not None:
            assign_from(place, register)
        register += 1
        place = place.next


def are_distinct_locals(first: Node | None) -> bool:
    """Whether targets are local variables, all different."""
    at = first
    while at is not None:
        if at.kind != NodeKind.NAME or not is_plain_local(need(at.binding)):
            return False
        earlier = need(first)
        while earlier is not at:
            if earlier.binding is at.binding:
                return False
            earlier = need(earlier.next)
        at = at.next
    return True


@noinline
def assign_from(target: Node, source: u32) -> None:
    """Assign the value in a register."""
    mark = assembler.top
    assembler.position = target.position
    match target.kind:
        case NodeKind.NAME:
            binding = need(target.binding)
            emit_write(binding, source)
            note_global(binding)
        case NodeKind.INDEX:
            container = operand(need(target.first))
            emit_store(container, need(target.second), target.position, source)
        case NodeKind.ATTRIBUTE:
            emit_set_attribute(operand(need(target.first)), target)
        case _:
            unpack(target, source)
    release(mark)


def emit_set_attribute(container: u32, target: Node) -> None:
    """Emit the assignment to an attribute, which fails whatever the value is."""
    assembler.position = target.position
    emit_pair(Op.SET_ATTRIBUTE, container, 0, 0, slot_of(target.value), 0)


@noinline
def emit_store(container: u32, key: Node, position: u32, source: u32) -> None:
    """Emit `container[key] = source`."""
    mark = assembler.top
    if key.kind == NodeKind.CONSTANT:
        assembler.position = position
        emit_pair(Op.SET_INDEX_SLOT, container, source, 0, slot_of(key.value), 0)
    else:
        register = operand(key)
        assembler.position = position
        emit(Op.SET_INDEX, container, register, source)
    release(mark)


@noinline
def unpack(target: Node, source: u32) -> None:
    """Assign the elements of a value to a pattern."""
    count = chain_length(target.first)
    register = first_of_row(target.first)
    if register != NO_REGISTER:
        emit(Op.UNPACK, register, source, count)
        for i in range(count):
            set_assigned(register + i)
        return
    first = assembler.top
    for _ in range(count):
        allocate()
    emit(Op.UNPACK, first, source, count)
    at = target.first
    register = first
    while at is not None:
        assign_from(at, register)
        register += 1
        at = at.next


def first_of_row(first: Node | None) -> u32:
    """The first of the registers in a row that belong to a pattern of local variables; NO_REGISTER if they do not."""
    if first is None or first.kind != NodeKind.NAME or not is_plain_local(need(first.binding)):
        return NO_REGISTER
    start = need(first.binding).index
    register = start
    at: Node | None = first
    while at is not None:
        if at.kind != NodeKind.NAME:
            return NO_REGISTER
        binding = need(at.binding)
        if not is_plain_local(binding) or binding.index != register:
            return NO_REGISTER
        register += 1
        at = at.next
    return start


# Augmented assignment.


@noinline
def emit_augmented(n: Node) -> None:
    """Emit `target operator= value`; the parts of the target are evaluated once."""
    mark = assembler.top
    target = need(n.first)
    value = need(n.second)
    if target.kind == NodeKind.NAME:
        register = local_register(target)
        if register != NO_REGISTER:
            emit_in_place(n, register, value)
        else:
            register = allocate()
            emit_read(target, register)
            emit_in_place(n, register, value)
            emit_write(need(target.binding), register)
    elif target.kind == NodeKind.ATTRIBUTE:
        container = operand(need(target.first))
        register = allocate()
        assembler.position = target.position
        emit_pair(Op.ATTRIBUTE, register, container, 0, slot_of(target.value), NO_HINT)
        emit_in_place(n, register, value)
        emit_set_attribute(container, target)
    else:
        container = operand(need(target.first))
        key = need(target.second)
        if key.kind == NodeKind.CONSTANT:
            register = allocate()
            emit_element(container, key, target.position, register)
            emit_in_place(n, register, value)
            emit_store(container, key, target.position, register)
        else:
            index = operand(key)
            register = allocate()
            assembler.position = target.position
            emit(Op.INDEX, register, container, index)
            emit_in_place(n, register, value)
            assembler.position = target.position
            emit(Op.SET_INDEX, container, index, register)
    release(mark)


@noinline
def emit_in_place(n: Node, register: u32, value: Node) -> None:
    """Combine a register with a value: lists, dicts and sets change in place. A small literal is no container."""
    operation = in_place_operation(n.extra)
    if operation != NO_OPERATION and byte_int(value) > MAX_BYTE_INT:
        mark = assembler.top
        right = operand(value)
        assembler.position = n.position
        emit(operation, register, register, right)
        release(mark)
    else:
        emit_operation(n.extra, n.position, register, value, register)


def in_place_operation(operator: u32) -> u32:
    """The instruction of an augmented assignment whose left side may change in place; NO_OPERATION if none does."""
    match operator:
        case Token.PLUS:
            return Op.ADD_IN_PLACE
        case Token.MINUS:
            return Op.SUB_IN_PLACE
        case Token.BAR:
            return Op.OR_IN_PLACE
        case Token.AMPERSAND:
            return Op.AND_IN_PLACE
        case Token.CARET:
            return Op.XOR_IN_PLACE
        case _:
            return NO_OPERATION
