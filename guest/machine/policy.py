"""The hit policy of a bundle: which driver program decides an event, and where its decision is found.

`first`: the first rule that matches decides. `collect`: all that match, as a list of decisions and a list of names. A
bundle without rules defines `decide(event)`, whose result is the decision.
"""

from enum import IntEnum

from guest.compiler.language import UNDEFINED, Value, u32
from guest.heap.value import FALSE
from guest.library.json_encode import encode_decision
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_text
from guest.machine import decisions
from guest.machine.driver import (
    ARGUMENT,
    COLLECT,
    DECIDE_EVENT,
    DECISIONS,
    EVENT,
    FIRST_MATCH,
    NAMES,
    RESULT,
    driver_register,
    prepare,
    set_driver_register,
)
from guest.machine.rules import NO_RULE, rule_at
from guest.values.list import list_new


class Policy(IntEnum):
    """What a set of matches means."""

    FIRST = 0
    COLLECT = 1
    DECIDE = 2  # no rules: the function `decide`


policy: u32 = Policy.FIRST
decide_function: Value = UNDEFINED


def begin_event(event: Value) -> None:
    """Make the machine ready to decide an event."""
    match policy:
        case Policy.DECIDE:
            prepare(DECIDE_EVENT)
            set_driver_register(ARGUMENT, event)
            set_driver_register(RESULT, decide_function)
        case Policy.COLLECT:
            prepare(COLLECT)
            set_driver_register(EVENT, event)
            set_driver_register(RESULT, FALSE)
            set_driver_register(DECISIONS, Value(list_new(0)))
            set_driver_register(NAMES, Value(list_new(0)))
        case _:
            prepare(FIRST_MATCH)
            set_driver_register(EVENT, event)
            set_driver_register(RESULT, FALSE)


def emit_decision() -> None:
    """Append the JSON text of the decision; a rule error if it has none."""
    encode_decision(driver_register(RESULT))


def emit_rule() -> None:
    """Append the name of the rule that decided, the list of the names, or null."""
    names = driver_register(NAMES)
    if names != UNDEFINED:
        encode_decision(names)
    elif decisions.rule_number != NO_RULE:
        emit_json_str(rule_at(decisions.rule_number).name)
    else:
        emit_text("null")
