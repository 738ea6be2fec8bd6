"""A traced event: run instruction by instruction, and told as it happens, for explanations and profiles.

The event is in hand (`held.py`) and gets slices of one instruction each, so it does and costs what it always does, and the
interpreter knows nothing of being watched: whoever is not traced pays nothing. The entries of a trace:

    ["begin", fuel]           what decoding the event has cost
    ["rule", number, fuel]    this rule is tried next; the event had cost so much by then
    ["out", number]           it is not in effect
    ["then", number, fuel]    it matches; under all hit policies but `unique` it decides now
    ["over", fuel]            no rule is left
    ["end", fuel, failed]     no instruction is left, or this one failed, or cannot be paid for

An explanation has those of `observing.py` besides, a profile those of `profiling.py`.
"""

from enum import IntEnum

from guest.compiler.language import Failure, noinline, u32, u64
from guest.heap import frames
from guest.heap.frames import frame_depth
from guest.heap.value import FALSE
from guest.heap.views import CodePointer, Registers, fetch, register
from guest.machine import decisions, evaluation, held, observing, rules
from guest.machine.driver import RESULT
from guest.machine.evaluation import run_guarded
from guest.machine.event import spent_fuel
from guest.machine.jumps import is_true
from guest.machine.profiling import begin_profile, count_instruction, look_at_line, tell_line
from guest.machine.status import Status
from guest.machine.trace_output import (
    add_number,
    add_truth,
    begin_entry,
    close_trace,
    end_entry,
    is_long,
    make_room,
    open_trace,
)
from guest.meter import fuel
from guest.meter.costs import INSTRUCTION
from guest.meter.fuel import begin_slice
from guest.syntax.opcode import Op


class Subject(IntEnum):
    """What a trace tells beside the rules."""

    VALUES = 0  # of expressions, for an explanation
    LINES = 1  # and calls, for a profile


subject: u32 = Subject.VALUES
# The event of which the first entry has been told, as `evaluation.py` counts events.
begun: u32 = 0
# Not zero: the host was asked, and its answer is to be told.
has_asked: u32 = 0

# The driver's instruction that runs next, or has just run, the rule that it found, and what had been spent.
pc: CodePointer = CodePointer(0)
base: Registers = Registers(0)
depth: u32 = 0
rule_number: u32 = 0
spent: u64 = 0
# Not zero: it looks for another rule.
looks_on: u32 = 0


def trace(what: u32) -> u32:
    """Go on with the event in hand, and tell it. SUSPENDED: the trace is to be taken, and this to be called again."""
    global subject, has_asked
    if held.is_held == 0 or not make_room():
        return Status.FAILED
    if held.has_decided != 0:
        return held.settle(Status.DONE)
    subject = what
    fuel.interrupt = 0
    tell_start()
    status = u32(Status.SUSPENDED)
    while status == Status.SUSPENDED:
        if is_long():
            return Status.SUSPENDED
        look()
        begin_slice(INSTRUCTION)
        status = run_guarded()
        tell(status)
    has_asked = u32(status == Status.CALLING)
    return held.settle(status)


@noinline
def tell_start() -> None:
    """Tell what decoding has cost, or what the host has answered."""
    global begun, has_asked
    open_trace()
    is_whole = True
    try:
        if begun != evaluation.event_counter:
            begin_entry("begin")
            add_number(spent_fuel())
            end_entry()
            begin_profile()
            observing.begin_part()
        elif has_asked != 0 and subject == Subject.VALUES:
            observing.tell_answer()
    except Failure:
        is_whole = False
    close_trace(is_whole)
    begun = evaluation.event_counter
    has_asked = 0


@noinline
def look() -> None:
    """An instruction is about to run: note, and tell, what it will have changed."""
    global pc, base, depth, rule_number, spent, looks_on
    depth = frame_depth()
    if depth == 0:
        pc = frames.current_pc
        base = frames.current_base
        rule_number = decisions.rule_number
        spent = spent_fuel()
        looks_on = u32(fetch(pc) & 255 == Op.TEST_RULE and not is_true(register(base, RESULT)))
    open_trace()
    is_whole = True
    try:
        if subject == Subject.LINES:
            look_at_line()
        else:
            observing.begin()
    except Failure:
        is_whole = False
        observing.forget()
    close_trace(is_whole)


@noinline
def tell(status: u32) -> None:
    """The instruction has come to this: tell what it did."""
    open_trace()
    is_whole = True
    try:
        if subject == Subject.VALUES:
            observing.finish(status)
        if depth == 0 and status != Status.FAILED and status != Status.STARVED:
            tell_driver()
        if subject == Subject.LINES:
            count_instruction()
            if status != Status.SUSPENDED:
                tell_line()
        if status != Status.SUSPENDED and status != Status.CALLING:
            begin_entry("end")
            add_number(spent_fuel())
            add_truth(status != Status.DONE)
            end_entry()
    except Failure:
        is_whole = False
    close_trace(is_whole)


def tell_driver() -> None:
    """Tell what an instruction of the driver did to the rules. What is spent on a rule is counted from where it began."""
    match fetch(pc) & 255:
        case Op.TEST_RULE:
            if looks_on == 0:
                return
            if subject == Subject.LINES:
                tell_line()
            following = rule_number + 1
            if following == rules.predicate_count:
                begin_entry("over")
            else:
                begin_entry("rule")
                add_number(u64(following))
                observing.begin_part()
            add_number(spent)
            end_entry()
        case Op.DECIDE | Op.NOTE_MATCH:
            begin_entry("then")
            add_number(u64(rule_number))
            add_number(spent)
            end_entry()
            observing.begin_part()
        case Op.ADMIT:
            if register(base, RESULT) == FALSE:
                begin_entry("out")
                add_number(u64(rule_number))
                end_entry()
        case _:
            pass
