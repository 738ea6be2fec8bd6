"""What is wrong with a JSON input, and where.

Bad input is expected, so the decoder reports it with return codes and not with `raise`: whoever finds the fault records it
here and returns UNDEFINED, up to the boundary, which says it with `say_fault`. Only the first fault is told. The built-ins of
the namespace `json` say it in words of their own (`json_wording.py`).
"""

from enum import IntEnum

from guest.compiler.language import UNDEFINED, Text, Value, i64, u32
from guest.values.failure import say, say_int

NOWHERE = 0xFFFFFFFF


class Fault(IntEnum):
    """What the decoder found. The values from FIRST_SYNTAX on are of an input that is not JSON at all."""

    NOT_AN_OBJECT = 0
    STACK_FULL = 1
    TOO_DEEP = 2
    LARGE_NUMBER = 3
    EARLY_END = 4
    VALUE_EXPECTED = 5
    KEY_EXPECTED = 6
    COLON_EXPECTED = 7
    LIST_SEPARATOR_EXPECTED = 8
    OBJECT_SEPARATOR_EXPECTED = 9
    END_EXPECTED = 10
    LONE_MINUS = 11
    LEADING_ZERO = 12
    NO_FRACTION = 13
    NO_EXPONENT = 14
    UNCLOSED_STRING = 15
    CONTROL_CHARACTER = 16
    INVALID_ESCAPE = 17
    INVALID_UTF8 = 18
    # What other languages write where JSON wants another value.
    NO_SUCH_NUMBER = 19
    CAPITAL_CONSTANT = 20
    SINGLE_QUOTE = 21


FIRST_SYNTAX = Fault.EARLY_END

fault: u32 = 0
# Bytes from the start of the input to the fault, or NOWHERE.
fault_offset: u32 = 0


def refuse(what: u32, offset: u32) -> Value:
    """Record a fault and its place in the buffer of the input; gives the UNDEFINED that the decoder returns."""
    global fault, fault_offset
    fault = what
    fault_offset = offset
    return UNDEFINED


def rebase_fault(start: u32) -> None:
    """Make the fault's offset relative to the start of the input in its buffer."""
    global fault_offset
    if fault_offset != NOWHERE:
        fault_offset -= start


def shift_fault(by: u32) -> None:
    """Count so many bytes more in front of the fault."""
    global fault_offset
    if fault_offset != NOWHERE:
        fault_offset += by


def say_fault() -> None:
    """Compose the error message, for `stop_as(Kind.INPUT)`."""
    if fault >= FIRST_SYNTAX:
        say("not valid JSON: ")
    say(fault_text(fault))
    if fault_offset != NOWHERE:
        say(" at byte ")
        say_int(i64(fault_offset))


def fault_text(what: u32) -> Text:
    """A fault in words."""
    match what:
        case Fault.NOT_AN_OBJECT:
            return "the event is not a JSON object"
        case Fault.STACK_FULL:
            return "no room on the stack to decode JSON"
        case Fault.TOO_DEEP:
            return "more than 200 containers inside one another"
        case Fault.LARGE_NUMBER:
            return "a number too large for a float"
        case Fault.EARLY_END:
            return "the input ends too early"
        case Fault.VALUE_EXPECTED:
            return "a value was expected"
        case Fault.NO_SUCH_NUMBER:
            return "a value was expected (JSON has no NaN, Infinity or None: use null)"
        case Fault.CAPITAL_CONSTANT:
            return "a value was expected (JSON writes true and false)"
        case Fault.SINGLE_QUOTE:
            return "a value was expected (JSON has double quotes only)"
        case Fault.KEY_EXPECTED:
            return "a key in double quotes was expected"
        case Fault.COLON_EXPECTED:
            return "a colon was expected after the key"
        case Fault.LIST_SEPARATOR_EXPECTED | Fault.OBJECT_SEPARATOR_EXPECTED:
            return "a comma or the end of the container was expected"
        case Fault.END_EXPECTED:
            return "nothing more was expected"
        case Fault.LONE_MINUS:
            return "a minus without a number"
        case Fault.LEADING_ZERO:
            return "a number with a leading zero"
        case Fault.NO_FRACTION:
            return "a decimal point without digits after it"
        case Fault.NO_EXPONENT:
            return "an exponent without digits"
        case Fault.UNCLOSED_STRING:
            return "a string without a closing quote"
        case Fault.CONTROL_CHARACTER:
            return "an unescaped control character in a string"
        case Fault.INVALID_ESCAPE:
            return "an invalid escape in a string"
        case _:
            return "invalid UTF-8 in a string"
