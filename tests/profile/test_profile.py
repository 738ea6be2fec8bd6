"""Profiles: every unit of fuel has one place, what a hostile bundle calls itself harms nobody, and the command shows it all."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.profile.graph import collapsed, speedscope, svg
from ringfence.profile.profile import DEEPEST, Profile, _Reader, profile
from ringfence.tracing import Subject

SOURCE = """
def total(items):
    result = 0
    for item in items:
        result += item
    return result

def slow(req):
    return total(sorted(req.prices, key = lambda x: -x)) > 5

rule("cheap", when = lambda req: False, then = 1)
rule("slow", when = slow, then = lambda req: {"total": total(req.prices)})
rule("fails", when = lambda req: req.missing, then = 1)
"""
EVENTS = [{"prices": [1, 2, 3]}, {"prices": [1]}, {"prices": list(range(50))}, {"nothing": 1}]


def profiled(source: str, events: list[Any], **bundle: Any) -> Profile:
    rules = rf.Runtime().load(rf.Bundle.from_sources({"main.star": source}, **bundle))
    return profile(
        (rules.traced(json.dumps(e, separators=(",", ":")).encode(), Subject.LINES) for e in events),
        rules.rules(),
    )


@pytest.mark.parametrize("policy", ["first", "collect", "unique", "any", "priority", "rule-order"])
def test_every_unit_has_one_place(policy: str) -> None:
    """The sum over all stacks is what the events cost, errors included, under any hit policy."""
    rules = rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE}, hit_policy=policy))
    spent = sum(
        decision.fuel if decision.error is None else decision.error.fuel
        for decision in rules.evaluate_batch(EVENTS)
    )
    made = profiled(SOURCE, EVENTS, hit_policy=policy)
    assert made.events == len(EVENTS)
    assert made.fuel == spent == sum(made.stacks.values())


def test_lines_and_rules_have_what_they_cost() -> None:
    """The loop's line costs for each turn; a rule's cost is that of its predicate and its `then`, for each time it was tried."""
    made = profiled(SOURCE, [EVENTS[2]] * 3)
    costs = {place.line: units for place, units in made.lines() if place.path == "main.star"}
    assert costs[5] >= 2 * 3 * 50  # in the predicate and in the `then`, three events, fifty turns
    assert costs[3] < 10 < costs[4]
    assert made.by_rule["cheap"].tried == made.by_rule["slow"].tried == 3
    assert made.by_rule["cheap"].fuel < made.by_rule["slow"].fuel
    assert "fails" not in made.by_rule
    deep = [
        stack for stack in made.stacks if [place.name for place in stack[:3]] == ["slow", "slow", "total"]
    ]
    assert deep


def test_a_bundle_without_rules_is_profiled_too() -> None:
    made = profiled("def decide(e):\n    return len(e.prices)\n", EVENTS[:3])
    assert sum(made.stacks.values()) == made.fuel
    assert ("main.star", 2) in {(place.path, place.line) for place, _ in made.lines()}


def test_formats_agree() -> None:
    """Collapsed stacks, speedscope and the picture are of the same units."""
    made = profiled(SOURCE, EVENTS)
    lines = collapsed(made).splitlines()
    assert sum(int(line.rsplit(" ", 1)[1]) for line in lines) == made.fuel
    document = speedscope(made, "x")
    (chart,) = document["profiles"]
    assert sum(chart["weights"]) == chart["endValue"] == made.fuel
    assert all(
        0 <= frame < len(document["shared"]["frames"]) for sample in chart["samples"] for frame in sample
    )
    xml.dom.minidom.parseString(svg(made, "t<&"))


def test_names_of_a_hostile_bundle_are_shown_and_not_obeyed() -> None:
    """Markup, control characters and separators in names stay text."""
    name = '\x1b[31m</text><script>&;"[bold]\n'
    source = f"rule({json.dumps(name)}, when = lambda e: True, then = 1)\n"
    made = profiled(source, [{}])
    assert "\x1b" not in collapsed(made) and len(collapsed(made).splitlines()) == len(made.stacks)
    picture = svg(made, name)
    assert "<script>" not in picture
    assert "\x1b" not in svg(made, "t")


def test_a_trace_that_makes_no_sense_is_left_out() -> None:
    """Whatever a broken guest tells, reading it ends, and what is kept is bounded."""
    made = Profile()
    reader = _Reader(made)
    for entry in (
        ["return"],
        ["rule", -5, 3],
        ["rule", 10**30, 10],
        ["call", 1, 2, 3],
        [-1, 5],
        [3, -5],
        [True, None],
        ["begin", "x"],
        ["over"],
        [],
        [[1], 2],
        ["end", 4, 4, 4],
    ):
        reader.read(entry)
    for _ in range(10 * DEEPEST):
        reader.read(["call", "f" * 10_000, "p", 1])
    reader.read([7, 3])
    for _ in range(10 * DEEPEST):
        reader.read(["return"])
    reader.end(100)
    assert max(map(len, made.stacks)) <= DEEPEST + 2


def test_the_command(tmp_path: Path) -> None:
    """Figures as text and JSON, every form of profile; errors make the status 1, missing files 2."""
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "x"\n')
    (tmp_path / "main.star").write_text(SOURCE)
    events = tmp_path / "events.jsonl"

    def bench(*options: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "ringfence",
            "bench",
            str(tmp_path),
            "--input",
            str(events),
            *options,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert bench().returncode == 2
    events.write_text("\n".join(json.dumps(event) for event in EVENTS[::2]) + "\n")
    done = bench("--duration", "50ms", "--format", "json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["events"] == 2 and figures["one_by_one"]["events_per_second"] > 100
    assert figures["one_by_one"]["latency_us"]["p50"] <= figures["one_by_one"]["latency_us"]["max"]
    assert "fuel: p50" in bench("--duration", "50ms").stdout
    table = bench("--profile", "table")
    assert "result += item" in table.stdout and "slow" in table.stdout
    assert bench("--profile", "collapsed", "--events", "1").stdout.splitlines()
    picture = tmp_path / "fuel.svg"
    assert bench("--profile", "svg", "--output", str(picture)).returncode == 0
    xml.dom.minidom.parse(str(picture))
    assert json.loads(bench("--profile", "speedscope").stdout)["exporter"] == "ringfence"
    events.write_text('{"nothing": 1}\n')
    failing = bench("--duration", "50ms")
    assert failing.returncode == 1 and "rule 1" in failing.stdout
