"""Attributes: methods as bound built-ins, computed properties, members of namespaces, and the keys of event objects.

Method names win over keys, so `event.get` is always the method. A key of an event object is found through the same inline
cache as `event["key"]`; the cache never holds a method name, because such an instruction starts without a hint and
only a key that was found here becomes one. A missing key's error names the nearest one.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, copy_items, need, noinline, opcode, u32
from guest.heap.operands import high_half, low_half, register_a, register_b, set_a, window_of_b
from guest.heap.value import NONE
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, register, slot
from guest.library.iterables import keys_of
from guest.library.namespace import Namespace, namespace_member
from guest.machine import builtins
from guest.machine.account import begin_charging
from guest.machine.builtins import receiver_class
from guest.machine.elements import is_at, remember_position, value_at
from guest.machine.foreign_names import ATTRIBUTES
from guest.machine.properties import NO_PROPERTY, find_property, get_property, names_of_properties
from guest.syntax.opcode import Op
from guest.values.dict import RECORD, Dict, dict_find_interned, dict_get
from guest.values.failure import say, say_str, stop
from guest.values.function import Builtin
from guest.values.glossary import say_hint
from guest.values.methods import (
    NO_METHOD,
    find_method,
    find_method_by_name,
    method_count,
    method_name,
    method_number,
)
from guest.values.struct import Struct, struct_get
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
        if is_at(entries, hint, name) and cast(Dict, receiver).identity & RECORD != 0:
            set_a(base, word, value_at(entries, hint))
            return pc_after(pc, 1)
    set_a(base, word, slow_attribute(window_of_b(base, word), cast(Str, name), pc))
    return pc_after(pc, 1)


@noinline
def slow_attribute(window: Registers, name: Str, pc: CodePointer) -> Value:
    """The attribute of the value in the first register; the position of an event's key becomes the hint at `pc`."""
    begin_charging()
    receiver = register(window, 0)
    if is_record(receiver) and not is_method(receiver, name):
        entries = cast(Dict, receiver)
        position = dict_find_interned(entries, name)
        if position >= 0:
            remember_position(pc, u32(position))
            return entries.entries[2 * u32(position) + 1]
    return get_attribute(window, name)


@noinline
def get_attribute(window: Registers, name: Str) -> Value:
    """The attribute of the value in the first register, or an error that names the nearest one."""
    found = find_attribute(window, name)
    if found == UNDEFINED:
        refuse_attribute(register(window, 0), name)
    return found


@noinline
def refuse_attribute(receiver: Value, name: Str) -> NoReturn:
    """End with the error of an attribute that a value does not have."""
    if is_record(receiver):
        missing_attribute(cast(Dict, receiver), name)
    no_attribute(receiver, name)


@opcode(Op.SET_ATTRIBUTE, sets="pc")
def op_set_attribute(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A].slots[K] = ...: an error, for no value has attributes that can be set."""
    refuse_assignment(register_a(base, word), cast(Str, slot(slots, low_half(fetch(pc)))))
    return pc_after(pc, 1)


@noinline
def refuse_assignment(receiver: Value, name: Str) -> None:
    """End with the error of an assignment to an attribute."""
    begin_charging()
    say("can't assign to .")
    say_str(name)
    say(" field of ")
    say_type(receiver)
    if is_record(receiver):
        say(" (events are read-only)")
    elif isinstance(receiver, Dict):
        say(' (write d["')
        say_str(name)
        say('"] = ...)')
    stop()


def find_attribute(window: Registers, name: Str) -> Value:
    """An attribute of the value in the first register: a bound method, what a getter computes, a member of a namespace,
    a key of an event; UNDEFINED if there is none. The name need not be interned."""
    receiver = register(window, 0)
    number = find_method_by_name(receiver_class(receiver), name)
    if number != NO_METHOD:
        method = cast(Builtin, need(builtins.method_objects)[number])
        return Value(Builtin(number=number, name=method.name, receiver=receiver, signature=method.signature))
    if is_record(receiver):
        return dict_get(cast(Dict, receiver), Value(name))
    number = find_property(receiver_class(receiver), name)
    if number != NO_PROPERTY:
        return get_property(number, window)
    return held_attribute(receiver, name)


def held_attribute(receiver: Value, name: Str) -> Value:
    """What a value holds itself under a name; UNDEFINED if it holds nothing of this name."""
    if isinstance(receiver, Namespace):
        return namespace_member(cast(Namespace, receiver), name)
    if isinstance(receiver, Struct):
        return struct_get(cast(Struct, receiver), name)
    return UNDEFINED


def has_attribute(receiver: Value, name: Str) -> bool:
    """Whether `find_attribute` would find something, without computing it."""
    if is_method(receiver, name):
        return True
    if is_record(receiver):
        return dict_get(cast(Dict, receiver), Value(name)) != UNDEFINED
    if find_property(receiver_class(receiver), name) != NO_PROPERTY:
        return True
    return held_attribute(receiver, name) != UNDEFINED


def is_record(value: Value) -> bool:
    """Whether a value is an event, or an object inside one."""
    return isinstance(value, Dict) and cast(Dict, value).identity & RECORD != 0


def is_method(receiver: Value, name: Str) -> bool:
    """Whether a name is that of one of the receiver's methods."""
    return find_method(receiver_class(receiver), method_number(name)) != NO_METHOD


def attribute_names(receiver: Value) -> Tuple:
    """The names of all attributes of a value but an event's keys, in no order."""
    type_class = receiver_class(receiver)
    methods = count_methods(type_class)
    held = held_names(receiver)
    held_count = len(held.items)
    names = tuple_new(methods + held_count)
    copy_items(names.items, 0, held.items, 0, held_count)
    at = held_count
    for i in range(method_count()):
        if find_method(type_class, i) != NO_METHOD:
            names.items[at] = Value(method_name(i))
            at += 1
    return names


def count_methods(type_class: u32) -> u32:
    """How many methods the type of a class has."""
    count: u32 = 0
    for i in range(method_count()):
        if find_method(type_class, i) != NO_METHOD:
            count += 1
    return count


def held_names(receiver: Value) -> Tuple:
    """The names of the attributes that are no methods."""
    if isinstance(receiver, Namespace):
        return keys_of(cast(Namespace, receiver).members)
    if isinstance(receiver, Struct):
        return cast(Struct, receiver).names
    properties = names_of_properties(receiver_class(receiver))
    return tuple_new(0) if properties is None else keys_of(properties)


@noinline
def missing_attribute(entries: Dict, name: Str) -> NoReturn:
    """End with the error of a key that an event object does not have."""
    say("dict has no key or method .")
    say_str(name)
    say_suggestion(name, keys_of(entries), ".")
    stop()


@noinline
def no_attribute(receiver: Value, name: Str) -> NoReturn:
    """End with the error of a value without such an attribute."""
    say_type(receiver)
    say(" has no .")
    say_str(name)
    say(" attribute" if isinstance(receiver, Struct) else " field or method")
    if isinstance(receiver, Dict) and dict_find_interned(cast(Dict, receiver), name) >= 0:
        say(' (write d["')
        say_str(name)
        say('"])')
    elif receiver == NONE:
        say(" (the value is None: test it first)")
    elif isinstance(receiver, Struct) or not say_hint(ATTRIBUTES, name):
        say_suggestion(name, attribute_names(receiver), ".")
    stop()
