"""An evaluation in hand: one event that is decided in slices of fuel, stops at any instruction, and waits for as long as it must.

The guest keeps the whole state of the event in its isolate's memory (`guest/machine/held.py`), so nothing runs between two steps,
and the memory can be copied: to a fork, to a snapshot, or while many evaluations wait, to a few kilobytes that need no isolate
(`parking.py`). `RuleSet.start` makes evaluations, `resume` brings them back from snapshots.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from time import monotonic
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from ringfence.abi import Kind, Status
from ringfence.closing import Closable
from ringfence.decision import Decision
from ringfence.delta import Delta
from ringfence.derivation import UNREPEATABLE_NAMES, Recording
from ringfence.errors import ClosedError, EvaluationError, IsolateTrapped, UsageError
from ringfence.functions import CallCounts, HostCall, HostFunction, HostFunctions, Refusal, failed_call
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import MAXIMUM_FUEL, Budget
from ringfence.parking import LIVE, Parked, is_crowded
from ringfence.pool import Pool
from ringfence.provenance import Provenance
from ringfence.receipt import Receipt
from ringfence.results import Results, parsed_error
from ringfence.snapshot import State, seal
from ringfence.where import Where


class Suspension(StrEnum):
    """What an evaluation waits for."""

    FUEL = "fuel"
    """Another `step`; or `refuel`, if `fuel_left` is too little for the next instruction."""

    CALL = "host call"
    """An answer to `call`: the next `step` gets it from the rule set's function, unless `answer` or `refuse` comes first."""


COPYING_DEADLINE = 10.0
"""Seconds for the guest to make itself small and to list what there is to copy: bounded by its memory, not by what rules do."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all evaluations of a rule set share."""

    budget: Budget
    results: Results
    functions: HostFunctions
    pool: Pool
    provenance: Provenance


Subject = TypeVar("Subject", bound="Evaluation")
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def exclusive(
    method: Callable[Concatenate[Subject, Parameters], Answer],
) -> Callable[Concatenate[Subject, Parameters], Answer]:
    """A method that uses the isolate: another thread is refused meanwhile, for two in one memory would crash the process."""

    @wraps(method)
    def guarded(self: Subject, /, *arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
        if not self._turn.acquire(blocking=False):
            raise UsageError(
                "this evaluation is in use by another thread",
                advice="Let threads take turns, with a lock of your own, or give each a fork().",
            )
        try:
            return method(self, *arguments, **named)
        finally:
            self._turn.release()

    return guarded


class Evaluation(Closable):
    """One event in hand, for one thread at a time. Close it, or use it in a `with` statement, if it may not come to its end."""

    def __init__(self, shared: Shared, isolate: Isolate, state: State, *, is_own: bool) -> None:
        """An evaluation that is in an isolate, or is about to begin there. Made by `RuleSet.start`, `resume` and `fork`.

        `is_own`: the isolate is not for other events, because its memory was written by others than its guest.
        """
        self._shared = shared
        self._turn = threading.RLock()
        """Held by the thread that does something. A function of the host, on the same thread, may look at its own evaluation."""
        self._isolate: Isolate | None = isolate
        self._parked: Parked | None = None
        """The memory, while there is no isolate."""
        self._is_own = is_own
        self._limit = state.limit
        self._granted = state.granted
        """Units that all steps so far allow to be spent; reading the event is no step's."""
        self._fuel = state.used
        self.seconds = state.seconds
        """How long the steps have taken so far."""
        self._counts = CallCounts(dict(state.calls))
        self._call: HostCall | None = None
        """What a rule has asked for and the guest has no answer to yet."""
        self._reply = state.reply
        """The answer to it, if it is here already."""
        self._refusal: Refusal | None = None
        self._recording: Recording | None = None
        self._is_starved = state.is_starved
        self._decision: Decision | None = None
        self._error: EvaluationError | None = None
        self.printed = state.printed
        """What the rules have printed so far, as UTF-8."""
        LIVE.add(self)

    @classmethod
    def begun(
        cls, shared: Shared, isolate: Isolate, event: bytes, recording: Recording | None = None
    ) -> Self:
        """Take an event in hand; with `recording`, so that there can be a receipt for it."""
        state = State(shared.budget.fuel, 0, 0, 0.0, is_calling=False, is_starved=False, calls={})
        evaluation = cls(shared, isolate, state, is_own=False)
        evaluation._recording = recording
        evaluation._run(lambda held: held.begin(event, 0))
        evaluation._granted = evaluation._fuel
        return evaluation

    @classmethod
    def resumed(cls, shared: Shared, state: State, delta: Delta) -> Self:
        """Go on from a copy of an evaluation, in an isolate of its own. The memory may be anybody's, so it is not believed."""
        try:
            isolate = shared.pool.fresh()
            isolate.adopt(delta, state.limit, state.used)
        except IsolateBroken as broken:
            raise broken.error from None
        evaluation = cls(shared, isolate, state, is_own=True)
        if state.is_calling:
            evaluation._guarded(evaluation._ask_again)
        evaluation._park_if_crowded()
        return evaluation

    @property
    def done(self) -> bool:
        """Whether the event has ended: in a decision or in an error, which `result` tells."""
        return self._decision is not None or self._error is not None

    @property
    def suspended_on(self) -> Suspension | None:
        """What the evaluation waits for; None when it is done."""
        if self.done:
            return None
        return Suspension.FUEL if self.call is None else Suspension.CALL

    @property
    def call(self) -> HostCall | None:
        """The call of a host function that waits for its answer."""
        return self._call if self._reply is None else None

    @property
    def fuel_used(self) -> int:
        """Units spent so far."""
        return self._fuel

    @property
    def fuel_left(self) -> int:
        """Units that the evaluation may still spend, over all steps."""
        return max(0, self._limit - self._fuel)

    @property
    @exclusive
    def where(self) -> Where | None:
        """Where the evaluation stands, and what the local variables hold there; None when it is done. Looking changes nothing.

        It takes a copy of the evaluation, as `fork` does. Raises `MemoryExceeded` if there is no memory for that.
        """
        if self.done:
            return None
        state, delta = self._copied(settles=False)
        try:
            copy = self._shared.pool.spacious()
            copy.set_deadline(COPYING_DEADLINE)
            copy.adopt(delta, state.limit, state.used)
            text = copy.locate()
            try:
                where = Where.from_json(text)
            except ValueError as failure:
                raise copy.broken(failure) from failure
            copy.close()
        except IsolateBroken as broken:
            raise broken.error from None
        return where

    @exclusive
    def step(self, fuel: int | None = None) -> bool:
        """Go on for `fuel` units (default: all that are left), or until a rule calls the host; whether the event has ended.

        An instruction is not divided: one that costs more than its step allows completes, and the steps after it pay for it. When
        the evaluation's fuel is spent it stops, and may be given more by `refuel`; the next step without that ends it with
        `FuelExhausted`. If it waits for the host, the function is called first. A step that takes longer than the deadline
        ends the event with `DeadlineExceeded`. Errors of the event are raised by `result`.
        """
        if fuel is not None and (isinstance(fuel, bool) or not isinstance(fuel, int) or fuel < 1):
            raise UsageError(f"a step takes a number of units of fuel, at least 1, not {fuel!r}")
        if self.done:
            return True
        self._check_open()
        if self.call is not None:
            self._ask(self.call)
        if not self.done:
            self._go_on(fuel)
        return self.done

    @exclusive
    def answer(self, result: Any) -> None:
        """Answer `call` with a JSON value instead of the rule set's function. Raises `UsageError` if nothing was asked."""
        call = self._asked()
        try:
            self._replied(call, self._shared.functions.reply(call, result))
        except Refusal as refusal:
            self._refuse(refusal)

    @exclusive
    def refuse(self, reason: str) -> None:
        """Let `call` fail: the event ends in a `HostFunctionError` that gives this reason."""
        call = self._asked()
        self._refuse(Refusal(f"{call.function}: {reason}", call.function))

    @exclusive
    def begin_call(self) -> HostFunction | None:
        """The rule set's function for `call`, which counts as called; None if its limits end the event instead.

        For whoever calls it in a way of their own, and then tells by `answer` or `fail` what came of it.
        """
        try:
            return self._shared.functions.admit(self._asked(), self._counts)
        except Refusal as refusal:
            self._refuse(refusal)
            return None

    @exclusive
    def fail(self, failure: Exception) -> None:
        """Let `call` fail with an exception of its function: the event ends in a `HostFunctionError` that it caused."""
        self._refuse(failed_call(self._asked(), failure))

    @exclusive
    def refuel(self, units: int) -> None:
        """Let the evaluation spend so many units more than its limit."""
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise UsageError(f"fuel is a positive number of units, not {units!r}")
        if self._limit + units > MAXIMUM_FUEL:
            raise UsageError(f"an evaluation may have at most {MAXIMUM_FUEL} units of fuel")
        if self.done:
            raise UsageError("the evaluation is done: it needs no fuel any more")
        self._check_open()
        self._guarded(lambda: self._held().add_fuel(units))
        self._limit += units
        self._is_starved = False
        self._park_if_crowded()

    @exclusive
    def expire(self) -> None:
        """End the event where it is, as one that took too long: for whoever bounds the time of all its steps together."""
        if not self.done:
            self._run(lambda isolate: isolate.end(Kind.DEADLINE))

    @exclusive
    def snapshot(self, *, bundle: bool = True) -> bytes:
        """The evaluation as bytes, which `Runtime.resume` continues in any process that has the same guest.

        With `bundle=False` they are smaller, and `RuleSet.resume` continues them where the same bundle is loaded. This evaluation
        stays as it is. Raises `UsageError` when it is done.
        """
        state, delta = self._copied(settles=True)
        provenance = self._shared.provenance
        return seal(provenance.origin, state, delta, provenance.section if bundle else None)

    @exclusive
    def fork(self) -> Self:
        """Another evaluation in the same state, which goes on independently. Raises `UsageError` when this one is done."""
        return self.resumed(self._shared, *self._copied(settles=False))

    def result(self) -> Decision:
        """The decision, after all the steps that are left. Raises the `EvaluationError` that the event ended in."""
        while not self.done:
            self.step()
        if self._error is not None:
            # Each time anew: an exception that is raised again keeps the tracebacks of all times before.
            error = self._error.with_traceback(None)
            raise error from (self._refusal.cause if self._refusal is not None else None)
        assert self._decision is not None
        return self._decision

    def receipt(self) -> Receipt | None:
        """What it takes to derive the outcome once more, anywhere; None when it ended at a deadline or in a trap.

        The event is decided again for it, in one go. Raises `UsageError` while the evaluation is not done, if it was not started
        with `receipt=True`, or was given more fuel than its limit.
        """
        if not self.done:
            raise UsageError("the evaluation is not done: there is no receipt for it yet")
        if self._recording is None:
            raise UsageError(
                "no receipt was asked for: start the event with rules.start(event, receipt=True)"
            )
        if self._limit != self._shared.budget.fuel:
            raise UsageError(
                "the evaluation was given more fuel than its limit: raise Limits(fuel=...) instead"
            )
        if self._error is not None and self._error.kind in UNREPEATABLE_NAMES:
            return None
        return self._recording.receipt()

    @exclusive
    def close(self) -> None:
        """Drop the evaluation and free its memory, wherever it is. Its result is kept, if it has one."""
        self._parked = None
        isolate = self._release()
        if isolate is not None:
            isolate.close()

    def _check_open(self) -> None:
        if self._isolate is None and self._parked is None:
            raise ClosedError("this evaluation is closed", advice="Start the event again.")

    def _held(self) -> Isolate:
        """The isolate that the evaluation is in; in one again, if it was parked."""
        self._check_open()
        if self._parked is not None:
            isolate = self._shared.pool.fresh()
            isolate.adopt(self._parked.delta(), self._limit, self._fuel)
            self._parked = None
            self._isolate, self._is_own = isolate, True
            LIVE.add(self)
        assert self._isolate is not None
        return self._isolate

    def _release(self) -> Isolate | None:
        """Let go of the isolate, if there is one."""
        LIVE.discard(self)
        isolate, self._isolate = self._isolate, None
        return isolate

    def _park(self) -> None:
        """Keep a small copy of the memory instead of the isolate, unless the event has ended."""
        isolate = self._isolate
        if isolate is None or self.done:
            return
        isolate.set_deadline(COPYING_DEADLINE)
        isolate.settle()
        self._parked = Parked(isolate.delta())
        self._release()
        isolate.close()

    def _copied(self, *, settles: bool) -> tuple[State, Delta]:
        """All that the evaluation is, at this moment."""
        if self.done:
            raise UsageError("the evaluation is done: keep its result instead")
        self._check_open()
        state = State(
            self._limit,
            self._granted,
            self._fuel,
            self.seconds,
            self._call is not None,
            self._is_starved,
            self._counts.made,
            self.printed,
            self._reply,
        )
        if self._parked is not None:
            return state, self._parked.delta()
        isolate = self._held()
        isolate.set_deadline(COPYING_DEADLINE)
        try:
            if settles:
                isolate.settle()
            return state, isolate.delta()
        except IsolateBroken as broken:
            self._fail(broken.error)
            raise broken.error from None
        finally:
            isolate.set_deadline(self._shared.budget.deadline)

    def _asked(self) -> HostCall:
        if not self.done:
            self._check_open()
        if self.call is None:
            raise UsageError("no rule waits for an answer: see suspended_on")
        return self.call

    def _go_on(self, fuel: int | None) -> None:
        if self._is_starved:
            return self._run(lambda isolate: isolate.end(Kind.FUEL))
        self._granted = self._limit if fuel is None else min(self._granted + fuel, self._limit)
        units, reply = self._granted - self._fuel, self._reply
        if units <= 0 and self._granted < self._limit:
            return None  # the last instruction was dearer than its step
        if reply is None:
            return self._run(lambda isolate: isolate.proceed(units))
        return self._run(lambda isolate: isolate.answer(reply, units))

    def _ask(self, call: HostCall) -> None:
        """Get the answer from the rule set's function."""
        try:
            self._replied(call, self._shared.functions.call(call, self._counts))
        except Refusal as refusal:
            self._refuse(refusal)

    def _replied(self, call: HostCall, reply: bytes) -> None:
        self._reply = reply
        if self._recording is not None:
            self._recording.answered(call, reply)

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = refusal
        if self._recording is not None and self._call is not None:
            self._recording.refused(self._call, refusal.reason)
        self._run(lambda isolate: isolate.refuse(refusal.reason))

    def _run(self, enter: Callable[[Isolate], Status]) -> None:
        """Let the guest run, and note where it stopped."""
        self._guarded(lambda: self._note(enter))
        self._park_if_crowded()

    def _park_if_crowded(self) -> None:
        if is_crowded():
            self._guarded(self._park)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do something with the isolate; when its guest breaks, that is how the event ends."""
        try:
            act()
        except IsolateBroken as broken:
            self._fail(broken.error)
        except IsolateTrapped as trapped:
            self._fail(trapped)

    def _fail(self, error: EvaluationError) -> None:
        """The isolate is lost."""
        self.close()
        self._error = error

    def _note(self, enter: Callable[[Isolate], Status]) -> None:
        isolate = self._held()
        began = monotonic()
        status = enter(isolate)
        self.seconds += monotonic() - began
        self._fuel = isolate.fuel_used
        self.printed += isolate.take_printed()
        if status == Status.CALLING:
            self._call, self._reply = self._requested(isolate), None
        elif status != Status.STARVED or not isolate.awaits_answer:
            self._call = self._reply = None
        self._is_starved = status == Status.STARVED
        if status == Status.DONE:
            self._finish(isolate)

    def _ask_again(self) -> None:
        """The evaluation was copied while a rule waited for the host: read its request once more."""
        self._call = self._requested(self._held())

    def _requested(self, isolate: Isolate) -> HostCall:
        try:
            return self._shared.functions.request(isolate.result()[3])
        except ValueError as failure:
            raise isolate.broken(failure) from failure

    def _finish(self, isolate: Isolate) -> None:
        """The event has ended: note how, and give the isolate back if it is as any other."""
        status, rule, fuel, text = isolate.result()
        self._fuel = fuel
        if status:
            error = parsed_error(text, fuel)
            self._error = error if self._refusal is None else self._refusal.as_error(error)
        elif self._shared.results.lists_rules:
            self._decision = self._shared.results.from_line(isolate.output())
        else:
            self._decision = self._shared.results.decision(text, rule, fuel)
        self._release()
        is_whole = not isinstance(self._error, IsolateTrapped)
        if self._limit == self._shared.budget.fuel and not self._is_own and is_whole:
            self._shared.pool.give(isolate)
        else:
            isolate.close()
