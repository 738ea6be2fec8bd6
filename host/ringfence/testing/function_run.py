"""One test function on its way: it runs in the sandbox, and asks the host for what the rules decide.

The test is an evaluation in hand of the image in which the tests are loaded; `decide(event)` is a call of the host, which has
the event decided by an image of the bundle itself, in isolates of its own and under the bundle's limits. So a decision in a
test costs and means what it does elsewhere. `assert_fails` is a fork: the evaluation that fails is dropped, and the one that
was set aside before goes on and is told the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringfence.decision import Decision
from ringfence.errors import EvaluationError, FuelExhausted, RuleError
from ringfence.evaluation import Evaluation
from ringfence.functions import HostCall
from ringfence.manifest import FunctionDeclaration
from ringfence.results import failed
from ringfence.ruleset import RuleSet
from ringfence.session import Session
from ringfence.testing.fakes import Fakes
from ringfence.testing.judgement import FUNCTIONS_MARK, plain_message

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

MOST_ATTEMPTS = 50
"""Of `assert_fails` inside one another: each holds a copy of the test's memory."""


class FunctionRun:
    """Runs one function. `fuel`, `printed` and `decisions` tell afterwards what it did, its decisions included."""

    def __init__(self, functions: RuleSet, rules: RuleSet, fakes: Fakes) -> None:
        self._functions = functions
        self._rules = rules
        self._fakes = fakes
        self._session: Session | None = None
        self._attempts: list[Evaluation] = []
        """Where to go on if what is attempted fails, the innermost last."""
        self._lost = 0
        """Units that attempts have spent that failed: where the run goes on, they are not counted."""
        self.fuel = 0
        self.printed = ""
        self.decisions: list[Decision] = []

    def run(self, number: int) -> EvaluationError | None:
        """Run the test of a number to its end; the error in which it ended, if it failed."""
        evaluation = self._functions.start({"test": number})
        try:
            while True:
                evaluation, error = self._advance(evaluation)
                if evaluation.done:
                    self.printed = evaluation.printed.decode(errors="replace")
                    self.fuel += evaluation.fuel_used + self._lost
                    return error
        finally:
            evaluation.close()
            for attempt in self._attempts:
                attempt.close()
            if self._session is not None:
                self._session.close()

    def _advance(self, evaluation: Evaluation) -> tuple[Evaluation, EvaluationError | None]:
        """Let the test run to its next request or its end: the evaluation that goes on, and the error that ended it."""
        if evaluation.call is not None:
            self._answer(evaluation, evaluation.call)
        if not evaluation.done:
            evaluation.step()
        if not evaluation.done:
            return evaluation, None
        try:
            evaluation.result()
            return evaluation, None
        except RuleError as error:
            if not self._attempts:
                return evaluation, error
            return self._go_back(evaluation, error)
        except EvaluationError as error:
            return evaluation, error

    def _answer(self, evaluation: Evaluation, call: HostCall) -> None:
        match call.function:
            case name if name == DECIDE:
                self._decide(evaluation, *call.arguments)
            case name if name == EVENT:
                evaluation.answer(call.arguments[0])  # JSON that comes in is what events are made of
            case name if name == ATTEMPT:
                if len(self._attempts) == MOST_ATTEMPTS:
                    evaluation.refuse(f"more than {MOST_ATTEMPTS} calls of assert_fails inside one another")
                    return
                self._attempts.append(evaluation.fork())
                evaluation.answer(None)
            case name if name == SUCCEEDED:
                self._attempts.pop().close()
                evaluation.answer(None)

    def _decide(self, evaluation: Evaluation, event: Any, now: Any, answers: Any) -> None:
        """What the rules make of an event, or why there is no answer. All three are the test's, and may be anything."""
        if now is not None and (isinstance(now, bool) or not isinstance(now, int | float)):
            return evaluation.refuse("now is a time in seconds since 1970")
        if not isinstance(answers or {}, Mapping):
            return evaluation.refuse('functions is what the host answers, like {"geoip": "DE"}')
        try:
            with self._fakes.answering(answers or {}):
                decision = self._decided(event, now)
        except EvaluationError as error:
            self.decisions.append(failed(error))
            self.fuel += error.fuel
            place = f" at {error.location}" if error.location else ""
            message = f"the event ended in an error of kind {error.kind}{place}: {error.message}"
            return evaluation.refuse(message)
        except ValueError as failure:
            return evaluation.refuse(str(failure))
        self.decisions.append(decision)
        self.fuel += decision.fuel
        return evaluation.answer(
            {"decision": decision.decision, "rule": decision.rule, "fuel": decision.fuel}
        )

    def _decided(self, event: Any, now: float | None) -> Decision:
        """The events of one test share the state that the bundle declares, and nothing else."""
        if self._rules.has_state:
            if self._session is None:
                self._session = self._rules.session()
            return self._session.evaluate(event, now=now)
        with self._rules.isolate() as pristine:
            return pristine.evaluate(event, now=now)

    def _go_back(self, evaluation: Evaluation, error: RuleError) -> tuple[Evaluation, EvaluationError | None]:
        """What was attempted has failed: go on where it began."""
        before = self._attempts.pop()
        self._lost += evaluation.fuel_used - before.fuel_used
        if before.fuel_used + self._lost > self._functions.limits.fuel:
            before.close()
            return evaluation, FuelExhausted("out of fuel: the test used up its budget", fuel=self._lost)
        before.answer(plain_message(error))
        return before, None
