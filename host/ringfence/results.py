"""Decisions and errors from the guest's answers.

Most decisions are one of a few texts, so parsed ones are kept: a scalar is shared, a flat object is copied for each event.
`ruleset.py` and `batch.py` use this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ringfence.abi import NO_RULE, RECORD, Kind
from ringfence.decision import Decision
from ringfence.errors import EvaluationError, IsolateTrapped, error_from_json
from ringfence.isolate import Part
from ringfence.rule import Rule

_KEPT_TEXTS = 4096
_KEPT_TEXT_BYTES = 256
_KIND_NAMES = {
    Kind.RULE: "rule",
    Kind.FUEL: "fuel",
    Kind.MEMORY: "memory",
    Kind.DEADLINE: "deadline",
    Kind.INPUT: "input",
    Kind.INTERNAL: "internal",
}


def kind_name(status: int) -> str:
    """The name of a record's status in output lines."""
    try:
        return _KIND_NAMES[Kind(status)]
    except (ValueError, KeyError):
        return "internal"


class Results:
    """Makes `Decision`s for one rule set, whose rule names it knows."""

    def __init__(self, rules: Sequence[Rule], lists_rules: bool, hit_policy: str = "first") -> None:
        self.rules = tuple(rules)
        """By number: in the order in which they are tried."""
        self.hit_policy = hit_policy
        self._names: dict[int, str | None] = {**{i: rule.name for i, rule in enumerate(rules)}, NO_RULE: None}
        # With rules, "no rule" is the default; without, `decide(event)` decided.
        self._fixed_rules = {NO_RULE} if rules else set[int]()
        self._fixed_rules.update(i for i, rule in enumerate(rules) if rule.fixed)
        self._fixed: dict[int, Any] = {}
        """Decisions of fixed rules that are scalars, once they have been read: their text need not be looked at again."""
        self.lists_rules = lists_rules
        """Whether several rules may decide together (`collect` and the orders): then only the whole line names them."""
        # Two maps that threads share: a lost update costs one more parse.
        self._scalars: dict[bytes, Any] = {}
        self._flat: dict[bytes, Callable[[], Any]] = {}

    def decision(self, text: bytes, rule: int, fuel: int) -> Decision:
        """The decision whose JSON is `text`, made by rule number `rule`. Raises `IsolateTrapped` if that is nonsense."""
        scalars = self._scalars
        try:
            if text in scalars:
                return Decision(scalars[text], self._names[rule], fuel)
            copy = self._flat.get(text)
            return Decision(copy() if copy is not None else self._parse(text), self._names[rule], fuel)
        except (ValueError, LookupError, RecursionError) as failure:
            raise unreadable(failure, fuel) from failure

    def decisions(self, part: Part) -> list[Decision]:
        """What a part's records and output say. Written out: half a microsecond an event would show."""
        output = part.output
        if self.lists_rules:
            return [self.from_line(line) for line in output.split(b"\n")[:-1]]
        scalars, names, fixed, decide = self._scalars, self._names, self._fixed, self.decision
        made = []
        for status, rule, fuel, offset, length in RECORD.iter_unpack(part.records):
            if rule in fixed and not status:
                made.append(Decision(fixed[rule], names[rule], fuel))
                continue
            text = output[offset : offset + length]
            if status:
                made.append(failed(parsed_error(text, fuel)))
            elif text in scalars and rule in names:
                made.append(Decision(scalars[text], names[rule], fuel))
                if rule in self._fixed_rules:
                    fixed[rule] = scalars[text]
            else:
                made.append(decide(text, rule, fuel))
        return made

    def from_line(self, line: bytes) -> Decision:
        """The decision or error of a whole output line. Raises `IsolateTrapped` if that is nonsense."""
        try:
            answer = json.loads(line)
            fuel = int(answer["fuel"])
            if "error" in answer:
                return failed(error_from_json(answer["error"], fuel))
            return Decision(answer["decision"], answer["rule"], fuel)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as failure:
            raise unreadable(failure, 0) from failure

    def _parse(self, text: bytes) -> Any:
        value = json.loads(text)
        if len(text) <= _KEPT_TEXT_BYTES:
            if not isinstance(value, dict | list):
                _keep(self._scalars, text, value)
            elif not any(
                isinstance(item, dict | list)
                for item in (value.values() if isinstance(value, dict) else value)
            ):
                _keep(self._flat, text, value.copy)
                return value.copy()
        return value


def _keep(kept: dict[bytes, Any], text: bytes, value: Any) -> None:
    if len(kept) >= _KEPT_TEXTS:
        kept.clear()
    kept[text] = value


def parsed_error(text: bytes, fuel: int) -> EvaluationError:
    """The exception for an `error` object of the guest, as JSON."""
    try:
        return error_from_json(json.loads(text.decode(errors="replace")), fuel)
    except (ValueError, TypeError, AttributeError) as failure:
        return unreadable(failure, fuel)


def unreadable(failure: Exception, fuel: int) -> IsolateTrapped:
    """The error for an answer that makes no sense: the guest's memory is damaged."""
    return IsolateTrapped(f"the guest's answer cannot be read: {failure}", fuel=fuel)


def failed(error: EvaluationError) -> Decision:
    """The `Decision` that stands for an error in a batch."""
    return Decision(None, error.rule, error.fuel, error)
