"""Tests that are functions: what they know, how they ask the rules, and what a failure says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.testing.suite import Suite
from tests.testing.bundles import command, make_bundle

LIBRARY = """
def double(x):
    return 2 * x

def boom(x):
    for i in [1, 2]:
        fail("no such door", {"x": x})
"""


def outcomes(folder: Path, tests: str, **files: str) -> dict[str, str | None]:
    """For each test function of a bundle of doors with these tests, the text of its failure, or None."""
    make_bundle(folder, {"lib/doors.star": LIBRARY, "tests/doors.star": tests, **files})
    with Suite.load(folder) as suite:
        results = [suite.run(case) for case in suite.cases]
    return {result.case.name: str(result.failure) if result.failure else None for result in results}


def test_functions_may_load_what_the_bundle_has_and_each_other(tmp_path: Path) -> None:
    tests = """
load("lib/doors.star", "double")
load("main.star", "is_night")
load("tests/common.star", "NOON")

def test_double():
    assert_eq(double(3), 6)

def test_night():
    assert_true(is_night(3))
    assert_false(is_night(NOON))

def helper():
    fail("not a test")

test_data = 3
"""
    common = "NOON = 12\n\ndef test_here_too():\n    assert_eq(NOON, 12)\n"
    found = outcomes(tmp_path, tests, **{"tests/common.star": common})
    assert found == {"test_here_too": None, "test_double": None, "test_night": None}


def test_decide_asks_the_rules_as_an_event_would(tmp_path: Path) -> None:
    tests = """
def test_night():
    d = decide({"door": "a", "hour": 3})
    assert_eq(d.rule, "night")
    assert_eq(d.decision, {"state": "locked", "why": "night"})
    assert_eq(d, {"decision": d.decision, "rule": "night", "fuel": d.fuel})

def test_fuel():
    assert_eq(decide({"door": "a", "hour": 3}).fuel, %d)
"""
    make_bundle(tmp_path, {})
    with rf.Runtime().load(tmp_path) as rules:
        fuel = rules.evaluate({"door": "a", "hour": 3}).fuel
    assert outcomes(tmp_path, tests % fuel) == {"test_night": None, "test_fuel": None}


def test_functions_of_the_rules_get_an_event_as_rules_do(tmp_path: Path) -> None:
    library = "def name(e):\n    return e.user.name\n"
    tests = """
load("lib/names.star", "name")

def test_event():
    e = event({"user": {"name": "ada", "items": [1]}})
    assert_eq(name(e), "ada")
    assert_eq(e, {"user": {"name": "ada", "items": [1]}})
    assert_fails(lambda: e.user.pop("name"), "frozen")

def test_dict():
    assert_fails(lambda: name({"user": {"name": "ada"}}), "no .user field")
"""
    found = outcomes(tmp_path, tests, **{"lib/names.star": library})
    assert found == {"test_event": None, "test_dict": None}


def test_a_test_cannot_change_what_it_tests(tmp_path: Path) -> None:
    rules = 'STATE = persistent({"n": 0})\ndef decide(e):\n    STATE["n"] += 1\n    return STATE["n"]\n'
    tests = """
load("main.star", "STATE")

def test_one():
    assert_eq(decide({}).decision, 1)
    assert_eq(decide({}).decision, 2)

def test_another():
    STATE["n"] = 100
    assert_eq(decide({}).decision, 1)
"""
    assert outcomes(tmp_path, tests, **{"main.star": rules}) == {"test_one": None, "test_another": None}


def test_now_and_the_functions_of_the_host_are_what_the_test_says(tmp_path: Path) -> None:
    manifest = '[bundle]\nname = "geo"\n[functions]\ngeoip = { params = 1 }\n'
    rules = "def decide(e):\n    return [geoip(e.ip), time.now().year]\n"
    tests = """
def test_both():
    d = decide({"ip": "192.0.2.1"}, now = 1704067200, functions = {"geoip": "DE"})
    assert_eq(d.decision, ["DE", 2024])

def test_no_answer():
    decide({"ip": "192.0.2.1"}, now = 0)
"""
    lines = (
        '{"event": {"ip": "192.0.2.1"}, "now": 0, "functions": {"geoip": "FR"}, "decision": ["FR", 1970]}\n'
    )
    files = {"bundle.toml": manifest, "main.star": rules, "tests/a.jsonl": lines}
    found = outcomes(tmp_path, tests, **files)
    assert (found["1"], found["test_both"]) == (None, None)
    assert "nobody says what it answers" in str(found["test_no_answer"])


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("assert_eq({'a': 1, 'b': [2]}, {'a': 1, 'b': [3]})", ["assert_eq\n", "-     3\n", "+     2\n"]),
        ("assert_eq((1, 2), [1, 2])", ["assert_eq: tuple is not list", "not of the same types"]),
        ("assert_eq(1, 2, 'one is two')", ["one is two", "- expected 2", "+ got      1"]),
        ("assert_eq(double, 2)", ["assert_eq: function is not int", "function double"]),
        ("assert_ne(1, 1)", ["assert_ne: the values are equal", "got 1"]),
        ("assert_true([])", ["assert_true\n", "got []"]),
        ("assert_false(1)", ["assert_false\n", "got 1"]),
        ("assert_lt(2, 2)", ["assert_lt: not less", "got 2", "limit 2"]),
        ("assert_contains([1, 2], 3)", ["assert_contains\n", "got [1, 2]", "missing 3"]),
        ("assert_fails(lambda: 1)", ["assert_fails: the call did not fail"]),
        ("assert_fails(lambda: boom(1), 'window')", ["the error does not match", 'pattern "window"']),
        ("fail('by hand')", ["by hand\n"]),
        (
            "boom(7)",
            ["lib/doors.star:7:13: no such door", "x 7", "called from\n  tests/doors.star:4:9: in test_it"],
        ),
        ("1 + 'a'", ["tests/doors.star:4:7: unknown binary op: int + string", "    1 + 'a'"]),
        ("decide({})", ["decide: the event ended in an error of kind rule at main.star:2:"]),
        ("decide([])", ["decide: the event ended in an error of kind input"]),
        ("decide({}, now = 'soon')", ["decide: now is a time in seconds since 1970"]),
        ("decide(double)", ["cannot encode function as JSON"]),
        ("print('a line')\n    fail('x')", ["printed\n  a line"]),
        ("for i in range(1 << 40): pass", ["out of fuel"]),
        ("x = 'a' * (1 << 30)", ["out of memory"]),
    ],
)
def test_a_failure_says_where_and_what(tmp_path: Path, body: str, shown: list[str]) -> None:
    tests = f'load("lib/doors.star", "boom", "double")\n\ndef test_it():\n    {body}\n'
    said = outcomes(tmp_path, tests)["test_it"]
    assert said is not None
    assert [part for part in shown if part not in said] == []


def test_a_bundle_cannot_write_to_the_terminal_of_who_tests_it(tmp_path: Path) -> None:
    body = "print('\\033[2J')\n    assert_eq('\\033]0;x\\007', '\\u009b', 'a\\nb\\033[31m')"
    said = outcomes(tmp_path, f"def test_it():\n    {body}\n")["test_it"]
    assert said is not None and "a\\nb\\x1b[31m" in said
    assert all(character.isprintable() or character == "\n" for character in said)


def test_what_fails_under_assert_fails_is_taken_back(tmp_path: Path) -> None:
    tests = """
load("lib/doors.star", "boom")

def test_message():
    said = assert_fails(lambda: boom(1), "such d..r")
    assert_eq(said, 'no such door {"x": 1}')

def test_state():
    seen = [0]
    def attempt():
        seen.append(1)
        boom(2)
    for i in seen:
        assert_fails(attempt)
    assert_eq(seen, [0])

def test_nested():
    def inner():
        assert_fails(lambda: boom(1))
        boom(2)
    assert_contains(assert_fails(inner), '"x": 2')

def test_decide():
    assert_fails(lambda: decide({}), "kind rule")

def test_many():
    for i in range(200):
        assert_fails(lambda: boom(i))
"""
    assert set(outcomes(tmp_path, tests).values()) == {None}


def test_attempts_that_fail_cost_what_they_cost(tmp_path: Path) -> None:
    tests = """
def spin(n):
    for i in range(n):
        pass
    fail("done")

def test_cheap():
    assert_fails(lambda: spin(10))

def test_dear():
    assert_fails(lambda: spin(10010))

def test_endless():
    for i in range(1 << 40):
        assert_fails(lambda: spin(100000))
"""
    make_bundle(tmp_path, {"tests/a.star": tests})
    with Suite.load(tmp_path) as suite:
        cheap, dear, endless = map(suite.run, suite.cases)
    assert (cheap.failure, dear.failure) == (None, None)
    assert dear.fuel - cheap.fuel >= 10_000
    assert endless.failure is not None and "used up its budget" in endless.failure.message


def test_what_does_not_load_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    files = {
        "tests/a.star": 'load("main.star", "nothing")\n',
        "tests/b.star": "def test_x():\n    asert_eq(1, 1)\n    return y\n",
        "tests/c.star": 'load("lib/gone.star", "x")\n',
    }
    done = command("test", make_bundle(tmp_path, files))
    assert done.exit_code == 2
    for said in (
        "b.star:2:5: undefined: asert_eq (did you mean assert_eq?)",
        "b.star:3:12: undefined: y",
        "c.star:1:",
    ):
        assert f"tests/{said}" in done.stderr
    del files["tests/b.star"], files["tests/c.star"]
    (tmp_path / "tests/b.star").unlink()
    (tmp_path / "tests/c.star").unlink()
    done = command("test", tmp_path)
    assert (done.exit_code, "tests/a.star:1:" in done.stderr) == (2, True)


def test_the_names_of_tests_are_not_those_of_rules(tmp_path: Path) -> None:
    make_bundle(tmp_path, {"main.star": "def decide(e):\n    assert_eq(1, 1)\n"})
    with pytest.raises(rf.BundleError, match="undefined: assert_eq"):
        rf.Runtime().load(tmp_path)


def test_functions_stand_among_the_lines_in_every_report(tmp_path: Path) -> None:
    tests = "def test_good():\n    pass\n\ndef test_bad():\n    assert_eq(decide({'door': 'a', 'hour': 12}).decision, 'x')\n"
    lines = '{"event": {"door": "a", "hour": 12}, "decision": "open"}\n'
    make_bundle(tmp_path, {"tests/b.star": tests, "tests/a.jsonl": lines, "tests/c.jsonl": lines})
    done = command("test", tmp_path, "--format", "json")
    document = json.loads(done.stdout)
    assert [test["id"] for test in document["tests"]] == [
        "tests/a.jsonl::1", "tests/b.star::test_good", "tests/b.star::test_bad", "tests/c.jsonl::1"
    ]  # fmt: skip
    bad = document["tests"][2]
    assert (bad["line"], bad["location"], bad["message"]) == (4, "tests/b.star:5:14", "assert_eq")
    assert bad["fuel"] > document["tests"][1]["fuel"]
    assert document["coverage"]["rules"][1]["tried"] == 3
