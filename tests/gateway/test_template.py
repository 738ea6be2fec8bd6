"""The bundle that `ringfence init --template gateway` makes: its own tests pass, and its 2,000 events are decided
as Python decides them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.sample_events import gateway_events
from tests.gateway.starlark_in_python import PythonBundle

TEMPLATE = Path(rf.__file__).parent / "templates" / "gateway"


@pytest.fixture(scope="module")
def rules() -> Iterator[rf.RuleSet]:
    with rf.Runtime().load(TEMPLATE) as rules:
        yield rules


def template_tests() -> list[tuple[str, str]]:
    return [
        (f"{path.stem}-{number}", line)
        for path in sorted((TEMPLATE / "tests").glob("*.jsonl"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in template_tests()])
def test_the_template_passes_its_own_tests(line: str, rules: rf.RuleSet) -> None:
    test = json.loads(line)
    result = rules.evaluate(test["event"])
    assert (result.rule, result.decision) == (test["rule"], test["decision"])


def test_every_rule_of_the_template_is_tested() -> None:
    tested = {json.loads(line)["rule"] for _, line in template_tests()}
    assert tested - {None} == {rule.name for rule in PythonBundle(TEMPLATE).rules}


def test_the_sample_events_are_decided_as_python_decides_them(rules: rf.RuleSet) -> None:
    reference = PythonBundle(TEMPLATE)
    events = list(gateway_events())
    results = list(rules.evaluate_batch(events, workers=1))
    assert [(d.decision, d.rule) for d in results] == [reference.decide(event) for event in events]
    assert [d.error for d in results if d.error] == []


def test_the_sample_events_meet_every_rule() -> None:
    reference = PythonBundle(TEMPLATE)
    met = Counter(reference.decide(event)[1] for event in gateway_events())
    assert set(met) == {None} | {rule.name for rule in reference.rules}


def test_the_sample_events_are_the_same_on_every_machine() -> None:
    events = list(gateway_events(3))
    assert events == list(gateway_events())[:3]
    assert [json.loads(event)["id"] for event in events] == ["req-000001", "req-000002", "req-000003"]
