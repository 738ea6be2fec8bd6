"""Drives the whole guest through its ABI, with wasmtime and the layout alone: no host package in between.

`Machine()` is a fresh isolate made from the base image; its methods are the entry points of `guest/boundary.py`.
"""

from __future__ import annotations

import functools
import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler.base_image import CODE, IMAGE, LAYOUT, build_guest, encode_files
from tests.stress import gc_stress

ROOT = Path(__file__).resolve().parents[2]
PAGE = 65_536
FORMATS = {"u32": "<I", "i32": "<i", "u64": "<Q", "i64": "<q", "bool": "<B"}
DONE, FAILED, SUSPENDED, PARTIAL, CALLING, STARVED = range(6)
RECORD = struct.Struct("<IIQII")
FUEL = 10_000_000
PAGES = 1024


@functools.cache
def engine() -> wasmtime.Engine:
    """The engine of all tests."""
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.wasm_simd = True
    config.wasm_wide_arithmetic = True
    return wasmtime.Engine(config)


@functools.cache
def guest() -> tuple[wasmtime.Module, bytes, dict[str, Any]]:
    """The guest of this checkout: compiled code, base image, layout. Built once a process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "guest"
        build_guest(ROOT, out, debug=gc_stress(), gc_stress=gc_stress())
        module = wasmtime.Module(engine(), (out / CODE).read_bytes())
        return module, (out / IMAGE).read_bytes(), json.loads((out / LAYOUT).read_text())


class Machine:
    """One isolate."""

    def __init__(self, memory: bytes | None = None) -> None:
        module, image, self.layout = guest()
        image = memory if memory is not None else image
        self.store = wasmtime.Store(engine())
        kind = wasmtime.MemoryType(wasmtime.Limits(len(image) // PAGE, None))
        self.memory = wasmtime.Memory(self.store, kind)
        self.memory.write(self.store, image, 0)
        self.exports = wasmtime.Instance(self.store, module, [self.memory]).exports(self.store)
        self.write("guest.heap.old.memory_limit", PAGES * PAGE)

    def call(self, name: str, *arguments: int) -> int:
        """Call an entry point."""
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        return int(function(self.store, *arguments))

    def read(self, variable: str) -> int:
        """The worth of a module variable."""
        entry = self.layout["variables"][variable]
        form = FORMATS.get(entry["type"], "<I")
        data = self.memory.read(self.store, entry["address"], entry["address"] + struct.calcsize(form))
        return int(struct.unpack(form, data)[0])

    def write(self, variable: str, worth: int) -> None:
        """Set a module variable."""
        entry = self.layout["variables"][variable]
        self.memory.write(self.store, struct.pack(FORMATS.get(entry["type"], "<I"), worth), entry["address"])

    def bytes_at(self, start: int, length: int) -> bytes:
        """A piece of the memory."""
        return bytes(self.memory.read(self.store, start, start + length))

    def image(self) -> bytes:
        """The whole memory."""
        return self.bytes_at(0, self.memory.data_len(self.store))

    def put(self, content: bytes) -> int:
        """Copy into the input buffer; gives the size."""
        address = self.call("reserve", len(content))
        assert address != 0
        self.memory.write(self.store, content, address)
        return len(content)

    def output(self) -> bytes:
        """The output of the last call."""
        start = self.read("guest.library.output.output_address")
        return self.bytes_at(start, self.read("guest.library.output.output_length"))

    def printed(self) -> str:
        """What was printed since the last call of this."""
        start = self.read("guest.library.printing.print_address")
        text = self.bytes_at(start, self.read("guest.library.printing.print_length")).decode()
        self.write("guest.library.printing.print_length", 0)
        return text

    def load(
        self, files: dict[str, str | bytes], *, entry: str = "load", fuel: int = FUEL, **config: Any
    ) -> Any:
        """Load (or check) a bundle; gives what the guest says about it. `status` has the status."""
        contents = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
        configuration = {"entry": "main.star", "hit_policy": "first", **config}
        size = self.put(encode_files({"": json.dumps(configuration).encode(), **contents}))
        self.write("guest.meter.fuel.remaining", fuel)
        self.status = self.call(entry, size)
        return json.loads(self.output())

    def evaluate(self, event: Any, fuel: int = FUEL) -> Any:
        """Decide one event (a dict, or JSON text as bytes); the result line, parsed."""
        self.write("guest.machine.exchange.event_fuel", fuel)
        self.call("evaluate", self.put(event if isinstance(event, bytes) else json.dumps(event).encode()))
        return json.loads(self.output())

    def batch(self, lines: bytes, fuel: int = FUEL) -> tuple[int, list[Any]]:
        """Decide the events of some lines; the status and the result lines, parsed."""
        self.write("guest.machine.exchange.event_fuel", fuel)
        status = self.call("batch", self.put(lines))
        return status, [json.loads(line) for line in self.output().splitlines()]

    def records(self) -> list[tuple[int, int, int, int, int]]:
        """The record table of the last call."""
        start = self.read("guest.machine.exchange.records_address")
        count = self.read("guest.machine.exchange.events_done")
        return [RECORD.unpack(self.bytes_at(start + 24 * i, 24)) for i in range(count)]

    def execute(self, source: str, *, fuel: int = FUEL, **config: Any) -> tuple[int, str]:
        """Run a program until it ends or its fuel is spent; its status and what it printed."""
        size = self.put(encode_files({"": json.dumps(config).encode(), "main.star": source.encode()}))
        self.write("guest.meter.fuel.remaining", fuel)
        status = self.call("execute", size)
        printed = self.printed()
        while status == SUSPENDED:
            status = self.call("resume")
            printed += self.printed()
        return status, printed


def bundle(source: str, **config: Any) -> Machine:
    """A machine with a bundle of one file loaded."""
    machine = Machine()
    said = machine.load({"main.star": source}, **config)
    assert machine.status == DONE, said
    return machine
