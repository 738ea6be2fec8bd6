"""The host does not trust its guest: one that loops, lies, traps or scribbles over its memory is stopped and replaced."""

from __future__ import annotations

import time

import pytest

import ringfence as rf
from ringfence.engine import Engine
from ringfence.functions import HostFunctions
from ringfence.manifest import FunctionDeclaration
from ringfence.provenance import Provenance
from ringfence.results import Results
from ringfence.ruleset import RuleSet
from tests.host.misbehaving import BUDGET

GOOD = b'{"do":"echo"}'
BAD = {
    b'{"do":"loop"}': rf.DeadlineExceeded,
    b'{"do":"poll"}': rf.FuelExhausted,  # the test guest has one error text only
    b'{"do":"trap"}': rf.IsolateTrapped,
    b'{"do":"scribble"}': rf.IsolateTrapped,
    b'{"do":"xscribble"}': (rf.DeadlineExceeded, rf.IsolateTrapped),
    b'{"do":"outside"}': rf.IsolateTrapped,
    b'{"do":"count"}': (rf.DeadlineExceeded, rf.IsolateTrapped),
}


@pytest.mark.parametrize("calls", [3, 1000])
def test_one_that_asks_for_ever_is_stopped(engine: Engine, calls: int) -> None:
    """However often the host refuses: an event does not go on after that."""
    function = rf.HostFunction(lambda: "no", calls=calls)
    functions = HostFunctions({"f": FunctionDeclaration((), "any" if calls == 3 else "int")}, {"f": function})
    provenance = Provenance(engine, engine.base, BUDGET, "", b"", b"")
    results = Results([], lists_rules=False)
    with RuleSet(engine, engine.base, BUDGET, results, provenance, functions=functions) as rules:
        for _ in range(2):
            with pytest.raises(rf.IsolateTrapped):
                rules.evaluate(b'{"do":"ask"}')
            with pytest.raises(rf.IsolateTrapped):
                rules.start(b'{"do":"ask"}').result()
            expired = rules.start(b'{"do":"ask"}')
            expired.expire()
            with pytest.raises(rf.IsolateTrapped):
                expired.result()
            assert next(iter(rules.evaluate_batch([b'{"do":"ask"}']))).error is not None


def test_a_good_event_is_decided(rules: RuleSet) -> None:
    decision = rules.evaluate(GOOD)
    assert (decision.decision, decision.rule, decision.fuel) == ({"do": "echo"}, "echo", 7)


@pytest.mark.parametrize("event", BAD, ids=lambda event: event.decode())
def test_one_bad_event_is_stopped_and_the_next_one_decided(rules: RuleSet, event: bytes) -> None:
    rules.evaluate(GOOD)
    started = time.monotonic()
    with pytest.raises(BAD[event]):
        rules.evaluate(event)
    assert time.monotonic() - started < 20 * BUDGET.deadline
    assert rules.evaluate(GOOD).decision == {"do": "echo"}


@pytest.mark.parametrize("event", BAD, ids=lambda event: event.decode())
@pytest.mark.parametrize("workers", [1, 2])
def test_a_bad_event_in_a_batch_costs_no_other_event(rules: RuleSet, event: bytes, workers: int) -> None:
    events = [b'{"do":"echo","n":%d}' % n for n in range(300)]
    events[100] = events[250] = event
    decisions = list(rules.evaluate_batch(events, workers=workers))
    assert len(decisions) == len(events)
    for number, decision in enumerate(decisions):
        if number in (100, 250):
            assert isinstance(decision.error, BAD[event])
        else:
            assert decision.error is None
            assert decision.decision == {"do": "echo", "n": number}
