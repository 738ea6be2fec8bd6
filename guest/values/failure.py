"""Composes the message of a rule error, piece by piece, in a fixed buffer that is cut at one KiB.

Usage: `say("list index "); say_int(i); say(" out of range"); stop()`. Nothing here allocates once the buffer exists, so
an error can be told when the memory is full; the boundary reads `message` and `message_length` when it reports. Longer
pieces, a value's type (`types.py`) or the value itself (`describe.py`), build on this.
"""

from typing import NoReturn

from guest.compiler.language import (
    Array,
    Text,
    i64,
    inline,
    need,
    text_byte,
    text_length,
    u8,
    u32,
    u64,
)
from guest.heap.allocate import old_array_u8
from guest.meter.errors import Kind, stop_with
from guest.values.text import Str

MESSAGE_BYTES = 1024  # the longest message
MAX_DIGITS = 20  # of a 64-bit integer

message: Array[u8] | None = None
# Bytes of the finished message, valid after `stop`.
message_length: u32 = 0
# Bytes of the message that is being composed.
composed: u32 = 0
# Where the message is cut: at its end, or before it while `restrict_message` holds.
limit: u32 = MESSAGE_BYTES


def prepare_message() -> None:
    """Make the buffer. Called once, at boot."""
    global message
    message = old_array_u8(MESSAGE_BYTES)


@inline
def message_buffer() -> Array[u8]:
    """The buffer. It is never made here, so that what can fail need not be able to collect."""
    return need(message)


def say_byte(byte: u32) -> None:
    """Append one byte, if there is room."""
    global composed
    if composed < limit:
        buffer = message_buffer()
        buffer[composed] = byte
        composed += 1


def say(text: Text) -> None:
    """Append a static text."""
    for i in range(text_length(text)):
        say_byte(text_byte(text, i))


def say_method(name: Text) -> None:
    """Begin the message with the method that refuses, if there is one."""
    if text_length(name) != 0:
        say(name)
        say(": ")


def say_str(s: Str) -> None:
    """Append the content of a string."""
    for i in range(min(len(s.data), MESSAGE_BYTES)):
        say_byte(s.data[i])


def say_unsigned(n: u64) -> None:
    """Append a number in decimal."""
    power: u64 = 1
    for _ in range(MAX_DIGITS - 1):
        if n // power < 10:
            break
        power *= 10
    rest = n
    while power != 0:
        say_byte(48 + u32(rest // power))
        rest = rest % power
        power = power // 10


def say_hexadecimal(n: u64) -> None:
    """Append a number in base 16."""
    shift: u64 = 60
    while shift != 0 and n >> shift == 0:
        shift -= 4
    while True:
        digit = u32(n >> shift) & 15
        say_byte(digit + (48 if digit < 10 else 55))
        if shift == 0:
            break
        shift -= 4


def say_int(n: i64) -> None:
    """Append an integer in decimal."""
    if n < 0:
        say_byte(45)
        say_unsigned(0 - u64(n))
    else:
        say_unsigned(u64(n))


@inline
def has_room() -> bool:
    """Whether another byte would be kept."""
    return composed < limit


def restrict_message(most: u32) -> None:
    """Until `lift_restriction`, cut the message so many bytes from here."""
    global limit
    limit = min(composed + most, u32(MESSAGE_BYTES))


def lift_restriction() -> bool:
    """Let the message go on to its end; True if what was composed under a restriction reached it."""
    global composed, limit
    is_full = composed == limit
    limit = MESSAGE_BYTES
    if is_full:
        composed = whole_characters(composed)
    return is_full


def forget_message() -> None:
    """Drop what has been composed: whoever did it ended in another failure, of a limit."""
    global composed, limit
    composed = 0
    limit = MESSAGE_BYTES


def finish_message() -> None:
    """Close the message; a cut one ends at the border of a character."""
    global message_length
    message_length = whole_characters(composed) if composed == MESSAGE_BYTES else composed
    forget_message()


def whole_characters(n: u32) -> u32:
    """The length of the composed text without its last character if that was cut after `n` bytes; `n` is not 0."""
    buffer = message_buffer()
    start = n - 1
    while start > 0 and buffer[start] & 0xC0 == 0x80:
        start -= 1
    lead = buffer[start]
    size: u32 = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    return start if start + size > n else n


def stop_as(kind: u32) -> NoReturn:
    """End the operation with the composed message and this kind of error."""
    finish_message()
    stop_with(kind)


def stop() -> NoReturn:
    """End the operation with a rule error."""
    stop_as(Kind.RULE)


def stop_saying(text: Text) -> NoReturn:
    """End the operation with a rule error that is one static text."""
    say(text)
    stop()
