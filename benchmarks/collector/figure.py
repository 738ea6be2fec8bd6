"""One measured figure with its target, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..report import noise, table


@dataclass(frozen=True)
class Figure:
    """The values of all rounds under one name; `target` is a bound on their median, by default an upper one."""

    name: str
    values: list[float]
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def meets(self) -> bool:
        """Whether the median is within the target; true without one."""
        if self.target is None:
            return True
        return self.median >= self.target if self.at_least else self.median <= self.target

    def row(self) -> list[str]:
        """As the table shows it."""
        sign = "at least" if self.at_least else "at most"
        target = "" if self.target is None else f"{sign} {shown(self.target)}"
        verdict = "" if self.target is None else "ok" if self.meets else "MISSED"
        noisy = f" ±{noise(self.values):.0%}" if len(self.values) > 1 and self.median else ""
        return [self.name, f"{shown(self.median)} {self.unit}{noisy}", target, verdict, self.note]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "values": self.values,
            "target": self.target,
            "at_least": self.at_least,
            "meets": self.meets,
            "note": self.note,
        }


def shown(number: float) -> str:
    """A number with three digits, or all of its whole ones."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def figures_table(figures: Iterable[Figure]) -> str:
    return table(["figure", "measured", "target", "verdict", ""], [figure.row() for figure in figures])
