"""Conditions: `and`, `or`, `not` and comparisons as jumps, and as values where a value is wanted.

`emit_condition` never makes a boolean that is tested again: comparisons are fused with their jump. As values, operands that can
only be True or False jump too, and a constant is loaded where they jump to.
"""

from __future__ import annotations

from guest.compiler.language import need, noinline, u32
from guest.heap.value import FALSE, NONE, TRUE, is_bool
from guest.syntax import assembler, calls, expressions
from guest.syntax.assembler import (
    allocate,
    emit,
    emit_fused,
    emit_jump,
    emit_move,
    emit_test,
    emit_wide,
    is_free,
    new_label,
    place,
    release,
    restore,
)
from guest.syntax.expressions import NO_SLOT, slot_operand
from guest.syntax.node import Node, NodeKind, text_of
from guest.syntax.opcode import Op
from guest.syntax.pool import slot_of
from guest.syntax.tokens import Token
from guest.values.text import Str, text_equal

# From a comparison of two registers to the same with a constant right side.
TO_SLOT = Op.JUMP_EQUAL_SLOT - Op.JUMP_EQUAL
NO_OPERATOR = 0


def is_boolean(n: Node) -> bool:
    """Whether an expression can only be True or False."""
    match n.kind:
        case NodeKind.COMPARE | NodeKind.NOT:
            return True
        case NodeKind.CALL:
            return is_affix_test(n)
        case NodeKind.CONSTANT:
            return is_bool(n.value)
        case NodeKind.AND | NodeKind.OR:
            return all_boolean(n.first)
        case _:
            return False


@noinline
def all_boolean(first: Node | None) -> bool:
    """Whether all expressions of a chain can only be True or False."""
    at = first
    while at is not None:
        if not is_boolean(at):
            return False
        at = at.next
    return True


@noinline
def emit_condition(n: Node, when: bool, label: u32) -> None:
    """Jump to a label if the truth of an expression is `when`; go on otherwise."""
    match n.kind:
        case NodeKind.NOT:
            emit_condition(need(n.first), not when, label)
        case NodeKind.AND | NodeKind.OR:
            emit_connective(n, when, label)
        case NodeKind.COMPARE:
            emit_comparison(n, when, label)
        case NodeKind.CALL:
            if is_affix_test(n):
                emit_affix_test(n, when, label)
            else:
                emit_truth(n, when, label)
        case NodeKind.CONSTANT:
            if n.value == TRUE or n.value == FALSE or n.value == NONE:
                if (n.value == TRUE) == when:
                    emit_jump(label)
            else:
                emit_truth(n, when, label)
        case _:
            emit_truth(n, when, label)


@noinline
def emit_truth(n: Node, when: bool, label: u32) -> None:
    """Jump if the truth of an expression's value is `when`."""
    mark = assembler.top
    register = expressions.operand(n)
    assembler.position = n.position
    emit_test(Op.JUMP_IF if when else Op.JUMP_IF_NOT, register, label)
    release(mark)


@noinline
def emit_connective(n: Node, when: bool, label: u32) -> None:
    """Jump if the truth of an `and` or `or` is `when`."""
    first = need(n.first)
    if (n.kind == NodeKind.AND) != when:
        # Every operand may decide that the jump is taken. What a later one tests is not known where it leads.
        emit_condition(first, when, label)
        known = assembler.assigned
        at = first.next
        while at is not None:
            emit_condition(at, when, label)
            at = at.next
        restore(known)
        return
    skip = new_label()
    emit_condition(first, not when, skip)
    state = assembler.assigned
    operand = need(first.next)
    while True:
        following = operand.next
        if following is None:
            break
        emit_condition(operand, not when, skip)
        operand = following
    emit_condition(operand, when, label)
    place(skip)
    restore(state)


def is_affix_test(n: Node) -> bool:
    """Whether a call is `x.startswith("...")` or `x.endswith("...")`."""
    callee = need(n.first)
    affix = n.second
    if callee.kind != NodeKind.ATTRIBUTE or affix is None or affix.next is not None:
        return False
    if affix.kind != NodeKind.CONSTANT or not isinstance(affix.value, Str):
        return False
    return text_equal(text_of(callee), "startswith") or text_equal(text_of(callee), "endswith")


@noinline
def emit_affix_test(n: Node, when: bool, label: u32) -> None:
    """Jump if what `is_affix_test` recognizes is `when`."""
    mark = assembler.top
    callee = need(n.first)
    register = expressions.operand(need(callee.first))
    assembler.position = n.position
    operation = Op.JUMP_STARTS_SLOT if text_equal(text_of(callee), "startswith") else Op.JUMP_ENDS_SLOT
    affix = slot_of(need(n.second).value)
    emit_fused(operation, register, 0, u32(when), affix, label)
    base = calls.emit_held(callee, register)
    emit_wide(Op.LOAD_SLOT, allocate(), affix)
    emit(Op.CALL, base, 1, 0)
    emit_test(Op.JUMP_IF if when else Op.JUMP_IF_NOT, base, label)
    release(mark)


# Comparisons.


@noinline
def emit_comparison(n: Node, when: bool, label: u32) -> None:
    """Jump if a comparison is `when`."""
    mark = assembler.top
    left = need(n.first)
    right = need(n.second)
    if n.extra == Token.IN or n.extra == Token.NOT:
        emit_membership(n, left, right, when == (n.extra == Token.IN), label)
    else:
        if n.extra == Token.EQUAL_EQUAL or n.extra == Token.NOT_EQUAL:
            if left.kind == NodeKind.CONSTANT and right.kind != NodeKind.CONSTANT:
                left, right = right, left
        emit_ordering(n, left, right, when == (n.extra != Token.NOT_EQUAL), label)
    release(mark)


@noinline
def emit_ordering(n: Node, left: Node, right: Node, when: bool, label: u32) -> None:
    """Jump if `left operator right` is `when`; `!=` is the opposite of `==`."""
    operation = jump_of(n.extra)
    register = expressions.operand(left)
    slot = slot_operand(right)
    if slot != NO_SLOT:
        assembler.position = n.position
        emit_fused(operation + TO_SLOT, register, 0, u32(when), slot, label)
    else:
        other = expressions.operand(right)
        assembler.position = n.position
        emit_fused(operation, register, other, u32(when), 0, label)


@noinline
def emit_membership(n: Node, left: Node, right: Node, when: bool, label: u32) -> None:
    """Jump if `left in right` is `when`."""
    container = slot_operand(right)
    item = slot_operand(left) if container == NO_SLOT else u32(NO_SLOT)
    if item != NO_SLOT:
        register = expressions.operand(right)
        assembler.position = n.position
        emit_fused(Op.JUMP_SLOT_IN, register, 0, u32(when), item, label)
        return
    register = expressions.operand(left)
    if container != NO_SLOT:
        assembler.position = n.position
        emit_fused(Op.JUMP_IN_SLOT, register, 0, u32(when), container, label)
        return
    other = expressions.operand(right)
    assembler.position = n.position
    emit_fused(Op.JUMP_IN, register, other, u32(when), 0, label)


def jump_of(operator: u32) -> u32:
    """The instruction that compares two registers and jumps."""
    match operator:
        case Token.LESS:
            return Op.JUMP_LESS
        case Token.LESS_EQUAL:
            return Op.JUMP_LESS_EQUAL
        case Token.GREATER:
            return Op.JUMP_GREATER
        case Token.GREATER_EQUAL:
            return Op.JUMP_GREATER_EQUAL
        case _:
            return Op.JUMP_EQUAL


# As values.


@noinline
def emit_boolean(n: Node, target: u32) -> None:
    """Evaluate `and`, `or` or `not` into a register."""
    if n.kind == NodeKind.NOT:
        emit_not(n, target)
        return
    mark = assembler.top
    result = target if is_free(target) else allocate()
    decided = new_label()
    done = new_label()
    last = emit_operands(n, result, decided, done)
    state = assembler.assigned
    expressions.emit_to(last, result)
    restore(state)
    if has_boolean_operand(n):
        emit_jump(done)
        place(decided)
        emit(Op.LOAD_BOOL, result, u32(n.kind == NodeKind.OR), 0)
    place(done)
    emit_move(target, result)
    release(mark)


@noinline
def emit_operands(n: Node, result: u32, decided: u32, done: u32) -> Node:
    """Evaluate all operands of `and` or `or` but the last one, which is returned.

    An operand that decides jumps: to `decided` if it is boolean (the result is its constant), else to `done` with its value in
    the register `result`.
    """
    is_or = n.kind == NodeKind.OR
    at = need(n.first)
    known = assembler.assigned
    first = True
    while True:
        following = at.next
        if following is None:
            break
        if is_boolean(at):
            emit_condition(at, is_or, decided)
        else:
            expressions.emit_to(at, result)
            assembler.position = at.position
            emit_test(Op.JUMP_IF if is_or else Op.JUMP_IF_NOT, result, done)
        if first:
            known = assembler.assigned
            first = False
        at = following
    restore(known)
    return at


def has_boolean_operand(n: Node) -> bool:
    """Whether an operand before the last one is boolean."""
    at = need(n.first)
    while True:
        following = at.next
        if following is None:
            return False
        if is_boolean(at):
            return True
        at = following


@noinline
def emit_not(n: Node, target: u32) -> None:
    """Evaluate `not x` into a register."""
    mark = assembler.top
    first = need(n.first)
    if first.kind == NodeKind.AND or first.kind == NodeKind.OR:
        otherwise = new_label()
        done = new_label()
        emit_condition(first, True, otherwise)
        emit(Op.LOAD_BOOL, target, 1, 0)
        emit_jump(done)
        place(otherwise)
        emit(Op.LOAD_BOOL, target, 0, 0)
        place(done)
    elif first.kind == NodeKind.COMPARE and opposite_of(first.extra) != NO_OPERATOR:
        first.extra = opposite_of(first.extra)
        expressions.emit_compare(first, target)
    else:
        register = expressions.operand_in(first, target)
        assembler.position = n.position
        emit(Op.NOT, target, register, 0)
    release(mark)


def opposite_of(operator: u32) -> u32:
    """The comparison that is true exactly if this one is false; NO_OPERATOR if none reports its errors in the same words."""
    match operator:
        case Token.EQUAL_EQUAL:
            return Token.NOT_EQUAL
        case Token.NOT_EQUAL:
            return Token.EQUAL_EQUAL
        case Token.IN:
            return Token.NOT
        case Token.NOT:
            return Token.IN
        case _:
            return NO_OPERATOR


# As results.


@noinline
def emit_result(n: Node) -> None:
    """Return the value of an expression: each branch returns by itself, and conditions return constants."""
    match n.kind:
        case NodeKind.CONDITIONAL:
            emit_conditional_result(n)
        case NodeKind.COMPARE | NodeKind.NOT:
            emit_boolean_result(n)
        case NodeKind.CALL:
            if is_affix_test(n):
                emit_boolean_result(n)
            else:
                emit_plain_result(n)
        case NodeKind.AND | NodeKind.OR:
            if all_boolean(n.first):
                emit_boolean_result(n)
            else:
                emit_connective_result(n)
        case _:
            emit_plain_result(n)


def emit_plain_result(n: Node) -> None:
    """Return the value in a register, or a constant singleton."""
    mark = assembler.top
    if n.kind == NodeKind.CONSTANT and n.value == NONE:
        emit(Op.RETURN_NONE, 0, 0, 0)
    elif n.kind == NodeKind.CONSTANT and is_bool(n.value):
        emit(Op.RETURN_BOOL, 0, u32(n.value == TRUE), 0)
    else:
        register = expressions.operand(n)
        emit(Op.RETURN, register, 0, 0)
    release(mark)


def emit_boolean_result(n: Node) -> None:
    """Return a condition."""
    fails = new_label()
    emit_condition(n, False, fails)
    emit(Op.RETURN_BOOL, 0, 1, 0)
    place(fails)
    emit(Op.RETURN_BOOL, 0, 0, 0)


def emit_conditional_result(n: Node) -> None:
    """Return one of two values."""
    otherwise = new_label()
    emit_condition(need(n.first), False, otherwise)
    known = assembler.assigned
    emit_result(need(n.second))
    restore(known)
    place(otherwise)
    emit_result(need(n.third))


def emit_connective_result(n: Node) -> None:
    """Return the value of an `and` or `or` that need not be boolean."""
    mark = assembler.top
    result = allocate()
    decided = new_label()
    done = new_label()
    last = emit_operands(n, result, decided, done)
    release(mark)
    emit_result(last)
    place(done)
    emit(Op.RETURN, result, 0, 0)
    place(decided)
    if has_boolean_operand(n):
        emit(Op.RETURN_BOOL, 0, u32(n.kind == NodeKind.OR), 0)
