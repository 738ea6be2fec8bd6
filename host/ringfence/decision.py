"""What one event's evaluation ended in.

`results.py` makes decisions from the guest's answers; rule sets hand them to the caller.
"""

from __future__ import annotations

from typing import Any

from ringfence.errors import EvaluationError
from ringfence.receipt import Receipt


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

    @property
    def receipt(self) -> Receipt | None:
        """What it takes to derive this once more, if it was asked for; an error has it as well."""
        return None if self.error is None else self.error.receipt

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


class ReceiptedDecision(Decision):
    """A decision with its receipt, which is None where there can be none."""

    __slots__ = ("_receipt",)

    def __init__(self, decision: Decision, receipt: Receipt | None) -> None:
        super().__init__(decision.decision, decision.rule, decision.fuel, decision.error)
        self._receipt = receipt

    @property
    def receipt(self) -> Receipt | None:
        """What it takes to derive this once more."""
        return self._receipt
