"""The fuel cell: what is left of the evaluation's budget, and the word by which the host interrupts it.

The interpreter loop charges instructions itself, on `remaining`; everything whose work grows with the size of
its operands calls `charge`. An instruction is atomic: it completes with its whole price paid, or the machine
restores the cell and the instruction happens again after refuelling. So a built-in charges before its
first side effect.

An evaluation may run in slices: `remaining` is then what is left of the slice, and the rest of the budget is set aside.
An instruction that costs more than its slice has overdraws it, and is the slice's last. So slices change nothing but where the
evaluation stops: not what it costs, and not what it does.
"""

from __future__ import annotations

from guest.compiler.language import i64, noinline, u32
from guest.meter.errors import Kind, stop_with

# Units left of the slice. Signed, so that the interpreter may subtract first and test the sign.
remaining: i64 = 0

# Units left of the budget beyond the slice.
set_aside: i64 = 0

# Units by which the slice has been overdrawn: by its last instruction, since no other begins after that.
overdrawn: i64 = 0

# Written by the host's ticker thread when the event has passed its deadline; the guest only reads it.
interrupt: u32 = 0


def charge(units: u32) -> None:
    """Pay for bulk work, or stop before it is done: without enough fuel nothing is deducted."""
    global remaining
    price = i64(units)
    if price > remaining:
        overdraw(price)
    remaining -= price
    if interrupt != 0:
        stop_with(Kind.DEADLINE)


@noinline
def overdraw(price: i64) -> None:
    """Make the slice as large as this price, at the cost of what was set aside."""
    global remaining, set_aside, overdrawn
    missing = price - remaining
    if missing > set_aside:
        stop_with(Kind.FUEL)
    set_aside -= missing
    overdrawn += missing
    remaining = price


def take_back_overdraft() -> None:
    """The instruction that overdrew the slice did not happen."""
    global set_aside, overdrawn
    set_aside += overdrawn
    overdrawn = 0


def left() -> i64:
    """Units left of the whole budget."""
    return remaining + set_aside


def begin_slice(units: i64) -> None:
    """Let so many units be spent before the evaluation stops; what is left beyond them is set aside."""
    global remaining, set_aside, overdrawn
    budget = left()
    remaining = max(i64(0), units) if units < budget else budget
    set_aside = budget - remaining
    overdrawn = 0


def end_slice() -> None:
    """Stop before the next instruction."""
    global remaining, set_aside
    set_aside += remaining
    remaining = 0


def begin_budget(units: i64) -> None:
    """A new evaluation may spend so many units, in one go."""
    global remaining, set_aside, overdrawn
    remaining = units
    set_aside = 0
    overdrawn = 0
