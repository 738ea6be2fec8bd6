"""The errors of `json.decode` and `json.indent`, in the words that rule authors know from other implementations.

Relies on the fault that the decoder has recorded and on the text, in the buffer it was read from. Offsets count bytes.
"""

from typing import NoReturn

from guest.compiler.language import Text, i64, noinline, text_byte, u32
from guest.heap.views import Bytes, byte_at
from guest.library import json_error
from guest.library.json_error import NOWHERE, Fault, fault_text
from guest.library.json_marks import APOSTROPHE, BACKSLASH, MINUS, PLUS, POINT, SPACE, ZERO
from guest.library.json_numbers import LETTER_CASE, LETTER_E
from guest.library.json_quote import hexadecimal_digit
from guest.values.failure import say, say_byte, say_int, stop
from guest.values.text import wide_size

DELETE = 0x7F
FIRST_BEYOND_ASCII = 0x80
LETTER_U = 0x75
LEFT_BRACKET = 0x5B
LEFT_BRACE = 0x7B
SHORT_ESCAPES = "abtnvfr"  # of the characters 7 to 13
FIRST_SHORT_ESCAPE = 7
LAST_SHORT_ESCAPE = 13
MOST_QUOTED = 64  # bytes of a faulty number that a message repeats


def refuse_decoding(input: Bytes, end: u32) -> NoReturn:
    """End with the error of `json.decode` for the fault that was found in input[0:end]."""
    say("json.decode: ")
    at = json_error.fault_offset
    fault = json_error.fault
    if at == NOWHERE or fault == Fault.TOO_DEEP or fault == Fault.INVALID_UTF8:
        say(fault_text(fault))
        stop()
    start, number_end = number_around(input, at, end)
    if is_number_fault(fault) or (is_misplaced(fault) and start < at and at < number_end):
        say_offset(number_end)
        say("invalid number: ")
        say_part(input, start, number_end)
        stop()
    say_offset(at)
    match fault:
        case Fault.EARLY_END:
            say("unexpected end of file")
        case Fault.COLON_EXPECTED:
            say_got(input, at, "after object key, got ", "want ':'")
        case Fault.LIST_SEPARATOR_EXPECTED:
            say_got(input, at, "got ", "want ',' or ']'")
        case Fault.OBJECT_SEPARATOR_EXPECTED:
            say_got(input, at, "in object, got ", "want ',' or '}'")
        case Fault.UNCLOSED_STRING:
            say("unclosed string literal")
        case Fault.CONTROL_CHARACTER | Fault.INVALID_ESCAPE:
            say_string_fault(input, at, end)
        case Fault.KEY_EXPECTED:
            say_key_fault(input, at, number_end)
        case _:
            say("unexpected character ")
            say_character(input, at)
            if fault == Fault.END_EXPECTED:
                say(" after value")
    stop()


def refuse_layout(input: Bytes, end: u32) -> NoReturn:
    """End with the error of `json.indent` for the fault that was found in input[0:end]."""
    say("json.indent: ")
    at = json_error.fault_offset
    fault = json_error.fault
    if fault == Fault.EARLY_END or fault == Fault.UNCLOSED_STRING:
        say("unexpected end of JSON input")
        stop()
    if at == NOWHERE or fault == Fault.TOO_DEEP or is_number_fault(fault):
        say(fault_text(fault))
        stop()
    if fault == Fault.CONTROL_CHARACTER or fault == Fault.INVALID_ESCAPE or fault == Fault.INVALID_UTF8:
        say_string_fault(input, at, end)
        stop()
    say("invalid character ")
    say_character(input, at)
    match fault:
        case Fault.KEY_EXPECTED:
            say(" looking for beginning of object key string")
        case Fault.COLON_EXPECTED:
            say(" after object key")
        case Fault.LIST_SEPARATOR_EXPECTED:
            say(" after array element")
        case Fault.OBJECT_SEPARATOR_EXPECTED:
            say(" after object key:value pair")
        case Fault.END_EXPECTED:
            say(" after top-level value")
        case _:
            say(" looking for beginning of value")
    stop()


def is_number_fault(fault: u32) -> bool:
    """Whether a number is not written as JSON wants it, or too large."""
    return (
        fault == Fault.LONE_MINUS
        or fault == Fault.LEADING_ZERO
        or fault == Fault.NO_FRACTION
        or fault == Fault.NO_EXPONENT
        or fault == Fault.LARGE_NUMBER
    )


def is_misplaced(fault: u32) -> bool:
    """Whether something follows a value that cannot."""
    return (
        fault == Fault.END_EXPECTED
        or fault == Fault.LIST_SEPARATOR_EXPECTED
        or fault == Fault.OBJECT_SEPARATOR_EXPECTED
    )


def number_around(input: Bytes, at: u32, end: u32) -> tuple[u32, u32]:
    """Where the run of characters of numbers around an offset begins and ends."""
    start = at
    while start > 0 and is_of_number(byte_at(input, start - 1)):
        start -= 1
    after = at
    while after < end and is_of_number(byte_at(input, after)):
        after += 1
    return start, after


def is_of_number(byte: u32) -> bool:
    """Whether a character may be part of a number."""
    return (
        byte - ZERO <= 9 or byte == MINUS or byte == PLUS or byte == POINT or byte | LETTER_CASE == LETTER_E
    )


def say_offset(offset: u32) -> None:
    """Say where."""
    say("at offset ")
    say_int(i64(offset))
    say(", ")


def say_part(input: Bytes, start: u32, end: u32) -> None:
    """Append a part of the text, cut if it is long."""
    for at in range(start, min(end, start + MOST_QUOTED)):
        say_byte(byte_at(input, at))


def say_got(input: Bytes, at: u32, before: Text, wanted: Text) -> None:
    """Say what was found instead of what was wanted."""
    say(before)
    say_character(input, at)
    say(", ")
    say(wanted)


def say_key_fault(input: Bytes, at: u32, number_end: u32) -> None:
    """Say what stands where the key of an object should: the type of the value that begins there, or a character."""
    byte = byte_at(input, at)
    if byte - ZERO > 9 and byte != MINUS and byte != LEFT_BRACKET and byte != LEFT_BRACE:
        say("unexpected character ")
        say_character(input, at)
        return
    say("got ")
    if byte == LEFT_BRACKET:
        say("list")
    elif byte == LEFT_BRACE:
        say("dict")
    else:
        say("float" if is_fractional(input, at, number_end) else "int")
    say(" for object key, want string")


def is_fractional(input: Bytes, at: u32, end: u32) -> bool:
    """Whether the number in input[at:end] has a point or an exponent."""
    for place in range(at, end):
        byte = byte_at(input, place)
        if byte == POINT or byte | LETTER_CASE == LETTER_E:
            return True
    return False


def say_string_fault(input: Bytes, at: u32, end: u32) -> None:
    """Say which character of a string cannot be there: `at` is its offset, or that of the escape's backslash."""
    say("invalid character ")
    if byte_at(input, at) != BACKSLASH:
        say_character(input, at)
        say(" in string literal")
    elif byte_at(input, at + 1) != LETTER_U:
        say_character(input, at + 1)
        say(" in string escape code")
    else:
        place = at + 2
        while place + 1 < end and is_hexadecimal(byte_at(input, place)):
            place += 1
        say_character(input, place)
        say(" in \\u hexadecimal character escape")


def is_hexadecimal(byte: u32) -> bool:
    """Whether a character is a hexadecimal digit."""
    return byte - ZERO <= 9 or (byte | LETTER_CASE) - 0x61 <= 5


@noinline
def say_character(input: Bytes, at: u32) -> None:
    """Append the character at an offset, in single quotes."""
    byte = byte_at(input, at)
    say_byte(APOSTROPHE)
    if byte == APOSTROPHE or byte == BACKSLASH:
        say_byte(BACKSLASH)
        say_byte(byte)
    elif byte >= FIRST_SHORT_ESCAPE and byte <= LAST_SHORT_ESCAPE:
        say_byte(BACKSLASH)
        say_byte(text_byte(SHORT_ESCAPES, byte - FIRST_SHORT_ESCAPE))
    elif byte < SPACE or byte == DELETE:
        say("\\x")
        say_byte(hexadecimal_digit(byte >> 4))
        say_byte(hexadecimal_digit(byte & 15))
    else:
        size: u32 = 1 if byte < FIRST_BEYOND_ASCII else wide_size(byte)
        for i in range(size):
            say_byte(byte_at(input, at + i))
    say_byte(APOSTROPHE)
