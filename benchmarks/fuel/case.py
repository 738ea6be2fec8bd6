"""A case: one thing that costs fuel, with inputs of one shape, at any size.

The files `cases_*.py` hold them by topic; `meter.py` runs them. Most are Starlark: `setup` makes the inputs for the
size `N`, `body` is what is measured, and repeated. Others are a source to compile, or an event to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

LARGEST = 1 << 23
"""The size at which every case would need more than the memory limit."""
SHOWN = 40
"""Characters of a source in the table."""


@dataclass(frozen=True)
class SourceCase:
    """A source of size N that is compiled and run; whether it has mistakes does not matter."""

    covers: str
    shape: str
    make: Callable[[int], str]
    smallest: int = 1 << 12
    """Below, what any call costs would hide the rest."""
    largest: int = LARGEST

    @property
    def name(self) -> str:
        return f"{self.covers} ({self.shape})"

    @property
    def body(self) -> str:
        """For the table: how it begins."""
        return self.make(2)[:SHOWN]


@dataclass(frozen=True)
class EventCase(SourceCase):
    """An event of size N that a bundle of one file decides."""

    rules: str = ""


@dataclass(frozen=True)
class Case:
    """`covers` is what it tries: `len`, `str.find`, `list + list`, `for`; `shape` tells the cases of one thing apart."""

    covers: str
    shape: str
    body: str
    setup: str = "pass"
    top: str = ""
    """Statements in front of the measuring function: helper functions and frozen values."""
    smallest: int = 1
    largest: int = LARGEST
    keys: str = ""
    """What `args["keys"]` is to hold: the name of a list in `collisions.py`."""
    ends: str = ""
    """The error by which the body must end: part of its message. Only once, then."""

    @property
    def name(self) -> str:
        return f"{self.covers} ({self.shape})" if self.shape else self.covers


def shapes(
    covers: str, body: str, inputs: dict[str, str], largest: int = LARGEST, top: str = ""
) -> Iterable[Case]:
    """One case for each named setup."""
    for shape, setup in inputs.items():
        yield Case(covers, shape, body, setup, top, largest=largest)
