"""Python's side of the stack calculator: a compiled test guest, and values pushed to and read from it.

One `Calculator` is one instance of the guest. `calculator.run(Op.ADD, 1, 2)` pushes the operands, performs the operation
and gives the result as a Python value; a failure raises `GuestFailure` with the guest's message.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler.build import Guest, compile_guest
from tests.stress import gc_stress

ROOT = Path(__file__).resolve().parents[2]
GUEST = Path(__file__).parent / "guests" / "calculator.py"
KINDS = {1: "rule", 2: "fuel", 3: "memory", 4: "deadline", 6: "internal"}
PAGE = 65_536
FUEL = 10**9
MAX_PAGES = 1024


def _operations() -> type[IntEnum]:
    """The guest's operations, read from its source."""
    tree = ast.parse(GUEST.read_text(encoding="utf-8"))
    node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Op")
    members = {
        n.targets[0].id: n.value.value
        for n in node.body
        if isinstance(n, ast.Assign)
        and isinstance(n.targets[0], ast.Name)
        and isinstance(n.value, ast.Constant)
    }
    return IntEnum("Op", members)


Op: Any = _operations()

# What the operators make of two integers of any size.
EXACT: dict[Any, Callable[[int, int], int]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MUL: lambda a, b: a * b,
    Op.FLOOR_DIV: lambda a, b: a // b,
    Op.MOD: lambda a, b: a % b,
    Op.BIT_AND: lambda a, b: a & b,
    Op.BIT_OR: lambda a, b: a | b,
    Op.BIT_XOR: lambda a, b: a ^ b,
}


class GuestFailure(Exception):
    """An operation failed in the guest."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class Reference:
    """A value that stays on the guest's stack: mutable ones keep their identity."""

    def __init__(self, index: int) -> None:
        self.index = index


@functools.cache
def compiled() -> tuple[Guest, wasmtime.Engine, wasmtime.Module]:
    """The guest, compiled once for all tests."""
    guest = compile_guest(ROOT, extra={"calculator": GUEST}, only=["calculator"], debug=gc_stress())
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.max_wasm_stack = 256 * 1024
    engine = wasmtime.Engine(config)
    return guest, engine, wasmtime.Module(engine, wasmtime.wat2wasm(guest.text))


class Calculator:
    """An instance of the test guest."""

    def __init__(self, *, stress: bool = False, seed: int = 1) -> None:
        self.guest, engine, module = self.compiled()
        self.store = wasmtime.Store(engine)
        pages = int(self.guest.layout["constants"]["guest.heap.layout.INITIAL_PAGES"])  # type: ignore[index]
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(wasmtime.Limits(pages, 65_536)))
        self.memory.write(self.store, self.guest.memory, 0)
        instance = wasmtime.Instance(self.store, module, [self.memory])
        self.exports = instance.exports(self.store)
        self.set("guest.meter.fuel.remaining", FUEL)
        self.set("guest.heap.old.memory_limit", MAX_PAGES * PAGE)
        self.call("prepare", seed)
        self.depth = 0
        if stress or gc_stress():
            self.set("guest.heap.allocate.gc_stress", 1)
            self.set("guest.heap.allocate.limit", 0)

    def compiled(self) -> tuple[Guest, wasmtime.Engine, wasmtime.Module]:
        """The guest to instantiate; a subclass may add to it."""
        return compiled()

    def call(self, name: str, *arguments: Any) -> Any:
        """Call an export."""
        return self.exports[name](self.store, *arguments)  # type: ignore[operator]

    def _variable(self, name: str) -> tuple[int, int]:
        variable = self.guest.layout["variables"][name]  # type: ignore[index]
        return variable["address"], 8 if variable["type"] in ("i64", "u64") else 4

    def get(self, name: str) -> int:
        """Read a module variable."""
        address, size = self._variable(name)
        return int.from_bytes(self.memory.read(self.store, address, address + size), "little")

    def set(self, name: str, value: int) -> None:
        """Write a module variable."""
        address, size = self._variable(name)
        self.memory.write(self.store, value.to_bytes(size, "little"), address)

    def push(self, value: Any) -> Reference:
        """Push a Python value; a `Reference` is pushed again."""
        match value:
            case Reference():
                self.call("push_copy", value.index)
            case None:
                self.call("push_special", 0)
            case bool():
                self.call("push_special", 1 + value)
            case int() if -(2**63) <= value < 2**63:
                self.call("push_int", value)
            case int():
                self.push_digits([int(digit, 16) for digit in f"{abs(value):x}"], 16, value < 0)
                return self.last()
            case float():
                self.call("push_float", value)
            case str():
                data = value.encode()
                self.memory.write(self.store, data, self.get("calculator.buffer_address"))
                self.call("push_str", len(data), len(value))
            case list() | tuple():
                for item in value:
                    self.push(item)
                self.call("push_list" if isinstance(value, list) else "push_tuple", len(value))
                self.depth -= len(value)
            case dict():
                self.call("push_dict", 0)
                self.depth += 1
                for key, item in value.items():
                    self.push(key)
                    self.push(item)
                    self._perform(Op.SET_INDEX, 3)
                self.depth -= 1
            case _:
                raise TypeError(type(value))
        self.depth += 1
        return Reference(self.depth - 1)

    def push_digits(self, digits: list[int], base: int, negative: bool = False) -> None:
        """Push the integer with these digits."""
        self.memory.write(self.store, bytes(digits), self.get("calculator.buffer_address"))
        kind = self.call("push_digits", len(digits), base, negative)
        if kind != 0:
            raise GuestFailure(KINDS[kind], self._failure())
        self.depth += 1

    def _perform(self, operation: int, operands: int) -> None:
        kind = self.call("perform", operation)
        if kind != 0:
            self.depth -= operands
            raise GuestFailure(KINDS[kind], self._failure())
        self.depth += 1 - operands

    def _failure(self) -> str:
        self.call("message")
        return self._result()

    def _result(self) -> str:
        address = self.get("calculator.buffer_address")
        size = self.get("calculator.result_length")
        return bytes(self.memory.read(self.store, address, address + size)).decode()

    def perform(self, operation: int, *operands: Any) -> Reference:
        """Perform an operation and leave its result on the stack."""
        for operand in operands:
            self.push(operand)
        return self.perform_here(operation, len(operands))

    def apply(self, operation: int, *operands: Any) -> None:
        """Perform an operation for its effect."""
        self.perform(operation, *operands)
        self.drop()

    def drop(self, count: int = 1) -> None:
        """Forget the last values."""
        self.call("drop", count)
        self.depth -= count

    def perform_here(self, operation: int, operands: int) -> Reference:
        """Perform an operation on the last values and leave its result in their place."""
        self._perform(operation, operands)
        return self.last()

    def last(self) -> Reference:
        """The last value of the stack."""
        return Reference(self.depth - 1)

    def text(self, operation: int, *operands: Any) -> str:
        """Perform an operation and give the `repr` of its result."""
        for operand in operands:
            self.push(operand)
        self._perform(operation, len(operands))
        return self.show()

    def show(self) -> str:
        """Pop the last value and give its `repr`."""
        kind = self.call("show")
        self.drop()
        if kind != 0:
            raise GuestFailure(KINDS[kind], self._failure())
        return self._result()

    def run(self, operation: int, *operands: Any) -> Any:
        """Perform an operation and give its result as a Python value."""
        return parse(self.text(operation, *operands))

    def value(self, reference: Reference) -> Any:
        """A value on the stack, as a Python value."""
        self.push(reference)
        return parse(self.show())

    def fuel(self, operation: int, *operands: Any) -> int:
        """What an operation costs."""
        for operand in operands:
            self.push(operand)
        before = self.get("guest.meter.fuel.remaining")
        self._perform(operation, len(operands))
        after = self.get("guest.meter.fuel.remaining")
        self.drop()
        return before - after


def parse(text: str) -> Any:
    """A Python value from its text in the rule language."""
    return eval(text, {"__builtins__": {}}, {"nan": math.nan, "inf": math.inf})
