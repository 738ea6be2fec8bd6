"""Parking: when very many evaluations wait in one process, those that come last wait without an isolate.

An isolate takes about four memory mappings, of which a process may have 65,530, and whatever pages its evaluation has written; a
parked evaluation is a packed delta of a kilobyte or two. Going on costs it a fresh isolate. Which of them are parked shows in
nothing but that time: those that were there first keep their isolates, because a scheduler that comes by all of them in
turn would find any other choice made just wrong.
"""

from __future__ import annotations

import weakref
import zlib

from ringfence.delta import Delta
from ringfence.snapshot import PACKING_LEVEL

MOST_LIVE = 1000
"""Evaluations of a process that wait in isolates of their own."""

LIVE: weakref.WeakSet[object] = weakref.WeakSet()
"""The evaluations that are in isolates."""


def is_crowded() -> bool:
    """Whether an evaluation that has to wait now gives up its isolate."""
    return len(LIVE) > MOST_LIVE


class Parked:
    """The memory of an evaluation that waits without an isolate."""

    __slots__ = ("_packed",)

    def __init__(self, delta: Delta) -> None:
        self._packed = zlib.compress(delta.encode(), PACKING_LEVEL)

    def delta(self) -> Delta:
        """The memory again."""
        return Delta.decode(zlib.decompress(self._packed))
