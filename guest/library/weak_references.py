"""`weakref(x)`: a reference that does not keep its target alive, for caches and back links in state that outlives an evaluation.

`w.get()` is the target, or None when it has gone. That never happens while an evaluation runs, whatever the collector does
(`guest/heap/weak.py` says when), so a program cannot see the collector's timing.
"""

from guest.compiler.language import Value, cast, registered
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.heap.weak import WeakReference, new_weak_reference
from guest.values.builder import Builder, add_byte, add_text
from guest.values.identity import object_of
from guest.values.types import type_name

CLOSE = 62


@registered("builtin", "weakref(x, /)")
def builtin_weakref(arguments: Registers) -> Value:
    """A weak reference to a value that has an identity."""
    target = object_of(register(arguments, 0), "weakref")
    return Value(new_weak_reference(Value(target)))


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
