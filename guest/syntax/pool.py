"""The constants of a module: which slot holds which value.

A module's slots hold its globals, then the names bound by `load`, then the constants of all its code. Equal strings, integers
and singletons share a slot; so do the first built-ins. An instruction names a slot by 16 bits.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Array, Value, copy_items, i64, need, noinline, u32
from guest.heap.allocate import old_array_value
from guest.heap.value import from_small, is_float, is_pointer, small
from guest.syntax.diagnostics import FIRST_POSITION, refuse, say
from guest.values.dict import Dict, dict_get, dict_new, dict_put
from guest.values.integer import is_int
from guest.values.list import List, list_append, list_new
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new

MAX_SLOTS = 65536
INITIAL_CONSTANTS = 16
MAX_SHARED = 64  # objects that are looked for by identity

constants: List | None = None
known: Dict | None = None  # value -> slot
shared: List | None = None  # slots of the first objects, as small integers
first_slot: u32 = 0
empty_names: u32 = 0  # the slot of an empty tuple + 1, once there is one


def begin_pool(globals: u32) -> None:
    """Start a module with so many variables."""
    global constants, known, shared, first_slot, empty_names
    constants = list_new(INITIAL_CONSTANTS)
    known = dict_new(INITIAL_CONSTANTS)
    shared = list_new(0)
    first_slot = globals
    empty_names = 0
    if globals > MAX_SLOTS:
        too_many()


def end_pool() -> None:
    """Let go of everything."""
    global constants, known, shared
    constants = None
    known = None
    shared = None


@noinline
def new_slot(value: Value) -> u32:
    """A slot of its own for a constant."""
    values = need(constants)
    slot = first_slot + values.count
    if slot >= MAX_SLOTS:
        too_many()
    list_append(values, value)
    return slot


def fill_slot(slot: u32, value: Value) -> None:
    """Replace the constant in a slot."""
    need(constants).items[slot - first_slot] = value


@noinline
def slot_of(value: Value) -> u32:
    """The slot of a constant."""
    if is_float(value) or (is_pointer(value) and not isinstance(value, Str) and not is_int(value)):
        return slot_of_object(value)
    slot = dict_get(need(known), value)
    if slot != UNDEFINED:
        return u32(small(slot))
    made = new_slot(value)
    dict_put(need(known), value, from_small(i64(made)))
    return made


def slot_of_object(value: Value) -> u32:
    """The slot of a constant that is compared by identity: a built-in, a tuple, a float."""
    candidates = need(shared)
    items = need(constants).items
    for i in range(candidates.count):
        slot = u32(small(candidates.items[i]))
        if items[slot - first_slot] == value:
            return slot
    made = new_slot(value)
    if candidates.count < MAX_SHARED:
        list_append(candidates, from_small(i64(made)))
    return made


def slot_of_names(names: Tuple) -> u32:
    """The slot of a tuple of strings; equal ones share it."""
    slot = dict_get(need(known), Value(names))
    if slot != UNDEFINED:
        return u32(small(slot))
    made = new_slot(Value(names))
    dict_put(need(known), Value(names), from_small(i64(made)))
    return made


def slot_of_empty_tuple() -> u32:
    """The slot of an empty tuple."""
    global empty_names
    if empty_names == 0:
        empty_names = new_slot(Value(tuple_new(0))) + 1
    return empty_names - 1


def finished_slots() -> Array[Value]:
    """All slots of the module, in an array that does not move; its variables are undefined."""
    values = need(constants)
    result = old_array_value(first_slot + values.count)
    copy_items(result, first_slot, values.items, 0, values.count)
    return result


@noinline
def too_many() -> NoReturn:
    """End with the error of a module that needs too many slots."""
    say("too many globals and constants in one file (at most 65536)")
    refuse(FIRST_POSITION)
