"""One run of the machine under guard: begun, suspended, ended, cleaned up.

A Failure can come from anywhere below the interpreter loop; it is caught here, once, outside the loop. The loop keeps its state
in linear memory, so after a failure the current instruction and all frames are there for the traceback, and after
running out of fuel the same instruction can be executed again.
"""

from guest.compiler.language import Failure, cast, i64, noinline, u32
from guest.heap import frames, roots, session
from guest.heap.frames import (
    callee_of,
    caller_base,
    drop_frames,
    first_window,
    frame_depth,
    registers_used,
    window_end,
)
from guest.heap.identity import forget_numbers
from guest.heap.reset import end_evaluation
from guest.heap.views import Registers, register
from guest.library.failing import forget_values
from guest.machine import pause
from guest.machine.account import undo_charges
from guest.machine.interpreter import run
from guest.machine.pause import forget_answer
from guest.machine.places import current_code
from guest.machine.status import Status
from guest.meter import errors, fuel
from guest.meter.costs import INSTRUCTION
from guest.meter.errors import Kind
from guest.meter.fuel import begin_budget
from guest.values.dict import Dict
from guest.values.dict_undo import forget, take_back
from guest.values.failure import forget_message
from guest.values.function import Function
from guest.values.list import List

# Counts evaluations as they begin. The host reads it to time each event of a batch.
event_counter: u32 = 0


def begin_evaluation(units: i64) -> None:
    """A new evaluation with so much fuel. An interrupt that is still set was meant for the one before."""
    global event_counter
    event_counter += 1
    fuel.interrupt = 0
    begin_budget(units)
    forget_answer()
    forget_message()
    forget_values()


@noinline
def run_guarded() -> u32:
    """Execute until the program ends (DONE), fails (FAILED, see `errors.kind`), comes to the end of its slice or is asked to
    pause (SUSPENDED), waits for an answer of the host (CALLING), or cannot pay for the next instruction (STARVED).
    """
    try:
        status = run()
    except Failure:
        status = u32(Status.FAILED)
    if status == Status.FAILED and errors.kind == Kind.FUEL:
        # The current instruction did not happen: give back what it was charged and the registers that it opened.
        undo_charges()
        take_back()
        forget_message()
        roots.vm_top = window_end(frames.current_base, current_code().registers)
        return Status.STARVED
    forget()
    if status == Status.SUSPENDED:
        if pause.awaits_answer != 0:
            return Status.CALLING
        if fuel.left() < INSTRUCTION:
            return Status.STARVED
    return status


@noinline
def abandon() -> None:
    """Drop all frames, mark their codes as no longer active, and end their iterations."""
    if session.is_open != 0:
        release_locks()
    if frame_depth() != 0:
        deactivate(frames.current_base)
        for depth in range(1, frame_depth()):
            deactivate(caller_base(depth))
    drop_frames()


def deactivate(base: Registers) -> None:
    """Mark the code of a frame as no longer active."""
    cast(Function, callee_of(base)).code.active = 0


def release_locks() -> None:
    """Unlock what was being iterated over: what is locked is in a register of the frame that iterates. Outside a session it
    dies with the evaluation.
    """
    base = first_window()
    for i in range(registers_used(base)):
        value = register(base, i)
        if isinstance(value, List):
            cast(List, value).locks = 0
        elif isinstance(value, Dict):
            cast(Dict, value).locks = 0


def clean_up() -> None:
    """The evaluation is over: free what it allocated."""
    drop_frames()
    forget_numbers()
    end_evaluation()
