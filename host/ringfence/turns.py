"""Turns: a lock for an object that threads use in turn, and that a thread cannot use twice at once.

A host function runs while its event holds the session that decides it. With a plain lock such a function would wait for itself
if it used the session; with one that a thread may take again, it would find an event in hand.
"""

from __future__ import annotations

import threading


class Turns:
    """A lock for `with` statements. Raises `RuntimeError` where a thread would wait for itself."""

    __slots__ = ("_holder", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None
        """The thread whose turn it is."""

    def __enter__(self) -> None:
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a host function cannot use the session whose event called it")
        self._lock.acquire()
        self._holder = me

    def __exit__(self, *_: object) -> None:
        self._holder = None
        self._lock.release()
