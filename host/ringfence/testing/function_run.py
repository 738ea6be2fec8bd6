"""One test function on its way: it runs in the sandbox, and asks the host for what the rules decide.

The test is an evaluation in hand of the image in which the tests are loaded; `decide(event)` is a call of the host
(`decider.py`). `assert_fails` is a fork: the evaluation that fails is dropped, and the one that was set aside before goes on and
is told the error.
"""

from __future__ import annotations

from typing import Any

from ringfence.decision import Decision
from ringfence.errors import EvaluationError, FuelExhausted, RuleError
from ringfence.evaluation import Evaluation
from ringfence.functions import HostCall
from ringfence.ruleset import RuleSet
from ringfence.testing.decider import ATTEMPT, DECIDE, EVENT, SUCCEEDED, Decider, NoDecision
from ringfence.testing.fakes import Fakes
from ringfence.testing.judgement import plain_message

MOST_ATTEMPTS = 50
"""Of `assert_fails` inside one another: each holds a copy of the test's memory."""


class FunctionRun:
    """Runs one function. `fuel`, `printed` and `decisions` tell afterwards what it did, its decisions included."""

    def __init__(self, functions: RuleSet, rules: RuleSet, fakes: Fakes) -> None:
        self._functions = functions
        self._decider = Decider(rules, fakes)
        self._attempts: list[Evaluation] = []
        """Where to go on if what is attempted fails, the innermost last."""
        self._lost = 0
        """Units that attempts have spent that failed: where the run goes on, they are not counted."""
        self.fuel = 0
        self.printed = ""

    @property
    def decisions(self) -> list[Decision]:
        """What the rules have made of events so far."""
        return self._decider.decisions

    def run(self, number: int) -> EvaluationError | None:
        """Run the test of a number to its end; the error in which it ended, if it failed."""
        evaluation = self._functions.start({"test": number})
        try:
            while True:
                evaluation, error = self._advance(evaluation)
                if evaluation.done:
                    self.printed = evaluation.printed.decode(errors="replace")
                    self.fuel = evaluation.fuel_used + self._lost + self._decider.fuel
                    return error
        finally:
            evaluation.close()
            for attempt in self._attempts:
                attempt.close()
            self._decider.close()

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
                self._decide(evaluation, call.arguments)
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

    def _decide(self, evaluation: Evaluation, arguments: tuple[Any, ...]) -> None:
        try:
            decided = self._decider.decide(*arguments)
        except NoDecision as reason:
            evaluation.refuse(str(reason))
        else:
            evaluation.answer(decided)

    def _go_back(self, evaluation: Evaluation, error: RuleError) -> tuple[Evaluation, EvaluationError | None]:
        """What was attempted has failed: go on where it began."""
        before = self._attempts.pop()
        self._lost += evaluation.fuel_used - before.fuel_used
        if before.fuel_used + self._lost > self._functions.limits.fuel:
            before.close()
            return evaluation, FuelExhausted("out of fuel: the test used up its budget", fuel=self._lost)
        before.answer(plain_message(error))
        return before, None
