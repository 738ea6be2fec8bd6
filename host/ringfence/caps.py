"""The host's own caps on a call of the guest, in Wasmtime fuel: what ends a guest whose own meter is broken.

They are far above what the guest's meter allows, so that they never bind first. `instance.py` sets them before each call.
"""

from __future__ import annotations

from ringfence._wasm import MAXIMUM_WASM_FUEL
from ringfence.limits import MEBIBYTE, Budget

WASM_FUEL_PER_UNIT = 4_000
"""The host's cap in Wasmtime fuel (about one a WebAssembly instruction) for each unit of the guest's fuel.

Ordinary bytecode takes about 30 of it a unit; of all hostile programs in the tests, the worst takes 800, where much is allocated
and copied by the collector. The cap must never bind before the guest's own meter does, and still end a guest without
a meter in finite time.
"""

WASM_FUEL_PER_INPUT_BYTE = 1_000
"""For reading the input, which costs the event no fuel of its own (measured: 10 to 60)."""

WASM_FUEL_PER_MEMORY_BYTE = 8
"""For collections, which are paid for when memory is allocated and may all happen in one event."""

WASM_FUEL_OF_TRACE = 200_000
"""For telling what an instruction does, beside what it takes: its operands may be dicts and lists, which are shown in part."""

WASM_FUEL_BASE = 20_000_000
"""For what any call needs besides: the reset after the evaluation, composing an error."""

COLLECTIONS_IN_SESSION = 4
"""How much more for collections each event of a session gets: all that the session keeps may be collected at its end, while
weak references exist or memory is short, and compacted."""

COLLECTED_PER_SECOND = 32 * MEBIBYTE
"""Bytes of state that the guest collects and compacts in a second at the least: the trap that backs a deadline waits for it."""


def wasm_fuel(budget: Budget, input_bytes: int, events: int = 1) -> int:
    """The host's own cap for a call with this input and so many events."""
    work = WASM_FUEL_PER_UNIT * budget.fuel * events
    memory = WASM_FUEL_PER_MEMORY_BYTE * budget.memory
    return min(WASM_FUEL_BASE + memory + WASM_FUEL_PER_INPUT_BYTE * input_bytes + work, MAXIMUM_WASM_FUEL)
