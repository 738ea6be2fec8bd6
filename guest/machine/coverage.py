"""Coverage by line: a bundle that is loaded for it runs one instruction at a time, and its isolates tell which lines ran.

    {"modules": [{"path": "main.star", "codes": [[1, 1, 3, 1], [3, 0, 4, 0]]}]}

For the top level and each function of a module, pairs of a line and 1 if one of its instructions has run, in the order of the
code: a line may come more than once, and has run there if any of its pairs says so. What runs while the bundle loads counts, and
is part of the image.

A slice of one unit is a slice of one instruction, so the interpreter needs nothing for this, and what an event costs and
decides is the same.
"""

from guest.compiler.language import cast, i32, i64, need, noinline, u32, u64
from guest.heap import coverage, frames
from guest.heap.coverage import has_run, note_run
from guest.heap.views import code_start, pc_after
from guest.library import output
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_text, emit_unsigned
from guest.machine.evaluation import run_guarded
from guest.machine.loaded import module_at, module_count
from guest.machine.status import Status
from guest.meter.fuel import begin_slice
from guest.values.function import COLUMN_BITS, Code, Module


def run_machine() -> u32:
    """Run as `run_guarded` does, and covered if the bundle was loaded for that."""
    return run_covered() if coverage.active != 0 else run_guarded()


@noinline
def run_covered() -> u32:
    """What `run_guarded` does, for as many slices as it takes until the run ends, asks the host, or is starved."""
    status = u32(Status.SUSPENDED)
    while status == Status.SUSPENDED:
        note_run(frames.current_pc)
        begin_slice(i64(1))
        status = run_guarded()
    return status


def emit_lines() -> None:
    """Write the lines of every module."""
    output.output_length = 0
    emit_text('{"modules": [')
    for i in range(module_count()):
        if i != 0:
            emit_text(", ")
        module = module_at(i).module
        emit_text('{"path": ')
        emit_json_str(module.path)
        emit_text(', "codes": [[')
        emit_module(module)
        emit_text("]]}")
    emit_text("]}")


def emit_module(module: Module) -> None:
    """Write the pairs of a module. The codes of functions are constants: behind the globals in its slots."""
    emit_code(need(module.toplevel))
    for i in range(module.globals, len(module.slots)):
        constant = module.slots[i]
        if isinstance(constant, Code):
            emit_text("], [")
            emit_code(cast(Code, constant))


def emit_code(code: Code) -> None:
    """Write the pairs of a function or top level. What the compiler adds at its end has the position of the declaration, and is
    nobody's line.
    """
    written: u32 = 0
    count = u32(len(code.positions)) // 2
    for i in range(count):
        if code.positions[2 * i + 1] == code.position:
            continue
        start = code.positions[2 * i]
        end = code.positions[2 * i + 2] if i + 1 < count else u32(len(code.words))
        if written != 0:
            emit_text(", ")
        emit_unsigned(u64(code.positions[2 * i + 1] >> COLUMN_BITS))
        emit_text(", 1" if has_run_between(code, start, end) else ", 0")
        written += 1


def has_run_between(code: Code, start: u32, end: u32) -> bool:
    """Whether any instruction from a word to before another has run. Operand words never do."""
    words = code_start(code.words)
    for i in range(start, end):
        if has_run(pc_after(words, i32(i))):
            return True
    return False
