"""Limits of fuel, memory and time: how they are written, where they come from, and how far they may go.

A limit is looked for in the caller's `Limits`, then in the bundle's `[limits]`, then in the defaults here; the
runtime's ceiling bounds the first two. `runtime.py` resolves them, isolates enforce them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from ringfence.errors import UsageError

KIBIBYTE = 1 << 10
MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
PAGE_BYTES = 64 * KIBIBYTE
"""A page of WebAssembly memory."""
LAST_ADDRESS = (1 << 32) - 1
"""Of a WebAssembly memory."""

_SIZE_UNITS = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "k": KIBIBYTE,
    "m": MEBIBYTE,
    "g": GIBIBYTE,
    "kib": KIBIBYTE,
    "mib": MEBIBYTE,
    "gib": GIBIBYTE,
}
_TIME_UNITS = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", re.ASCII)


def parse_size(value: int | str) -> int:
    """Bytes from an integer or a text such as `16MiB`, `64k` or `1.5GB`."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UsageError(f"a size is a number of bytes or a text like '16MiB', not {value!r}")
    if isinstance(value, int):
        size = value
    else:
        match = _QUANTITY.fullmatch(value)
        if match is None or match[2].lower() not in _SIZE_UNITS:
            raise UsageError(
                f"{value!r} is not a size; write bytes, or a number with KiB, MiB or GiB, like '16MiB'"
            )
        size = int(float(match[1]) * _SIZE_UNITS[match[2].lower()])
    if size <= 0:
        raise UsageError(f"a size must be positive, not {value!r}")
    return size


def parse_duration(value: float | str) -> float:
    """Seconds from a number or a text such as `50ms`, `1.5s` or `2min`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UsageError(f"a duration is a number of seconds or a text like '50ms', not {value!r}")
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value)
        if match is None or match[2].lower() not in _TIME_UNITS:
            raise UsageError(
                f"{value!r} is not a duration; write seconds, or a number with ms, s or min, like '50ms'"
            )
        value = float(match[1]) * _TIME_UNITS[match[2].lower()]
    if not 0 < value < float("inf"):
        raise UsageError(f"a duration must be positive and finite, not {value!r}")
    return float(value)


def rounded_size(size: int) -> str:
    """A number of bytes for reading: three digits or so."""
    for unit, name in ((GIBIBYTE, "GiB"), (MEBIBYTE, "MiB"), (KIBIBYTE, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def format_size(size: int) -> str:
    """A size as people write it: in the largest unit that leaves no fraction."""
    for name, unit in (("GiB", GIBIBYTE), ("MiB", MEBIBYTE), ("KiB", KIBIBYTE)):
        if size % unit == 0:
            return f"{size // unit}{name}"
    return f"{size} bytes"


def format_duration(seconds: float) -> str:
    """A duration as people write it: milliseconds below one second."""
    return f"{seconds:g}s" if seconds >= 1 else f"{seconds * 1000:g}ms"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one event may use: `fuel` in units, `memory` in bytes or as `"16MiB"`, `deadline` in seconds or as `"50ms"`.

    A field that is None says nothing: the bundle's `[limits]` or the default decides it.
    """

    fuel: int | None = None
    memory: int | str | None = None
    deadline: float | str | None = None

    def __post_init__(self) -> None:
        if self.fuel is not None:
            if isinstance(self.fuel, bool) or not isinstance(self.fuel, int):
                raise UsageError(f"fuel is a whole number of units, not {self.fuel!r}")
            if not 0 < self.fuel <= MAXIMUM_FUEL:
                raise UsageError(f"fuel is a number of units from 1 to {MAXIMUM_FUEL}, not {self.fuel}")
        for name, parse in (("memory", parse_size), ("deadline", parse_duration)):
            value = getattr(self, name)
            if value is not None:
                try:
                    object.__setattr__(self, name, parse(value))
                except ValueError as failure:
                    raise UsageError(f"{name}: {failure}") from failure

    @classmethod
    def checked(cls, limits: Any) -> Limits:
        """The limits that a caller gave; None says nothing. Raises `UsageError` for anything else."""
        if limits is None:
            return cls()
        if not isinstance(limits, cls):
            raise UsageError(
                f"limits are Limits(fuel=..., memory=..., deadline=...), not {type(limits).__name__}"
            )
        return limits

    def over(self, fallback: Limits) -> Limits:
        """These limits, with the fields that they do not say taken from `fallback`."""
        return Limits(
            **{
                field.name: getattr(fallback if getattr(self, field.name) is None else self, field.name)
                for field in fields(self)
            }
        )

    def within(self, ceiling: Limits) -> Limits:
        """These limits, each at most what `ceiling` says."""
        return Limits(
            **{
                field.name: min(
                    (
                        value
                        for limits in (self, ceiling)
                        if (value := getattr(limits, field.name)) is not None
                    ),
                    default=None,
                )
                for field in fields(self)
            }
        )

    def excess(self, ceiling: Limits) -> str | None:
        """What these limits ask for above `ceiling`, in words; None when they stay below it."""
        for name, text in (("fuel", str), ("memory", format_size), ("deadline", format_duration)):
            asked, allowed = getattr(self, name), getattr(ceiling, name)
            if asked is not None and allowed is not None and asked > allowed:
                return f"{name} of {text(asked)} is above the ceiling of {text(allowed)}"
        return None


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits with every field decided: fuel in units, memory in bytes, deadline in seconds."""

    fuel: int
    memory: int
    deadline: float

    @classmethod
    def of(cls, limits: Limits, defaults: Limits) -> Budget:
        """The budget that `limits` give, completed by `defaults` (which say everything)."""
        complete = limits.over(defaults)
        assert complete.fuel is not None and complete.memory is not None and complete.deadline is not None
        return cls(complete.fuel, parse_size(complete.memory), parse_duration(complete.deadline))

    def for_loading(self) -> Budget:
        """What loading a bundle may use: parsing and top-level code need more than one event does."""
        return Budget(max(self.fuel, LOADING_FUEL), self.memory, max(self.deadline, LOADING_DEADLINE))

    @property
    def memory_end(self) -> int:
        """The memory limit as the guest keeps it, to the byte: the first address that it may not use."""
        return min(self.memory, LAST_ADDRESS)

    @property
    def whole_pages(self) -> int:
        """The bytes of the WebAssembly pages that hold the memory limit: what the store lets the memory grow to."""
        return -(-self.memory // PAGE_BYTES) * PAGE_BYTES


MAXIMUM_FUEL = 10**15
"""The guest's meter is a signed 64-bit number; this leaves room for sums."""

LOADING_FUEL = 50_000_000
LOADING_DEADLINE = 2.0

EVENT_DEFAULTS = Limits(fuel=200_000, memory="16MiB", deadline="50ms")
"""What an event may use when neither the caller nor the bundle says."""

PROGRAM_DEFAULTS = Limits(fuel=10**9, memory="256MiB", deadline="10s")
"""What a program run by `execute` may use when the caller does not say."""

BUNDLE_CEILING = Limits(fuel=10_000_000, memory="256MiB", deadline="1s")
"""How far a bundle's own `[limits]` may go when the runtime was given no ceiling: bundles are untrusted."""

CALLER_CEILING = Limits(fuel=MAXIMUM_FUEL, memory="4GiB", deadline=86_400.0)
"""How far the embedding program's own limits may go when the runtime was given no ceiling: what the machine can hold."""
