"""Weak references: objects that refer to another one without keeping it alive.

When a target goes is never left to the collector's timing, which no rule may see: while an evaluation runs, a weak reference
traces its target like any other field, and only a collection *between* evaluations (today: the one that freezes what has
been loaded) clears those whose target nothing else keeps. `mark.py` hands such a collection's weak references to `hold_back`
instead of visiting them; `collect.py` calls `clear_dead` before it sweeps.
"""

from __future__ import annotations

from guest.compiler.language import Object, Value, class_id, inline, u32
from guest.compiler.raw import pointer_at
from guest.heap.header import MARKED, PERMANENT, class_at, state_at
from guest.heap.state import address_of
from guest.heap.value import NONE, is_pointer, pointer_of

# The list of the weak references that a clearing collection has reached ends with this; 0 is a reference not in it.
LAST = 1


class WeakReference(Object):
    """Refers to `target` until that is None; `next_reached` is the collector's own list."""

    target: Value
    next_reached: u32


# Not zero while a collection runs that clears.
clearing: u32 = 0
# The address of the last weak reference that it has reached.
reached: u32 = LAST


@inline
def is_held_back(at: u32) -> bool:
    """Whether the object at an address is a weak reference whose target is not to be reached through it now."""
    return clearing != 0 and class_at(at) == class_id(WeakReference)


def begin_clearing() -> None:
    """The next full collection clears: nothing is running, and the nursery is empty."""
    global clearing, reached
    clearing = 1
    reached = LAST


def hold_back(at: u32) -> None:
    """Enter a weak reference in the list. A walk after an overflow of the mark stack may meet it again."""
    global reached
    reference = pointer_at(WeakReference, at)
    if reference.next_reached == 0:
        reference.next_reached = reached
        reached = at


def clear_dead() -> None:
    """After marking: clear the weak references whose target has not been reached."""
    global clearing, reached
    while reached != LAST:
        reference = pointer_at(WeakReference, reached)
        reached = reference.next_reached
        reference.next_reached = 0
        if is_pointer(reference.target) and is_dead(address_of(pointer_of(reference.target))):
            reference.target = NONE
    clearing = 0


def is_dead(at: u32) -> bool:
    """Whether an object is about to be swept."""
    return state_at(at) & (MARKED | PERMANENT) == 0
