"""One event, from its bytes to its result line: decoded, judged, encoded, and cleaned up after.

    {"decision": ..., "rule": "name", "fuel": 812}
    {"error": {"kind": ...}, "fuel": 812}

Each event begins with full fuel, an empty stack and an empty young space, and ends by giving all of it back: what one event
did, or how it failed, never shows in the next. An error's line replaces what its event had written so far. `batch.py` decides
events one after the other; an event that the host *holds in hand* stops whenever its slice of fuel is over (`held.py`).
"""

from guest.compiler.language import UNDEFINED, Failure, i64, noinline, text_length, u32, u64
from guest.library import output
from guest.library.json_decode import decode_event
from guest.library.json_error import say_fault
from guest.library.output import emit_byte, emit_text, emit_unsigned
from guest.machine import decisions, exchange
from guest.machine.coverage import run_machine
from guest.machine.evaluation import abandon, begin_evaluation, clean_up
from guest.machine.exchange import RECORD_CALLING, input_bytes, write_record
from guest.machine.lines import DECISION_START, DECISION_START_BYTES, RULE_START, emit_line, fixed_line
from guest.machine.policy import begin_event, emit_decision, emit_rule
from guest.machine.report import emit_error
from guest.machine.status import Status
from guest.meter import errors, fuel
from guest.meter.errors import Kind
from guest.meter.fuel import begin_budget, begin_slice
from guest.values.failure import say, stop_as

CLOSE_BRACE = 125
ERROR_START = '{"error": '
MAX_EVENT = 16 * 1024 * 1024
"""Bytes of one event."""


@noinline
def decide_event(start: u32, end: u32) -> u32:
    """Decide the event in input[start:end] and write its result line, without the line's end, and its record.

    CALLING: it waits for an answer of the host, and nothing is written but the request; DONE otherwise.
    """
    line = output.output_length
    begin_deciding()
    status = judge(start, end, exchange.NO_SLICES)
    if status == Status.CALLING:
        note_request()
        return Status.CALLING
    conclude(status, line)
    return Status.DONE


def begin_deciding() -> None:
    """Get ready for an event."""
    begin_evaluation(exchange.event_fuel)
    decisions.begin_rules()


@noinline
def judge(start: u32, end: u32, units: i64) -> u32:
    """Decode the event in input[start:end], and run its rules for at most `units`: the status of the run, or FAILED."""
    try:
        open_event(start, end)
    except Failure:
        return Status.FAILED
    begin_slice(units - (exchange.event_fuel - fuel.left()))
    return run_machine()


def open_event(start: u32, end: u32) -> None:
    """Decode the event and make the machine ready for it. Decoding is not sliced: it is bounded by the event's size."""
    if end - start > MAX_EVENT:
        say("the event is longer than 16 MiB")
        stop_as(Kind.INPUT)
    event = decode_event(input_bytes(), start, end)
    if event == UNDEFINED:
        say_fault()
        stop_as(Kind.INPUT)
    begin_event(event)


def spent_fuel() -> u64:
    """Units that the event has spent."""
    return u64(exchange.event_fuel - fuel.left())


def note_request() -> None:
    """Say in the record that the event waits for the host's answer to the request, which is the whole output."""
    write_record(
        exchange.events_done, RECORD_CALLING, decisions.rule_number, spent_fuel(), 0, output.output_length
    )


@noinline
def conclude(status: u32, line: u32) -> None:
    """The event's run is over, with this status: write its result at `line` in the output, and free what it used."""
    failed = True
    if status == Status.DONE:
        failed = not write_result()
    elif status == Status.STARVED:
        errors.kind = Kind.FUEL
    elif status != Status.FAILED:
        # Whoever let it run does not know what to do with a pause.
        errors.kind = Kind.INTERNAL
    if failed:
        fail(line)
    free_event()


@noinline
def fail(line: u32) -> None:
    """The event ends in the error that `errors.kind` names: its line replaces what was written."""
    output.output_length = line
    fail_event(line)
    if exchange.keeps_end == 0:
        abandon()


def free_event() -> None:
    """The event's result is written: forget the event."""
    count_event()
    clean_up()


def count_event() -> None:
    """The event's result is written: count it."""
    exchange.events_done += 1
    exchange.fuel_spent += spent_fuel()


@noinline
def write_result() -> bool:
    """Encode the decision and write the record; False if the decision cannot be told."""
    try:
        emit_result()
        return True
    except Failure:
        return False


def emit_result() -> None:
    """The result line and the record."""
    offset = output.output_length + DECISION_START_BYTES
    length = emit_decided()
    spent = spent_fuel()
    emit_fuel(spent)
    write_record(exchange.events_done, 0, decisions.rule_number, spent, offset, length)


def emit_decided() -> u32:
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
        begin_budget(0)
    spent = spent_fuel()
    offset = line + text_length(ERROR_START)
    report(line)
    length = output.output_length - offset
    emit_fuel(spent)
    write_record(exchange.events_done, kind, decisions.rule_number, spent, offset, length)
