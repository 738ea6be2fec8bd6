"""What one event's evaluation ended in.

`results.py` makes decisions from the guest's answers; rule sets hand them to the caller.
"""

from __future__ import annotations

from typing import Any

from ringfence.errors import EvaluationError


class Decision:
    """The decision on one event, the rule that made it, and the fuel that it cost.

    `rule` is None when the default (or `decide`) decided, and a list of names under the hit policies `collect`,
    `rule-order` and `output-order`.
    `error` is set in batches only, for an event that ended in an error; `decision` is None then.
    """

    __slots__ = ("decision", "error", "fuel", "rule")
    __match_args__ = ("decision", "rule", "fuel", "error")

    def __init__(
        self, decision: Any, rule: str | list[str] | None, fuel: int, error: EvaluationError | None = None
    ) -> None:
        self.decision = decision
        self.rule = rule
        self.fuel = fuel
        self.error = error

    def __repr__(self) -> str:
        if self.error is not None:
            return f"Decision(error={self.error!r}, fuel={self.fuel})"
        return f"Decision({self.decision!r}, rule={self.rule!r}, fuel={self.fuel})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        return (self.decision, self.rule, self.fuel, self.error) == (
            other.decision,
            other.rule,
            other.fuel,
            other.error,
        )

    __hash__ = None  # type: ignore[assignment]  # decisions hold mutable JSON values
