"""Host functions that interrupt, re-enter, or close what called them: everything stays usable, and nobody waits for himself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import ringfence as rf
from ringfence.abi import U32

SOURCE = """
state = persistent({"events": 0, "items": [1, 2]})
def decide(event):
    state["events"] += 1
    for item in state["items"]:
        ask(item)
    state["items"].append(3)
    return [state["events"], len(state["items"])]
"""
STATELESS = "def decide(event):\n    return [ask(event.n), ask(event.n)]\n"
ASK = {"ask": {"params": 1}}
INTERRUPTS = [KeyboardInterrupt, SystemExit, asyncio.CancelledError]


def load(source: str, ask: Callable[[Any], Any]) -> rf.RuleSet:
    bundle = rf.Bundle.from_sources({"main.star": source}, functions=ASK)
    return rf.Runtime().load(bundle, functions={"ask": ask}, limits=rf.Limits(deadline=20.0))


def within(seconds: float, act: Callable[[], Any]) -> Any:
    """What `act` returns or raises in a thread of its own, which must not wait for ever."""
    made: Future[Any] = Future()

    def run() -> None:
        try:
            made.set_result(act())
        except BaseException as failure:
            made.set_exception(failure)

    threading.Thread(target=run, daemon=True).start()
    return made.result(seconds)


@pytest.mark.parametrize("interrupt", INTERRUPTS)
def test_an_interrupted_event_leaves_the_session_ready(interrupt: type[BaseException]) -> None:
    """It reaches the caller. What the event did before stays, what it iterated over is not locked, and no frame is left."""
    raised: list[type[BaseException]] = []

    def ask(_: int) -> None:
        if raised:
            raise raised.pop()

    with load(SOURCE, ask) as rules, rules.session() as session:
        assert session.evaluate({}).decision == [1, 3]
        raised.append(interrupt)
        with pytest.raises(interrupt):
            session.evaluate({}, now=1.0)
        assert session.evaluate({}).decision == [3, 4]
        raised.append(interrupt)
        with pytest.raises(interrupt):
            list(session.evaluate_batch([{}]))
        assert [made.decision for made in session.evaluate_batch([{}])] == [[5, 5]]


@pytest.mark.parametrize("interrupt", INTERRUPTS)
def test_an_interrupt_goes_through_every_way_to_decide(interrupt: type[BaseException]) -> None:
    raised: list[type[BaseException]] = []

    def ask(n: int) -> int:
        if raised:
            raise raised.pop()
        return n

    with load(STATELESS, ask) as rules:
        whole = rules.evaluate({"n": 1})
        evaluation = rules.start({"n": 1})
        for decide in (
            lambda: rules.evaluate({"n": 1}),
            lambda: list(rules.evaluate_batch([{"n": 1}], workers=1)),
            evaluation.result,
        ):
            raised.append(interrupt)
            with pytest.raises(interrupt):
                decide()
            assert decide() in (whole, [whole])
        with rf.Scheduler() as scheduler:
            raised.append(interrupt)
            with pytest.raises(interrupt):
                scheduler.submit(rules, {"n": 1}).result(10)
            assert scheduler.submit(rules, {"n": 1}).result(10) == whole


def test_a_session_cannot_be_used_by_its_own_event() -> None:
    """An error, instead of a thread that waits for itself for ever."""
    for use in ("evaluate", "close", "stats"):
        held: list[rf.Session] = []

        def ask(_: int, use: str = use, held: list[rf.Session] = held) -> Any:
            return held[0].evaluate({}) if use == "evaluate" else getattr(held[0], use)()

        with load(SOURCE, ask) as rules, rules.session() as session:
            held.append(session)
            with pytest.raises(rf.HostFunctionError, match="cannot use the session"):
                within(10, lambda session=session: session.evaluate({}))  # type: ignore[misc]


def test_a_rule_set_may_be_used_by_its_own_event() -> None:
    """Each event has an isolate of its own; closing waits for none of them, and afterwards no event begins."""
    held: list[rf.RuleSet] = []

    def ask(n: int) -> Any:
        return held[0].evaluate({"n": n - 1}).decision if n > 0 else 0

    held.append(load(STATELESS, ask))
    assert held[0].evaluate({"n": 4}).decision[0][0][0][0] == [0, 0]

    def close(_: int) -> int:
        rules.close()
        return 1

    rules = load(STATELESS, close)
    assert rules.evaluate({"n": 1}).decision == [1, 1]
    for decide in (rules.evaluate, rules.start):
        with pytest.raises(rf.ClosedError):
            decide({"n": 1})


def test_closing_a_scheduler_from_its_own_thread() -> None:
    """From a host function or from a callback of a future: what is under way ends, and the thread as well."""
    held: list[rf.Scheduler] = []

    def ask(n: int) -> int:
        if n == 0:
            held[-1].close()
        return n

    with load(STATELESS, ask) as rules:
        held.append(rf.Scheduler())
        first = held[-1].submit(rules, {"n": 0})
        assert first.result(10).decision == [0, 0]
        within(10, held[-1].close)
        held.append(rf.Scheduler())
        second = held[-1].submit(rules, {"n": 1})
        second.add_done_callback(lambda _: held[-1].close())
        assert second.result(10).decision == [1, 1]
        within(10, held[-1].close)


def test_closing_a_scheduler_finishes_a_job_in_its_first_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its evaluation is only just being made."""
    starting, go_on = threading.Event(), threading.Event()
    with load(STATELESS, lambda n: n) as rules:
        start = rules.start

        def start_slowly(*arguments: Any, **options: Any) -> rf.Evaluation:
            starting.set()
            assert go_on.wait(10)
            return start(*arguments, **options)

        monkeypatch.setattr(rules, "start", start_slowly)
        scheduler = rf.Scheduler()
        first, second = scheduler.submit(rules, {"n": 1}), scheduler.submit(rules, {"n": 2})
        assert starting.wait(10)
        closing = threading.Thread(target=scheduler.close)
        closing.start()
        while not second.cancelled():
            pass
        go_on.set()
        closing.join(10)
        assert not closing.is_alive()
        assert first.result(0).decision == [1, 1]


def test_a_callback_that_exits_does_not_stop_a_scheduler() -> None:
    def exit(_: Future[Any]) -> None:
        raise SystemExit

    with load(STATELESS, lambda n: n) as rules, rf.Scheduler() as scheduler:
        for n in range(3):
            future = scheduler.submit(rules, {"n": n})
            future.add_done_callback(exit)
            assert future.result(10).decision == [n, n]


def test_an_interrupt_of_the_slice_before_hits_nothing() -> None:
    """The ticker may have written the word when the slice was just over: reading the answer does not stop at it."""
    with load(STATELESS, lambda n: n) as rules:
        whole = rules.evaluate({"n": "x" * 1000})
        evaluation = rules.start({"n": "x" * 1000})
        while not evaluation.step():
            isolate = evaluation._isolate
            assert isolate is not None
            U32.pack_into(isolate.memory(), isolate._variables.interrupt, 1)
        assert evaluation.result() == whole


@pytest.mark.not_under_gc_stress("fills megabytes, one allocation after the other")
def test_the_time_of_an_event_that_was_not_decided_is_forgotten() -> None:
    """An event without a time has none, whatever was said of the event before."""
    source = """
state = persistent({"items": []})
def decide(event):
    state["items"] += ["x" * 1000 for _ in range(event.get("add", 0))]
    return str(time.now())
"""
    limits = rf.Limits(memory="8MiB", fuel=10_000_000)
    bundle = rf.Bundle.from_sources({"main.star": source})
    with rf.Runtime().load(bundle, limits=limits) as rules, rules.session() as session:
        while True:
            try:
                session.evaluate({"add": 100}, now=5.0)
            except rf.MemoryExceeded as error:
                if "taken back" in str(error):
                    break
        with pytest.raises(rf.RuleError, match="now"):
            session.evaluate({})
        with pytest.raises(rf.MemoryExceeded, match="no room"):
            session.evaluate(b'{"add": "%s"}' % (b"x" * 1_900_000), now=5.0)
        with pytest.raises(rf.RuleError, match="now"):
            session.evaluate({})


@pytest.mark.parametrize("decide", ["ask(x)", "fail('no', x)"])
def test_an_integer_that_python_does_not_read_breaks_no_guest(decide: str) -> None:
    """Python's reader of JSON refuses integers of more than 4300 digits: the rule is told so, or the value is left out."""
    source = f"def decide(event):\n    x = 1 << 20000\n    {decide}\n"
    with load(source, lambda n: n) as rules, rules.session() as session:
        for one in (rules, session, rules):
            with pytest.raises(rf.RuleError):
                one.evaluate({})
            assert next(iter(one.evaluate_batch([{}]))).error.kind == "rule"


def test_an_error_keeps_no_tracebacks_of_times_before() -> None:
    with load(STATELESS, lambda n: n) as rules:
        evaluation = rules.start({})
        depths = []
        for _ in range(3):
            with pytest.raises(rf.RuleError) as caught:
                evaluation.result()
            depths.append(len(caught.traceback))
        assert depths[0] == depths[1] == depths[2]
