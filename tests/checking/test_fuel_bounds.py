"""`check --fuel`: no event costs more than its bound, on generated rules and events; and what has no bound says why."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence
import ringfence as rf
from ringfence.checking.fuel import FuelBound
from ringfence.manifest import HIT_POLICIES
from tests.checking.generated_rules import DEFINITIONS as DEFINITIONS_OF_ALL
from tests.checking.generated_rules import Writer, event, small_event

RUNTIME = rf.Runtime()
DEFINITIONS = """
LIST = ["x", "yy", 1, 2.5, 123456789012345678901234567890]
TABLE = {"x": 1, "yy": [1, 2], "z": {"w": "v"}}
LONG = "x" * 300

def made(limit):
    return lambda e, extra = LIST: e.n == limit or e.a in extra or e.a == TABLE.get(e.s, e.l)

closure = made(10)

def texts(e):
    return f"{e.s}-{e.a}!" == "x" or e.s + "y" == "xy" or e.n * 3 + e.n > 7 or -e.n // 7 % 5 == 1

def same(e, name):
    return e.get(name) == e.a

def both(e):
    if not e.b:
        return same(e, "b")
    limit = e.n + 1
    return limit > 3 and e.s.startswith("x")
"""
TERMS = st.sampled_from(
    [
        "e.a",
        "e.b",
        "e.n",
        "e.s",
        "e.l",
        "e.o",
        "e.o.k",
        "e['a']",
        "e.get('a')",
        "e.get('q',7)",
        "e.n+1",
        "e.n-2",
        "1",
        "2.5",
        "'x'",
        "LONG",
        "None",
        "len(e.l)",
        "e.s.lower()",
        "e.z",
    ]
)
CONDITIONS = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, TERMS, st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]), TERMS),
        st.builds("{} in {}".format, TERMS, st.sampled_from(["LIST", "TABLE", "(1, 'x', LONG)"])),
        st.sampled_from(
            [
                "both(e)",
                "closure(e)",
                "texts(e)",
                "e.n - e.a > 1",
                "TABLE.get(e.s) == e.a",
                "same(e, 'l')",
                "e.s.endswith('yy')",
                "e.b",
                "True",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
DECISIONS = st.sampled_from(
    [
        "'x'",
        "{'a': [1, 2, LONG]}",
        "lambda e: e",
        "lambda e: {'s': e.s, 'o': [e.o, e.a, LONG]}",
        "lambda e: e.get('l')",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=6), inner, max_size=12),
    max_leaves=30,
)
EVENTS = st.fixed_dictionaries(
    {
        "a": VALUES,
        "b": VALUES,
        "n": st.integers() | st.integers(10**200, 10**300) | VALUES,
        "s": st.sampled_from(["x", "xyy", "x" * 300, "\u0001" * 90]) | VALUES,
        "l": st.lists(VALUES, max_size=5) | VALUES,
        "o": st.dictionaries(st.sampled_from(["k", "m"]), VALUES) | VALUES,
    }
)


def bound_of(bundle: rf.Bundle, event_bytes: int) -> FuelBound:
    review = RUNTIME.review(bundle, event_bytes=event_bytes)
    assert review.fuel is not None, review.findings
    return review.fuel


@settings(max_examples=40, deadline=None)
@given(
    rules=st.lists(st.tuples(CONDITIONS, DECISIONS), min_size=1, max_size=4),
    events=st.lists(EVENTS, min_size=1, max_size=6),
    policy=st.sampled_from(HIT_POLICIES),
)
def test_no_event_costs_more_than_its_bound(
    rules: list[tuple[str, str]], events: list[dict[str, Any]], policy: str
) -> None:
    source = DEFINITIONS + "".join(
        f"rule('r{i}', when = lambda e: {when}, then = {then})\n" for i, (when, then) in enumerate(rules)
    )
    bundle = rf.Bundle.from_sources({"main.star": source}, hit_policy=policy)
    lines = [json.dumps(event).encode() for event in events]
    bound = bound_of(bundle, max(map(len, lines)))
    assert bound.fuel is not None, [rule.reason for rule in bound.rules if rule.fuel is None]
    with RUNTIME.load(bundle, limits=rf.Limits(fuel=10_000_000)) as loaded:
        for line in lines:
            try:
                spent = loaded.evaluate(line).fuel
            except rf.RuleError as error:
                spent = error.fuel
            assert spent <= bound.fuel
            why = loaded.explain(line)
            for trial, rule in zip(why.trials, bound.rules, strict=True):
                assert rule.fuel is not None and trial.fuel <= rule.fuel


@pytest.mark.parametrize("seed", range(12))
def test_nothing_that_has_a_bound_costs_more(seed: int) -> None:
    random = Random(seed)
    writer = Writer(random)
    source = DEFINITIONS_OF_ALL
    for i in range(6):
        then = random.choice(["1", "lambda e: " + writer.expression(2)])
        source += (
            f"rule('r{i}', when = lambda e: {writer.expression(random.randrange(1, 4))}, then = {then})\n"
        )
    bundle = rf.Bundle.from_sources({"main.star": source}, hit_policy="collect")
    make = event if seed % 3 else small_event
    lines = [json.dumps(make(random), ensure_ascii=random.random() < 0.5).encode() for _ in range(8)]
    bound = bound_of(bundle, max(map(len, lines)))
    limits = rf.Limits(fuel=200_000_000, deadline=30.0, memory="64MiB")
    with RUNTIME.load(bundle, limits=limits) as loaded:
        for line in lines:
            spent, trials = measured(loaded, line)
            assert bound.fuel is None or spent <= bound.fuel
            for trial, rule in zip(trials, bound.rules, strict=False):
                assert rule.fuel is None or trial.fuel <= rule.fuel, (source, line)


def measured(loaded: rf.RuleSet, line: bytes) -> tuple[int, tuple[Any, ...]]:
    """What an event costs, and its trials."""
    try:
        spent = loaded.evaluate(line).fuel
    except rf.RuleError as error:
        spent = error.fuel
    return spent, tuple(loaded.explain(line).trials)


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("lambda e: e.n * e.m", "a product that may repeat a text"),
        ("lambda e: range(e.n)", "a call of the built-in range at main.star:1:"),
        ("lambda e: regex('a').findall(e.s)", "a call of the built-in regex at"),
        ("lambda e: geoip(e.ip)", "a call of the host's function geoip at"),
        ("lambda e: sorted(e.l, key = lambda x: x.n * x.m)", "a product that may repeat a text"),
        ("lambda e: [len, str][0](e)", "a call of a function that is not known"),
        ("lambda e: [].append(e)", "a call of the method append at"),
        ("geoip", "a built-in"),
    ],
)
def test_what_has_no_bound_says_why(when: str, reason: str) -> None:
    bundle = rf.Bundle.from_sources(
        {"main.star": f"rule('r', when = {when}, then = 1)\n"}, functions={"geoip": {"params": 1}}
    )
    (rule,) = bound_of(bundle, 100).rules
    assert rule.fuel is None
    assert rule.reason.startswith(reason)


@pytest.mark.parametrize(
    "body",
    [
        "    while e.n:\n        n = 1\n",
        "    s = 'x'\n    for x in e.l:\n        s = s + s\n    return s",
        "    l = []\n    for x in e.l:\n        l += [x]\n    return l",
        "    a = 'x'\n    b = 'y'\n    for x in e.l:\n        a = a + b\n        b = b + a\n    return a",
        "    l = []\n    for x in e.l:\n        l = [l, l]\n    return l",
        "    n = 2\n    for x in e.l:\n        n = n * n\n    return n",
        "    return [e.s * len(x) for x in e.l]",
    ],
)
def test_what_grows_from_turn_to_turn_has_no_bound(body: str) -> None:
    source = f"def when(e):\n{body}\nrule('r', when = when, then = 1)\n"
    (rule,) = bound_of(rf.Bundle.from_sources({"main.star": source}, options=["while"]), 100).rules
    assert rule.fuel is None


HARD_EVENTS = [
    ("e.s.lower() == 'x'", {"s": "é" * 300}),
    ("'x' in e.s.split('/')", {"s": "/" * 600}),
    ("[x.strip() for x in e.s.split('/')] == 1", {"s": "/" * 600}),
    ("[int(x) for x in e.s.split('.')] == [3]", {"s": ".".join("1" * 300)}),
    ("any([x == 'admin' for x in e.l])", {"l": ["y"] * 150}),
    ("e.role in ('admin', 'owner')", {"role": "x" * 600}),
    ("e.s.replace('a', 'bb') == ''", {"s": "a" * 600}),
    ("int(e.s) == 1", {"s": "9" * 600}),
    ("','.join(e.l) == ''", {"l": ["y"] * 150}),
    ("sorted([str(x) for x in e.l]) == 1", {"l": list(range(150))}),
    ("hash(e.s) == 1", {"s": "é" * 300}),
    ("TABLE[e.s].get('limit', 0) == e.n", {"s": "a", "n": 7}),
    ("HOSTS.match(e.s)", {"s": "a." * 120 + "example.com"}),
]


@pytest.mark.parametrize(("when", "hard"), HARD_EVENTS)
def test_a_bound_is_near_what_the_worst_event_costs(when: str, hard: dict[str, Any]) -> None:
    source = (
        "TABLE = {'a': {'limit': 1}, 'b': {'limit': 2, 'name': 'x'}}\nHOSTS = host('*.example.com')\n"
        f"rule('r', when = lambda e: {when}, then = 1)\n"
    )
    bundle = rf.Bundle.from_sources({"main.star": source})
    line = json.dumps(hard, ensure_ascii=False, separators=(",", ":")).encode()
    (rule,) = bound_of(bundle, len(line)).rules
    with RUNTIME.load(bundle) as loaded:
        (trial,) = loaded.explain(line).trials
    assert rule.fuel is not None
    assert trial.fuel <= rule.fuel <= 20 * max(trial.fuel, 25)


@pytest.mark.parametrize(("template", "factor"), [("minimal", 20), ("gateway", 150), ("flags", 60)])
def test_templates_have_bounds(template: str, factor: int) -> None:
    folder = Path(ringfence.__file__).parent / "templates" / template
    lines = [
        json.dumps(json.loads(line)["event"]).encode()
        for file in sorted(folder.glob("tests/*.jsonl"))
        for line in file.read_text().splitlines()
    ]
    ordinary = [line for line in lines if len(line) <= 1_024]
    review = RUNTIME.review(folder, event_bytes=max(map(len, ordinary)))
    assert review.fuel is not None and review.fuel.fuel is not None
    with RUNTIME.load(folder) as loaded:
        dearest = max(measured(loaded, line)[0] for line in ordinary)
    assert dearest <= review.fuel.fuel - review.fuel.colliding <= factor * dearest


def test_a_loop_costs_what_all_its_elements_cost_together() -> None:
    source = "def decide(e):\n    return [x.strip() for x in e.s.split('/')]\n"
    bundle = rf.Bundle.from_sources({"main.star": source})
    small, large = bound_of(bundle, 1_000), bound_of(bundle, 10_000)
    assert small.rules[0].fuel is not None and large.rules[0].fuel is not None
    assert large.rules[0].fuel < 12 * small.rules[0].fuel


@pytest.mark.parametrize(
    "when", ["e.a in state['seen']", "state['do'](e)", "[state['seen']] == [e.a]", "str(TOLD)"]
)
def test_state_that_events_add_to_has_no_size(when: str) -> None:
    source = f"state = persistent({{'seen': {{}}, 'do': len}})\nTOLD = (1, state)\nrule('r', when = lambda e: {when}, then = 1)\n"
    (rule,) = bound_of(rf.Bundle.from_sources({"main.star": source}), 100).rules
    assert rule.fuel is None and "main.star:3:" in rule.reason


def test_calls_of_calls_are_bounded_or_refused_in_time() -> None:
    source = "def f0(e):\n    return e.a == 1\n"
    for i in range(1, 12):
        source += f"def f{i}(e):\n    return f{i - 1}(e) or f{i - 1}(e) or f{i - 1}(e)\n"
    bundle = rf.Bundle.from_sources({"main.star": source + "rule('r', when = f11, then = 1)\n"})
    (rule,) = bound_of(bundle, 100).rules
    assert rule.fuel is None or rule.fuel > 3**11


DEEP_LOOPS = "".join(" " * (i + 1) + f"for x{i} in (1, 2):\n" for i in range(40))
HOSTILE = {
    "loops in loops": f"def when(e):\n n = 0\n{DEEP_LOOPS}{' ' * 42}n = n + 1\n return n\n",
    "nested values": "def when(e):\n x = e.a\n" + " x = (x, e.b)\n" * 3000 + " return x == (1, 2)\n",
    "doubled values": "def when(e):\n x = e.a\n" + " x = [x, x]\n" * 3000 + " return str(x) in x\n",
    "much of all": "".join(f"def f{i}(e):\n  return [x for x in e.l if x == {i}]\n" for i in range(2000))
    + "when = f1\n",
    "a large constant": "D = [[i, {'k': i}] for i in range(20000)]\ndef when(e):\n  return e.a in D\n",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bundles_are_looked_at_in_time(source: str) -> None:
    bundle = rf.Bundle.from_sources({"main.star": source + "rule('r', when = when, then = 1)\n"})
    began = time.monotonic()
    (rule,) = bound_of(bundle, 1_000).rules
    assert time.monotonic() - began < 20
    assert rule.fuel is None or rule.fuel > 0


def test_a_larger_event_has_a_larger_bound() -> None:
    bundle = rf.Bundle.from_sources({"main.star": "def decide(e):\n    return e.a in e.b\n"})
    small, large = bound_of(bundle, 100).fuel, bound_of(bundle, 10_000).fuel
    assert small is not None and large is not None and small < large
