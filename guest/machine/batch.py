"""A batch: events in, one a line, result lines out; the loop over them is the guest's.

A bundle that calls functions of the host has no batches here: its events are decided one by one (`held.py`).
"""

from guest.compiler.language import u32
from guest.heap import session
from guest.heap.search import span_find_byte
from guest.heap.spans import bytes_span
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.library import clock, output, printing
from guest.library.output import emit_byte
from guest.machine import exchange
from guest.machine.event import decide_event
from guest.machine.exchange import MAX_RECORDS, input_bytes, reserve_records
from guest.machine.status import Status

NEWLINE = 10
CARRIAGE_RETURN = 13
SPACE = 32
TAB = 9
OUTPUT_TARGET = 256 * 1024
"""Bytes of output, or of printed text, at which a batch stops until the host has taken them."""


def run_batch(size: u32) -> u32:
    """Decide the events of the first `size` bytes of input, one a line; PARTIAL if some are left."""
    status = decide_lines(size)
    # The host told the time to these events alone.
    clock.now_set = 0
    return status


def decide_lines(size: u32) -> u32:
    """`run_batch`, while the events have their time."""
    output.output_length = 0
    printing.print_length = 0
    exchange.events_done = 0
    exchange.consumed = 0
    reserve_records(MAX_RECORDS)
    input = input_bytes()
    at: u32 = 0
    while at < size:
        end = line_end(input, at, size)
        if not is_blank(input, at, end):
            if (
                output.output_length >= OUTPUT_TARGET
                or printing.print_length >= OUTPUT_TARGET
                or exchange.events_done == MAX_RECORDS
                or (session.strained != 0 and exchange.events_done != 0)
            ):
                return Status.PARTIAL
            if decide_event(at, end) == Status.CALLING:
                return Status.CALLING
            emit_byte(NEWLINE)
        at = min(end + 1, size)
        exchange.consumed = at
    return Status.DONE


def line_end(input: Bytes, start: u32, size: u32) -> u32:
    """Where the line that begins at `start` ends: at its line feed, or at the end of the input."""
    found = span_find_byte(bytes_span(bytes_after(input, start)), size - start, NEWLINE)
    return size if found < 0 else start + u32(found)


def is_blank(input: Bytes, start: u32, end: u32) -> bool:
    """Whether a line holds nothing but white space."""
    at = start
    while at < end:
        byte = byte_at(input, at)
        if byte != SPACE and byte != TAB and byte != CARRIAGE_RETURN:
            return False
        at += 1
    return True
