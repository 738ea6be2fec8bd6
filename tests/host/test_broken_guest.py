"""The real guest, broken on purpose: without its meter, deaf to interrupts, writing over its own memory at random.

The host's own limits stop it all the same, nothing but the events that it broke is lost, and the host goes on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import wasmtime

import ringfence as rf
from guest.compiler.base_image import PAGE_BYTES, boot, prelude_files
from guest.compiler.build import Guest as CompiledGuest
from guest.compiler.build import compile_guest
from ringfence import runtime as runtimes
from ringfence.cache import CodeCache
from ringfence.engine import Engine
from ringfence.guest import CODE_FILE, IMAGE_FILE, LAYOUT_FILE, Guest

ROOT = Path(__file__).parents[2]
PLENTY_OF_FUEL = 1 << 60
FUEL = 20_000
MUCH_FUEL = 10**9  # its cap in Wasmtime fuel is farther away than any deadline here
RULES = """
def spin():
    while True:
        pass

def decide(e):
    if e["do"] == "spin":
        spin()
    if e["do"] == "grow":
        x = []
        while True:
            x = [x, "y" * 1000]
    return {"n": e["n"], "text": "n is %d" % e["n"], "items": [i for i in range(e["n"] % 7)]}
"""

SCRIBBLE = """
  (func $scribble
    (local $seed i64) (local $writes i32)
    (local.set $seed (i64.or (i64.load (i32.const {seed})) (i64.const 1)))
    (loop $again
      (local.set $seed (i64.xor (local.get $seed) (i64.shl (local.get $seed) (i64.const 13))))
      (local.set $seed (i64.xor (local.get $seed) (i64.shr_u (local.get $seed) (i64.const 7))))
      (local.set $seed (i64.xor (local.get $seed) (i64.shl (local.get $seed) (i64.const 17))))
      (i64.store
        (i32.rem_u (i32.wrap_i64 (local.get $seed)) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))
        (i64.rotl (local.get $seed) (i64.const 32)))
      (local.set $writes (i32.add (local.get $writes) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $writes) (i32.const {writes}))))
    (i64.store (i32.const {seed}) (local.get $seed)))
  (func (export "evaluate") (param i32) (result i32) (call $scribble) (call $boundary.evaluate (local.get 0)))
  (func (export "batch") (param i32) (result i32) (call $scribble) (call $boundary.batch (local.get 0)))
)
"""
SEED_ADDRESS = 4080  # in the control block, past the guest's variables


@pytest.fixture(scope="module")
def compiled_guest() -> CompiledGuest:
    return compile_guest(ROOT)


@pytest.fixture
def runtime_of(
    compiled_guest: CompiledGuest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], rf.Runtime]]:
    """Makes a runtime on the guest with another text (the base image is that of the whole guest)."""

    def make(text: str) -> rf.Runtime:
        pages = compiled_guest.layout["constants"]["guest.heap.layout.INITIAL_PAGES"]  # type: ignore[index]
        whole = bytes(wasmtime.wat2wasm(compiled_guest.text))
        files = {
            CODE_FILE: bytes(wasmtime.wat2wasm(text)),
            IMAGE_FILE: boot(whole, compiled_guest.memory, pages, prelude_files(ROOT)),
        }
        layout = {
            **compiled_guest.layout,
            "base_pages": len(files[IMAGE_FILE]) // PAGE_BYTES,
            "digests": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
        for name, content in {**files, LAYOUT_FILE: json.dumps(layout).encode()}.items():
            (tmp_path / name).write_bytes(content)
        monkeypatch.setattr(runtimes, "built_guest", lambda: Guest(tmp_path))
        monkeypatch.setattr(
            runtimes, "shared_engine", lambda guest: Engine(guest, CodeCache(tmp_path / "cache"))
        )
        return rf.Runtime()

    yield make


def loaded(runtime: rf.Runtime, deadline: float, fuel: int) -> rf.RuleSet:
    bundle = rf.Bundle.from_sources({"main.star": RULES}, options=["while"])
    return runtime.load(bundle, limits=rf.Limits(fuel=fuel, memory="16MiB", deadline=deadline))


def without(text: str, guest: CompiledGuest, variable: str, load: str, instead: str) -> str:
    """The text with every read of a variable replaced by a constant."""
    address = guest.layout["variables"][variable]["address"]  # type: ignore[index]
    read = f"({load} offset={address} (i32.const 0))"
    assert read in text
    return text.replace(read, instead)


def unmetered(guest: CompiledGuest) -> str:
    return without(
        guest.text, guest, "guest.meter.fuel.remaining", "i64.load", f"(i64.const {PLENTY_OF_FUEL})"
    )


def deaf(text: str, guest: CompiledGuest) -> str:
    return without(text, guest, "guest.meter.fuel.interrupt", "i32.load", "(i32.const 0)")


def events(count: int, **bad: str) -> list[dict[str, object]]:
    """Harmless events, with some that do something else: `events(9, n3="spin")`."""
    return [{"n": number, "do": bad.get(f"n{number}", "nothing")} for number in range(count)]


def test_without_a_meter_the_deadline_holds(
    compiled_guest: CompiledGuest, runtime_of: Callable[[str], rf.Runtime]
) -> None:
    rules = loaded(runtime_of(unmetered(compiled_guest)), 0.03, MUCH_FUEL)
    decisions = list(rules.evaluate_batch(events(50, n7="spin", n30="grow"), workers=1))
    assert isinstance(decisions[7].error, rf.DeadlineExceeded)
    assert isinstance(decisions[30].error, rf.DeadlineExceeded | rf.MemoryExceeded)
    assert [decision.decision["n"] for decision in decisions if decision.error is None] == [
        number for number in range(50) if number not in (7, 30)
    ]


@pytest.mark.parametrize(
    ("deadline", "fuel", "error"), [(0.03, MUCH_FUEL, rf.DeadlineExceeded), (30.0, FUEL, rf.IsolateTrapped)]
)
def test_without_a_meter_and_deaf_the_host_stops_it(
    compiled_guest: CompiledGuest,
    runtime_of: Callable[[str], rf.Runtime],
    deadline: float,
    fuel: int,
    error: type[rf.EvaluationError],
) -> None:
    """By the epoch at twice the deadline; or, if that is far away, by the fuel cap."""
    rules = loaded(runtime_of(deaf(unmetered(compiled_guest), compiled_guest)), deadline, fuel)
    started = time.monotonic()
    with pytest.raises(error):
        rules.evaluate({"do": "spin", "n": 0})
    assert time.monotonic() - started < 5
    assert rules.evaluate({"do": "nothing", "n": 1}).decision["n"] == 1
    decisions = list(rules.evaluate_batch(events(50, n7="spin", n30="grow"), workers=2))
    assert [type(decisions[number].error) for number in (7, 8)] == [error, type(None)]
    assert sum(decision.error is None for decision in decisions) == 48


@pytest.mark.parametrize("writes", [1, 30, 3000])
def test_one_that_writes_over_its_own_memory_does_not_harm_the_host(
    compiled_guest: CompiledGuest, runtime_of: Callable[[str], rf.Runtime], writes: int
) -> None:
    text = compiled_guest.text.replace(' (export "evaluate")', "").replace(' (export "batch")', "")
    body = text.rstrip().removesuffix(")")
    rules = loaded(runtime_of(body + SCRIBBLE.format(seed=SEED_ADDRESS, writes=writes)), 0.03, FUEL)
    started = time.monotonic()
    for round in range(3):
        decisions = list(rules.evaluate_batch(events(200), workers=2))
        assert len(decisions) == 200
        for _ in range(20):
            try:
                rules.evaluate({"do": "nothing", "n": round})
            except rf.EvaluationError:
                continue
    assert time.monotonic() - started < 60
