"""Runs in the instrumented guest: a program, a bundle with its events, an event; each in a pristine isolate, under limits.

What `ringfence.program` and `ringfence.runtime` do for users, with the counters read before the isolate is closed.
`targets.py` feeds these.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ringfence._wasm import Handle
from ringfence.abi import RECORD, Status, encode_files
from ringfence.caps import wasm_fuel
from ringfence.errors import RingfenceError
from ringfence.image import Image, compiled, encode, pages_of
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from ringfence.reports import loading_failure
from ringfence.results import parsed_error
from tests.fuzz.instrumented import Instrumented
from tests.fuzz.outcome import OK, Finding, Outcome, kind_of

BUDGET = Budget(fuel=200_000, memory=16 * MEBIBYTE, deadline=5.0)
MAX_OUTPUT = MEBIBYTE
MAIN = "main.star"


@dataclass
class Run:
    """One isolate in use: measures the processor's time, and reads the counters at the end."""

    guest: Instrumented
    isolate: Isolate
    output: bytes = b""
    began: float = 0.0

    def __post_init__(self) -> None:
        self.guest.coverage.clear(self.isolate)
        self.began = time.thread_time()

    def outcome(self, error: RingfenceError | None, fuel: int) -> Outcome:
        """What the run came to."""
        seconds = time.thread_time() - self.began
        kind = OK if error is None else kind_of(error)
        return Outcome(kind, error, self.output, fuel, seconds, self.guest.coverage.read(self.isolate))

    def verify(self) -> None:
        """Walk the heap: every reference is to an object, everything that must be remembered is."""
        wrong = self.isolate._call("verify", 0, wasm_fuel(BUDGET, 0), 1)
        if wrong:
            raise Finding("the heap is broken", f"at {wrong:#x}")


def broken(error: IsolateBroken, began: float) -> Outcome:
    """The outcome of a run whose isolate is lost."""
    return Outcome(kind_of(error.error), error.error, b"", error.error.fuel, time.thread_time() - began, b"")


def run_program(
    guest: Instrumented, source: bytes, options: list[str], arguments: Any = None, *, stress: bool = False
) -> Outcome:
    """Execute a program to its end."""
    began = time.thread_time()
    isolate = Isolate(guest.engine, guest.engine.base, BUDGET)
    try:
        run = Run(guest, isolate)
        if stress:
            isolate.set_gc_stress()
        configuration = json.dumps({"options": options, "args": arguments}).encode()
        status = isolate.start("execute", encode_files({"": configuration, MAIN: source}))
        while True:
            run.output += isolate.take_printed()
            if status not in (Status.SUSPENDED, Status.STARVED):
                break
            if status == Status.STARVED or len(run.output) > MAX_OUTPUT:
                isolate.give_up()
                break
            status = isolate.resume()
        fuel = isolate.fuel_used
        error = None if status == Status.DONE else loading_failure(isolate.output(), fuel)
        outcome = run.outcome(error, fuel)
        if stress:
            run.verify()
        return outcome
    except IsolateBroken as failure:
        return broken(failure, began)
    finally:
        isolate.close()


@dataclass(frozen=True)
class EventResult:
    """What one event came to: status, rule, fuel, and the text of the decision or the error."""

    status: int
    rule: int
    fuel: int
    text: bytes


def evaluate(isolate: Isolate, event: bytes) -> EventResult:
    """Decide one event."""
    return EventResult(*isolate.evaluate(event))


def evaluate_batch(isolate: Isolate, events: Sequence[bytes]) -> list[EventResult]:
    """Decide events together."""
    part = isolate.batch(b"".join(event + b"\n" for event in events), len(events))
    results = []
    for status, rule, fuel, offset, length in RECORD.iter_unpack(part.records):
        results.append(EventResult(status, rule, fuel, part.output[offset : offset + length]))
    return results


def load_bundle(
    guest: Instrumented, files: dict[str, bytes], *, stress: bool = False
) -> tuple[Isolate | None, Outcome]:
    """Load a bundle; the isolate is ready for events, unless the bundle does not load."""
    budget = BUDGET.for_loading()
    isolate = Isolate(guest.engine, guest.engine.base, Budget(BUDGET.fuel, budget.memory, BUDGET.deadline))
    began = time.thread_time()
    try:
        run = Run(guest, isolate)
        if stress:
            isolate.set_gc_stress()
        configuration = json.dumps(
            {"entry": MAIN, "hit_policy": "first", "default": None, "options": [], "functions": {}, "seed": 1}
        ).encode()
        status = isolate.start("load", encode_files({"": configuration, **files}))
        fuel = isolate.fuel_used
        if status != Status.DONE:
            outcome = run.outcome(loading_failure(isolate.output(), fuel), fuel)
            isolate.close()
            return None, outcome
        if stress:
            run.verify()
        isolate.set_event_budget(BUDGET)
        return isolate, run.outcome(None, fuel)
    except IsolateBroken as failure:
        isolate.close()
        return None, broken(failure, began)


def loaded_image(guest: Instrumented, files: dict[str, bytes]) -> Image:
    """A bundle that loads, as an image that isolates are made from."""
    isolate, outcome = load_bundle(guest, files)
    if isolate is None:
        raise Finding("the fuzzer's own bundle does not load", str(outcome.error))
    memory = isolate.memory()
    size = len(memory)
    binary = encode(memory)
    del memory
    isolate.close()
    return Image(Handle(compiled(guest.engine.native, binary)), pages_of(size))


def run_event(
    guest: Instrumented, image: Image, event: bytes, then: bytes, *, stress: bool = False
) -> tuple[Outcome, EventResult | None, EventResult | None]:
    """Decide an event, and another one after it in the same isolate."""
    isolate = Isolate(guest.engine, image, BUDGET)
    began = time.thread_time()
    try:
        run = Run(guest, isolate)
        if stress:
            isolate.set_gc_stress()
        result = evaluate(isolate, event)
        error = parsed_error(result.text, result.fuel) if result.status else None
        run.output = b"" if error else result.text
        outcome = run.outcome(error, result.fuel)
        if stress:
            run.verify()
        return outcome, result, evaluate(isolate, then)
    except IsolateBroken as failure:
        return broken(failure, began), None, None
    finally:
        isolate.close()
