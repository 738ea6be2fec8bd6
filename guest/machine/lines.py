"""Result lines that are known once a bundle has loaded: those of rules whose decision does not depend on the event.

    {"decision": {"action": "deny"}, "rule": "block-admin"        and then, for each event, `, "fuel": 61}`

Each is encoded once and part of the image; `batch.py` copies it, at the price that encoding has. Long decisions are
encoded for every event like any other, so that they are not in the memory twice.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Failure,
    Object,
    Value,
    cast,
    copy_items,
    need,
    noinline,
    u8,
    u32,
)
from guest.heap.value import is_pointer
from guest.library import output
from guest.library.json_encode import decision_price, encode_decision
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_bytes, emit_text
from guest.machine import decisions, persistence
from guest.machine.policy import lists_matches
from guest.machine.rules import NO_RULE, Rule, is_function, rule_at, rule_count
from guest.meter.fuel import charge

DECISION_START = '{"decision": '
DECISION_START_BYTES = 13
RULE_START = ', "rule": '
LONGEST_LINE = 512  # bytes


class Line(Object):
    """The result line of the events that a rule decides, up to the fuel."""

    decision_bytes: u32  # of the decision in it
    text: Array[u8]


# By rule number: a Line, or undefined. Not in the rules, which were frozen when they had been declared.
lines: Array[Value] | None = None


def prepare_lines() -> None:
    """The rules have been sorted: encode the decisions of those that are fixed."""
    global lines
    lines = Array[Value](rule_count())
    if lists_matches():
        return
    for number in range(rule_count()):
        start = output.output_length
        if is_fixed(rule_at(number)):
            length = encode_line(number)
            if length != 0:
                keep_line(number, start, length)
        output.output_length = start


def is_fixed(rule: Rule) -> bool:
    """Whether a rule decides the same for every event. What is no function may still hold persistent state."""
    return not is_function(rule.then) and (persistence.is_stateful == 0 or not is_pointer(rule.then))


@noinline
def encode_line(number: u32) -> u32:
    """Write a rule's line; the length of its decision, or 0 if that is not JSON: the error of each event that it decides."""
    try:
        emit_text(DECISION_START)
        start = output.output_length
        encode_decision(rule_at(number).then)
        length = output.output_length - start
        emit_text(RULE_START)
        emit_json_str(rule_at(number).name)
        return length
    except Failure:
        return 0


def keep_line(number: u32, start: u32, decision_bytes: u32) -> None:
    """Keep what was written from `start` as the line of a rule, unless it is long."""
    n = output.output_length - start
    if n <= LONGEST_LINE:
        text = Array[u8](n)
        written = output.room_for(0)
        copy_items(text, 0, written, start, n)
        line = Line(decision_bytes=decision_bytes, text=text)
        need(lines)[number] = Value(line)


def fixed_line() -> Line | None:
    """The line of the rule that has decided the event, if it is known."""
    number = decisions.rule_number
    if number == NO_RULE:
        return None
    line = need(lines)[number]
    return None if line == UNDEFINED else cast(Line, line)


def emit_line(line: Line) -> None:
    """Append a known line, and pay for it as if it had been encoded."""
    charge(decision_price(line.decision_bytes))
    emit_bytes(line.text, len(line.text))
