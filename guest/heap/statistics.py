"""What the collector counts, for the host and for tests. Rules never see these numbers.

Counted at allocation's slow paths and where the collector works, never on a fast path. Work that is done without a break
is a *pause*; the guest has no clock, so its length is told in bytes of work: copied, marked, swept, alive when the world
was stopped, moved. For each kind of pause there is a row in the control area (`layout.py`):

    row    32 numbers: the pauses of 2^k to 2^(k+1)-1 bytes (the first: of 0 and 1)    longest: 32    pauses: 32    bytes: 64
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import clz, inline, u32, u64
from guest.compiler.raw import load_u32, load_u64, memory_fill, store_u32, store_u64
from guest.heap.layout import PAUSE_ROW, PAUSES_BASE, PAUSES_SIZE


class Pause(IntEnum):
    """Kinds of work."""

    YOUNG = 0  # survivors of the nursery are copied
    MARKING = 1
    SWEEPING = 2
    STOPPED = 3  # everything is marked and swept at once
    COMPACTING = 4


# Offsets in a row, after its 32 buckets.
LONGEST = 128
COUNT = 132
BYTES = 136

# Bytes allocated since the isolate began; what the nursery holds now is added when it is emptied (see
# `reset.py`).
allocated_bytes: u64 = 0
# Of them, bytes that were in the nursery when it was collected, and bytes of objects that were born old. The rest was
# freed by resets, at the ends of evaluations.
collected_bytes: u64 = 0
born_old_bytes: u64 = 0
# Bytes alive, not counting the permanent image, at the last full collection and promoted or born old since.
live_bytes: u64 = 0
# Cycles of the old space, those that a stop of the world ended included.
cycles: u32 = 0
# Young collections and cycles of the old space, resets not counted.
collections: u32 = 0
# The largest number of bytes that was copied, marked or swept without a break.
longest_step_bytes: u32 = 0


@inline
def count_allocated(size: u32) -> None:
    """So many bytes were allocated."""
    global allocated_bytes
    allocated_bytes += u64(size)


def count_born_old(size: u32) -> None:
    """An object of so many bytes was born old."""
    global born_old_bytes
    born_old_bytes += u64(size)
    count_allocated(size)


def count_young(nursery_bytes: u32, promoted_bytes: u32) -> None:
    """A young collection has ended."""
    global collections, collected_bytes
    collections += 1
    collected_bytes += u64(nursery_bytes)
    count_pause(Pause.YOUNG, promoted_bytes)


def count_cycle() -> None:
    """A cycle has ended."""
    global collections, cycles
    collections += 1
    cycles += 1


def count_pause(kind: u32, work: u32) -> None:
    """The collector did so many bytes of work of one kind without a break."""
    global longest_step_bytes
    longest_step_bytes = max(longest_step_bytes, work)
    row = PAUSES_BASE + kind * PAUSE_ROW
    bucket = row + ((31 - clz(work | 1)) << 2)
    store_u32(bucket, load_u32(bucket) + 1)
    store_u32(row, max(load_u32(row, LONGEST), work), LONGEST)
    store_u32(row, load_u32(row, COUNT) + 1, COUNT)
    store_u64(row, load_u64(row, BYTES) + u64(work), BYTES)


def set_live(size: u32) -> None:
    """A cycle found so many bytes alive."""
    global live_bytes
    live_bytes = u64(size)


def add_live(size: u32) -> None:
    """So many bytes became old."""
    global live_bytes
    live_bytes += u64(size)


def forget() -> None:
    """Begin to count anew: what has been loaded is not to be told again by every isolate that is made from it."""
    global \
        allocated_bytes, \
        collected_bytes, \
        born_old_bytes, \
        live_bytes, \
        cycles, \
        collections, \
        longest_step_bytes
    allocated_bytes = 0
    collected_bytes = 0
    born_old_bytes = 0
    live_bytes = 0
    cycles = 0
    collections = 0
    longest_step_bytes = 0
    memory_fill(PAUSES_BASE, 0, PAUSES_SIZE)
