"""The fuel cell: what is left of the evaluation's budget, and the word by which the host interrupts it.

The interpreter loop charges instructions itself, on `remaining`; everything whose work grows with the size of
its operands calls `charge`. An instruction is atomic: it completes with its whole price paid, or the machine
restores `remaining` and the instruction happens again after refuelling. So a built-in charges before its
first side effect.
"""

from __future__ import annotations

from guest.compiler.language import i64, u32
from guest.meter.errors import Kind, stop_with

# Units left. Signed, so that the interpreter may subtract first and test the sign.
remaining: i64 = 0

# Written by the host's ticker thread when the event has passed its deadline; the guest only reads it.
interrupt: u32 = 0


def charge(units: u32) -> None:
    """Pay for bulk work, or stop before it is done: without enough fuel nothing is deducted."""
    global remaining
    price = i64(units)
    if price > remaining:
        stop_with(Kind.FUEL)
    remaining -= price
    if interrupt != 0:
        stop_with(Kind.DEADLINE)
