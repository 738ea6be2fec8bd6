"""Evaluations in hand, through the Python interface: steps, refuelling, waiting, ends of every kind."""

from __future__ import annotations

import time

import pytest

import ringfence as rf

SOURCE = """
def check(req):
    print("checking", req.path)
    total = 0
    for i in range(200):
        total += i
    return {"total": total}
rule("sum", when = lambda req: req.path == "/sum", then = check)
rule("fail", when = lambda req: req.path == "/fail" and fail("no", req.path), then = 1)
rule("loop", when = lambda req: req.path == "/loop" and [1 for i in range(1000000)], then = 1)
rule("big", when = lambda req: req.path == "/big", then = lambda req: sorted([i % 97 for i in range(2000)])[0])
"""


@pytest.fixture(scope="module")
def rules() -> rf.RuleSet:
    return rf.Runtime().load(
        rf.Bundle.from_sources({"main.star": SOURCE}, default="none"), limits=rf.Limits(deadline=5.0)
    )


@pytest.mark.parametrize("fuel", [1, 7, 100, None])
@pytest.mark.parametrize("path", ["/sum", "/big", "/other"])
def test_steps_come_to_the_same_decision(rules: rf.RuleSet, path: str, fuel: int | None) -> None:
    """The same decision, the same fuel; no step goes ahead of what was allowed by more than one instruction."""
    whole = rules.evaluate({"path": path})
    evaluation = rules.start({"path": path})
    steps = 0
    while not evaluation.done:
        assert evaluation.suspended_on == "fuel"
        evaluation.step(fuel=fuel)
        steps += 1
    assert evaluation.result() == whole
    assert evaluation.fuel_used == whole.fuel
    assert evaluation.suspended_on is None and evaluation.call is None
    if fuel is not None and path == "/sum":
        assert steps >= 400 // fuel
    assert evaluation.printed == (b"checking /sum\n" if path == "/sum" else b"")


def test_later_steps_pay_for_a_dear_instruction(rules: rf.RuleSet) -> None:
    """Over all steps no more is spent than they allow, but for the last instruction."""
    evaluation = rules.start({"path": "/big"})
    begun = evaluation.fuel_used
    steps, idle = 0, 0
    while not evaluation.done:
        before = evaluation.fuel_used
        evaluation.step(fuel=100)
        steps += 1
        idle += evaluation.fuel_used == before
    assert idle > 10
    assert abs(steps - (evaluation.fuel_used - begun) / 100) <= idle + 1


def test_errors_of_the_event_are_told_by_the_result(rules: rf.RuleSet) -> None:
    """With all that `evaluate` tells; `step` raises none of them."""
    with pytest.raises(rf.RuleError) as direct:
        rules.evaluate({"path": "/fail"})
    evaluation = rules.start({"path": "/fail"})
    while not evaluation.step(fuel=10):
        pass
    with pytest.raises(rf.RuleError) as held:
        evaluation.result()
    assert held.value.as_json() == direct.value.as_json()
    assert held.value.fuel == direct.value.fuel
    broken = rules.start(b"{")
    assert broken.done
    with pytest.raises(rf.InputError):
        broken.result()


def test_an_evaluation_without_fuel_waits_for_more(rules: rf.RuleSet) -> None:
    """It is suspended, not lost: `refuel` lets it go on to what it would have come to; a step without it ends it."""
    whole = rules.evaluate({"path": "/sum"})
    poor = rf.Runtime().load(
        rf.Bundle.from_sources({"main.star": SOURCE}, default="none"), limits=rf.Limits(fuel=300)
    )
    evaluation = poor.start({"path": "/sum"})
    assert not evaluation.step()
    assert not evaluation.done and evaluation.suspended_on == "fuel"
    evaluation.refuel(whole.fuel)
    assert evaluation.result() == whole
    ended = poor.start({"path": "/sum"})
    steps = 0
    while not ended.done:
        ended.step(fuel=50)
        steps += 1
    assert steps < 10
    with pytest.raises(rf.FuelExhausted, match="out of fuel"):
        ended.result()
    # What was refuelled does not spill over to other events.
    with pytest.raises(rf.FuelExhausted):
        poor.evaluate({"path": "/sum"})


def test_the_deadline_is_that_of_a_step() -> None:
    """A long step ends the event, many short ones do not: they are the embedder's to count, and to end."""
    runtime = rf.Runtime()
    source = "def decide(e):\n    n = 0\n    while True:\n        n += 1\n"
    bundle = rf.Bundle.from_sources({"main.star": source}, options=["while"])
    rules = runtime.load(bundle, limits=rf.Limits(fuel=10**12, deadline=0.05))
    evaluation = rules.start({})
    began = time.monotonic()
    while time.monotonic() - began < 0.15:
        assert not evaluation.step(fuel=1000)
    assert 0 < evaluation.seconds < 0.15
    assert evaluation.step()
    with pytest.raises(rf.DeadlineExceeded):
        evaluation.result()
    expired = rules.start({})
    expired.step(fuel=1000)
    expired.expire()
    with pytest.raises(rf.DeadlineExceeded, match=r"main\.star:4"):
        expired.result()


def test_many_evaluations_interleave(rules: rf.RuleSet) -> None:
    """Each has an isolate of its own."""
    wholes = [rules.evaluate({"path": path}) for path in ("/sum", "/big", "/other")]
    evaluations = [rules.start({"path": path}) for path in ("/sum", "/big", "/other") for _ in range(20)]
    while not all([evaluation.step(fuel=37) for evaluation in evaluations]):  # noqa: C419  # each steps
        pass
    assert [evaluation.result() for evaluation in evaluations] == [
        whole for whole in wholes for _ in range(20)
    ]


def test_misuse(rules: rf.RuleSet) -> None:
    """Says what is wrong, and harms nothing."""
    evaluation = rules.start({"path": "/sum"})
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="at least 1"):
            evaluation.step(fuel=wrong)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="positive"):
            evaluation.refuel(wrong if wrong != 1 else 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no rule waits"):
        evaluation.answer(1)
    evaluation.close()
    with pytest.raises(rf.ClosedError, match="evaluation is closed"):
        evaluation.step()
    with pytest.raises(rf.ClosedError):
        evaluation.result()
    evaluation.close()
    done = rules.start({"path": "/sum"})
    done.result()
    done.close()
    assert done.result().rule == "sum" and done.step()
    with pytest.raises(ValueError, match="done"):
        done.refuel(1)
    with rules.start({"path": "/sum"}) as scoped:
        pass
    with pytest.raises(rf.ClosedError):
        scoped.step()


def test_persistent_state_of_an_evaluation_is_its_own() -> None:
    """Outside a session every event finds the state as it was loaded."""
    source = 'state = persistent({"n": 0})\ndef decide(e):\n    state["n"] += 1\n    return state["n"]\n'
    rules = rf.Runtime().load(rf.Bundle.from_sources({"main.star": source}))
    first, second = rules.start({}), rules.start({})
    while not (first.step(fuel=1) and second.step(fuel=2)):
        pass
    assert first.result().decision == second.result().decision == 1
