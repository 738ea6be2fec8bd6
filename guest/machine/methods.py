"""Handlers of method calls: `x.name(...)` without making a bound method in between.

The instruction has the number of the name; the receiver's class and that number give the built-in, and the instruction's second
word remembers the last answer. The methods that rules call all the time (`get` of dicts, `startswith` and `endswith` of
strings) have instructions of their own: only those types have them.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Text, Value, cast, noinline, opcode, u32
from guest.heap.operands import (
    high_half,
    low_half,
    operand_b,
    operand_c,
    register_b,
    register_c,
    set_a,
    window_of_a,
    window_of_b,
)
from guest.heap.value import NONE
from guest.heap.views import (
    CodePointer,
    Registers,
    Slots,
    fetch,
    patch,
    pc_after,
    register,
    set_register,
    slot,
)
from guest.library.str_search import begins_with, ends_with
from guest.machine.account import begin_charging, poll
from guest.machine.attributes import get_attribute
from guest.machine.builtins import call_method, receiver_class
from guest.machine.calls import not_callable
from guest.machine.comparisons import constant_of, jump_when
from guest.machine.elements import is_at, remember_position, value_at
from guest.syntax.opcode import NO_OPERAND, Op
from guest.values.dict import Dict, dict_find_interned, dict_get
from guest.values.methods import NO_METHOD, find_method, method_name
from guest.values.text import Str, str_from_text

NUMBER_BITS = 8
"""A hint is `class << NUMBER_BITS | number of the built-in`; 0 is no hint."""
NUMBER_LIMIT = 1 << NUMBER_BITS


@opcode(Op.CALL_METHOD, sets="pc")
def op_call_method(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """Call method number C of R[A] with B positional arguments, and skip the instruction after this one; if R[A] has an
    attribute of the name that is no method of its type, R[A] becomes that, and the next instruction calls it."""
    if call_method_of(window_of_a(base, word), operand_c(word), operand_b(word), pc):
        return pc_after(pc, 2)
    return pc_after(pc, 1)


@noinline
def call_method_of(window: Registers, method: u32, given: u32, pc: CodePointer) -> bool:
    """Look a method up in the receiver's class, or take it from the hint at `pc`, and call it; False if there is none and
    the receiver has been replaced by its attribute."""
    poll()
    begin_charging()
    receiver_type = receiver_class(register(window, 0))
    hint = high_half(fetch(pc))
    number = hint & (NUMBER_LIMIT - 1)
    if hint >> NUMBER_BITS != receiver_type or receiver_type == 0:
        number = find_method(receiver_type, method)
        if number == NO_METHOD:
            set_register(window, 0, get_attribute(window, method_name(method)))
            return False
        if number < NUMBER_LIMIT:
            patch(pc, low_half(fetch(pc)) | (receiver_type << NUMBER_BITS | number) << 16)
    call_method(window, number, given)
    return True


@noinline
def not_a_method(window: Registers, name: Text) -> NoReturn:
    """End with the error of a call of an attribute that the first register does not have as a method."""
    begin_charging()
    not_callable(get_attribute(window, str_from_text(name)))


@opcode(Op.GET, sets="pc")
def op_get(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B].get(R[C], slots[K])"""
    container = register_b(base, word)
    if not isinstance(container, Dict):
        not_a_method(window_of_b(base, word), "get")
    begin_charging()
    value = dict_get(cast(Dict, container), register_c(base, word))
    set_a(base, word, slot(slots, low_half(fetch(pc))) if value == UNDEFINED else value)
    return pc_after(pc, 1)


@opcode(Op.GET_SLOT, sets="pc")
def op_get_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B].get(slots[K], R[C]), or without R[C]; with the inline cache of INDEX_SLOT."""
    pair = fetch(pc)
    container = register_b(base, word)
    key = slot(slots, low_half(pair))
    if isinstance(container, Dict):
        entries = cast(Dict, container).entries
        hint = high_half(pair)
        if is_at(entries, hint, key):
            set_a(base, word, value_at(entries, hint))
            return pc_after(pc, 1)
    value = slow_get_slot(window_of_b(base, word), key, pc)
    if value == UNDEFINED:
        value = NONE if operand_c(word) == NO_OPERAND else register_c(base, word)
    set_a(base, word, value)
    return pc_after(pc, 1)


@noinline
def slow_get_slot(window: Registers, key: Value, pc: CodePointer) -> Value:
    """The value of a constant key in the dict in the first register; UNDEFINED if it is missing."""
    container = register(window, 0)
    if not isinstance(container, Dict):
        not_a_method(window, "get")
    dict = cast(Dict, container)
    if not isinstance(key, Str):
        begin_charging()
        return dict_get(dict, key)
    position = dict_find_interned(dict, cast(Str, key))
    if position < 0:
        return UNDEFINED
    remember_position(pc, u32(position))
    return dict.entries[2 * u32(position) + 1]


@opcode(Op.JUMP_STARTS_SLOT, sets="pc")
def op_jump_starts_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if R[A].startswith(slots[K]) == C: jump J"""
    return jump_when(starts_with(window_of_a(base, word), constant_of(pc, slots)), word, pc)


@noinline
def starts_with(window: Registers, prefix: Value) -> bool:
    """Whether the string in the first register begins with a prefix."""
    receiver = register(window, 0)
    begin_charging()
    if not isinstance(receiver, Str):
        not_a_method(window, "startswith")
    s = cast(Str, receiver)
    return begins_with(s, 0, len(s.data), cast(Str, prefix))


@opcode(Op.JUMP_ENDS_SLOT, sets="pc")
def op_jump_ends_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if R[A].endswith(slots[K]) == C: jump J"""
    return jump_when(finishes_with(window_of_a(base, word), constant_of(pc, slots)), word, pc)


@noinline
def finishes_with(window: Registers, suffix: Value) -> bool:
    """Whether the string in the first register ends with a suffix."""
    receiver = register(window, 0)
    begin_charging()
    if not isinstance(receiver, Str):
        not_a_method(window, "endswith")
    s = cast(Str, receiver)
    return ends_with(s, 0, len(s.data), cast(Str, suffix))
