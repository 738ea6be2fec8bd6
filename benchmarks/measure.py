"""Measures one engine in a process of its own, and tells what it measured as one line of JSON.

Each number is a list of repeats; `report.py` makes medians of the repeats of all rounds. Nothing is measured before the engine
has given the right answers.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ringfence.sample_events import gateway_events

from .engines import ENGINES, Engine, Ringfence
from .programs import CALLS
from .workload import Rule, decide, gateway_rules

EVENTS = 2_000
REPEATS = 3  # of each measurement in one round
SLOT = 0.25  # seconds that a rate is measured for
FRESH_ISOLATES = 15
STREAM_EVENTS = 100_000

Results = dict[str, list[float]]


def rate(action: Callable[[], int], slot: float) -> float:
    """How many a second, if each call of `action` does as many as it returns."""
    done, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < slot:
        done += action()
    return done / elapsed


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def check(engine: Engine, rules: list[Rule], events: list[bytes]) -> None:
    """Stop if a decision differs from what the rules mean."""
    expected = [decide(rules, json.loads(event)) for event in events]
    for way, decisions in (("one", [engine.one(event) for event in events]), ("batch", engine.batch(events))):
        wrong = [
            number for number, pair in enumerate(zip(decisions, expected, strict=True)) if pair[0] != pair[1]
        ]
        if wrong:
            raise SystemExit(
                f"{engine.name}: {len(wrong)} wrong decisions by {way}, the first for event {wrong[0]}"
            )


def measure_gateway(engine: Engine, slot: float) -> Results:
    rules = gateway_rules()
    events = list(gateway_events(EVENTS))
    engine.load(rules)
    check(engine, rules, events)

    def all_single() -> int:
        for event in events:
            engine.one(event)
        return len(events)

    def all_in_batches() -> int:
        return len(engine.batch(events))

    results: Results = {"single": [], "batch": [], "fresh_us": []}
    for _ in range(REPEATS):
        results["single"].append(rate(all_single, slot))
        results["batch"].append(rate(all_in_batches, slot))
    kept = engine.fresh()  # the first one may fill caches
    for _ in range(FRESH_ISOLATES):
        start = time.perf_counter()
        kept = engine.fresh()
        results["fresh_us"].append((time.perf_counter() - start) * 1e6)
    del kept
    return results


def measure_programs(engine: Engine) -> Results:
    results: Results = {}
    for name, (function_name, argument) in CALLS.items():
        function = engine.function(function_name)
        expected = ENGINES["python"]().function(function_name)(argument)
        if function(argument) != expected:
            raise SystemExit(f"{engine.name}: {name} gives another result than Python")
        results[f"{name}_ms"] = [seconds(partial(function, argument)) * 1e3 for _ in range(REPEATS)]
    return results


def measure_stream(engine: Ringfence, count: int) -> Results:
    """`run_file` on a long file, by workers; and how much memory the process had at its most."""
    results: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "events.jsonl")
        sample = b"\n".join(gateway_events(EVENTS)) + b"\n"
        with source.open("wb") as file:
            for _ in range(count // EVENTS):
                file.write(sample)
        for workers in (1, 2):
            elapsed = seconds(
                partial(engine.rules.run_file, source, Path(folder, "out.jsonl"), workers=workers)
            )
            results[f"stream_{workers}"] = [count // EVENTS * EVENTS / elapsed]
    results["stream_mib"] = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]
    return results


def measure(name: str, smoke: bool) -> dict[str, Any]:
    engine = ENGINES[name]()
    results = measure_gateway(engine, slot=SLOT / 10 if smoke else SLOT)
    results |= measure_programs(engine)
    if isinstance(engine, Ringfence):
        results |= measure_stream(engine, STREAM_EVENTS // 10 if smoke else STREAM_EVENTS)
    return results


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], smoke="--smoke" in sys.argv)))
