"""Built-ins that look attributes up by a name known only when they run: dir, getattr, hasattr.

They stand beside `attributes.py`, which says what the attributes of a value are: the methods and properties of its type, the
members of a namespace, the keys of an event object. Names given as arguments need not be interned; method names are.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, copy_items, registered, span, u32
from guest.heap.value import from_bool
from guest.heap.views import Registers, register
from guest.library.arguments import is_given, str_argument
from guest.library.iterables import keys_of
from guest.library.sorting import in_order, sorted_positions
from guest.machine.attributes import (
    attribute_names,
    find_attribute,
    has_attribute,
    is_method,
    refuse_attribute,
)
from guest.values.charges import charge_bytes
from guest.values.dict import RECORD, Dict
from guest.values.failure import say
from guest.values.interning import find_interned
from guest.values.list import list_of
from guest.values.text import Str, str_hash


@registered("builtin", "getattr(x, name, default?, /)")
def builtin_getattr(arguments: Registers) -> Value:
    """The attribute of a name; the default, if one is given, where there is none."""
    name = known_name(str_argument(arguments, 1, "getattr", "2"))
    value = find_attribute(arguments, name)
    if value != UNDEFINED:
        return value
    if not is_given(arguments, 2):
        say("getattr: ")
        refuse_attribute(register(arguments, 0), name)
    return register(arguments, 2)


@registered("builtin", "hasattr(x, name, /)")
def builtin_hasattr(arguments: Registers) -> Value:
    """Whether the value has an attribute of this name."""
    name = known_name(str_argument(arguments, 1, "hasattr", "2"))
    return from_bool(has_attribute(register(arguments, 0), name))


def known_name(name: Str) -> Str:
    """The interned string of this content, if there is one."""
    charge_bytes(len(name.data))
    known = find_interned(span(name.data), len(name.data), str_hash(name))
    return name if known is None else known


@registered("builtin", "dir(x, /)")
def builtin_dir(arguments: Registers) -> Value:
    """The names of the attributes, sorted."""
    attributes = attribute_names(register(arguments, 0))
    count = len(attributes.items)
    keys = event_keys(register(arguments, 0))
    names = Array[Value](count + len(keys))
    copy_items(names, 0, attributes.items, 0, count)
    copy_items(names, count, keys, 0, len(keys))
    return Value(list_of(in_order(names, sorted_positions(names, False))))


def event_keys(receiver: Value) -> Array[Value]:
    """The keys of an event object that are no method names; none for other values."""
    if not isinstance(receiver, Dict) or cast(Dict, receiver).identity & RECORD == 0:
        return Array[Value](0)
    keys = keys_of(cast(Dict, receiver))
    items = Array[Value](len(keys.items))
    count: u32 = 0
    for i in range(len(keys.items)):
        key = keys.items[i]
        if not is_method(receiver, cast(Str, key)):
            items[count] = key
            count += 1
    result = Array[Value](count)
    copy_items(result, 0, items, 0, count)
    return result
