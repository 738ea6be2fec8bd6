"""Calls: the callee in a register, its arguments in those behind it, the result in the callee's place.

A method that some type has is called by its number, without a bound method in between.
"""

from __future__ import annotations

from guest.compiler.language import need, noinline, u32
from guest.heap.value import NONE
from guest.syntax import assembler
from guest.syntax.assembler import allocate, emit, emit_move, emit_pair, emit_wide, is_free, release
from guest.syntax.expressions import NO_SLOT, emit_to, operand, operand_in, slot_operand
from guest.syntax.node import Node, NodeKind, chain_length, marked, node, text_of
from guest.syntax.opcode import HELD_GET_WORDS, NO_HINT, NO_OPERAND, Op
from guest.syntax.pool import slot_of, slot_of_empty_tuple, slot_of_names
from guest.syntax.tokens import Token
from guest.values.methods import NO_NAME, method_number
from guest.values.text import text_equal
from guest.values.tuple import tuple_new

MAX_PLACED = 128  # positional arguments that get a register each

# What follows the named arguments of CALL_SPREAD.
HAS_ARGS = 1
HAS_KWARGS = 2


def window_at(target: u32) -> u32:
    """The register at which a call's window begins: the target itself if it is the last register in use."""
    if is_free(target) and target + 1 == assembler.top:
        return target
    return allocate()


@noinline
def emit_call(n: Node, target: u32) -> None:
    """Evaluate a call into a register."""
    if is_get(n):
        emit_get(n, target)
        return
    if chain_length(n.second) > MAX_PLACED and is_plain(n.second):
        # `f(*[a, b, ...])`: a list of any length needs few registers.
        gathered = node(NodeKind.LIST, n.position, n.second)
        n.second = marked(NodeKind.SPREAD, n.position, Token.STAR, gathered)
    mark = assembler.top
    base = window_at(target)
    callee = need(n.first)
    if not is_plain(n.second):
        emit_to(callee, base)
        emit_spread(n, base)
    elif callee.kind == NodeKind.ATTRIBUTE and method_number(text_of(callee)) != NO_NAME:
        emit_to(need(callee.first), base)
        count = emit_arguments(n.second)
        assembler.position = n.position
        emit_pair(Op.CALL_METHOD, base, count, method_number(text_of(callee)), slot_of(callee.value), 0)
        # For a receiver whose attribute of this name is a value that it holds, not a method of its type.
        emit(Op.CALL, base, count, 0)
    elif slot_operand(callee) != NO_SLOT:
        count = emit_arguments(n.second)
        assembler.position = n.position
        emit_pair(Op.CALL_SLOT, base, count, 0, slot_operand(callee), 0)
    else:
        emit_to(callee, base)
        count = emit_arguments(n.second)
        assembler.position = n.position
        emit(Op.CALL, base, count, 0)
    emit_move(target, base)
    release(mark)


def is_get(n: Node) -> bool:
    """Whether a call is `x.get(key)` or `x.get(key, default)`, of which one argument is a constant."""
    callee = need(n.first)
    key = n.second
    if callee.kind != NodeKind.ATTRIBUTE or key is None or not is_plain(key):
        return False
    if not text_equal(text_of(callee), "get"):
        return False
    default = key.next
    if default is None:
        return True
    return default.next is None and (key.kind == NodeKind.CONSTANT or default.kind == NodeKind.CONSTANT)


@noinline
def emit_get(n: Node, target: u32) -> None:
    """Evaluate what `is_get` recognizes: most often the lookup in a dict, which needs no call."""
    mark = assembler.top
    key = need(n.second)
    default = key.next
    container = operand_in(need(need(n.first).first), target)
    if key.kind == NodeKind.CONSTANT:
        register = u32(NO_OPERAND) if default is None else operand(default)
        assembler.position = n.position
        emit_pair(Op.GET_SLOT, target, container, register, slot_of(key.value), 0)
        base = emit_held(need(n.first), container)
        emit_wide(Op.LOAD_SLOT, allocate(), slot_of(key.value))
        if default is not None:
            emit(Op.MOVE, allocate(), register, 0)
    else:
        register = operand(key)
        assembler.position = n.position
        count: u32 = 1 if default is None else 2
        value = slot_of(NONE if default is None else default.value)
        emit_pair(Op.GET, target, container, register, value, HELD_GET_WORDS + count)
        base = emit_held(need(n.first), container)
        emit(Op.MOVE, allocate(), register, 0)
        if default is not None:
            emit_wide(Op.LOAD_SLOT, allocate(), value)
    emit(Op.CALL, base, 1 if default is None else 2, 0)
    emit(Op.MOVE, target, base, 0)
    release(mark)


def emit_held(callee: Node, container: u32) -> u32:
    """Begin what follows an instruction for a method: the call of an attribute of its name that `container` holds. The
    instruction skips it unless `container` is of another type. The register of the attribute."""
    base = allocate()
    emit_pair(Op.ATTRIBUTE, base, container, 0, slot_of(callee.value), NO_HINT)
    return base


def is_plain(first: Node | None) -> bool:
    """Whether all arguments are positional."""
    at = first
    while at is not None:
        if at.kind == NodeKind.NAMED or at.kind == NodeKind.SPREAD:
            return False
        at = at.next
    return True


@noinline
def emit_arguments(first: Node | None) -> u32:
    """Evaluate positional arguments into the next registers; how many there are."""
    count: u32 = 0
    at = first
    while at is not None:
        emit_to(at, allocate())
        count += 1
        at = at.next
    return count


@noinline
def emit_spread(n: Node, base: u32) -> None:
    """Evaluate the arguments of a call with names or `*`, and call."""
    positional: u32 = 0
    named: u32 = 0
    spread: u32 = 0
    at = n.second
    while at is not None:
        register = allocate()
        match at.kind:
            case NodeKind.NAMED:
                emit_to(need(at.first), register)
                named += 1
            case NodeKind.SPREAD:
                emit_to(need(at.first), register)
                spread = spread | (HAS_ARGS if at.extra == Token.STAR else HAS_KWARGS)
            case _:
                emit_to(at, register)
                positional += 1
        at = at.next
    names = names_slot(n.second, named)
    assembler.position = n.position
    emit_pair(Op.CALL_SPREAD, base, positional, named, names, spread)


def names_slot(first: Node | None, count: u32) -> u32:
    """The slot of the tuple of argument names."""
    if count == 0:
        return slot_of_empty_tuple()
    names = tuple_new(count)
    index: u32 = 0
    at = first
    while at is not None:
        if at.kind == NodeKind.NAMED:
            names.items[index] = at.value
            index += 1
        at = at.next
    return slot_of_names(names)
