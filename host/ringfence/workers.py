"""Work on several threads whose results come out in order, with bounded read-ahead.

Calls of the guest release Python's global lock, so threads use the cores. `ruleset.py` and `stream.py` use this.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from ringfence.errors import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future

Item = TypeVar("Item")
Answer = TypeVar("Answer")

READ_AHEAD = 2
"""Batches that wait or run for each worker, beyond the one whose answers are being handed out."""


def in_order(
    function: Callable[[Item], Answer],
    items: Iterable[Item],
    workers: int,
    hurry: Callable[[], bool] = lambda: False,
) -> Iterator[Answer]:
    """`map(function, items)` on `workers` threads with bounded read-ahead; while `hurry()`, answers before more items.

    Where taking the next item fails, the answers to those before it come first.
    """
    if workers == 1:
        yield from map(function, items)
        return

    from concurrent.futures import ThreadPoolExecutor  # 10 ms of imports that one worker does without

    taken = UntilFailure(items)
    with ThreadPoolExecutor(workers, thread_name_prefix="ringfence") as executor:
        pending: deque[Future[Answer]] = deque()
        try:
            for item in taken:
                pending.append(executor.submit(function, item))
                while pending and (len(pending) > workers * READ_AHEAD or hurry()):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
    if taken.failure is not None:
        raise taken.failure


class UntilFailure(Iterator[Item]):
    """The items up to the end or to an exception, which is kept in `failure`."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self.failure: Exception | None = None

    def __next__(self) -> Item:
        try:
            return next(self._items)
        except StopIteration:
            raise
        except Exception as failure:
            self.failure = failure
            raise StopIteration from None


def worker_count(workers: int | None) -> int:
    """The number of threads that `workers` asks for; None is the number of cores this process may use."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise UsageError(f"workers is a number of threads, at least 1, not {workers!r}")
    return workers
