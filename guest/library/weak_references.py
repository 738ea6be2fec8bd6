"""`weakref(x)`: a reference that does not keep its target alive, for caches and back links in state that outlives an evaluation.

`w.get()` is the target, or None when it has gone. That never happens while an evaluation runs, whatever the collector does
(`guest/heap/weak.py` says when), so a program cannot see the collector's timing.
"""

from guest.compiler.language import Value, cast, registered
from guest.heap.value import NONE, is_pointer
from guest.heap.views import Registers, register
from guest.heap.weak import WeakReference
from guest.values.builder import Builder, add_byte, add_text
from guest.values.dict import Dict
from guest.values.failure import say, stop
from guest.values.function import Function
from guest.values.list import List
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.types import say_type, type_name

CLOSE = 62


@registered("builtin", "weakref(x, /)")
def builtin_weakref(arguments: Registers) -> Value:
    """A weak reference to a value that has an identity."""
    target = register(arguments, 0)
    if not has_identity(target):
        say("weakref: got ")
        say_type(target)
        say(", want a list, dict, set, struct or function: other values are copied, not shared")
        stop()
    return Value(WeakReference(target=target, next_reached=0))


def has_identity(v: Value) -> bool:
    """Whether a value is one object, to which several places may refer."""
    if not is_pointer(v):
        return False
    return (
        isinstance(v, List)
        or isinstance(v, Dict)
        or isinstance(v, Set)
        or isinstance(v, Struct)
        or isinstance(v, Function)
    )


@registered("method", "weakref.get()")
def weakref_get(arguments: Registers) -> Value:
    """The target, or None when it has gone."""
    return cast(WeakReference, register(arguments, 0)).target


def repr_weak_reference(b: Builder, reference: WeakReference) -> None:
    """Append the type of the target: printing a weak reference does not follow it, so cycles need no care."""
    if reference.target == NONE:
        add_text(b, "<weakref to nothing>")
    else:
        add_text(b, "<weakref to ")
        add_text(b, type_name(reference.target))
        add_byte(b, CLOSE)
