"""Minimizing: the smallest input, as far as removing pieces goes, that still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable

MAX_TRIES = 4_000


def minimized(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """`data` with everything removed that `fails` does without: lines first, then ever smaller pieces."""
    tries = MAX_TRIES
    lines = data.split(b"\n")
    kept, tries = without(lines, lambda rest: fails(b"\n".join(rest)), tries)
    letters = [bytes([byte]) for byte in b"\n".join(kept)]
    kept, tries = without(letters, lambda rest: fails(b"".join(rest)), tries)
    return b"".join(kept)


def without(parts: list[bytes], fails: Callable[[list[bytes]], bool], tries: int) -> tuple[list[bytes], int]:
    """The parts that are needed, and how many tries are left."""
    size = max(1, len(parts) // 2)
    while tries > 0:
        at = 0
        removed = False
        while at < len(parts) and tries > 0:
            rest = parts[:at] + parts[at + size :]
            tries -= 1
            if fails(rest):
                parts, removed = rest, True
            else:
                at += size
        if size == 1 and not removed:
            break
        size = max(1, size // 2)
    return parts, tries
