"""What the host is told about the fuel of events that have not come yet: bounds for each rule.

    {"reading": 65, "colliding": 0, "decides": false, "rules": [{"dated": false,
      "when": {"fuel": 42, "succeeding": 12, "weight": 8, "never": false, "always": false},
      "then": {"fuel": null, "reason": "a loop", "path": "main.star", "line": 3, "column": 9}}]}

`reading` is for decoding the event, and `colliding` what that costs more if its keys are made to collide. `succeeding` is
the cost without an error, which ends the event and may take more work to compose. `weight` bounds the size of what is
returned, which is to be written as a decision. `never` and `always` say that a predicate can only fail, or that it can only
hold, if it does not end in an error.
"""

from guest.compiler.language import UNDEFINED, Array, Failure, Text, Value, cast, noinline, u32, u64
from guest.library.json_containers import MOST_DIRECT, MOST_SCANNED
from guest.library.json_quote import emit_json_str, emit_json_text
from guest.library.output import emit_text, emit_unsigned
from guest.machine import policy
from guest.machine.bounds import reasons
from guest.machine.bounds.amounts import LARGE, UNKNOWN, multiple, plus
from guest.machine.bounds.arguments import bound_arguments
from guest.machine.bounds.found import Found, begin_bounds, end_bounds
from guest.machine.bounds.functions import function_bound
from guest.machine.bounds.reasons import forget_reason, refuse, refuse_anywhere
from guest.machine.bounds.shapes import DENSE, DICT, ENTRY_BYTES, SCALAR, shape, shape_of
from guest.machine.bounds.weights import filling
from guest.machine.policy import Policy
from guest.machine.rules import is_dated, rule_at, rule_count
from guest.meter.costs import JSON_BYTES_PER_UNIT
from guest.values.function import COLUMN_BITS, MAX_COLUMN, Builtin, Function

ROOM = 20
"""Units for the first room of a large object, and for what is not counted by bytes."""

# Bytes of the largest event.
event_bytes: u64 = 0


@noinline
def emit_bounds(bytes: u32) -> None:
    """Write the bounds of all rules, for events of so many bytes."""
    global event_bytes
    event_bytes = u64(bytes)
    begin_bounds()
    emit_text('{"reading": ')
    # All bytes, each container when it is made, and room for those that grow.
    emit_unsigned(event_bytes // JSON_BYTES_PER_UNIT + event_bytes // 2 + event_bytes // 8 + ROOM)
    emit_text(', "colliding": ')
    emit_unsigned(colliding(event_bytes))
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
    end_bounds()


def colliding(bytes: u64) -> u64:
    """What the keys of an object cost if all of them are entered at one place of its index: repeated ones are searched again."""
    entries = bytes // ENTRY_BYTES + 1
    if entries <= MOST_SCANNED:
        return 0
    if entries <= MOST_DIRECT:
        return entries * entries // 2
    return min(plus(filling(entries), multiple(entries, bytes // (ENTRY_BYTES - 1))), LARGE)


@noinline
def emit_part(name: Text, value: Value) -> None:
    """Write the bound of a predicate or a `then`, with that of writing what it gives as a decision."""
    forget_reason()
    found: Found | None = None
    weight: u64 = 0
    if isinstance(value, Function):
        found = guarded_bound(cast(Function, value))
    elif isinstance(value, Builtin):
        refuse_anywhere("a built-in as a function of the event")
    elif value != UNDEFINED:
        weight = guarded_weight(value)
    emit_json_text(name)
    emit_text(': {"fuel": ')
    if found is not None:
        weight = found.result.weight
    if reasons.has_reason:
        emit_text("null, ")
        emit_reason()
    else:
        emit_unsigned(max(found.cost, found.error) if found is not None else u64(0))
        emit_text(', "succeeding": ')
        emit_unsigned(found.cost if found is not None else u64(0))
        emit_text(', "weight": ')
        if weight < LARGE:
            emit_unsigned(weight)
        else:
            emit_text("null")
        if found is not None:
            emit_text(', "never": ')
            emit_text("true" if found.may_fail and not found.may_hold else "false")
            emit_text(', "always": ')
            emit_text("true" if found.may_hold and not found.may_fail else "false")
    emit_text("}")


@noinline
def guarded_bound(function: Function) -> Found | None:
    """Walk through a function of the event; None, with a reason, if there is too much of it."""
    try:
        event = Array[Value](1)
        event[0] = Value(shape(DICT | DENSE, event_bytes + SCALAR))
        bound = bound_arguments(function, event, 1, None)
        if bound is None:
            refuse(function.code, 0, "the parameters of ", function.code.name)
            return None
        return function_bound(function, bound, None)
    except Failure:
        refuse_anywhere("too much code to look at")
        return None


@noinline
def guarded_weight(value: Value) -> u64:
    """What a constant weighs."""
    try:
        return shape_of(value, 0).weight
    except Failure:
        return UNKNOWN


def emit_reason() -> None:
    """Write why there is no bound, and where."""
    emit_text('"reason": ')
    emit_json_text(reasons.reason)
    name = reasons.reason_name
    if name is not None:
        emit_text(', "name": ')
        emit_json_str(name)
    module = reasons.reason_module
    if module is not None:
        emit_text(', "path": ')
        emit_json_str(module.path)
        emit_text(', "line": ')
        emit_unsigned(u64(reasons.reason_position >> COLUMN_BITS))
        emit_text(', "column": ')
        emit_unsigned(u64(reasons.reason_position & MAX_COLUMN))
