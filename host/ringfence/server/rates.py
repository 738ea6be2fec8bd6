"""Rate limits: a token bucket for each client, in bounded memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 10_000
"""Clients that are remembered. The one that has asked least recently is forgotten first, and begins anew with a full bucket."""


class RateLimits:
    """At most `rate` requests a second for each client in the long run, and `burst` at once. Used by one thread."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        if not 0 < rate < float("inf"):
            raise ValueError(f"a rate is a number of requests a second, above 0, not {rate!r}")
        if burst < 1:
            raise ValueError(f"a burst is a number of requests, at least 1, not {burst!r}")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """What each client had left, and when."""

    def wait(self, client: str) -> float:
        """Count a request of this client: 0 if it may be answered, otherwise after how many seconds one may."""
        now = self._clock()
        left, then = self._buckets.pop(client, (float(self._burst), now))
        left = min(left + (now - then) * self._rate, float(self._burst))
        is_allowed = left >= 1
        if is_allowed:
            left -= 1
        self._buckets[client] = (left, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - left) / self._rate
