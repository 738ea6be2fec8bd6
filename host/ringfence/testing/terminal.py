"""A run of tests as text, while it goes on and at its end, in the manner of pytest. Colours only on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from ringfence.testing.case import Result
from ringfence.testing.coverage import Coverage, FileCoverage
from ringfence.testing.summary import Summary

GOOD, BAD, DIM = "green", "red", "dim"
MOST_NAMES = 20
"""Rules that are named in a line of the coverage."""


class TerminalReport:
    """Writes to a console: a dot or F for each test, or with `verbose` a line; then failures, coverage and totals."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._console = console
        self._verbose = verbose
        self._path: str | None = None

    def begin(self, name: str, version: str, tests: int, deselected: int) -> None:
        """What is going to be tested."""
        left_out = f", {deselected} not selected" if deselected else ""
        self._line(Text(f"{name} {version}: {_count(tests, 'test')}{left_out}"))

    def add(self, result: Result) -> None:
        """A test has been run."""
        if self._verbose:
            outcome = Text("passed ", GOOD) if result.passed else Text("FAILED ", BAD)
            self._line(outcome, f"{result.case.id}  ", Text(_cost(result), DIM))
            return
        if result.case.path != self._path:
            if self._path is not None:
                self._line()
            self._path = result.case.path
            self._console.print(Text(f"{self._path} "), end="")
        self._console.print(Text(".", GOOD) if result.passed else Text("F", f"bold {BAD}"), end="")

    def finish(self, summary: Summary, durations: int = 0) -> None:
        """All tests have been run."""
        if self._path is not None:
            self._line()
        for result in summary.results:
            if result.failure is not None:
                self._line()
                self._failure(result)
        if durations:
            self._line()
            self._line(f"slowest {_count(min(durations, len(summary.results)), 'test')}")
            for result in summary.slowest(durations):
                self._line("  ", f"{_cost(result):>28}  {result.case.id}")
        self._line()
        for line in coverage_lines(summary.coverage):
            self._line(line)
        parts = []
        if summary.failed:
            parts.append(Text(f"{summary.failed} failed", f"bold {BAD}"))
        parts.append(Text(f"{summary.passed} passed", GOOD if not summary.failed else ""))
        if summary.deselected:
            parts.append(Text(f"{summary.deselected} deselected"))
        if summary.not_run:
            parts.append(Text(f"{summary.not_run} not run"))
        total = Text(", ").join(parts)
        self._line(total, f" in {summary.seconds:.2f} s, {summary.fuel:,} units of fuel")

    def _failure(self, result: Result) -> None:
        self._line(Text("FAILED ", f"bold {BAD}"), result.case.id)
        assert result.failure is not None
        self._line(f"{result.failure.location}: {result.failure.message}")
        for line in result.failure.details:
            mark = line.lstrip()[:2]
            self._line(Text(f"    {line}", GOOD if mark == "- " else BAD if mark == "+ " else ""))

    def _line(self, *parts: str | Text) -> None:
        self._console.print(Text.assemble(*parts))


def coverage_lines(coverage: Coverage) -> list[str]:
    """Which rules the tests reached, and which they did not; nothing of a bundle without rules."""
    rules = [rule for rule in coverage.rules() if rule.enabled]
    lines = []
    if rules:
        decided = sum(rule.decided > 0 for rule in rules)
        lines.append(f"{decided} of {_count(len(rules), 'rule')} decided an event of the tests")
        lines += _names(
            "tried, never decided", (rule.name for rule in rules if rule.tried and not rule.decided)
        )
        lines += _names("never tried", (rule.name for rule in rules if not rule.tried))
    return lines + _file_lines(coverage.files() or [])


def _file_lines(files: list[FileCoverage]) -> list[str]:
    """A table of the lines that ran, those that run when the bundle loads included."""
    if not files:
        return []
    width = max(len(file.path) for file in files)
    lines = [f"{'file':{width}}  {'lines':>6} {'missed':>6} {'ran':>5}"]
    for file in files:
        missed = ", ".join(file.missed_ranges())
        counts = f"{file.lines:6} {len(file.missed):6} {math.floor(file.percent):4}%"
        lines.append(f"{file.path:{width}}  {counts}  {missed}".rstrip())
    return lines


def _names(what: str, names: Iterable[str]) -> list[str]:
    listed = list(names)
    more = f" and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return [f"  {what}: {', '.join(listed[:MOST_NAMES])}{more}"] if listed else []


def _cost(result: Result) -> str:
    return f"{result.seconds * 1000:.1f} ms, {result.fuel:,} fuel"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
