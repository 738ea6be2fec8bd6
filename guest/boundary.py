"""The boundary: everything that the host can call. The guest imports nothing but its memory.

    boot(size)      once, at build time: make the base image; the input is the block of the prelude's files
    reserve(size)   room for so many input bytes: their address, or 0 if there is no memory
    load(size)      load the bundle in the input; then the memory is an image that evaluates events
    check(size)     the same, and compile the files that the entry does not reach
    evaluate(size)  decide the one event in the input; CALLING: a rule asks the host, see below
    begin(size)     the same in slices of `guest.machine.exchange.slice_fuel` units: the event is held in hand until it is DONE
    bound(bytes)    write what events of so many bytes cost at most (`guest/machine/bounds/report.py`)
    fields()        write which fields of events the rules name (`guest/machine/event_fields.py`)
    outline(number) write the expressions of the bundle's module of this number, as `guest/machine/outline.py` says; FAILED if
                    there is none, or no memory for it; then nothing else may be called
    batch(size)     decide the events in the input, JSON Lines; PARTIAL: `consumed` bytes of it so far
    open_session()  from here on what events change in persistent state stays; FAILED if there is no memory for it
    examine(size)   decide the one event in the input, and keep its heap to be looked at: the last call but `collect`
    collect()       free what is dead, so that `guest.heap.statistics.live_bytes` is exact; FAILED if there is no memory for it
    record()        count allocations by class and by allocation site from here on; FAILED if there is no memory for it
    account()       write what was recorded, and what is alive, in the format of `guest/machine/accounts.py`
    operate(size)   do the operation in the input on objects that the host holds (`guest/machine/operations.py`); from the first
                    one on nothing else may be called but `reserve`, `collect`, and `answer` and `refuse` after CALLING
    lines()         write which lines ran of a bundle that was loaded to be covered, in the format of `guest/machine/coverage.py`
    execute(size)   run the program in the input, in slices as well; SUSPENDED: take the printed text and call `resume`
    resume()        go on with the program or the event, for another slice
    trace(subject)  go on with the event in hand and tell what it does (`guest/machine/tracing.py`); SUSPENDED: take the trace and
                    call this again
    answer(size)    the input is the answer to the request of a rule (`guest/machine/host_calls.py`): go on
    refuse(size)    the input says why there is none: the rule fails
    give_up(kind)   do not go on: report where it stopped, as an error of this kind
    locate()        where the event in hand stands (`guest/machine/whereabouts.py`); of a copy, with which nothing goes on
    settle()        of what is suspended, free what is dead, so that its delta is small; nothing that a rule can see changes
    list_delta()    how many pieces of the memory the suspended evaluation may have changed: their list is at
                    `guest.heap.delta.PIECES_BASE`, a start and an end each

All but `reserve` and `list_delta` return a `Status`. Results are in the output buffer (`guest/library/output.py`), in the
formats of `guest/machine/bundle.py`, `batch.py`, `operations.py` and `report.py`; printed text in the print buffer
(`guest/library/printing.py`).
The host reads and writes variables where the layout says they are: before a call `guest.meter.fuel.remaining` (or
`guest.machine.exchange.event_fuel` for events) and `guest.heap.old.memory_limit`, during a call
`guest.meter.fuel.interrupt`. No entry point lets a Failure out; a trap means that the isolate is lost.
"""

from guest.compiler.language import Failure, export, noinline, u32
from guest.heap import coverage, delta, recording
from guest.heap.allocate import begin_recording, collect_full, collect_young
from guest.library import output
from guest.library.output import emit_text
from guest.machine import exchange, held, operations, suspended, tracing, whereabouts
from guest.machine.accounts import emit_accounts
from guest.machine.batch import run_batch
from guest.machine.boot import make_image
from guest.machine.bounds.report import emit_bounds
from guest.machine.bundle import load_bundle
from guest.machine.coverage import emit_lines
from guest.machine.evaluation import abandon, begin_evaluation, clean_up
from guest.machine.event import report
from guest.machine.event_fields import emit_fields
from guest.machine.exchange import reserve_input
from guest.machine.held import (
    give_up_event,
    hold_event,
    run_and_keep,
    run_single,
    run_slice,
    take_answer,
    take_refusal,
)
from guest.machine.loaded import module_at, module_count
from guest.machine.outline import emit_outline
from guest.machine.persistence import begin_session
from guest.machine.program import resume_program, start_program
from guest.machine.status import Status
from guest.meter import errors, fuel


@export
def boot(size: u32) -> u32:
    """Make the base image."""
    make_image(size)
    return Status.DONE


@export
def reserve(size: u32) -> u32:
    """Make room for input."""
    try:
        return reserve_input(size)
    except Failure:
        return 0


@export
def load(size: u32) -> u32:
    """Load a bundle."""
    return load_guarded(size, False)


@export
def check(size: u32) -> u32:
    """Load a bundle, and compile all of its files."""
    return load_guarded(size, True)


@export
def evaluate(size: u32) -> u32:
    """Decide one event."""
    return run_single(size)


@export
def begin(size: u32) -> u32:
    """Take one event in hand."""
    return hold_event(size)


@export
def batch(size: u32) -> u32:
    """Decide many events."""
    return run_batch(size)


@export
def open_session() -> u32:
    """Let persistent state live from event to event."""
    try:
        begin_session()
        return Status.DONE
    except Failure:
        return Status.FAILED


@export
def examine(size: u32) -> u32:
    """Decide one event and keep its heap."""
    return run_and_keep(size)


@export
def bound(bytes: u32) -> u32:
    """Write what events cost at most."""
    begin_evaluation(fuel.remaining)
    output.output_length = 0
    try:
        emit_bounds(bytes)
        return Status.DONE
    except Failure:
        return stopped()


@export
def fields() -> u32:
    """Write which fields of events the rules name."""
    begin_evaluation(fuel.remaining)
    output.output_length = 0
    try:
        emit_fields()
        return Status.DONE
    except Failure:
        return stopped()


@export
def outline(number: u32) -> u32:
    """Write the expressions of a module."""
    begin_evaluation(fuel.remaining)
    output.output_length = 0
    try:
        if number >= module_count():
            return Status.FAILED
        emit_outline(module_at(number).module)
        return Status.DONE
    except Failure:
        return stopped()


@export
def collect() -> u32:
    """Collect everything; nothing that a rule can see changes."""
    try:
        collect_young()
        collect_full()
        return Status.DONE
    except Failure:
        return Status.FAILED


@export
def record() -> u32:
    """Record allocation sites."""
    try:
        begin_recording()
        return Status.DONE
    except Failure:
        return Status.FAILED


@export
def account() -> u32:
    """Write what was recorded. FAILED if nothing was, or if there is no memory to write it in."""
    if recording.active == 0:
        return Status.FAILED
    status = u32(Status.DONE)
    try:
        emit_accounts()
    except Failure:
        status = u32(Status.FAILED)
    recording.end_own()
    return status


@export
def operate(size: u32) -> u32:
    """Do one operation of a scope."""
    return operations.operate(size)


@export
def lines() -> u32:
    """Write the lines that ran. FAILED if nothing was covered, or if there is no memory to write them in."""
    if coverage.active == 0:
        return Status.FAILED
    try:
        emit_lines()
        return Status.DONE
    except Failure:
        return Status.FAILED


@export
def execute(size: u32) -> u32:
    """Start a program."""
    begin_evaluation(fuel.remaining)
    try:
        status = start_program(size)
    except Failure:
        status = stopped()
    return finish(status)


@export
def resume() -> u32:
    """Go on with a program, or with the event in hand."""
    if held.is_held != 0:
        return run_slice()
    return finish(resume_program())


@export
def trace(subject: u32) -> u32:
    """Go on with the event in hand, and tell what it does."""
    return tracing.trace(subject)


@export
def answer(size: u32) -> u32:
    """Answer the request of the event in hand, or of a scope's operation."""
    if exchange.in_scope:
        return operations.take_answer(size)
    return take_answer(size)


@export
def refuse(size: u32) -> u32:
    """Refuse the request of the event in hand, or of a scope's operation."""
    if exchange.in_scope:
        return operations.take_refusal(size)
    return take_refusal(size)


@export
def give_up(kind: u32) -> u32:
    """End the event in hand, or the suspended program, with an error of this kind."""
    if held.is_held != 0:
        return give_up_event(kind)
    errors.kind = kind
    output.output_length = 0
    return finish(Status.FAILED)


@export
def locate() -> u32:
    """Write where the event in hand stands. FAILED if there is no memory to write it in."""
    try:
        whereabouts.locate()
        return Status.DONE
    except Failure:
        return Status.FAILED


@export
def settle() -> u32:
    """Make what is suspended small."""
    delta.settle()
    return Status.DONE


@export
def list_delta() -> u32:
    """List what is suspended."""
    return suspended.list_delta()


@noinline
def load_guarded(size: u32, check_all: bool) -> u32:
    """Load a bundle; a dynamic failure is told like an event's."""
    begin_evaluation(fuel.remaining)
    try:
        status = load_bundle(size, check_all)
    except Failure:
        status = stopped()
    return finish(status)


def stopped() -> u32:
    """A failure outside the interpreter loop: what had been written by then is dropped."""
    output.output_length = 0
    return Status.FAILED


@noinline
def finish(status: u32) -> u32:
    """A load or a program has come back: report its failure, unless that has been told already; free what it used."""
    if status == Status.SUSPENDED or status == Status.STARVED:
        return status
    if status == Status.FAILED and output.output_length == 0:
        report(0)
        emit_text("}")
    abandon()
    clean_up()
    return status
