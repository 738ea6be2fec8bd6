"""Compiles a snippet of Guest Python with the heap beneath it, and runs it in Wasmtime.

Snippets see the language's names and the heap's values; each test exports what it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler.build import Guest, compile_guest
from guest.compiler.errors import GuestError, GuestErrors
from tests.stress import gc_stress

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """\
from enum import IntEnum
from typing import NewType, NoReturn
from guest.compiler.language import (
    Array, Failure, Inline, Object, Span, Table, Text, UNDEFINED, Value, cast, copy_items, div_s, export, i32, i64,
    f64, inline, isinstance, need, noinline, rem_s, span, table, text_byte, text_length, u8, u16, u32, u64,
)
from guest.heap import allocate
from guest.heap.value import from_small, small

class Pair(Object):
    first: Value
    second: Value
    next: Pair | None
    count: u32

class Chars(Object):
    hash: u32
    data: Inline[u8]

@noinline
def make(count: u32, next: Pair | None) -> Pair:
    return Pair(UNDEFINED, UNDEFINED, next, count)
""".replace(" isinstance,", "")
LINES_BEFORE = PRELUDE.count("\n")


def compile_snippet(tmp_path: Path, source: str) -> Guest:
    """The snippet behind the prelude, as the module `sample`."""
    path = tmp_path / "sample.py"
    path.write_text(PRELUDE + source, encoding="utf-8")
    return compile_guest(ROOT, extra={"sample": path}, only=["guest.heap.allocate"], debug=gc_stress())


def refusal(tmp_path: Path, source: str) -> tuple[int, int, str]:
    """Line (of the snippet), column and message of the first refusal."""
    try:
        compile_snippet(tmp_path, source)
    except GuestErrors as errors:
        first = errors.errors[0]
    except GuestError as error:
        # What is wrong with a declaration ends the build at once.
        first = error
    else:
        raise AssertionError("the compiler accepted it")
    assert first.path == "sample.py"
    return first.line - LINES_BEFORE, first.column, first.message


class Instance:
    """A running guest: `instance.name(...)` calls an export."""

    def __init__(self, guest: Guest, stress: bool = False) -> None:
        config = wasmtime.Config()
        config.wasm_exceptions = True
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        constants: Any = guest.layout["constants"]
        pages = constants["guest.heap.layout.INITIAL_PAGES"]
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(wasmtime.Limits(pages, None)))
        self.memory.write(self.store, guest.memory, 0)
        module = wasmtime.Module(engine, guest.text)
        self.exports = wasmtime.Instance(self.store, module, [self.memory]).exports(self.store)
        self.variables: Any = guest.layout["variables"]
        if self.has("guest.heap.old.memory_limit"):
            self.write("guest.heap.old.memory_limit", 64 << 20)
        if stress or gc_stress():
            self.write("guest.heap.allocate.gc_stress", 1)
            self.write("guest.heap.allocate.limit", 0)

    def has(self, name: str) -> bool:
        """Whether the guest has a variable of this name."""
        return name in self.variables

    def write(self, name: str, worth: int) -> None:
        """Set a u32 variable of the guest."""
        self.memory.write(self.store, worth.to_bytes(4, "little"), self.variables[name]["address"])

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = self.exports[name]
        return lambda *arguments: function(self.store, *arguments)


def text_of(guest: Guest, name: str) -> str:
    """The emitted text of one function."""
    start = guest.text.index(f"(func ${name}")
    return guest.text[start : guest.text.index("\n  )", start)]
