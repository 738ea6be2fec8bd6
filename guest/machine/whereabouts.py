"""Where an evaluation in hand stands: its rule, the calls that are active, innermost first, and what their local variables hold.

    {"rule": "block-admin", "frames": [{"function": "check", "location": "main.star:12:5", "source": "<the line>",
     "variables": {"path": "\\"/admin\\"", "total": "12"}}]}

Values are shown as error messages show them: shortened, a few levels deep, so neither cycles nor sizes matter. The frames of
the driver and of the prelude are left out, as in tracebacks. This is asked of a copy of the evaluation: it uses fuel, memory
and the buffers as it likes, and nothing goes on in that copy afterwards.
"""

from guest.compiler.language import UNDEFINED, Failure, Value, cast, noinline, u32, u64
from guest.heap.frames import callee_of, frame_depth
from guest.heap.views import CodePointer, Registers, code_offset, register
from guest.library import output
from guest.library.json_quote import emit_json_bytes, emit_json_str
from guest.library.output import emit_text
from guest.machine import decisions, pause
from guest.machine.host_calls import step_back
from guest.machine.places import position_at
from guest.machine.report import MAX_TRACEBACK, base_at, code_at, emit_location, pc_at
from guest.machine.rules import NO_RULE, rule_at
from guest.meter import fuel
from guest.meter.fuel import begin_budget
from guest.syntax.assembler import TRACKED
from guest.values import failure
from guest.values.describe import say_short_repr
from guest.values.failure import finish_message, forget_message, say
from guest.values.function import IN_CELL, PRELUDE, QUADRUPLE, TRIPLE, Cell, Code, Function, Locals
from guest.values.text import Str
from guest.values.tuple import Tuple

VALUE_BYTES = 200
"""Of the text of one value."""
VALUE_FUEL = 10_000
"""Units that one value may take to be shown: those of the library are built before they are cut."""
MOST_OUTPUT = 256 * 1024
"""Bytes of the answer after which no more variables are told. Those of the innermost calls come first."""

NO_ENTRY = 0xFFFFFFFF

# How many variables of the frame have been told.
told: u32 = 0


def locate() -> None:
    """Write where the evaluation stands."""
    fuel.interrupt = 0
    begin_budget(VALUE_FUEL)
    output.output_length = 0
    depth = frame_depth()
    if pause.awaits_answer != 0:
        # The call that waits has been left, and is where the evaluation stands all the same.
        step_back()
    emit_text('{"rule": ')
    if decisions.rule_number != NO_RULE:
        emit_json_str(rule_at(decisions.rule_number).name)
    else:
        emit_text("null")
    emit_text(', "frames": [')
    written: u32 = 0
    place = depth
    while place != 0:
        is_omitted = (
            depth > MAX_TRACEBACK and place > MAX_TRACEBACK // 2 and place <= depth - MAX_TRACEBACK // 2
        )
        if not is_omitted and code_at(place, depth).flags & PRELUDE == 0:
            if written != 0:
                emit_text(", ")
            emit_frame(place, depth)
            written += 1
        place -= 1
    emit_text("]}")


def emit_frame(place: u32, depth: u32) -> None:
    """Write about the frame of call number `place`."""
    code = code_at(place, depth)
    pc = pc_at(place, depth)
    emit_text('{"function": ')
    emit_json_str(code.name)
    emit_location(code.module, position_at(code, pc))
    emit_text(', "variables": {')
    emit_variables(code, pc, base_at(place, depth))
    emit_text("}}")


@noinline
def emit_variables(code: Code, pc: CodePointer, base: Registers) -> None:
    """Write the variables that have values. Where two have one name, the inner one comes last, and is meant."""
    global told
    told = 0
    parameters = u32(len(code.parameters.items))
    locals = code.locals
    if locals is None:
        for i in range(parameters):
            emit_variable(code.parameters, i, register(base, i))
        return
    entry = entry_at(locals, code_offset(pc, code.words))
    for i in range(parameters):
        if not is_overwritten(locals, entry, i):
            emit_variable(code.parameters, i, register(base, i))
    if entry != NO_ENTRY:
        emit_locals(code, locals, entry, base)
    emit_cells(code, locals, base)
    emit_inner(code, locals, pc, base)


@noinline
def emit_locals(code: Code, locals: Locals, entry: u32, base: Registers) -> None:
    """Write the variables of the function itself, behind the parameters."""
    for i in range(u32(len(code.parameters.items)), own_count(code, locals)):
        # All registers that are not tracked are cleared.
        is_clear = i >= TRACKED or locals.cleared >> u64(i) & 1 != 0
        if (is_clear or is_assigned(locals, entry, i)) and not is_overwritten(locals, entry, i):
            emit_variable(locals.names, i, register(base, i))


@noinline
def emit_cells(code: Code, locals: Locals, base: Registers) -> None:
    """Write the variables that were captured from outside."""
    own = own_count(code, locals)
    for i in range(code.cells):
        emit_variable(locals.names, own + i, cast(Function, callee_of(base)).cells.items[i])


@noinline
def emit_inner(code: Code, locals: Locals, pc: CodePointer, base: Registers) -> None:
    """Write the variables of the comprehensions that are running."""
    offset = code_offset(pc, code.words)
    entry = entry_at(locals, offset)
    first = own_count(code, locals) + code.cells
    for i in range(inner_count(locals)):
        place = locals.inner[TRIPLE * i]
        number = place & ~u32(IN_CELL)
        if offset < locals.inner[TRIPLE * i + 1] or offset >= locals.inner[TRIPLE * i + 2]:
            continue
        if place & IN_CELL != 0 or (number < TRACKED and is_assigned(locals, entry, number)):
            emit_variable(locals.names, first + i, register(base, number))


def inner_count(locals: Locals) -> u32:
    """How many variables its comprehensions have."""
    return u32(len(locals.inner)) // TRIPLE


def own_count(code: Code, locals: Locals) -> u32:
    """How many variables the function itself has, parameters included."""
    return u32(len(locals.names.items)) - code.cells - inner_count(locals)


def entry_at(locals: Locals, offset: u32) -> u32:
    """Where the quadruple for the word at `offset` is; NO_ENTRY in the prologue, where only the parameters have values."""
    at = u32(len(locals.known))
    while at != 0:
        at -= QUADRUPLE
        if locals.known[at] <= offset:
            return at
    return NO_ENTRY


def is_assigned(locals: Locals, entry: u32, number: u32) -> bool:
    """Whether a register that is tracked surely has been assigned its variable's value."""
    bits = u64(locals.known[entry + 1]) | u64(locals.known[entry + 2]) << 32
    return bits >> u64(number) & 1 != 0


def is_overwritten(locals: Locals, entry: u32, number: u32) -> bool:
    """Whether a register holds an intermediate result instead of its variable's value."""
    return entry != NO_ENTRY and locals.known[entry + 3] == number


@noinline
def emit_variable(names: Tuple, number: u32, held: Value) -> None:
    """Write a variable, if it has a value."""
    global told
    value = cast(Cell, held).value if isinstance(held, Cell) else held
    if value == UNDEFINED or output.output_length > MOST_OUTPUT:
        return
    compose(value)
    if told != 0:
        emit_text(", ")
    told += 1
    emit_json_str(cast(Str, names.items[number]))
    emit_text(": ")
    emit_json_bytes(failure.message_buffer(), failure.message_length)


@noinline
def compose(value: Value) -> None:
    """Make the text of a value the message."""
    begin_budget(VALUE_FUEL)
    forget_message()
    try:
        say_short_repr(value, VALUE_BYTES)
    except Failure:
        # It takes more fuel or memory than there is for this.
        forget_message()
        say("...")
    finish_message()
