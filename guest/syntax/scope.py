"""Scopes and bindings: which variable a name means, and where that variable lives.

The resolver fills them; the emitter reads them. A name that an inner function takes from an outer one is a binding of its
own in every function between (`FREE`), each of which points outwards to the one before it.

    MODULE          globals and names bound by `load`: slots of the module
    FUNCTION        parameters and local variables: registers; FREE ones: captured cells of the function
    COMPREHENSION   its loop variables: registers of the function around it
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import Object, Value, cast, noinline, u32
from guest.values.dict import Dict, dict_find_interned, dict_new, dict_put, entry_value
from guest.values.text import Str

INITIAL_NAMES = 8  # room in a new scope


class ScopeKind(IntEnum):
    """What a scope belongs to."""

    MODULE = 0
    FUNCTION = 1
    COMPREHENSION = 2


class Storage(IntEnum):
    """Where a variable lives; what `Binding.index` counts."""

    GLOBAL = 0  # slots of the module
    LOCAL = 1  # registers of the frame; with `captured`, the register holds a cell
    FREE = 2  # cells of the running function


class Binding(Object):
    """A variable as one scope sees it."""

    name: Str
    storage: u32
    index: u32
    position: u32  # of the first binding occurrence
    captured: bool
    exported: bool  # a global that other modules may load
    used: bool  # it is read somewhere
    idle_at: u32  # of a name that is loaded or assigned as a whole: where, if nothing reads it; 0 of others
    # Global: 1 + the number of the toplevel statement that surely set it; 0 if there is no such statement.
    set_by: u32
    outer: Binding | None  # FREE: the variable in the function around
    next: Binding | None  # in order of declaration


class Scope(Object):
    """A block with names of its own."""

    kind: u32
    parent: Scope | None
    names: Dict  # Str -> Binding
    first: Binding | None  # its own variables
    last: Binding | None
    count: u32
    first_free: Binding | None  # captured from outside, in the order of the function's cells
    last_free: Binding | None
    free_count: u32


def new_scope(kind: u32, parent: Scope | None) -> Scope:
    """A scope without names."""
    names = dict_new(INITIAL_NAMES)
    return Scope(
        kind=kind,
        parent=parent,
        names=names,
        first=None,
        last=None,
        count=0,
        first_free=None,
        last_free=None,
        free_count=0,
    )


def own_binding(scope: Scope, name: Str) -> Binding | None:
    """What a name means in this scope itself."""
    at = dict_find_interned(scope.names, name)
    if at < 0:
        return None
    return cast(Binding, entry_value(scope.names, u32(at)))


def declare(scope: Scope, name: Str, storage: u32, position: u32) -> Binding:
    """Add a variable to a scope that does not have it; its index is its number in the order of declaration."""
    made = Binding(
        name=name,
        storage=storage,
        index=scope.count,
        position=position,
        captured=False,
        exported=True,
        used=False,
        idle_at=0,
        set_by=0,
        outer=None,
        next=None,
    )
    dict_put(scope.names, Value(name), Value(made))
    last = scope.last
    if last is None:
        scope.first = made
    else:
        last.next = made
    scope.last = made
    scope.count += 1
    return made


def note_use(binding: Binding) -> None:
    """A variable is read: by this name, and in all functions between it and its own."""
    at: Binding | None = binding
    while at is not None:
        at.used = True
        at = at.outer


@noinline
def look_up(scope: Scope, name: Str) -> Binding | None:
    """The variable that a name means in a scope, captured through all functions between; None if there is none."""
    at = scope
    while True:
        found = own_binding(at, name)
        if found is not None:
            return found if found.storage == Storage.GLOBAL else captured_into(scope, at, found)
        parent = at.parent
        if parent is None:
            return None
        at = parent


def captured_into(scope: Scope, owner: Scope, variable: Binding) -> Binding:
    """The binding by which a scope reaches a local or free variable of a scope around it."""
    holder = owner
    binding = variable
    while True:
        inner = outermost_function(scope, holder)
        if inner is None:
            return binding
        if binding.storage == Storage.LOCAL:
            binding.captured = True
        binding = add_free(inner, binding)
        holder = inner


def outermost_function(scope: Scope, holder: Scope) -> Scope | None:
    """The outermost function between a scope (included) and one around it (not included)."""
    found: Scope | None = None
    at: Scope | None = scope
    while at is not None and at is not holder:
        if at.kind == ScopeKind.FUNCTION:
            found = at
        at = at.parent
    return found


def add_free(function: Scope, outer: Binding) -> Binding:
    """Make a function capture a variable of the function around it."""
    made = Binding(
        name=outer.name,
        storage=Storage.FREE,
        index=function.free_count,
        position=outer.position,
        captured=False,
        exported=False,
        used=False,
        idle_at=0,
        set_by=0,
        outer=outer,
        next=None,
    )
    dict_put(function.names, Value(outer.name), Value(made))
    last = function.last_free
    if last is None:
        function.first_free = made
    else:
        last.next = made
    function.last_free = made
    function.free_count += 1
    return made
