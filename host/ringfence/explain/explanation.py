"""An explanation: the rules that were tried for one event, what each cost, why it matched or did not, and which decided.

Made from a trace of the event (`tracing.py`), which costs and decides what the event does without it. `RuleSet.explain`
gives explanations; `text.py` and `page.py` show them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ringfence.decision import Decision
from ringfence.errors import EvaluationError
from ringfence.explain.observations import Observation, observations
from ringfence.explain.outline import Outline, shown
from ringfence.rule import Rule
from ringfence.tracing import Entry, TracedEvaluation


class Outcome(StrEnum):
    """What became of a rule."""

    MATCHED = "matched"
    NOT_MATCHED = "not matched"
    FAILED = "failed"
    """The event ended in an error in this rule."""
    NOT_TRIED = "not tried"
    """The event was decided, or failed, before its turn."""
    DISABLED = "disabled"
    """`enabled = False`: it is never tried."""
    NOT_IN_EFFECT = "not in effect"
    """The event's time is outside of its period of validity."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule and what became of it."""

    rule: Rule | None
    """None for the function `decide` of a bundle without rules."""
    outcome: Outcome
    decided: bool = False
    """Whether the decision is this rule's, or has a part from it."""
    fuel: int = 0
    """Units that the event spent on it: its predicate, and its `then`."""
    value: str | None = None
    """What the predicate returned, shortened; None for a rule without one, or one that failed."""
    why: tuple[Observation, ...] = ()
    """The expressions of the predicate, with their values."""
    then: tuple[Observation, ...] = ()
    """Those of the function `then`."""
    is_cut: bool = False
    """Whether there was more to see than is told."""

    @property
    def name(self) -> str:
        """The rule's name."""
        return "decide" if self.rule is None else self.rule.name

    def as_json(self) -> dict[str, Any]:
        """The trial as JSON."""
        said: dict[str, Any] = {"rule": self.name, "outcome": self.outcome.value}
        if self.rule is not None:
            said["location"] = self.rule.location
        if self.decided:
            said["decided"] = True
        if self.outcome in (Outcome.NOT_TRIED, Outcome.DISABLED):
            return said
        said["fuel"] = self.fuel
        if self.value is not None:
            said["value"] = self.value
        if self.why:
            said["why"] = [part.as_json() for part in self.why]
        if self.then:
            said["then"] = [part.as_json() for part in self.then]
        if self.is_cut:
            said["cut"] = True
        return said


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one event was decided as it was. `fuel` is what the event costs, explained or not."""

    decision: Any
    """The decision; None if the event ended in an error."""
    rule: str | list[str] | None
    """The rule that decided, or the rules, as in `Decision.rule`."""
    error: EvaluationError | None
    fuel: int
    reading_fuel: int
    """Units for reading the event."""
    hit_policy: str
    trials: tuple[Trial, ...]
    """All rules, in the order in which they are tried; those that are not enabled come last."""

    @property
    def other_fuel(self) -> int:
        """Units that no rule cost: for reading the event, for the end of the rules, and for writing the decision."""
        return self.fuel - sum(trial.fuel for trial in self.trials)

    def as_json(self) -> dict[str, Any]:
        """The explanation as JSON: the event's output line, with what it is made of."""
        said: dict[str, Any]
        if self.error is not None:
            said = {"error": self.error.as_json(), "fuel": self.fuel}
        else:
            said = {"decision": self.decision, "rule": self.rule, "fuel": self.fuel}
        said["hit_policy"] = self.hit_policy
        said["explain"] = [trial.as_json() for trial in self.trials]
        return said


@dataclass(slots=True)
class _Part:
    """What is known of one rule while the trace is read."""

    fuel: int = 0
    matched: bool = False
    in_effect: bool = True
    failed: bool = False
    value: str | None = None
    why: list[Entry] = field(default_factory=list)
    then: list[Entry] = field(default_factory=list)
    is_cut: bool = False


class _Reader:
    """Reads a trace: what was told of each rule, by number."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.parts: dict[int, _Part] = {}
        self.reading_fuel = 0
        self._running: _Part | None = None
        self._since = 0
        self._decides = False
        """What is told belongs to the `then` of the rule."""

    def read(self, entry: Entry) -> None:
        """Take notice of an entry."""
        running = self._running
        match entry:
            case ["begin", int(fuel)]:
                self.reading_fuel = fuel
                if self._count == 0:
                    self._begin(0, fuel)
            case ["rule", int(number), int(fuel)] if 0 <= number < self._count:
                self._begin(number, fuel)
            case ["then", int(number), int(fuel)] if number in self.parts:
                if self._running is None:
                    self._begin(number, fuel)
                self.parts[number].matched = self._decides = True
            case ["over", int(fuel)]:
                self._stop(fuel)
            case ["end", int(fuel), bool(failed)]:
                if running is not None:
                    running.failed = failed
                self._stop(fuel)
            case ["out", int(number)] if number in self.parts:
                self.parts[number].in_effect = False
            case ["gave", value, bool()] if running is not None and not self._decides:
                running.value = shown(value) if isinstance(value, str) else None
            case ["cut"] if running is not None:
                running.is_cut = True
            case ["saw" | "compared" | "matched", *_] if running is not None:
                (running.then if self._decides else running.why).append(entry)

    def _begin(self, number: int, fuel: int) -> None:
        self._stop(fuel)
        self._running = self.parts.setdefault(number, _Part())
        self._since = fuel
        self._decides = False

    def _stop(self, fuel: int) -> None:
        if self._running is not None:
            self._running.fuel += max(0, fuel - self._since)
        self._running = None


def explain(
    evaluation: TracedEvaluation,
    rules: Sequence[Rule],
    hit_policy: str,
    outlines: Mapping[str, Outline],
) -> Explanation:
    """Run the event to its end, and say why it ended so."""
    reader = _Reader(len(rules))
    for entry in evaluation.entries():
        reader.read(entry)
    decision, error = evaluation.outcome()
    rule = None if decision is None else decision.rule
    names = [rule] if isinstance(rule, str) else list(rule or ())
    return Explanation(
        None if decision is None else decision.decision,
        rule,
        error,
        decision.fuel if decision is not None else error.fuel if error is not None else 0,
        reader.reading_fuel,
        hit_policy,
        tuple(
            _trial(one, reader.parts.get(number), names, decision, outlines)
            for number, one in enumerate(rules or [None])
        ),
    )


def _trial(
    rule: Rule | None,
    part: _Part | None,
    names: Sequence[str],
    decision: Decision | None,
    outlines: Mapping[str, Outline],
) -> Trial:
    if part is None:
        is_enabled = rule is None or rule.enabled
        return Trial(rule, Outcome.NOT_TRIED if is_enabled else Outcome.DISABLED)
    if part.failed:
        outcome = Outcome.FAILED
    elif not part.in_effect:
        outcome = Outcome.NOT_IN_EFFECT
    elif rule is None or part.matched:
        outcome = Outcome.MATCHED
    else:
        outcome = Outcome.NOT_MATCHED
    decided = decision is not None and (rule is None or (part.matched and rule.name in names))
    return Trial(
        rule,
        outcome,
        decided,
        part.fuel,
        part.value,
        observations(part.why, outlines),
        observations(part.then, outlines),
        part.is_cut,
    )
