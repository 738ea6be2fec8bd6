"""The words and buffers through which host and guest exchange data, besides the output and print buffers of the library.

The input buffer is born old and does not move; only `reserve_input` replaces it. The record table has one entry for each event
of the last call, so that the host needs not parse result lines:

    u32 status (0, the error's Kind, or CALLING)   u32 rule number (NO_RULE: none)   u64 fuel
    u32 offset in the output, u32 length: of the decision's JSON text, of the error object, or of the request
"""

from guest.compiler.language import Array, i64, need, u8, u32, u64
from guest.heap import session
from guest.heap.allocate import old_array_u8, old_array_u32
from guest.heap.input import INPUT_PADDING
from guest.heap.state import address_of
from guest.heap.views import Bytes, pinned_bytes

HEADER_BYTES = 8
FIRST_INPUT = 64 * 1024
RECORD_WORDS = 6
NO_SLICES = 1 << 62
"""Units of a slice that never ends."""
RECORD_CALLING = 7
"""The status, beyond all kinds of errors, of an event that waits for the host's answer."""
MAX_RECORDS = 4096
"""Events of one call of `batch`; further ones wait for the next call."""

input_buffer: Array[u8] | None = None
input_address: u32 = 0
input_capacity: u32 = 0

records: Array[u32] | None = None
records_address: u32 = 0
record_capacity: u32 = 0

# Of the last `batch`: bytes of input done, events done.
consumed: u32 = 0
events_done: u32 = 0
# Units spent by all events so far.
fuel_spent: u64 = 0
# Units for each event, set by the host.
event_fuel: i64 = 0
# Whether the host holds objects (`operations.py`): then it goes on after an input for which there was no room.
in_scope: bool = False
# Units after which an event or a program that the host holds in hand stops, to go on when the host says so.
slice_fuel: i64 = NO_SLICES
# Not zero: an event in hand leaves everything as it is at its end, for the host to look at; it is the isolate's last.
keeps_end: u32 = 0


def reserve_input(size: u32) -> u32:
    """Make room for `size` input bytes; their address."""
    global input_buffer, input_address, input_capacity
    if input_buffer is None or size > input_capacity:
        if session.is_open == 0 and not in_scope:
            # Not both at a time. But a session or a scope goes on with the old one when there is no room.
            input_buffer = None
        buffer = old_array_u8(max(size, FIRST_INPUT) + INPUT_PADDING)
        input_buffer = buffer
        input_address = address_of(buffer) + HEADER_BYTES
        input_capacity = max(size, u32(FIRST_INPUT))
    return input_address


def input_bytes() -> Bytes:
    """The input as the decoder reads it."""
    return pinned_bytes(need(input_buffer))


def reserve_records(count: u32) -> None:
    """Make room for `count` records, at most MAX_RECORDS."""
    global records, records_address, record_capacity
    if records is None or count > record_capacity:
        records = None
        table = old_array_u32(RECORD_WORDS * count)
        records = table
        records_address = address_of(table) + HEADER_BYTES
        record_capacity = count


def write_record(index: u32, status: u32, rule: u32, units: u64, offset: u32, length: u32) -> None:
    """Fill in one record."""
    table = need(records)
    at = RECORD_WORDS * index
    table[at] = status
    table[at + 1] = rule
    table[at + 2] = u32(units)
    table[at + 3] = u32(units >> 32)
    table[at + 4] = offset
    table[at + 5] = length
