"""What the tests reached: how often each rule was tried and decided, and on request which lines ran.

Counted from the decisions of all tests that ran, errors included: a rule that failed was tried. Reports show it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ringfence.contents import Part, part_of
from ringfence.decision import Decision
from ringfence.testing.case import Result
from ringfence.testing.suite import Suite


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """One rule: in how many evaluations it was tried, and in how many it decided (or took part in the decision)."""

    name: str
    location: str
    enabled: bool
    tried: int
    decided: int


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One file: the lines on which its functions have code, and those of them that no test ran."""

    path: str
    lines: int
    missed: tuple[int, ...]

    @property
    def percent(self) -> float:
        """The share of the lines that ran."""
        return 100 * (self.lines - len(self.missed)) / self.lines

    def missed_ranges(self) -> list[str]:
        """The lines that did not run, neighbours together: `12`, `14-16`."""
        ranges: list[list[int]] = []
        for line in self.missed:
            if ranges and line == ranges[-1][1] + 1:
                ranges[-1][1] = line
            else:
                ranges.append([line, line])
        return [str(first) if first == last else f"{first}-{last}" for first, last in ranges]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of something the tests reached: `reached` of `all` `what`."""

    what: str
    reached: int
    all: int

    @property
    def percent(self) -> float:
        """All of nothing is everything."""
        return 100 * self.reached / self.all if self.all else 100.0


class Coverage:
    """Counts over the results of a suite."""

    def __init__(self, suite: Suite, *, by_line: bool = False) -> None:
        self._suite = suite
        self._lines = suite.cover_lines() if by_line else None
        self._tried: Counter[str] = Counter()
        self._decided: Counter[str] = Counter()
        self.results = 0
        """Tests that have been counted."""

    def add(self, result: Result) -> None:
        """Count what a test's events met."""
        self.results += 1
        for decision in result.decisions:
            self._tried.update(self._suite.tried(decision))
            self._decided.update(deciders(decision))

    def rules(self) -> list[RuleCoverage]:
        """Every rule, in the order in which they are tried."""
        return [
            RuleCoverage(
                rule.name, rule.location, rule.enabled, self._tried[rule.name], self._decided[rule.name]
            )
            for rule in self._suite.rules.rules()
        ]

    def files(self) -> list[FileCoverage] | None:
        """Every file of the bundle that has functions, the tests' own left out; None unless lines are covered."""
        if self._lines is None:
            return None
        return [
            FileCoverage(path, len(lines), tuple(line for line, ran in lines.items() if not ran))
            for path, lines in self._lines.files().items()
            if part_of(path) is not Part.TEST
        ]

    def shares(self) -> list[Share]:
        """What is counted: the rules that decided an event, of those that are enabled, and the lines that ran."""
        rules = [rule for rule in self.rules() if rule.enabled]
        files = self.files()
        shares = [Share("rules", sum(rule.decided > 0 for rule in rules), len(rules))] if rules else []
        if files is not None:
            lines = sum(file.lines for file in files)
            shares.append(Share("lines", lines - sum(len(file.missed) for file in files), lines))
        return shares


def deciders(decision: Decision) -> list[str]:
    """The names of the rules that made a decision."""
    if decision.error is not None or decision.rule is None:
        return []
    return [decision.rule] if isinstance(decision.rule, str) else decision.rule
