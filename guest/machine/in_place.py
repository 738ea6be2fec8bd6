"""Handlers of augmented assignment: `+=` extends a list, `|=` updates a dict or set, `-=`, `&=`, `^=` change a set.

For every other operand they do what the plain operators do, whose slow paths they rely on (`operators.py`). A change is
checked and paid for before it happens, or noted so that it can be undone.
"""

from guest.compiler.language import Value, cast, noinline, opcode, u32
from guest.heap.operands import register_b, register_c, set_a
from guest.heap.value import fits_small, from_small, small
from guest.heap.views import Registers
from guest.machine.account import begin_charging
from guest.machine.operators import both_small, slow_sub
from guest.syntax.opcode import Op
from guest.values.arithmetic import binary_add, binary_bit_and, binary_bit_or, binary_bit_xor
from guest.values.dict import Dict, check_mutable, dict_update
from guest.values.dict_undo import forget, note
from guest.values.extend import list_extend
from guest.values.list import List
from guest.values.set import Set, intersection, remove_all, symmetric_difference


@opcode(Op.ADD_IN_PLACE)
def op_add_in_place(word: u32, base: Registers) -> None:
    """R[A] = R[B] += R[C]: a list is extended, anything else added."""
    left = register_b(base, word)
    right = register_c(base, word)
    if both_small(left, right):
        total = small(left) + small(right)
        if fits_small(total):
            set_a(base, word, from_small(total))
            return
    set_a(base, word, slow_add_in_place(left, right))


@noinline
def slow_add_in_place(left: Value, right: Value) -> Value:
    """`x += y` where x is not a small integer."""
    begin_charging()
    if isinstance(left, List):
        list_extend(cast(List, left), right)
        return left
    return binary_add(left, right)


@opcode(Op.OR_IN_PLACE)
def op_or_in_place(word: u32, base: Registers) -> None:
    """R[A] = R[B] |= R[C]: a dict or set is updated, anything else combined."""
    set_a(base, word, slow_or_in_place(register_b(base, word), register_c(base, word)))


@noinline
def slow_or_in_place(left: Value, right: Value) -> Value:
    """`x |= y`."""
    begin_charging()
    if isinstance(left, Dict) and isinstance(right, Dict):
        check_mutable(cast(Dict, left), "apply |= to")
        note(cast(Dict, left))
        dict_update(cast(Dict, left), cast(Dict, right))
        forget()
        return left
    if isinstance(left, Set) and isinstance(right, Set):
        check_mutable(cast(Set, left).elements, "insert into")
        note(cast(Set, left).elements)
        dict_update(cast(Set, left).elements, cast(Set, right).elements)
        forget()
        return left
    return binary_bit_or(left, right)


@opcode(Op.SUB_IN_PLACE)
def op_sub_in_place(word: u32, base: Registers) -> None:
    """R[A] = R[B] -= R[C]: elements are removed from a set, anything else is subtracted."""
    left = register_b(base, word)
    right = register_c(base, word)
    if both_small(left, right):
        difference = small(left) - small(right)
        if fits_small(difference):
            set_a(base, word, from_small(difference))
            return
    set_a(base, word, slow_sub_in_place(left, right))


@noinline
def slow_sub_in_place(left: Value, right: Value) -> Value:
    """`x -= y` where x is not a small integer."""
    if isinstance(left, Set) and isinstance(right, Set):
        begin_charging()
        check_mutable(cast(Set, left).elements, "delete from")
        remove_all(cast(Set, left).elements, cast(Set, right).elements)
        return left
    return slow_sub(left, right)


@opcode(Op.AND_IN_PLACE)
def op_and_in_place(word: u32, base: Registers) -> None:
    """R[A] = R[B] &= R[C]: a set keeps what both have, anything else is combined."""
    set_a(base, word, slow_and_in_place(register_b(base, word), register_c(base, word)))


@noinline
def slow_and_in_place(left: Value, right: Value) -> Value:
    """`x &= y`."""
    begin_charging()
    if isinstance(left, Set) and isinstance(right, Set):
        set = cast(Set, left)
        check_mutable(set.elements, "delete from")
        set.elements = intersection(set.elements, cast(Set, right).elements)
        return left
    return binary_bit_and(left, right)


@opcode(Op.XOR_IN_PLACE)
def op_xor_in_place(word: u32, base: Registers) -> None:
    """R[A] = R[B] ^= R[C]: a set keeps what only one of both has, anything else is combined."""
    set_a(base, word, slow_xor_in_place(register_b(base, word), register_c(base, word)))


@noinline
def slow_xor_in_place(left: Value, right: Value) -> Value:
    """`x ^= y`."""
    begin_charging()
    if isinstance(left, Set) and isinstance(right, Set):
        set = cast(Set, left)
        check_mutable(set.elements, "insert into")
        set.elements = symmetric_difference(set.elements, cast(Set, right).elements)
        return left
    return binary_bit_xor(left, right)
