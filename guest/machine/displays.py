"""Handlers that build values: list, tuple and dict displays, comprehensions, unpacking, f-strings.

All of them charge before their first effect. Elements are read from registers one by one, after the allocation, because
the registers are roots and an allocation may move what they point to.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Value,
    cast,
    i32,
    i64,
    inline,
    noinline,
    opcode,
    u32,
    u64,
)
from guest.heap.operands import (
    low_half,
    operand_a,
    operand_b,
    operand_bx,
    operand_c,
    register_a,
    register_b,
    register_c,
    set_a,
)
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, register, set_register, slot
from guest.machine.account import begin_charging
from guest.syntax.opcode import KEYED_PER_WORD, Op
from guest.values.builder import add_str, builder_new, finish
from guest.values.charges import charge_items
from guest.values.describe import say_repr
from guest.values.dict import MIN_CAPACITY, Dict, dict_add, dict_find, dict_new, dict_put, entry_key
from guest.values.elements import Elements, element_at, element_size, elements_count, elements_end
from guest.values.failure import say, say_int, stop
from guest.values.list import List, list_append, list_of
from guest.values.range import Range, range_item
from guest.values.repr import repr_into, str_into
from guest.values.set import Set
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_from, tuple_new
from guest.values.types import say_type


@opcode(Op.MAKE_LIST)
def op_make_list(word: u32, base: Registers) -> None:
    """R[A] = [R[B] ... R[B+C-1]]"""
    make_list(base, operand_a(word), operand_b(word), operand_c(word))


@noinline
def make_list(base: Registers, target: u32, first: u32, count: u32) -> None:
    """A list of `count` registers."""
    begin_charging()
    charge_items(count)
    items = Array[Value](count)
    for i in range(count):
        items[i] = register(base, first + i)
    set_register(base, target, Value(list_of(items)))


@opcode(Op.MAKE_TUPLE)
def op_make_tuple(word: u32, base: Registers) -> None:
    """R[A] = (R[B] ... R[B+C-1])"""
    begin_charging()
    result = tuple_of_registers(base, operand_b(word), operand_c(word))
    set_a(base, word, Value(result))


@noinline
def tuple_of_registers(base: Registers, first: u32, count: u32) -> Tuple:
    """A tuple of `count` registers."""
    result = tuple_new(count)
    for i in range(count):
        result.items[i] = register(base, first + i)
    return result


@opcode(Op.LIST_APPEND)
def op_list_append(word: u32, base: Registers) -> None:
    """Append R[B] to the list R[A], which nobody else has seen yet."""
    items = cast(List, register_a(base, word))
    if items.count < len(items.items):
        items.items[items.count] = register_b(base, word)
        items.count += 1
    else:
        append_slowly(items, register_b(base, word))


@noinline
def append_slowly(items: List, value: Value) -> None:
    """Append to a list that is full."""
    begin_charging()
    list_append(items, value)


@opcode(Op.LIST_TO_TUPLE)
def op_list_to_tuple(word: u32, base: Registers) -> None:
    """R[A] = tuple of the list R[B]"""
    set_a(base, word, tuple_of_list(register_b(base, word)))


@noinline
def tuple_of_list(value: Value) -> Value:
    """The elements of a list as a tuple."""
    begin_charging()
    items = cast(List, value)
    return Value(tuple_from(items.items, 0, items.count))


@opcode(Op.MAKE_DICT)
def op_make_dict(word: u32, base: Registers) -> None:
    """R[A] = {} with room for Bx entries"""
    set_a(base, word, make_dict(operand_bx(word)))


@noinline
def make_dict(room: u32) -> Value:
    """An empty dict."""
    begin_charging()
    return Value(dict_new(room))


@opcode(Op.DICT_PUT)
def op_dict_put(word: u32, base: Registers) -> None:
    """R[A][R[B]] = R[C] in a comprehension's dict"""
    put(register_a(base, word), register_b(base, word), register_c(base, word))


@noinline
def put(entries: Value, key: Value, value: Value) -> None:
    """Set an entry."""
    begin_charging()
    dict_put(cast(Dict, entries), key, value)


@opcode(Op.DICT_PUT_UNIQUE)
def op_dict_put_unique(word: u32, base: Registers) -> None:
    """R[A][R[B]] = R[C] in a display, where a key may come once"""
    put_unique(register_a(base, word), register_b(base, word), register_c(base, word))


@noinline
def put_unique(entries: Value, key: Value, value: Value) -> None:
    """Set an entry that is not there yet."""
    begin_charging()
    if dict_find(cast(Dict, entries), key) >= 0:
        say("duplicate key: ")
        say_repr(key)
        stop()
    dict_put(cast(Dict, entries), key, value)


@opcode(Op.DICT_ADD_SLOT, sets="pc")
def op_dict_add_slot(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A][slots[K]] = R[B], for a constant string that is certainly not in R[A]"""
    add_constant(register_a(base, word), slot(slots, low_half(fetch(pc))), register_b(base, word))
    return pc_after(pc, 1)


@noinline
def add_constant(entries: Value, key: Value, value: Value) -> None:
    """Add an entry whose key is new."""
    begin_charging()
    dict_add(cast(Dict, entries), key, value)


@opcode(Op.MAKE_KEYED, sets="pc")
def op_make_keyed(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = a dict with the B strings of the tuple slots[K] as keys"""
    count = operand_b(word)
    set_a(base, word, make_keyed(slot(slots, low_half(fetch(pc))), pc_after(pc, 1), base, count))
    return pc_after(pc, 1 + i32((count + (KEYED_PER_WORD - 1)) // KEYED_PER_WORD))


@noinline
def make_keyed(keys: Value, operands: CodePointer, base: Registers, count: u32) -> Value:
    """The dict of a display with a few constant keys; the code words at `operands` name the registers of its values."""
    begin_charging()
    if count > MIN_CAPACITY:
        made = dict_new(count)
        fill_entries(made.entries, cast(Tuple, keys), operands, base, count)
        made.count = count
        made.used = count
        return Value(made)
    # Nothing is allocated before the new array is full: its stores need no barrier.
    entries = Array[Value](2 * MIN_CAPACITY)
    fill_entries(entries, cast(Tuple, keys), operands, base, count)
    return Value(Dict(identity=0, count=count, used=count, locks=0, entries=entries, index=None))


@inline
def fill_entries(
    entries: Array[Value], keys: Tuple, operands: CodePointer, base: Registers, count: u32
) -> None:
    """Write keys and values of a display, four registers to a code word."""
    word: u32 = 0
    for i in range(count):
        if i % KEYED_PER_WORD == 0:
            word = fetch(pc_after(operands, i32(i // KEYED_PER_WORD)))
        entries[2 * i] = keys.items[i]
        entries[2 * i + 1] = register(base, word & 255)
        word = word >> 8


@opcode(Op.UNPACK)
def op_unpack(word: u32, base: Registers) -> None:
    """R[A] ... R[A+C-1] = the C elements of R[B]"""
    unpack(base, operand_a(word), register_b(base, word), operand_c(word))


@noinline
def unpack(base: Registers, first: u32, value: Value, count: u32) -> None:
    """Spread a sequence of exactly `count` elements over registers."""
    if isinstance(value, Tuple):
        check_unpack(value, u32(len(cast(Tuple, value).items)), count)
        for i in range(count):
            set_register(base, first + i, cast(Tuple, value).items[i])
    elif isinstance(value, List):
        check_unpack(value, cast(List, value).count, count)
        for i in range(count):
            set_register(base, first + i, cast(List, value).items[i])
    elif isinstance(value, Range):
        check_unpack(value, u32(min(cast(Range, value).count, 0xFFFFFFFF)), count)
        for i in range(count):
            set_register(base, first + i, range_item(cast(Range, value), u64(i)))
    elif isinstance(value, Dict):
        check_unpack(value, cast(Dict, value).count, count)
        unpack_keys(base, first, cast(Dict, value))
    elif isinstance(value, Set):
        check_unpack(value, cast(Set, value).elements.count, count)
        unpack_keys(base, first, cast(Set, value).elements)
    elif isinstance(value, Elements):
        check_unpack(value, elements_count(cast(Elements, value)), count)
        unpack_elements(base, first, cast(Elements, value))
    else:
        say("got ")
        say_type(value)
        say(" in sequence assignment")
        if isinstance(value, Str):
            say(" (a string has no elements; for keys with values, iterate over d.items())")
        stop()


def unpack_keys(base: Registers, first: u32, entries: Dict) -> None:
    """Spread the keys of a dict over registers."""
    target = first
    for i in range(entries.used):
        key = entry_key(entries, i)
        if key != UNDEFINED:
            set_register(base, target, key)
            target += 1


def unpack_elements(base: Registers, first: u32, elements: Elements) -> None:
    """Spread the elements of a string or bytes over registers."""
    target = first
    offset: u32 = 0
    while offset < elements_end(elements):
        set_register(base, target, element_at(elements, offset))
        target += 1
        offset += element_size(elements, offset)


def check_unpack(value: Value, have: u32, want: u32) -> None:
    """Refuse a sequence of the wrong length."""
    if have != want:
        say("too many values to unpack (got " if have > want else "too few values to unpack (got ")
        say_int(i64(have))
        say(", want ")
        say_int(i64(want))
        say(")")
        stop()


@opcode(Op.TO_STRING)
def op_to_string(word: u32, base: Registers) -> None:
    """R[A] = repr(R[B]) if C else str(R[B])"""
    set_a(base, word, to_string(register_b(base, word), operand_c(word) != 0))


@noinline
def to_string(value: Value, quoted: bool) -> Value:
    """The text of a value, as an f-string shows it."""
    if isinstance(value, Str) and not quoted:
        return value
    begin_charging()
    builder = builder_new()
    if quoted:
        repr_into(builder, value)
    else:
        str_into(builder, value)
    return Value(finish(builder))


@opcode(Op.CONCATENATE)
def op_concatenate(word: u32, base: Registers) -> None:
    """R[A] = the concatenation of the C strings from R[B]"""
    set_a(base, word, concatenate_registers(base, operand_b(word), operand_c(word)))


@noinline
def concatenate_registers(base: Registers, first: u32, count: u32) -> Value:
    """The concatenation of `count` strings in registers."""
    begin_charging()
    builder = builder_new()
    for i in range(count):
        add_str(builder, cast(Str, register(base, first + i)))
    return Value(finish(builder))
