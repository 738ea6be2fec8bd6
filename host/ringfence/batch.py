"""Batches: many events through few calls of the guest.

A batch of lines is evaluated by one isolate. If the guest breaks on the way, nothing that it wrote is trusted: the same lines
are evaluated again one by one, each on an isolate that is replaced when it breaks, so exactly the event that broke it is
lost. `ruleset.py` (iterables) and `stream.py` (files) use this.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from ringfence.abi import NO_RULE, RECORD, Kind
from ringfence.decision import Decision
from ringfence.errors import EvaluationError, InputError, IsolateTrapped
from ringfence.events import Event, encode_event, event_limit
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate, Part
from ringfence.pool import Pool
from ringfence.results import Results, failed, unreadable

DecideLines = Callable[[bytes, int], list[Part]]
"""Decides complete lines, of which at most so many are events; never raises for an event's error."""

JSON_BLANKS = b" \t\r"
_ERROR_PREFIX = b'{"error": '


def evaluate_lines(pool: Pool, lines: bytes, count: int, now: int | None = None) -> list[Part]:
    """Evaluate complete lines, `count` at most, with an isolate of the pool. Never raises for an event's error.

    `now` is the time of all these events, in nanoseconds since 1970.
    """
    if pool.is_pristine:
        return [one_by_one(lines, pool.take, pool.give, now)]
    isolate = pool.take()
    parts: list[Part] = []
    rest, left = memoryview(lines), count
    try:
        while rest:
            if now is not None:
                isolate.set_now(now)
            part = isolate.batch(rest, left)
            parts.append(part)
            rest, left = rest[part.consumed :], left - part.count
    except IsolateBroken:
        return [*parts, one_by_one(bytes(rest), pool.take, pool.give, now)]
    pool.give(isolate)
    return parts


DecideOne = Callable[[Isolate, bytes], tuple[int, int, int, bytes]]
"""Decides one event in an isolate: what `Isolate.evaluate` gives."""


def one_by_one(
    lines: bytes,
    take: Callable[[], Isolate],
    give: Callable[[Isolate], None],
    now: int | None = None,
    decide: DecideOne = Isolate.evaluate,
) -> Part:
    """Evaluate each of these lines on its own, on isolates that `take` provides and `give` gets back if they are whole."""
    records, output, printed = bytearray(), bytearray(), bytearray()
    for line in lines.split(b"\n"):
        if not line.strip(JSON_BLANKS):
            continue
        try:
            isolate = take()
            if now is not None:
                isolate.set_now(now)
            status, rule, fuel, text = decide(isolate, line)
            answer = isolate.output()
            printed += isolate.take_printed()
            offset, length = place_in_line(text, answer), len(text)
        except IsolateBroken as broken:
            (status, rule, fuel, offset, length), answer = host_error(broken.error)
        except ValueError as failure:
            isolate.close()
            (status, rule, fuel, offset, length), answer = host_error(unreadable(failure, 0))
        else:
            give(isolate)
        records += RECORD.pack(status, rule, fuel, len(output) + offset, length)
        output += answer + b"\n"
    return Part(len(lines), len(records) // RECORD.size, bytes(records), bytes(output), bytes(printed))


def single_part(isolate: Isolate, answer: tuple[int, int, int, bytes], consumed: int) -> Part:
    """The part of one event that an isolate has decided by itself, from `consumed` bytes of input."""
    status, rule, fuel, text = answer
    line = isolate.output()
    try:
        record = RECORD.pack(status, rule, fuel, place_in_line(text, line), len(text))
    except ValueError as failure:
        raise isolate.broken(failure) from failure
    return Part(consumed, 1, record, line + b"\n", isolate.take_printed())


def place_in_line(text: bytes, line: bytes) -> int:
    """Where `text`, a decision or an error, is in its output line, which must be one JSON object."""
    if b"\n" in line or not isinstance(json.loads(line), dict):
        raise ValueError("not one JSON object")
    return line.index(text)


def host_error(error: EvaluationError) -> tuple[tuple[int, int, int, int, int], bytes]:
    """The record and the output line (without its newline) of an error that the host itself found."""
    report = json.dumps(error.as_json(), ensure_ascii=False).encode()
    line = _ERROR_PREFIX + report + b', "fuel": %d}' % error.fuel
    return (Kind[error.kind.upper()], NO_RULE, error.fuel, len(_ERROR_PREFIX), len(report)), line


def error_part(error: EvaluationError, consumed: int, printed: bytes = b"") -> Part:
    """The answer to one event, which took `consumed` bytes of input, that ended in an error of the host's own."""
    record, line = host_error(error)
    return Part(consumed, 1, RECORD.pack(*record), line + b"\n", printed)


def joined(chunk: list[Event], largest: int) -> bytes | None:
    """The events as lines, or None if they cannot be sent together. An event may still have a line feed inside."""
    kinds = set(map(type, chunk))
    try:
        if kinds == {str}:
            texts = cast(list[str], chunk)
            # Text that sorts below "!" is empty or begins with white space.
            if min(texts) < "!":
                return None
            lines = ("\n".join(texts) + "\n").encode()
        else:
            encoded = cast(list[bytes], chunk) if kinds == {bytes} else list(map(encode_event, chunk))
            if min(encoded) < b"!":
                return None
            lines = b"\n".join(encoded) + b"\n"
    except (InputError, UnicodeEncodeError):
        return None
    return lines if len(lines) <= largest else None


class EventBatcher:
    """Evaluates lists of events for `evaluate_batch`."""

    def __init__(
        self, decide: DecideLines, results: Results, memory: int, single: Callable[[Event], Decision]
    ) -> None:
        self._decide = decide
        self._results = results
        self._largest = event_limit(memory)
        self._single = single
        self._look_for_line_feeds = False
        """Set by the first event that had one inside. Looking takes as long as all else that is done to a list."""
        self._only_alone = False

    def decide_alone(self) -> None:
        """From now on decide each event by itself."""
        self._only_alone = True

    def evaluate(self, chunk: list[Event]) -> list[Decision]:
        """A decision for each event, in order; errors are values."""
        if self._only_alone:
            return [self._alone(event) for event in chunk]
        lines = joined(chunk, self._largest)
        if lines is not None and not (self._look_for_line_feeds and lines.count(b"\n") != len(chunk)):
            parts = self._decide(lines, len(chunk))
            # No event is blank, so each is at least one line: as many answers as events means one each.
            if sum(part.count for part in parts) == len(chunk):
                try:
                    return [decision for part in parts for decision in self._results.decisions(part)]
                except IsolateTrapped:
                    pass  # find out below which event it is
            self._look_for_line_feeds = True
        return [self._alone(event) for event in chunk]

    def _alone(self, event: Event) -> Decision:
        try:
            return self._single(event)
        except EvaluationError as error:
            return failed(error)
