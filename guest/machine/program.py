"""Executing one program, as `exec` does: in slices, so that the host can write out what was printed.

A slice ends when the fuel is spent, or when the print buffer has filled; `pause.py` says how. The program has no other
modules and declares no rules; `args` is what the host passed.
"""

from guest.compiler.language import UNDEFINED, u32
from guest.heap.value import NONE
from guest.library import output
from guest.machine import decisions, exchange, pause
from guest.machine.blob import file_at, forget_files, read_files
from guest.machine.bundle import emit_diagnostics
from guest.machine.dialect import read_configuration, read_options, setting
from guest.machine.evaluation import run_guarded
from guest.machine.loaded import module_at
from guest.machine.modules import begin_modules, compile_from
from guest.machine.names import declare_argument
from guest.machine.rules import NO_RULE
from guest.machine.status import Status
from guest.machine.toplevel import begin_toplevel
from guest.meter.fuel import begin_slice
from guest.syntax import diagnostics


def start_program(size: u32) -> u32:
    """Compile the program in the first `size` bytes of input and run its first slice."""
    output.output_length = 0
    decisions.rule_number = NO_RULE
    begin_modules()
    read_files(size)
    configuration = read_configuration()
    options = read_options(configuration)
    argument = setting(configuration, "args")
    declare_argument("args", NONE if argument == UNDEFINED else argument)
    compile_from(file_at(1).name, options)
    if diagnostics.count != 0:
        emit_diagnostics()
        return Status.FAILED
    forget_files()
    begin_toplevel(module_at(0).module)
    pause.begin_streaming()
    begin_slice(exchange.slice_fuel)
    return run_guarded()


def resume_program() -> u32:
    """Run the next slice."""
    begin_slice(exchange.slice_fuel)
    return run_guarded()
