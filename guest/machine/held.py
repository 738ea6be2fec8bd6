"""An event that the host holds in hand: it runs in slices of fuel, and waits between them for as long as the host likes.

Everything that it is lies in the memory when a slice ends, so it can be copied, and go on elsewhere. A slice that ends the
event, or asks the host, leaves a record. Running out of fuel is no end: the event is STARVED until the host gives it more,
or gives it up. `event.py` has what all events share.
"""

from guest.compiler.language import Failure, noinline, u32
from guest.heap.value_stack import drop_to, stack_top
from guest.library import clock, output, printing
from guest.machine import exchange, pause
from guest.machine.coverage import run_machine
from guest.machine.event import (
    begin_deciding,
    count_event,
    decide_event,
    fail,
    fail_event,
    free_event,
    judge,
    note_request,
    write_result,
)
from guest.machine.exchange import reserve_records
from guest.machine.host_calls import accept_answer, refuse_answer, step_back
from guest.machine.pause import forget_answer
from guest.machine.status import Status
from guest.meter import errors, fuel
from guest.meter.errors import Kind
from guest.meter.fuel import begin_budget, begin_slice
from guest.values.failure import say

# Not zero: an event is in hand, and has not ended.
is_held: u32 = 0
# Not zero: its rules have come to their end, and only the result is to be written, which costs fuel as well.
has_decided: u32 = 0


def run_single(size: u32) -> u32:
    """Decide the one event of the first `size` bytes of input; CALLING if it waits for an answer, and is in hand."""
    global is_held, has_decided
    begin_output()
    status = decide_event(0, size)
    if status == Status.CALLING:
        exchange.slice_fuel = exchange.NO_SLICES
        is_held = 1
        has_decided = 0
    else:
        clock.now_set = 0
    return status


def hold_event(size: u32) -> u32:
    """Take the event of the first `size` bytes of input in hand, and run its first slice."""
    global is_held, has_decided
    begin_output()
    begin_deciding()
    is_held = 1
    has_decided = 0
    return settle(judge(0, size, exchange.slice_fuel))


def run_and_keep(size: u32) -> u32:
    """Decide the event in the input and leave everything as it is at its end, frames, registers and garbage: for a look at
    the heap. Nothing may be evaluated in this memory afterwards.
    """
    begin_output()
    begin_deciding()
    status = judge(0, size, exchange.NO_SLICES)
    if status == Status.DONE and write_result():
        return Status.DONE
    if status == Status.STARVED:
        errors.kind = Kind.FUEL
    elif status == Status.CALLING:
        say("the event asks the host here, and nobody answers while a heap is looked at")
        errors.kind = Kind.RULE
    output.output_length = 0
    fail_event(0)
    return Status.FAILED


def begin_output() -> None:
    """An event by itself: nothing has been written."""
    output.output_length = 0
    printing.print_length = 0
    exchange.events_done = 0
    reserve_records(1)


def run_slice() -> u32:
    """Go on for another slice."""
    fuel.interrupt = 0
    begin_slice(exchange.slice_fuel)
    return settle(run_slice_guarded())


def run_slice_guarded() -> u32:
    """The status of another slice's run."""
    if has_decided != 0:
        return Status.DONE
    return run_machine()


@noinline
def take_answer(size: u32) -> u32:
    """Go on with the first `size` bytes of input as the answer to the request."""
    # An interrupt that is still set was meant for the slice before.
    fuel.interrupt = 0
    if is_paid(size):
        return run_slice()
    if errors.kind == Kind.FUEL:
        return Status.STARVED
    step_back()
    forget_answer()
    return settle(Status.FAILED)


@noinline
def is_paid(size: u32) -> bool:
    """Read the answer; False if that fails. For want of fuel, as if nothing had been tried."""
    before = fuel.left()
    base = stack_top()
    try:
        accept_answer(size)
        return True
    except Failure:
        if errors.kind == Kind.FUEL:
            drop_to(base)
            begin_budget(before)
        return False


@noinline
def take_refusal(size: u32) -> u32:
    """The host has no answer, and says why: the rule fails."""
    fuel.interrupt = 0
    begin_slice(exchange.NO_SLICES)
    try:
        refuse_answer(size)
    except Failure:
        pass
    return settle(Status.FAILED)


@noinline
def give_up_event(reason: u32) -> u32:
    """Do not go on: the event ends in an error of this kind where it stands."""
    fuel.interrupt = 0
    if pause.awaits_answer != 0:
        step_back()
        forget_answer()
    errors.kind = reason
    return settle(Status.FAILED)


@noinline
def settle(status: u32) -> u32:
    """A slice has come back: DONE if the event has ended and its result is written, else why it has not."""
    global is_held, has_decided
    if status == Status.SUSPENDED or status == Status.STARVED:
        return status
    if status == Status.CALLING:
        note_request()
        return status
    output.output_length = 0
    if status == Status.DONE:
        has_decided = 1
        before = fuel.left()
        if not write_result():
            if errors.kind == Kind.FUEL:
                output.output_length = 0
                begin_budget(before)
                return Status.STARVED
            fail(0)
    else:
        fail(0)
    is_held = 0
    if exchange.keeps_end == 0:
        free_event()
    else:
        count_event()
    # The host told the time to this event alone.
    clock.now_set = 0
    return Status.DONE
