"""One test of a bundle, and what became of it.

`expectations.py` makes cases from JSON Lines, `suite.py` from functions, and runs them; reports (`terminal.py`, `junit.py`,
`document.py` and the pytest plugin) show the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.decision import Decision


@dataclass(frozen=True, slots=True)
class Case:
    """A test: its file in the bundle, the line where it begins (from 1), and its name in the file."""

    path: str
    line: int
    name: str

    @property
    def id(self) -> str:
        """What selects it, as in pytest: `tests/bots.jsonl::3`."""
        return f"{self.path}::{self.name}"

    @property
    def location(self) -> str:
        """Where to look: `tests/bots.jsonl:3`."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class EventCase(Case):
    """An event, and what is expected of its decision: only the `expected` keys of the outcome are compared."""

    event: Any
    expected: Mapping[str, Any]
    """Of `decision`, `rule` and `error` (the kind of an error) those that the line has."""
    now: float | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    """What the host's functions answer, by name."""


@dataclass(frozen=True, slots=True)
class FunctionCase(Case):
    """A function `test_*` in a module of tests: the one of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test failed: where, in one sentence, and lines of details (a difference, a traceback)."""

    location: str
    message: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((f"{self.location}: {self.message}", *self.details))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case. `failure` is None if it passed."""

    case: Case
    failure: Failure | None
    seconds: float
    fuel: int
    """Units of fuel that the test cost, its decisions included."""
    decisions: tuple[Decision, ...] = field(default=(), repr=False)
    """What the rules decided on the way, errors included: for the coverage by rule."""

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.failure is None
