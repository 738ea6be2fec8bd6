"""What has been decided, in numbers: by bundle and rule, by kind of error, fuel and time in histograms.

The threads that decide add to these; `metrics.py` shows them.
"""

from __future__ import annotations

import bisect
import itertools
import json
import threading
from collections import Counter
from collections.abc import Sequence

from ringfence.abi import NO_RULE, RECORD, Kind
from ringfence.results import kind_name
from ringfence.rule import Rule

MOST_RULES = 200
"""Rules of a bundle that are counted by name; the others together are `OTHER_RULES`."""
OTHER_RULES = "(others)"
NO_RULE_NAME = ""
"""Of decisions by the default, or by `decide`."""

FUEL_BOUNDS = tuple(base * 10**power for power in range(1, 7) for base in (1, 2, 5))
SECONDS_BOUNDS = tuple(base * 10.0**power for power in range(-5, 1) for base in (1, 2, 5))


class Histogram:
    """How many values were at most each of the bounds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """Count a value, so many times."""
        self._counts[bisect.bisect_left(self._bounds, value)] += times
        self.sum += value * times

    def buckets(self) -> list[tuple[str, float]]:
        """For each bound, and for infinity, how many values were at most that."""
        names = [*map(_bound_name, self._bounds), "+Inf"]
        return list(zip(names, itertools.accumulate(self._counts), strict=True))


def _bound_name(bound: float) -> str:
    return f"{bound:.10g}"


class Counts:
    """The numbers of one bundle, over all its versions since the server was started. Threads may share them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held by whoever adds or reads."""
        self.by_rule: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.fuel = Histogram(FUEL_BOUNDS)
        self.seconds = Histogram(SECONDS_BOUNDS)
        self._names: set[str] = set()

    def add(self, records: bytes, lines: Sequence[bytes], rules: Sequence[Rule], lists_rules: bool) -> None:
        """Count events, by their records and output lines; under `lists_rules` only the lines name their rules."""
        unpacked = list(RECORD.iter_unpack(records))
        errors = Counter(kind_name(record[0]) for record in unpacked if record[0] != Kind.NONE)
        fuels = Counter(record[2] for record in unpacked)
        if lists_rules:
            names = Counter(
                name
                for record, line in zip(unpacked, lines, strict=True)
                if record[0] == Kind.NONE
                for name in json.loads(line)["rule"] or (NO_RULE_NAME,)
            )
        else:
            numbers = Counter(record[1] for record in unpacked if record[0] == Kind.NONE)
            names = Counter()
            for number, times in numbers.items():
                names[_rule_name(number, rules)] += times
        with self.lock:
            self.errors.update(errors)
            for fuel, times in fuels.items():
                self.fuel.add(fuel, times)
            for name, times in names.items():
                self.by_rule[self._counted_name(name)] += times

    def add_error(self, kind: str) -> None:
        """Count an event that did not reach the guest."""
        with self.lock:
            self.errors[kind] += 1
            self.fuel.add(0)

    def add_seconds(self, seconds: float, events: int) -> None:
        """Count the time that so many events took together."""
        with self.lock:
            self.seconds.add(seconds / events, events)

    def _counted_name(self, name: str) -> str:
        if name not in self._names:
            if len(self._names) >= MOST_RULES:
                return OTHER_RULES
            self._names.add(name)
        return name


def _rule_name(number: int, rules: Sequence[Rule]) -> str:
    if number == NO_RULE or number >= len(rules):
        return NO_RULE_NAME
    return rules[number].name
