"""The scheduler: turns by tenant, in order inside each, whatever the others ask for."""

from __future__ import annotations

import threading
import time

import pytest

import ringfence as rf

GOOD = 'rule("good", then = lambda req: [req.n, len([i for i in range(20)])])\n'
LOOP = "def decide(e):\n    n = 0\n    while True:\n        n += 1\n"
LIMITS = rf.Limits(fuel=10**9, deadline=1.0)


@pytest.fixture(scope="module")
def good() -> rf.RuleSet:
    return rf.Runtime().load(rf.Bundle.from_sources({"main.star": GOOD}))


def test_decisions_are_those_of_evaluate(good: rf.RuleSet) -> None:
    """Many threads submit; every event has its decision, and its own."""
    expected = [good.evaluate({"n": n}) for n in range(60)]
    with rf.Scheduler(slice_fuel=50) as scheduler:
        futures = {}

        def submit(first: int) -> None:
            for n in range(first, 60, 4):
                futures[n] = scheduler.submit(good, {"n": n}, tenant=n % 3)

        threads = [threading.Thread(target=submit, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [futures[n].result(10) for n in range(60)] == expected
        with pytest.raises(rf.InputError):
            scheduler.submit(good, b"nonsense").result(10)
        with pytest.raises(rf.InputError):
            scheduler.submit(good, {"n": object()}).result(10)


def test_a_hostile_tenant_does_not_starve_others(good: rf.RuleSet) -> None:
    """While one tenant's events loop forever, another's are decided, in order, and end long before."""
    runtime = rf.Runtime()
    hostile = runtime.load(rf.Bundle.from_sources({"main.star": LOOP}, options=["while"]), limits=LIMITS)
    order: list[int] = []
    with rf.Scheduler() as scheduler:
        loops = [scheduler.submit(hostile, {}) for _ in range(3)]
        futures = [scheduler.submit(good, {"n": n}) for n in range(50)]
        for n, future in enumerate(futures):
            future.add_done_callback(lambda _, n=n: order.append(n))  # type: ignore[misc]
        for n, future in enumerate(futures):
            assert future.result(10).decision == [n, 20]
        assert not any(loop.done() for loop in loops)
        assert loops[1].cancel()
        with pytest.raises(rf.DeadlineExceeded):
            loops[0].result(10)
        assert loops[2].cancel() or loops[2].exception(10)
    assert order == list(range(50))


def test_closing_finishes_what_is_under_way(good: rf.RuleSet) -> None:
    """What has not begun is cancelled; nothing is accepted afterwards."""
    runtime = rf.Runtime()
    limits = rf.Limits(fuel=2_000_000, deadline=5.0)
    slow = runtime.load(rf.Bundle.from_sources({"main.star": LOOP}, options=["while"]), limits=limits)
    scheduler = rf.Scheduler(slice_fuel=1000)
    first = scheduler.submit(slow, {})
    waiting = [scheduler.submit(slow, {}) for _ in range(5)]
    while not first.running():
        pass
    scheduler.close()
    with pytest.raises(rf.FuelExhausted):
        first.result(0)
    assert all(future.cancelled() for future in waiting)
    with pytest.raises(rf.ClosedError, match="scheduler is closed"):
        scheduler.submit(good, {"n": 1})
    scheduler.close()
    for wrong in (0, 1.5, True):
        with pytest.raises(ValueError, match="slice_fuel"):
            rf.Scheduler(slice_fuel=wrong)  # type: ignore[arg-type]


def test_closing_while_an_event_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its future can be cancelled no more, so it must come to its end: whoever waits for it would wait forever."""
    rules = rf.Runtime().load(rf.Bundle.from_sources({"main.star": "def decide(event): return 7"}))
    starts = threading.Event()
    start = rules.start

    def slow_start(event: dict[str, int], now: float | None = None) -> rf.Evaluation:
        starts.set()
        time.sleep(0.1)
        return start(event, now)

    monkeypatch.setattr(rules, "start", slow_start)
    scheduler = rf.Scheduler()
    first, second = scheduler.submit(rules, {}), scheduler.submit(rules, {})
    assert starts.wait(10)
    scheduler.close()
    assert first.result(0).decision == 7
    assert second.cancelled()
