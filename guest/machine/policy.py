"""The hit policy of a bundle, named and meant as in DMN: which driver program decides an event, and where its decision is found.

    first         the first rule that matches decides
    priority      the same: rules are tried by priority, so the first match is the one of highest priority
    unique        the only rule that matches decides; more than one is an error (`matches.py`)
    any           the first rule that matches decides; the others must decide the same, or it is an error
    collect       all that match, as a list of decisions and a list of names
    output-order  the same, by descending priority
    rule-order    the same, in order of declaration: the table of rules is not sorted then

A bundle without rules defines `decide(event)`, whose result is the decision.
"""

from enum import IntEnum

from guest.compiler.language import UNDEFINED, Value, u32
from guest.heap.value import FALSE
from guest.library.json_encode import encode_decision
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_text
from guest.machine import decisions
from guest.machine.driver import (
    ANY_MATCH,
    ARGUMENT,
    COLLECT,
    DECIDE_EVENT,
    DECISIONS,
    EVENT,
    FIRST_MATCH,
    NAMES,
    RESULT,
    UNIQUE_MATCH,
    driver_register,
    prepare,
    set_driver_register,
)
from guest.machine.rules import NO_RULE, rule_at
from guest.values.list import list_new
from guest.values.text import Str, text_equal


class Policy(IntEnum):
    """What a set of matches means."""

    FIRST = 0
    UNIQUE = 1
    ANY = 2
    PRIORITY = 3
    COLLECT = 4
    RULE_ORDER = 5
    OUTPUT_ORDER = 6
    DECIDE = 7  # no rules: the function `decide`


NO_POLICY = 0xFFFFFFFF

policy: u32 = Policy.FIRST
decide_function: Value = UNDEFINED


def policy_named(name: Str) -> u32:
    """The policy that a bundle names, or NO_POLICY."""
    if text_equal(name, "first"):
        return Policy.FIRST
    if text_equal(name, "unique"):
        return Policy.UNIQUE
    if text_equal(name, "any"):
        return Policy.ANY
    if text_equal(name, "priority"):
        return Policy.PRIORITY
    if text_equal(name, "collect"):
        return Policy.COLLECT
    if text_equal(name, "rule-order"):
        return Policy.RULE_ORDER
    if text_equal(name, "output-order"):
        return Policy.OUTPUT_ORDER
    return NO_POLICY


def lists_matches() -> bool:
    """Whether all that match decide together."""
    return policy == Policy.COLLECT or policy == Policy.RULE_ORDER or policy == Policy.OUTPUT_ORDER


def begin_event(event: Value) -> None:
    """Make the machine ready to decide an event."""
    match policy:
        case Policy.DECIDE:
            prepare(DECIDE_EVENT)
            set_driver_register(ARGUMENT, event)
            set_driver_register(RESULT, decide_function)
        case Policy.COLLECT | Policy.RULE_ORDER | Policy.OUTPUT_ORDER:
            begin_rules(COLLECT, event)
            set_driver_register(DECISIONS, Value(list_new(0)))
            set_driver_register(NAMES, Value(list_new(0)))
        case Policy.UNIQUE:
            begin_rules(UNIQUE_MATCH, event)
        case Policy.ANY:
            begin_rules(ANY_MATCH, event)
        case _:
            begin_rules(FIRST_MATCH, event)


def begin_rules(program: u32, event: Value) -> None:
    """Make the machine ready to try rules: as if one before the first had not matched."""
    prepare(program)
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
