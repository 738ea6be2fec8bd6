"""A profile: the fuel of some events, by rule, by line of source, and by the calls that led there.

Fuel is exact and the same on every machine, so a profile has no sampling error, and two of them can be compared. It is made
from traces of the events (`tracing.py`, `guest/machine/profiling.py`), whose entries are not trusted: what makes no sense is left
out. `graph.py` and `table.py` show profiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ringfence.rule import Rule
from ringfence.tracing import Entry, TracedEvaluation

DEEPEST = 200
"""Calls of a stack that are kept apart; what is deeper counts as the deepest of these."""
LONGEST_NAME = 120
READING = "(reading the event)"
TRYING = "(trying rules)"
WRITING = "(writing the decision)"
DECIDE = "decide"
MOST_FUEL = 1 << 62


class Place(NamedTuple):
    """A frame of a stack: a function with the line of its declaration, or, innermost, the line that was running."""

    name: str
    path: str = ""
    line: int = 0

    @property
    def label(self) -> str:
        """What pictures call it."""
        if not self.path:
            return self.name
        place = f"{self.path}:{self.line}"
        return f"{self.name} ({place})" if self.name else place


Stack = tuple[Place, ...]


@dataclass(slots=True)
class RuleCost:
    """What one rule cost over all events."""

    name: str
    tried: int = 0
    fuel: int = 0


@dataclass(slots=True)
class Profile:
    """What some events cost, and where."""

    rules: Sequence[Rule] = ()
    events: int = 0
    fuel: int = 0
    """Units of all events together."""
    stacks: Counter[Stack] = field(default_factory=Counter)
    """Units by what was running: the rule, the calls, outermost first, and the line."""
    by_rule: dict[str, RuleCost] = field(default_factory=dict)

    def add(self, evaluation: TracedEvaluation) -> None:
        """Run an event to its end, and add where its fuel goes. It is traced with the subject `LINES`."""
        reader = _Reader(self)
        for entry in evaluation.entries():
            reader.read(entry)
        decision, error = evaluation.outcome()
        spent = decision.fuel if decision is not None else error.fuel if error is not None else 0
        reader.end(spent)
        self.events += 1
        self.fuel += spent

    def lines(self) -> list[tuple[Place, int]]:
        """Units by line of source, the dearest first."""
        costs: Counter[Place] = Counter()
        for stack, units in self.stacks.items():
            if stack and stack[-1].path:
                costs[stack[-1]] += units
        return sorted(costs.items(), key=lambda item: (-item[1], item[0]))


class _Reader:
    """Reads the trace of one event."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._rule: Place | None = None
        self._rule_began = 0
        self._calls: list[Place] = []
        self._depth = 0
        """Calls that have not returned, those beyond `DEEPEST` included."""
        self._told = 0
        """Units that have a place."""

    def read(self, entry: Entry) -> None:
        match entry:
            case ["begin", int(units)] if 0 <= units < MOST_FUEL:
                self._count((Place(READING),), units)
            case ["rule", int(number), int(spent)]:
                self._begin_rule(number, spent)
            case ["over" | "end", int(spent), *_]:
                self._end_rule(spent)
            case ["call", str(name), str(path), int(line)]:
                self._depth += 1
                if self._depth <= DEEPEST:
                    self._calls.append(Place(_visible(name), _visible(path), line))
            case ["return"] if self._depth:
                self._depth -= 1
                del self._calls[self._depth :]
            case [int(line), int(units)] if 0 <= units < MOST_FUEL and line >= 0:
                self._count_line(line, units)

    def end(self, spent: int) -> None:
        """The event has ended, and has cost so much: what has no place yet was spent on its result."""
        self._end_rule(spent)
        if spent > self._told:
            self._count((Place(WRITING),), spent - self._told)

    def _begin_rule(self, number: int, spent: int) -> None:
        self._end_rule(spent)
        rules = self._profile.rules
        name = _visible(rules[number].name) if 0 <= number < len(rules) else DECIDE
        self._rule, self._rule_began = Place(name), spent
        self._profile.by_rule.setdefault(name, RuleCost(name)).tried += 1

    def _end_rule(self, spent: int) -> None:
        if self._rule is not None:
            self._profile.by_rule[self._rule.name].fuel += max(0, spent - self._rule_began)
            self._rule = None

    def _count_line(self, line: int, units: int) -> None:
        around = (self._rule,) if self._rule is not None else ()
        if line == 0 or not self._calls:
            self._count((*around, Place(TRYING)), units)
        else:
            self._count((*around, *self._calls, Place("", self._calls[-1].path, line)), units)

    def _count(self, stack: Stack, units: int) -> None:
        self._profile.stacks[stack] += units
        self._told += units


def _visible(name: str) -> str:
    """A bundle's name in characters that can be seen: it must not write to somebody's terminal."""
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 2] + ".."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def profile(evaluations: Iterable[TracedEvaluation], rules: Sequence[Rule]) -> Profile:
    """The profile of some events, which are run to their ends."""
    made = Profile(rules)
    for evaluation in evaluations:
        with evaluation:
            made.add(evaluation)
    return made
