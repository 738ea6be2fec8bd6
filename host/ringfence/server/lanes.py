"""Which thread decides which events, so that no bundle slows down another.

Each bundle has a *fast lane*, a thread of its own, for as long as its events are quick. A bundle that takes longer is sent to
the *slow lane*, whose threads all bundles share in turns. There is one thread less there than there are cores, so the event
loop and the fast lanes always find a core. `deciding.py` makes the work; the event loop calls `Lane.finish`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ringfence.server.fair_pool import FairPool
from ringfence.server.problems import Problem
from ringfence.workers import worker_count

QUICK_SECONDS = 0.001
"""Processor time that a turn in the fast lane may take."""

PENALTY = 100
"""What a turn takes beyond that is paid back in the slow lane so many times over: a bundle that is never quick has the fast
lane for a hundredth of the time."""

RETRY_SECONDS = 1
"""After which a client may ask again whose request was turned away because too many wait."""


def slow_threads() -> int:
    """The number of threads for the slow lane."""
    return max(worker_count(None) - 1, 1)


class Lane:
    """The way of one bundle's requests to its threads. Used by the event loop's thread."""

    def __init__(self, name: str, slow: FairPool, most_waiting: int) -> None:
        self._name = name
        self._slow = slow
        self._fast = ThreadPoolExecutor(1, thread_name_prefix=f"ringfence-{name}")
        self._most_waiting = most_waiting
        self._slow_until = 0.0
        self.waiting = 0
        """Requests that are under way or wait."""

    async def finish(self, turn: Callable[[], bool]) -> None:
        """Call `turn` in threads until it returns True. Raises a `Problem` if too many requests of this bundle wait."""
        if self.waiting >= self._most_waiting:
            raise Problem(
                503,
                f"{self.waiting} requests of the bundle {self._name!r} wait already",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self.waiting += 1
        try:
            while not await self._take_turn(turn):
                pass
        finally:
            self.waiting -= 1

    async def _take_turn(self, turn: Callable[[], bool]) -> bool:
        def timed() -> tuple[bool, float]:
            started = time.thread_time()
            is_over = turn()
            return is_over, time.thread_time() - started

        is_quick = time.monotonic() >= self._slow_until
        future = self._fast.submit(timed) if is_quick else self._slow.submit(self._name, timed)
        is_over, seconds = await asyncio.wrap_future(future)
        if seconds > QUICK_SECONDS:
            paid_back = time.monotonic() + PENALTY * (seconds - QUICK_SECONDS)
            self._slow_until = max(self._slow_until, paid_back)
        return is_over

    def close(self) -> None:
        """End the fast lane's thread, after what is under way."""
        self._fast.shutdown()
