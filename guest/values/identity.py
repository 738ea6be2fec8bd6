"""Which values have an identity: the mutable ones, structs and functions, each of which is one object.

All other values are equal to their copies, and the language does not say how many objects there are of one.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import Object, Text, Value, noinline
from guest.heap import identity
from guest.heap.value import is_pointer, pointer_of
from guest.values.failure import say, stop
from guest.values.types import say_type


def object_of(v: Value, refused_by: Text) -> Object:
    """The object of a value that has an identity; an error, which says who refused the others, if it has none."""
    if not is_pointer(v) or not identity.has_identity(pointer_of(v)):
        refuse_copied(v, refused_by)
    return pointer_of(v)


@noinline
def refuse_copied(v: Value, refused_by: Text) -> NoReturn:
    """End with the error of a value that has no identity."""
    say(refused_by)
    say(": got ")
    say_type(v)
    say(", want a list, dict, set, struct or function: other values are copied, not shared")
    stop()
