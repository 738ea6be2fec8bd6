"""A small guest in WebAssembly text that follows the ABI and misbehaves on request: see `misbehaving.wat`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import wasmtime

from ringfence.guest import CODE_FILE, IMAGE_FILE, LAYOUT_FILE, Guest
from ringfence.limits import Budget

ADDRESSES = {
    "guest.meter.fuel.remaining": 64,
    "guest.meter.fuel.interrupt": 72,
    "guest.machine.exchange.event_fuel": 80,
    "guest.machine.evaluation.event_counter": 88,
    "guest.heap.old.memory_limit": 92,
    "guest.machine.exchange.input_address": 96,
    "guest.machine.exchange.input_capacity": 100,
    "guest.library.output.output_address": 104,
    "guest.library.output.output_length": 108,
    "guest.machine.exchange.records_address": 112,
    "guest.machine.exchange.consumed": 116,
    "guest.machine.exchange.events_done": 120,
    "guest.library.printing.print_address": 124,
    "guest.library.printing.print_length": 128,
    "guest.meter.fuel.set_aside": 168,
    "guest.machine.exchange.slice_fuel": 224,
    "guest.machine.exchange.keeps_end": 236,
    "guest.machine.pause.awaits_answer": 232,
    "guest.machine.trace_output.trace_address": 236,
    "guest.machine.trace_output.trace_length": 240,
    "guest.heap.allocate.gc_stress": 160,
    "guest.library.clock.now": 176,
    "guest.library.clock.now_set": 184,
    "guest.heap.allocate.limit": 164,
    "guest.heap.session.strained": 192,
    "guest.heap.session.refused": 196,
    "guest.heap.statistics.allocated_bytes": 136,
    "guest.heap.statistics.live_bytes": 144,
    "guest.heap.statistics.collections": 152,
    "guest.heap.statistics.longest_step_bytes": 156,
    "guest.heap.statistics.cycles": 192,
    "guest.heap.statistics.collected_bytes": 200,
    "guest.heap.statistics.born_old_bytes": 208,
    "guest.machine.exchange.fuel_spent": 216,
}
CONSTANTS = {
    "guest.heap.layout.PAUSES_BASE": 1024,
    "guest.heap.layout.PAUSE_ROW": 144,
    "guest.heap.delta.PIECES_BASE": 4096,
    "guest.heap.layout.CONTROL_SIZE": 1024,
}
PAGES = 16
BUDGET = Budget(fuel=10_000_000, memory=16 << 20, deadline=0.04)


def booted_memory(code: bytes) -> bytes:
    """The test guest's memory after `boot`, made the slow way."""
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    memory = wasmtime.Memory(store, wasmtime.MemoryType(wasmtime.Limits(PAGES, None)))
    instance = wasmtime.Instance(store, wasmtime.Module(engine, code), [memory])
    boot = instance.exports(store)["boot"]
    assert isinstance(boot, wasmtime.Func)
    boot(store)
    return bytes(memory.read(store))


def misbehaving_guest(folder: Path) -> Guest:
    """The guest, built into a folder."""
    code = bytes(wasmtime.wat2wasm(Path(__file__).with_suffix(".wat").read_text()))
    files = {CODE_FILE: code, IMAGE_FILE: booted_memory(code)}
    layout = {
        "variables": {name: {"address": address} for name, address in ADDRESSES.items()},
        "constants": CONSTANTS,
        "base_pages": PAGES,
        "digests": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    for name, content in {**files, LAYOUT_FILE: json.dumps(layout).encode()}.items():
        (folder / name).write_bytes(content)
    return Guest(folder)
