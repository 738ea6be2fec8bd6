"""Deciding the events of one request, in turns that a thread can take between others.

A turn lasts some milliseconds, unless events take longer: then it ends after about a second at the worst. What it comes to is
bounded as well, and sent before the next turn. The answers are the lines that `ringfence run` writes. `lanes.py` runs the
turns; `decide.py` makes the work.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence

from ringfence.batch import host_error
from ringfence.errors import EvaluationError
from ringfence.events import event_limit, too_large
from ringfence.limits import MEBIBYTE
from ringfence.receipt import line_with_receipt, without_receipt
from ringfence.results import unreadable
from ringfence.server.bundles import Generation
from ringfence.server.counts import Counts
from ringfence.server.decision_log import DecisionLog, Origin

TURN_SECONDS = 0.01
"""A turn takes no further events after this time."""

LONGEST_STRIDE_SECONDS = 1.0
"""Events that are decided without looking at the clock may take so long together, if each of them takes its whole deadline."""


LONGEST_STRIDE = 32
"""Events at a time at the most: a decision may have a mebibyte."""

TURN_BYTES = MEBIBYTE
"""A turn takes no further events when it has so many bytes of answers."""


class Work:
    """Events to be decided by one generation of a bundle."""

    def __init__(
        self,
        generation: Generation,
        events: Sequence[bytes],
        counts: Counts,
        *,
        largest: int,
        now: float | None,
        origin: Origin,
        log: DecisionLog | None,
    ) -> None:
        """Each event is one line, without its end; one that is longer than `largest` ends in an error."""
        self._generation = generation
        self._events = events
        self._counts = counts
        self._largest = min(largest, event_limit(generation.rules.limits.memory))
        self._now = now
        self._origin = origin
        self._log = log
        stride = int(LONGEST_STRIDE_SECONDS / generation.rules.limits.deadline)
        self._stride = min(max(stride, 1), LONGEST_STRIDE)
        self._wants_receipts = log is not None and log.with_receipts
        self._done = 0

    @property
    def is_done(self) -> bool:
        """Whether all events are decided."""
        return self._done == len(self._events)

    def take_turn(self) -> list[bytes]:
        """Decide the next events; their lines, in order."""
        started = before = time.perf_counter()
        lines: list[bytes] = []
        held = 0
        while not self.is_done:
            events = self._events[self._done : self._done + self._stride]
            decided = self._decide(events)
            self._done += len(events)
            lines += map(without_receipt, decided) if self._wants_receipts else decided
            held += sum(map(len, decided))
            now = time.perf_counter()
            self._counts.add_seconds(now - before, len(events))
            before = now
            if self._log is not None:
                self._log.write(self._origin, events, decided)
            if now - started > TURN_SECONDS or held > TURN_BYTES:
                break
        return lines

    def _decide(self, events: Sequence[bytes]) -> list[bytes]:
        """A line for each event."""
        if max(map(len, events)) <= self._largest:
            return self._decide_lines(events)
        lines: list[bytes] = []
        for event in events:
            if len(event) > self._largest:
                lines.append(self._refused(too_large(self._largest)))
            else:
                lines += self._decide_lines([event])
        return lines

    def _decide_lines(self, events: Sequence[bytes]) -> list[bytes]:
        rules = self._generation.rules
        source = io.BytesIO(b"\n".join(events) + b"\n")
        records, output = bytearray(), bytearray()
        for decided in rules.evaluate_stream(
            source, workers=1, pristine=False, now=self._now, receipts=self._wants_receipts
        ):
            for part in decided.parts:
                records += part.records
                output += part.output
        lines = bytes(output).split(b"\n")[:-1]
        try:
            if len(lines) != len(events):
                raise ValueError(f"{len(lines)} answers to {len(events)} events")
            self._counts.add(bytes(records), lines, self._generation.names, self._generation.lists_rules)
        except (ValueError, LookupError, TypeError) as failure:
            return [self._refused(unreadable(failure, 0)) for _ in events]
        return lines

    def _refused(self, error: EvaluationError) -> bytes:
        self._counts.add_error(error.kind)
        line = host_error(error)[1]
        return line_with_receipt(line, None) if self._wants_receipts else line
