"""`--coverage`: which lines ran, and that covering changes nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import ringfence as rf
from ringfence.lines import LineCoverage
from ringfence.sample_events import gateway_events
from tests.testing.bundles import command, lines, make_bundle

RULES = """
load("lib/doors.star", "state")

LIMIT = 3 if len("abc") == 3 else 4

rule(
    "deep",
    when=lambda e: e.n > LIMIT,
    then=lambda e: {
        "state": state(e.n),
    },
)
"""
LIBRARY = """
def state(n):
    if n > 100:
        return "far"
    for i in range(n):
        if i == 50:
            return unused(n)
    return "near"

def unused(n):
    x = n
    return x
"""
FILES = {"main.star": RULES, "lib/doors.star": LIBRARY}


def missed(folder: Path) -> dict[str, list[int]]:
    """The lines of each file that no test ran."""
    done = command("test", folder, "--coverage", "--format", "json")
    assert done.exit_code == 0, done.stdout + done.stderr
    return {file["path"]: file["missed"] for file in json.loads(done.stdout)["coverage"]["files"]}


def test_lines_that_no_test_ran_are_named(tmp_path: Path) -> None:
    near = {"event": {"n": 4}, "decision": {"state": "near"}}
    make_bundle(tmp_path, {**FILES, "tests/a.jsonl": lines({"event": {"n": 1}, "rule": None})})
    assert missed(tmp_path) == {"lib/doors.star": [3, 4, 5, 6, 7, 8, 11, 12], "main.star": [9, 10]}
    make_bundle(tmp_path, {**FILES, "tests/a.jsonl": lines(near)})
    assert missed(tmp_path) == {"lib/doors.star": [4, 7, 11, 12], "main.star": []}
    make_bundle(
        tmp_path,
        {
            **FILES,
            "tests/b.star": "def test_far():\n    assert_eq(decide({'n': 200}).decision.state, 'far')\n",
        },
    )
    assert missed(tmp_path) == {"lib/doors.star": [7, 11, 12], "main.star": []}
    call = 'load("lib/doors.star", "state")\ndef test_mid():\n    assert_eq(state(60), 60)\n'
    make_bundle(tmp_path, {**FILES, "tests/c.star": call})
    assert missed(tmp_path) == {"lib/doors.star": [], "main.star": []}


def test_the_table_shows_them_as_ranges(tmp_path: Path) -> None:
    make_bundle(tmp_path, {**FILES, "tests/a.jsonl": lines({"event": {"n": 1}, "rule": None})})
    done = command("test", tmp_path, "--coverage")
    rows = {row.split()[0]: row.split(maxsplit=4)[1:] for row in done.stdout.splitlines() if "%" in row}
    assert rows == {
        "lib/doors.star": ["10", "8", "20%", "3-8, 11-12"],
        "main.star": [rows["main.star"][0], "2", rows["main.star"][2], "9-10"],
    }


def test_lines_that_an_event_runs_before_it_fails_have_run(tmp_path: Path) -> None:
    rules = "def decide(e):\n    x = e.a\n    fail('x')\n    return x\n"
    tests = lines({"event": {"a": 1}, "error": "rule"})
    make_bundle(tmp_path, {"main.star": rules, "tests/a.jsonl": tests})
    assert missed(tmp_path) == {"main.star": [4]}
    forked = "def test_it():\n    assert_fails(lambda: decide({}))\n"
    make_bundle(tmp_path, {"main.star": rules, "tests/a.star": forked, "tests/a.jsonl": tests})
    assert missed(tmp_path) == {"main.star": [4]}


def test_the_events_of_a_session_are_covered(tmp_path: Path) -> None:
    rules = (
        'STATE = persistent({"n": 0})\ndef decide(e):\n    STATE["n"] += 1\n    if STATE["n"] == 2:\n        return "two"\n'
        '    return "one"\n'
    )
    tests = "def test_it():\n    decide({})\n    assert_eq(decide({}).decision, 'two')\n"
    make_bundle(tmp_path, {"main.star": rules, "tests/a.star": tests})
    assert missed(tmp_path) == {"main.star": []}


def test_a_covered_bundle_decides_and_costs_the_same() -> None:
    template = Path(rf.__file__).parent / "templates" / "gateway"
    events = list(gateway_events(200))
    runtime, bundle, ran = rf.Runtime(), rf.Bundle.from_folder(template), LineCoverage()
    with runtime.load(bundle) as rules:
        plain = list(rules.evaluate_batch(events, workers=1))
    loaded = runtime.load_bundle(bundle, covered=True)
    with loaded.rule_set(rf.functions.NO_FUNCTIONS, lines=ran) as rules:
        covered = [rules.evaluate(event) for event in events]
    assert covered == plain
    assert all(any(lines.values()) for lines in ran.files().values())
