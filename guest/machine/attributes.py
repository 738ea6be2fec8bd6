"""Attributes: methods as bound built-ins, and the keys of event objects.

Method names win over keys, so `event.get` is always the method. A key of an event object is found through the same inline
cache as `event["key"]`; the cache never holds a method name, because such an instruction starts without a hint and
only a key that was found here becomes one. A missing key's error names the nearest one.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, need, noinline, opcode, u32
from guest.heap.operands import high_half, low_half, register_b, set_a
from guest.heap.value import is_pointer, pointer_of
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, slot
from guest.library.iterables import keys_of
from guest.machine import builtins
from guest.machine.account import begin_charging
from guest.machine.builtins import receiver_class
from guest.machine.elements import is_at, remember_position, value_at
from guest.syntax.opcode import Op
from guest.values.dict import RECORD, Dict, dict_find_interned, dict_get
from guest.values.failure import say, say_str, stop
from guest.values.foreign import foreign_attribute, is_foreign
from guest.values.function import Builtin
from guest.values.methods import (
    NO_METHOD,
    find_method,
    find_method_by_name,
    method_count,
    method_name,
    method_number,
)
from guest.values.suggest import say_suggestion
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new
from guest.values.types import say_type


@opcode(Op.ATTRIBUTE, sets="pc")
def op_attribute(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = R[B].slots[K]"""
    pair = fetch(pc)
    receiver = register_b(base, word)
    name = slot(slots, low_half(pair))
    if isinstance(receiver, Dict):
        entries = cast(Dict, receiver).entries
        hint = high_half(pair)
        if is_at(entries, hint, name) and cast(Dict, receiver).flags & RECORD != 0:
            set_a(base, word, value_at(entries, hint))
            return pc_after(pc, 1)
    set_a(base, word, slow_attribute(receiver, cast(Str, name), pc))
    return pc_after(pc, 1)


@noinline
def slow_attribute(receiver: Value, name: Str, pc: CodePointer) -> Value:
    """receiver.name; the position of an event's key becomes the hint at `pc`."""
    begin_charging()
    if is_record(receiver) and not is_method(receiver, name):
        entries = cast(Dict, receiver)
        position = dict_find_interned(entries, name)
        if position >= 0:
            remember_position(pc, u32(position))
            return entries.entries[2 * u32(position) + 1]
    return get_attribute(receiver, name)


@noinline
def get_attribute(receiver: Value, name: Str) -> Value:
    """receiver.name: a bound method, an event's value, or an error that names the nearest attribute."""
    found = find_attribute(receiver, name)
    if found == UNDEFINED:
        if is_record(receiver):
            missing_attribute(cast(Dict, receiver), name)
        no_attribute(receiver, name)
    return found


def find_attribute(receiver: Value, name: Str) -> Value:
    """receiver.name, which need not be interned; UNDEFINED if there is none."""
    number = find_method_by_name(receiver_class(receiver), name)
    if number != NO_METHOD:
        method = cast(Builtin, need(builtins.method_objects)[number])
        return Value(Builtin(number=number, name=method.name, receiver=receiver, signature=method.signature))
    if is_record(receiver):
        return dict_get(cast(Dict, receiver), Value(name))
    if is_pointer(receiver) and is_foreign(pointer_of(receiver)):
        return foreign_attribute(pointer_of(receiver), name)
    return UNDEFINED


def is_record(value: Value) -> bool:
    """Whether a value is an event, or an object inside one."""
    return isinstance(value, Dict) and cast(Dict, value).flags & RECORD != 0


def is_method(receiver: Value, name: Str) -> bool:
    """Whether a name is that of one of the receiver's methods."""
    return find_method(receiver_class(receiver), method_number(name)) != NO_METHOD


def method_names(receiver: Value) -> Tuple:
    """The names of all methods of a value."""
    type_class = receiver_class(receiver)
    count: u32 = 0
    for i in range(method_count()):
        if find_method(type_class, i) != NO_METHOD:
            count += 1
    names = tuple_new(count)
    at: u32 = 0
    for i in range(method_count()):
        if find_method(type_class, i) != NO_METHOD:
            names.items[at] = Value(method_name(i))
            at += 1
    return names


@noinline
def missing_attribute(entries: Dict, name: Str) -> NoReturn:
    """End with the error of a key that an event object does not have."""
    say("dict has no key or method .")
    say_str(name)
    say_suggestion(name, keys_of(entries))
    stop()


@noinline
def no_attribute(receiver: Value, name: Str) -> NoReturn:
    """End with the error of a value without such an attribute."""
    say_type(receiver)
    say(" has no .")
    say_str(name)
    say(" field or method")
    say_suggestion(name, method_names(receiver))
    stop()
