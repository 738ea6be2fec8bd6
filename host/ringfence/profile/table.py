"""A profile as tables: the rules and the lines that cost most."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.markup import escape
from rich.table import Table

from ringfence.profile.profile import Place, Profile

MOST_LINES = 40


def rules_table(profile: Profile) -> Table:
    """What each rule cost, the dearest first."""
    table = Table("rule", box=box.SIMPLE, title="fuel by rule", title_justify="left")
    for column in ("tried", "units", "each", "share"):
        table.add_column(column, justify="right")
    for cost in sorted(profile.by_rule.values(), key=lambda cost: (-cost.fuel, cost.name)):
        each = cost.fuel / cost.tried if cost.tried else 0.0
        table.add_row(
            escape(cost.name), f"{cost.tried:,}", f"{cost.fuel:,}", f"{each:.1f}", _share(cost.fuel, profile)
        )
    return table


def lines_table(profile: Profile, source: Callable[[Place], str], most: int = MOST_LINES) -> Table:
    """The lines that cost most; `source` gives the text of a line, or an empty one."""
    table = Table("line", box=box.SIMPLE, title="fuel by line", title_justify="left")
    for column in ("units", "share"):
        table.add_column(column, justify="right")
    table.add_column("source", no_wrap=True, overflow="ellipsis")
    for place, units in profile.lines()[:most]:
        table.add_row(escape(place.label), f"{units:,}", _share(units, profile), escape(source(place)))
    return table


def _share(units: int, profile: Profile) -> str:
    return f"{units / profile.fuel:.1%}" if profile.fuel else ""
