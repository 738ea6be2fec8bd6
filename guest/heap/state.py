"""The state bits of an object that the layers above may read and set, and its identity.

`FROZEN` is what rules observe (a frozen list refuses `append`). It says nothing to the collector, which has
its own bit for the loaded image (`PERMANENT`, see `freeze.py`): an event is frozen and yet short-lived.
"""

from __future__ import annotations

from guest.compiler.language import Object, inline, u32
from guest.compiler.raw import address, store_u32
from guest.heap.header import FROZEN, INTERNED, set_state, state_at


@inline
def is_frozen(o: Object) -> bool:
    """Whether rules must not change this object."""
    return state_at(address(o)) & FROZEN != 0


@inline
def set_frozen(o: Object) -> None:
    """Forbid rules to change this object (what it refers to is not affected)."""
    set_state(address(o), state_at(address(o)) | FROZEN)


@inline
def thaw(o: Object) -> None:
    """Let rules change this object again."""
    set_state(address(o), state_at(address(o)) & ~u32(FROZEN))


@inline
def is_interned(o: Object) -> bool:
    """Whether this is the one string of its content."""
    return state_at(address(o)) & INTERNED != 0


@inline
def set_interned(o: Object) -> None:
    """Make this the one string of its content; the intern table holds it."""
    set_state(address(o), state_at(address(o)) | INTERNED)


@inline
def address_of(o: Object) -> u32:
    """Where the object is now: an identity until the next collection, for comparing and debugging."""
    return address(o)


@inline
def shorten(o: Object, length: u32) -> None:
    """Lower the number of trailing elements. They must fill the same words as before: the object's size stays."""
    store_u32(address(o), length)
