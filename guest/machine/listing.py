"""What the host is told about a loaded bundle: its rules, in the order in which they are tried and records number them.

    {"rules": [{"name": "block-admin", "priority": 100, "location": "lib/admin.star:3:5", "file": "main.star",
                "enabled": true, "tags": ["security"], "description": null, "valid_from": [1767225600, 0], "valid_to": null,
                "fixed": true}], "decide": false, "persistent": false}

Rules that are not enabled come last. `location` is where rule() was called, `file` the file whose toplevel declared the rule.
Moments are seconds since 1970 in UTC and nanoseconds. A rule is `fixed` if its decision is always the same. `decide`: there are
no rules but a function. `persistent`: the bundle declares persistent state.
"""

from guest.compiler.language import cast, u32
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_byte, emit_int, emit_text
from guest.library.time_values import Time
from guest.machine import persistence, policy
from guest.machine.lines import is_fixed
from guest.machine.policy import Policy
from guest.machine.report import emit_place
from guest.machine.rules import rule_at, rule_count
from guest.values.text import Str

CLOSE_BRACKET = 93


def emit_rules() -> None:
    """Tell the host the rules; the object is left open."""
    emit_text('{"rules": [')
    for i in range(rule_count()):
        if i != 0:
            emit_text(", ")
        emit_rule(i)
    emit_text('], "decide": ')
    emit_bool(policy.policy == Policy.DECIDE)
    emit_text(', "persistent": ')
    emit_bool(persistence.is_stateful != 0)


def emit_rule(number: u32) -> None:
    """One rule. What is emitted may collect, so the rule is looked up for each part."""
    emit_text('{"name": ')
    emit_json_str(rule_at(number).name)
    emit_text(', "priority": ')
    emit_int(rule_at(number).priority)
    emit_text(', "location": ')
    emit_place(rule_at(number).path, rule_at(number).position)
    emit_text(', "file": ')
    emit_json_str(rule_at(number).file)
    emit_text(', "enabled": ')
    emit_bool(rule_at(number).enabled)
    emit_text(', "tags": [')
    for i in range(len(rule_at(number).tags.items)):
        if i != 0:
            emit_text(", ")
        emit_json_str(cast(Str, rule_at(number).tags.items[i]))
    emit_text('], "description": ')
    description = rule_at(number).description
    if description is None:
        emit_text("null")
    else:
        emit_json_str(description)
    emit_text(', "valid_from": ')
    emit_moment(rule_at(number).valid_from)
    emit_text(', "valid_to": ')
    emit_moment(rule_at(number).valid_to)
    emit_text(', "fixed": ')
    emit_bool(is_fixed(rule_at(number)))
    emit_text("}")


def emit_bool(flag: bool) -> None:
    """A JSON boolean."""
    emit_text("true" if flag else "false")


def emit_moment(time: Time | None) -> None:
    """A moment, or null."""
    if time is None:
        emit_text("null")
        return
    seconds = time.seconds
    nanoseconds = time.nanoseconds
    emit_text("[")
    emit_int(seconds)
    emit_text(", ")
    emit_int(nanoseconds)
    emit_byte(CLOSE_BRACKET)
