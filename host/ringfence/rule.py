"""What the host knows of a loaded rule: what its author declared, as the guest told it when the bundle was loaded.

The guest's word is checked before it becomes a `Rule` (`guest/machine/listing.py` is the other side). `RuleSet.rules` hands
rules to the caller, `results.py` names them in decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """One declared rule of a loaded bundle."""

    name: str
    priority: int
    """Higher first; rules of equal priority are tried in order of declaration."""
    file: str
    """The group that the rule belongs to: the file that declared it, at its top level or through a function that it called."""
    location: str
    """Where rule() was called, as `path:line:column`."""
    enabled: bool = True
    """A rule that is not enabled is never tried."""
    tags: tuple[str, ...] = ()
    description: str | None = None
    valid_from: datetime | None = None
    """The first moment, in UTC, at which the rule is in effect; None: there is none."""
    valid_to: datetime | None = None
    """The first moment, in UTC, at which it is no more in effect. Moments are cut to microseconds and to the years 1 to 9999."""
    fixed: bool = False
    """Whether it decides the same for every event: its `then` is a value."""


def rule_from_json(said: Mapping[str, Any]) -> Rule:
    """The rule that the guest describes. Raises `ValueError`, `LookupError` or `TypeError` if that is nonsense."""
    description = said["description"]
    return Rule(
        name=_text(said["name"]),
        priority=_number(said["priority"]),
        file=_text(said["file"]),
        location=_text(said["location"]),
        enabled=said["enabled"] is True,
        tags=tuple(_text(tag) for tag in said["tags"]),
        description=None if description is None else _text(description),
        valid_from=_moment(said["valid_from"]),
        valid_to=_moment(said["valid_to"]),
        fixed=said["fixed"] is True,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a string was expected, not {type(value).__name__}")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"an integer was expected, not {type(value).__name__}")
    return value


def _moment(value: Any) -> datetime | None:
    """A moment, given as seconds since 1970 and nanoseconds."""
    if value is None:
        return None
    seconds, nanoseconds = map(_number, value)
    try:
        return EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1_000)
    except OverflowError:
        return LATEST if seconds > 0 else EARLIEST
