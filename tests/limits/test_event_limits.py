"""The limits on events and decisions: their depth and their size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ringfence as rf
from ringfence.events import EVENT_SHARE
from tests.limits.constants import guest_constant

JSON_DEPTH = guest_constant("guest/library/json_marks.py", "MOST_DEPTH")
MEMORY = 32 << 20
DECISION_BYTES = 1 << 20
SOURCE = """
def deep(levels):
    v = 0
    for i in range(levels):
        v = [v]
    return v

def decide(event):
    if "depth" in event:
        return deep(event["depth"])
    if "size" in event:
        return "x" * event["size"]
    return len(event)
"""


@pytest.fixture(scope="module")
def rules(runtime: rf.Runtime) -> Iterator[rf.RuleSet]:
    limits = rf.Limits(fuel=10_000_000, memory=MEMORY, deadline=5.0)
    with runtime.load(rf.Bundle.from_sources({"main.star": SOURCE}), limits=limits) as rules:
        yield rules


def test_depth_of_an_event(rules: rf.RuleSet) -> None:
    arrays = JSON_DEPTH - 1  # the event itself is the first level
    assert rules.evaluate('{"x": ' + "[" * arrays + "]" * arrays + "}").decision == 1
    with pytest.raises(rf.InputError):
        rules.evaluate('{"x": ' + "[" * (arrays + 1) + "]" * (arrays + 1) + "}")


def test_size_of_an_event(rules: rf.RuleSet) -> None:
    largest = MEMORY // EVENT_SHARE
    frame = len('{"x":""}')
    assert rules.evaluate('{"x":"' + "a" * (largest - frame) + '"}').decision == 1
    with pytest.raises(rf.InputError, match=str(largest)):
        rules.evaluate('{"x":"' + "a" * (largest - frame + 1) + '"}')


def test_size_of_an_event_with_much_memory(runtime: rf.Runtime) -> None:
    """However much memory there is, no longer event is taken."""
    limits = rf.Limits(fuel=100_000_000, memory="256MiB", deadline=20.0)
    with (
        runtime.load(rf.Bundle.from_sources({"main.star": SOURCE}), limits=limits) as rules,
        pytest.raises(rf.InputError, match=str(16 << 20)),
    ):
        rules.evaluate(b'{"x": "' + b"a" * (16 << 20) + b'"}')


def test_depth_of_a_decision(rules: rf.RuleSet) -> None:
    decision = rules.evaluate({"depth": JSON_DEPTH}).decision
    for _ in range(JSON_DEPTH):
        (decision,) = decision
    assert decision == 0
    with pytest.raises(rf.RuleError, match="inside one another"):
        rules.evaluate({"depth": JSON_DEPTH + 1})


def test_size_of_a_decision(rules: rf.RuleSet) -> None:
    assert len(rules.evaluate({"size": DECISION_BYTES - 2}).decision) == DECISION_BYTES - 2
    with pytest.raises(rf.RuleError, match="decision"):
        rules.evaluate({"size": DECISION_BYTES - 1})


def test_fuel_is_exact(runtime: rf.Runtime) -> None:
    """What an event costs is enough for it, and one unit less is not."""
    bundle = rf.Bundle.from_sources({"main.star": SOURCE})
    event = {"depth": 50}
    with runtime.load(bundle, limits=rf.Limits(fuel=1_000_000)) as rules:
        cost = rules.evaluate(event).fuel
    with runtime.load(bundle, limits=rf.Limits(fuel=cost)) as rules:
        assert rules.evaluate(event).fuel == cost
    with runtime.load(bundle, limits=rf.Limits(fuel=cost - 1)) as rules, pytest.raises(rf.FuelExhausted):
        rules.evaluate(event)
