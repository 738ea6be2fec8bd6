"""The cycle of the old space: mark in steps, sweep in steps, rest; or all at once when memory is short.

    RESTING    nothing has a mark
    MARKING    begins and ends right after a young collection, when the nursery is empty: then every reference to an old
               object is in a root or in an old object. Ends when nothing is grey.
    SWEEPING   nothing is allocated from a block that has not been swept

`allocate.py` drives it: a young collection offers both transitions, and a piece of the work is done at every slice of
the nursery and for every object that is born old. `pacing.py` says how much.
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import inline, u32
from guest.heap import old, pacing, sweep, weak
from guest.heap.clearing import finish_clearing
from guest.heap.mark import (
    EVERYTHING,
    begin_marking,
    end_marking,
    mark_everything,
    mark_some,
    nothing_is_grey,
    reach_mutated,
)
from guest.heap.old import take_block
from guest.heap.pacing import begin_debt, choose_rate, cycle_is_due, grant_allowance, pay
from guest.heap.remembered import drop_dead_remembered
from guest.heap.statistics import Pause, count_cycle, count_pause, set_live
from guest.heap.sweep import begin_sweep, sweep_nursery, sweep_some, swept_everything, unmark_everything


class Phase(IntEnum):
    """What the cycle is doing."""

    RESTING = 0
    MARKING = 1
    SWEEPING = 2


phase: u32 = 0


@inline
def is_resting() -> bool:
    """Whether no cycle runs."""
    return phase == Phase.RESTING


def begin_cycle() -> None:
    """Begin to mark; the nursery is empty. The roots are reached by the next young collection."""
    global phase
    extent = old.tail_top - old.tail_start
    begin_marking(extent - min(extent, old.free_bytes))
    phase = u32(Phase.MARKING)
    choose_rate(extent)


def after_young_collection() -> None:
    """The nursery is empty: begin a cycle if one is due; if nothing is grey, begin to sweep."""
    if phase == Phase.RESTING:
        if cycle_is_due(0):
            begin_cycle()
    elif phase == Phase.MARKING and nothing_is_grey():
        reach_mutated()
        if nothing_is_grey():
            begin_sweeping()


def waits_for_nursery() -> bool:
    """Whether marking could end if the nursery were empty."""
    return phase == Phase.MARKING and nothing_is_grey()


def begin_sweeping() -> None:
    """Everything reachable has a mark."""
    global phase
    end_marking()
    phase = u32(Phase.SWEEPING)
    begin_sweep()
    begin_debt()


def end_cycle() -> None:
    """Everything has been swept."""
    global phase
    phase = u32(Phase.RESTING)
    grant_allowance(sweep.swept_alive)
    set_live(sweep.swept_alive + pacing.debt)
    count_cycle()


def step(budget: u32, poison: bool) -> None:
    """Do a piece of the work that is due."""
    done = u32(0)
    if phase == Phase.MARKING:
        done = mark_some(budget)
        if done != 0:  # marking that waits for the nursery is no pause
            count_pause(Pause.MARKING, done)
    elif phase == Phase.SWEEPING:
        done = sweep_some(budget, poison)
        count_pause(Pause.SWEEPING, done)
        if swept_everything():
            end_cycle()
    pay(done)


def take_swept(size: u32, poison: bool) -> u32:
    """A block of the old space; sweeps on until there is one. Its address, or 0."""
    at = take_block(size)
    while at == 0 and phase == Phase.SWEEPING:
        step(size, poison)
        at = take_block(size)
    return at


def stop_the_world(start: u32, top: u32, poison: bool) -> u32:
    """Free all that is dead in the old space at once; nothing moves. The bytes alive in the nursery, `start` to `top`."""
    abandon_cycle()
    mark_everything(start, top)
    if weak.clearing != 0:
        finish_clearing(top)
    drop_dead_remembered()
    begin_sweeping()
    work = sweep_some(EVERYTHING, poison)
    end_cycle()
    young_alive = sweep_nursery(start, top)
    count_pause(Pause.STOPPED, pacing.alive + young_alive + work)
    return young_alive


def abandon_cycle() -> None:
    """Nothing has a mark."""
    global phase
    if phase != Phase.RESTING:
        unmark_everything()
    end_marking()
    phase = u32(Phase.RESTING)
