"""Decisions and errors from the guest's answers.

Most decisions are one of a few texts, so parsed ones are kept: a scalar is shared, a flat object is copied for each event.
`ruleset.py` and `batch.py` use this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ringfence.abi import NO_RULE, Kind
from ringfence.decision import Decision
from ringfence.errors import EvaluationError, IsolateTrapped, error_from_json

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

    def __init__(self, rule_names: Sequence[str], lists_rules: bool) -> None:
        self._rule_names = tuple(rule_names)
        self.lists_rules = lists_rules
        """Whether several rules may decide together (hit policy `collect`): then only the whole line names them."""
        # Two maps that threads share: a lost update costs one more parse.
        self._scalars: dict[bytes, Any] = {}
        self._flat: dict[bytes, Callable[[], Any]] = {}

    def decision(self, text: bytes, rule: int, fuel: int) -> Decision:
        """The decision whose JSON is `text`, made by rule number `rule`. Raises `IsolateTrapped` if that is nonsense."""
        try:
            name = None if rule == NO_RULE else self._rule_names[rule]
            scalars = self._scalars
            if text in scalars:
                return Decision(scalars[text], name, fuel)
            copy = self._flat.get(text)
            return Decision(copy() if copy is not None else self._parse(text), name, fuel)
        except (ValueError, IndexError, RecursionError) as failure:
            raise unreadable(failure, fuel) from failure

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
