"""The fast path into WebAssembly gives what the wasmtime package's own, slow path gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import wasmtime

from ringfence._wasm import GuestTrap, Handle, Store
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.ticker import Watch, on_epoch, register

MODULE = """(module
  (import "ringfence" "memory" (memory 1))
  (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "seven") (result i32) (i32.const 7))
  (func (export "loop") (param i32) (result i32) (loop $again (br $again)) (i32.const 0))
  (func (export "trap") (param i32) (result i32) unreachable))"""
IMAGE = '(module (memory (export "memory") 2 65536) (data (i32.const 70000) "ringfence"))'
MEMORY_LIMIT = 4 * 65536


@pytest.fixture
def modules(engine: Engine) -> tuple[wasmtime.Module, wasmtime.Module]:
    return wasmtime.Module(engine.native, IMAGE), wasmtime.Module(engine.native, MODULE)


@pytest.fixture
def store(engine: Engine, modules: tuple[wasmtime.Module, wasmtime.Module]) -> Iterator[Store]:
    watch = Watch(0, 4, deadline=60.0)
    store = Store(engine.handle, *map(Handle, modules), MEMORY_LIMIT, on_epoch, register(watch))
    watch.view = store.view
    store.set_fuel(1_000_000)
    yield store  # while `watch` lives


@pytest.mark.parametrize("argument", [0, 1, 21, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
def test_a_call_gives_what_the_package_gives(
    engine: Engine, modules: tuple[wasmtime.Module, wasmtime.Module], store: Store, argument: int
) -> None:
    slow = wasmtime.Store(engine.native)
    slow.set_fuel(1_000_000)
    slow.set_epoch_deadline(1 << 30)
    memory = wasmtime.Instance(slow, modules[0], []).exports(slow)["memory"]
    double = wasmtime.Instance(slow, modules[1], [memory]).exports(slow)["double"]
    signed = argument - (1 << 32) if argument >= 1 << 31 else argument
    assert store.function("double")(argument) == double(slow, signed) & 0xFFFF_FFFF
    assert memory.read(slow, 70000, 70009) == store.view[70000:70009] == b"ringfence"


def test_a_function_without_parameters(store: Store) -> None:
    assert store.function("seven")() == 7


def test_what_the_host_writes_the_guest_reads(store: Store) -> None:
    store.view[65536:65539] = b"abc"
    assert [store.function("load")(65536 + n) for n in range(3)] == list(b"abc")


def test_memory_grows_up_to_its_limit_without_moving(store: Store) -> None:
    before = store.view
    assert store.function("grow")(1) == 2
    view = store.refresh()
    assert len(view) == 3 * 65536
    view[70000] = ord("R")
    assert before[70000] == ord("R")
    assert store.function("grow")(2) == 0xFFFF_FFFF


def test_writing_outside_the_memory_is_refused(store: Store) -> None:
    with pytest.raises(ValueError):
        store.view[len(store.view) - 1 : len(store.view) + 3] = b"four"


def test_a_trap_names_its_cause(store: Store) -> None:
    with pytest.raises(GuestTrap, match="unreachable") as caught:
        store.function("trap")(0)
    assert not caught.value.out_of_fuel


def test_running_out_of_fuel_is_told_from_other_traps(store: Store) -> None:
    store.set_fuel(1000)
    with pytest.raises(GuestTrap) as caught:
        store.function("loop")(0)
    assert caught.value.out_of_fuel


def test_a_missing_export_is_an_error(store: Store) -> None:
    with pytest.raises(GuestTrap, match="nothing"):
        store.function("nothing")


def test_an_image_larger_than_the_limit_is_refused(
    engine: Engine, modules: tuple[wasmtime.Module, wasmtime.Module]
) -> None:
    with pytest.raises(GuestTrap):
        Store(engine.handle, *map(Handle, modules), 65536, on_epoch, 0)


def test_nothing_points_into_a_closed_store(store: Store) -> None:
    store.close()
    store.close()
    assert len(store.view) == 0


def test_closing_many_isolates_frees_their_memory(engine: Engine, isolate: Isolate) -> None:
    for _ in range(200):
        extra = Store(engine.handle, engine.base.module, engine.code, 16 << 20, on_epoch, 0)
        extra.view[0] = 1
        extra.close()
    mappings = Path("/proc/self/maps")
    if mappings.exists():
        assert len(mappings.read_text().splitlines()) < 2000
