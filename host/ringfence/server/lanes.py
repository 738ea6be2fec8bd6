"""Which thread decides which events, so that no bundle slows down another.

Each bundle has two lanes of its own. In the *fast lane*, one thread, its events are decided as long as they are quick. What takes
longer is paid back in the *slow lane*, whose threads give way to all others and are one less than there are cores. The guest
releases Python's global lock. `deciding.py` makes the work; the event loop calls `Lanes.take_turn`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ringfence.server.problems import Problem
from ringfence.workers import worker_count

Answer = TypeVar("Answer")

QUICK_SECONDS = 0.001
"""Processor time that a turn in the fast lane may take."""

PENALTY = 100
"""What a turn takes beyond that is paid back so many times over: a bundle that is never quick has the fast lane for a hundredth
of the time."""

RETRY_SECONDS = 1
"""After which a client may ask again whose request was turned away because too many wait."""


SLOW_NICENESS = 5
"""Of threads in the slow lane: the others go first, and a third of what they get is left for what is slow and honest."""


def give_way() -> None:
    """Let this thread go after others, where the system can tell threads apart."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), SLOW_NICENESS)


class Lanes:
    """The threads of one bundle, and the requests that wait for them. Used by the event loop's thread."""

    def __init__(self, name: str, most_waiting: int) -> None:
        self._name = name
        self._fast = ThreadPoolExecutor(1, f"ringfence-{name}")
        self._slow = ThreadPoolExecutor(max(worker_count(None) - 1, 1), f"ringfence-{name}-slow", give_way)
        self._slow_until = 0.0
        self._most_waiting = most_waiting
        self.waiting = 0
        """Requests that are under way or wait."""

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be one of the requests under way for as long as a `with` statement lasts. Raises a `Problem` if there are too many."""
        if self.waiting >= self._most_waiting:
            raise Problem(
                503,
                f"{self.waiting} requests of the bundle {self._name!r} wait already",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    async def take_turn(self, turn: Callable[[], Answer]) -> Answer:
        """What `turn` returns, called in a thread. Other requests of the bundle have theirs between two turns of one."""

        def timed() -> tuple[Answer, float]:
            started = time.thread_time()
            answer = turn()
            return answer, time.thread_time() - started

        lane = self._fast if time.monotonic() >= self._slow_until else self._slow
        answer, seconds = await asyncio.get_running_loop().run_in_executor(lane, timed)
        if seconds > QUICK_SECONDS:
            paid_back = time.monotonic() + PENALTY * (seconds - QUICK_SECONDS)
            self._slow_until = max(self._slow_until, paid_back)
        return answer

    def close(self) -> None:
        """End the threads, after what is under way."""
        self._fast.shutdown()
        self._slow.shutdown()
