"""Threads that are shared fairly: those who want something done take turns, however much each of them wants.

`lanes.py` gives it the events of bundles that take long.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class FairPool:
    """A number of threads, and a queue for each owner of work; the owners' first calls are done in turn."""

    def __init__(self, threads: int) -> None:
        self._queues: dict[Hashable, deque[tuple[Future[Any], Callable[[], Any]]]] = {}
        self._turns: deque[Hashable] = deque()
        """The owners whose queue is not empty, in the order of their turns."""
        self._changed = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._run, name=f"ringfence-fair-{number}") for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, owner: Hashable, call: Callable[[], Answer]) -> Future[Answer]:
        """Do this in the owner's turn. A future may be cancelled until then."""
        future: Future[Answer] = Future()
        with self._changed:
            if self._closing:
                raise RuntimeError("this pool is closed")
            queue = self._queues.setdefault(owner, deque())
            queue.append((future, call))
            if len(queue) == 1:
                self._turns.append(owner)
            self._changed.notify()
        return future

    def close(self) -> None:
        """Do what is queued, and end the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._turns and not self._closing:
                    self._changed.wait()
                if not self._turns:
                    return
                owner = self._turns.popleft()
                queue = self._queues[owner]
                future, call = queue.popleft()
                if queue:
                    self._turns.append(owner)
                else:
                    del self._queues[owner]
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as failure:
                future.set_exception(failure)
