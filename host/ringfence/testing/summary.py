"""A finished run of tests: its results in order, and what they add up to. Reports are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.testing.case import Result
from ringfence.testing.coverage import Coverage


@dataclass(frozen=True)
class Summary:
    """What `ringfence test` reports. `not_run` tests came after the failure at which `-x` stopped."""

    name: str
    version: str
    results: Sequence[Result]
    coverage: Coverage
    deselected: int
    not_run: int
    seconds: float

    @property
    def failed(self) -> int:
        """How many tests failed."""
        return sum(not result.passed for result in self.results)

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return len(self.results) - self.failed

    @property
    def fuel(self) -> int:
        """Units of fuel that all tests cost."""
        return sum(result.fuel for result in self.results)

    def slowest(self, count: int) -> list[Result]:
        """The tests that took longest, the slowest first."""
        return sorted(self.results, key=lambda result: -result.seconds)[:count]
