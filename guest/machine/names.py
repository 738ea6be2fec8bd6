"""The names that programs know without defining them, and the methods and attributes of every type: declared at boot.

Every registered built-in is declared under its name, or as a member of the namespace in its name, except those that only
bundles have (`rule`, `data`, `persistent`), which are declared when a bundle loads, and the helpers of the prelude, whose
names begin with an underscore: the prelude alone sees them.
"""

from guest.compiler.language import (
    UNDEFINED,
    Text,
    Value,
    cast,
    class_id,
    copy_items,
    need,
    table_call,
    table_size,
    table_text,
    u32,
)
from guest.heap.value import FALSE, NONE, TRUE
from guest.heap.weak import WeakMap, WeakReference
from guest.library.address import Ip
from guest.library.glob import Glob
from guest.library.host_patterns import Hosts, HostTable
from guest.library.namespace import Namespace, namespace_new
from guest.library.network_tables import CidrTable
from guest.library.networks import Cidr
from guest.library.regex.program import Regex
from guest.library.routes import Path, RouteTable
from guest.library.time_values import Duration, Time
from guest.library.url_parser import Url
from guest.machine import builtins
from guest.machine.builtins import NO_OWNER, owner_end, text_part
from guest.machine.properties import add_property, prepare_properties, property_count
from guest.values.byte_string import ByteString
from guest.values.dict import Dict, delete_at, dict_add, dict_find_interned, entry_key, set_entry_value
from guest.values.function import Builtin, HostFunction
from guest.values.interning import intern, intern_text
from guest.values.list import List
from guest.values.methods import add_method
from guest.values.set import Set
from guest.values.text import Str, new_str, text_equal
from guest.values.universe import declare, find_universal, universal_names

UNDERSCORE = 95


def declare_universe() -> None:
    """Declare the constants, the built-ins (the prelude's helpers included) and the namespaces."""
    declare("None", NONE)
    declare("True", TRUE)
    declare("False", FALSE)
    for i in range(table_size("builtin")):
        builtin = builtin_at(i)
        end = owner_end(table_text("builtin", i))
        if end != NO_OWNER:
            declare_member(intern(text_part(table_text("builtin", i), 0, end)), builtin, end + 1)
        elif not is_of_bundles(builtin.name):
            dict_add(universal_names(), Value(builtin.name), Value(builtin))
    for i in range(table_size("constants")):
        namespace = namespace_named(intern_text(table_text("constants", i)))
        table_call("constants", i, namespace)


def declare_member(owner: Str, builtin: Builtin, start: u32) -> None:
    """Make a built-in whose name proper begins at `start` a member of a namespace."""
    n = len(builtin.name.data)
    name = new_str(n - start, n - start)
    copy_items(name.data, 0, builtin.name.data, start, n - start)
    key = intern(name)
    dict_add(namespace_named(owner).members, Value(key), Value(builtin))


def namespace_named(name: Str) -> Namespace:
    """The namespace of a name, declared if it is new."""
    known = find_universal(name)
    if known != UNDEFINED:
        return cast(Namespace, known)
    namespace = namespace_new(name)
    dict_add(universal_names(), Value(name), Value(namespace))
    return namespace


def builtin_at(number: u32) -> Builtin:
    """The built-in of a number."""
    return cast(Builtin, need(builtins.builtin_objects)[number])


def is_of_bundles(name: Str) -> bool:
    """Whether only bundles know this built-in."""
    return text_equal(name, "rule") or text_equal(name, "data") or text_equal(name, "persistent")


def declare_bundle_names() -> None:
    """A bundle loads: it knows `rule`, `data` and `persistent`."""
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
    """Fill the tables of methods and attributes: a registration's text begins with the name of its type."""
    for i in range(table_size("method")):
        builtin = cast(Builtin, need(builtins.method_objects)[i])
        owner = owner_class(table_text("method", i))
        # No rule ever has a HostFunction itself.
        if owner != class_id(HostFunction):
            add_method(owner, builtin.name, i)
    prepare_properties()
    for i in range(property_count()):
        add_property(owner_class(table_text("attribute", i)), i)


def owner_class(text: Text) -> u32:
    """The class of the values that have the method or attribute with this registration."""
    return class_named(text_part(text, 0, owner_end(text)))


def class_named(name: Str) -> u32:
    """The class of the values whose type has this name in registrations."""
    if text_equal(name, "str"):
        return class_id(Str)
    if text_equal(name, "list"):
        return class_id(List)
    if text_equal(name, "dict"):
        return class_id(Dict)
    if text_equal(name, "set"):
        return class_id(Set)
    if text_equal(name, "bytes"):
        return class_id(ByteString)
    if text_equal(name, "ip"):
        return class_id(Ip)
    if text_equal(name, "regex"):
        return class_id(Regex)
    if text_equal(name, "glob"):
        return class_id(Glob)
    if text_equal(name, "url"):
        return class_id(Url)
    if text_equal(name, "cidr_table"):
        return class_id(CidrTable)
    if text_equal(name, "host"):
        return class_id(Hosts)
    if text_equal(name, "host_table"):
        return class_id(HostTable)
    if text_equal(name, "path"):
        return class_id(Path)
    if text_equal(name, "route_table"):
        return class_id(RouteTable)
    if text_equal(name, "weakref"):
        return class_id(WeakReference)
    if text_equal(name, "weakmap"):
        return class_id(WeakMap)
    if text_equal(name, "time.time"):
        return class_id(Time)
    if text_equal(name, "host_function"):
        return class_id(HostFunction)
    if text_equal(name, "time.duration"):
        return class_id(Duration)
    assert text_equal(name, "cidr")
    return class_id(Cidr)
