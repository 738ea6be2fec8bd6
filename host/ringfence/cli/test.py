"""`ringfence test`: run a bundle's own tests."""

from __future__ import annotations

import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ringfence.cli.common import (
    BUNDLE_HELP,
    FAILED,
    DeadlineOption,
    FuelOption,
    MemoryOption,
    check_writable,
    fail,
    interruptible,
    limits_from,
    quiet_broken_pipe,
    say,
    unwritable,
    usage_errors,
)
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.stream import whole_or_nothing
from ringfence.testing.coverage import Coverage
from ringfence.testing.document import as_document
from ringfence.testing.junit import as_junit
from ringfence.testing.selection import Selection, SelectionError, parse_selection
from ringfence.testing.suite import Suite, no_tests
from ringfence.testing.summary import Summary
from ringfence.testing.terminal import TerminalReport


class Format(StrEnum):
    """How the results are written."""

    TEXT = "text"
    JSON = "json"


def test(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    select: Annotated[
        str | None,
        typer.Option(
            "--select",
            "-k",
            metavar="EXPR",
            help='Only tests whose id contains these words: "bots and not crawler".',
        ),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--exitfirst", "-x", help="Stop at the first test that fails.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="A line for each test, with its time and fuel.")
    ] = False,
    durations: Annotated[
        int,
        typer.Option("--durations", metavar="N", min=0, help="Show the N slowest tests, with their fuel."),
    ] = 0,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML, too.")
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show which lines of functions ran; each test runs twice.")
    ] = False,
    coverage_min: Annotated[
        float | None,
        typer.Option(
            "--coverage-min",
            metavar="PERCENT",
            min=0,
            max=100,
            help="Fail if the tests reach less: of the rules those that decided an event; with --coverage, of the lines too.",
        ),
    ] = None,
    functions: FunctionsOption = None,
    form: Annotated[Format, typer.Option("--format", help="text or json, on standard output.")] = Format.TEXT,
    fuel: FuelOption = None,
    memory: MemoryOption = None,
    deadline: DeadlineOption = None,
) -> None:
    """Run a bundle's own tests: the lines of tests/*.jsonl, each an event with what is expected of it, and the functions test_*
    in tests/*.star.

    Example: ringfence test gateway -k "bots and not crawler"

    What functions of the host answer is said by each test; where it says nothing, those of --functions are asked.

    Exit status: 0 all passed, 1 some failed or --coverage-min is not reached, 2 wrong usage, a bundle or tests that do not
    load, or no tests at all.
    """
    limits = limits_from(fuel, memory, deadline)
    with interruptible(), quiet_broken_pipe(), usage_errors():
        selected = _selection(select)
        if junit is not None:
            check_writable(str(junit))
        with Suite.load(bundle, limits=limits, functions=provided_functions(functions)) as suite:
            if not suite.cases:
                fail(no_tests(bundle))
            report = TerminalReport(_console(), verbose=verbose) if form is Format.TEXT else None
            summary = run_suite(suite, selected, fail_fast, report, by_line=coverage)
        if not summary.results:
            fail(
                f"-k {select!r} selects none of the {len(suite.cases)} tests: run without -k, with -v, to see their ids"
            )
        if report is not None:
            report.finish(summary, durations)
        else:
            sys.stdout.write(json.dumps(as_document(summary), indent=1) + "\n")
        if junit is not None:
            _write(junit, as_junit(summary))
    if summary.failed or short_of(summary, coverage_min):
        raise typer.Exit(FAILED)


def _selection(expression: str | None) -> Selection:
    """What `-k` selects; one that makes no sense ends the command."""
    if expression is None:
        return lambda _name: True
    try:
        return parse_selection(expression)
    except SelectionError as failure:
        fail(f"-k: {failure}\nwrite it like 'bots and not (search or crawler)'")


def short_of(summary: Summary, least: float | None) -> bool:
    """Whether the tests reached less than this percentage of what is counted; tells it."""
    shares = [] if least is None else summary.coverage.shares()
    if least is not None and not shares:
        fail("--coverage-min has nothing to count: the bundle has no rules; give --coverage, to count lines")
    short = [share for share in shares if least is not None and share.percent < least]
    for share in short:
        say(
            f"ringfence: the tests reach {share.reached:,} of {share.all:,} {share.what}, {share.percent:.1f}%: less than "
            f"--coverage-min {least:g}"
        )
    return bool(short)


def run_suite(
    suite: Suite, selected: Selection, fail_fast: bool, report: TerminalReport | None, *, by_line: bool
) -> Summary:
    """Run the selected tests, showing each as it ends."""
    cases = [case for case in suite.cases if selected(case.id)]
    deselected = len(suite.cases) - len(cases)
    name, version = suite.manifest.name, suite.manifest.version
    if report is not None and cases:
        report.begin(name, version, len(cases), deselected)
    coverage = Coverage(suite, by_line=by_line)
    results = []
    started = time.perf_counter()
    for case in cases:
        result = suite.run(case)
        results.append(result)
        coverage.add(result)
        if report is not None:
            report.add(result)
        if fail_fast and not result.passed:
            break
    seconds = time.perf_counter() - started
    return Summary(name, version, results, coverage, deselected, len(cases) - len(results), seconds)


def _console() -> Console:
    """Standard output, with lines left as they are: their readers wrap them, or search them."""
    return Console(highlight=False, soft_wrap=True)


def _write(path: Path, content: bytes) -> None:
    try:
        with whole_or_nothing(path) as file:
            file.write(content)
    except OSError as failure:
        unwritable(str(path), failure)
