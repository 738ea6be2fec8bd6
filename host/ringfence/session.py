"""Sessions: one isolate whose persistent state lives on from event to event.

The guest keeps the state (`guest/heap/session.py`); this sees to the order of events, to a state that fills the memory, and to
the end: a guest that broke takes the state with it, so the session is over then, and says so. `RuleSet.session` makes sessions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from ringfence.abi import RECORD, RECORD_CALLING
from ringfence.batch import JSON_BLANKS, error_part, joined, single_part
from ringfence.checkpoint import RunSettings, SessionState
from ringfence.closing import Closable
from ringfence.decision import Decision
from ringfence.engine import Engine
from ringfence.errors import ClosedError, EvaluationError, IsolateTrapped, MemoryExceeded
from ringfence.events import Event, chunks, encode_event, event_limit, told, too_large
from ringfence.files import TableFile, checked_paths, evaluate_source, run_file
from ringfence.functions import NO_FUNCTIONS, Answer, HostFunctions, Refusal, answer_requests
from ringfence.heap.examine import read_heap
from ringfence.heap.heap import Heap, checked_scope
from ringfence.instance import IsolateBroken, no_room
from ringfence.isolate import Isolate, Part
from ringfence.limits import Budget
from ringfence.lines import LineCoverage
from ringfence.results import Results, failed, parsed_error
from ringfence.resumable import CHECKPOINT_INTERVAL, run_file_resumably
from ringfence.statistics import Statistics
from ringfence.stream import Decided, Source
from ringfence.turns import Turns

Made = TypeVar("Made")

NEXT_SESSION = "Open another session: its state begins as the bundle was loaded."


class Session(Closable):
    """Decides events one after the other, each with the state that those before it left. Threads take turns.

    A host function that an event calls cannot use the session that decides the event: that raises `RuntimeError`.
    """

    def __init__(
        self,
        engine: Engine,
        isolate: Isolate,
        results: Results,
        budget: Budget,
        bundle_digest: str = "",
        functions: HostFunctions = NO_FUNCTIONS,
        lines: LineCoverage | None = None,
    ) -> None:
        """Raises `MemoryExceeded` if the limit leaves no room for state. Made by `RuleSet.session`."""
        self._engine = engine
        self._isolate = isolate
        self._results = results
        self._budget = budget
        self._bundle_digest = bundle_digest
        self._functions = functions
        self._largest_event = event_limit(budget.memory)
        self._turns = Turns()
        self._closed = False
        self._lines = lines
        """What a covered session adds to when it is closed."""
        self._over: IsolateTrapped | None = None
        """Why no more events are decided, when the guest broke."""
        try:
            has_room = isolate.open_session()
        except IsolateBroken as broken:
            raise broken.error from None
        if not has_room:
            isolate.close()
            raise MemoryExceeded("the memory limit leaves no room for the state of a session")
        self._memory_bytes = len(isolate.memory())

    def evaluate(self, event: Event, now: float | None = None) -> Decision:
        """Decide one event, as `RuleSet.evaluate` does.

        An event that fails has done to the state what it did before it failed. Raises `ClosedError` when the session is over.
        """
        data = encode_event(event)
        if len(data) > self._largest_event:
            raise too_large(self._largest_event)
        moment = told(now)
        with self._turns:
            self._check_open()
            try:
                (status, rule, fuel, text), refusal = self._decide_one(data, moment)
                if status:
                    error = parsed_error(text, fuel)
                    if refusal is not None:
                        raise refusal.as_error(error) from refusal.cause
                    raise error
                if self._results.lists_rules:
                    return self._results.from_line(self._isolate.output())
                return self._results.decision(text, rule, fuel)
            except IsolateBroken as broken:
                self._finish(broken.error)
                raise broken.error from None
            except IsolateTrapped as trapped:
                self._finish(trapped)
                raise

    def evaluate_batch(self, events: Iterable[Event], now: float | None = None) -> Iterator[Decision]:
        """Decide many events, in order. Errors are values, `Decision.error`, also of the events after the session's end.

        `now` is the time of all of them, as in `RuleSet.evaluate`.
        """
        moment = told(now)
        for chunk in chunks(events):
            lines = joined(chunk, self._largest_event)
            if lines is None or lines.count(b"\n") != len(chunk):
                for event in chunk:
                    yield self._decision_or_error(event, now)
            else:
                for part in self._decide_lines(lines, len(chunk), moment):
                    yield from self._decisions(part)

    def run_file(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str],
        now: float | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_interval: float = CHECKPOINT_INTERVAL,
    ) -> int:
        """Decide every event of a file into another, as `RuleSet.run_file` does; the number of events.

        `checkpoint` is as for `RuleSet.run_file`. It holds the state as well: where there is one, this session goes on with
        the state that it holds, whatever it has decided before.
        """
        events, decisions = checked_paths(source, target)
        if checkpoint is None:
            decide = partial(self._decide_lines, now=told(now))
            return run_file(decide, self._budget.memory, self._results, events, decisions, workers=1)
        return run_file_resumably(
            lambda lines, start: self.evaluate_stream(lines, now, start=start),
            events,
            decisions,
            Path(checkpoint),
            RunSettings.of(
                self._bundle_digest, self._engine.guest.digest, self._budget, now=now, session=True
            ),
            session=self,
            interval=checkpoint_interval,
        )

    def evaluate_stream(
        self, source: Source | TableFile, now: float | None = None, *, start: int = 0
    ) -> Iterator[Decided]:
        """Decide every event of an open file, which stands at the offset `start`, one block at a time."""
        decide = partial(self._decide_lines, now=told(now))
        return evaluate_source(decide, self._budget.memory, source, workers=1, start=start)

    @property
    def memory_bytes(self) -> int:
        """The size of the isolate's memory: a session takes all of it when it opens."""
        return self._memory_bytes

    def save_state(self) -> SessionState:
        """All that this session is, for a checkpoint."""
        with self._turns:
            if self._over is not None:
                return SessionState(b"", self._over.message)
            self._check_open()
            return SessionState(self._isolate.save())

    def restore_state(self, state: SessionState) -> None:
        """Go on as the session whose state this is, of the same bundle and limits."""
        with self._turns:
            self._check_open()
            if state.over is not None:
                self._over = IsolateTrapped(state.over, advice=NEXT_SESSION)
                self._isolate.close()
            else:
                self._isolate.take_over(state.memory)

    def collect(self) -> Statistics:
        """Free all that is dead. The statistics since the session began; `live_bytes` are those of the state and of buffers."""
        with self._turns:
            self._check_open()
            try:
                self._isolate.collect()
            except IsolateBroken as broken:
                self._finish(broken.error)
                raise broken.error from None
            return self._isolate.event_statistics()

    def stats(self) -> Statistics:
        """What all events so far cost, and what the collector did for them. `live_bytes` may still count what is dead."""
        with self._turns:
            self._check_open()
            return self._isolate.event_statistics()

    def heap(self, *, scope: str = "event", raw: bool = False) -> Heap:
        """What is alive and why: the state, with the buffers of the guest; with the scope `all`, the bundle as well."""
        with self._turns:
            self._check_open()
            return read_heap(self._engine, self._isolate, checked_scope(scope), raw=raw)

    def close(self) -> None:
        """Forget the state and free its memory. Later events raise `ClosedError`."""
        with self._turns:
            if self._lines is not None and self._over is None and not self._closed:
                self._lines.take(self._isolate)
            self._closed = True
            self._isolate.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("this session is closed", advice=NEXT_SESSION)
        if self._over is not None:
            raise ClosedError(self._over.message, advice=NEXT_SESSION)

    def _finish(self, error: EvaluationError) -> None:
        """The guest broke, and the state with it."""
        self._over = IsolateTrapped(
            f"the session is over, because its guest broke: {error.message}", advice=NEXT_SESSION
        )
        self._isolate.close()

    def _decide_one(self, event: bytes, now: int | None) -> tuple[Answer, Refusal | None]:
        """Decide one event, functions of the host included; a strained session takes an event back that needs more memory
        than there is."""
        isolate = self._isolate
        if not isolate.make_room(len(event)):
            raise no_room(len(event))
        if not isolate.is_strained:
            return self._evaluate(event, now)
        (answer, refusal), is_refused = self._try(lambda: self._evaluate(event, now))
        if is_refused:
            raise taken_back(answer[2])
        return answer, refusal

    def _try(self, decide: Callable[[], Made]) -> tuple[Made, bool]:
        """Decide events and take them back if they need more memory than there is, or are interrupted; whether they need it."""
        isolate = self._isolate
        saved = isolate.save()
        try:
            decided = decide()
        except BaseException:
            if isolate.is_open:
                isolate.restore(saved)
            raise
        is_refused = isolate.is_refused
        if is_refused:
            isolate.restore(saved)
        return decided, is_refused

    def _evaluate(self, event: bytes, now: int | None) -> tuple[Answer, Refusal | None]:
        if now is not None:
            self._isolate.set_now(now)
        answer = self._isolate.evaluate(event)
        if answer[0] != RECORD_CALLING:
            return answer, None
        return answer_requests(self._functions, self._isolate, answer, self._budget.deadline)

    def _batch(self, lines: memoryview, count: int, now: int | None) -> Part:
        """`Isolate.batch`; of a bundle that calls the host, one line at a time."""
        if not self._functions:
            if now is not None:
                self._isolate.set_now(now)
            return self._isolate.batch(lines, count)
        line = bytes(lines[: bytes(lines).index(b"\n") + 1])
        if not line.strip(JSON_BLANKS + b"\n"):
            return Part(len(line), 0, b"", b"")
        return single_part(self._isolate, self._evaluate(line[:-1], now)[0], len(line))

    def _decision_or_error(self, event: Event, now: float | None) -> Decision:
        if self._over is not None:
            return failed(self._over)
        try:
            return self.evaluate(event, now)
        except EvaluationError as error:
            return failed(error)

    def _decisions(self, part: Part) -> list[Decision]:
        try:
            return self._results.decisions(part)
        except IsolateTrapped as trapped:
            with self._turns:
                self._finish(trapped)
            raise

    def _decide_lines(self, lines: bytes, count: int, now: int | None) -> list[Part]:
        """Decide complete lines. When the session ends on the way, each event that is left has an error that says so."""
        parts: list[Part] = []
        rest, left = memoryview(lines), count
        with self._turns:
            if self._over is None:
                self._check_open()
            try:
                while rest and self._over is None:
                    part = self._decide_some(rest, left, now)
                    parts.append(part)
                    rest, left = rest[part.consumed :], left - part.count
            except IsolateBroken as broken:
                self._finish(broken.error)
            if rest and self._over is not None:
                over = self._over
                left_over = [line for line in bytes(rest).split(b"\n") if line.strip(JSON_BLANKS)]
                parts += [error_part(over, len(line) + 1) for line in left_over]
        return parts

    def _decide_some(self, lines: memoryview, count: int, now: int | None) -> Part:
        """Decide the first of these lines: as many as the guest does in one call, one if memory is short."""
        isolate = self._isolate
        if not isolate.make_room(len(lines)):
            fitting = bytes(lines[: isolate.input_capacity]).rfind(b"\n") + 1
            if fitting == 0:
                length = bytes(lines).index(b"\n") + 1
                return error_part(no_room(length), length)
            lines = lines[:fitting]
        if not isolate.is_strained:
            return self._batch(lines, count, now)
        part, is_refused = self._try(lambda: self._batch(lines, count, now))
        if not is_refused:
            return part
        fuel = RECORD.unpack_from(part.records)[2]
        return error_part(taken_back(fuel), part.consumed, part.printed)


def taken_back(fuel: int) -> MemoryExceeded:
    """The error of an event that needs more memory than the state of its session leaves."""
    return MemoryExceeded(
        "the state of this session fills its memory, and the event would add to it: the event was taken back",
        fuel=fuel,
        advice="Let events remove what is not needed any more, or raise Limits(memory=...).",
    )
