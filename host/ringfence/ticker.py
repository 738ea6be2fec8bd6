"""Wall-clock deadlines: one thread that ticks, and the watch that each isolate keeps on its present event.

While an isolate is inside the guest, the ticker increments the engines' epochs every few milliseconds. Each increment makes
a running store call back on its own thread, between two instructions of the guest: there the isolate's `Watch` compares
the clock with the start of the present event. Evaluations that end before the next tick pay nothing for this.
`instance.py` owns the watches.
"""

from __future__ import annotations

import itertools
import os
import struct
import threading
import weakref
from time import monotonic, sleep
from typing import Any, Protocol

from wasmtime import Engine

from ringfence._wasm import EpochCallback, Handle, new_error

TICK_SECONDS = 0.005
"""Between two epochs: a deadline is noticed at most three ticks late."""

IDLE_TICKS = 40
"""The thread ends after this many ticks without a running isolate (starting one costs about 100 us)."""

BACKSTOP_FACTOR = 2
"""A guest that has not stopped by itself at this many deadlines is trapped."""

BACKSTOP_REASON = "the evaluation did not stop at its deadline"
COUNTER_REASON = "the guest's event counter is wrong"

_U32 = struct.Struct("<I")
_U32_MASK = 0xFFFF_FFFF


class Watch:
    """The clock of one isolate's present event.

    A call of the guest begins a new event; inside a batch, so does each advance of the guest's event counter. The guest is
    not trusted with it: the counter may not advance by more than the events that were sent.
    """

    __slots__ = (
        "__weakref__",
        "_counter",
        "_counter_address",
        "_events",
        "_first",
        "_interrupt_address",
        "_late",
        "_seen_calls",
        "_since",
        "backstop",
        "calls",
        "deadline",
        "expired",
        "view",
    )

    def __init__(self, counter_address: int, interrupt_address: int, deadline: float) -> None:
        self.view = memoryview(b"")
        self.deadline = deadline
        self.backstop = BACKSTOP_FACTOR * deadline
        """After so many seconds a guest that has not stopped by itself is trapped."""
        self.calls = 0
        """Counts the calls that enter the guest: whoever makes one adds 1 first."""
        self.expired = False
        """Whether the guest was trapped because it did not stop at its deadline."""
        self._counter_address = counter_address
        self._interrupt_address = interrupt_address
        self._counter = 0
        self._first = 0
        self._events = 1
        self._late = 0
        self._seen_calls = 0
        self._since = 0.0

    def start(self, events: int) -> None:
        """A call with at most `events` events begins now. Calls with a single event need not say so: `tick` sees them."""
        self.calls += 1
        self._first = self._counter = _U32.unpack_from(self.view, self._counter_address)[0]
        self._events = events
        self._seen_calls, self._since, self._late = self.calls, monotonic(), 0

    def finish(self) -> None:
        """The call announced by `start` is over; calls with a single event may follow."""
        self._events = 1

    def tick(self) -> str | None:
        """Look at the clock: ask the guest to stop at the deadline; return why to trap it when that did not help."""
        if not self.view:
            # The image is being copied: no guest code has run.
            return None
        now = monotonic()
        counter = _U32.unpack_from(self.view, self._counter_address)[0]
        if self.calls != self._seen_calls:
            # The call began somewhere between the last tick and this one: count from here, in its favour.
            self._seen_calls, self._since, self._late = self.calls, now, 0
            return None
        if self._events > 1 and counter != self._counter:
            self._counter, self._since, self._late = counter, now, 0
            return COUNTER_REASON if (counter - self._first) & _U32_MASK > self._events else None
        elapsed = now - self._since
        if elapsed < self.deadline:
            return None
        self._late += 1
        if self._late == 1:
            # Perhaps it was not the event that took so long: this thread may not have run for a while. See again.
            return None
        # The guest clears the word when an event begins: an interrupt that comes too late hits nothing.
        _U32.pack_into(self.view, self._interrupt_address, 1)
        if self._late == 2 or elapsed < self.backstop:
            return None
        self.expired = True
        return BACKSTOP_REASON


class Interruptible(Protocol):
    """What is inside the guest: an isolate."""

    def interrupt(self) -> None:
        """Let it end at its next safepoint."""


class Ticker:
    """The thread that increments the epochs of all engines, while any isolate is inside the guest.

    `running` holds the isolates that are inside the guest. An isolate adds itself *before* it looks at `ticking`, and the
    thread looks at `running` *after* it has cleared `ticking`; so between them one always sees the other.
    """

    def __init__(self) -> None:
        self.running: set[Interruptible] = set()
        self.ticking = False
        self.interrupted = False
        """Set to end whatever runs in a guest at the next tick: the command's answer to Ctrl-C."""
        self._lock = threading.Lock()
        self._engines: weakref.WeakSet[Engine] = weakref.WeakSet()

    def add_engine(self, engine: Engine) -> None:
        """Tick for this engine too, as long as it lives."""
        with self._lock:
            self._engines.add(engine)

    def start(self) -> None:
        """Make sure that the thread runs."""
        with self._lock:
            if not self.ticking:
                self.ticking = True
                threading.Thread(target=self._run, name="ringfence-ticker", daemon=True).start()

    def _run(self) -> None:
        idle = 0
        try:
            while idle <= IDLE_TICKS or not self._stop():
                sleep(TICK_SECONDS)
                with self._lock:
                    for engine in self._engines:
                        engine.increment_epoch()
                idle = 0 if self.running else idle + 1
        except BaseException:
            self.ticking = False  # the next evaluation starts another thread
            raise

    def _stop(self) -> bool:
        """Whether the thread may end: with `ticking` cleared, still nobody is inside the guest."""
        with self._lock:
            self.ticking = False
            if not self.running:
                return True
            self.ticking = True
            return False

    def interrupt(self) -> None:
        """Let what runs in guests end at the next safepoint, as if its time were over; the isolates stay whole."""
        for isolate in tuple(self.running):
            isolate.interrupt()

    def restart_after_fork(self) -> None:
        """In a forked child no other thread exists: neither this one nor those that were inside the guest."""
        self._lock = threading.Lock()
        self.running.clear()
        self.ticking = False


TICKER = Ticker()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TICKER.restart_after_fork)

_watches: weakref.WeakValueDictionary[int, Watch] = weakref.WeakValueDictionary()
_numbers = itertools.count(1)


def register(watch: Watch) -> int:
    """The number under which a store's epoch callback finds `watch`, as long as somebody else holds it."""
    number = next(_numbers)
    _watches[number] = watch
    return number


def _look(_context: int, number: int, ticks: Any, _kind: Any) -> int:
    """What a store does at an epoch: `number` is its watch. Must not raise: ctypes would drop the exception."""
    ticks[0] = 1
    try:
        reason = _watches[number].tick() if not TICKER.interrupted else "interrupted"
    except Exception as failure:
        reason = f"the deadline could not be checked: {failure!r}"
    return new_error(reason) if reason is not None else 0


on_epoch = Handle(EpochCallback(_look))
"""The epoch callback of every store."""
