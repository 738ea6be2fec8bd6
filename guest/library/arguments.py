"""Arguments of built-ins: typed access to the registers that hold them, and the errors of a wrong type.

The machine has bound the arguments by the signature before a built-in runs, so that register i is parameter i (the
receiver comes first in methods) and an omitted one is undefined. Every file of the library that declares built-ins
relies on this one.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Text,
    Value,
    cast,
    i64,
    inline,
    noinline,
    u32,
    u64,
)
from guest.heap.value import NONE, TRUE, is_bool
from guest.heap.views import Registers, register
from guest.values.describe import say_repr
from guest.values.dict import Dict
from guest.values.failure import say, say_unsigned, stop
from guest.values.integer import clamped_int, int_value, is_int, is_long
from guest.values.list import List
from guest.values.slices import is_index, refuse_index
from guest.values.text import Str, char_index
from guest.values.tuple import Tuple
from guest.values.types import say_type

MOST_QUOTED = 100  # bytes of a text that an error message repeats
NO_POSITION: u32 = 0xFFFFFFFF  # of a fault that is the whole text's


@inline
def is_given(arguments: Registers, index: u32) -> bool:
    """Whether the caller passed this argument."""
    return register(arguments, index) != UNDEFINED


@inline
def is_absent_or_none(value: Value) -> bool:
    """Whether an optional argument was omitted, or given as None, which means the same for most of them."""
    return value == UNDEFINED or value == NONE


@inline
def receiver_str(arguments: Registers) -> Str:
    """The string whose method is called."""
    return cast(Str, register(arguments, 0))


@inline
def receiver_list(arguments: Registers) -> List:
    """The list whose method is called."""
    return cast(List, register(arguments, 0))


@inline
def receiver_dict(arguments: Registers) -> Dict:
    """The dict whose method is called."""
    return cast(Dict, register(arguments, 0))


@inline
def tuple_argument(arguments: Registers, index: u32) -> Tuple:
    """The arguments collected by `*args`."""
    return cast(Tuple, register(arguments, index))


@inline
def str_argument(arguments: Registers, index: u32, function: Text, parameter: Text) -> Str:
    """An argument that must be a string."""
    value = register(arguments, index)
    if not isinstance(value, Str):
        wrong_type(function, parameter, value, "string")
    return cast(Str, value)


def int_argument(arguments: Registers, index: u32, function: Text, parameter: Text) -> i64:
    """An argument that must be an integer of 64 bits."""
    value = register(arguments, index)
    if not is_int(value):
        wrong_type(function, parameter, value, "int")
    if not is_long(value):
        out_of_range(function, parameter, value)
    return int_value(value)


def bool_argument(arguments: Registers, index: u32, function: Text, parameter: Text) -> bool:
    """An optional argument that must be a bool; False when omitted."""
    value = register(arguments, index)
    if value == UNDEFINED:
        return False
    if not is_bool(value):
        wrong_type(function, parameter, value, "bool")
    return value == TRUE


def clamped_index(value: Value, count: u32, default: u32, function: Text, role: Text) -> u32:
    """An optional index as a slice reads it: between 0 and `count`."""
    if is_absent_or_none(value):
        return default
    if not is_index(value):
        say(function)
        say(": invalid ")
        say(role)
        say(" index: ")
        refuse_index(value)
    index = clamped_int(value)
    if index < 0:
        index = index + i64(count)
    if index < 0:
        return 0
    return count if index > i64(count) else u32(index)


@noinline
def wrong_type(function: Text, parameter: Text, value: Value, wanted: Text) -> NoReturn:
    """End with the error of an argument of a wrong type."""
    say(function)
    say(": for parameter ")
    say(parameter)
    say(": got ")
    say_type(value)
    say(", want ")
    say(wanted)
    stop()


@noinline
def out_of_range(function: Text, parameter: Text, value: Value) -> NoReturn:
    """End with the error of an integer argument that does not fit 64 bits."""
    say(function)
    say(": for parameter ")
    say(parameter)
    say(": ")
    say_repr(value)
    say(" out of range (want value in signed 64-bit range)")
    stop()


@noinline
def wrong_operand(function: Text, value: Value, wanted: Text) -> NoReturn:
    """End with the error of a built-in whose only argument has a wrong type."""
    say(function)
    say(": got ")
    say_type(value)
    say(", want ")
    say(wanted)
    stop()


@noinline
def refuse(function: Text, reason: Text) -> NoReturn:
    """End with an error that a static text explains."""
    say(function)
    say(": ")
    say(reason)
    stop()


@noinline
def refuse_text(function: Text, text: Str, wanted: Text, reason: Text, at: u32 = NO_POSITION) -> NoReturn:
    """End with the error of a text that has not the form of what is wanted; `at` is the offset of the fault."""
    say(function)
    say(": ")
    if len(text.data) <= MOST_QUOTED:
        say_repr(Value(text))
    else:
        say("the text")
    say(" is not ")
    say(wanted)
    say(": ")
    say(reason)
    if at != NO_POSITION:
        say(", at character ")
        say_unsigned(u64(char_index(text, min(at, len(text.data)))) + 1)
    stop()
