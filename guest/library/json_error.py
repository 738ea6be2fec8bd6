"""What is wrong with a JSON input, and where.

Bad input is expected, so the decoder reports it with return codes and not with `raise`: whoever finds the fault records it
here and returns UNDEFINED, up to the boundary, which says it with `say_fault`. Only the first fault is told.
"""

from guest.compiler.language import UNDEFINED, Text, Value, i64, u32
from guest.values.failure import say, say_int

NOWHERE = 0xFFFFFFFF

fault: Text = ""
# Bytes from the start of the input to the fault, or NOWHERE.
fault_offset: u32 = 0
# Whether the input is not JSON at all, rather than JSON that is not accepted.
is_syntax: bool = False


def refuse(message: Text, offset: u32) -> Value:
    """Record where the input in its buffer is not JSON; gives the UNDEFINED that the decoder returns."""
    global is_syntax
    refuse_value(message, offset)
    is_syntax = True
    return UNDEFINED


def refuse_value(message: Text, offset: u32) -> Value:
    """The same for what is JSON, but not accepted."""
    global fault, fault_offset, is_syntax
    fault = message
    fault_offset = offset
    is_syntax = False
    return UNDEFINED


def rebase_fault(start: u32) -> None:
    """Make the fault's offset relative to the start of the input in its buffer."""
    global fault_offset
    if fault_offset != NOWHERE:
        fault_offset -= start


def say_fault() -> None:
    """Compose the error message, for `stop_as(Kind.INPUT)`."""
    if is_syntax:
        say("not valid JSON: ")
    say(fault)
    if fault_offset != NOWHERE:
        say(" at byte ")
        say_int(i64(fault_offset))
