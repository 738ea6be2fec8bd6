"""What `decide(event)` does in tests and conversations: the host has the event decided by the bundle's own rules.

They are in isolates of their own, under the bundle's limits: a decision here costs and means what it does elsewhere, and whoever
asks cannot change the rules. `function_run.py` and the `repl` answer the guest with this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringfence.decision import Decision
from ringfence.errors import EvaluationError
from ringfence.manifest import FunctionDeclaration
from ringfence.results import failed
from ringfence.ruleset import RuleSet
from ringfence.session import Session
from ringfence.testing.fakes import Fakes
from ringfence.testing.judgement import FUNCTIONS_MARK

DECIDE, EVENT, ATTEMPT, SUCCEEDED = (
    FUNCTIONS_MARK + name for name in ("decide", "event", "attempt", "succeeded")
)
"""The functions that `guest/prelude/testing.star` calls. No identifiers, so that no module can."""

FUNCTIONS_OF_TESTS: Mapping[str, FunctionDeclaration] = {
    DECIDE: FunctionDeclaration(("any", "float | null", "dict | null")),
    EVENT: FunctionDeclaration(("any",)),
    ATTEMPT: FunctionDeclaration(()),
    SUCCEEDED: FunctionDeclaration(()),
}


class NoDecision(Exception):
    """Why an event has not been decided, in words for whoever asked."""


class Decider:
    """Decides events, one after the other. They share the state that the bundle declares, and nothing else."""

    def __init__(self, rules: RuleSet, fakes: Fakes) -> None:
        self._rules = rules
        self._fakes = fakes
        self._session: Session | None = None
        self.fuel = 0
        """Units that all decisions have cost."""
        self.decisions: list[Decision] = []

    def decide(self, event: Any, now: Any = None, answers: Any = None) -> Mapping[str, Any]:
        """What the rules make of an event; raises `NoDecision`. All three are the guest's, and may be anything."""
        if now is not None and (isinstance(now, bool) or not isinstance(now, int | float)):
            raise NoDecision("now is a time in seconds since 1970")
        if not isinstance(answers or {}, Mapping):
            raise NoDecision('functions is what the host answers, like {"geoip": "DE"}')
        try:
            with self._fakes.answering(answers or {}):
                decision = self._decided(event, now)
        except EvaluationError as error:
            self.decisions.append(failed(error))
            self.fuel += error.fuel
            place = f" at {error.location}" if error.location else ""
            raise NoDecision(
                f"the event ended in an error of kind {error.kind}{place}: {error.message}"
            ) from error
        except ValueError as failure:
            raise NoDecision(str(failure)) from failure
        self.decisions.append(decision)
        self.fuel += decision.fuel
        return {"decision": decision.decision, "rule": decision.rule, "fuel": decision.fuel}

    def close(self) -> None:
        """Forget the state that the decisions left."""
        if self._session is not None:
            self._session.close()

    def _decided(self, event: Any, now: float | None) -> Decision:
        if self._rules.has_state:
            if self._session is None:
                self._session = self._rules.session()
            return self._session.evaluate(event, now=now)
        with self._rules.isolate() as pristine:
            return pristine.evaluate(event, now=now)
