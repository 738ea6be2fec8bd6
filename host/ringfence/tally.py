"""Counts over a stream of events: how many ended how, and what they cost, in constant memory.

`RuleSet.run_file` needs none of this; the `run` command shows it while it runs and at the end.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ringfence.abi import RECORD, Kind
from ringfence.isolate import Part
from ringfence.results import kind_name

_WORDS = RECORD.size // 4
_STATUS_WORD, _FUEL_LOW_WORD, _FUEL_HIGH_WORD = 0, 2, 3

_DISTINCT_FUELS = 20_000
"""Different fuel values that are counted exactly; beyond that they are rounded to three significant digits."""


class Tally:
    """What happened so far."""

    def __init__(self) -> None:
        self.events = 0
        self.errors: Counter[str] = Counter()
        self._fuels: Counter[int] = Counter()

    @property
    def failed(self) -> int:
        """How many events ended in an error."""
        return self.errors.total()

    def add(self, part: Part) -> None:
        """Count the events of one part. Column-wise: a few tens of nanoseconds an event."""
        words = memoryview(part.records).cast("I")
        self.events += part.count
        statuses = words[_STATUS_WORD::_WORDS].tolist()
        if any(statuses):
            self.errors.update(kind_name(status) for status in statuses if status != Kind.NONE)
        fuels = words[_FUEL_LOW_WORD::_WORDS].tolist()
        high = words[_FUEL_HIGH_WORD::_WORDS].tolist()
        if any(high):
            fuels = [low | above << 32 for low, above in zip(fuels, high, strict=True)]
        self._fuels.update(fuels)
        if len(self._fuels) > _DISTINCT_FUELS:
            self._round_fuels()

    def fuel_percentile(self, share: float) -> int:
        """The fuel that `share` of the events cost at most."""
        wanted = share * self.events
        seen = 0
        for fuel in sorted(self._fuels):
            seen += self._fuels[fuel]
            if seen >= wanted:
                return fuel
        return 0

    def _round_fuels(self) -> None:
        rounded: Counter[int] = Counter()
        for fuel, count in self._fuels.items():
            unit = 10 ** max(len(str(fuel)) - 3, 0)
            # Upwards, so that the maximum is never understated.
            rounded[-(-fuel // unit) * unit] += count
        self._fuels = rounded

    def as_json(self) -> dict[str, Any]:
        """All counts; `restore` takes them."""
        # Pairs, because the keys of a JSON object are text.
        return {"events": self.events, "errors": dict(self.errors), "fuels": sorted(self._fuels.items())}

    def restore(self, counts: dict[str, Any]) -> None:
        """Go on from what `as_json` gave. Raises `ValueError`, `TypeError` or `LookupError` if that is nonsense."""
        events = int(counts["events"])
        errors = Counter({str(kind): int(count) for kind, count in counts["errors"].items()})
        fuels = Counter({int(fuel): int(count) for fuel, count in counts["fuels"]})
        if min((events, *errors.values(), *fuels.values())) < 0:
            raise ValueError("a count is negative")
        self.events, self.errors, self._fuels = events, errors, fuels

    def summary(self, seconds: float) -> str:
        """What the `run` command says at the end."""
        rate = self.events / seconds if seconds > 0 else 0.0
        lines = [f"{self.events:,} events, {self.events - self.failed:,} decided, {self.failed:,} errors"]
        if self.errors:
            lines.append(
                "errors: " + ", ".join(f"{kind} {count:,}" for kind, count in sorted(self.errors.items()))
            )
        lines.append(f"{rate:,.0f} events/s in {seconds:.2f} s")
        if self.events:
            percentiles = ((0.5, "p50"), (0.99, "p99"), (1.0, "max"))
            lines.append(
                "fuel: " + ", ".join(f"{name} {self.fuel_percentile(share):,}" for share, name in percentiles)
            )
        return "\n".join(lines)
