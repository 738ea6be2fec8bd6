"""Handlers of `x[k]`, `x[k] = v` and slices, with an inline cache for constant keys of dicts.

The cache is the entry position at which the instruction last found its key, kept in the instruction's second word. A
constant key is interned and dicts store interned pointers, so one comparison of pointers validates it. A cache
must not show in the fuel: finding a constant key that is there charges nothing, whether the cache knows it or not.
"""

from guest.compiler.language import Array, Value, cast, i64, inline, noinline, opcode, u32
from guest.heap.operands import (
    high_half,
    low_half,
    operand_b,
    register_a,
    register_b,
    register_c,
    set_a,
)
from guest.heap.value import is_small, small
from guest.heap.views import CodePointer, Registers, Slots, fetch, patch, pc_after, register, slot, slots_of
from guest.machine.account import begin_charging
from guest.syntax.opcode import Op
from guest.values.dict import Dict, dict_find_interned, dict_put, dict_put_constant
from guest.values.list import List
from guest.values.sequence import get_index, missing_key, set_index
from guest.values.slices import get_slice
from guest.values.text import Str

MAX_HINT = 0xFFFE


@opcode(Op.INDEX)
def op_index(word: u32, base: Registers) -> None:
    """R[A] = R[B][R[C]]"""
    container = register_b(base, word)
    key = register_c(base, word)
    if isinstance(container, List) and is_small(key):
        items = cast(List, container)
        index = small(key)
        if index >= 0 and index < i64(items.count):
            set_a(base, word, items.items[u32(index)])
            return
    set_a(base, word, slow_index(container, key))


@noinline
def slow_index(container: Value, key: Value) -> Value:
    """container[key], of any type."""
    begin_charging()
    return get_index(container, key)


@opcode(Op.INDEX_SLOT, sets="pc")
def op_index_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B][slots[K]], K constant"""
    pair = fetch(pc)
    container = register_b(base, word)
    key = slot(slots, low_half(pair))
    if isinstance(container, Dict):
        entries = cast(Dict, container).entries
        hint = high_half(pair)
        if is_at(entries, hint, key):
            set_a(base, word, value_at(entries, hint))
            return pc_after(pc, 1)
    set_a(base, word, slow_index_slot(container, key, pc))
    return pc_after(pc, 1)


@inline
def is_at(entries: Array[Value], hint: u32, key: Value) -> bool:
    """Whether the entry at a hinted position has a constant key; unused entries have the key UNDEFINED.

    Entries are read as slots, unchecked, within one statement: the length has just been looked at.
    """
    return 2 * hint < len(entries) and slot(slots_of(entries), 2 * hint) == key


@inline
def value_at(entries: Array[Value], position: u32) -> Value:
    """The value of the entry for which `is_at` holds."""
    return slot(slots_of(entries), 2 * position + 1)


@noinline
def slow_index_slot(container: Value, key: Value, pc: CodePointer) -> Value:
    """container[key] for a constant key; a dict's entry position becomes the hint at `pc`."""
    begin_charging()
    if isinstance(container, Dict) and isinstance(key, Str):
        entries = cast(Dict, container)
        position = dict_find_interned(entries, cast(Str, key))
        if position < 0:
            missing_key(key, container)
        remember_position(pc, u32(position))
        return entries.entries[2 * u32(position) + 1]
    return get_index(container, key)


@inline
def remember_position(pc: CodePointer, position: u32) -> None:
    """Make an entry position the hint of the instruction whose second word is at `pc`."""
    if position <= MAX_HINT:
        patch(pc, low_half(fetch(pc)) | position << 16)


@opcode(Op.SET_INDEX)
def op_set_index(word: u32, base: Registers) -> None:
    """R[A][R[B]] = R[C]"""
    container = register_a(base, word)
    if isinstance(container, Dict):
        begin_charging()
        dict_put(cast(Dict, container), register_b(base, word), register_c(base, word))
    else:
        slow_set_index(container, register_b(base, word), register_c(base, word))


@noinline
def slow_set_index(container: Value, key: Value, value: Value) -> None:
    """container[key] = value, of any type."""
    begin_charging()
    set_index(container, key, value)


@opcode(Op.SET_INDEX_SLOT, sets="pc")
def op_set_index_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A][slots[K]] = R[B], K constant"""
    container = register_a(base, word)
    key = slot(slots, low_half(fetch(pc)))
    if isinstance(container, Dict):
        begin_charging()
        dict_put_constant(cast(Dict, container), key, register_b(base, word))
    else:
        slow_set_index(container, key, register_b(base, word))
    return pc_after(pc, 1)


@opcode(Op.SLICE)
def op_slice(word: u32, base: Registers) -> None:
    """R[A] = R[B][R[B+1] : R[B+2] : R[B+3]]"""
    set_a(base, word, slice_of(base, operand_b(word)))


@noinline
def slice_of(base: Registers, first: u32) -> Value:
    """The slice whose sequence is in register `first` and whose bounds and step follow."""
    begin_charging()
    return get_slice(
        register(base, first), register(base, first + 1), register(base, first + 2), register(base, first + 3)
    )
