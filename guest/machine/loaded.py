"""The modules of the bundle that is being loaded, by path.

`modules.py` fills the registry before anything runs; the handler of `load` looks modules up in it.
"""

from __future__ import annotations

from guest.compiler.language import Object, Value, cast, need, u32
from guest.values.function import Module
from guest.values.list import List, list_append, list_new
from guest.values.text import Str

NEW, ACTIVE, DONE = 0, 1, 2
"""States of the walk along `load` statements."""


class Loaded(Object):
    """A compiled module and its place in the walk."""

    module: Module
    state: u32
    next_load: u32
    parent: Loaded | None


# In the order in which they were found.
modules: List | None = None


def clear_modules() -> None:
    """Forget the modules of an earlier load."""
    global modules
    modules = list_new(0)


def add_module(module: Module) -> None:
    """Register a compiled module."""
    loaded = Loaded(module=module, state=NEW, next_load=0, parent=None)
    list_append(need(modules), Value(loaded))


def module_count() -> u32:
    """How many modules there are."""
    return need(modules).count


def module_at(index: u32) -> Loaded:
    """A module by its place."""
    return cast(Loaded, need(modules).items[index])


def find_module(path: Str) -> Loaded | None:
    """The module of an interned path, if it has been compiled."""
    for i in range(module_count()):
        loaded = module_at(i)
        if loaded.module.path is path:
            return loaded
    return None
