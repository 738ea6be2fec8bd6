"""What the host is told about the fuel of events that have not come yet: bounds for each rule.

    {"reading": 65, "decides": false, "rules": [{"when": {"fuel": 12, "weight": 8, "never": false, "always": false},
      "then": {"fuel": null, "reason": "a loop", "path": "main.star", "line": 3, "column": 9}, "dated": false}]}

`reading` is for decoding the event. `weight` bounds the size of what is returned, which is to be written as a decision. `never`
and `always` say that a predicate can only fail, or that it can only hold, if it does not end in an error.
"""

from guest.compiler.language import UNDEFINED, Failure, Text, Value, cast, noinline, u32, u64
from guest.library.json_quote import emit_json_str, emit_json_text
from guest.library.output import emit_text, emit_unsigned
from guest.machine import fuel_bound, policy
from guest.machine.fuel_bound import Walk, walk_function
from guest.machine.policy import Policy
from guest.machine.rules import is_dated, rule_at, rule_count
from guest.machine.weights import LARGE, SCALAR, weight_of
from guest.meter.costs import JSON_BYTES_PER_UNIT
from guest.values.function import COLUMN_BITS, MAX_COLUMN, Builtin, Function


@noinline
def emit_bounds(bytes: u32) -> None:
    """Write the bounds of all rules, for events of so many bytes."""
    fuel_bound.event_bytes = u64(bytes)
    emit_text('{"reading": ')
    # All bytes, and each container when it is made.
    emit_unsigned(fuel_bound.event_bytes // JSON_BYTES_PER_UNIT + fuel_bound.event_bytes // 2 + 2)
    emit_text(', "decides": ')
    emit_text("true" if policy.policy == Policy.DECIDE else "false")
    emit_text(', "rules": [')
    if policy.policy == Policy.DECIDE:
        emit_text("{")
        emit_part("when", policy.decide_function)
        emit_text("}")
    for i in range(rule_count()):
        emit_text("{" if i == 0 else ", {")
        emit_part("when", rule_at(i).when)
        emit_text(", ")
        emit_part("then", rule_at(i).then)
        emit_text(', "dated": ')
        emit_text("true" if is_dated(rule_at(i)) else "false")
        emit_text("}")
    emit_text("]}")


@noinline
def emit_part(name: Text, value: Value) -> None:
    """Write the bound of a predicate or a `then`, with that of writing what it gives as a decision."""
    fuel_bound.has_reason = False
    fuel_bound.nesting = 0
    walk: Walk | None = None
    weight: u64 = 0
    if isinstance(value, Function):
        walk = guarded_walk(cast(Function, value))
    elif isinstance(value, Builtin):
        set_reason("a built-in as a function of the event")
    elif value != UNDEFINED:
        weight = weight_of(value, 0)
    emit_json_text(name)
    emit_text(': {"fuel": ')
    if walk is not None:
        weight = walk.result
    if fuel_bound.has_reason:
        emit_text("null, ")
        emit_reason()
    else:
        emit_unsigned(walk.cost if walk is not None else u64(0))
        emit_text(', "weight": ')
        if weight < LARGE:
            emit_unsigned(weight)
        else:
            emit_text("null")
        if walk is not None:
            emit_text(', "never": ')
            emit_text("false" if walk.may_hold else "true")
            emit_text(', "always": ')
            emit_text("false" if walk.may_fail else "true")
    emit_text("}")


@noinline
def guarded_walk(function: Function) -> Walk | None:
    """Walk through a function of the event; None, with a reason, if there is too much of it."""
    try:
        return walk_function(function, fuel_bound.event_bytes + SCALAR, 1)
    except Failure:
        set_reason("too much code to look at")
        return None


def set_reason(why: Text) -> None:
    """There is no bound, because of no place in particular."""
    fuel_bound.has_reason = True
    fuel_bound.reason = why
    fuel_bound.reason_name = None
    fuel_bound.reason_module = None


def emit_reason() -> None:
    """Write why there is no bound, and where."""
    emit_text('"reason": ')
    emit_json_text(fuel_bound.reason)
    name = fuel_bound.reason_name
    if name is not None:
        emit_text(', "name": ')
        emit_json_str(name)
    module = fuel_bound.reason_module
    if module is not None:
        emit_text(', "path": ')
        emit_json_str(module.path)
        emit_text(', "line": ')
        emit_unsigned(u64(fuel_bound.reason_position >> COLUMN_BITS))
        emit_text(', "column": ')
        emit_unsigned(u64(fuel_bound.reason_position & MAX_COLUMN))
