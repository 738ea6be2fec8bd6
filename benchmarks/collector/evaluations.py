"""How much of an evaluation is the collector's when nothing escapes: the gateway's fifty rules on its events.

Then its whole work is the end of the evaluation (`guest/heap/reset.py`), some ten nanoseconds that no clock can tell apart
from the rest. So a second guest is built that does it many times over at the end of each evaluation; what it takes longer,
divided by how often, is what one costs. Each repetition clears as many registers as the first one.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import ringfence
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.sample_events import gateway_events
from tests.guests import ROOT, built, engine_of

from .. import languages
from ..workload import DEFAULT, gateway_rules
from .figure import Figure

TARGET = 1.0  # percent
EVENTS = 2000
REPETITIONS = 50
REPEATS = 15  # of each guest in a round: the least time counts
RESET = "guest/heap/reset.py"
ENTRY = "def end_evaluation() -> None:"
REPEATED = f"""

@noinline
def end_evaluation() -> None:
    high_water = roots.vm_high_water
    for _ in range({REPETITIONS}):
        end_once()
        roots.vm_high_water = high_water
    end_once()
"""
IMPORTS = "from guest.compiler.language import noinline\nfrom guest.heap import roots\n"


@cache
def repeating_engine() -> Engine:
    """The engine of a guest that ends each evaluation many times over."""
    source = (ROOT / RESET).read_text(encoding="utf-8")
    if ENTRY not in source:
        raise SystemExit(f"{RESET} has no {ENTRY}")
    head, _, body = source.partition("\nfrom guest.")
    variant = Path(ROOT, "build", "benchmark", "repeated_reset.py")
    variant.parent.mkdir(parents=True, exist_ok=True)
    text = f"{head}\n{IMPORTS}from guest.{body}".replace(
        ENTRY, "@noinline\n" + ENTRY.replace("end_evaluation", "end_once")
    )
    variant.write_text(text + REPEATED, encoding="utf-8")
    return engine_of(built("benchmark-repeated", {"guest.heap.reset": variant}))


def loaded(engine: Engine) -> Isolate:
    """An isolate of the gateway's rules on this engine."""
    runtime = ringfence.Runtime()
    runtime.engine = engine
    bundle = ringfence.Bundle.from_sources({"main.star": languages.bundle(gateway_rules())}, default=DEFAULT)
    return runtime.load(bundle)._pool.fresh()


def measure(rounds: int, smoke: bool) -> list[Figure]:
    """Percent of the time of an evaluation, and its nanoseconds."""
    isolates = loaded(ringfence.Runtime().engine), loaded(repeating_engine())
    lines = b"".join(event + b"\n" for event in gateway_events(EVENTS))
    for isolate in isolates:
        decide(isolate, lines)  # what the rules make once for all events is made now
    collections = [isolate.statistics().collections for isolate in isolates]
    shares: list[float] = []
    ends: list[float] = []
    for _ in range(rounds):
        least = [
            min(times)
            for times in zip(
                *([decide(i, lines) for i in isolates] for _ in range(3 if smoke else REPEATS)), strict=True
            )
        ]
        ends.append((least[1] - least[0]) / REPETITIONS / EVENTS)
        shares.append(100 * ends[-1] * EVENTS / least[0])
    if collections != [isolate.statistics().collections for isolate in isolates]:
        raise SystemExit("something of an event escapes, or it does not fit the nursery")
    for isolate in isolates:
        isolate.close()
    note = f"of {least[0] / EVENTS:.0f} ns an event"
    return [
        Figure("evaluations: share of the collector", shares, "%", TARGET, note=note),
        Figure("evaluations: the end of one", ends, "ns"),
    ]


def decide(isolate: Isolate, lines: bytes) -> int:
    """Decide all events in as few calls as the guest's buffer allows: the nanoseconds."""
    left, count = memoryview(lines), EVENTS
    start = time.thread_time_ns()
    while count:
        part = isolate.batch(left, count)
        left, count = left[part.consumed :], count - part.count
    return time.thread_time_ns() - start
