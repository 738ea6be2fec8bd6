"""Events in, result lines out: the loop over a batch, all of it inside the guest.

    {"decision": ..., "rule": "name", "fuel": 812}
    {"error": {"kind": ...}, "fuel": 812}

Each event begins with full fuel, an empty stack and an empty young space, and ends by giving all of it back: what one event
did, or how it failed, never shows in the next. An error's line replaces what its event had written so far.
"""

from guest.compiler.language import UNDEFINED, Failure, noinline, text_length, u32, u64
from guest.heap import session
from guest.heap.search import span_find_byte
from guest.heap.spans import bytes_span
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.library import clock, output, printing
from guest.library.json_decode import decode_event
from guest.library.json_error import say_fault
from guest.library.output import emit_byte, emit_text, emit_unsigned
from guest.machine import decisions, exchange
from guest.machine.evaluation import abandon, begin_evaluation, clean_up, run_guarded
from guest.machine.exchange import MAX_RECORDS, input_bytes, reserve_records, write_record
from guest.machine.lines import DECISION_START, DECISION_START_BYTES, RULE_START, emit_line, fixed_line
from guest.machine.policy import begin_event, emit_decision, emit_rule
from guest.machine.report import emit_error
from guest.machine.status import Status
from guest.meter import errors, fuel
from guest.meter.errors import Kind
from guest.values.failure import say, stop_as

NEWLINE = 10
CARRIAGE_RETURN = 13
SPACE = 32
TAB = 9
CLOSE_BRACE = 125
ERROR_START = '{"error": '
OUTPUT_TARGET = 256 * 1024
"""Bytes of output, or of printed text, at which a batch stops until the host has taken them."""
MAX_EVENT = 16 * 1024 * 1024
"""Bytes of one event."""


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
            decide_event(at, end)
            emit_byte(NEWLINE)
        at = min(end + 1, size)
        exchange.consumed = at
    return Status.DONE


def run_single(size: u32) -> u32:
    """Decide the one event of the first `size` bytes of input."""
    output.output_length = 0
    printing.print_length = 0
    exchange.events_done = 0
    reserve_records(1)
    decide_event(0, size)
    clock.now_set = 0
    return Status.DONE


def run_and_keep(size: u32) -> u32:
    """Decide the event in the input and leave everything as it is at its end, frames, registers and garbage: for a look at
    the heap. Nothing may be evaluated in this memory afterwards.
    """
    output.output_length = 0
    printing.print_length = 0
    exchange.events_done = 0
    reserve_records(1)
    begin_evaluation(exchange.event_fuel)
    decisions.begin_rules()
    if succeed(0, size):
        return Status.DONE
    output.output_length = 0
    fail_event(0)
    return Status.FAILED


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


@noinline
def decide_event(start: u32, end: u32) -> None:
    """Decide the event in input[start:end] and write its result line, without the line's end, and its record."""
    begin_evaluation(exchange.event_fuel)
    decisions.begin_rules()
    line = output.output_length
    if not succeed(start, end):
        output.output_length = line
        fail_event(line)
        abandon()
    exchange.events_done += 1
    clean_up()


@noinline
def succeed(start: u32, end: u32) -> bool:
    """Decode, judge and encode; False if the event ends in an error, whose kind is in `errors.kind`."""
    try:
        return judge(start, end)
    except Failure:
        return False


def judge(start: u32, end: u32) -> bool:
    """`succeed`, except for failures outside the interpreter loop."""
    if end - start > MAX_EVENT:
        say("the event is longer than 16 MiB")
        stop_as(Kind.INPUT)
    event = decode_event(input_bytes(), start, end)
    if event == UNDEFINED:
        say_fault()
        stop_as(Kind.INPUT)
    begin_event(event)
    status = run_guarded()
    if status == Status.SUSPENDED:
        errors.kind = Kind.FUEL
    if status != Status.DONE:
        return False
    offset = output.output_length + DECISION_START_BYTES
    length = emit_result()
    spent = u64(exchange.event_fuel - fuel.remaining)
    emit_fuel(spent)
    write_record(exchange.events_done, 0, decisions.rule_number, spent, offset, length)
    return True


def emit_result() -> u32:
    """The result line up to the fuel; the length of the decision in it."""
    line = fixed_line()
    if line is not None:
        length = line.decision_bytes
        emit_line(line)
        return length
    emit_text(DECISION_START)
    offset = output.output_length
    emit_decision()
    length = output.output_length - offset
    emit_text(RULE_START)
    emit_rule()
    return length


def emit_fuel(spent: u64) -> None:
    """The end of a result line."""
    emit_text(', "fuel": ')
    emit_unsigned(spent)
    emit_byte(CLOSE_BRACE)


@noinline
def report(line: u32) -> None:
    """Write the error object; when even that fails for want of memory, one that needs none."""
    try:
        emit_text(ERROR_START)
        emit_error()
        return
    except Failure:
        output.output_length = line
    emit_text(ERROR_START)
    emit_text(
        '{"kind": "memory", "message": "out of memory while an error was reported", "rule": null, "traceback": []}'
    )


@noinline
def fail_event(line: u32) -> None:
    """Write the result line of an event that failed; its frames stay. An event that ran out of fuel used up its budget."""
    kind = errors.kind
    if kind == Kind.FUEL:
        fuel.remaining = 0
    spent = u64(exchange.event_fuel - fuel.remaining)
    offset = line + text_length(ERROR_START)
    report(line)
    length = output.output_length - offset
    emit_fuel(spent)
    write_record(exchange.events_done, kind, decisions.rule_number, spent, offset, length)
