"""Random rule sets decide random events exactly as Python does, by every way of asking.

The generator (`generated.py`) writes rules whose text means the same in both languages; the reference
(`starlark_in_python.py`) executes them with Python's own interpreter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from tests.gateway.generated import Rules, random_events
from tests.gateway.starlark_in_python import PythonBundle

RULES = 30
EVENTS = 150
BUNDLE_TOML = '[bundle]\nname = "generated"\ndefault = "none"\n[limits]\nfuel = 2000000\ndeadline = "1s"\n'


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def write_bundle(folder: Path, source: str) -> Path:
    (folder / "bundle.toml").write_text(BUNDLE_TOML)
    (folder / "main.star").write_text(source)
    return folder


def plain(value: Any) -> Any:
    """A value as it is after a way through JSON: records become dicts, tuples lists."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("seed", range(24))
def test_random_rules_decide_as_python_does(seed: int, runtime: rf.Runtime, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, Rules(seed).source(RULES))
    reference = PythonBundle(folder)
    events = random_events(seed, EVENTS)
    expected = [reference.decide(event) for event in events]
    with runtime.load(folder) as rules:
        for event, (decision, name) in zip(events, expected, strict=True):
            result = rules.evaluate(event)
            assert (result.rule, result.decision) == (name, plain(decision)), event.decode()


def test_every_way_of_asking_gives_the_same_answers(runtime: rf.Runtime, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, Rules(100).source(RULES))
    events = random_events(100, EVENTS)
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(events))
    with runtime.load(folder) as rules:
        one_by_one = [rules.evaluate(event) for event in events]
        as_dicts = [rules.evaluate(json.loads(event)) for event in events]  # other JSON text, so other fuel
        assert [(d.rule, d.decision) for d in as_dicts] == [(d.rule, d.decision) for d in one_by_one]
        assert [rules.evaluate(event.decode()) for event in events] == one_by_one
        assert list(rules.evaluate_batch(events, workers=1)) == one_by_one
        assert list(rules.evaluate_batch(events, workers=2)) == one_by_one
        with rules.isolate() as fresh:
            assert [fresh.evaluate(event) for event in reversed(events)] == one_by_one[::-1]
        assert rules.run_file(tmp_path / "events.jsonl", tmp_path / "decisions.jsonl") == EVENTS
    lines = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_bytes().splitlines()]
    assert lines == [{"decision": d.decision, "rule": d.rule, "fuel": d.fuel} for d in one_by_one]


def test_the_generator_reaches_most_rules(tmp_path: Path) -> None:
    reached: set[str | None] = set()
    for seed in range(4):
        reference = PythonBundle(write_bundle(tmp_path, Rules(seed).source(RULES)))
        reached |= {reference.decide(event)[1] for event in random_events(seed, EVENTS)}
    assert len(reached) > RULES // 2
