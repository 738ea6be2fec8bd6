"""A pool of isolates of one image: each evaluation or worker holds one exclusively, broken ones are replaced.

Making an isolate costs some tens of microseconds, so the pool starts empty and keeps what is given back.
`ruleset.py` and `batch.py` take from it.
"""

from __future__ import annotations

from collections import deque

from ringfence.engine import Engine
from ringfence.errors import ClosedError
from ringfence.image import Image
from ringfence.isolate import Isolate
from ringfence.limits import Budget

MAXIMUM_IDLE = 64
"""Idle isolates that are kept; each costs about four memory mappings and what it touched of its memory."""


class NoneKept(deque[Isolate]):
    """The idle isolates of a pool that keeps none: each is freed once it has been used."""

    def append(self, isolate: Isolate, /) -> None:
        """Free an isolate."""
        isolate.close()


class Pool:
    """Isolates of one image. `idle.pop()` and `idle.append()` are atomic, so the pool needs no lock.

    Where events may change state that outlives them, each needs a pristine isolate.
    """

    __slots__ = ("_budget", "_closed", "_engine", "_image", "idle", "is_pristine")

    def __init__(self, engine: Engine, image: Image, budget: Budget, is_pristine: bool = False) -> None:
        self._engine = engine
        self._image = image
        self._budget = budget
        self._closed = False
        self.is_pristine = is_pristine
        self.idle: deque[Isolate] = NoneKept() if is_pristine else deque()

    def fresh(self) -> Isolate:
        """A pristine isolate, straight from the image."""
        if self._closed:
            raise ClosedError("this rule set is closed")
        return Isolate(self._engine, self._image, self._budget)

    def take(self) -> Isolate:
        """An idle isolate, or a fresh one. Give it back, unless it broke."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.fresh()

    def give(self, isolate: Isolate) -> None:
        """Return an isolate that is whole; one that grew much is freed, and replaced when it is needed."""
        if self._closed or len(self.idle) >= MAXIMUM_IDLE or isolate.has_grown():
            isolate.close()
        else:
            self.idle.append(isolate)

    def close(self) -> None:
        """Free all idle isolates; those that are held are freed when they are given back."""
        self._closed = True
        while self.idle:
            self.idle.pop().close()
