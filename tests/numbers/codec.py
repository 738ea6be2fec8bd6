"""Python's side of the test guest `guests/codec.py`: floats, JSON and addresses as ordinary calls.

`Codec().shortest(0.1)`, `.parse("1e5")`, `.decode(b"[1]")`, `.ip("::1")`. A failure raises `GuestFailure`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler.build import Guest, compile_guest
from tests.stress import gc_stress

ROOT = Path(__file__).resolve().parents[2]
GUEST = Path(__file__).parent / "guests" / "codec.py"
KINDS = {1: "rule", 2: "fuel", 3: "memory", 4: "deadline", 5: "input", 6: "internal"}
FUEL = 10**15
MAX_PAGES = 4096


class GuestFailure(Exception):
    """An operation failed in the guest."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


@functools.cache
def compiled(fuel: bool) -> tuple[Guest, wasmtime.Engine, wasmtime.Module]:
    """The guest, compiled once for all tests; `fuel` meters it as the host does."""
    guest = compile_guest(ROOT, extra={"codec": GUEST}, only=["codec"], debug=gc_stress())
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.max_wasm_stack = 256 * 1024
    config.consume_fuel = fuel
    engine = wasmtime.Engine(config)
    return guest, engine, wasmtime.Module(engine, bytes(wasmtime.wat2wasm(guest.text)))


class Codec:
    """An instance of the test guest."""

    def __init__(self, *, stress: bool = False, seed: int = 1, fuel: bool = False) -> None:
        self.guest, engine, module = compiled(fuel)
        self.store = wasmtime.Store(engine)
        if fuel:
            self.store.set_fuel(2**63)
        constants: Any = self.guest.layout["constants"]
        limits = wasmtime.Limits(constants["guest.heap.layout.INITIAL_PAGES"], 65_536)
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(limits))
        self.memory.write(self.store, self.guest.memory, 0)
        self.exports = wasmtime.Instance(self.store, module, [self.memory]).exports(self.store)
        self.set("guest.meter.fuel.remaining", FUEL)
        self.set("guest.heap.old.memory_limit", MAX_PAGES * 65_536)
        self.call("prepare", seed)
        if stress or gc_stress():
            self.set("guest.heap.allocate.gc_stress", 1)
            self.set("guest.heap.allocate.limit", 0)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call an export."""
        return self.exports[name](self.store, *arguments)  # type: ignore[operator]

    def _place(self, name: str) -> tuple[int, int]:
        variables: Any = self.guest.layout["variables"]
        return variables[name]["address"], 8 if variables[name]["type"] in ("i64", "u64") else 4

    def get(self, name: str) -> int:
        """Read a module variable."""
        address, size = self._place(name)
        return int.from_bytes(self.memory.read(self.store, address, address + size), "little")

    def set(self, name: str, value: int) -> None:
        """Write a module variable."""
        address, size = self._place(name)
        self.memory.write(self.store, value.to_bytes(size, "little"), address)

    def write(self, data: bytes, at: int = 0) -> int:
        """Put bytes into the buffer; how many."""
        self.memory.write(self.store, data, self.get("codec.buffer_address") + at)
        return len(data)

    def result(self) -> str:
        """The text that the guest left in the buffer."""
        address = self.get("codec.buffer_address")
        size = self.get("codec.result_length")
        return bytes(self.memory.read(self.store, address, address + size)).decode()

    def check(self, kind: int) -> None:
        """Raise the failure that an export has reported."""
        if kind != 0:
            raise GuestFailure(KINDS[kind], self.result())

    # Floats.
    def shortest(self, x: float) -> str:
        """Starlark's `str(x)`."""
        self.call("shortest", x)
        return self.result()

    def formatted(self, letter: str, x: float, precision: int) -> str:
        """`%.{precision}{letter}`"""
        self.call({"f": "fixed", "e": "exponent"}[letter], x, precision)
        return self.result()

    def parse(self, text: str) -> float | None:
        """The float of a text; None if it has not the form of one."""
        x, ok = self.call("parse", self.write(text.encode()))
        return x if ok else None

    # JSON.
    def load(self, data: bytes, *, event: bool = False, at: int = 0) -> None:
        """Decode JSON and hold the value."""
        self.write(data + b"\xff" * 16, at)
        self.check(self.call("decode", at, at + len(data), int(event)))

    def shown(self) -> str:
        """The `repr` of what is held."""
        self.check(self.call("show_held"))
        return self.result()

    def dumped(self) -> str:
        """What is held, encoded as JSON."""
        self.check(self.call("encode"))
        address = self.get("guest.library.output.output_address")
        size = self.get("guest.library.output.output_length")
        return bytes(self.memory.read(self.store, address, address + size)).decode()

    def intern(self, key: str) -> None:
        """Make a key one that a program names."""
        self.call("intern_key", self.write(key.encode()))

    # Addresses.
    def ip(self, text: str) -> str:
        """The `str` of an address; it is held."""
        self.check(self.call("make_ip", self.write(text.encode())))
        self.call("show_str")
        return self.result()

    def cidr(self, *texts: str) -> str:
        """The `repr` of a set of networks; it is held."""
        self.check(self.call("make_cidr", self.write("".join(text + "\n" for text in texts).encode())))
        return self.shown()

    def contains(self, networks: list[str], address: str, *, as_text: bool = False) -> bool:
        """Whether an address is in a set of networks."""
        if as_text:
            self.call("keep_text", self.write(address.encode()))
        else:
            self.ip(address)
            self.call("keep")
        self.cidr(*networks)
        answer = self.call("other_in_held")
        self.check(answer - 16 if answer >= 16 else 0)
        return bool(answer)
