"""Deadlines: the watch of one event, and the thread that ticks."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator

import pytest

from ringfence import ticker
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.ticker import BACKSTOP_REASON, COUNTER_REASON, TICK_SECONDS, TICKER, Watch

COUNTER, INTERRUPT = 0, 4
DEADLINE = 0.05


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(ticker, "monotonic", clock)
    yield clock


@pytest.fixture
def watch() -> Watch:
    watch = Watch(COUNTER, INTERRUPT, DEADLINE)
    watch.view = memoryview(bytearray(8))
    return watch


def interrupted(watch: Watch) -> bool:
    return struct.unpack_from("<I", watch.view, INTERRUPT)[0] != 0


def next_event(watch: Watch, number: int) -> None:
    struct.pack_into("<I", watch.view, COUNTER, number)


def test_first_a_request_then_a_trap(watch: Watch, clock: Clock) -> None:
    watch.calls += 1
    seen = []
    for _ in range(40):
        reason = watch.tick()
        seen.append((round(clock.now - 100.0, 3), interrupted(watch), reason))
        clock.now += TICK_SECONDS
        if reason is not None:
            break
    asked = next(at for at, asked, _ in seen if asked)
    assert DEADLINE <= asked <= DEADLINE + 2 * TICK_SECONDS
    assert seen[-1][2] == BACKSTOP_REASON
    assert 2 * DEADLINE <= seen[-1][0] <= 2 * DEADLINE + TICK_SECONDS
    assert watch.expired


def test_a_thread_that_did_not_run_for_a_while_is_no_late_event(watch: Watch, clock: Clock) -> None:
    watch.calls += 1
    watch.tick()
    clock.now += 10 * DEADLINE
    assert watch.tick() is None
    assert not interrupted(watch)
    watch.calls += 1
    clock.now += DEADLINE
    assert watch.tick() is None
    assert not interrupted(watch)


def test_each_event_of_a_batch_has_the_whole_deadline(watch: Watch, clock: Clock) -> None:
    watch.start(events=1000)
    for number in range(1000):
        next_event(watch, number)
        assert watch.tick() is None
        clock.now += DEADLINE * 0.9
    assert not interrupted(watch)


def test_a_counter_that_advances_too_far_is_a_broken_guest(watch: Watch, clock: Clock) -> None:
    next_event(watch, 0xFFFF_FFF0)
    watch.start(events=30)
    next_event(watch, 14)  # the counter wraps around
    assert watch.tick() is None
    next_event(watch, 15)
    assert watch.tick() == COUNTER_REASON


def test_the_counter_does_not_extend_a_single_evaluation(watch: Watch, clock: Clock) -> None:
    watch.calls += 1
    for number in range(100):
        next_event(watch, number)
        if watch.tick() is not None:
            break
        clock.now += TICK_SECONDS
    assert watch.expired


def test_the_thread_ends_when_nothing_runs_and_starts_again(engine: Engine, isolate: Isolate) -> None:
    isolate.evaluate(b'{"do":"echo"}')
    assert TICKER.ticking
    end = time.monotonic() + 5
    while TICKER.ticking and time.monotonic() < end:
        time.sleep(0.02)
    assert not TICKER.ticking
    isolate.evaluate(b'{"do":"echo"}')
    assert TICKER.ticking
