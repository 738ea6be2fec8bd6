"""The names that programs know without defining them, and the methods of every type: declared at boot.

Every registered built-in is declared under its name, except those that only bundles have (`rule`, `data`), which are
declared when a bundle loads, and the helpers of the prelude, whose names begin with an underscore: the prelude alone sees
them.
"""

from guest.compiler.language import Text, Value, cast, class_id, need, table_size, table_text, text_byte, u32
from guest.heap.value import FALSE, NONE, TRUE
from guest.library.address import Ip
from guest.library.networks import Cidr
from guest.machine import builtins
from guest.machine.builtins import DOT, text_part
from guest.values.dict import Dict, delete_at, dict_add, dict_find_interned, entry_key, set_entry_value
from guest.values.function import Builtin
from guest.values.interning import intern_text
from guest.values.list import List
from guest.values.methods import add_method
from guest.values.text import Str, text_equal
from guest.values.universe import declare, universal_names

UNDERSCORE = 95


def declare_universe() -> None:
    """Declare the constants and the built-ins, the prelude's helpers included."""
    declare("None", NONE)
    declare("True", TRUE)
    declare("False", FALSE)
    for i in range(table_size("builtin")):
        builtin = builtin_at(i)
        if not is_of_bundles(builtin.name):
            dict_add(universal_names(), Value(builtin.name), Value(builtin))


def builtin_at(number: u32) -> Builtin:
    """The built-in of a number."""
    return cast(Builtin, need(builtins.builtin_objects)[number])


def is_of_bundles(name: Str) -> bool:
    """Whether only bundles know this built-in."""
    return text_equal(name, "rule") or text_equal(name, "data")


def declare_bundle_names() -> None:
    """A bundle loads: it knows `rule` and `data`."""
    for i in range(table_size("builtin")):
        builtin = builtin_at(i)
        if is_of_bundles(builtin.name) and dict_find_interned(universal_names(), builtin.name) < 0:
            dict_add(universal_names(), Value(builtin.name), Value(builtin))


def declare_argument(name: Text, value: Value) -> None:
    """A program starts: it knows its argument. The universe is frozen by now, but not for us."""
    names = universal_names()
    key = intern_text(name)
    position = dict_find_interned(names, key)
    if position < 0:
        dict_add(names, Value(key), value)
    else:
        set_entry_value(names, u32(position), value)


def hide_helpers() -> None:
    """The prelude is compiled: its helpers are not for others."""
    names = universal_names()
    for i in range(names.used):
        name = entry_key(names, i)
        if isinstance(name, Str) and cast(Str, name).data[0] == UNDERSCORE:
            delete_at(names, i)


def declare_methods() -> None:
    """Fill the table of methods: a registration's text begins with the name of its type."""
    for i in range(table_size("method")):
        text = table_text("method", i)
        end: u32 = 0
        while text_byte(text, end) != DOT:
            end += 1
        builtin = cast(Builtin, need(builtins.method_objects)[i])
        add_method(class_named(text_part(text, 0, end)), builtin.name, i)


def class_named(name: Str) -> u32:
    """The class of the values whose type has this name in registrations."""
    if text_equal(name, "str"):
        return class_id(Str)
    if text_equal(name, "list"):
        return class_id(List)
    if text_equal(name, "dict"):
        return class_id(Dict)
    if text_equal(name, "ip"):
        return class_id(Ip)
    assert text_equal(name, "cidr")
    return class_id(Cidr)
