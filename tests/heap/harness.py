"""Runs a test guest without the host package: compile it, instantiate it, read its memory.

A test guest is a Guest Python module in `guests/` that is compiled as if it were part of `guest/heap/`, with
nothing of the guest but what it imports.
"""

from __future__ import annotations

import functools
import struct
from pathlib import Path
from typing import Any, cast

import wasmtime

from guest.compiler.build import Guest, compile_guest
from tests.stress import gc_stress

ROOT = Path(__file__).resolve().parents[2]
PAGE = 65536
FORMATS = {"u32": "<I", "i32": "<i", "u64": "<Q", "i64": "<q"}


@functools.cache
def engine() -> wasmtime.Engine:
    """The engine of all test guests."""
    config = wasmtime.Config()
    config.wasm_exceptions = True
    return wasmtime.Engine(config)


@functools.cache
def compiled(name: str, debug: bool = False) -> tuple[Guest, wasmtime.Module]:
    """A test guest, compiled once a process."""
    module = f"guest.heap.{name}"
    path = Path(__file__).parent / "guests" / f"{name}.py"
    guest = compile_guest(ROOT, extra={module: path}, only=[module], debug=debug)
    return guest, wasmtime.Module(engine(), guest.text)


class Machine:
    """One instance of a test guest; `build` is one that is not the tree's own."""

    def __init__(
        self,
        name: str,
        debug: bool = False,
        memory: bytes | None = None,
        build: tuple[Guest, wasmtime.Module] | None = None,
    ) -> None:
        """With the memory that another instance of the same guest had, this one goes on where that one stopped."""
        self.name, self.debug = name, debug
        self.guest, module = build or compiled(name, debug or gc_stress())
        self.layout = cast(dict[str, Any], self.guest.layout)
        self.store = wasmtime.Store(engine())
        self.constants: dict[str, int] = self.layout["constants"]
        pages = len(memory) // PAGE if memory else self.constants["guest.heap.layout.INITIAL_PAGES"]
        kind = wasmtime.MemoryType(wasmtime.Limits(pages, None))
        self.memory = wasmtime.Memory(self.store, kind)
        self.memory.write(self.store, memory or self.guest.memory, 0)
        linker = wasmtime.Linker(engine())
        linker.define(self.store, "ringfence", "memory", self.memory)
        self.exports = linker.instantiate(self.store, module).exports(self.store)
        if gc_stress() and memory is None:
            self.stress()

    def moved(self) -> Machine:
        """A fresh instance with a copy of the whole memory."""
        return Machine(self.name, self.debug, self.contents())

    def call(self, name: str, *arguments: int) -> int:
        """Call an export."""
        function = cast(wasmtime.Func, self.exports[name])
        return cast(int, function(self.store, *arguments))

    def contents(self) -> bytes:
        """A copy of the whole memory."""
        return bytes(self.memory.read(self.store, 0, self.memory.data_len(self.store)))

    def read(self, variable: str) -> int:
        """The worth of a module variable, by its qualified name without `guest.`"""
        entry = self.layout["variables"][f"guest.{variable}"]
        form = FORMATS.get(entry["type"], "<I")
        data = self.memory.read(self.store, entry["address"], entry["address"] + struct.calcsize(form))
        return int(struct.unpack(form, data)[0])

    def write(self, variable: str, worth: int) -> None:
        """Set a module variable."""
        entry = self.layout["variables"][f"guest.{variable}"]
        self.memory.write(self.store, struct.pack(FORMATS.get(entry["type"], "<I"), worth), entry["address"])

    def poke(self, address: int, data: bytes) -> None:
        """Write bytes."""
        self.memory.write(self.store, data, address)

    def stress(self) -> None:
        """Collect at every allocation from now on."""
        self.write("heap.allocate.gc_stress", 1)
        self.write("heap.allocate.limit", 0)
