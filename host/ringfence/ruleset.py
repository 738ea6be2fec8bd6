"""A loaded bundle: an image, and a pool of isolates that were made from it.

Several threads may use one rule set: each evaluation holds an isolate of its own. `runtime.py` makes rule sets.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ringfence.batch import EventBatcher
from ringfence.decision import Decision
from ringfence.engine import Engine
from ringfence.errors import EvaluationError, IsolateTrapped
from ringfence.events import Event, chunks, encode_event, event_limit, too_large
from ringfence.heap.examine import checked_moment, event_heap, image_heap
from ringfence.heap.heap import Heap, Scope
from ringfence.image import Image
from ringfence.isolate import IsolateBroken, Part
from ringfence.limits import Budget
from ringfence.pool import Pool
from ringfence.results import Results, parsed_error
from ringfence.stream import Source, evaluate_stream, run_file
from ringfence.workers import in_order, worker_count

NANOSECONDS_OF_SECOND = 10**9
MOST_SECONDS = 9_223_372_036
"""Seconds from 1970 that 64 bits of nanoseconds hold."""
CHEAP_FUEL = 10_000
"""An evaluation that cost less cannot have grown the memory much: allocation is charged by size."""


class RuleSet:
    """Rules that decide events. Close it, or use it in a `with` statement."""

    def __init__(self, engine: Engine, image: Image, budget: Budget, results: Results) -> None:
        self._engine = engine
        self._image = image
        self._results = results
        self._lists_rules = results.lists_rules
        self._pool = Pool(engine, image, budget)
        self._idle = self._pool.idle
        self._largest_event = event_limit(budget.memory)
        self.limits = budget
        """What each event may use."""

    def evaluate(self, event: Event, now: float | None = None) -> Decision:
        """Decide one event: a dict, or JSON as bytes or text. Raises an `EvaluationError` when that fails.

        `now` is what `time.now()` tells the rules, in seconds since 1970 in UTC; without it they have no clock.
        """
        data = event if isinstance(event, bytes) else encode_event(event)
        if len(data) > self._largest_event:
            raise too_large(self._largest_event)
        told = None if now is None else nanoseconds(now)
        try:
            isolate = self._idle.pop()
        except IndexError:
            isolate = self._pool.fresh()
        try:
            if told is not None:
                isolate.set_now(told)
            status, rule, fuel, text = isolate.evaluate(data)
            if status:
                raise parsed_error(text, fuel)
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

    def evaluate_batch(self, events: Iterable[Event], *, workers: int | None = None) -> Iterator[Decision]:
        """Decide many events, in order, on `workers` threads (default: the cores). Errors are values: `Decision.error`."""
        batcher = EventBatcher(self._pool, self._results, self.limits.memory, self.evaluate)
        for decided in in_order(batcher.evaluate, chunks(events), worker_count(workers)):
            yield from decided

    def run_file(
        self, source: str | os.PathLike[str], target: str | os.PathLike[str], *, workers: int | None = None
    ) -> int:
        """Decide every line of a JSON Lines file into another, which appears whole or not at all; the number of events."""
        return run_file(self._pool, self.limits.memory, Path(source), Path(target), worker_count(workers))

    def evaluate_stream(self, source: Source, *, workers: int, pristine: bool) -> Iterator[Part]:
        """Decide every line of an open file, as output bytes and records: what `ringfence run` is made of."""
        return evaluate_stream(self._pool, self.limits.memory, source, workers, pristine)

    def isolate(self) -> RuleSet:
        """A pristine isolate of the same loaded bundle, as a rule set of its own."""
        fresh = self._pool.fresh()
        rules = RuleSet(self._engine, self._image, self.limits, self._results)
        rules._idle.append(fresh)
        return rules

    def heap(
        self,
        event: Event | None = None,
        *,
        at: str | int = "end",
        scope: str | None = None,
        raw: bool = False,
    ) -> Heap:
        """What is alive and why: of the loaded bundle, or of an event at its `end`, its `peak`, or after so many units of fuel.

        `scope` is `image` (what was loaded; without an event), `event` (what the event allocated; with one) or `all`. `raw` shows
        the guest's own objects. An event that fails has a heap too: `Heap.error` says how it ended.
        """
        chosen = Scope(scope or (Scope.IMAGE if event is None else Scope.EVENT))
        try:
            if event is None:
                return image_heap(self._engine, self._pool, chosen, raw=raw)
            data = event if isinstance(event, bytes) else encode_event(event)
            if len(data) > self._largest_event:
                raise too_large(self._largest_event)
            return event_heap(self._engine, self._pool, data, checked_moment(at), chosen, raw=raw)
        except IsolateBroken as broken:
            raise broken.error from None

    def close(self) -> None:
        """Free the isolates. Evaluations that are running end; new ones raise `ClosedError`."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def nanoseconds(seconds: float) -> int:
    """A time in seconds since 1970 as the guest counts it."""
    if not -MOST_SECONDS <= seconds <= MOST_SECONDS:
        raise ValueError(f"now is a time in seconds since 1970; {seconds!r} is more than 292 years from then")
    # The fraction by itself: the product of all would lose its last digits.
    whole = math.floor(seconds)
    return whole * NANOSECONDS_OF_SECOND + round((seconds - whole) * NANOSECONDS_OF_SECOND)
