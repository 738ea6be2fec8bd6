"""What an instruction owes: the fuel it began with, the interrupt word, the end of a slice.

An instruction either completes with its whole price paid or does not happen. An instruction that may charge more than its
one unit therefore notes the meter first (`begin_charging`), so that the meter can be set back when a charge fails and
the instruction be executed again with more fuel. Slow paths of the handlers call this; `evaluation.py` sets back.
"""

from guest.compiler.language import i64, inline, noinline
from guest.meter import fuel
from guest.meter.costs import INSTRUCTION
from guest.meter.errors import Kind, stop_with
from guest.meter.fuel import take_back_overdraft

fuel_at_start: i64 = 0
"""The meter before the current instruction, if that instruction noted it."""


@inline
def begin_charging() -> None:
    """Note the meter as it was before this instruction's own unit."""
    global fuel_at_start
    fuel_at_start = fuel.remaining + INSTRUCTION


def undo_charges() -> None:
    """The current instruction did not happen: set the meter back."""
    fuel.remaining = fuel_at_start
    take_back_overdraft()


@inline
def poll() -> None:
    """Stop at this instruction if the host asked for it. Loops and calls poll, so nothing runs long without it."""
    if fuel.interrupt != 0:
        stop_here()


@noinline
def stop_here() -> None:
    """End with the deadline error; this instruction did not happen."""
    begin_charging()
    stop_with(Kind.DEADLINE)
