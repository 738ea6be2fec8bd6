"""Where the fuel of a traced event goes: to which line of which function, called by whom.

    ["call", "name", "path", line]    a function begins; the line is that of its declaration
    ["return"]                        it ends
    [line, fuel]                      so much was spent on a line of the running function; line 0 is outside of all

Every unit is told once: what a built-in costs belongs to the line that calls it, and what the driver costs to line 0. Functions
of the prelude are functions like others.
"""

from guest.compiler.language import u32, u64
from guest.heap.frames import frame_depth
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_byte, emit_unsigned
from guest.machine.event import spent_fuel
from guest.machine.places import current_code, current_position
from guest.machine.trace_output import COMMA, OPEN_BRACKET, add_number, begin_entry, end_entry
from guest.values.function import COLUMN_BITS

# The line that is running, in a frame of this depth, and what it has cost; what had been spent when that was last counted.
line: u32 = 0
depth: u32 = 0
line_fuel: u64 = 0
counted: u64 = 0


def begin_profile() -> None:
    """The event has been decoded, and nothing has run."""
    global line, depth, line_fuel, counted
    line = 0
    depth = 0
    line_fuel = 0
    counted = spent_fuel()


def look_at_line() -> None:
    """An instruction is about to run: tell what the line before cost if this is another."""
    global line
    # What an answer of the host cost belongs to the line that asked.
    count()
    now: u32 = 0
    if depth != 0:
        now = current_position() >> COLUMN_BITS
    if now != line:
        tell_line()
        line = now


def count() -> None:
    """What has been spent since this was last called belongs to the line."""
    global line_fuel, counted
    spent = spent_fuel()
    line_fuel += spent - counted
    counted = spent


def count_instruction() -> None:
    """An instruction has run: count what it cost, and tell of the function that it has begun or ended."""
    global depth
    count()
    after = frame_depth()
    if after == depth:
        return
    tell_line()
    if after > depth:
        code = current_code()
        begin_entry("call")
        emit_byte(COMMA)
        emit_json_str(code.name)
        emit_byte(COMMA)
        emit_json_str(code.module.path)
        add_number(u64(code.position >> COLUMN_BITS))
    else:
        begin_entry("return")
    end_entry()
    depth = after


def tell_line() -> None:
    """Tell what the line has cost."""
    global line_fuel
    if line_fuel == 0:
        return
    emit_byte(COMMA)
    emit_byte(OPEN_BRACKET)
    emit_unsigned(u64(line))
    add_number(line_fuel)
    end_entry()
    line_fuel = 0
