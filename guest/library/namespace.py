"""`Namespace`, the value of a name such as `json` or `math`: built-ins and constants under one predeclared name.

A built-in whose registration has a dot in its name (`json.encode(x)`) is a member of the namespace before it; a file that
has constants registers a function under `constants`, which adds them. Boot makes all of them once, and they are frozen.
"""

from guest.compiler.language import Object, Text, Value
from guest.values.builder import Builder, add_text
from guest.values.dict import Dict, dict_get, dict_new, dict_put
from guest.values.interning import intern_text
from guest.values.quote import add_quoted
from guest.values.text import Str

FIRST_MEMBERS = 16  # room for as many before the dict grows


class Namespace(Object):
    """A name and what it holds; the members are named by interned strings."""

    name: Str
    members: Dict


def namespace_new(name: Str) -> Namespace:
    """A namespace without members. Only at boot."""
    return Namespace(name=name, members=dict_new(FIRST_MEMBERS))


def add_constant(namespace: Namespace, name: Text, value: Value) -> None:
    """Add a member. Only at boot."""
    key = intern_text(name)
    dict_put(namespace.members, Value(key), value)


def namespace_member(namespace: Namespace, name: Str) -> Value:
    """The member of a name; UNDEFINED if there is none."""
    return dict_get(namespace.members, Value(name))


def repr_namespace(b: Builder, namespace: Namespace) -> None:
    """Append `<module "json">`."""
    add_text(b, "<module ")
    add_quoted(b, namespace.name)
    add_text(b, ">")
