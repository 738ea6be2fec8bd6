"""Attributes that built-ins compute from a value, such as `ip.version`: registered functions, by type and name.

Boot fills the table from the registrations under `attribute`. A getter takes registers like any built-in, the value in the
first one, and charges for what it does; it has no arguments and no effects.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Value,
    cast,
    i64,
    inline,
    need,
    table_call,
    table_size,
    table_text,
    text_length,
    u32,
)
from guest.heap.value import from_small, small
from guest.heap.views import Registers
from guest.machine.builtins import owner_end, text_part
from guest.values.dict import Dict, dict_get, dict_new, dict_put
from guest.values.interning import intern
from guest.values.text import Str

MAX_CLASSES = 256
FEW = 8  # attributes of a type before its table grows
NO_PROPERTY: u32 = 0xFFFFFFFF

# By class: a Dict from the attribute's name to the number of its getter, or undefined.
properties: Array[Value] | None = None


def prepare_properties() -> None:
    """Make the table. Called once, at boot."""
    global properties
    properties = Array[Value](MAX_CLASSES)


def add_property(type_class: u32, number: u32) -> None:
    """Give the type of a class the attribute that is registered under a number. Only at boot."""
    by_class = need(properties)
    if by_class[type_class] == UNDEFINED:
        by_class[type_class] = Value(dict_new(FEW))
    text = table_text("attribute", number)
    name = intern(text_part(text, owner_end(text) + 1, text_length(text)))
    dict_put(cast(Dict, need(properties)[type_class]), Value(name), from_small(i64(number)))


@inline
def property_count() -> u32:
    """How many attributes are registered."""
    return table_size("attribute")


def find_property(type_class: u32, name: Str) -> u32:
    """The number of the getter of a class's attribute; NO_PROPERTY if it has none of this name."""
    names = need(properties)[type_class]
    if names == UNDEFINED:
        return NO_PROPERTY
    number = dict_get(cast(Dict, names), Value(name))
    return NO_PROPERTY if number == UNDEFINED else u32(small(number))


def get_property(number: u32, window: Registers) -> Value:
    """The attribute of the value in the first register."""
    return table_call("attribute", number, window)


def names_of_properties(type_class: u32) -> Dict | None:
    """A dict whose keys are the names of the attributes of a class, if it has any."""
    names = need(properties)[type_class]
    return None if names == UNDEFINED else cast(Dict, names)
