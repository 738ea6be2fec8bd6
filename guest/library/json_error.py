"""What is wrong with a JSON input, and where.

Bad input is expected, so the decoder reports it with return codes and not with `raise`: whoever finds the fault records it
here and returns UNDEFINED, up to the boundary, which says it with `say_fault`. Only the first fault is told.
"""

from guest.compiler.language import UNDEFINED, Text, Value, i64, u32
from guest.values.failure import say, say_int

fault: Text = ""
fault_offset: u32 = 0
"""Bytes from the start of the event (or file) to the fault."""


def refuse(message: Text, offset: u32) -> Value:
    """Record a fault at an offset in the input buffer; gives the UNDEFINED that the decoder returns."""
    global fault, fault_offset
    fault = message
    fault_offset = offset
    return UNDEFINED


def rebase_fault(start: u32) -> None:
    """Make the fault's offset relative to the start of the input in its buffer."""
    global fault_offset
    fault_offset -= start


def say_fault() -> None:
    """Compose the error message, for `stop_as(Kind.INPUT)` or a diagnostic."""
    say(fault)
    say(" at byte ")
    say_int(i64(fault_offset))
