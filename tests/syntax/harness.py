"""Compiles sources of the rule language in a test guest and reads what it made: diagnostics, or bytecode.

Objects of the guest's heap are read by the fields of their class declarations, as the compiler lays them out.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import wasmtime

from guest.compiler import types as t
from guest.compiler.build import Guest, compile_guest
from guest.compiler.program import Program
from tests.stress import gc_stress
from tests.syntax.disassembler import disassemble

ROOT = Path(__file__).resolve().parents[2]
GUEST = Path(__file__).parent / "guests" / "front.py"
FUEL = 10**9
PAGE = 65_536
MAX_PAGES = 1024
HEADER = 8
COLUMN_BITS = 12
MAX_DIAGNOSTICS = 100
OPTIONS = {"set": 1, "while": 2, "recursion": 4, "toplevelcontrol": 8, "globalreassign": 16}


@dataclass(frozen=True)
class Diagnostic:
    """A static error."""

    line: int
    column: int
    message: str


@dataclass
class Translation:
    """What became of a source: `failure` is an error kind (fuel, memory, ...) or 0."""

    failure: int
    diagnostics: list[Diagnostic]
    functions: dict[str, list[str]]


@functools.cache
def engine() -> wasmtime.Engine:
    """The engine of all test guests, with the stack that the host gives."""
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.wasm_simd = True
    config.wasm_wide_arithmetic = True
    config.max_wasm_stack = 256 * 1024
    return wasmtime.Engine(config)


@functools.cache
def compiled() -> tuple[Guest, dict[str, dict[str, tuple[int, t.Type]]], wasmtime.Module]:
    """The test guest, compiled once a process, and the offsets of the fields of its classes."""
    extra = {"front": GUEST}
    guest = compile_guest(ROOT, extra=extra, debug=gc_stress())
    program = Program(ROOT, extra)
    fields: dict[str, dict[str, tuple[int, t.Type]]] = {}
    for cls in program.classes:
        offset = HEADER
        places = fields.setdefault(cls.name, {})
        for name, kind in [*cls.fields, *([cls.inline] if cls.inline else [])]:
            size = t.size_of(kind)
            offset = -(-offset // size) * size
            places[name] = (offset, kind)
            offset += size
    return guest, fields, wasmtime.Module(engine(), bytes(wasmtime.wat2wasm(guest.text)))


@functools.cache
def booted() -> bytes:
    """The memory of a guest that knows the built-in names."""
    front = Front(None)
    front.call("start")
    return front.contents()


class Front:
    """An instance of the test guest, started from an image or from nothing."""

    def __init__(self, image: bytes | None, *, stress: bool = False) -> None:
        guest, self.fields, module = compiled()
        self.layout = cast(dict[str, Any], guest.layout)
        self.classes: dict[int, str] = {
            number: name.rpartition(".")[2] for name, number in self.layout["classes"].items()
        }
        self.store = wasmtime.Store(engine())
        initial = image or guest.memory
        first_pages = int(self.layout["constants"]["guest.heap.layout.INITIAL_PAGES"])
        pages = len(image) // PAGE if image else first_pages
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(wasmtime.Limits(pages, None)))
        self.memory.write(self.store, initial, 0)
        self.exports = wasmtime.Instance(self.store, module, [self.memory]).exports(self.store)
        self.write("guest.heap.old.memory_limit", MAX_PAGES * PAGE)
        if stress or gc_stress():
            self.write("guest.heap.allocate.gc_stress", 1)
            self.write("guest.heap.allocate.limit", 0)

    def call(self, name: str, *arguments: int) -> int:
        """Call an export."""
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        result = function(self.store, *arguments)
        return result if isinstance(result, int) else 0

    def contents(self) -> bytes:
        """The whole memory."""
        return self.bytes_at(0, self.memory.data_len(self.store))

    def bytes_at(self, address: int, size: int) -> bytes:
        """A piece of the memory."""
        return bytes(self.memory.read(self.store, address, address + size))

    def number(self, address: int, size: int = 4) -> int:
        """An unsigned number in the memory."""
        return int.from_bytes(self.bytes_at(address, size), "little")

    def read(self, variable: str) -> int:
        """The worth of a module variable."""
        return self.number(self.layout["variables"][variable]["address"])

    def write(self, variable: str, worth: int) -> None:
        """Set a module variable."""
        entry = self.layout["variables"][variable]
        size = 8 if entry["type"] == "i64" else 4
        self.memory.write(self.store, worth.to_bytes(size, "little"), entry["address"])

    def field(self, address: int, cls: str, name: str) -> int:
        """A field of an object."""
        offset, kind = self.fields[cls][name]
        return self.number(address + offset, t.size_of(kind))

    def text(self, address: int) -> str:
        """The content of a Str."""
        start = self.fields["Str"]["data"][0]
        return self.bytes_at(address + start, self.number(address)).decode()

    def items(self, address: int, size: int) -> list[int]:
        """The elements of an array, or of a tuple."""
        data = self.bytes_at(address + HEADER, self.number(address) * size)
        return [int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)]

    def class_of(self, address: int) -> str:
        """The name of an object's class."""
        return self.classes[self.number(address + 4, 1)]

    def value(self, bits: int) -> str:
        """A constant as the disassembly shows it."""
        tag = bits >> 48
        if bits == 0:
            return "undefined"
        if tag == 0xFFFF:
            return str((bits & (1 << 48) - 1) - ((bits >> 47 & 1) << 48))
        if tag == 1:
            return ("None", "False", "True")[bits & 3]
        if tag != 0:
            return repr(struct.unpack("<d", struct.pack("<Q", bits - (2 << 48)))[0])
        cls = self.class_of(bits)
        if cls == "Str":
            return repr(self.text(bits))
        if cls == "Tuple":
            return "(" + ", ".join(self.value(item) for item in self.items(bits, 8)) + ")"
        if cls == "LongInt":
            number = self.field(bits, "LongInt", "value")
            return str(number - (number >> 63 << 64))
        if cls in ("Builtin", "Code"):
            return self.text(self.field(bits, cls, "name"))
        return cls

    def translate(self, source: str | bytes, options: tuple[str, ...] = (), fuel: int = FUEL) -> Translation:
        """Compile a source."""
        data = source.encode() if isinstance(source, str) else source
        self.write("guest.meter.fuel.remaining", fuel)
        self.memory.write(self.store, data, self.call("room", len(data)))
        failure = self.call("translate", len(data), sum(OPTIONS[o] for o in options))
        return Translation(failure, self.diagnostics(), self.functions())

    def diagnostics(self) -> list[Diagnostic]:
        """The recorded errors."""
        result = []
        at = self.read("guest.syntax.diagnostics.first")
        while at:
            position = self.field(at, "Diagnostic", "position")
            message = self.text(self.field(at, "Diagnostic", "message"))
            result.append(Diagnostic(position >> COLUMN_BITS, position & (1 << COLUMN_BITS) - 1, message))
            at = self.field(at, "Diagnostic", "next")
        return result

    def functions(self) -> dict[str, list[str]]:
        """The code of the module that was made, by function name; equal names are numbered."""
        module = self.read("front.module")
        if not module:
            return {}
        slots = self.items(self.field(module, "Module", "slots"), 8)
        names = [self.text(name) for name in self.items(self.field(module, "Module", "names"), 8)]
        shown = names + [self.value(constant) for constant in slots[len(names) :]]
        codes = [self.field(module, "Module", "toplevel")]
        codes += [s for s in slots if 0 < s < 1 << 32 and self.class_of(s) == "Code"]
        result: dict[str, list[str]] = {}
        for code in codes:
            name = self.text(self.field(code, "Code", "name"))
            number = sum(known.partition("#")[0] == name for known in result)
            words = self.items(self.field(code, "Code", "words"), 4)
            result[f"{name}#{number}" if number else name] = disassemble(words, shown)
        return result
