"""Rules as the host lists them, and the events' time in every way in which events are decided."""

from __future__ import annotations

import dataclasses
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.rule import rule_from_json

SOURCE = """
rule("later", priority = 5, when = lambda e: True, then = lambda e: "later", tags = ["a", "b"], description = "Says so",
     valid_from = "2026-03-01", valid_to = "9999-12-31")
rule("off", enabled = False, then = "off", valid_from = time.from_timestamp(1 << 40), valid_to = time.from_timestamp(1 << 50))
rule("now", then = {"now": True})
"""
BEFORE, AFTER = 1_700_000_000, 1_800_000_000


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def test_rules_are_listed_with_what_they_say(runtime: rf.Runtime) -> None:
    """In the order in which they are tried; the records are frozen, comparable and picklable."""
    with runtime.load(rf.Bundle.from_sources({"main.star": SOURCE})) as rules:
        later, now, off = rules.rules()
        assert rules.isolate().rules() == rules.rules()
    assert later == rf.Rule(
        name="later",
        priority=5,
        file="main.star",
        location="main.star:2:5",
        enabled=True,
        tags=("a", "b"),
        description="Says so",
        valid_from=datetime(2026, 3, 1, tzinfo=UTC),
        valid_to=datetime.max.replace(tzinfo=UTC),
        fixed=False,
    )
    assert now == rf.Rule("now", 0, "main.star", "main.star:5:5", fixed=True)
    assert (off.name, off.enabled, off.valid_from) == ("off", False, datetime.max.replace(tzinfo=UTC))
    with pytest.raises(dataclasses.FrozenInstanceError):
        now.name = "then"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(later)) == later
    assert len({later, now, off}) == 3


def test_a_bundle_that_decides_by_a_function_has_no_rules(runtime: rf.Runtime) -> None:
    with runtime.load(rf.Bundle.from_sources({"main.star": "def decide(e): return 1\n"})) as rules:
        assert rules.rules() == ()


def test_the_time_of_a_batch(runtime: rf.Runtime, tmp_path: Path) -> None:
    """It holds for every event of the call, in however many parts, and for none of the next call."""
    events = [json.dumps({"n": i, "text": "x" * 400}) for i in range(3000)]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(events))
    with runtime.load(rf.Bundle.from_sources({"main.star": SOURCE})) as rules, rules.session() as session:

        def decided(now: float | None) -> list[set[Any]]:
            """The rules that decide, each way."""
            rules.run_file(source, target, now=now, workers=2)
            lines = [json.loads(line) for line in target.read_text().splitlines()]
            by_session = list(session.evaluate_batch(events, now))
            session.run_file(source, target, now)
            lines_of_session = [json.loads(line) for line in target.read_text().splitlines()]
            assert len(lines) == len(by_session) == len(lines_of_session) == len(events)
            return [
                {decision.rule for decision in rules.evaluate_batch(events, now=now)},
                {line["error"]["rule"] if "error" in line else line["rule"] for line in lines},
                {decision.rule for decision in by_session},
                {line["error"]["rule"] if "error" in line else line["rule"] for line in lines_of_session},
            ]

        assert decided(AFTER) == [{"later"}] * 4
        assert decided(BEFORE) == [{"now"}] * 4
        for decision in rules.evaluate_batch(events[:3]):
            assert isinstance(decision.error, rf.RuleError)
        assert decided(None) == [{"later"}] * 4  # named by the errors


def test_the_time_of_events_that_are_decided_apart(runtime: rf.Runtime) -> None:
    """Bundles with state get an isolate for each event, and `time.now()` tells the same time as the periods."""
    source = (
        'state = persistent({})\nrule("r", valid_from = "2026-01-01", then = lambda e: time.now().unix)\n'
    )
    with runtime.load(rf.Bundle.from_sources({"main.star": source})) as rules:
        decisions = list(rules.evaluate_batch([{}, {}], now=AFTER))
        assert [decision.decision for decision in decisions] == [AFTER, AFTER]
        assert rules.evaluate({}, now=BEFORE).rule is None


@pytest.mark.parametrize(
    ("time", "rule"),
    [
        ("2026-03-01", "later"),
        ("2026-02-28T23:59:59Z", "now"),
        ("2026-03-01T00:30:00+01:00", "now"),
        ("1800000000", "later"),
        ("1700000000.5", "now"),
    ],
)
@pytest.mark.parametrize("isolation", ["bundle", "event"])
def test_run_takes_the_time(tmp_path: Path, time: str, rule: str, isolation: str) -> None:
    (tmp_path / "bundle.toml").write_text("[bundle]\n")
    (tmp_path / "main.star").write_text(SOURCE)
    done = run(tmp_path, "--now", time, "--isolation", isolation)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["rule"] for line in done.stdout.splitlines()] == [rule, rule]


@pytest.mark.parametrize("time", ["tomorrow", "nan", "1e30", "2026-02-30"])
def test_run_refuses_what_is_no_time(tmp_path: Path, time: str) -> None:
    (tmp_path / "bundle.toml").write_text("[bundle]\n")
    (tmp_path / "main.star").write_text(SOURCE)
    done = run(tmp_path, "--now", time)
    assert done.returncode == 2
    assert b"--now" in done.stderr
    assert done.stdout == b""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """`ringfence run` on two events."""
    command = [sys.executable, "-m", "ringfence", "run", str(folder), *options]
    return subprocess.run(command, input=b"{}\n{}\n", capture_output=True, timeout=120)


WHOLE = {
    "name": "r",
    "priority": 1,
    "location": "main.star:1:5",
    "file": "main.star",
    "enabled": True,
    "tags": ["a"],
    "description": None,
    "valid_from": [0, 1],
    "valid_to": None,
    "fixed": True,
}


@pytest.mark.parametrize(
    "damage",
    [
        {"name": 1},
        {"priority": "1"},
        {"priority": True},
        {"tags": [1]},
        {"tags": None},
        {"description": 1},
        {"valid_from": 1},
        {"valid_from": [1]},
        {"valid_from": ["1", 2]},
        {"valid_to": {"a": 1, "b": 2}},
    ],
)
def test_what_a_broken_guest_says_of_a_rule_is_refused(damage: dict[str, Any]) -> None:
    """By one of the errors for which loading knows what to say."""
    assert rule_from_json(WHOLE).valid_from == datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises((ValueError, LookupError, TypeError)):
        rule_from_json(WHOLE | damage)


@pytest.mark.parametrize("seconds", [10**30, -(10**30), 2**63, -(2**63)])
def test_moments_beyond_the_calendar_are_its_ends(seconds: int) -> None:
    moment = rule_from_json(WHOLE | {"valid_from": [seconds, 0]}).valid_from
    assert moment == (datetime.max if seconds > 0 else datetime.min).replace(tzinfo=UTC)
