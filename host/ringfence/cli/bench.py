"""`ringfence bench`: how fast a bundle decides given events, what they cost, and where the fuel goes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ringfence.bundle import Bundle
from ringfence.cli.common import (
    BUNDLE_HELP,
    FAILED,
    DeadlineOption,
    FuelOption,
    MemoryOption,
    duration_option,
    interruptible,
    limits_from,
    quiet_broken_pipe,
    say_advice,
    time_option,
    usage_errors,
)
from ringfence.cli.events import events_of, write_text
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.cli.streams import STANDARD_STREAM
from ringfence.errors import EvaluationError
from ringfence.profile.graph import collapsed, speedscope_text, svg
from ringfence.profile.profile import Place, Profile, profile
from ringfence.profile.table import lines_table, rules_table
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.tracing import Subject
from ringfence.workers import worker_count

DEFAULT_SECONDS = 2.0
PROFILED_EVENTS = 200
BATCH = 2_000
"""Events that are sent together while the rate of batches is measured."""
PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0))


class Format(StrEnum):
    """How the figures are written."""

    TEXT = "text"
    JSON = "json"


class ProfileFormat(StrEnum):
    """How a profile is written."""

    TABLE = "table"
    COLLAPSED = "collapsed"
    SPEEDSCOPE = "speedscope"
    SVG = "svg"


def bench(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    input_file: Annotated[
        str,
        typer.Option("--input", metavar="FILE", help="Events, one JSON object a line; - is standard input."),
    ] = STANDARD_STREAM,
    duration: Annotated[
        float,
        typer.Option(
            "--duration",
            metavar="DURATION",
            parser=duration_option,
            help="How long each of the two measurements takes, like 2s: the events are decided over and over.",
        ),
    ] = DEFAULT_SECONDS,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, help="Threads of the batches (default: the cores)."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
    profile_form: Annotated[
        ProfileFormat | None,
        typer.Option(
            "--profile",
            help="Write where the fuel goes instead of times: table (rules and lines), collapsed stacks, a speedscope document, "
            "or svg (a flame graph).",
        ),
    ] = None,
    profiled: Annotated[
        int, typer.Option("--events", metavar="N", min=1, help="How many events a profile is made of.")
    ] = PROFILED_EVENTS,
    output_file: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Where it goes; - is standard output.")
    ] = STANDARD_STREAM,
    now: Annotated[
        float | None,
        typer.Option("--now", metavar="TIME", parser=time_option, help="The events' time."),
    ] = None,
    functions: FunctionsOption = None,
    fuel: FuelOption = None,
    memory: MemoryOption = None,
    deadline: DeadlineOption = None,
) -> None:
    """Measure how fast a bundle decides events, one by one and in batches, and what they cost; or profile their fuel.

    Example: ringfence bench gateway --input events.jsonl --profile svg --output fuel.svg

    Times are this machine's, fuel is the same everywhere. Exit status: 0 every event was decided, 1 some ended in an error, 2
    wrong usage or a bundle that does not load.
    """
    limits = limits_from(fuel, memory, deadline)
    events = events_of(input_file)
    with interruptible(), quiet_broken_pipe():
        with usage_errors():
            loaded = Bundle.from_path(bundle)
            rules = Runtime().load(loaded, limits=limits, functions=provided_functions(functions))
        with rules:
            if profile_form is not None:
                made = profile(
                    (rules.traced(event, Subject.LINES, now) for event in events[:profiled]), rules.rules()
                )
                text = _profile_text(made, profile_form, bundle.name, loaded, output_file)
                write_text(output_file, text)
                return
            figures = measured(rules, events, duration, worker_count(workers), now)
        text = json.dumps(figures, indent=1) + "\n" if form is Format.JSON else _figures_text(figures)
        write_text(output_file, text)
    if figures["errors"]:
        say_advice(figures["errors"])
        raise typer.Exit(FAILED)


def measured(
    rules: RuleSet[Any], events: Sequence[bytes], seconds: float, workers: int, now: float | None
) -> dict[str, Any]:
    """The figures: events a second, percentiles of latency in microseconds and of fuel in units, errors by kind."""
    fuels: list[int] = []
    errors: dict[str, int] = {}
    for event in events:
        try:
            fuels.append(rules.evaluate(event, now).fuel)
        except EvaluationError as error:
            fuels.append(error.fuel)
            errors[error.kind] = errors.get(error.kind, 0) + 1
    latencies = _latencies(rules, events, seconds, now)
    return {
        "events": len(events),
        "errors": errors,
        "one_by_one": {
            "events_per_second": len(latencies) / sum(latencies),
            "latency_us": _percentiles([taken * 1e6 for taken in latencies]),
        },
        "batches": {
            "events_per_second": _batch_rate(rules, events, seconds, workers, now),
            "workers": workers,
        },
        "fuel": _percentiles(fuels),
    }


def _latencies(
    rules: RuleSet[Any], events: Sequence[bytes], seconds: float, now: float | None
) -> list[float]:
    """Seconds that each call of `evaluate` took."""
    taken = []
    ending = time.perf_counter() + seconds
    for event in cycle(events):
        began = time.perf_counter()
        with suppress(EvaluationError):  # counted already; its time counts here
            rules.evaluate(event, now)
        ended = time.perf_counter()
        taken.append(ended - began)
        if ended >= ending:
            break
    return taken


def _batch_rate(
    rules: RuleSet[Any], events: Sequence[bytes], seconds: float, workers: int, now: float | None
) -> float:
    """Events a second of `evaluate_batch`."""
    batch = list(islice(cycle(events), max(BATCH, len(events))))
    done, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        done += sum(1 for _ in rules.evaluate_batch(batch, workers=workers, now=now))
    return done / elapsed


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {name: ordered[min(int(share * len(ordered)), len(ordered) - 1)] for name, share in PERCENTILES}


def _figures_text(figures: dict[str, Any]) -> str:
    one, batches = figures["one_by_one"], figures["batches"]
    latency = ", ".join(f"{name} {value:,.1f} us" for name, value in one["latency_us"].items())
    fuel = ", ".join(f"{name} {value:,}" for name, value in figures["fuel"].items())
    errors = ", ".join(f"{kind} {count:,}" for kind, count in sorted(figures["errors"].items()))
    return (
        f"{figures['events']:,} events, {sum(figures['errors'].values()):,} errors{': ' + errors if errors else ''}\n"
        f"one by one: {one['events_per_second']:,.0f} events/s; {latency}\n"
        f"in batches: {batches['events_per_second']:,.0f} events/s with {batches['workers']} workers\n"
        f"fuel: {fuel}\n"
    )


def _profile_text(made: Profile, form: ProfileFormat, title: str, bundle: Bundle, output_file: str) -> str:
    match form:
        case ProfileFormat.COLLAPSED:
            return collapsed(made)
        case ProfileFormat.SPEEDSCOPE:
            return speedscope_text(made, title)
        case ProfileFormat.SVG:
            return svg(made, title)
    console = Console(highlight=False, force_terminal=output_file == STANDARD_STREAM and sys.stdout.isatty())
    sources: dict[str, list[str]] = {}

    def printable(line: str) -> str:
        return "".join(c if c.isprintable() else " " for c in line)

    def source(place: Place) -> str:
        if place.path not in bundle.files:
            return "(of a built-in function that is written in the rule language)"
        if place.path not in sources:
            sources[place.path] = bundle.files.get(place.path, b"").decode(errors="replace").splitlines()
        lines = sources[place.path]
        return printable(lines[place.line - 1].strip()) if 0 < place.line <= len(lines) else ""

    with console.capture() as captured:
        console.print(f"{made.fuel:,} units of fuel in {made.events:,} events", highlight=False)
        console.print(rules_table(made))
        console.print(lines_table(made, source))
    return captured.get()
