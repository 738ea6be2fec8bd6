"""Iterations of the host: what `for` does in a rule, from outside and in several steps.

What is iterated over is locked against changes as a rule's loop locks it, and stays locked until the iteration's handle is
dropped. An operation that fails unlocks everything that its frames iterated over (`evaluation.release_locks`), without
knowing about these; so all of them are kept in a list, and `restore_locks` locks again what the host iterates over.
"""

from __future__ import annotations

from guest.compiler.language import Object, Value, cast, i64, u32
from guest.heap.frames import first_window
from guest.heap.state import is_frozen
from guest.heap.value import NONE, from_small, small
from guest.machine.driver import ARGUMENT, EVENT, RESULT, driver_register, set_driver_register
from guest.machine.loops import begin_iteration, step, unlock
from guest.machine.marshal import emit_absent, emit_value
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.dict import Dict, entry_value
from guest.values.list import List

STEP = RESULT << 8 | EVENT << 16
"""The operands of NEXT: the iteration in the registers RESULT and ARGUMENT, the element to EVENT."""


class Iteration(Object):
    """An iteration that is open, among the others."""

    iterable: Value
    position: i64
    newer: Iteration | None
    older: Iteration | None


newest: Iteration | None = None


def emit_iteration(iterable: Value) -> None:
    """Begin to iterate and write the handle of the iteration; an error if there is nothing to iterate over."""
    unlock(begin_iteration(iterable))
    made = Iteration(iterable=NONE, position=0, newer=None, older=None)
    emit_value(Value(made))
    # Nothing can fail any more.
    made.iterable = begin_iteration(iterable)
    link(made)


def link(iteration: Iteration) -> None:
    """Enter an iteration into the list of those that are open."""
    global newest
    before = newest
    if before is not None:
        before.newer = iteration
        iteration.older = before
    newest = iteration


def advance(iteration: Iteration, most: u32, with_values: bool) -> None:
    """Write the next elements, at most so many, each with its value if a dict's are wanted; ABSENT at the end."""
    position = iteration.position
    for _ in range(most):
        charge(ELEMENT)
        set_driver_register(RESULT, iteration.iterable)
        set_driver_register(ARGUMENT, from_small(position))
        if not step(u32(STEP), first_window(), iteration.iterable, position):
            emit_absent()
            break
        position = small(driver_register(ARGUMENT))
        emit_value(driver_register(EVENT))
        if with_values:
            emit_value(entry_value(cast(Dict, iteration.iterable), u32(position) - 1))
    # Only now: what fails on the way has not happened.
    iteration.position = position


def close_iteration(iteration: Iteration) -> None:
    """Unlock what was iterated over."""
    global newest
    unlock(iteration.iterable)
    newer = iteration.newer
    older = iteration.older
    if newer is None:
        newest = older
    else:
        newer.older = older
    if older is not None:
        older.newer = newer


def restore_locks() -> None:
    """Lock what the host iterates over, as often as it does, whatever its locks are now."""
    iteration = newest
    while iteration is not None:
        set_locks(iteration.iterable, 0)
        iteration = iteration.older
    iteration = newest
    while iteration is not None:
        begin_iteration(iteration.iterable)
        iteration = iteration.older


def set_locks(iterable: Value, count: u32) -> None:
    """Set the number of iterations over a list or dict that are under way."""
    if isinstance(iterable, List):
        if not is_frozen(cast(List, iterable)):
            cast(List, iterable).locks = count
    elif isinstance(iterable, Dict):
        if not is_frozen(cast(Dict, iterable)):
            cast(Dict, iterable).locks = count
