"""Handlers of decisions: trying the rules of a bundle one after the other, in the driver's frame.

`TEST_RULE` looks at the last predicate's result: if it does not hold, the next rule's predicate is called and returns to the
same instruction, so that a rule that does not match costs one instruction besides its own. After the last
rule the loop is left with the default decision, or with what the rules that matched mean together (`matches.py`).
"""

from guest.compiler.language import UNDEFINED, Value, cast, leave, noinline, opcode, u32
from guest.heap import frames
from guest.heap.frames import frame_fits, push_frame, raise_water, window_end
from guest.heap.value import FALSE, TRUE
from guest.heap.views import (
    CodePointer,
    Registers,
    Slots,
    code_start,
    pc_after,
    register,
    registers_after,
    set_register,
    slot,
    slots_of,
)
from guest.machine import matches, rules
from guest.machine.account import begin_charging, poll
from guest.machine.binding import too_deep
from guest.machine.calls import call_other, enter, enter_bound
from guest.machine.driver import (
    AFTER_TEST,
    ARGUMENT,
    DECISIONS,
    EVENT,
    FIRST_MATCH,
    NAMES,
    RESULT,
    SLOW_CALL,
    UNIQUE_MATCH,
)
from guest.machine.jumps import is_true
from guest.machine.matches import agrees, check_unique, forget_matches, note_match, say_disagreement
from guest.machine.rules import NO_RULE, Rule, is_function, rule_at
from guest.machine.status import Status
from guest.machine.validity import in_effect
from guest.meter import fuel
from guest.syntax.opcode import Op
from guest.values.failure import stop
from guest.values.function import SIMPLE, Function
from guest.values.list import List, append_to_both

# The rule that is being tried, or has decided; NO_RULE before the first and when none has.
rule_number: u32 = NO_RULE
default_decision: Value = UNDEFINED


def begin_rules() -> None:
    """Before the first rule: as if one before it had not matched."""
    global rule_number
    rule_number = NO_RULE
    forget_matches()


@opcode(Op.TEST_RULE, sets=("pc", "base", "slots"))
def op_test_rule(pc: CodePointer, base: Registers, slots: Slots) -> tuple[CodePointer, Registers, Slots]:
    """If the result is true go on to DECIDE; else call the next rule's predicate with the event and come back here."""
    global rule_number
    if is_true(register(base, RESULT)):
        return pc, base, slots
    number = rule_number + 1
    if number == rules.predicate_count:
        if finish_rules(base):
            return pc_after(pc, FIRST_MATCH - UNIQUE_MATCH), base, slots
        leave(Status.DONE)
    rule_number = number
    predicate = slot(rules.predicate_slots, number)
    set_register(base, ARGUMENT, register(base, EVENT))
    if predicate == UNDEFINED:
        set_register(base, RESULT, TRUE)
        return pc, base, slots
    set_register(base, RESULT, predicate)
    window = registers_after(base, ARGUMENT)
    if isinstance(predicate, Function):
        code = cast(Function, predicate).code
        if code.positional == 1 and code.flags & SIMPLE != 0 and code.active == 0:
            end = window_end(window, code.registers)
            if not frame_fits(end) or fuel.interrupt != 0:
                make_room(end)
            push_frame(frames.current_pc, base, slots)
            enter(code, window, end)
            return code_start(code.words), window, slots_of(code.module.slots)
    # The driver's ADMIT and CALL see to a predicate of any other kind, and come back here. What is asked above does not
    # change from one evaluation to the next, or the fuel would.
    return pc_after(pc, SLOW_CALL - AFTER_TEST), base, slots


@noinline
def make_room(end: u32) -> None:
    """What the way into a frame cannot do in passing: see to an interrupt, or to the stack's end."""
    poll()
    if not raise_water(end):
        too_deep()


@noinline
def finish_rules(base: Registers) -> bool:
    """No rule is left. True if the only one that matched is still to decide; else the result becomes the decision."""
    global rule_number
    rule_number = matches.first
    collected = register(base, DECISIONS)
    if rule_number != NO_RULE:
        set_register(base, RESULT, collected)
        check_unique(base)
        return collected == UNDEFINED
    if collected == UNDEFINED or (cast(List, collected).count == 0 and default_decision != UNDEFINED):
        collected = default_decision
    set_register(base, RESULT, collected)
    return False


@opcode(Op.ADMIT, sets="pc")
def op_admit(pc: CodePointer, base: Registers) -> CodePointer:
    """Go on to call the predicate in the result; of a rule with a period only while it is in effect."""
    predicate = register(base, RESULT)
    if not isinstance(predicate, Rule) or admit(base, cast(Rule, predicate)):
        return pc
    return pc_after(pc, -(SLOW_CALL + 1))


@noinline
def admit(base: Registers, rule: Rule) -> bool:
    """Put a rule's predicate in its place; False if the result is known without a call."""
    if not in_effect(rule):
        set_register(base, RESULT, FALSE)
        return False
    set_register(base, RESULT, TRUE if rule.when == UNDEFINED else rule.when)
    return rule.when != UNDEFINED


@opcode(Op.DECIDE, sets=("pc", "base", "slots"))
def op_decide(pc: CodePointer, base: Registers, slots: Slots) -> tuple[CodePointer, Registers, Slots]:
    """Make the result the decision of the rule that matched: its `then`, or what that function makes of the event."""
    window = registers_after(base, ARGUMENT)
    if decide(base, window):
        push_frame(pc, base, slots)
        code = enter_bound(window)
        return code_start(code.words), window, slots_of(code.module.slots)
    return pc, base, slots


@noinline
def decide(base: Registers, window: Registers) -> bool:
    """Put the decision in place; True if it is a frame that is still to be entered."""
    then = rule_at(rule_number).then
    set_register(base, RESULT, then)
    if not is_function(then):
        return False
    set_register(base, ARGUMENT, register(base, EVENT))
    return call_other(window, 1)


@opcode(Op.NEXT_RULE, sets="pc")
def op_next_rule(pc: CodePointer, base: Registers) -> CodePointer:
    """Collect the decision and go on with the next rule."""
    collect(base)
    return pc_after(pc, -3)


@noinline
def collect(base: Registers) -> None:
    """Append the decision and the rule's name to the lists in the driver's frame."""
    begin_charging()
    decided = cast(List, register(base, DECISIONS))
    names = cast(List, register(base, NAMES))
    append_to_both(decided, names, register(base, RESULT), Value(rule_at(rule_number).name))
    set_register(base, RESULT, FALSE)


@opcode(Op.NOTE_MATCH, sets="pc")
def op_note_match(pc: CodePointer, base: Registers) -> CodePointer:
    """Note that the rule matches and go on with the next rule."""
    note_match(base, rule_number)
    return pc_after(pc, -2)


@opcode(Op.COMPARE_DECISION, sets="pc")
def op_compare_decision(pc: CodePointer, base: Registers) -> CodePointer:
    """Hold the decision against that of the first rule that matched and go on with the next rule."""
    compare_decision(base)
    return pc_after(pc, -3)


@noinline
def compare_decision(base: Registers) -> None:
    """Go on, or end with an error that is told of the first rule."""
    global rule_number
    if not agrees(base, rule_number):
        say_disagreement(base, rule_number)
        rule_number = matches.first
        stop()
    set_register(base, RESULT, FALSE)


@opcode(Op.HALT, sets="pc")
def op_halt(pc: CodePointer) -> CodePointer:
    """The program has ended."""
    leave(Status.DONE)
