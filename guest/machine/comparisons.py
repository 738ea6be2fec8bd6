"""Handlers of comparisons, as values and fused with a jump.

Equal bits mean equal values (NaN equals NaN in this language, and interned strings are one object), so most equality tests
end after one comparison. Small integers compare inline; the rest goes to `guest/values/compare.py`, which charges by size.
"""

from guest.compiler.language import Value, cast, inline, noinline, opcode, u32
from guest.heap.operands import (
    high_half,
    jump_of,
    operand_c,
    register_a,
    register_b,
    register_c,
    set_a,
)
from guest.heap.state import is_interned
from guest.heap.value import from_bool, small
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, slot
from guest.machine.account import begin_charging
from guest.machine.operators import both_small
from guest.syntax.opcode import Op
from guest.values.charges import charge_bytes, charge_items
from guest.values.compare import equal, may_be_cyclic, order
from guest.values.dict import Dict, dict_find_interned
from guest.values.list import List
from guest.values.sequence import contains, str_contains
from guest.values.text import Str, same_bytes


@inline
def are_equal(left: Value, right: Value) -> bool:
    """left == right"""
    if left == right:
        return not may_be_cyclic(left) or slow_equal(left, right)
    if both_small(left, right):
        return False
    return slow_equal(left, right)


@noinline
def slow_equal(left: Value, right: Value) -> bool:
    """Equality of values whose bits differ, or that may be cyclic."""
    if isinstance(left, Str) and isinstance(right, Str):
        begin_charging()
        return same_text(cast(Str, left), cast(Str, right))
    begin_charging()
    return equal(left, right)


@inline
def same_text(left: Str, right: Str) -> bool:
    """Whether two strings that are not one object have the same content."""
    n = len(left.data)
    if n != len(right.data) or (is_interned(left) and is_interned(right)):
        return False
    charge_bytes(n)
    return same_bytes(left, right)


@inline
def is_less(left: Value, right: Value) -> bool:
    """left < right"""
    if both_small(left, right):
        return small(left) < small(right)
    return slow_less(left, right)


@inline
def is_less_equal(left: Value, right: Value) -> bool:
    """left <= right"""
    if both_small(left, right):
        return small(left) <= small(right)
    return slow_less_equal(left, right)


@inline
def is_greater(left: Value, right: Value) -> bool:
    """left > right"""
    if both_small(left, right):
        return small(left) > small(right)
    return slow_greater(left, right)


@inline
def is_greater_equal(left: Value, right: Value) -> bool:
    """left >= right"""
    if both_small(left, right):
        return small(left) >= small(right)
    return slow_greater_equal(left, right)


@noinline
def slow_less(left: Value, right: Value) -> bool:
    """left < right where one is not a small integer."""
    begin_charging()
    return order(left, right, "<") < 0


@noinline
def slow_less_equal(left: Value, right: Value) -> bool:
    """left <= right where one is not a small integer."""
    begin_charging()
    return order(left, right, "<=") <= 0


@noinline
def slow_greater(left: Value, right: Value) -> bool:
    """left > right where one is not a small integer."""
    begin_charging()
    return order(left, right, ">") > 0


@noinline
def slow_greater_equal(left: Value, right: Value) -> bool:
    """left >= right where one is not a small integer."""
    begin_charging()
    return order(left, right, ">=") >= 0


@noinline
def slow_has(container: Value, item: Value) -> bool:
    """item in container, of any type."""
    begin_charging()
    return contains(container, item)


@opcode(Op.EQUAL)
def op_equal(word: u32, base: Registers) -> None:
    """R[A] = R[B] == R[C]"""
    set_a(base, word, from_bool(are_equal(register_b(base, word), register_c(base, word))))


@opcode(Op.NOT_EQUAL)
def op_not_equal(word: u32, base: Registers) -> None:
    """R[A] = R[B] != R[C]"""
    set_a(base, word, from_bool(not are_equal(register_b(base, word), register_c(base, word))))


@opcode(Op.LESS)
def op_less(word: u32, base: Registers) -> None:
    """R[A] = R[B] < R[C]"""
    set_a(base, word, from_bool(is_less(register_b(base, word), register_c(base, word))))


@opcode(Op.LESS_EQUAL)
def op_less_equal(word: u32, base: Registers) -> None:
    """R[A] = R[B] <= R[C]"""
    set_a(base, word, from_bool(is_less_equal(register_b(base, word), register_c(base, word))))


@opcode(Op.GREATER)
def op_greater(word: u32, base: Registers) -> None:
    """R[A] = R[B] > R[C]"""
    set_a(base, word, from_bool(is_greater(register_b(base, word), register_c(base, word))))


@opcode(Op.GREATER_EQUAL)
def op_greater_equal(word: u32, base: Registers) -> None:
    """R[A] = R[B] >= R[C]"""
    set_a(base, word, from_bool(is_greater_equal(register_b(base, word), register_c(base, word))))


@opcode(Op.IN)
def op_in(word: u32, base: Registers) -> None:
    """R[A] = R[B] in R[C]"""
    set_a(base, word, from_bool(slow_has(register_c(base, word), register_b(base, word))))


@opcode(Op.NOT_IN)
def op_not_in(word: u32, base: Registers) -> None:
    """R[A] = R[B] not in R[C]"""
    set_a(base, word, from_bool(not slow_has(register_c(base, word), register_b(base, word))))


@inline
def jump_when(found: bool, word: u32, pc: CodePointer) -> CodePointer:
    """Where a fused comparison goes on: its jump is taken if the outcome is what C asks for."""
    return pc_after(pc, 1 + (jump_of(fetch(pc)) if u32(found) == operand_c(word) else 0))


@opcode(Op.JUMP_EQUAL, sets="pc")
def op_jump_equal(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if (R[A] == R[B]) == C: jump J"""
    return jump_when(are_equal(register_a(base, word), register_b(base, word)), word, pc)


@opcode(Op.JUMP_LESS, sets="pc")
def op_jump_less(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if (R[A] < R[B]) == C: jump J"""
    return jump_when(is_less(register_a(base, word), register_b(base, word)), word, pc)


@opcode(Op.JUMP_LESS_EQUAL, sets="pc")
def op_jump_less_equal(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if (R[A] <= R[B]) == C: jump J"""
    return jump_when(is_less_equal(register_a(base, word), register_b(base, word)), word, pc)


@opcode(Op.JUMP_GREATER, sets="pc")
def op_jump_greater(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if (R[A] > R[B]) == C: jump J"""
    return jump_when(is_greater(register_a(base, word), register_b(base, word)), word, pc)


@opcode(Op.JUMP_GREATER_EQUAL, sets="pc")
def op_jump_greater_equal(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if (R[A] >= R[B]) == C: jump J"""
    return jump_when(is_greater_equal(register_a(base, word), register_b(base, word)), word, pc)


@opcode(Op.JUMP_IN, sets="pc")
def op_jump_in(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """if (R[A] in R[B]) == C: jump J"""
    return jump_when(slow_has(register_b(base, word), register_a(base, word)), word, pc)


@inline
def constant_of(pc: CodePointer, slots: Slots) -> Value:
    """slots[K] of the jump pair at `pc`."""
    return slot(slots, high_half(fetch(pc)))


@opcode(Op.JUMP_EQUAL_SLOT, sets="pc")
def op_jump_equal_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (R[A] == slots[K]) == C: jump J"""
    return jump_when(are_equal(register_a(base, word), constant_of(pc, slots)), word, pc)


@opcode(Op.JUMP_LESS_SLOT, sets="pc")
def op_jump_less_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (R[A] < slots[K]) == C: jump J"""
    return jump_when(is_less(register_a(base, word), constant_of(pc, slots)), word, pc)


@opcode(Op.JUMP_LESS_EQUAL_SLOT, sets="pc")
def op_jump_less_equal_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (R[A] <= slots[K]) == C: jump J"""
    return jump_when(is_less_equal(register_a(base, word), constant_of(pc, slots)), word, pc)


@opcode(Op.JUMP_GREATER_SLOT, sets="pc")
def op_jump_greater_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (R[A] > slots[K]) == C: jump J"""
    return jump_when(is_greater(register_a(base, word), constant_of(pc, slots)), word, pc)


@opcode(Op.JUMP_GREATER_EQUAL_SLOT, sets="pc")
def op_jump_greater_equal_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (R[A] >= slots[K]) == C: jump J"""
    return jump_when(is_greater_equal(register_a(base, word), constant_of(pc, slots)), word, pc)


@opcode(Op.JUMP_IN_SLOT, sets="pc")
def op_jump_in_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (R[A] in slots[K]) == C: jump J"""
    return jump_when(slow_has(constant_of(pc, slots), register_a(base, word)), word, pc)


@opcode(Op.JUMP_SLOT_IN, sets="pc")
def op_jump_slot_in(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if (slots[K] in R[A]) == C: jump J"""
    return jump_when(constant_in(register_a(base, word), constant_of(pc, slots)), word, pc)


@noinline
def constant_in(container: Value, item: Value) -> bool:
    """A constant in a container: a constant string is interned, so a dict finds it by its pointer."""
    begin_charging()
    if isinstance(container, Dict) and isinstance(item, Str) and is_interned(cast(Str, item)):
        return dict_find_interned(cast(Dict, container), cast(Str, item)) >= 0
    if isinstance(container, Str) and isinstance(item, Str):
        return str_contains(cast(Str, container), cast(Str, item))
    if isinstance(container, List) and isinstance(item, Str):
        return list_has_text(cast(List, container), cast(Str, item))
    return contains(container, item)


@inline
def list_has_text(items: List, item: Str) -> bool:
    """Whether a string is in a list; costs what `contains` would cost."""
    charge_items(items.count)
    for i in range(items.count):
        other = items.items[i]
        if other == Value(item) or (isinstance(other, Str) and same_text(cast(Str, other), item)):
            return True
    return False
