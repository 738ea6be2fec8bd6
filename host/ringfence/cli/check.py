"""`ringfence check`: parse, resolve and load a bundle without evaluating anything; every finding is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.common import (
    BUNDLE_HELP,
    STATS_HELP,
    WRONG_USAGE,
    interruptible,
    say,
    say_statistics,
    usage_errors,
)
from ringfence.errors import Diagnostic
from ringfence.runtime import Runtime
from ringfence.statistics import Statistics


def check(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    stats: Annotated[bool, typer.Option("--stats", help=STATS_HELP)] = False,
) -> None:
    """Parse, resolve and load a bundle; report every finding, not only the first.

    Example: ringfence check gateway

    Exit status: 0 the bundle loads, 2 it does not.
    """
    counted: list[Statistics] = []
    try:
        with interruptible(), usage_errors():
            findings = Runtime().check_and_count(bundle, counted.append)
        report(bundle, findings)
    finally:
        if stats and counted:
            say_statistics(counted[0])


def report(bundle: Path, findings: list[Diagnostic]) -> None:
    """Show the findings, and end the command if one of them is an error."""
    for finding in findings:
        say(str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    if errors:
        say(f"{bundle}: {errors} error{'s' if errors > 1 else ''}")
        raise typer.Exit(WRONG_USAGE)
    say(f"{bundle}: loads")
