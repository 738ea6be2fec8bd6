"""What a guest counted: allocation, collections and their pauses, as the host reads it from the guest's memory.

A pause is work that the collector does without a break. The guest has no clock, so lengths are bytes of work; `docs/collector.md`
says how long a byte takes. `isolate.py` makes these, `RuleSet.stats`, `execute` and the `--stats` option show them.
"""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from ringfence.abi import U32, U64, Variables

PAUSE_KINDS: Final = ("young", "marking", "sweeping", "stopped", "compacting")
"""In the order of the guest's rows and of the fields here."""
BUCKETS: Final = 32
ROW: Final = struct.Struct(f"<{BUCKETS}IIIQ")
"""A kind of pause in the guest's memory: its buckets, the longest, how many, their bytes."""
COUNT: Final = struct.Struct("<I")
COUNT_OFFSET: Final = ROW.size - 12


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of one kind: how many, their bytes of work, the longest, and how many were how long.

    `histogram[k]` counts the pauses of 2**k to 2**(k + 1) - 1 bytes (`histogram[0]`: of 0 and 1); it ends with the last that
    is not 0.
    """

    count: int = 0
    bytes: int = 0
    longest_bytes: int = 0
    histogram: tuple[int, ...] = ()

    @classmethod
    def read(cls, memory: memoryview, address: int) -> Pauses:
        """The row at an address; raises `struct.error` if that is outside the memory."""
        if COUNT.unpack_from(memory, address + COUNT_OFFSET)[0] == 0:
            return NO_PAUSES  # a fifth of the time of what follows
        *buckets, longest, count, work = ROW.unpack_from(memory, address)
        return cls(count, work, longest, trimmed(buckets))

    def __add__(self, other: Pauses) -> Pauses:
        """Those of both."""
        size = max(len(self.histogram), len(other.histogram))
        both = zip(padded(self.histogram, size), padded(other.histogram, size), strict=True)
        return Pauses(
            self.count + other.count,
            self.bytes + other.bytes,
            max(self.longest_bytes, other.longest_bytes),
            tuple(a + b for a, b in both),
        )


NO_PAUSES: Final = Pauses()


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was spent, allocated and collected. Bytes are bytes; pauses are told in bytes of work.

    `fuel` is in units. `live_bytes` leaves out the loaded image. `reset_bytes` were freed at the end of an evaluation without any
    work, `born_old_bytes` were too large for the nursery. `young` copies, `marking` and `sweeping` are steps of a cycle,
    `stopped` marks and sweeps everything at once, `compacting` moves objects together.
    """

    fuel: int = 0
    allocated_bytes: int = 0
    live_bytes: int = 0
    collections: int = 0
    longest_step_bytes: int = 0
    cycles: int = 0
    born_old_bytes: int = 0
    reset_bytes: int = 0
    young: Pauses = Pauses()
    marking: Pauses = Pauses()
    sweeping: Pauses = Pauses()
    stopped: Pauses = Pauses()
    compacting: Pauses = Pauses()

    @classmethod
    def read(cls, memory: memoryview, variables: Variables, fuel: int) -> Statistics:
        """What the guest in this memory has counted; raises `struct.error` if the memory has gone."""

        def long(address: int) -> int:
            number: int = U64.unpack_from(memory, address)[0]
            return number

        def short(address: int) -> int:
            number: int = U32.unpack_from(memory, address)[0]
            return number

        allocated, born_old = long(variables.allocated_bytes), long(variables.born_old_bytes)
        rows = range(len(PAUSE_KINDS))
        return cls(
            fuel,
            allocated,
            long(variables.live_bytes),
            short(variables.collections),
            short(variables.longest_step_bytes),
            short(variables.cycles),
            born_old,
            max(0, allocated - born_old - long(variables.collected_bytes)),
            *(Pauses.read(memory, variables.pauses + row * variables.pause_row) for row in rows),
        )

    def __add__(self, other: Statistics) -> Statistics:
        """Those of two isolates: sums, and the longer of the longest."""
        sums = {field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        sums["longest_step_bytes"] = max(self.longest_step_bytes, other.longest_step_bytes)
        return Statistics(**sums)

    def as_json(self) -> dict[str, Any]:
        """A dict that `json.dumps` takes, its keys in the order of the fields."""
        return asdict(self)


def trimmed(buckets: list[int]) -> tuple[int, ...]:
    """The buckets without the zeroes at their end."""
    used = max((index for index, count in enumerate(buckets) if count), default=-1) + 1
    return tuple(buckets[:used])


def padded(buckets: tuple[int, ...], size: int) -> tuple[int, ...]:
    """As many buckets as `size` says."""
    return buckets + (0,) * (size - len(buckets))
