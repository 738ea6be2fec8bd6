"""Runs a trial for as long as asked, in the checkout and with `host` on the path.

`python -m tests.trials COMMAND`:

    soak [--seconds N] [--seed N]        sessions with cyclic state, every decision compared with a model's
    slices [--steps N] [--seed N]        random graph programs, suspended at every instruction
    graphs [--steps N] [--seed N]        random scripts of the heap's own test guest, with all that the collector does
    failing [--collect] [--every N]      every allocation of every program fails; --collect: with a collection at each one
    kills [--times N] [--seed N]         batches with a checkpoint, killed at random moments and resumed
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import wasmtime

from ringfence.errors import RingfenceError
from ringfence.instance import IsolateBroken
from tests.trials import failing, graphs, kills, slices
from tests.trials.slices import Difference
from tests.trials.soak import Mismatch, soak

REPORT_SECONDS = 10.0


def run_failing(options: argparse.Namespace) -> int:
    """Fail every allocation, program by program; the exit status."""
    broken = 0
    for path in sorted(failing.PROGRAMS.glob("*.star")):
        for way, attempt in failing.WAYS.items():
            trial = failing.Trial(path, collecting=options.collect)
            if way == "execute" and trial.is_bundle:
                continue
            began, tried, last = time.monotonic(), 0, 0
            try:
                for count in attempt(trial, range(1, failing.MOST + 1, options.every)):
                    tried, last = tried + 1, count
                verdict = "ok"
            except AssertionError as failure:
                broken += 1
                verdict = f"FAILED after allocation {last}: {failure}"
            seconds = time.monotonic() - began
            print(f"{path.stem:16} {way:9} {tried:5} failures {seconds:6.1f} s  {verdict}", flush=True)
    return 1 if broken else 0


def run_seeds(attempt: Callable[[int], Counter[str]], unit: str, options: argparse.Namespace) -> int:
    """Run the trials of one seed after the other until they have done so many of `unit`; the exit status."""
    counts: Counter[str] = Counter()
    seed, began, reported = options.seed, time.monotonic(), 0.0
    while counts[unit] < options.steps:
        try:
            counts += attempt(seed)
        except (AssertionError, Difference, IsolateBroken, wasmtime.Trap) as failure:
            print(f"seed {seed}: {failure}", flush=True)
            return 1
        seed += 1
        seconds = time.monotonic() - began
        if seconds - reported > REPORT_SECONDS or counts[unit] >= options.steps:
            reported = seconds
            done = ", ".join(f"{count} {name}" for name, count in counts.most_common())
            print(f"{seconds:6.0f} s  {seed - options.seed} seeds  {done}", flush=True)
    return 0


def run_slices(options: argparse.Namespace) -> int:
    """Run graph programs until they have taken so many slices."""
    return run_seeds(slices.try_seed, "slices", options)


def run_graphs(options: argparse.Namespace) -> int:
    """Run scripts of the graphs guest until so many instructions."""
    return run_seeds(graphs.try_seed, "instructions", options)


def run_soak(options: argparse.Namespace) -> int:
    """Run sessions; the last line is the summary as JSON. The exit status: 0 if every decision was right and memory flat."""
    report_seconds = min(60.0, max(1.0, options.seconds / 20))
    try:
        summary = soak(options.seconds, options.seed, lambda line: print(line, flush=True), report_seconds)
    except (Mismatch, RingfenceError) as failure:
        print(f"FAILED: {failure}", flush=True)
        return 1
    print(json.dumps(summary), flush=True)
    return 0 if summary["flat"] else 1


def run_kills(options: argparse.Namespace) -> int:
    """Kill batches of each kind so many times; the exit status."""
    failures = 0
    for way in kills.WAYS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                counts = kills.kill_and_resume(
                    Path(folder), way, options.times, events=options.events, seed=options.seed
                )
            except AssertionError as failure:
                failures += 1
                print(f"{way}: FAILED: {failure}", flush=True)
            else:
                print(f"{way}: " + ", ".join(f"{n} {name}" for name, n in counts.items()), flush=True)
    return 1 if failures else 0


def main() -> int:
    """Run the trial that the arguments name."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.trials", description="Trials that run for as long as asked."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("soak", help="sessions with cyclic state, for a time")
    command.add_argument("--seconds", type=float, default=60.0, metavar="N", help="how long")
    command.add_argument("--seed", type=int, default=1, metavar="N", help="of the events")
    command.set_defaults(run=run_soak)
    command = commands.add_parser("slices", help="random graph programs, suspended at every instruction")
    command.add_argument("--steps", type=int, default=1_000_000, metavar="N", help="until so many slices")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the first program")
    command.set_defaults(run=run_slices)
    command = commands.add_parser("graphs", help="random scripts of the heap's own test guest")
    command.add_argument("--steps", type=int, default=100_000, metavar="N", help="until so many instructions")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the first script")
    command.set_defaults(run=run_graphs)
    command = commands.add_parser("failing", help="every allocation of every program fails")
    command.add_argument("--collect", action="store_true", help="collect at every allocation (slow)")
    command.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th allocation")
    command.set_defaults(run=run_failing)
    command = commands.add_parser("kills", help="batches with a checkpoint, killed at random moments")
    command.add_argument("--times", type=int, default=20, metavar="N", help="kills, of each kind of batch")
    command.add_argument("--events", type=int, default=20_000, metavar="N", help="in a batch")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of events and moments")
    command.set_defaults(run=run_kills)
    options = parser.parse_args()
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
