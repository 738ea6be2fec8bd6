"""Explanations cost and decide what the events do without them, and what they say of an expression is what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import ringfence as rf
from ringfence.explain import Observation
from ringfence.explain.explanation import _Reader
from ringfence.explain.observations import observations
from ringfence.explain.page import as_page
from ringfence.explain.text import print_explanation
from ringfence.manifest import HIT_POLICIES
from ringfence.tracing import read_entries
from tests.host.test_cli import ringfence

SOURCE = """
HIGH = ["RU", "KP"]

def is_admin(req):
    return req.path.startswith("/admin") and not req.get("internal")

rule("admin", priority = 10, when = lambda req: is_admin(req) and req.country not in HIGH, then = "deny")
rule("big", when = lambda req: req.amount > 1000 and (req.country in HIGH or req.country == "NL"),
     then = lambda req: {"over": req.amount - 1000})
rule("off", enabled = False, then = 1)
rule("rest", then = "allow")
"""


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def load(runtime: rf.Runtime, source: str, **options: Any) -> rf.RuleSet:
    return runtime.load(rf.Bundle.from_sources({"main.star": source}, **options))


def lines(found: tuple[Observation, ...], indent: str = "") -> Iterator[str]:
    """A tree in short."""
    for one in found:
        value = one.value if one.evaluated else "(not evaluated)"
        yield f"{indent}{one.text} = {value}"
        yield from lines(one.parts, indent + "  ")


def test_a_predicate_is_explained_by_its_expressions(runtime: rf.Runtime) -> None:
    with load(runtime, SOURCE) as rules:
        why = rules.explain({"path": "/admin/1", "amount": 15, "country": "RU"})
        large = rules.explain({"path": "/x", "amount": 1500, "country": "NL"})
    assert [(trial.name, trial.outcome.value, trial.decided) for trial in why.trials] == [
        ("admin", "not matched", False),
        ("big", "not matched", False),
        ("rest", "matched", True),
        ("off", "disabled", False),
    ]
    assert list(lines(why.trials[0].why)) == [
        "is_admin(req) and req.country not in HIGH = False",
        "  is_admin(req) = True",
        '    req.path.startswith("/admin") and not req.get("internal") = True',
        '      req.path.startswith("/admin") = True',
        '        req.path = "/admin/1"',
        '      not req.get("internal") = True',
        '        req.get("internal") = None',
        "  req.country not in HIGH = False",
        '    req.country = "RU"',
        '    HIGH = ["RU", "KP"]',
    ]
    assert list(lines(why.trials[1].why)) == [
        'req.amount > 1000 and (req.country in HIGH or req.country == "NL") = False',
        "  req.amount > 1000 = False",
        "    req.amount = 15",
        '  (req.country in HIGH or req.country == "NL") = (not evaluated)',
    ]
    assert list(lines(large.trials[1].then)) == ["req.amount - 1000 = 500", "  req.amount = 1500"]
    assert large.decision == {"over": 500}


@pytest.mark.parametrize("policy", HIT_POLICIES)
def test_explaining_costs_and_decides_what_evaluating_does(runtime: rf.Runtime, policy: str) -> None:
    source = """
rule("one", when = lambda e: e.n % 2 == 0, then = lambda e: [e.n, 0][1])
rule("two", priority = 3, when = lambda e: e.n % 3 == 0, then = 0)
rule("three", when = lambda e: 6 // e.n > 1, then = 0 if False else 0)
rule("late", valid_from = "2030-01-01", then = 1)
"""
    with load(runtime, source, hit_policy=policy, default=None) as rules:
        for n in range(13):
            why = rules.explain({"n": n}, now=0)
            try:
                decision = rules.evaluate({"n": n}, now=0)
            except rf.RuleError as error:
                assert why.error is not None and why.error.as_json() == error.as_json()
                assert why.fuel == error.fuel
                continue
            assert (why.decision, why.rule, why.fuel) == (decision.decision, decision.rule, decision.fuel)
            named = decision.rule if isinstance(decision.rule, list) else [decision.rule]
            assert [trial.name for trial in why.trials if trial.decided] == [name for name in named if name]
            late = next(trial for trial in why.trials if trial.name == "late")
            assert late.outcome.value in ("not in effect", "not tried")
            assert sum(trial.fuel for trial in why.trials) + why.other_fuel == why.fuel
            assert why.other_fuel >= why.reading_fuel > 0


def test_a_real_bundle_is_explained_at_its_own_cost(runtime: rf.Runtime, tmp_path: Path) -> None:
    ringfence("init", tmp_path / "gateway")
    events = (tmp_path / "gateway" / "events.jsonl").read_bytes().splitlines()
    with runtime.load(tmp_path / "gateway") as rules:
        for event in events[:2_000:50]:
            why = rules.explain(event)
            decision = rules.evaluate(event)
            assert (why.decision, why.rule, why.fuel) == (decision.decision, decision.rule, decision.fuel)


# Comparisons of the event's fields, and what joins them, as Python reads them too.
TERMS = st.sampled_from(
    [
        "e.a",
        "e.b",
        "e.s",
        "e.l",
        "e.a + 1",
        "(e.b - e.a)",
        "1",
        "'x'",
        "e.get('a')",
        "e.get('none')",
        "len(e.l)",
    ]
)
NUMBERS = st.sampled_from(["e.a", "e.b", "e.a + 1", "(e.b - e.a) * 2", "1", "e.get('a')", "len(e.l)", "-e.a"])
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, NUMBERS, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS),
    st.builds("{} {} {}".format, TERMS, st.sampled_from(["==", "!="]), TERMS),
    st.builds(
        "{} {} {}".format, TERMS, st.sampled_from(["in", "not in"]), st.sampled_from(["e.l", "(1, 'x')"])
    ),
    st.builds(
        "e.s.{}({!r})".format, st.sampled_from(["startswith", "endswith"]), st.sampled_from(["x", "y", ""])
    ),
    TERMS,
)
EXPRESSIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({} or {} and {})".format, inner, inner, inner),
        st.builds("bool({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=8,
)


class Attributes(dict[str, Any]):
    """An event as Starlark sees it, for Python's `eval`."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


@settings(max_examples=150, deadline=None)
@given(
    expression=EXPRESSIONS, a=st.integers(0, 3), b=st.integers(0, 3), s=st.sampled_from(["x", "y", "xy", ""])
)
def test_every_value_shown_is_that_of_the_text_beside_it(expression: str, a: int, b: int, s: str) -> None:
    event = Attributes(a=a, b=b, s=s, l=[a, s])
    with load(rf.Runtime(), f'rule("r", when = lambda e: {expression}, then = 1)\n') as rules:
        why = rules.explain(dict(event))
        assert why.fuel == rules.evaluate(dict(event)).fuel
    trial = why.trials[0]
    assert trial.outcome.value == ("matched" if eval(expression, {"e": event}) else "not matched")

    def check(found: tuple[Observation, ...]) -> None:
        for one in found:
            check(one.parts)
            if one.text.endswith("..."):
                continue
            assert one.text in expression
            if not one.evaluated:
                continue
            value = eval(one.text, {"e": event})
            if one.value in ("True", "False") and not isinstance(value, bool):
                # Of a connective whose value need not be a boolean, its truth is shown.
                assert bool(value) is one.is_true
            elif one.value is not None:
                assert eval(one.value) == value, one
                assert one.is_true in (None, bool(value))

    check(trial.why)
    if not trial.is_cut and any(operator in expression for operator in ("<", "==", " in ", "starts")):
        assert trial.why


def test_an_event_that_fails_is_explained_up_to_there(runtime: rf.Runtime) -> None:
    with load(runtime, SOURCE) as rules:
        why = rules.explain({"path": "/x"})
        nothing = rules.explain(b"[1]")
    assert why.error is not None and why.error.kind == "rule"
    assert [trial.outcome.value for trial in why.trials] == ["not matched", "failed", "not tried", "disabled"]
    assert nothing.error is not None and nothing.error.kind == "input"
    assert {trial.outcome.value for trial in nothing.trials} == {"not tried", "disabled"}


def test_limits_end_an_explained_event_where_they_end_any(runtime: rf.Runtime) -> None:
    source = 'rule("long", when = lambda e: sorted([-i for i in range(e.n)])[0] == 1, then = 1)\n'
    bundle = rf.Bundle.from_sources({"main.star": source})
    with runtime.load(bundle, limits=rf.Limits(fuel=5_000)) as rules:
        why = rules.explain({"n": 100_000})
        with pytest.raises(rf.FuelExhausted) as raised:
            rules.evaluate({"n": 100_000})
        assert why.error is not None and why.error.as_json() == raised.value.as_json()
        assert why.trials[0].outcome.value == "failed" and 0 < why.trials[0].fuel <= why.fuel == 5_000


def test_loops_and_deep_calls_are_cut_and_not_lost(runtime: rf.Runtime) -> None:
    source = """
def deep(e, n):
    return e.n == n or (deep(e, n - 1) if n > 0 else False)

rule("many", when = lambda e: len([i for i in range(e.n) if i % 7 == 3]) > 1000, then = 1)
rule("deep", when = lambda e: deep(e, 30), then = 2)
"""
    with load(runtime, source, options=["recursion"]) as rules:
        why = rules.explain({"n": 3_000})
    many, deep = why.trials
    assert many.is_cut and many.outcome.value == "not matched"
    assert deep.why[0].text == "deep(e, 30)" and deep.outcome.value == "not matched"


def test_host_functions_are_asked_once_and_their_answers_shown(runtime: rf.Runtime) -> None:
    asked: list[str] = []

    def country(address: str) -> str:
        asked.append(address)
        return "KP"

    bundle = rf.Bundle.from_sources(
        {"main.star": 'rule("geo", when = lambda e: country(e.ip) == "KP", then = 1)\n'},
        functions={"country": {"params": 1}},
    )
    with runtime.load(bundle, functions={"country": country}) as rules:
        why = rules.explain({"ip": "192.0.2.1"})
        assert why.fuel == rules.evaluate({"ip": "192.0.2.1"}).fuel
    assert asked == ["192.0.2.1"] * 2
    assert list(lines(why.trials[0].why)) == [
        'country(e.ip) == "KP" = True',
        '  country(e.ip) = "KP"',
        '    e.ip = "192.0.2.1"',
    ]


def test_a_bundle_that_defines_decide_is_explained(runtime: rf.Runtime) -> None:
    with load(runtime, "def decide(e):\n    if e.n > 1:\n        return 'many'\n    return 'few'\n") as rules:
        why = rules.explain({"n": 2})
        assert why.fuel == rules.evaluate({"n": 2}).fuel
    (trial,) = why.trials
    assert (trial.name, trial.decided, trial.value) == ("decide", True, '"many"')
    assert list(lines(trial.why)) == ["e.n > 1 = True", "  e.n = 2"]


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


HOSTILE = '<script>alert(1)</script>"onload=x \x1b[2J \u202e &amp; <img src=http://x>'


def test_what_bundles_and_events_say_is_never_markup_nor_control(runtime: rf.Runtime) -> None:
    source = (
        f"rule({json.dumps(HOSTILE)}, description = 'd', when = lambda e: e.text == '<b>{chr(0x202E)}' or e.text, then = "
        "lambda e: e.text)\n"
    )
    with load(runtime, source) as rules:
        why = rules.explain({"text": HOSTILE})
    page = as_page(why, HOSTILE)
    tags = Tags()
    tags.feed(page)
    assert tags.found <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "p", "pre", "details", "summary", "b"),
        *("code", "ul", "li"),
    }
    assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "open", "title"}
    console = Console(force_terminal=False, width=100)
    with console.capture() as captured:
        print_explanation(console, why)
    for text in (page, captured.get()):
        assert "\x1b" not in text and "\u202e" not in text
    assert "&lt;script&gt;" in page


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["rule", "saw", "then", "compared"]),
    lambda inner: st.lists(inner, max_size=9),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(JSON, min_size=1, max_size=9), max_size=9), st.binary(max_size=40))
def test_whatever_a_broken_guest_tells_is_read_without_harm(entries: list[list[Any]], told: bytes) -> None:
    reader = _Reader(2)
    for entry in entries + read_entries(told):
        reader.read(entry)
    observations(entries, {})
