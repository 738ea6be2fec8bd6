"""Sessions: evaluations whose changes to persistent dicts stay, so that the old space outlives each of them.

Outside a session the end of an evaluation collects whatever became old in it. In a session a cycle of the old space goes
on from one evaluation to the next, with its debt and its phase. Only while weak references exist is everything collected at
each end: a target that has died is gone for the next event, whenever the collector would have noticed.

What an event stored must be promoted when it ends, when nothing can fail any more. So while an event is decided the last
`RESERVE` bytes below the memory limit are not to be used, and the end of the evaluation may use them:

    old space | image | state ... tail | room while deciding | RESERVE |
                                                       usable_end    limit

An event runs out of memory before that; the promotion at its end finds room for a whole nursery. If the live bytes still
reach into the reserve afterwards, the session is *strained*: the next end may not find room. Then the host copies the
memory before each event, and puts the copy back if the event was `refused`: if it left more alive than it found. So the
state stops growing, and an event that shrinks it still works. `reset.py` calls this; `machine/session.py` opens sessions.
"""

from __future__ import annotations

from guest.compiler.language import Failure, noinline, u32
from guest.heap import identity, old, pacing, weak
from guest.heap.allocate import SLICES, collect_full, collect_young, compact_old, poisons
from guest.heap.cycle import is_resting, step
from guest.heap.layout import KIB, NURSERY_SIZE, PAGE
from guest.heap.old import ensure_tail, growable_room, limit_end
from guest.heap.pacing import next_step
from guest.heap.weak import begin_clearing
from guest.meter.errors import Kind, stop_with

RESERVE = NURSERY_SIZE + PAGE
NO_END = 0xFFFF_FFFF
LEAST_STEP = 4 * KIB  # bytes of a cycle's work at the end of each evaluation, beside a part of what is due

# Not zero in a session.
is_open: u32 = 0
# Not zero: the state reaches into the reserve.
strained: u32 = 0
# Not zero: the last event did not shrink a strained state, and must be taken back.
refused: u32 = 0
# Bytes that were alive when the state was last seen to do so.
strained_alive: u32 = 0


def open_session() -> None:
    """From here on the state stays. Nothing is running. Ends in a memory failure if the limit leaves no room for a reserve."""
    global is_open
    if growable_room() < 2 * RESERVE:
        stop_with(Kind.MEMORY)
    # All the memory that the limit allows, so that growing it can never fail later; pages that nobody touches cost nothing.
    ensure_tail(growable_room())
    is_open = 1
    identity.stays = 1
    close_reserve()


def open_reserve() -> None:
    """The reserve may be used."""
    old.usable_end = u32(NO_END)


def close_reserve() -> None:
    """The reserve may not be used."""
    old.usable_end = limit_end() - RESERVE


def promote_survivors() -> None:
    """The event is over: promote what it stored."""
    global refused
    open_reserve()
    if strained == 0:
        collect_young()
    elif not promote_if_possible():
        refused = 1
    close_reserve()


@noinline
def promote_if_possible() -> bool:
    """Promote what is alive, if there is room for it."""
    try:
        collect_young()
        return True
    except Failure:
        return False


def settle() -> None:
    """After that: clear weak references, or do the work that a cycle owes; and see how full the memory is."""
    if refused != 0:
        return
    if weak.any_mortal != 0:
        begin_clearing()
        collect_full()
    elif not is_resting():
        step(next_step(u32(SLICES)) + LEAST_STEP, poisons())
    if strained != 0 or old.tail_top > old.usable_end:
        measure_strain()
    # Not zero lets the next evaluation's end come here too, even if nothing becomes old in it.
    pacing.grown = weak.any_mortal | strained


@noinline
def measure_strain() -> None:
    """Collect and compact everything: whether the reserve is free again, and if not, whether the event may stay."""
    global strained, strained_alive, refused
    compact_old()
    if old.tail_top <= old.usable_end:
        strained = 0
        return
    # A buffer of the guest at the memory's very end does not move; then there is room below it.
    if strained != 0 and pacing.alive > strained_alive and old.free_bytes < RESERVE:
        refused = 1
    strained = 1
    strained_alive = pacing.alive
