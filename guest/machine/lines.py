"""Result lines that are known once a bundle has loaded: those of rules whose decision does not depend on the event.

    {"decision": {"action": "deny"}, "rule": "block-admin"        and then, for each event, `, "fuel": 61}`

Each is encoded once and part of the image; `batch.py` copies it, at the price that encoding has. Long decisions are
encoded for every event like any other, so that they are not in the memory twice.
"""

from guest.compiler.language import Array, Failure, copy_items, noinline, u8, u32
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


def prepare_lines() -> None:
    """The rules have been sorted: encode the decisions of those that are fixed."""
    if lists_matches():
        return
    for number in range(rule_count()):
        start = output.output_length
        if is_fixed(rule_at(number)) and encode_line(number):
            keep_line(rule_at(number), start)
        output.output_length = start


def is_fixed(rule: Rule) -> bool:
    """Whether a rule decides the same for every event. What is no function may still hold persistent state."""
    return not is_function(rule.then) and (persistence.is_stateful == 0 or not is_pointer(rule.then))


@noinline
def encode_line(number: u32) -> bool:
    """Write a rule's line; False if its decision is not JSON, which is the error of each event that it decides."""
    try:
        emit_text(DECISION_START)
        start = output.output_length
        encode_decision(rule_at(number).then)
        rule_at(number).decision_bytes = output.output_length - start
        emit_text(RULE_START)
        emit_json_str(rule_at(number).name)
        return True
    except Failure:
        return False


def keep_line(rule: Rule, start: u32) -> None:
    """Keep what was written from `start` as the line of a rule, unless it is long."""
    n = output.output_length - start
    if n <= LONGEST_LINE:
        line = Array[u8](n)
        written = output.room_for(0)
        copy_items(line, 0, written, start, n)
        rule.line = line


def fixed_rule() -> Rule | None:
    """The rule that has decided the event, if its line is known."""
    number = decisions.rule_number
    if number == NO_RULE:
        return None
    rule = rule_at(number)
    return rule if rule.line is not None else None


def emit_line(line: Array[u8], decision_bytes: u32) -> None:
    """Append a known line, and pay for it as if it had been encoded."""
    charge(decision_price(decision_bytes))
    emit_bytes(line, len(line))
