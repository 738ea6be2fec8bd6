"""`ringfence check`: calls whose arguments fit no parameters, found without deciding an event."""

from __future__ import annotations

import pytest

import ringfence as rf

FUNCTIONS = """def plain(a):
    return a

def rich(a, b = 2, *rest, c, d = 4, **named):
    return a
"""


def warnings(source: str, **files: str) -> list[str]:
    """What the check of a bundle with these sources warns of."""
    sources = {"main.star": source, **{f"{name}.star": text for name, text in files.items()}}
    functions = {"geoip": {"params": 1}}
    review = rf.Runtime().review(rf.Bundle.from_sources(sources, functions=functions))
    assert {one.severity for one in review.findings} <= {"warning"}, review.findings
    return [f"{one.line}:{one.column} {one.rule} {one.message}" for one in review.findings]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("plain(1, 2)", "plain is given 2 positional arguments, and takes 1 (its parameters: a)"),
        ("plain()", "plain is called without the argument a"),
        ("plain(b = 1)", "plain has no parameter b"),
        ("rich(1)", "rich is called without the argument c"),
        ("rich(c = 1)", "rich is called without the argument a"),
        ("len(e, 2)", "len is given 2 positional arguments, and takes 1"),
        ("sorted([], kye = len)", "sorted has no parameter kye (its parameters: iterable, key, reverse)"),
        ("geoip(1, 2)", "geoip is given 2 positional arguments, and takes 1"),
        ("[plain(1, x) for x in e.xs]", "plain is given 2"),
        ("(lambda x: plain())(1)", "plain is called without the argument a"),
    ],
)
def test_a_call_that_can_only_fail_is_found(call: str, says: str) -> None:
    source = FUNCTIONS + f'rule("r", when = lambda e: {call}, then = geoip)\n'
    (found,) = warnings(source)
    assert says in found and " call-arguments " in found
    assert found.startswith("6:")


@pytest.mark.parametrize(
    "call",
    [
        "plain(e)",
        "plain(a = e)",
        "plain(*e.xs)",
        "plain(**e.named)",
        "rich(1, 2, 3, 4, c = 5, other = 6)",
        "dict(a = 1, b = 2) and struct(x = 1) and print(1, 2, 3) and max(1, 2, 3)",
        "(plain if e.x else len)(1, 2)",
        "e.call(1, 2, 3)",
    ],
)
def test_a_call_that_may_succeed_is_not(call: str) -> None:
    assert warnings(FUNCTIONS + f'rule("r", when = lambda e: {call}, then = geoip)\n') == []


def test_what_is_loaded_is_known_by_its_own_parameters() -> None:
    main = 'load("lib.star", f = "plain")\nrule("r", when = lambda e: f(e, 1), then = geoip)\n'
    assert warnings(main, lib=FUNCTIONS) == [
        "2:29 call-arguments plain is given 2 positional arguments, and takes 1 (its parameters: a)"
    ]


@pytest.mark.parametrize("function", ["lambda: 1", "lambda e, x: 1", "lambda e, *, k: 1"])
def test_functions_of_rules_take_the_event_alone(function: str) -> None:
    for argument in ("when", "then"):
        (found,) = warnings(f'rule("r", {argument} = {function})\n')
        assert found.startswith(
            f"1:5 call-arguments {argument} of this rule cannot be called with the event alone"
        )
    for good in ("lambda e, x = 1: 1", "lambda *a: 1", "lambda **k: 1"):
        assert bool(warnings(f'rule("r", when = {good})\n')) == (good == "lambda **k: 1")


def test_decide_takes_the_event_and_is_asked_by_bundles_without_rules() -> None:
    assert warnings("def decide(event):\n    return 1\n") == []
    (found,) = warnings("def decide():\n    return 1\n")
    assert found.startswith("1:1 call-arguments decide cannot be called with the event alone")
    (found,) = warnings('def decide(event):\n    return 1\n\nrule("r")\n')
    assert found.startswith("1:1 unused-decide decide(event) decides nothing: the bundle declares rules")
    assert warnings('def decide(event):\n    return 1\n\nrule("r", then = decide)\n') == []
