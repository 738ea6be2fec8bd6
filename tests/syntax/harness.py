"""Compiles sources of the rule language in a test guest and reads what it made: diagnostics, or bytecode as text.

The reader of heap objects takes their fields from the class declarations, as the compiler lays them out.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler import types as t
from guest.compiler.build import Guest, compile_guest
from guest.compiler.program import Program
from guest.syntax.opcode import Op

ROOT = Path(__file__).resolve().parents[2]
GUEST = Path(__file__).parent / "guests" / "front.py"
FUEL = 10**9
PAGE = 65_536
MAX_PAGES = 1024
HEADER = 8
COLUMN_BITS = 12
OPTIONS = {"set": 1, "while": 2, "recursion": 4, "toplevelcontrol": 8, "globalreassign": 16}

PAIRS = {
    Op.GET_CELL, Op.GET_FREE, Op.LOAD_SYMBOL, Op.INDEX_SLOT, Op.SET_INDEX_SLOT, Op.ATTRIBUTE, Op.CALL_METHOD,
    Op.CALL_SPREAD, Op.MAKE_FUNCTION, Op.DICT_ADD_SLOT,
}  # fmt: skip
FUSED = {op for op in Op if Op.JUMP_EQUAL <= op <= Op.JUMP_SLOT_IN} | {Op.NEXT, Op.NEXT_LOOP}
SLOT_COMPARED = {op for op in Op if Op.JUMP_EQUAL_SLOT <= op <= Op.JUMP_SLOT_IN}
WIDE_SLOT = {Op.LOAD_SLOT, Op.GET_GLOBAL, Op.SET_GLOBAL, Op.CHECK_LOCAL}
BYTE_INT = {Op.ADD_INT, Op.SUB_INT, Op.MUL_INT, Op.FLOOR_DIV_INT, Op.MOD_INT}


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
    guest = compile_guest(ROOT, extra=extra)
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
    return guest, fields, wasmtime.Module(engine(), wasmtime.wat2wasm(guest.text))


@functools.cache
def booted() -> bytes:
    """The memory of a guest that knows the built-in names."""
    front = Front(None)
    front.call("start")
    return front.contents()


class Front:
    """An instance of the test guest, started from an image or from nothing."""

    def __init__(self, image: bytes | None, *, stress: bool = False) -> None:
        self.guest, self.fields, module = compiled()
        self.layout: Any = self.guest.layout
        self.store = wasmtime.Store(engine())
        initial = image or self.guest.memory
        pages = len(initial) // PAGE if image else self.layout["constants"]["guest.heap.layout.INITIAL_PAGES"]
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(wasmtime.Limits(pages, None)))
        self.memory.write(self.store, initial, 0)
        self.exports = wasmtime.Instance(self.store, module, [self.memory]).exports(self.store)
        self.write("guest.heap.old.memory_limit_pages", MAX_PAGES)
        if stress:
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
        number = self.number(address + 4, 1)
        return next(name for name, n in self.layout["classes"].items() if n == number).rpartition(".")[2]

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
        codes = [self.field(module, "Module", "toplevel")]
        codes += [s for s in slots if 0 < s < 1 << 32 and self.class_of(s) == "Code"]
        result: dict[str, list[str]] = {}
        for code in codes:
            name = self.text(self.field(code, "Code", "name"))
            number = sum(known.partition("#")[0] == name for known in result)
            result[f"{name}#{number}" if number else name] = self.disassemble(code, module, slots)
        return result

    def disassemble(self, code: int, module: int, slots: list[int]) -> list[str]:
        """The instructions of a function, one a line; `>n` is a jump to instruction number n."""
        names = [self.value(name) for name in self.items(self.field(module, "Module", "names"), 8)]
        words = self.items(self.field(code, "Code", "words"), 4)

        def slot(k: int) -> str:
            return names[k].strip("'") if k < len(names) else self.value(slots[k])

        starts: list[int] = []
        at = 0
        while at < len(words):
            starts.append(at)
            at += 2 if Op(words[at] & 255) in PAIRS | FUSED else 1
        number = {start: i for i, start in enumerate(starts)} | {len(words): len(starts)}
        return [self._instruction(words, start, number, slot) for start in starts]

    def _instruction(self, words: list[int], at: int, number: dict[int, int], slot: Any) -> str:
        word = words[at]
        op, a, b, c = Op(word & 255), word >> 8 & 255, word >> 16 & 255, word >> 24
        bx = word >> 16
        parts: list[object]
        if op in FUSED:
            pair = words[at + 1]
            target = f">{number[at + 2 + _signed(pair & 0xFFFF, 16)]}"
            if op in (Op.NEXT, Op.NEXT_LOOP):
                parts = [f"r{a}", f"r{b}", target]
            elif op in SLOT_COMPARED:
                parts = [f"r{a}", slot(pair >> 16), bool(c), target]
            else:
                parts = [f"r{a}", f"r{b}", bool(c), target]
        elif op in PAIRS:
            pair = words[at + 1]
            parts = [f"r{a}", b if op in (Op.CALL_METHOD, Op.CALL_SPREAD, Op.MAKE_FUNCTION, Op.GET_FREE) else f"r{b}"]
            if op in (Op.CALL_SPREAD, Op.MAKE_FUNCTION):
                parts.append(c)
            parts.append(slot(pair & 0xFFFF))
            if op == Op.LOAD_SYMBOL:
                parts = [f"r{a}", slot(pair & 0xFFFF), slot(pair >> 16)]
            if op == Op.CALL_SPREAD:
                parts.append(pair >> 16)
        elif op in WIDE_SLOT:
            parts = [f"r{a}", slot(bx)]
        elif op == Op.LOAD_INT:
            parts = [f"r{a}", _signed(bx, 16)]
        elif op in (Op.JUMP, Op.LOOP):
            parts = [f">{number[at + 1 + _signed(word >> 8, 24)]}"]
        elif op in (Op.JUMP_IF, Op.JUMP_IF_NOT):
            parts = [f"r{a}", f">{number[at + 1 + _signed(bx, 16)]}"]
        elif op in BYTE_INT:
            parts = [f"r{a}", f"r{b}", _signed(c, 8)]
        elif op in (Op.RETURN_BOOL,):
            parts = [bool(b)]
        elif op == Op.LOAD_BOOL:
            parts = [f"r{a}", bool(b)]
        elif op == Op.MAKE_DICT:
            parts = [f"r{a}", bx]
        elif op in (Op.CALL, Op.LOAD_FREE_CELL):
            parts = [f"r{a}", b]
        elif op in (Op.MAKE_LIST, Op.MAKE_TUPLE, Op.UNPACK, Op.CONCATENATE, Op.TO_STRING):
            parts = [f"r{a}", f"r{b}", c]
        elif op == Op.RETURN_NONE:
            parts = []
        elif op in (Op.RETURN, Op.LOAD_NONE, Op.CLEAR, Op.NEW_CELL, Op.END_ITERATION):
            parts = [f"r{a}"]
        elif op <= Op.OR_IN_PLACE and op >= Op.ADD or Op.EQUAL <= op <= Op.NOT_IN:
            parts = [f"r{a}", f"r{b}", f"r{c}"]
        elif op in (Op.INDEX, Op.SET_INDEX, Op.DICT_PUT, Op.DICT_PUT_UNIQUE):
            parts = [f"r{a}", f"r{b}", f"r{c}"]
        else:
            parts = [f"r{a}", f"r{b}"]
        return " ".join([op.name, *(str(part) for part in parts)])


def _signed(number: int, bits: int) -> int:
    return number - (number >> (bits - 1) << bits)
