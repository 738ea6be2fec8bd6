"""Displays: lists, tuples, dicts and f-strings.

Short ones gather their elements in registers; long ones grow element by element, so that a display of any length needs few.
"""

from __future__ import annotations

from guest.compiler.language import need, noinline, u32, u64
from guest.syntax import assembler
from guest.syntax.assembler import (
    allocate,
    emit,
    emit_move,
    emit_operands,
    emit_pair,
    emit_wide,
    is_free,
    release,
)
from guest.syntax.expressions import emit_constant, emit_to, operand
from guest.syntax.node import Node, NodeKind, chain_length, text_of
from guest.syntax.opcode import KEYED_PER_WORD, MOST_KEYED, Op
from guest.syntax.pool import slot_of, slot_of_names
from guest.values.text import Str
from guest.values.tuple import tuple_new

GATHERED = 32  # elements that are evaluated into registers before the object is made
MAX_KNOWN_KEYS = 16  # keys that are compared with each other at compile time
MAX_ROOM = 0xFFFF  # what MAKE_DICT holds


@noinline
def emit_sequence(n: Node, target: u32) -> None:
    """Evaluate a list or a tuple."""
    mark = assembler.top
    count = chain_length(n.first)
    first = assembler.top
    at = n.first
    gathered: u32 = 0
    result = target
    if count > GATHERED and not is_free(target):
        result = allocate()
        first = assembler.top
    while at is not None and gathered < GATHERED:
        emit_to(at, allocate())
        gathered += 1
        at = at.next
    assembler.position = n.position
    if n.kind == NodeKind.TUPLE and count <= GATHERED:
        emit(Op.MAKE_TUPLE, result, first, gathered)
    else:
        emit(Op.MAKE_LIST, result, first, gathered)
    release(first)
    while at is not None:
        element = operand(at)
        emit(Op.LIST_APPEND, result, element, 0)
        release(first)
        at = at.next
    if n.kind == NodeKind.TUPLE and count > GATHERED:
        emit(Op.LIST_TO_TUPLE, target, result, 0)
    else:
        emit_move(target, result)
    release(mark)


@noinline
def emit_dict(n: Node, target: u32) -> None:
    """Evaluate a dict. Keys that are different constants need no search for a duplicate; a few of them are one object."""
    distinct = has_distinct_keys(n.first)
    count = chain_length(n.first)
    if distinct and count != 0 and count <= MOST_KEYED:
        emit_keyed(n, target, count)
        return
    mark = assembler.top
    result = target if is_free(target) else allocate()
    assembler.position = n.position
    emit_wide(Op.MAKE_DICT, result, min(count, u32(MAX_ROOM)))
    entry = n.first
    while entry is not None:
        inner = assembler.top
        key = need(entry.first)
        if distinct:
            value = operand(need(entry.second))
            assembler.position = entry.position
            emit_pair(Op.DICT_ADD_SLOT, result, value, 0, slot_of(key.value), 0)
        else:
            register = operand(key)
            value = operand(need(entry.second))
            assembler.position = entry.position
            emit(Op.DICT_PUT_UNIQUE, result, register, value)
        release(inner)
        entry = entry.next
    emit_move(target, result)
    release(mark)


def emit_keyed(n: Node, target: u32, count: u32) -> None:
    """Evaluate a dict of a few constant keys: the values first, each wherever it is, then all at once."""
    mark = assembler.top
    keys = tuple_new(count)
    registers: u64 = 0
    entry = n.first
    for i in range(count):
        keys.items[i] = need(need(entry).first).value
        registers |= u64(operand(need(need(entry).second))) << u64(8 * i)
        entry = need(entry).next
    assembler.position = n.position
    emit_pair(Op.MAKE_KEYED, target, count, 0, slot_of_names(keys), 0)
    for word in range((count + KEYED_PER_WORD - 1) // KEYED_PER_WORD):
        emit_operands(u32(registers >> u64(32 * word)))
    release(mark)


def has_distinct_keys(first: Node | None) -> bool:
    """Whether the keys of a short display are strings that all differ: literals are interned."""
    count: u32 = 0
    entry = first
    while entry is not None:
        key = need(entry.first)
        count += 1
        if key.kind != NodeKind.CONSTANT or not isinstance(key.value, Str) or count > MAX_KNOWN_KEYS:
            return False
        earlier = need(first)
        while earlier is not entry:
            if need(earlier.first).value == key.value:
                return False
            earlier = need(earlier.next)
        entry = entry.next
    return True


@noinline
def emit_format(n: Node, target: u32) -> None:
    """Evaluate an f-string: its pieces as strings in a row, then their concatenation."""
    mark = assembler.top
    first = assembler.top
    count: u32 = 0
    at = n.first
    while at is not None:
        if at.kind != NodeKind.CONSTANT or len(text_of(at).data) != 0:
            if count == GATHERED:
                emit(Op.CONCATENATE, first, first, count)
                release(first + 1)
                count = 1
            emit_piece(at, allocate())
            count += 1
        at = at.next
    assembler.position = n.position
    if count == 0:
        emit_constant(need(n.first).value, target)
    elif count == 1:
        emit_move(target, first)
    else:
        emit(Op.CONCATENATE, target, first, count)
    release(mark)


def emit_piece(piece: Node, register: u32) -> None:
    """Evaluate a piece of an f-string to a string."""
    if piece.kind == NodeKind.CONSTANT:
        emit_constant(piece.value, register)
        return
    mark = assembler.top
    value = operand(need(piece.first))
    assembler.position = piece.position
    emit(Op.TO_STRING, register, value, piece.extra)
    release(mark)
