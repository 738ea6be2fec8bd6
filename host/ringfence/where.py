"""Where an evaluation stands while it is suspended: its rule, place, calls, and what their local variables hold.

The guest tells it (`guest/machine/whereabouts.py`), of a copy of the evaluation, so looking changes nothing. `Evaluation.where`
gives it to whoever writes a debugger, or wonders what a slow rule is doing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class ActiveCall:
    """A call that has not returned: the function's name, `path:line:column`, and its local variables as `Where.variables`."""

    function: str
    location: str
    source: str
    variables: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Where:
    """Where an evaluation stands, at the innermost call of a rule's function. Before the first call all of it is empty.

    `variables` are the local variables that have values there, by name: each as `repr` shows it, in 200 bytes at most and
    three levels deep. `traceback` has all active calls, innermost last; of a deep stack both ends.
    """

    rule: str | None
    """The rule that is being tried; None without rules, or before the first."""
    location: str | None
    """`path:line:column`, lines and columns counted from 1: where the next instruction, or the call that waits, is from."""
    function: str | None
    source: str
    """The line of source."""
    variables: Mapping[str, str] = field(hash=False)
    traceback: tuple[ActiveCall, ...]

    @property
    def file(self) -> str | None:
        """The path of the source file in its bundle."""
        return None if self.location is None else self.location.rsplit(":", 2)[0]

    @property
    def line(self) -> int | None:
        """From 1."""
        return None if self.location is None else int(self.location.rsplit(":", 2)[1])

    @property
    def column(self) -> int | None:
        """In code points, from 1."""
        return None if self.location is None else int(self.location.rsplit(":", 2)[2])

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """What the guest said. Raises `ValueError` if it makes no sense."""
        try:
            said = json.loads(text.decode(errors="replace"))
            rule = None if said["rule"] is None else str(said["rule"])
            calls = tuple(_call(frame) for frame in reversed(said["frames"]))
        except (LookupError, TypeError, AttributeError, RecursionError) as failure:
            raise ValueError(f"a place that makes no sense: {failure}") from failure
        if not calls:
            return cls(rule, None, None, "", {}, ())
        innermost = calls[-1]
        return cls(rule, innermost.location, innermost.function, innermost.source, innermost.variables, calls)


def _call(frame: Any) -> ActiveCall:
    location = str(frame["location"])
    _, line, column = location.rsplit(":", 2)
    int(line), int(column)
    variables = {str(name): str(value) for name, value in frame["variables"].items()}
    return ActiveCall(str(frame["function"]), location, str(frame["source"]), variables)
