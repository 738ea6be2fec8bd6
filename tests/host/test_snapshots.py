"""Evaluations that are snapshotted, resumed, forked and parked: they end as if nothing had been; what cannot go on says why."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ringfence as rf
from ringfence import parking
from ringfence.snapshot import Snapshot

RULES = """
allowed = {"country": ["CH", "AT"], "paths": ["/api/%d" % i for i in range(50)]}
state = persistent({"seen": []})

def busy(req):
    counts = {}
    for path in allowed["paths"]:
        for letter in path.elems():
            counts[letter] = counts.get(letter, 0) + 1
    state["seen"].append(req.path)
    print("looked at", req.path, len(state["seen"]))
    return sorted(counts.items(), key = lambda item: -item[1])

def where(req):
    return geoip(req.ip)["country"]

rule("abroad", when = lambda req: where(req) not in allowed["country"], then = lambda req: {"deny": busy(req)[:2]})
rule("home", then = lambda req: [busy(req)[0], where(req), time.now().unix])
"""
BUNDLE = rf.Bundle.from_sources({"main.star": RULES}, functions={"geoip": {"params": 1}})
EVENTS = [
    {"path": f"/api/{n}", "ip": ip, "note": "x" * 300} for n, ip in enumerate(("home", "abroad", "home"))
]
LIMITS = rf.Limits(fuel=50_000, deadline=10.0)


def geoip(address: str) -> dict[str, str]:
    return {"country": "CH" if address == "home" else "XX"}


FUNCTIONS = {"geoip": geoip}


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture(scope="module")
def rules(runtime: rf.Runtime) -> rf.RuleSet:
    return runtime.load(BUNDLE, limits=LIMITS, functions=FUNCTIONS)


def told(evaluation: rf.Evaluation) -> tuple[Any, str | None, int, bytes]:
    """All that an evaluation comes to."""
    decision = evaluation.result()
    return decision.decision, decision.rule, decision.fuel, evaluation.printed


def started(rules: rf.RuleSet, event: dict[str, str], units: int = 1) -> rf.Evaluation:
    """An evaluation that has taken a step."""
    evaluation = rules.start(event, now=1_700_000_000)
    evaluation.step(fuel=units)
    assert not evaluation.done
    return evaluation


def test_going_on_anywhere_at_any_time_changes_nothing(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    choose = random.Random(5)
    other = rf.Runtime().load(BUNDLE, limits=LIMITS, functions=FUNCTIONS)
    for event in EVENTS * 8:
        expected = told(rules.start(event, now=1_700_000_000))
        evaluation = rules.start(event, now=1_700_000_000)
        copies = []
        while not evaluation.step(fuel=choose.choice((1, 7, 50, 400))):
            match choose.randrange(8):
                case 0:
                    evaluation = other.resume(evaluation.snapshot(bundle=False))
                case 1:
                    evaluation = runtime.resume(evaluation.snapshot(), limits=LIMITS, functions=FUNCTIONS)
                case 2:
                    copies.append(evaluation.fork())
                case 3:
                    copies.append(evaluation)
                    evaluation = evaluation.fork()
                case 4:
                    evaluation.snapshot(bundle=False)
        assert all(told(each) == expected for each in (evaluation, *copies))


def test_a_copy_may_wait_for_the_host(rules: rf.RuleSet) -> None:
    """A snapshot that is taken while a rule waits for an answer waits for the same one, and gets it from whoever resumes it."""
    evaluation = rules.start(EVENTS[1], now=1_700_000_000)
    while evaluation.suspended_on != rf.Suspension.CALL:
        evaluation.step(fuel=1)
    copy, fork = rules.resume(evaluation.snapshot(bundle=False)), evaluation.fork()
    assert copy.call == fork.call == evaluation.call == rf.HostCall("geoip", ("abroad",))
    copy.answer({"country": "AT"})
    again = rules.resume(copy.snapshot(bundle=False))
    assert again.call is None
    assert [each.result().rule for each in (evaluation, fork, copy, again)] == [
        "abroad",
        "abroad",
        "home",
        "home",
    ]


def test_another_process_goes_on(rules: rf.RuleSet) -> None:
    blob = started(rules, EVENTS[1], 700).snapshot()
    program = """
import sys, json, ringfence as rf
evaluation = rf.Runtime().resume(sys.stdin.buffer.read(), functions={"geoip": lambda address: {"country": "XX"}})
decision = evaluation.result()
print(json.dumps([decision.decision, decision.rule, decision.fuel]))
"""
    done = subprocess.run([sys.executable, "-c", program], input=blob, capture_output=True, check=True)
    expected = started(rules, EVENTS[1]).result()
    assert json.loads(done.stdout) == [expected.decision, expected.rule, expected.fuel]


def test_threads_resume_at_the_same_time(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    blob = started(rules, EVENTS[0], 400).snapshot()

    def finished(_: int) -> tuple[Any, str | None, int, bytes]:
        return told(runtime.resume(blob, limits=LIMITS, functions=FUNCTIONS))

    with ThreadPoolExecutor(4) as threads:
        assert len({repr(each) for each in threads.map(finished, range(20))}) == 1


def test_a_snapshot_is_small(rules: rf.RuleSet) -> None:
    evaluation = started(rules, EVENTS[0], 2_000)
    assert len(evaluation.snapshot(bundle=False)) < 16 * 1024
    assert len(evaluation.snapshot()) < 128 * 1024


def test_the_limits_of_who_resumes_it_hold(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    evaluation = started(rules, EVENTS[0], 300)
    blob = evaluation.snapshot()
    poorer = runtime.resume(blob, limits=rf.Limits(fuel=600, deadline=10.0), functions=FUNCTIONS)
    assert poorer.fuel_used == evaluation.fuel_used and poorer.fuel_left == 600 - evaluation.fuel_used
    with pytest.raises(rf.FuelExhausted):
        poorer.result()
    asking = rf.Runtime(ceiling=rf.Limits(fuel=600)).resume(blob, functions=FUNCTIONS)
    assert asking.fuel_left == 600 - evaluation.fuel_used
    evaluation.refuel(1_000_000)
    assert rules.resume(evaluation.snapshot(bundle=False)).fuel_left == 50_000 - evaluation.fuel_used
    assert evaluation.fork().fuel_left == evaluation.fuel_left
    with pytest.raises(ValueError, match="above the ceiling"):
        rf.Runtime(ceiling=rf.Limits(fuel=600)).resume(blob, limits=LIMITS, functions=FUNCTIONS)


def test_the_same_bundle_under_other_limits_is_the_same(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    other = runtime.load(
        BUNDLE, limits=rf.Limits(fuel=90_000_000, memory="64MiB", deadline=5.0), functions=FUNCTIONS
    )
    evaluation = started(rules, EVENTS[0], 300)
    assert other.resume(evaluation.snapshot(bundle=False)).result() == evaluation.result()


def test_what_cannot_go_on_says_why(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    small = started(rules, EVENTS[0], 300).snapshot(bundle=False)
    full = started(rules, EVENTS[0], 300).snapshot()
    with pytest.raises(rf.SnapshotError, match=r"does not contain its bundle.*RuleSet\.resume"):
        runtime.resume(small)
    with pytest.raises(rf.SnapshotError, match=r"does not offer: geoip.*functions="):
        runtime.resume(full)
    other = runtime.load(rf.Bundle.from_sources({"main.star": "def decide(event):\n    return 1\n"}))
    with pytest.raises(rf.SnapshotError, match=r"is of the bundle .* and this is") as refused:
        other.resume(small)
    assert pickle.loads(pickle.dumps(refused.value)).advice == refused.value.advice
    with pytest.raises(rf.SnapshotError, match="not a snapshot"):
        rules.resume(b"GIF89a" * 20)
    with pytest.raises(rf.SnapshotError, match="damaged"):
        rules.resume(small[:-1])


def test_another_guest_is_named(rules: rf.RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    small = started(rules, EVENTS[0], 300).snapshot(bundle=False)
    origin = Snapshot.read(small).origin
    monkeypatch.setattr(
        type(rules._provenance), "origin", type(origin)("f" * 64, origin.bundle, origin.image)
    )
    with pytest.raises(rf.SnapshotError, match=f"of the guest {origin.guest[:12]}.* this is ffffffffffff"):
        rules.resume(small)


def test_what_is_done_or_closed_has_no_copies(rules: rf.RuleSet) -> None:
    evaluation = started(rules, EVENTS[0], 300)
    evaluation.close()
    for copy in (evaluation.fork, evaluation.snapshot):
        with pytest.raises(rf.ClosedError):
            copy()
    evaluation = started(rules, EVENTS[0], 300)
    evaluation.result()
    for copy in (evaluation.fork, evaluation.snapshot):
        with pytest.raises(ValueError, match="is done"):
            copy()


def test_isolates_that_were_written_to_are_not_used_again(rules: rf.RuleSet) -> None:
    fresh = rules.isolate()
    fresh._idle.clear()
    evaluation = fresh.resume(started(rules, EVENTS[0], 300).snapshot(bundle=False))
    evaluation.fork().result()
    evaluation.result()
    assert not fresh._idle


def test_many_wait_without_isolates(rules: rf.RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of evaluations those that come last are parked; nobody sees it, whatever they do."""
    expected = [told(rules.start(event, now=1_700_000_000)) for event in EVENTS]
    monkeypatch.setattr(parking, "MOST_LIVE", len(parking.LIVE) + 3)
    many = [started(rules, EVENTS[n % 3], 5) for n in range(60)]
    assert sum(each._isolate is not None for each in many) <= 3
    for n, each in enumerate(many):
        each.step(fuel=200 + n)
    many[7] = rules.resume(many[7].snapshot(bundle=False))
    many[8].refuel(10)
    forks = [each.fork() for each in many[20:30]]
    many[40].close()
    assert sum(each._isolate is not None for each in many + forks) <= 3
    assert [told(each) for n, each in enumerate(many) if n != 40] == [
        expected[n % 3] for n in range(60) if n != 40
    ]
    assert [told(each) for each in forks] == [expected[n % 3] for n in range(20, 30)]
    with pytest.raises(rf.ClosedError):
        many[40].step()
