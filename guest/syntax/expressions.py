"""Expressions: instructions that leave a value in a register.

`emit_to` evaluates into a given register, `operand` into whichever is best: a local variable is used where it is, because
nothing inside an expression can assign it. Intermediate results go into temporaries; a target that is a local variable is
written last, so that `x = a + x` reads the old one.
"""

from __future__ import annotations

from guest.compiler.language import Value, i32, need, noinline, u32
from guest.heap.value import FALSE, NONE, TRUE, is_small, small
from guest.syntax import assembler, calls, comprehensions, conditions, displays, functions
from guest.syntax.assembler import (
    NO_REGISTER,
    allocate,
    emit,
    emit_jump,
    emit_pair,
    emit_wide,
    is_free,
    join,
    new_label,
    place,
    release,
    restore,
)
from guest.syntax.node import Node, NodeKind
from guest.syntax.opcode import NO_HINT, Op
from guest.syntax.pool import slot_of
from guest.syntax.tokens import Token
from guest.syntax.variables import emit_read, is_surely_set, local_register

NO_SLOT = 0xFFFFFFFF
MAX_SHORT_INT = 0x7FFF  # what LOAD_INT holds
MAX_BYTE_INT = 0x7F  # what ADD_INT and its like hold
NO_OPERATION = 255


@noinline
def emit_to(n: Node, target: u32) -> None:
    """Evaluate an expression into a register."""
    match n.kind:
        case NodeKind.CONSTANT:
            emit_constant(n.value, target)
        case NodeKind.NAME:
            emit_read(n, target)
        case NodeKind.BINARY:
            emit_binary(n, target)
        case NodeKind.UNARY:
            emit_unary(n, target)
        case NodeKind.COMPARE:
            emit_compare(n, target)
        case NodeKind.AND | NodeKind.OR | NodeKind.NOT:
            conditions.emit_boolean(n, target)
        case NodeKind.CONDITIONAL:
            emit_conditional(n, target)
        case NodeKind.CALL:
            calls.emit_call(n, target)
        case NodeKind.INDEX:
            emit_index(n, target)
        case NodeKind.SLICE:
            emit_slice(n, target)
        case NodeKind.ATTRIBUTE:
            emit_attribute(n, target)
        case NodeKind.LIST | NodeKind.TUPLE:
            displays.emit_sequence(n, target)
        case NodeKind.DICT:
            displays.emit_dict(n, target)
        case NodeKind.FORMAT:
            displays.emit_format(n, target)
        case NodeKind.COMPREHENSION:
            comprehensions.emit_comprehension(n, target)
        case _:
            functions.emit_function(n, target)


@noinline
def operand(n: Node) -> u32:
    """A register that holds the value of an expression: a local variable's own, or a new temporary."""
    if n.kind == NodeKind.NAME:
        register = local_register(n)
        if register != NO_REGISTER:
            return register
    register = allocate()
    emit_to(n, register)
    return register


@noinline
def operand_in(n: Node, target: u32) -> u32:
    """The same, but the temporary is `target` where that may hold intermediate results."""
    if n.kind == NodeKind.NAME:
        register = local_register(n)
        if register != NO_REGISTER:
            return register
    register = target if is_free(target) else allocate()
    emit_to(n, register)
    return register


@noinline
def slot_operand(n: Node) -> u32:
    """The slot that holds the value of an expression; NO_SLOT if none does."""
    if n.kind == NodeKind.CONSTANT:
        return slot_of(n.value)
    if n.kind == NodeKind.NAME:
        binding = need(n.binding)
        if is_surely_set(binding):
            return binding.index
    return NO_SLOT


@noinline
def emit_constant(value: Value, target: u32) -> None:
    """Load a constant."""
    if value == NONE:
        emit(Op.LOAD_NONE, target, 0, 0)
    elif value == TRUE or value == FALSE:
        emit(Op.LOAD_BOOL, target, u32(value == TRUE), 0)
    elif is_small(value) and small(value) <= MAX_SHORT_INT and small(value) >= -MAX_SHORT_INT:
        emit_wide(Op.LOAD_INT, target, u32(small(value)) & 0xFFFF)
    else:
        emit_wide(Op.LOAD_SLOT, target, slot_of(value))


# Operators.


def byte_int(n: Node) -> i32:
    """The worth of an integer literal that fits an operand of eight bits; more than MAX_BYTE_INT if it is none."""
    if n.kind == NodeKind.CONSTANT and is_small(n.value):
        number = small(n.value)
        if number <= MAX_BYTE_INT and number >= -MAX_BYTE_INT:
            return i32(number)
    return MAX_BYTE_INT + 1


def operation_of(operator: u32) -> u32:
    """The instruction of a binary operator."""
    match operator:
        case Token.PLUS:
            return Op.ADD
        case Token.MINUS:
            return Op.SUB
        case Token.STAR:
            return Op.MUL
        case Token.SLASH:
            return Op.DIV
        case Token.SLASH_SLASH:
            return Op.FLOOR_DIV
        case Token.PERCENT:
            return Op.MOD
        case Token.AMPERSAND:
            return Op.BIT_AND
        case Token.BAR:
            return Op.BIT_OR
        case Token.CARET:
            return Op.BIT_XOR
        case Token.SHIFT_LEFT:
            return Op.SHIFT_LEFT
        case _:
            return Op.SHIFT_RIGHT


def int_operation_of(operator: u32) -> u32:
    """The instruction of a binary operator whose right side is a small literal; NO_OPERATION if there is none."""
    match operator:
        case Token.PLUS:
            return Op.ADD_INT
        case Token.MINUS:
            return Op.SUB_INT
        case Token.STAR:
            return Op.MUL_INT
        case Token.SLASH_SLASH:
            return Op.FLOOR_DIV_INT
        case Token.PERCENT:
            return Op.MOD_INT
        case _:
            return NO_OPERATION


@noinline
def emit_operation(operator: u32, position: u32, left: u32, right: Node, target: u32) -> None:
    """Evaluate `left operator right` into a register."""
    mark = assembler.top
    number = byte_int(right)
    short = int_operation_of(operator)
    if number <= MAX_BYTE_INT and short != NO_OPERATION:
        assembler.position = position
        emit(short, target, left, u32(number) & 0xFF)
    else:
        register = operand(right)
        assembler.position = position
        emit(operation_of(operator), target, left, register)
    release(mark)


@noinline
def emit_binary(n: Node, target: u32) -> None:
    """Evaluate operators of one level, from left to right; only the last one writes a target that is a variable."""
    mark = assembler.top
    link = need(n.second)
    left = operand_in(need(n.first), target)
    result = target
    if link.next is not None and not is_free(target):
        result = allocate()
    while True:
        following = link.next
        emit_operation(
            link.extra, link.position, left, need(link.first), result if following is not None else target
        )
        if following is None:
            break
        left = result
        link = following
    release(mark)


@noinline
def emit_unary(n: Node, target: u32) -> None:
    """Evaluate a sign or `~`."""
    mark = assembler.top
    register = operand_in(need(n.first), target)
    assembler.position = n.position
    match n.extra:
        case Token.MINUS:
            emit(Op.NEGATE, target, register, 0)
        case Token.PLUS:
            emit(Op.POSITIVE, target, register, 0)
        case _:
            emit(Op.INVERT, target, register, 0)
    release(mark)


@noinline
def emit_compare(n: Node, target: u32) -> None:
    """Evaluate a comparison as a value."""
    mark = assembler.top
    left = operand_in(need(n.first), target)
    right = operand(need(n.second))
    assembler.position = n.position
    emit(comparison_of(n.extra), target, left, right)
    release(mark)


def comparison_of(operator: u32) -> u32:
    """The instruction that compares to a value."""
    match operator:
        case Token.EQUAL_EQUAL:
            return Op.EQUAL
        case Token.NOT_EQUAL:
            return Op.NOT_EQUAL
        case Token.LESS:
            return Op.LESS
        case Token.LESS_EQUAL:
            return Op.LESS_EQUAL
        case Token.GREATER:
            return Op.GREATER
        case Token.GREATER_EQUAL:
            return Op.GREATER_EQUAL
        case Token.IN:
            return Op.IN
        case _:
            return Op.NOT_IN


@noinline
def emit_conditional(n: Node, target: u32) -> None:
    """Evaluate `a if condition else b`."""
    otherwise = new_label()
    done = new_label()
    conditions.emit_condition(need(n.first), False, otherwise)
    before = assembler.assigned
    emit_to(need(n.second), target)
    emit_jump(done)
    after = assembler.assigned
    restore(before)
    place(otherwise)
    emit_to(need(n.third), target)
    join(after)
    place(done)


# Elements and attributes.


@noinline
def emit_index(n: Node, target: u32) -> None:
    """Evaluate `container[key]`."""
    mark = assembler.top
    container = operand_in(need(n.first), target)
    emit_element(container, need(n.second), n.position, target)
    release(mark)


@noinline
def emit_element(container: u32, key: Node, position: u32, target: u32) -> None:
    """Read the element of a register under a key."""
    mark = assembler.top
    if key.kind == NodeKind.CONSTANT:
        assembler.position = position
        emit_pair(Op.INDEX_SLOT, target, container, 0, slot_of(key.value), 0)
    else:
        register = operand(key)
        assembler.position = position
        emit(Op.INDEX, target, container, register)
    release(mark)


@noinline
def emit_slice(n: Node, target: u32) -> None:
    """Evaluate `sequence[start:stop:step]`, whose parts are in four registers in a row."""
    mark = assembler.top
    first = allocate()
    emit_to(need(n.first), first)
    part = n.second
    while part is not None:
        emit_to(part, allocate())
        part = part.next
    assembler.position = n.position
    emit(Op.SLICE, target, first, 0)
    release(mark)


@noinline
def emit_attribute(n: Node, target: u32) -> None:
    """Evaluate `container.name`."""
    mark = assembler.top
    container = operand_in(need(n.first), target)
    assembler.position = n.position
    emit_pair(Op.ATTRIBUTE, target, container, 0, slot_of(n.value), NO_HINT)
    release(mark)
