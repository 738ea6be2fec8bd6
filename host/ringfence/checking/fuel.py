"""Bounds on the fuel of events that no event is needed for: what the guest says of each rule, added up by hit policy.

`guest/machine/bounds/` walks the bytecode; nothing is parsed here. A bound holds for events up to a size in bytes, or there is
none, with the reason and the place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.errors import Diagnostic
from ringfence.manifest import LISTING_POLICIES
from ringfence.results import unreadable
from ringfence.rule import Rule

EVENT_BYTES = 1_024
"""Bytes of the largest event, when nobody says."""

DRIVER_FUEL = 12
"""Units of the driver for one rule, at the most."""

JSON_BYTES_PER_UNIT = 16
ESCAPED_BYTES = 6
"""Bytes that one byte of a value may have in a decision: of a control character, as an escape."""

ROOM_FOR_PUNCTUATION = 64
"""Bytes of a decision beside its values, for each of them at the most as many as its weight; and the quotes around it all."""

KEY_BYTES = 5
"""Of the shortest entry of a JSON object, as in the guest."""


@dataclass(frozen=True, slots=True)
class PartBound:
    """Of a predicate, or of a `then`: the most units that it costs, and the most that what it gives weighs, in bytes."""

    fuel: int | None
    weight: int | None
    reason: str = ""
    """Why there is no bound."""
    location: str = ""
    """Where that is, as `path:line:column`."""
    never: bool = False
    """It can only fail, or be false."""
    always: bool = False
    """It can only be true, unless it fails."""
    succeeding: int = 0
    """The most units that it costs without an error: composing one takes some work, and ends the event."""

    @property
    def writing(self) -> int | None:
        """Units for writing what it gives as a decision."""
        if self.weight is None:
            return None
        return (ESCAPED_BYTES * self.weight + ROOM_FOR_PUNCTUATION) // JSON_BYTES_PER_UNIT + 1


@dataclass(frozen=True, slots=True)
class RuleBound:
    """Of one rule."""

    name: str
    when: PartBound
    then: PartBound
    is_dated: bool
    location: str = ""
    """Where the rule is declared, as `path:line:column`; of the function `decide`, nothing."""

    @property
    def fuel(self) -> int | None:
        """The most units that an event spends on it, its part of the decision included."""
        if self.when.fuel is None or self.then.fuel is None or self.then.writing is None:
            return None
        deciding = self.when.succeeding + max(self.then.fuel, self.then.succeeding + self.then.writing)
        return DRIVER_FUEL + max(self.when.fuel, deciding)

    @property
    def succeeding(self) -> int:
        """The most units that an event spends on it without an error."""
        return DRIVER_FUEL + self.when.succeeding + self.then.succeeding + (self.then.writing or 0)

    @property
    def reason(self) -> str:
        """Why there is no bound, and where."""
        return f"{self.why} at {self.place}" if self.place else self.why

    @property
    def why(self) -> str:
        """Why there is no bound."""
        return self._unbounded.reason or "a decision whose size is not known"

    @property
    def place(self) -> str:
        """Where what has no bound is, as `path:line:column`, if it is anywhere."""
        return self._unbounded.location

    @property
    def _unbounded(self) -> PartBound:
        return self.when if self.when.fuel is None else self.then

    def as_json(self) -> dict[str, Any]:
        """The bound as JSON."""
        said: dict[str, Any] = {"rule": self.name, "fuel": self.fuel}
        if self.fuel is None:
            said["unbounded"] = self.reason
        return said


@dataclass(frozen=True, slots=True)
class FuelBound:
    """Of a bundle: the most units that an event of at most `event_bytes` bytes costs; None if there is no bound."""

    event_bytes: int
    reading: int
    rules: tuple[RuleBound, ...]
    """Of the rules that are tried, in their order; of the function `decide` of a bundle without rules."""
    comparing: int = 0
    """Units for comparing decisions, under the hit policy `any`."""
    colliding: int = 0
    """Units for reading an event whose keys are made to collide in the index of one object: nobody else's come near them."""

    def notes(self) -> Iterator[Diagnostic]:
        """The bound of each rule as a note, where the rule is, or what has no bound."""
        for rule in self.rules:
            if rule.fuel is None:
                message = f"the fuel of {rule.name!r} has no bound: {rule.why}"
                yield _note(rule.place or rule.location, message, "fuel-unbounded")
            else:
                message = f"{rule.name!r} costs at most {rule.fuel:,} units of fuel for an event of {self.event_bytes:,} bytes"
                yield _note(rule.location, message, "fuel-bound")

    @property
    def fuel(self) -> int | None:
        """The bound on a whole event."""
        total = self.reading + self.colliding + DRIVER_FUEL + self.comparing
        error = 0
        for rule in self.rules:
            if rule.fuel is None:
                return None
            total += rule.succeeding
            error = max(error, rule.fuel - rule.succeeding)
        return total + error

    def as_json(self) -> dict[str, Any]:
        """The bound as JSON."""
        return {
            "event_bytes": self.event_bytes,
            "fuel": self.fuel,
            "colliding": self.colliding,
            "rules": [rule.as_json() for rule in self.rules],
        }


def fuel_bound(
    told: bytes, rules: Sequence[Rule], hit_policy: str, default: Any, event_bytes: int
) -> FuelBound:
    """The bound that the guest told. Raises `IsolateTrapped` if that makes no sense."""
    try:
        said = json.loads(told)
        enabled = [rule.name for rule in rules if rule.enabled]
        places = [rule.location for rule in rules if rule.enabled]
        named = [("decide", "")] if said["decides"] else list(zip(enabled, places, strict=True))
        bounds = tuple(_rule(*name, one) for name, one in zip(named, said["rules"], strict=False))
        default_bytes = len(json.dumps(default)) // JSON_BYTES_PER_UNIT + 1
        names_bytes = sum(ESCAPED_BYTES * len(name.encode()) + 8 for name in enabled)
        listing = names_bytes // JSON_BYTES_PER_UNIT + 1 if hit_policy in LISTING_POLICIES else 0
        reading = int(said["reading"]) + default_bytes + listing
        colliding = int(said["colliding"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as failure:
        raise unreadable(failure, 0) from failure
    comparing = _comparing(bounds) if hit_policy == "any" else 0
    return FuelBound(event_bytes, reading, bounds, comparing, colliding)


def _comparing(bounds: Sequence[RuleBound]) -> int:
    """Units for comparing each decision with the first one: of dicts, each key is looked up in the other."""
    weights = [bound.then.weight or 0 for bound in bounds]
    largest = max(weights, default=0)
    return sum(2 * largest + 8 + (weight // KEY_BYTES) * (largest // KEY_BYTES) for weight in weights)


def _rule(name: str, location: str, said: dict[str, Any]) -> RuleBound:
    when = _part(said["when"])
    # What `decide` returns is the decision itself.
    then = _part(said["then"]) if "then" in said else PartBound(0, when.weight)
    return RuleBound(name, when, then, said.get("dated") is True, location)


def _note(location: str, message: str, name: str) -> Diagnostic:
    path, line, column = [*location.rsplit(":", 2), "0", "0"][:3]
    return Diagnostic(path, message, int(line), int(column), severity="note", rule=name)


def _part(said: dict[str, Any]) -> PartBound:
    fuel, weight, succeeding = said["fuel"], said.get("weight"), said.get("succeeding", 0)
    if (
        not isinstance(fuel, int | None)
        or not isinstance(weight, int | None)
        or not isinstance(succeeding, int)
    ):
        raise TypeError("a bound is a number or null")
    location = f"{said['path']}:{said['line']}:{said['column']}" if "path" in said else ""
    reason = str(said.get("reason", "")) + str(said.get("name", ""))
    return PartBound(
        fuel, weight, reason, location, said.get("never") is True, said.get("always") is True, succeeding
    )
