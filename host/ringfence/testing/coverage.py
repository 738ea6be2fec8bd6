"""What the tests reached: how often each rule was tried, and how often it decided.

Counted from the decisions of all tests that ran, errors included: a rule that failed was tried. Reports show it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

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


class Coverage:
    """Counts over the results of a suite."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
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


def deciders(decision: Decision) -> list[str]:
    """The names of the rules that made a decision."""
    if decision.error is not None or decision.rule is None:
        return []
    return [decision.rule] if isinstance(decision.rule, str) else decision.rule
