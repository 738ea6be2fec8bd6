"""A test guest: the compiler of the rule language with the built-in names, and nothing that runs code.

`tests/syntax/harness.py` writes a source into `source`, calls `translate` and reads the module or the diagnostics.
"""

from __future__ import annotations

from guest.compiler.language import Array, Failure, export, i64, need, u8, u32
from guest.heap.allocate import check_heap, old_array_u8
from guest.heap.views import Bytes, pinned_bytes
from guest.machine.builtins import parse_builtins
from guest.machine.names import declare_methods, declare_universe
from guest.meter import errors, fuel
from guest.syntax import diagnostics
from guest.syntax.compiler import compile_module
from guest.values.function import Module
from guest.values.interning import intern_text
from guest.values.prepare import prepare_values

BOOT_FUEL = 100_000_000

source: Array[u8] | None = None
module: Module | None = None


@export
def start() -> None:
    """Make the tables of names."""
    fuel.remaining = i64(BOOT_FUEL)
    prepare_values()
    parse_builtins()
    declare_universe()
    declare_methods()


@export
def room(size: u32) -> Bytes:
    """Room for a source of so many bytes: its address."""
    global source
    made = old_array_u8(size)
    source = made
    return pinned_bytes(made)


@export
def translate(size: u32, options: u32) -> u32:
    """Compile the source; how it failed (an error kind), or 0 if the module or diagnostics are there."""
    global module
    module = None
    diagnostics.clear()
    path = intern_text("main.star")
    failed = False
    try:
        module = compile_module(need(source), size, path, options)
    except Failure:
        failed = True
    check_heap()
    return errors.kind if failed else 0
