"""Handlers of method calls: `x.name(...)` without making a bound method in between.

The instruction has the number of the name; the receiver's class and that number give the built-in, and the instruction's second
word remembers the last answer. The methods that rules call all the time (`get` of dicts, `startswith` and `endswith` of
strings) have instructions of their own. Every such instruction is followed by a plain call of the attribute of its name, for
receivers that hold a function under that name, as a struct may.
"""

from guest.compiler.language import UNDEFINED, Value, cast, i32, inline, noinline, opcode, u32
from guest.heap.operands import (
    high_half,
    jump_of,
    low_half,
    operand_b,
    operand_c,
    register_a,
    register_b,
    register_c,
    set_a,
    window_of_a,
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
from guest.library.str_search import touches
from guest.machine.account import begin_charging, poll
from guest.machine.attributes import get_attribute
from guest.machine.builtins import call_method, receiver_class
from guest.machine.comparisons import constant_of
from guest.machine.elements import is_at, remember_position, value_at
from guest.syntax.opcode import HELD_AFFIX_WORDS, HELD_GET_WORDS, NO_OPERAND, Op
from guest.values.dict import Dict, dict_find_interned, dict_get
from guest.values.methods import NO_METHOD, find_method, method_name
from guest.values.text import Str

NUMBER_BITS = 8
"""A hint is `class << NUMBER_BITS | number of the built-in`; 0 is no hint."""
NUMBER_LIMIT = 1 << NUMBER_BITS
NO_STRING = 2
"""The outcome of a test of an affix where the receiver is of another type."""


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


@opcode(Op.GET, sets="pc")
def op_get(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B].get(R[C], slots[K]), if R[B] is a dict."""
    container = register_b(base, word)
    if not isinstance(container, Dict):
        return pc_after(pc, 1)
    begin_charging()
    value = dict_get(cast(Dict, container), register_c(base, word))
    pair = fetch(pc)
    set_a(base, word, slot(slots, low_half(pair)) if value == UNDEFINED else value)
    return pc_after(pc, 1 + i32(high_half(pair)))


@opcode(Op.GET_SLOT, sets="pc")
def op_get_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B].get(slots[K], R[C]), or without R[C], if R[B] is a dict; with the inline cache of INDEX_SLOT."""
    pair = fetch(pc)
    container = register_b(base, word)
    if not isinstance(container, Dict):
        return pc_after(pc, 1)
    key = slot(slots, low_half(pair))
    entries = cast(Dict, container).entries
    hint = high_half(pair)
    has_default = operand_c(word) != NO_OPERAND
    after = pc_after(pc, 1 + HELD_GET_WORDS + 1 + i32(u32(has_default)))
    if is_at(entries, hint, key):
        set_a(base, word, value_at(entries, hint))
        return after
    value = slow_get_slot(cast(Dict, container), key, pc)
    if value == UNDEFINED:
        value = register_c(base, word) if has_default else NONE
    set_a(base, word, value)
    return after


@noinline
def slow_get_slot(dict: Dict, key: Value, pc: CodePointer) -> Value:
    """The value of a constant key; UNDEFINED if it is missing."""
    begin_charging()
    if not isinstance(key, Str):
        return dict_get(dict, key)
    position = dict_find_interned(dict, cast(Str, key))
    if position < 0:
        return UNDEFINED
    remember_position(pc, u32(position))
    return dict.entries[2 * u32(position) + 1]


@opcode(Op.JUMP_STARTS_SLOT, sets="pc")
def op_jump_starts_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if R[A].startswith(slots[K]) == C: jump J, if R[A] is a string"""
    return jump_when_affix(starts_with(register_a(base, word), constant_of(pc, slots)), word, pc)


@noinline
def starts_with(receiver: Value, prefix: Value) -> u32:
    """Whether a string begins with a prefix, as 0 or 1; NO_STRING if it is none."""
    begin_charging()
    if not isinstance(receiver, Str):
        return NO_STRING
    s = cast(Str, receiver)
    return u32(touches(s, 0, len(s.data), cast(Str, prefix), False))


@opcode(Op.JUMP_ENDS_SLOT, sets="pc")
def op_jump_ends_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """if R[A].endswith(slots[K]) == C: jump J, if R[A] is a string"""
    return jump_when_affix(finishes_with(register_a(base, word), constant_of(pc, slots)), word, pc)


@noinline
def finishes_with(receiver: Value, suffix: Value) -> u32:
    """Whether a string ends with a suffix, as 0 or 1; NO_STRING if it is none."""
    begin_charging()
    if not isinstance(receiver, Str):
        return NO_STRING
    s = cast(Str, receiver)
    return u32(touches(s, 0, len(s.data), cast(Str, suffix), True))


@inline
def jump_when_affix(found: u32, word: u32, pc: CodePointer) -> CodePointer:
    """Where the test of an affix goes on: at its jump, after what is for other types, or with that."""
    if found == operand_c(word):
        return pc_after(pc, 1 + jump_of(fetch(pc)))
    return pc_after(pc, 1 if found == NO_STRING else 1 + HELD_AFFIX_WORDS)
