"""Where a trace is written: a buffer beside that of results, which the host empties whenever the trace pauses.

The text is a sequence of JSON arrays with a comma before each. While it is open, everything that is emitted goes to it, so the
emitters of results and errors write traces as well. `tracing.py` says what the entries mean.
"""

from guest.compiler.language import Array, Failure, Text, Value, need, noinline, u8, u32, u64
from guest.heap.allocate import old_array_u8
from guest.heap.views import Bytes, pinned_bytes
from guest.library import output
from guest.library.json_quote import emit_json_bytes
from guest.library.output import emit_byte, emit_text, emit_unsigned
from guest.meter import fuel
from guest.meter.fuel import begin_budget
from guest.values import failure
from guest.values.describe import say_short_repr
from guest.values.failure import forget_message, message_buffer

TRACE_BYTES = 64 * 1024
TRACE_TARGET = 32 * 1024
"""Bytes at which a trace pauses until the host has taken them; an entry is much shorter than what is left."""
VALUE_BYTES = 160  # of a value that is shown
DESCRIPTION_FUEL = 1 << 40  # units that showing a value may cost, which nobody pays

COMMA = 44
QUOTE = 34
OPEN_BRACKET = 91
CLOSE_BRACKET = 93

buffer: Array[u8] | None = None
trace_address: Bytes = Bytes(0)
trace_length: u32 = 0

# The buffer of results while the trace is open.
results: Array[u8] | None = None
results_length: u32 = 0


@noinline
def make_room() -> bool:
    """Make the buffer, once, and empty it; False if there is no memory for it."""
    global buffer, trace_address, trace_length
    trace_length = 0
    if buffer is not None:
        return True
    try:
        made = old_array_u8(TRACE_BYTES)
    except Failure:
        return False
    buffer = made
    trace_address = pinned_bytes(made)
    return True


def is_long() -> bool:
    """Whether it is time that the host takes what has been written."""
    return trace_length >= TRACE_TARGET


def open_trace() -> None:
    """From here on what is emitted belongs to the trace."""
    global results, results_length
    results = output.buffer
    results_length = output.output_length
    output.buffer = buffer
    output.output_length = trace_length


def close_trace(is_whole: bool) -> None:
    """What is emitted belongs to the result again. What was emitted since the trace was opened is dropped if it is not whole."""
    global buffer, trace_address, trace_length, results
    written = need(output.buffer)
    buffer = written
    trace_address = pinned_bytes(written)
    if is_whole:
        trace_length = output.output_length
    own = results
    results = None
    output.buffer = own
    output.output_length = results_length
    if own is not None:
        output.output_address = pinned_bytes(own)


# Entries.


def written() -> u32:
    """How much there is of the trace, which is open: where its next entry begins."""
    return output.output_length


def drop_to(start: u32) -> None:
    """Drop what has been written from `start` on."""
    output.output_length = start


def begin_entry(name: Text) -> None:
    """Begin an entry of this name."""
    emit_byte(COMMA)
    emit_byte(OPEN_BRACKET)
    emit_byte(QUOTE)
    emit_text(name)
    emit_byte(QUOTE)


def add_number(number: u64) -> None:
    """Add a number to the entry."""
    emit_byte(COMMA)
    emit_unsigned(number)


def add_truth(holds: bool) -> None:
    """Add a truth value to the entry."""
    emit_text(", true" if holds else ", false")


def end_entry() -> None:
    """The entry is complete."""
    emit_byte(CLOSE_BRACKET)


@noinline
def add_value(value: Value) -> None:
    """Add a value to the entry, as `repr` shows it and shortened, or null if that fails. It costs the event nothing."""
    remaining = fuel.remaining
    set_aside = fuel.set_aside
    overdrawn = fuel.overdrawn
    begin_budget(DESCRIPTION_FUEL)
    emit_byte(COMMA)
    if is_described(value):
        emit_json_bytes(message_buffer(), failure.composed)
    else:
        emit_text("null")
    forget_message()
    fuel.remaining = remaining
    fuel.set_aside = set_aside
    fuel.overdrawn = overdrawn


def is_described(value: Value) -> bool:
    """Compose the text of a value in the buffer of messages; False if there is no memory, or no time, for it."""
    forget_message()
    try:
        say_short_repr(value, VALUE_BYTES)
        return True
    except Failure:
        return False
