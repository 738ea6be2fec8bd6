"""A pool of isolates of one image: each evaluation or worker holds one exclusively, broken ones are replaced.

Making an isolate costs some tens of microseconds, so the pool starts empty and keeps what is given back.
`ruleset.py` and `batch.py` take from it.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from ringfence.engine import Engine
from ringfence.errors import ClosedError
from ringfence.image import Image
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from ringfence.lines import LineCoverage
from ringfence.statistics import Statistics

MAXIMUM_IDLE = 64
"""Idle isolates that are kept; each costs about four memory mappings and what it touched of its memory."""

LOOKING_ROOM = 4 * MEBIBYTE
"""Bytes that it takes at most to say where an evaluation stands."""


class NoneKept(deque[Isolate]):
    """The idle isolates of a pool that keeps none: each is freed by `free`, a method of the pool, once it has been used."""

    def __init__(self, free: Callable[[Isolate], None]) -> None:
        super().__init__()
        # Weakly: a pool that nobody uses any more is freed at once, with its image, not when Python next looks for cycles.
        self._free = weakref.WeakMethod(free)

    def append(self, isolate: Isolate, /) -> None:
        """Free an isolate."""
        free = self._free()
        if free is None:
            isolate.close()
        else:
            free(isolate)


class Pool:
    """Isolates of one image. `idle.pop()` and `idle.append()` are atomic, so the pool needs no lock.

    Where events may change state that outlives them, each needs a pristine isolate.
    """

    __slots__ = (
        "__weakref__",
        "_budget",
        "_closed",
        "_engine",
        "_freed",
        "_freeing",
        "_image",
        "_lines",
        "idle",
        "is_pristine",
        "keeps_prints",
    )

    def __init__(
        self,
        engine: Engine,
        image: Image,
        budget: Budget,
        is_pristine: bool = False,
        lines: LineCoverage | None = None,
    ) -> None:
        """The image of a covered bundle comes with `lines`, which takes what isolates have run when they are freed."""
        self._engine = engine
        self._image = image
        self._budget = budget
        self._closed = False
        self._lines = lines
        self.is_pristine = is_pristine
        self.keeps_prints = True
        """Whether isolates that are made from now on give what rules print to the host."""
        self.idle: deque[Isolate] = NoneKept(self.free) if is_pristine else deque()
        self._freed = Statistics()
        """What the isolates counted that have been freed."""
        self._freeing = threading.Lock()

    def fresh(self) -> Isolate:
        """A pristine isolate, straight from the image."""
        if self._closed:
            raise ClosedError("this rule set is closed")
        isolate = Isolate(self._engine, self._image, self._budget)
        isolate.keeps_prints = self.keeps_prints
        return isolate

    def spacious(self, more: int = LOOKING_ROOM) -> Isolate:
        """A pristine isolate with some memory beyond the limit, for what looks at an evaluation that is near it."""
        if self._closed:
            raise ClosedError("this rule set is closed")
        budget = replace(self._budget, memory=self._budget.memory + more)
        isolate = Isolate(self._engine, self._image, budget)
        isolate.set_event_budget(budget)
        return isolate

    @property
    def is_closed(self) -> bool:
        """Whether no isolate is given any more."""
        return self._closed

    def take(self) -> Isolate:
        """An idle isolate, or a fresh one. Give it back, unless it broke."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.fresh()

    def give(self, isolate: Isolate) -> None:
        """Return an isolate that is whole; one that grew much is freed, and replaced when it is needed."""
        if self._closed or len(self.idle) >= MAXIMUM_IDLE or isolate.has_grown():
            self.free(isolate)
        else:
            self.idle.append(isolate)

    def free(self, isolate: Isolate) -> None:
        """Free an isolate that is whole, and keep what it counted."""
        counted = isolate.event_statistics()
        with self._freeing:
            self._freed += counted
        if self._lines is not None:
            self._lines.take(isolate)
        isolate.close()

    def statistics(self) -> Statistics:
        """What the isolates counted that are idle or freed; those that broke took theirs with them."""
        taken: list[Isolate] = []
        with self._freeing:
            total = self._freed
        try:
            while True:
                taken.append(self.idle.pop())
        except IndexError:
            pass  # nobody else has them now
        live_bytes = 0
        for isolate in taken:
            counted = isolate.event_statistics()
            live_bytes += counted.live_bytes
            total += counted
        for isolate in taken:
            self.give(isolate)
        return replace(total, live_bytes=live_bytes)

    def close(self) -> None:
        """Free all idle isolates; those that are held are freed when they are given back."""
        self._closed = True
        idle, self.idle = self.idle, NoneKept(self.free)
        while idle:
            self.free(idle.pop())
