"""What the collector counts, for the host and for tests. Rules never see these numbers."""

from __future__ import annotations

from guest.compiler.language import inline, u32, u64

# Bytes allocated since the isolate began; what the nursery holds now is added when it is emptied (see
# `reset.py`).
allocated_bytes: u64 = 0
# Bytes alive, not counting the permanent image, at the last full collection and promoted or born old since.
live_bytes: u64 = 0
# Young and full collections, resets not counted.
collections: u32 = 0
# The largest number of bytes that one collection copied or traced without a break.
longest_step_bytes: u32 = 0


@inline
def count_allocated(size: u32) -> None:
    """So many bytes were allocated."""
    global allocated_bytes
    allocated_bytes += u64(size)


def count_collection(step_bytes: u32) -> None:
    """A collection copied or traced so many bytes."""
    global collections, longest_step_bytes
    collections += 1
    longest_step_bytes = max(longest_step_bytes, step_bytes)


def set_live(size: u32) -> None:
    """A full collection found so many bytes alive."""
    global live_bytes
    live_bytes = u64(size)


def add_live(size: u32) -> None:
    """So many bytes became old."""
    global live_bytes
    live_bytes += u64(size)
