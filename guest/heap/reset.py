"""The end of an evaluation: one store when nothing escaped.

What an evaluation allocated normally dies with it. Setting the bump pointer back frees it all, and is sound
only when nothing outside the nursery refers into it: no remembered old object, no module variable, no stack.
That is checked, in a few dozen loads. If something did escape, a young collection promotes it. The same
conditions tell the user of the heap how to keep this fast: leave no young object in a module variable or in
an older object when the evaluation is over.

An evaluation that was larger than the nursery has left garbage in the old space. It is swept at once, so that the
next evaluation finds the memory as a fresh isolate has it: where one runs out of memory, and what fuel it has used by
then, depends on nothing that happened before it. In a session evaluations do depend on those before (`session.py`).
"""

from __future__ import annotations

from guest.compiler.language import noinline
from guest.heap import pacing, session
from guest.heap.allocate import collect_full, collect_young, retire_nursery
from guest.heap.cycle import is_resting
from guest.heap.pacing import forget_debt
from guest.heap.remembered import nothing_remembered
from guest.heap.roots import clear_stale_registers, roots_hold_young


def end_evaluation() -> None:
    """Free what the evaluation allocated. The machine has emptied the VM stack before."""
    clear_stale_registers()
    if nothing_remembered() and not roots_hold_young():
        retire_nursery()
    else:
        keep_survivors()
    if pacing.grown != 0 or not is_resting():
        settle()


@noinline
def keep_survivors() -> None:
    """Something escaped: promote it."""
    if session.is_open != 0:
        session.promote_survivors()
    else:
        collect_young()


@noinline
def settle() -> None:
    """Something became old, or a cycle is under way."""
    if session.is_open != 0:
        session.settle()
    else:
        collect_full()
        forget_debt()
