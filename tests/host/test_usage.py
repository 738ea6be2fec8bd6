"""Mistakes of an embedder: each ends in a `UsageError` (or a nearer class) that says what is wanted, before anything is damaged."""

from __future__ import annotations

import copy
import math
import pickle
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf

SOURCE = """
def decide(event):
    kept = []
    for number in range(event.get("count", 3)):
        kept.append([number, str(number)])
    return len(kept)
"""
BUNDLE = rf.Bundle.from_sources({"main.star": SOURCE})


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture(scope="module")
def rules(runtime: rf.Runtime) -> rf.RuleSet:
    return runtime.load(BUNDLE)


MISTAKES: dict[str, tuple[str, Callable[[rf.Runtime, rf.RuleSet], Any]]] = {
    "now as text": ("seconds since 1970, not str", lambda _, r: r.evaluate({}, now="noon")),  # type: ignore[arg-type]
    "now as datetime": ("timestamp\\(\\)", lambda _, r: r.start({}, now=datetime.now(UTC))),  # type: ignore[arg-type]
    "now is no number": ("seconds since 1970", lambda _, r: r.evaluate({}, now=math.nan)),
    "one event for many": ("not dict", lambda _, r: list(r.evaluate_batch({"count": 1}))),  # type: ignore[arg-type]
    "a text for many": ("not str", lambda _, r: list(r.evaluate_batch('{"count": 1}'))),
    "no events": ("not NoneType", lambda _, r: list(r.evaluate_batch(None))),  # type: ignore[arg-type]
    "a number in a session": ("not int", lambda _, r: list(r.session().evaluate_batch(3))),  # type: ignore[arg-type]
    "no workers": ("at least 1, not 0", lambda _, r: list(r.evaluate_batch([{}], workers=0))),
    "workers as text": ("not 'two'", lambda _, r: list(r.evaluate_batch([{}], workers="two"))),  # type: ignore[arg-type]
    "limits as a dict": ("Limits\\(fuel", lambda t, _: t.load(BUNDLE, limits={"fuel": 3})),  # type: ignore[arg-type]
    "a ceiling as a number": ("Limits\\(fuel", lambda t, _: rf.Runtime(ceiling=3)),  # type: ignore[arg-type]
    "above the ceiling": ("raise Runtime", lambda t, _: t.load(BUNDLE, limits=rf.Limits(memory="8GiB"))),
    "a size in words": ("like '16MiB'", lambda *_: rf.Limits(memory="lots")),
    "a deadline before now": ("positive", lambda *_: rf.Limits(deadline=-1)),
    "a bundle as a dict": ("from_sources", lambda t, _: t.load({"main.star": SOURCE})),  # type: ignore[call-overload]
    "no sources": ("by their paths", lambda *_: rf.Bundle.from_sources(None)),  # type: ignore[arg-type]
    "a source as a number": ("not as int", lambda *_: rf.Bundle.from_sources({"main.star": 3})),  # type: ignore[dict-item]
    "no program": ("not as NoneType", lambda t, _: t.execute(None)),
    "functions in a list": ("by name", lambda t, _: t.load(BUNDLE, functions=[len])),
    "a function that is none": ("callable", lambda *_: rf.HostFunction(3)),  # type: ignore[arg-type]
    "a step of text": ("at least 1, not 'x'", lambda _, r: r.start({}).step(fuel="x")),  # type: ignore[arg-type]
    "an answer to nothing": ("no rule waits", lambda _, r: r.start({}).answer(1)),
    "slices of nothing": ("at least 1, not 0", lambda *_: rf.Scheduler(slice_fuel=0)),
    "a rate of text": ("a second", lambda *_: rf.HostFunction(len, rate="x")),  # type: ignore[arg-type]
    "a timeout of text": ("seconds, not '1s'", lambda *_: rf.HostFunction(len, timeout="1s")),  # type: ignore[arg-type]
    "an entry that is none": ("path of a module", lambda *_: rf.Bundle.from_sources({}, entry=3)),  # type: ignore[arg-type]
    "arguments beyond JSON": ("args cannot", lambda t, _: t.execute("", args=object())),
    "a scope that is none": ("'image', 'event', 'all'", lambda _, r: r.heap(scope="noon")),
    "a list for a table": ("pyarrow's", lambda _, r: r.evaluate_table([{}])),
    "a moment that is none": ("'peak'", lambda _, r: r.heap({}, at="noon")),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    """Python's own errors from somewhere inside would leave an embedder guessing."""
    wanted, make = MISTAKES[name]
    with pytest.raises(rf.UsageError, match=wanted):
        make(runtime, rules)


def test_submit_of_a_mistake(rules: rf.RuleSet) -> None:
    """It is told to whoever submits, not to the scheduler's thread."""
    with rf.Scheduler() as scheduler:
        with pytest.raises(rf.UsageError, match="rule set"):
            scheduler.submit({}, rules)  # type: ignore[arg-type]
        with pytest.raises(rf.UsageError, match="key of a dict"):
            scheduler.submit(rules, {}, tenant=[])  # type: ignore[arg-type]


@pytest.mark.parametrize("blob", [None, 3, "text" * 200, b"", b"x" * 999])
def test_no_snapshot(blob: Any, runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    """Whatever comes from a file or a queue."""
    for resume in (runtime.resume, rules.resume):
        with pytest.raises(rf.SnapshotError):
            resume(blob)


def test_limits_of_a_snapshot(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    """The caller's own limit is not called damage of the snapshot."""
    blob = rules.start({}).snapshot()
    with pytest.raises(rf.MemoryExceeded, match="no room for rules"):
        runtime.resume(blob, limits=rf.Limits(memory="1MiB"))


def test_source_that_is_no_text() -> None:
    """A lone surrogate has no UTF-8."""
    with pytest.raises(rf.BundleError, match="not UTF-8"):
        rf.Bundle.from_sources({"main.star": "x = '\ud800'"})


def test_no_pickling(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    """Sent to another process by mistake: the advice names what travels."""
    with rf.Scheduler() as scheduler:
        for thing in (runtime, rules, rules.start({}), rules.session(), scheduler):
            with pytest.raises(rf.UsageError, match=r"snapshot\(\)"):
                pickle.dumps(thing)
            with pytest.raises(rf.UsageError):
                copy.copy(thing)


def test_evaluation_in_two_threads(runtime: rf.Runtime) -> None:
    """Two threads in the memory of one guest would crash the process; the second is refused, and the first goes on."""
    entered, left = threading.Event(), threading.Event()

    def wait() -> int:
        entered.set()
        assert left.wait(10)
        return 7

    bundle = rf.Bundle.from_sources(
        {"main.star": "def decide(event): return wait()"}, functions={"wait": {"params": []}}
    )
    evaluation = runtime.load(bundle, functions={"wait": wait}).start({})
    thread = threading.Thread(target=evaluation.result)
    thread.start()
    assert entered.wait(10)
    uses: list[Callable[[], Any]] = [
        evaluation.step,
        evaluation.snapshot,
        evaluation.fork,
        evaluation.close,
        evaluation.expire,
        lambda: evaluation.refuel(1),
        lambda: evaluation.answer(1),
        lambda: evaluation.where,
    ]
    try:
        for use in uses:
            with pytest.raises(rf.UsageError, match="in use by another thread"):
                use()
    finally:
        left.set()
        thread.join()
    assert evaluation.result().decision == 7


def test_evaluation_looked_at_by_its_function(runtime: rf.Runtime) -> None:
    """A function of the host runs while nothing runs in the guest, so it may look at the evaluation that it is called by."""
    seen = []

    def look() -> None:
        assert evaluation.where is not None
        seen.append(evaluation.where.line)

    bundle = rf.Bundle.from_sources(
        {"main.star": "def decide(event):\n    return look()"}, functions={"look": {"params": []}}
    )
    evaluation = runtime.load(bundle, functions={"look": look}).start({})
    assert evaluation.result().decision is None
    assert seen == [2]


def test_receipts_that_are_none(rules: rf.RuleSet) -> None:
    """Text where a receipt belongs, and nothing where JSON does."""
    with pytest.raises(rf.UsageError, match="from_json"):
        rules.replay({}, "{}")  # type: ignore[arg-type]
    with pytest.raises(rf.ReceiptError, match="NoneType"):
        rf.Receipt.from_json(None)  # type: ignore[arg-type]


def test_answers_as_deep_as_the_guest_reads(runtime: rf.Runtime) -> None:
    """One level more is the host's mistake: the guest is not to be called broken for it."""
    bundle = rf.Bundle.from_sources(
        {"main.star": "def decide(event): return len(deep(event.levels))"},
        functions={"deep": {"params": ["int"]}},
    )

    def deep(levels: int) -> Any:
        value: Any = []
        for level in range(levels - 1):
            value = [value] if level % 2 else {"inner": value}
        return value

    rules = runtime.load(bundle, functions={"deep": deep})
    assert rules.evaluate({"levels": 200}).decision == 1
    with pytest.raises(rf.HostFunctionError, match="more than 200 containers"):
        rules.evaluate({"levels": 201})


def test_decisions_over_their_events(rules: rf.RuleSet, tmp_path: Path) -> None:
    """The events would be lost."""
    (tmp_path / "events.jsonl").write_text('{"count": 1}\n')
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "events.jsonl")
    for run_file in (rules.run_file, rules.session().run_file):
        for target in ("events.jsonl", "link.jsonl"):
            with pytest.raises(rf.UsageError, match="would replace them"):
                run_file(tmp_path / "events.jsonl", tmp_path / target)
        with pytest.raises(rf.UsageError, match="by its path"):
            run_file(None, tmp_path / "out.jsonl")  # type: ignore[arg-type]
        for interval in ("soon", -1, math.nan):
            with pytest.raises(rf.UsageError, match="checkpoint_interval"):
                run_file(
                    tmp_path / "events.jsonl",
                    tmp_path / "out.jsonl",
                    checkpoint=tmp_path / "kept",
                    checkpoint_interval=interval,  # type: ignore[arg-type]
                )
    assert (tmp_path / "events.jsonl").read_text() == '{"count": 1}\n'
