"""Sessions against a model: whatever events do to a graph with cycles, and whenever the collector works, decisions are the model's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import ringfence as rf
from ringfence.abi import U32
from ringfence.isolate import Isolate
from tests.stress import gc_stress
from tests.trials.session_graphs import NAMES, OPERATIONS, PROGRAM, Model
from tests.trials.slices import engine

LIMITS = rf.Limits(fuel=100_000, memory="16MiB", deadline=10.0)
EXAMPLES = 3 if gc_stress() else 20
EVENTS = 60 if gc_stress() else 300
COUNT = 2  # guest.heap.allocate.Stress: allocations are counted, and one of them may fail

WORKS = ("nothing", "empty_nursery", "do_step", "stop_world", "move_together")


def script(seed: int, length: int) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Random events; after each a piece of the collector's work, and how many bytes of it."""
    random = Random(seed)
    for _ in range(length):
        ends = random.choices(("well", "fail", "spin"), (18, 2, 1))[0]
        event = {"op": random.choice(OPERATIONS), "n": random.randrange(30), "ends": ends}
        yield (
            {**event, "a": random.choice(NAMES), "b": random.choice(NAMES)},
            random.choice(WORKS),
            random.randrange(5000),
        )


@pytest.fixture(scope="module")
def rules() -> rf.RuleSet:
    """The program, in the guest whose collector can be driven from outside."""
    runtime = rf.Runtime()
    runtime.engine = engine()
    return runtime.load(rf.Bundle.from_sources({"main.star": PROGRAM}), limits=LIMITS)


def call(isolate: Isolate, name: str, argument: int = 0) -> int:
    """Call an export of `guests/collector.py`."""
    return isolate._call(name, argument, isolate._cap(0), 1)


def address(variable: str) -> int:
    """The address of a variable of the heap."""
    return engine().guest.layout.address(f"guest.heap.{variable}")


def outcome(session: rf.Session, event: dict[str, Any]) -> tuple[Any, int]:
    """The decision, or the kind of the error; and the fuel."""
    try:
        decided = session.evaluate(event)
        return decided.decision, decided.fuel
    except rf.EvaluationError as error:
        return error.kind, error.fuel


def expected(model: Model, event: dict[str, Any]) -> Any:
    """What the event is to end in. `spin` needs no picture, and neither does `fail` where there is something to fail in."""
    decision = model.decide(event)
    if event["ends"] == "spin":
        return "fuel"
    return "rule" if event["ends"] == "fail" and model.names else json.loads(json.dumps(decision))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 2**32 - 1), st.integers(EVENTS // 2, EVENTS))
def test_decisions_are_the_models(rules: rf.RuleSet, seed: int, length: int) -> None:
    """Three sessions see the same events: as usual; with the collector at work between them, and the heap walked; and with a
    collection at every allocation. Decisions are the model's, and fuel is the same."""
    model = Model()
    with rules.session() as usual, rules.session() as disturbed, rules.session() as stressed:
        stressed._isolate.set_gc_stress()
        stressed._isolate._patience *= 100
        stressed._isolate._refuel = stressed._isolate._store.prepared_fuel(stressed._isolate._cap(1 << 16))
        for event, work, budget in script(seed, length):
            told = outcome(usual, event)
            assert told[0] == expected(model, event)
            assert outcome(stressed, event) == told
            assert outcome(disturbed, event) == told
            if work != "nothing":
                assert call(disturbed._isolate, work, budget) == 0
            assert call(disturbed._isolate, "walk_heap") == 0
        assert call(usual._isolate, "walk_heap") == 0
        assert call(stressed._isolate, "walk_heap") == 0


def grown(session: rf.Session, model: Model) -> None:
    """A state with something of everything."""
    for name in NAMES:
        outcome(session, {"op": "new", "a": name, "b": "", "n": 0, "ends": "well"})
        model.decide({"op": "new", "a": name, "b": "", "n": 0})
    for i, operation in enumerate(OPERATIONS[2:] * 4):
        event = {"op": operation, "a": NAMES[i % 7], "b": NAMES[i * 3 % 8], "n": i, "ends": "well"}
        assert outcome(session, event)[0] == expected(model, event)


CHANGES = ["new", "list", "dict", "set", "tuple", "struct", "note", "note_new", "weak", "log", "churn", "pop"]


@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_that_fails_for_want_of_memory_is_whole_or_not_there(
    rules: rf.RuleSet, operation: str
) -> None:
    """Each allocation of an event that changes one thing fails in turn: the state is then what it was, or what the event makes
    of it; never broken. (`churn` changes what is not looked at.)"""
    with rules.session() as session:
        model = Model()
        grown(session, model)
        event = {"op": operation, "a": "p", "b": "q", "n": 9, "ends": "quietly"}
        look = {**event, "op": "look", "ends": "well"}
        isolate = session._isolate
        saved = isolate.save()
        before = json.loads(json.dumps(model.picture()))
        model.change(event)
        after = json.loads(json.dumps(model.picture()))
        for nth in range(1, 2000):
            isolate.restore(saved)
            for variable, worth in (("gc_stress", COUNT), ("gc_fail_after", nth), ("limit", 0)):
                U32.pack_into(isolate.memory(), address(f"allocate.{variable}"), worth)
            told = outcome(session, event)[0]
            U32.pack_into(isolate.memory(), address("allocate.gc_fail_after"), 0)
            assert call(isolate, "walk_heap") == 0
            now = without_ring(outcome(session, look)[0])
            if told is None:
                assert now == without_ring(after)
                break
            assert told == "memory"
            assert now in (without_ring(before), without_ring(after))
        assert nth > 3


def without_ring(picture: dict[str, Any]) -> dict[str, Any]:
    """What an event leaves, but for what `churn` does."""
    return {key: worth for key, worth in picture.items() if key != "ring"}


def test_a_script_of_events_in_one_batch(rules: rf.RuleSet) -> None:
    """Thousands of events in large calls: as the model, and no larger at the end than the model's graph is."""
    model = Model()
    events = []
    for i in range(3000):
        operation = OPERATIONS[i * 7 % len(OPERATIONS)]
        events.append(
            {"op": operation, "a": NAMES[i * 5 % 8], "b": NAMES[i * i % 7], "n": i % 31, "ends": "well"}
        )
    with rules.session() as session:
        decided = [d.decision for d in session.evaluate_batch(events)]
        assert decided == [expected(model, event) for event in events]
        assert call(session._isolate, "walk_heap") == 0
