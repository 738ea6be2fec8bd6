"""Batches of events: in order, lazily, whatever the events are made of; and the same on many threads."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.ruleset import RuleSet


def test_events_of_every_form_are_decided(rules: RuleSet) -> None:
    forms: list[Any] = [b'{"do":"e1"}', '{"do":"é2"}', {"do": "e3"}, bytearray(b'{"do":"e4"}')]
    expected = [{"do": "e1"}, {"do": "é2"}, {"do": "e3"}, {"do": "e4"}]
    decided = [decision.decision for decision in rules.evaluate_batch(forms * 10, workers=1)]
    assert decided == expected * 10
    assert [rules.evaluate(form).decision for form in forms] == expected


def test_an_event_may_hold_line_feeds(rules: RuleSet) -> None:
    events = [b'{"do":"e","n":1}', b'{"do":"e",\n"n":2}', b'{"do":"e","n":3}']
    assert [decision.decision["n"] for decision in rules.evaluate_batch(events, workers=1)] == [1, 2, 3]


def test_what_cannot_be_sent_is_an_input_error_in_its_place(rules: RuleSet) -> None:
    bad: list[Any] = [{"x": {1, 2}}, "\ud800", float("nan"), {"n": float("inf")}, object()]
    events = [b'{"do":"e"}', *bad, b'{"do":"e"}']
    decisions = list(rules.evaluate_batch(events, workers=1))
    assert [type(decision.error) for decision in decisions] == [
        type(None),
        *[rf.InputError] * len(bad),
        type(None),
    ]
    for event in bad:
        with pytest.raises(rf.InputError):
            rules.evaluate(event)


def test_a_large_event_is_refused_by_the_host(rules: RuleSet) -> None:
    large = b'{"do":"e"}' + b" " * (4 << 20)
    with pytest.raises(rf.InputError, match="larger than 4194304 bytes"):
        rules.evaluate(large)
    events = [b'{"do":"e"}', large, b'{"do":"e"}']
    assert [decision.error is None for decision in rules.evaluate_batch(events, workers=1)] == [
        True,
        False,
        True,
    ]
    middling = b'{"do":"e"}' + b" " * (3 << 20)
    assert rules.evaluate(middling).decision == {"do": "e"}
    assert [decision.error for decision in rules.evaluate_batch([middling] * 4, workers=2)] == [None] * 4


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_iterable_is_not_read_far_ahead(rules: RuleSet, workers: int) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        for taken in itertools.count(1):
            yield b'{"do":"e","n":%d}' % taken

    decided = list(itertools.islice(rules.evaluate_batch(endless(), workers=workers), 1000))
    assert [decision.decision["n"] for decision in decided] == list(range(1, 1001))
    assert taken < 10_000


def test_no_events_no_decisions(rules: RuleSet) -> None:
    assert list(rules.evaluate_batch([], workers=2)) == []


def test_decisions_are_not_shared_between_events(rules: RuleSet) -> None:
    first, second = rules.evaluate(b'{"do":"e"}'), rules.evaluate(b'{"do":"e"}')
    first.decision["do"] = "changed"
    assert second.decision == {"do": "e"}
    assert rules.evaluate(b'{"do":"e"}').decision == {"do": "e"}


def test_many_threads_may_use_one_rule_set(rules: RuleSet) -> None:
    failures: list[object] = []

    def work(thread: int) -> None:
        for number in range(500):
            decision = rules.evaluate(b'{"do":"e","t":%d,"n":%d}' % (thread, number))
            if decision.decision != {"do": "e", "t": thread, "n": number}:
                failures.append(decision)
            if number % 100 == 50:
                try:
                    rules.evaluate(b'{"do":"trap"}')
                except rf.IsolateTrapped:
                    continue
                failures.append("no trap")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_isolate_that_grew_is_replaced(rules: RuleSet) -> None:
    rules.evaluate(b'{"do":"e"}')
    (isolate,) = rules._idle
    assert not isolate.has_grown()
    rules.evaluate(b'{"do":"more"}')
    assert isolate.has_grown()
    rules._pool.give(rules._idle.pop())
    assert not rules._idle


def test_a_closed_rule_set_says_so(rules: RuleSet) -> None:
    rules.evaluate(b'{"do":"e"}')
    rules.close()
    rules.close()
    for use in (lambda: rules.evaluate(b"{}"), rules.isolate, lambda: list(rules.evaluate_batch([b"{}"]))):
        with pytest.raises(rf.ClosedError, match="closed"):
            use()


def test_an_isolate_of_a_rule_set_is_its_own(rules: RuleSet) -> None:
    with rules.isolate() as fresh:
        assert fresh.evaluate(b'{"do":"e"}').decision == {"do": "e"}
    with pytest.raises(rf.ClosedError):
        fresh.evaluate(b'{"do":"e"}')
    assert rules.evaluate(b'{"do":"e"}').decision == {"do": "e"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_deadlines_hold_in_a_forked_child(rules: RuleSet) -> None:
    rules.evaluate(b'{"do":"e"}')
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert rules.evaluate(b'{"do":"e"}').decision == {"do": "e"}
            rules.evaluate(b'{"do":"loop"}')
        except rf.DeadlineExceeded:
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("before", [0, 1, 40, 3000])
def test_events_that_cannot_be_had_end_the_batch_after_those_before(
    rules: RuleSet, workers: int, before: int
) -> None:
    def events() -> Iterator[bytes]:
        for number in range(before):
            yield b'{"do":"e","n":%d}' % number
        raise OSError("the queue is gone")

    decided = []
    with pytest.raises(OSError, match="the queue is gone"):
        for decision in rules.evaluate_batch(events(), workers=workers):
            decided.append(decision.decision["n"])
    assert decided == list(range(before))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ringfence_")]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_consumer_that_waits_lets_the_workers_wait(rules: RuleSet, workers: int) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        for taken in itertools.count(1):
            yield b'{"do":"e","n":%d}' % taken

    decisions = rules.evaluate_batch(endless(), workers=workers)
    for number in range(1, 4001):
        assert next(decisions).decision["n"] == number
        if number % 1000 == 0:
            time.sleep(0.02)
            # The list that is handed out, and those that wait or run; at most 512 events each.
            assert taken <= number + 512 * (2 + 2 * workers)


def test_a_consumer_that_stops_ends_the_threads(rules: RuleSet) -> None:
    decisions = rules.evaluate_batch((b'{"do":"e"}' for _ in itertools.count()), workers=3)
    next(decisions)
    assert [thread for thread in threading.enumerate() if thread.name.startswith("ringfence_")]
    decisions.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ringfence_")]
    assert rules.evaluate(b'{"do":"e"}').decision == {"do": "e"}


def test_there_may_be_more_workers_than_events(rules: RuleSet, tmp_path: Path) -> None:
    events = [b'{"do":"e","n":%d}' % number for number in range(3)]
    decided = [decision.decision["n"] for decision in rules.evaluate_batch(events, workers=50)]
    assert decided == [0, 1, 2]
    (tmp_path / "in").write_bytes(b"\n".join(events))
    assert rules.run_file(tmp_path / "in", tmp_path / "out", workers=50) == 3
