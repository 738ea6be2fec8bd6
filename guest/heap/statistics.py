"""What the collector counts, for the host and for tests. Rules never see these numbers."""

from __future__ import annotations

from guest.compiler.language import inline, u32, u64

# Bytes allocated since the isolate began; what the nursery holds now is added when it is emptied (see
# `reset.py`).
allocated_bytes: u64 = 0
# Bytes alive, not counting the permanent image, at the last full collection and promoted or born old since.
live_bytes: u64 = 0
# Young collections and cycles of the old space, resets not counted.
collections: u32 = 0
# The largest number of bytes that was copied, marked or swept without a break.
longest_step_bytes: u32 = 0


@inline
def count_allocated(size: u32) -> None:
    """So many bytes were allocated."""
    global allocated_bytes
    allocated_bytes += u64(size)


def count_collection() -> None:
    """A collection has ended."""
    global collections
    collections += 1


def count_step(step_bytes: u32) -> None:
    """The collector did so much work without a break."""
    global longest_step_bytes
    longest_step_bytes = max(longest_step_bytes, step_bytes)


def set_live(size: u32) -> None:
    """A cycle found so many bytes alive."""
    global live_bytes
    live_bytes = u64(size)


def add_live(size: u32) -> None:
    """So many bytes became old."""
    global live_bytes
    live_bytes += u64(size)
