"""A loaded bundle: an image, and a pool of isolates that were made from it.

Several threads may use one rule set: each evaluation holds an isolate of its own. `runtime.py` makes rule sets.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Generic

from ringfence.abi import RECORD_CALLING
from ringfence.batch import DecideLines, EventBatcher, evaluate_lines, one_by_one
from ringfence.checkpoint import RunSettings
from ringfence.closing import Closable
from ringfence.decision import Decision
from ringfence.derivation import Deriver, Recording
from ringfence.engine import Engine
from ringfence.errors import EvaluationError, IsolateTrapped
from ringfence.evaluation import Evaluation, Shared
from ringfence.events import Event, chunks, encode_event, event_limit, nanoseconds, told, too_large
from ringfence.explain.explanation import Explanation, explain
from ringfence.explain.lines import explained_lines
from ringfence.explain.outline import ROOM_FOR_OUTLINES, Outline, read_outlines
from ringfence.extras import extra
from ringfence.files import TableFile, checked_paths, evaluate_source, run_file
from ringfence.functions import NO_FUNCTIONS, Answer, HostFunctions, answer_requests
from ringfence.handles.brand import Brand, Unbranded
from ringfence.handles.live_heap import LiveHeap
from ringfence.heap.examine import checked_moment, event_heap, image_heap
from ringfence.heap.heap import Heap, Scope, checked_scope
from ringfence.image import Image
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate, Part
from ringfence.limits import Budget
from ringfence.lines import LineCoverage
from ringfence.pool import Pool
from ringfence.provenance import Provenance
from ringfence.receipt import Receipt
from ringfence.replay import Replay, replayed
from ringfence.results import Results, parsed_error
from ringfence.resumable import CHECKPOINT_INTERVAL, run_file_resumably
from ringfence.rule import Rule
from ringfence.session import Session
from ringfence.snapshot import Snapshot
from ringfence.statistics import Statistics
from ringfence.stream import Decided, Source
from ringfence.tracing import Subject, TracedEvaluation
from ringfence.waiting import finish, finish_with_receipt
from ringfence.workers import in_order, worker_count

CHEAP_FUEL = 10_000
"""An evaluation that cost less cannot have grown the memory much: allocation is charged by size."""


class RuleSet(Closable, Generic[Brand]):
    """Rules that decide events. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        engine: Engine,
        image: Image,
        budget: Budget,
        results: Results,
        provenance: Provenance,
        has_state: bool = False,
        functions: HostFunctions = NO_FUNCTIONS,
        brand: type[Brand] | None = None,
        lines: LineCoverage | None = None,
    ) -> None:
        self._engine = engine
        self._image = image
        self._results = results
        self._functions = functions
        self._lists_rules = results.lists_rules
        self._lines = lines
        # Outside a session an event finds persistent state as it was loaded: in an isolate of its own.
        self._pool = Pool(engine, image, budget, is_pristine=has_state, lines=lines)
        self._idle = self._pool.idle
        self._provenance = provenance
        self._shared = Shared(budget, results, functions, self._pool, provenance)
        self._deriver = Deriver(engine, self._pool, budget, results, functions, provenance)
        self._largest_event = event_limit(budget.memory)
        self._brand: type[Brand] | type[Unbranded] = brand or Unbranded
        self._outlines: Mapping[str, Outline] | None = None
        self.limits = budget
        """What each event may use."""
        self.has_state = has_state
        """Whether the bundle declares `persistent` state, so that a `session` remembers what events did."""
        self.bundle_digest = provenance.bundle
        """`Bundle.digest` of what was loaded."""

    def evaluate(self, event: Event, now: float | None = None, *, receipt: bool = False) -> Decision:
        """Decide one event: a dict, or JSON as bytes or text. Raises an `EvaluationError` when that fails.

        `now` is the event's time, in seconds since 1970 in UTC: what `time.now()` tells the rules, and what their periods of
        validity are held against. Without it they have no clock. With `receipt`, the decision or the error has a `receipt`
        that says how to derive it once more.
        """
        if receipt:
            return self._receipted(event, now)
        data = event if isinstance(event, bytes) else encode_event(event)
        if len(data) > self._largest_event:
            raise too_large(self._largest_event)
        moment = None if now is None else nanoseconds(now)
        try:
            isolate = self._idle.pop()
        except IndexError:
            isolate = self._pool.fresh()
        try:
            if moment is not None:
                isolate.set_now(moment)
            status, rule, fuel, text = isolate.evaluate(data)
            if status:
                if status != RECORD_CALLING:
                    raise parsed_error(text, fuel)
                rule, fuel, text = self._answer_requests(isolate, (status, rule, fuel, text))
            if self._lists_rules:
                decision = self._results.from_line(isolate.output())
            else:
                decision = self._results.decision(text, rule, fuel)
        except IsolateBroken as broken:
            raise broken.error from None
        except IsolateTrapped:
            isolate.close()
            raise
        except EvaluationError:
            self._pool.give(isolate)
            raise
        if fuel > CHEAP_FUEL:
            self._pool.give(isolate)
        else:
            self._idle.append(isolate)
        return decision

    def _receipted(self, event: Event, now: float | None) -> Decision:
        data = encode_event(event)
        if len(data) > self._largest_event:
            raise too_large(self._largest_event)
        try:
            return self._deriver.decision(self._deriver.derive(data, told(now)))
        except IsolateBroken as broken:
            raise broken.error from None

    def replay(self, event: Event, receipt: Receipt) -> Replay:
        """Derive once more what a receipt is for, and say what differs; the functions of the host are not called.

        Raises `EvaluationError` if that ends where no receipt can be: at a deadline, which is 10 seconds here or the rule set's.
        """
        return replayed(self._deriver, encode_event(event), receipt)

    def start(self, event: Event, now: float | None = None, *, receipt: bool = False) -> Evaluation:
        """Take one event in hand: it is decided in steps, and may be left at any instruction for as long as you like.

        With `receipt`, it can have one when it is done (`Evaluation.receipt`).
        Raises `InputError` for what is too large to be sent; all other errors of the event are told by `Evaluation.result`.
        """
        data = encode_event(event)
        if len(data) > self._largest_event:
            raise too_large(self._largest_event)
        moment = told(now)
        try:
            isolate = self._pool.take()
        except IsolateBroken as broken:
            raise broken.error from None
        if moment is not None:
            isolate.set_now(moment)
        recording = Recording(self._deriver, data, moment, []) if receipt else None
        return Evaluation.begun(self._shared, isolate, data, recording)

    def resume(self, snapshot: bytes) -> Evaluation:
        """Go on from a snapshot of an evaluation of the same bundle, under the limits and with the functions of this rule set.

        Raises `SnapshotError` if it is damaged, or of another guest or bundle.
        """
        read = Snapshot.read(snapshot)
        self._provenance.check(read.origin)
        return self.continued(read)

    def continued(self, snapshot: Snapshot) -> Evaluation:
        """The same, once it is known that the snapshot is of this image."""
        state, delta = snapshot.evaluation(self.limits.memory)
        return Evaluation.resumed(self._shared, state.within(self.limits), delta)

    async def evaluate_async(
        self, event: Event, now: float | None = None, *, receipt: bool = False
    ) -> Decision:
        """`evaluate` in an event loop: coroutines that rules call are awaited, and thousands of events may wait at once.

        The loop has its turn every few tenths of a millisecond; plain host functions run in threads. Cancelling the task drops
        this evaluation and nothing else. The deadline is for the rules alone: what they wait for has the timeout of its
        `HostFunction`.
        """
        evaluation = self.start(event, now, receipt=receipt)
        return await (finish_with_receipt if receipt else finish)(evaluation, self.limits.deadline)

    def explain(self, event: Event, now: float | None = None) -> Explanation:
        """Why an event is decided as it is: the rules tried, what each cost, and the values that made it match or not.

        The event costs and decides what it does in `evaluate`; one that ends in an error is explained too. It takes some
        hundred times longer. Raises `InputError` for what is too large to be sent.
        """
        return self._explained(event, now)[1]

    def _explained(self, event: Event, now: float | None) -> tuple[TracedEvaluation, Explanation]:
        outlines = self._outlined()
        with self.traced(event, Subject.VALUES, now) as evaluation:
            return evaluation, explain(evaluation, self.rules(), self._results.hit_policy, outlines)

    def traced(self, event: Event, subject: Subject, now: float | None = None) -> TracedEvaluation:
        """Take one event in hand that tells what it does, for this package's own commands."""
        data = event if isinstance(event, bytes) else encode_event(event)
        if len(data) > self._largest_event:
            raise too_large(self._largest_event)
        try:
            return TracedEvaluation.traced(self._shared, data, subject, told(now))
        except IsolateBroken as broken:
            raise broken.error from None

    def _outlined(self) -> Mapping[str, Outline]:
        """The expressions of the bundle's files, by path."""
        if self._outlines is None:
            isolate = self._pool.spacious(ROOM_FOR_OUTLINES)
            try:
                self._outlines = read_outlines(isolate)
            finally:
                isolate.close()
        return self._outlines

    def evaluate_batch(
        self,
        events: Iterable[Event],
        *,
        workers: int | None = None,
        now: float | None = None,
        receipts: bool = False,
    ) -> Iterator[Decision]:
        """Decide many events, in order, on `workers` threads (default: the cores). Errors are values: `Decision.error`.

        `now` is the time of all of them, and `receipts` gives each a `Decision.receipt`, as in `evaluate`.
        """
        decide = partial(self._decide, now=told(now))
        single = partial(self.evaluate, now=now, receipt=receipts)
        batcher = EventBatcher(decide, self._results, self.limits.memory, single)
        if self._functions or receipts:
            # One by one: an error that a function of the host ended in has more to tell than its line.
            batcher.decide_alone()
        for decided in in_order(batcher.evaluate, chunks(events), worker_count(workers)):
            yield from decided

    def evaluate_record_batches(
        self,
        batches: Iterable[Any],
        *,
        decisions: Any = None,
        workers: int | None = None,
        now: float | None = None,
    ) -> Iterator[Any]:
        """Decide the rows of Arrow record batches (a `RecordBatchReader`, any iterable), in order, a few thousand at a time.

        Gives record batches with the columns `decision` (JSON text, or of the type `decisions`), `rule`, `fuel`, `error_kind`,
        `error_message` and `error_location`, a row for each event. Needs the extra `arrow`. Raises `TableError` for a
        decision that is not of the type.
        """
        with extra("arrow", "a table of events"):
            from ringfence.arrow.decisions import DecisionBatches, decide_rows, slices
        made = DecisionBatches(self._results, decisions)
        decide, memory = partial(self._decide, now=told(now)), self.limits.memory
        return in_order(
            lambda batch: made.batch(decide_rows(decide, memory, batch)),
            slices(batches),
            worker_count(workers),
        )

    def evaluate_table(
        self, table: Any, *, decisions: Any = None, workers: int | None = None, now: float | None = None
    ) -> Any:
        """Decide every row of a `pyarrow.Table`; a table with the columns of `evaluate_record_batches`."""
        with extra("arrow", "a table of events"):
            from ringfence.arrow.decisions import DecisionBatches, as_table
        schema = DecisionBatches(self._results, decisions).schema
        return as_table(
            schema,
            self.evaluate_record_batches([table], decisions=decisions, workers=workers, now=now),
        )

    def run_file(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str],
        *,
        workers: int | None = None,
        now: float | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_interval: float = CHECKPOINT_INTERVAL,
    ) -> int:
        """Decide every event of a file into another, which appears whole or not at all; the number of events.

        Files are JSON Lines, or tables where their names end with `.parquet`, `.arrow` or `.feather` (the extra `arrow`).
        With the file `checkpoint` a run that was killed goes on where it was when the call is made again. One is
        written every `checkpoint_interval` seconds. Raises `CheckpointError` where that cannot be.
        """
        threads = worker_count(workers)
        events, decisions = checked_paths(source, target)
        decide = partial(self._decide, now=told(now))
        if checkpoint is None:
            return run_file(decide, self.limits.memory, self._results, events, decisions, threads)
        return run_file_resumably(
            lambda lines, start: evaluate_source(decide, self.limits.memory, lines, threads, start),
            events,
            decisions,
            Path(checkpoint),
            RunSettings.of(self.bundle_digest, self._engine.guest.digest, self.limits, now=now),
            interval=checkpoint_interval,
        )

    def evaluate_stream(
        self,
        source: Source | TableFile,
        *,
        workers: int,
        pristine: bool,
        explained: bool = False,
        now: float | None = None,
        start: int = 0,
        receipts: bool = False,
    ) -> Iterator[Decided]:
        """Decide every event of an open file, which stands at the offset `start`: what `ringfence run` is made of.

        With `explained` each line says why, and with `receipts` it has a receipt; then events are decided one by one, each in an
        isolate of its own.
        """
        way = self._decide_receipted if receipts else self._decide_apart if pristine else self._decide
        decide: DecideLines = partial(way, now=told(now))
        if explained:
            decide = partial(self._decide_explained, now=now)
        return evaluate_source(decide, self.limits.memory, source, workers, start)

    @property
    def results(self) -> Results:
        """What makes decisions of the guest's answers, for this package's own commands."""
        return self._results

    def rules(self) -> tuple[Rule, ...]:
        """The bundle's rules, in the order in which they are tried; those that are not enabled come last."""
        return self._results.rules

    def session(self) -> Session:
        """An isolate whose persistent state lives on from event to event. Close it, or use it in a `with` statement."""
        try:
            isolate = self._pool.fresh()
        except IsolateBroken as broken:
            raise broken.error from None
        return Session(
            self._engine,
            isolate,
            self._results,
            self.limits,
            self.bundle_digest,
            self._functions,
            self._lines,
        )

    def enter(self) -> LiveHeap[Brand]:
        """A scope in which Python works on live objects, in a pristine isolate of its own. Use it in a `with` statement."""
        name = "a rule set" if self._brand is Unbranded else self._brand.__qualname__
        return LiveHeap(self._pool, self._functions, self.limits.deadline, self._largest_event, name)

    def isolate(self) -> RuleSet[Brand]:
        """A pristine isolate of the same loaded bundle, as a rule set of its own."""
        try:
            fresh = self._pool.fresh()
        except IsolateBroken as broken:
            raise broken.error from None
        rules: RuleSet[Brand] = RuleSet(
            self._engine,
            self._image,
            self.limits,
            self._results,
            self._provenance,
            self.has_state,
            self._functions,
            lines=self._lines,
        )
        rules._brand = self._brand
        rules._idle.append(fresh)
        return rules

    def heap(
        self,
        event: Event | None = None,
        *,
        at: str | int = "end",
        scope: str | None = None,
        raw: bool = False,
        sites: bool = False,
    ) -> Heap:
        """What is alive and why: of the loaded bundle, or of an event at its `end`, its `peak`, or after so many units of fuel.

        `scope` is `image` (what was loaded; without an event), `event` (what the event allocated; with one) or `all`. `raw` shows
        the guest's own objects; `sites` records which lines of the rules allocate while they decide the event. An event
        that fails has a heap too: `Heap.error` says how it ended.
        """
        chosen = checked_scope(scope or (Scope.IMAGE if event is None else Scope.EVENT))
        try:
            if event is None:
                return image_heap(self._engine, self._pool, chosen, raw=raw)
            data = event if isinstance(event, bytes) else encode_event(event)
            if len(data) > self._largest_event:
                raise too_large(self._largest_event)
            moment = checked_moment(at)
            return event_heap(self._engine, self._pool, data, moment, chosen, raw=raw, sites=sites)
        except IsolateBroken as broken:
            raise broken.error from None

    def _answer_requests(self, isolate: Isolate, answer: Answer) -> tuple[int, int, bytes]:
        """Answer what an event asks of the host: the rule, the fuel and the decision; raises the error that it ended in."""
        (status, rule, fuel, text), refusal = answer_requests(
            self._functions, isolate, answer, self.limits.deadline
        )
        if status:
            error = parsed_error(text, fuel)
            if refusal is not None:
                raise refusal.as_error(error) from refusal.cause
            raise error
        return rule, fuel, text

    def _decide_one(self, isolate: Isolate, event: bytes) -> Answer:
        """Decide one line of a file, functions of the host included."""
        answer = isolate.evaluate(event)
        if answer[0] == RECORD_CALLING:
            answer, _ = answer_requests(self._functions, isolate, answer, self.limits.deadline)
        return answer

    def _decide(self, lines: bytes, count: int, now: int | None) -> list[Part]:
        if self._functions:
            return [one_by_one(lines, self._pool.take, self._pool.give, now, self._decide_one)]
        return evaluate_lines(self._pool, lines, count, now)

    def _decide_apart(self, lines: bytes, count: int, now: int | None) -> list[Part]:
        """The same with a pristine isolate for each event."""
        return [one_by_one(lines, self._pool.fresh, self._pool.free, now, self._decide_one)]

    def _decide_explained(self, lines: bytes, count: int, now: float | None) -> list[Part]:
        """The same with explanations."""
        return explained_lines(lines, partial(self._explained, now=now))

    @property
    def idle_isolates(self) -> int:
        """How many isolates wait for an event."""
        return len(self._idle)

    def _decide_receipted(self, lines: bytes, count: int, now: int | None) -> list[Part]:
        """The same, with a receipt in each output line."""
        return [self._deriver.part(lines, now)]

    def discard_prints(self) -> None:
        """From now on throw away what rules print, in the sandbox: it may be as large as the memory limit."""
        self._pool.keeps_prints = False

    def stats(self) -> Statistics:
        """What all events so far cost, and what the collector did for them; loading is left out, and so are sessions, which
        have their own. An event that is being decided by another thread is not in it yet, nor is an isolate that broke.
        """
        return self._pool.statistics()

    def close(self) -> None:
        """Free the isolates. Evaluations that are running end; new ones raise `ClosedError`."""
        self._pool.close()
        self._idle = self._pool.idle
