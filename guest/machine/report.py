"""What the host is told about an error: one JSON object in the output buffer, with the place and the calls that led there.

    {"kind": "rule", "message": "...", "rule": "block-admin", "location": "main.star:12:5", "source": "<the line>",
     "traceback": [{"function": "check", "location": "main.star:12:5"}], "values": [<the arguments of fail>]}

Composed while the failed evaluation's frames are still in place. Frames of the driver and of the prelude are left out:
to the user, built-ins have no lines. An error before any frame (bad input) has no location and no source.
"""

from guest.compiler.language import Array, Text, cast, noinline, span, u8, u32, u64
from guest.heap import frames
from guest.heap.frames import callee_of, caller_base, caller_pc, frame_depth
from guest.heap.views import CodePointer, Registers, pc_after
from guest.library import failing, output
from guest.library.json_quote import emit_json_bytes, emit_json_part, emit_json_str, emit_json_text
from guest.library.output import emit_byte, emit_str, emit_text, emit_unsigned
from guest.machine import decisions, exchange, policy
from guest.machine.loaded import find_module
from guest.machine.places import position_at
from guest.machine.rules import NO_RULE, rule_at
from guest.meter import errors
from guest.meter.errors import Kind
from guest.values import failure
from guest.values.function import COLUMN_BITS, MAX_COLUMN, PRELUDE, Code, Function, Module
from guest.values.text import Str
from guest.values.utf8 import sequence_length

NEWLINE = 10
RETURN = 13
QUOTE = 34
COLON = 58
CLOSE_BRACE = 125
MAX_TRACEBACK = 64
"""Entries of a traceback: the outermost and the innermost half of a deeper one."""
MAX_SOURCE_LINE = 400
"""Bytes of a source line that are shown."""


def kind_text() -> Text:
    """The name of the failure's kind."""
    match errors.kind:
        case Kind.RULE:
            return "rule"
        case Kind.FUEL:
            return "fuel"
        case Kind.MEMORY:
            return "memory"
        case Kind.DEADLINE:
            return "deadline"
        case Kind.INPUT:
            return "input"
        case _:
            return "internal"


def emit_message() -> None:
    """The message: composed by whoever failed, or that of a limit."""
    match errors.kind:
        case Kind.FUEL:
            emit_json_text("out of fuel: the evaluation used up its budget")
        case Kind.MEMORY:
            emit_json_text("out of memory: the evaluation needs more than its limit")
        case Kind.DEADLINE:
            emit_json_text("deadline exceeded: the evaluation took too long")
        case _:
            emit_json_bytes(failure.message_buffer(), failure.message_length)


@noinline
def emit_error() -> None:
    """Write the error object of the failure in `errors.kind`."""
    emit_text('{"kind": ')
    emit_json_text(kind_text())
    emit_text(', "message": ')
    emit_message()
    emit_text(', "rule": ')
    if decisions.rule_number != NO_RULE:
        emit_json_str(rule_at(decisions.rule_number).name)
    else:
        emit_text("null")
    depth = frame_depth()
    place = innermost_shown(depth)
    if place != 0:
        code = code_at(place, depth)
        emit_location(code.module, position_at(code, pc_at(place, depth)))
    else:
        emit_origin()
    emit_text(', "traceback": [')
    emit_traceback(depth)
    emit_text("]")
    emit_values()
    emit_byte(CLOSE_BRACE)


def emit_origin() -> None:
    """Of an error outside all functions, the place that asked for them: the rule, or the function that decides. In a scope
    it is the host that asked."""
    if errors.kind != Kind.RULE or exchange.in_scope:
        return
    if decisions.rule_number != NO_RULE:
        rule = rule_at(decisions.rule_number)
        module = find_module(rule.path)
        if module is not None:
            emit_location(module.module, rule.position)
    elif isinstance(policy.decide_function, Function):
        code = cast(Function, policy.decide_function).code
        emit_location(code.module, code.position)


def emit_location(module: Module, position: u32) -> None:
    """A place and its source line."""
    emit_text(', "location": ')
    emit_place(module.path, position)
    emit_text(', "source": ')
    emit_source_line(module.source, 0, module.source_length, position >> COLUMN_BITS)


def emit_values() -> None:
    """The data that the rule's own error carries."""
    values = failing.values
    if values is not None and errors.kind == Kind.RULE:
        emit_text(', "values": ')
        emit_str(values)


def base_at(place: u32, depth: u32) -> Registers:
    """The frame of call number `place` (1 to `depth`)."""
    return frames.current_base if place == depth else caller_base(place)


def code_at(place: u32, depth: u32) -> Code:
    """The code of the frame of call number `place`."""
    return cast(Function, callee_of(base_at(place, depth))).code


def pc_at(place: u32, depth: u32) -> CodePointer:
    """The instruction that the frame of call number `place` is executing: a call, unless it is the innermost."""
    return frames.current_pc if place == depth else pc_after(caller_pc(place), -1)


def innermost_shown(depth: u32) -> u32:
    """The innermost call that is not the prelude's; 0 if there is none."""
    place = depth
    while place != 0 and code_at(place, depth).flags & PRELUDE != 0:
        place -= 1
    return place


def emit_traceback(depth: u32) -> None:
    """The calls, innermost last; of a deep stack only both ends."""
    written: u32 = 0
    for i in range(depth):
        place = i + 1
        if depth > MAX_TRACEBACK and place > MAX_TRACEBACK // 2 and place <= depth - MAX_TRACEBACK // 2:
            continue
        code = code_at(place, depth)
        if code.flags & PRELUDE != 0:
            continue
        if written != 0:
            emit_text(", ")
        emit_text('{"function": ')
        emit_json_str(code.name)
        emit_text(', "location": ')
        emit_place(code.module.path, position_at(code, pc_at(place, depth)))
        emit_byte(CLOSE_BRACE)
        written += 1


def emit_place(path: Str, position: u32) -> None:
    """`path:line:column` as a JSON string."""
    emit_json_str(path)
    output.output_length -= 1
    emit_byte(COLON)
    emit_unsigned(u64(position >> COLUMN_BITS))
    emit_byte(COLON)
    emit_unsigned(u64(position & MAX_COLUMN))
    emit_byte(QUOTE)


def emit_source_line(source: Array[u8], first: u32, length: u32, line: u32) -> None:
    """The text of a line (from 1) of the `length` bytes of source from `first`, as a JSON string."""
    limit = first + length
    start = first
    number: u32 = 1
    while number < line and start < limit:
        if is_line_end(source, start, limit):
            number += 1
        start += 1
    end = start
    while end < limit and end - start < MAX_SOURCE_LINE and source[end] != NEWLINE and source[end] != RETURN:
        # By whole characters; of a line that is not UTF-8, which may be what the error is about, only what is before it.
        length = sequence_length(span(source), end, limit)
        if length == 0:
            break
        end += length
    emit_json_part(source, start, end - start)


def is_line_end(source: Array[u8], at: u32, limit: u32) -> bool:
    """Whether the byte at `at` is the last of a line: a line feed, or a carriage return that none follows."""
    if source[at] == NEWLINE:
        return True
    return source[at] == RETURN and (at + 1 == limit or source[at + 1] != NEWLINE)
