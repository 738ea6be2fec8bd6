"""A case: one thing that a program can do, with inputs of one shape, at any size.

The files `cases_*.py` hold them by topic; `meter.py` runs them. A case is Starlark: `setup` makes the inputs for the
size `N`, `body` is what is measured, and repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

LARGEST = 1 << 23
"""The size at which every case would need more than the memory limit."""


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

    def up_to(self, largest: int) -> Case:
        """The same case at no larger sizes than this."""
        return replace(self, largest=largest)


def shapes(
    covers: str, body: str, inputs: dict[str, str], largest: int = LARGEST, top: str = ""
) -> Iterable[Case]:
    """One case for each named setup."""
    for shape, setup in inputs.items():
        yield Case(covers, shape, body, setup, top, largest=largest)
