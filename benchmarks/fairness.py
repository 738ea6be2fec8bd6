"""How long a well-behaved tenant waits beside a hostile one: one thread that decides events in order, and the scheduler.

The good tenant sends the gateway's events at a steady rate. The hostile one always has events waiting that burn all their
fuel, in a loop or inside single dear built-ins. Latency is from the moment at which an event was due to its decision.

    python -m benchmarks.fairness [--seconds 4] [--rate 300]
"""

from __future__ import annotations

import argparse
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import ringfence as rf
from ringfence.sample_events import gateway_events

TEMPLATE = Path(rf.__file__).parent / "templates" / "gateway"
HOSTILE = {
    "nobody": None,
    "loops": "def decide(e):\n    n = 0\n    while True:\n        n += 1\n",
    "sorts": "def decide(e):\n    while True:\n        x = sorted([str(i) for i in range(3000)], reverse = True)\n",
}
WAITING = 20  # events that the hostile tenant has in the queue at any time


class Decider(Protocol):
    """Decides events on one thread."""

    def submit(self, rules: Any, event: Any, *, tenant: str) -> Future[Any]: ...


class InOrder(AbstractContextManager["InOrder"]):
    """What a service does without a scheduler: a queue and a thread."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Any, Any, Future[Any]] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, rules: Any, event: Any, *, tenant: str) -> Future[Any]:
        """Decide an event when those before it are done."""
        future: Future[Any] = Future()
        self._queue.put((rules, event, future))
        return future

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            rules, event, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(rules.evaluate(event))
            except rf.RingfenceError as error:
                future.set_exception(error)

    def __exit__(self, *details: object) -> None:
        self._queue.put(None)
        self._thread.join()


def latencies(decider: Decider, hostile: str | None, seconds: float, rate: float) -> list[float]:
    """Seconds that each of the good tenant's events took, sorted."""
    runtime = rf.Runtime()
    good = runtime.load(TEMPLATE)
    events = list(gateway_events(200))
    over = False

    def attack() -> None:
        assert hostile is not None
        bad = runtime.load(rf.Bundle.from_sources({"main.star": hostile}, options=["while"]))
        slots = threading.Semaphore(WAITING)
        while not over:
            slots.acquire()
            try:
                submitted = decider.submit(bad, {}, tenant="hostile")
            except rf.ClosedError:
                return
            submitted.add_done_callback(lambda _: slots.release())

    attacker = threading.Thread(target=attack, daemon=True)
    if hostile is not None:
        attacker.start()
        time.sleep(0.2)
    taken: list[float] = []

    def noting(due: float) -> Callable[[Future[Any]], None]:
        return lambda _: taken.append(time.perf_counter() - due)

    start = time.perf_counter()
    for number in range(int(seconds * rate)):
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        decider.submit(good, events[number % len(events)], tenant="good").add_done_callback(noting(due))
    while len(taken) < int(seconds * rate):
        time.sleep(0.01)
    over = True
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench --fairness")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=300.0, help="events a second of the good tenant")
    options = parser.parse_args()
    print(f"{'':24} {'p50':>10} {'p99':>10} {'longest':>10}   milliseconds, {options.rate:g} events a second")
    for name, source in HOSTILE.items():
        for kind, make in (("in order", InOrder), ("scheduler", rf.Scheduler)):
            decider = make()
            try:
                found = latencies(decider, source, options.seconds, options.rate)
            finally:
                # What the hostile tenant has left in the queue would take minutes in order: nobody waits for it.
                threading.Thread(target=decider.__exit__, args=(None, None, None), daemon=True).start()
            shown = [found[int(share * (len(found) - 1))] * 1000 for share in (0.5, 0.99, 1.0)]
            print(f"{kind + ', beside ' + name:24} " + " ".join(f"{value:10.2f}" for value in shown))


if __name__ == "__main__":
    main()
