"""An evaluation that tells what it does: instruction by instruction, at the cost and with the result of an ordinary one.

The guest records (`guest/machine/tracing.py`); this file collects what it tells, entry by entry, and believes none of it:
whoever interprets an entry checks it. Explanations (`explain/`) and profiles (`profile/`) stand on this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from ringfence.abi import Kind, Status
from ringfence.decision import Decision
from ringfence.errors import EvaluationError
from ringfence.evaluation import Evaluation, Shared
from ringfence.functions import Answer
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE
from ringfence.snapshot import State

ROOM_FOR_TELLING = MEBIBYTE
"""Bytes of memory beyond the event's limit, for what the guest writes down."""

SLOWNESS = 100
"""How much longer than its deadline a traced event may take,"""

LEAST_DEADLINE = 10.0
"""and seconds that it has in any case: it runs some hundred times slower than it does alone."""

Entry = list[Any]
"""One entry of a trace: a JSON array from the guest, whose shape is not known to be right."""


class Subject(IntEnum):
    """What a trace tells beside the rules, as `guest/machine/tracing.py` numbers it."""

    VALUES = 0
    LINES = 1


class TracedEvaluation(Evaluation):
    """An evaluation whose steps are told. `entries` consumes what has been told so far."""

    def __init__(self, shared: Shared, isolate: Isolate, state: State, *, is_own: bool) -> None:
        super().__init__(shared, isolate, state, is_own=is_own)
        self.subject = Subject.VALUES
        self._told: list[bytes] = []
        self.answered: Answer | None = None
        """What the guest answered in the end: status, rule, fuel and text, as `Isolate.result` gives them,"""
        self.line = b""
        """and the whole output line; empty if the guest broke."""

    @classmethod
    def traced(cls, shared: Shared, event: bytes, subject: Subject, now: int | None) -> TracedEvaluation:
        """Take an event in hand, in an isolate of its own."""
        isolate = shared.pool.spacious(ROOM_FOR_TELLING)
        isolate.set_deadline(max(SLOWNESS * shared.budget.deadline, LEAST_DEADLINE))
        if now is not None:
            isolate.set_now(now)
        state = State(shared.budget.fuel, 0, 0, 0.0, is_calling=False, is_starved=False, calls={})
        evaluation = cls(shared, isolate, state, is_own=True)
        evaluation.subject = subject
        evaluation._run(lambda held: held.begin(event, 0))
        return evaluation

    def _go_on(self, fuel: int | None) -> None:
        if self._is_starved:
            return self._run(lambda isolate: isolate.end(Kind.FUEL))
        reply = self._reply
        if reply is not None:
            return self._run(lambda isolate: isolate.answer(reply, 0))
        return self._run(self._trace)

    def _trace(self, isolate: Isolate) -> Status:
        status, told = isolate.trace(self.subject)
        self._told.append(told)
        return status

    def _finish(self, isolate: Isolate) -> None:
        self.answered, self.line = isolate.result(), isolate.output()
        super()._finish(isolate)

    def entries(self) -> Iterator[Entry]:
        """What the event does, while it runs to its end. What cannot be read is left out."""
        while True:
            while self._told:
                yield from read_entries(self._told.pop(0))
            if self.done:
                return
            self.step()

    def outcome(self) -> tuple[Decision | None, EvaluationError | None]:
        """The decision, or the error that the event ended in."""
        try:
            return self.result(), None
        except EvaluationError as error:
            return None, error


def read_entries(told: bytes) -> list[Entry]:
    """The entries of a piece of a trace: JSON arrays, each after a comma."""
    try:
        entries = json.loads(b"[" + told.removeprefix(b",") + b"]")
    except (ValueError, RecursionError):
        return []
    return [entry for entry in entries if isinstance(entry, list) and entry]
