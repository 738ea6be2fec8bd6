"""Fields of the event that rules name and no sample event has: probably misspelt.

The guest lists what the rules name (`guest/machine/event_fields.py`); the samples are the user's own, and are read here.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from ringfence.bundle import Bundle
from ringfence.checking.review import source_line
from ringfence.errors import Diagnostic, UsageError
from ringfence.events import Event
from ringfence.explain.outline import COLUMN_BITS, MAX_COLUMN
from ringfence.results import unreadable

METHODS = frozenset(
    ("clear", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values", "union")
)
"""Of dicts: an attribute of such a name is never a field."""


_SAMPLES = (
    "Give events like those that the rules will see: one JSON object for each, in a file one on each line."
)


def sample_fields(samples: Iterable[Event]) -> dict[str, None]:
    """The fields that the samples have, in the order in which they come. Raises `UsageError` for what is no event."""
    found: dict[str, None] = {}
    for number, sample in enumerate(samples, 1):
        try:
            event = sample if isinstance(sample, dict) else json.loads(sample)
        except (ValueError, TypeError, RecursionError) as failure:
            raise UsageError(f"sample event {number} is not JSON: {failure}", advice=_SAMPLES) from failure
        if not isinstance(event, dict):
            raise UsageError(f"sample event {number} is not a JSON object", advice=_SAMPLES)
        found.update(dict.fromkeys(event))
    if not found:
        raise UsageError("the sample events have no fields: give events like those that the rules will see")
    return found


def field_findings(bundle: Bundle, told: bytes, samples: Iterable[Event]) -> Iterator[Diagnostic]:
    """A finding for each place that names a field that no sample has. Raises `IsolateTrapped` if the guest told nonsense."""
    known = sample_fields(samples)
    for name, path, position, is_needed in dict.fromkeys(_fields(told)):
        if name in known or name in METHODS:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {near[0]!r}?" if near else "add an event that has it to the samples"
        line, column = position >> COLUMN_BITS, position & MAX_COLUMN
        yield Diagnostic(
            path,
            f"no sample event has the field {name!r} ({advice})",
            line,
            column,
            source_line(bundle, path, line),
            "warning" if is_needed else "note",
            "field-without-sample",
        )


def _fields(told: bytes) -> list[tuple[str, str, int, bool]]:
    try:
        return [_field(*one) for one in json.loads(told)]
    except (ValueError, TypeError, RecursionError) as failure:
        raise unreadable(failure, 0) from failure


def _field(name: Any, path: Any, position: Any, is_needed: Any) -> tuple[str, str, int, bool]:
    if not isinstance(name, str) or not isinstance(path, str) or not isinstance(position, int):
        raise TypeError("a field that makes no sense")
    return name, path, position, is_needed is True
