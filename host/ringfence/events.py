"""Events on their way to the guest: what may be one, how it becomes JSON, and how many go together.

`batch.py` and `ruleset.py` send them; the guest alone looks into them.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ringfence.errors import InputError, UsageError
from ringfence.limits import KIBIBYTE, MEBIBYTE

Event = dict[str, Any] | bytes | str

BATCH_BYTES = 256 * KIBIBYTE
"""Aimed at for one call of the guest: enough that the call itself costs nothing, little enough to stay in the cache."""

BATCH_EVENTS = 512
"""Events taken from an iterable for one call."""

MAXIMUM_EVENT_BYTES = 16 * MEBIBYTE
"""What the guest takes at the most (`guest/machine/batch.py`)."""

EVENT_SHARE = 4
"""An event may take this part of the memory limit: its values need room beside it."""

NANOSECONDS_OF_SECOND = 10**9
MOST_SECONDS = 9_223_372_036
"""Seconds from 1970 that 64 bits of nanoseconds hold."""

# Without the check, a value that contains itself ends in a RecursionError, which is caught as well.
_encode_json = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode


def event_limit(memory: int) -> int:
    """The largest event, in bytes, that an isolate with this memory limit is given."""
    return min(MAXIMUM_EVENT_BYTES, memory // EVENT_SHARE)


def too_large(limit: int) -> InputError:
    """The error of an event that is not sent to the guest at all."""
    return InputError(
        f"the event is larger than {limit} bytes", advice="Send smaller events, or raise Limits(memory=...)."
    )


def encode_event(event: Event) -> bytes:
    """The JSON of an event: bytes as they are, text as UTF-8, anything else through `json.dumps`."""
    if isinstance(event, bytes):
        return event
    try:
        if isinstance(event, str):
            return event.encode()
        if isinstance(event, bytearray | memoryview):
            return bytes(event)
        return _encode_json(event).encode()
    except (TypeError, ValueError, RecursionError) as failure:
        raise InputError(f"the event cannot be written as JSON: {failure}") from failure


def nanoseconds(seconds: float) -> int:
    """A time in seconds since 1970 as the guest counts it."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise UsageError(
            f"now is a time in seconds since 1970, not {type(seconds).__name__}",
            advice="time.time() gives one, and so does the method timestamp() of a datetime.",
        )
    if not -MOST_SECONDS <= seconds <= MOST_SECONDS:
        raise UsageError(f"now is a time in seconds since 1970; {seconds!r} is more than 292 years from then")
    # The fraction by itself: the product of all would lose its last digits.
    whole = math.floor(seconds)
    return whole * NANOSECONDS_OF_SECOND + round((seconds - whole) * NANOSECONDS_OF_SECOND)


def told(now: float | None) -> int | None:
    """What the guest is told of an event's time."""
    return None if now is None else nanoseconds(now)


def chunks(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events in lists for one call each, without reading further ahead than that.

    Where taking the next event fails, those before it come first.
    """
    if isinstance(events, str | bytes | bytearray | memoryview | Mapping) or not isinstance(events, Iterable):
        raise UsageError(
            f"events are an iterable of dicts or of JSON, not {type(events).__name__}",
            advice="evaluate decides a single one, and run_file the lines of a file.",
        )
    iterator = iter(events)
    chunk: list[Event] = []
    size = 0
    try:
        while True:
            before = len(chunk)
            # Where this fails, what was taken is in the list.
            chunk.extend(itertools.islice(iterator, _STRIDE))
            if len(chunk) == before:
                break
            size += _size(chunk[before:])
            if size >= BATCH_BYTES or len(chunk) >= BATCH_EVENTS:
                yield chunk
                chunk, size = [], 0
    except Exception:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


_STRIDE = 32
"""Events that are taken between two looks at their size."""


def _size(events: list[Event]) -> int:
    """About the size of these events; a dict counts as its number of keys, so that only `BATCH_EVENTS` bounds dicts."""
    try:
        return sum(map(len, events))
    except TypeError:
        return 0  # something among them is no event: its error comes later, in its place
