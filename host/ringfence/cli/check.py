"""`ringfence check`: parse, resolve and load a bundle without evaluating anything; every finding is shown."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import ringfence
from ringfence.checking.fuel import EVENT_BYTES, FuelBound
from ringfence.checking.review import SEVERITIES, Review
from ringfence.checking.sarif import as_sarif
from ringfence.cli.common import (
    BUNDLE_HELP,
    FAILED,
    STATS_HELP,
    WRONG_USAGE,
    fail,
    interruptible,
    quiet_broken_pipe,
    say,
    say_statistics,
    usage_errors,
)
from ringfence.cli.events import events_of, write_text
from ringfence.cli.streams import STANDARD_STREAM
from ringfence.errors import Diagnostic
from ringfence.explain.outline import shown
from ringfence.runtime import Runtime
from ringfence.statistics import Statistics

TABLE_WIDTH = 120
"""Columns of the table of bounds."""


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def check(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    form: Annotated[
        Format,
        typer.Option(
            "--format", help="text (to standard error), json, or sarif (2.1.0, for code hosts and editors)."
        ),
    ] = Format.TEXT,
    output_file: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Where json and sarif go; - is standard output.")
    ] = STANDARD_STREAM,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 if there are warnings.")
    ] = False,
    events: Annotated[
        str | None,
        typer.Option(
            "--events",
            metavar="FILE",
            help="Sample events, one JSON object a line: fields that rules name and no sample has are found.",
        ),
    ] = None,
    fuel: Annotated[
        bool, typer.Option("--fuel", help="Show what each rule, and an event, costs at most.")
    ] = False,
    event_bytes: Annotated[
        int | None,
        typer.Option(
            "--event-bytes",
            metavar="N",
            min=1,
            help=f"With --fuel: bytes of the largest event that counts (default: {EVENT_BYTES:,}).",
        ),
    ] = None,
    stats: Annotated[bool, typer.Option("--stats", help=STATS_HELP)] = False,
) -> None:
    """Parse, resolve and load a bundle; report every finding, not only the first.

    Example: ringfence check gateway --fuel

    Exit status: 0 the bundle loads, 1 it has warnings and --strict was given, 2 it does not load.
    """
    if event_bytes is not None and not fuel:
        fail("--event-bytes is the size of the events that --fuel is about: give --fuel with it")
    if output_file != STANDARD_STREAM and form is Format.TEXT and not fuel:
        fail(
            "--output is for --format json, --format sarif and --fuel: findings as text go to standard error"
        )
    counted: list[Statistics] = []
    try:
        with interruptible(), usage_errors():
            samples = None if events is None else events_of(events)
            review = Runtime().review(
                bundle, event_bytes=event_bytes or EVENT_BYTES, samples=samples, counted=counted.append
            )
        with quiet_broken_pipe():
            match form:
                case Format.TEXT:
                    report(bundle, review)
                    if fuel and review.fuel is not None:
                        write_text(output_file, bounds_table(review.fuel))
                case Format.JSON:
                    write_text(output_file, json.dumps(_as_json(review, fuel), indent=1) + "\n")
                case Format.SARIF:
                    notes = review.fuel.notes() if fuel and review.fuel is not None else ()
                    sarif = as_sarif([*review.findings, *notes], ringfence.__version__)
                    write_text(output_file, json.dumps(sarif, indent=1) + "\n")
    finally:
        if stats and counted:
            say_statistics(counted[0])
    if review.count("error"):
        raise typer.Exit(WRONG_USAGE)
    if strict and review.count("warning"):
        raise typer.Exit(FAILED)


def report(bundle: Path, review: Review) -> None:
    """Show the findings, and how many there are."""
    for finding in review.findings:
        say(_described(finding))
    counts = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity in SEVERITIES
        if (count := review.count(severity))
    ]
    if review.count("error"):
        say(f"{bundle}: {', '.join(counts)}")
    else:
        say(f"{bundle}: loads" + (f", {', '.join(counts)}" if counts else ""))


def bounds_table(bound: FuelBound) -> str:
    """What each rule costs at most, for reading."""
    table = Table(box=None, pad_edge=False)
    table.add_column("rule")
    table.add_column("fuel, at most", justify="right")
    table.add_column("")
    for rule in bound.rules:
        fuel = "unbounded" if rule.fuel is None else f"{rule.fuel:,}"
        table.add_row(Text(shown(rule.name)), fuel, Text("" if rule.fuel is not None else shown(rule.reason)))
    console = Console(width=TABLE_WIDTH, highlight=False, force_terminal=False)
    with console.capture() as captured:
        console.print(table)
        total = "unbounded"
        if bound.fuel is not None:
            total = f"at most {bound.fuel - bound.colliding:,} units of fuel"
            if bound.colliding:
                total += f", and {bound.colliding:,} more if its keys are made to collide"
        console.print(Text(f"an event of {bound.event_bytes:,} bytes: {total}"))
    return captured.get()


def _described(finding: Diagnostic) -> str:
    """A finding with its severity, if it is no error, and the name of what it is about."""
    if finding.severity == "error":
        return str(finding)
    head, newline, rest = str(finding).partition("\n")
    place, separator, message = head.partition(f"{finding.location}: ")
    described = f"{place}{separator}{finding.severity}: {message} [{finding.rule}]"
    return described + newline + rest


def _as_json(review: Review, fuel: bool) -> dict[str, object]:
    said: dict[str, object] = {
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "path": finding.path,
                "line": finding.line,
                "column": finding.column,
                "message": finding.message,
                "source_line": finding.source_line,
            }
            for finding in review.findings
        ]
    }
    if fuel and review.fuel is not None:
        said["fuel"] = review.fuel.as_json()
    return said
