"""A conversation: source that is run chunk by chunk in one isolate, with a bundle's modules if there is a bundle.

Variables stay from chunk to chunk, each of which may use the limits of a program. `decide(event)` asks the bundle's own rules, in
isolates and under limits of their own. Relies on scopes (`handles/live_heap.py`); `console.py` talks through this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ringfence.bundle import Bundle, BundleUse
from ringfence.closing import Closable
from ringfence.errors import BundleError, EvaluationError, RingfenceError
from ringfence.functions import Functions, HostFunctions, Refusal
from ringfence.handles.wire import Operation
from ringfence.limits import Limits
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.testing.decider import (
    ATTEMPT,
    DECIDE,
    EVENT,
    FUNCTIONS_OF_TESTS,
    SUCCEEDED,
    Decider,
    NoDecision,
)
from ringfence.testing.fakes import Fakes

NO_RULES = "there are no rules: start the repl with a bundle, `ringfence repl BUNDLE`"
NO_ATTEMPTS = "assert_fails is for tests: here, call the function and see"
EMPTY = {"main.star": ""}
"""The files of a bundle for conversations without one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a chunk came to."""

    text: str | None
    """The value of the expression at its end, as the language writes it; None for None, and for errors."""
    printed: str
    error: RingfenceError | None
    fuel: int
    """Units, those of its decisions not counted."""


class Conversation(Closable):
    """Chunks of source with shared variables. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        bundle: Bundle | None = None,
        *,
        options: tuple[str, ...] = (),
        limits: Limits | None = None,
        functions: Functions | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        """`limits` are those of each chunk, completed by those of programs; `options` are the dialect's, besides the bundle's.

        Raises `BundleError`, or a limit's own error.
        """
        self._runtime = runtime or Runtime()
        self._bundle = bundle
        base = bundle if bundle is not None else Bundle.from_sources(EMPTY)
        manifest = base.manifest
        budget = self._runtime.program_budget(limits)
        self.limits = Limits(fuel=budget.fuel, memory=budget.memory, deadline=budget.deadline)
        """Of each chunk; the memory is for all of them together."""
        declared = {**manifest.functions, **FUNCTIONS_OF_TESTS}
        self._fakes = Fakes(manifest.functions, functions or {})
        self._decider: Decider | None = None
        self._rules: RuleSet | None = None
        whole = replace(
            base,
            manifest=replace(
                manifest, functions=declared, options=tuple(dict.fromkeys((*manifest.options, *options)))
            ),
        )
        provided: Functions = {
            **self._fakes.functions,
            DECIDE: self._decide,
            EVENT: lambda event: event,
            ATTEMPT: _refuse_attempt,
            SUCCEEDED: _refuse_attempt,
        }
        loaded = self._runtime.load_bundle(whole, limits=self.limits, use=BundleUse.CONVERSATION)
        self._modules = loaded.rule_set(HostFunctions(declared, provided))
        self._heap = self._modules.enter()
        self._chunks = 0

    def run(self, source: str) -> Reply:
        """Run the next chunk. An error of the guest's own ends the conversation: see `is_open`."""
        self._chunks += 1
        before = self._heap.fuel_used
        text: str | None = None
        error: RingfenceError | None = None
        printed = b""
        try:
            value = self._heap.interpret(source, f"<{self._chunks}>")
            printed = self._heap.printed
            if value is not None:
                text = self._heap.ask(Operation.REPR, value)
        except (BundleError, EvaluationError) as failure:
            error = failure
            printed = printed or self._heap.printed
        return Reply(text, printed.decode(errors="replace"), error, self._heap.fuel_used - before)

    def names(self) -> list[str]:
        """The names that a chunk may read."""
        return self._heap.variables()

    def attributes(self, path: str) -> list[str]:
        """The names of the attributes of a variable, or of an attribute of one, like `event.headers`. Runs nothing."""
        first, *rest = path.split(".")
        value = self._heap.get(first)
        for name in rest:
            value = self._heap.ask(Operation.ATTRIBUTE, value, name)
        return self._heap.names(value)

    @property
    def is_open(self) -> bool:
        """Whether more chunks can be run."""
        return self._heap.is_open

    @property
    def fuel_used(self) -> int:
        """Units that all chunks have used."""
        return self._heap.fuel_used

    def live_bytes(self) -> int:
        """What the chunks have made that is alive; frees the rest."""
        return self._heap.collect()

    def restart(self) -> None:
        """Forget all variables, and the state that decisions left."""
        self._heap.close()
        if self._decider is not None:
            self._decider.close()
            self._decider = None
        self._heap = self._modules.enter()

    def close(self) -> None:
        """Free everything."""
        self._heap.close()
        self._modules.close()
        if self._decider is not None:
            self._decider.close()
        if self._rules is not None:
            self._rules.close()

    def _decide(self, event: Any, now: Any, answers: Any) -> Mapping[str, Any]:
        """Loads the rules when they are first asked: what is wrong with them is nothing to those who do not ask."""
        if self._bundle is None:
            raise Refusal(NO_RULES, DECIDE)
        try:
            if self._rules is None:
                self._rules = self._runtime.load(self._bundle, functions=self._fakes.functions)
            if self._decider is None:
                self._decider = Decider(self._rules, self._fakes)
            return self._decider.decide(event, now, answers)
        except (NoDecision, RingfenceError) as failure:
            raise Refusal(str(failure), DECIDE) from failure


def _refuse_attempt() -> None:
    raise Refusal(NO_ATTEMPTS, ATTEMPT)
