"""Finalizers: objects that stand for a resource of the host, which is told when one is no longer used.

The host registers an object with the number of its resource. In two steps, so that a finalizer never sees a freed object:
a clearing collection marks, finds that a registered object has not been reached, makes it *finalizable*, and marks on
from it; the host then takes the numbers, in the order of their registration; and the collection after that frees the
object and what only it referred to - unless it has been stored where it is reached, which brings it back for good: a
registration is good for one report. Outside clearing collections, registered objects are alive.
"""

from __future__ import annotations

from guest.compiler.language import Object, need, u32
from guest.compiler.raw import address
from guest.heap.header import MUTATED, PERMANENT, state_at


class Finalizer(Object):
    """The registration of an object with the number of a resource; `finalizable` is not zero once it has been found dead."""

    object: Object
    number: u32
    finalizable: u32
    next: Finalizer | None


# The registrations, in their order.
first_registered: Finalizer | None = None
last_registered: Finalizer | None = None
# Those of finalizable objects, in the same order, until the host has taken them.
first_queued: Finalizer | None = None
last_queued: Finalizer | None = None
# Not zero: some registrations are finalizable and not queued.
found: u32 = 0


def register(o: Object, number: u32) -> None:
    """Tell the host when an object has died. Registered twice, it is reported twice."""
    global first_registered, last_registered
    entry = Finalizer(object=o, number=number, finalizable=0, next=None)
    last = last_registered
    if last is None:
        first_registered = entry
    else:
        last.next = entry
    last_registered = entry


def finalize_all() -> None:
    """At the end of a session: every registered object is finalizable."""
    global found
    entry = first_registered
    while entry is not None:
        entry.finalizable = 1
        entry = entry.next
    found = 1


def next_finalizable() -> Finalizer | None:
    """The first registration in the queue, with the object still whole; None if it is empty."""
    if found != 0:
        fill_queue()
    return first_queued


def take_finalizable() -> u32:
    """Remove the first registration from the queue, which has one: its number."""
    global first_queued, last_queued
    entry = need(first_queued)
    first_queued = entry.next
    if entry.next is None:
        last_queued = None
    elif state_at(address(entry)) & (PERMANENT | MUTATED) != PERMANENT:
        # The others it may keep, for those are permanent too.
        entry.next = None
    return entry.number


def fill_queue() -> None:
    """Move the finalizable registrations to the end of the queue. Links that are right are not written again."""
    global first_registered, last_registered, first_queued, last_queued, found
    found = 0
    entry = first_registered
    first_registered = None
    last_registered = None
    while entry is not None:
        if entry.finalizable == 0:
            first_registered = entry if first_registered is None else first_registered
            link(last_registered, entry)
            last_registered = entry
        else:
            first_queued = entry if first_queued is None else first_queued
            link(last_queued, entry)
            last_queued = entry
        entry = entry.next
    link(last_registered, None)
    link(last_queued, None)


def link(last: Finalizer | None, next: Finalizer | None) -> None:
    """Let a registration be followed by another one, or by none."""
    if last is not None and last.next is not next:
        last.next = next
