"""Hit policies against a model of DMN's definitions, on generated rules whose predicates have known truth.

The model knows which rules match, and applies the definition of the policy to that set: nothing in it tries rules one after the
other. Each example is decided one by one, in a batch, in a session, by a fresh isolate, in isolates of
their own, in slices of fuel, and with fuel that is added unit by unit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf
from ringfence.manifest import HIT_POLICIES

LISTING = ("collect", "rule-order", "output-order")
MOST_NAMED = 8
NOW = 1_000_000
STARVED = 12  # units: what reading an event takes, and hardly more
UNSET = "unset"

# As literals of the rule language. Some are equal without being the same: 1 and 1.0, two orders of keys.
OUTPUTS = {
    "1": 1,
    "1.0": 1.0,
    "True": True,
    "None": None,
    '"1"': "1",
    '"allow"': "allow",
    '{"a": 1, "b": [1, 2]}': {"a": 1, "b": [1, 2]},
    '{"b": [1.0, 2], "a": 1}': {"b": [1.0, 2], "a": 1},
    "[]": [],
    "[1]": [1],
}

# What `when` may look like for rule number %d; each holds if and only if the event says so.
PREDICATES = (
    "lambda e: e.holds[%d]",
    "lambda e: e.holds[%d] and [0]",
    "lambda e: 7 if e.holds[%d] else ''",
    "lambda e, n = %d: e.holds[n]",
    "lambda *args: args[0].holds[%d]",
    "asks(%d)",
)

PRELUDE = """
def holds(e, n):
    return e["holds"][n]

def asks(n):
    def ask(e):
        return holds(e, n)
    return ask
"""


@dataclass(frozen=True)
class Written:
    """A rule as the model knows it. A predicate of None always holds."""

    number: int
    priority: int | None
    predicate: str | None
    output: str
    computed: bool
    enabled: bool
    start: int | None
    end: int | None

    @property
    def name(self) -> str:
        return f"r{self.number}"

    @property
    def rank(self) -> int:
        return self.priority or 0

    def matches(self, holds: list[bool], now: int) -> bool:
        """Whether it takes part in the decision of an event."""
        in_effect = (self.start is None or self.start <= now) and (self.end is None or now < self.end)
        return self.enabled and in_effect and (self.predicate is None or holds[self.number])

    def source(self) -> str:
        arguments = [json.dumps(self.name)]
        if self.priority is not None:
            arguments.append(f"priority = {self.priority}")
        if self.predicate is not None:
            arguments.append(f"when = {self.predicate % self.number}")
        arguments.append(f"then = lambda e: {self.output}" if self.computed else f"then = {self.output}")
        if not self.enabled:
            arguments.append("enabled = False")
        for parameter, moment in (("valid_from", self.start), ("valid_to", self.end)):
            if moment is not None:
                arguments.append(f"{parameter} = time.from_timestamp({moment})")
        return f"rule({', '.join(arguments)})\n"


@st.composite
def rule_sets(draw: st.DrawFn) -> list[Written]:
    """Up to twelve rules. The outputs of some sets are all alike, or else `any` would only ever meet conflicts."""
    outputs = st.sampled_from(draw(st.lists(st.sampled_from(sorted(OUTPUTS)), min_size=1, max_size=4)))
    periods = st.sampled_from([(None, None)] * 6 + [(NOW, None), (None, NOW), (NOW + 1, None), (0, NOW + 1)])
    written = []
    for number in range(draw(st.integers(1, 12))):
        start, end = draw(periods)
        written.append(
            Written(
                number,
                draw(st.sampled_from([None, None, -5, 0, 1, 2, 2**40])),
                draw(st.sampled_from([None, *PREDICATES])),
                draw(outputs),
                draw(st.booleans()),
                draw(st.integers(0, 5)) != 0,
                start,
                end,
            )
        )
    return written


def alike(left: Any, right: Any) -> bool:
    """Equality of decisions: numbers by worth, and truth is no number."""
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)
    return bool(left == right)


@dataclass(frozen=True)
class Conflict:
    """What the model says of matches that the policy does not allow: every rule that may be named, and how many are."""

    names: tuple[str, ...]
    named: int


def by_definition(
    policy: str, written: list[Written], holds: list[bool], default: Any
) -> tuple[Any, Any] | Conflict:
    """DMN's definition of the policy, for the set of the rules that match: the decision and the rule, or the conflict."""
    matching = [rule for rule in written if rule.matches(holds, NOW)]
    ranked = sorted(matching, key=lambda rule: (-rule.rank, rule.number))
    if policy in LISTING:
        ordered = matching if policy == "rule-order" else ranked
        if not ordered and default != UNSET:
            return default, []
        return [OUTPUTS[rule.output] for rule in ordered], [rule.name for rule in ordered]
    if not matching:
        return (None if default == UNSET else default), None
    if policy == "unique" and len(matching) > 1:
        return Conflict(tuple(rule.name for rule in ranked), min(len(matching), MOST_NAMED))
    if policy == "any":
        outputs = [OUTPUTS[rule.output] for rule in matching]
        if not all(alike(left, right) for left in outputs for right in outputs):
            return Conflict(tuple(rule.name for rule in ranked), 2)
    highest = max(rule.rank for rule in matching)
    chosen = next(rule for rule in matching if rule.rank == highest)
    return OUTPUTS[chosen.output], chosen.name


def named_in(message: str, written: list[Written]) -> list[str]:
    """The rules that a message names, in its order."""
    found = [(message.find(f'"{rule.name}" ('), rule.name) for rule in written]
    return [name for at, name in sorted(found) if at >= 0]


def check(
    decided: rf.Decision, expected: tuple[Any, Any] | Conflict, written: list[Written], policy: str
) -> None:
    """Compare a decision with what the model says."""
    if isinstance(expected, Conflict):
        assert isinstance(decided.error, rf.RuleError)
        assert decided.error.message.startswith(f'hit policy "{policy}": ')
        names = named_in(decided.error.message, written)
        assert set(names) <= set(expected.names) and len(names) == expected.named
        assert decided.error.rule == names[0]
        if policy == "any":
            first, second = (
                OUTPUTS[next(rule.output for rule in written if rule.name == name)] for name in names
            )
            assert not alike(first, second)
    else:
        assert decided.error is None
        assert json.dumps(decided.decision) == json.dumps(expected[0])
        assert decided.rule == expected[1]


def told(decided: rf.Decision) -> tuple[Any, ...]:
    """All that a decision says, for comparisons."""
    error = decided.error
    return (
        json.dumps(decided.decision),
        decided.rule,
        decided.fuel,
        error and (error.message, error.rule, error.location),
    )


def alone(rules: rf.RuleSet | rf.Session, event: bytes) -> rf.Decision:
    """One event's decision, its error as a value."""
    try:
        return rules.evaluate(event, now=NOW)
    except rf.EvaluationError as error:
        return rf.Decision(None, error.rule, error.fuel, error)


def in_steps(rules: rf.RuleSet, event: bytes, units: int) -> rf.Decision:
    """The decision of an event that is stopped after so many units, again and again."""
    with rules.start(event, now=NOW) as held:
        while not held.step(units):
            pass
        try:
            return held.result()
        except rf.EvaluationError as error:
            return rf.Decision(None, error.rule, error.fuel, error)


def refuelled(rules: rf.RuleSet, event: bytes) -> rf.Decision:
    """The decision of an event that runs out of fuel before each of its units, and is given one more."""
    with rules.start(event, now=NOW) as held:
        while not held.done:
            held.step()
            if not held.done:
                held.refuel(1)
        try:
            return held.result()
        except rf.EvaluationError as error:
            return rf.Decision(None, error.rule, error.fuel, error)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.mark.parametrize("policy", HIT_POLICIES)
@settings(max_examples=30, deadline=None)
@given(
    written=rule_sets(),
    data=st.data(),
    default=st.sampled_from([UNSET, "none", {"a": 0}]),
    extra=st.booleans(),
)
def test_policies_decide_as_dmn_defines_them(
    runtime: rf.Runtime,
    folder: Path,
    policy: str,
    written: list[Written],
    data: st.DataObject,
    default: Any,
    extra: bool,
) -> None:
    """Whatever rules there are and whichever match, in every way in which events are decided, at the same fuel."""
    truths = data.draw(
        st.lists(
            st.lists(st.booleans(), min_size=len(written), max_size=len(written)), min_size=1, max_size=4
        )
    )
    # Half of the time without the rules that always match.
    holding = [
        truth if extra else [value and i % 3 == 0 for i, value in enumerate(truth)] for truth in truths
    ]
    # As bytes: what an event costs depends on how its JSON is written.
    events = [json.dumps({"holds": holds}).encode() for holds in holding]
    bundle = rf.Bundle.from_sources(
        {"main.star": PRELUDE + "".join(rule.source() for rule in written)},
        hit_policy=policy,
        default=None if default == UNSET else default,
    )
    with runtime.load(bundle) as rules, rules.session() as session, rules.isolate() as fresh:
        single = [alone(rules, event) for event in events]
        for holds, decided in zip(holding, single, strict=True):
            check(decided, by_definition(policy, written, holds, default), written, policy)
        others = [
            list(rules.evaluate_batch(events, workers=1, now=NOW)),
            list(session.evaluate_batch(events, now=NOW)),
            [alone(session, event) for event in events],
            [alone(fresh, event) for event in events],
            [in_steps(rules, event, 1) for event in events],
            [in_steps(rules, event, 7) for event in events],
        ]
        for decisions in others:
            assert list(map(told, decisions)) == list(map(told, single))
        with runtime.load(bundle, limits=rf.Limits(fuel=STARVED)) as starved:
            assert [told(refuelled(starved, event)) for event in events] == list(map(told, single))
        path = folder / "events.jsonl"
        path.write_bytes(b"\n".join(events))
        for pristine in (False, True):
            with FileIO(path) as source:
                blocks = list(rules.evaluate_stream(source, workers=1, pristine=pristine, now=NOW))
            output = b"".join(part.output for block in blocks for part in block.parts)
            lines = [json.loads(line) for line in output.splitlines()]
            assert [line.get("decision") for line in lines] == [decided.decision for decided in single]
            assert [line["fuel"] for line in lines] == [decided.fuel for decided in single]
            assert ["error" in line for line in lines] == [decided.error is not None for decided in single]
            rules_named = [line["error"]["rule"] if "error" in line else line["rule"] for line in lines]
            assert rules_named == [decided.rule for decided in single]
