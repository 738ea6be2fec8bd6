"""The benchmark of evaluations in hand, on the gateway template and its sample events.

scripts/bench --evaluations             snapshots, forks, 10,000 evaluations that wait; exit status 1 if a target is missed
scripts/bench --evaluations --smoke     some hundred of each, no verdict
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from pathlib import Path
from time import thread_time
from typing import Any

import ringfence as rf
from ringfence import parking
from ringfence.sample_events import gateway_events

from ..collector.figure import Figure, figures_table

TEMPLATE = Path(rf.__file__).parent / "templates" / "gateway"
FIRST_STEP = 20
"""Units of fuel after which the evaluations are held: some rules have been tried, most have not."""

COPIED = 300
CALLS = 90
ROUNDS = 60
WAITING = 10_000
SMOKE_WAITING = 1_500
STATUS = Path("/proc/self/status")
LIMITS = rf.Limits(deadline=10.0)


def started(rules: rf.RuleSet, events: Iterable[bytes]) -> list[rf.Evaluation]:
    """Evaluations that wait for their second step; those that ended in the first are left out."""
    evaluations = [rules.start(event) for event in events]
    return [evaluation for evaluation in evaluations if not evaluation.step(fuel=FIRST_STEP)]


def times(act: Callable[[Any], object], items: Iterable[Any]) -> list[float]:
    """Microseconds of the processor's time that each call takes."""
    taken = []
    for item in items:
        began = thread_time()
        act(item)
        taken.append((thread_time() - began) * 1e6)
    return taken


def memory_kib(field: str) -> float:
    """Memory of this process in KiB: `RssAnon` is its own; `VmRSS` also counts the image, once for each isolate that maps it."""
    fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return float(fields[field].split()[0])


def copies(runtime: rf.Runtime, rules: rf.RuleSet, events: list[bytes]) -> list[Figure]:
    """Snapshots and forks."""
    held = started(rules, islice(cycle(events), COPIED))
    held[0].snapshot()  # works out the digests and packs the bundle, once for the rule set
    small: list[bytes] = []
    whole: list[bytes] = []
    kept: list[rf.Evaluation] = []
    snapshot = times(lambda each: small.append(each.snapshot(bundle=False)), held)
    contained = times(lambda each: whole.append(each.snapshot()), held)
    kept.append(runtime.resume(whole[0], limits=LIMITS))  # loads its bundle, once for the runtime
    return [
        Figure("snapshot without its bundle", snapshot, "us", 300),
        Figure("its size", [len(blob) / 1024 for blob in small], "KiB", 64),
        Figure("self-contained snapshot", contained, "us"),
        Figure("its size", [len(blob) / 1024 for blob in whole], "KiB"),
        Figure("resume in a rule set", times(lambda blob: kept.append(rules.resume(blob)), small), "us", 300),
        Figure(
            "resume a self-contained one",
            times(lambda blob: kept.append(runtime.resume(blob, limits=LIMITS)), whole),
            "us",
        ),
        Figure("fork", times(lambda each: kept.append(each.fork()), held), "us", 150),
    ]


def waiting(rules: rf.RuleSet, events: list[bytes], count: int) -> list[Figure]:
    """Very many evaluations at once, and one that is parked."""
    most_live = parking.MOST_LIVE
    started(rules, events[:10])
    parking.MOST_LIVE = 0
    before = memory_kib("RssAnon")
    parked = started(rules, islice(cycle(events), count // 4))
    each_parked = (memory_kib("RssAnon") - before) / len(parked)
    going_on = times(lambda each: each.step(fuel=1), parked[:COPIED])
    parking.MOST_LIVE = most_live
    parked.clear()
    before = memory_kib("RssAnon")
    many = started(rules, islice(cycle(events), count))
    each = (memory_kib("RssAnon") - before) / len(many)
    total = memory_kib("VmRSS") / 1024
    ended = times(lambda evaluation: evaluation.result(), many)
    return [
        Figure("memory of a parked evaluation", [each_parked], "KiB", 100),
        Figure("step of a parked evaluation, parked again", going_on, "us"),
        Figure(f"memory of one of {len(many):,} that wait", [each], "KiB", 100),
        Figure("memory of the process then", [total], "MiB", 2048),
        Figure("going on to the end", ended, "us"),
    ]


def host_calls(runtime: rf.Runtime) -> Figure:
    """One call of a host function that does nothing, there and back: the text of an address, and a country."""
    source = (
        "def decide(event):\n    for address in event.addresses:\n        country = geoip(address).country\n"
    )
    bundle = rf.Bundle.from_sources(
        {"main.star": source}, functions={"geoip": {"params": ["str"], "result": "dict"}}
    )
    rules = runtime.load(bundle, functions={"geoip": lambda address: {"country": "AT"}}, limits=LIMITS)
    few, many = ({"addresses": ["192.0.2.1"] * count} for count in (1, 1 + CALLS))
    rules.evaluate(few)
    least = min(times(rules.evaluate, [few] * ROUNDS))
    return Figure(
        "host call", [(taken - least) / CALLS for taken in times(rules.evaluate, [many] * ROUNDS)], "us", 15
    )


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench --evaluations", description="evaluations in hand")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the values there")
    parser.add_argument("--smoke", action="store_true", help="a few evaluations, no verdict")
    options = parser.parse_args()
    runtime = rf.Runtime()
    rules = runtime.load(TEMPLATE, limits=LIMITS)
    events = list(gateway_events())
    figures = []
    if STATUS.exists():
        # First, while what is allocated for it has not been allocated and freed before.
        figures += waiting(rules, events, SMOKE_WAITING if options.smoke else WAITING)
    else:
        print("memory is measured on Linux only", file=sys.stderr)
    figures += copies(runtime, rules, events)
    figures.append(host_calls(runtime))
    print(figures_table(figures))
    if options.json is not None:
        options.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=1) + "\n")
    return 0 if options.smoke or all(figure.meets for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
