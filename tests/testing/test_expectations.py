"""Tests that are JSON Lines: how they are read, judged and reported."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from ringfence.testing.difference import difference, same
from ringfence.testing.expectations import read_expectations
from tests.testing.bundles import command, lines, make_bundle

NIGHT = {"event": {"door": "a", "hour": 3}, "decision": {"state": "locked", "why": "night"}, "rule": "night"}
DAY = {"event": {"door": "a", "hour": 12}, "decision": "open", "rule": None}


def test_all_that_is_expected_is_compared_and_nothing_else(tmp_path: Path) -> None:
    bundle = make_bundle(
        tmp_path,
        {
            "tests/doors.jsonl": lines(
                NIGHT,
                DAY,
                {"event": {"door": "a", "hour": 3}, "rule": "night"},
                {"event": {"door": "broken", "hour": 3}, "error": "rule", "rule": "broken"},
                {"event": ["no", "object"], "error": "input"},
            )
        },
    )
    done = command("test", bundle)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "tests/doors.jsonl .....\n" in done.stdout
    assert "2 of 3 rules decided" not in done.stdout  # only `night` did
    assert "1 of 3 rules decided an event of the tests\n  tried, never decided: broken, fire\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("5 passed in ")


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (
            {**NIGHT, "rule": "fire"},
            ["another rule than expected", '- expected "fire"', '+ got      "night"'],
        ),
        (
            {**NIGHT, "decision": {"state": "locked", "why": "day"}},
            [
                "another decision than expected",
                '-   "why": "day"',
                '+   "why": "night"',
                '    "state": "locked",',
            ],
        ),
        (
            {**DAY, "decision": True},
            ["another decision than expected", "- expected true", '+ got      "open"'],
        ),
        (
            {"event": {"door": "broken", "hour": 1}, "decision": 1},
            ["ended in an error: fail: no such door", "main.star:2:", "rule 'broken'"],
        ),
        ({"event": {"door": "a"}, "error": "fuel"}, ["of kind 'rule', not 'fuel'", "main.star:3:"]),
        ({**DAY, "decision": "x", "rule": "y"}, ["another rule and another decision than expected"]),
        (
            {"event": DAY["event"], "error": "rule"},
            ["an error of kind 'rule' was expected", 'decision "open"'],
        ),
    ],
)
def test_a_failure_says_what_differs_and_where(
    tmp_path: Path, test: dict[str, object], said: list[str]
) -> None:
    bundle = make_bundle(tmp_path, {"tests/doors.jsonl": lines(DAY, test)})
    done = command("test", bundle)
    assert done.exit_code == 1
    assert "tests/doors.jsonl .F\n" in done.stdout
    assert "FAILED tests/doors.jsonl::2\ntests/doors.jsonl:2: " in done.stdout
    assert [part for part in said if part not in done.stdout] == []
    assert "1 failed, 1 passed" in done.stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not a line of JSON"),
        ("\udcff", "save the file as UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "not a test: write an object"),
        ('{"event": {}, "desicion": 1}', "unknown key 'desicion' (did you mean \"decision\"?)"),
        ('{"decision": 1}', 'a test needs an "event"'),
        ('{"event": {}}', "the test expects nothing"),
        ('{"event": {}, "error": "dedline"}', "not 'dedline' (did you mean \"deadline\"?)"),
        ('{"event": {}, "error": ["fuel"]}', '"error" is the kind of an error'),
        ('{"event": {}, "error": "rule", "decision": 1}', "give one of the two"),
        ('{"event": {}, "rule": 7}', '"rule" is the name of a rule'),
        ('{"event": {}, "rule": "a", "now": true}', '"now" is the time'),
        ('{"event": {}, "rule": "a", "name": ""}', '"name" is a line of text'),
        ('{"event": {}, "rule": "a", "name": "1"}\n', "line 1 has the name '1' as well"),
    ],
)
def test_a_line_that_is_no_test_is_refused(line: str, message: str) -> None:
    good = b'{"event": {}, "rule": "a"}\n'
    _, findings = read_expectations("tests/a.jsonl", good + line.encode(errors="surrogateescape"))
    assert [(finding.line, message in finding.message) for finding in findings] == [(2, True)]


def test_everything_wrong_is_told_at_once_before_anything_runs(tmp_path: Path) -> None:
    files = {"tests/a.jsonl": "{}\n\nnull\n", "tests/deep/b.jsonl": "nonsense"}
    done = command("test", make_bundle(tmp_path, files))
    assert (done.exit_code, done.stdout) == (2, "")
    for place in ("tests/a.jsonl:1: ", "tests/a.jsonl:3: ", "tests/deep/b.jsonl:1: "):
        assert place in done.stderr


def test_without_tests_or_with_none_selected_the_status_is_2(tmp_path: Path) -> None:
    empty = command("test", make_bundle(tmp_path, {"tests/README.md": "none yet"}))
    assert (empty.exit_code, "has no tests" in empty.stderr) == (2, True)
    make_bundle(tmp_path, {"tests/doors.jsonl": lines(DAY)})
    none = command("test", tmp_path, "-k", "windows")
    assert (none.exit_code, "selects none of the 1 tests" in none.stderr) == (2, True)


def test_a_folder_of_tests_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    make_bundle(tmp_path / "elsewhere", {"tests/doors.jsonl": lines(DAY)})
    bundle = make_bundle(tmp_path / "bundle", {})
    (bundle / "tests").symlink_to(tmp_path / "elsewhere" / "tests")
    done = command("test", bundle)
    assert (done.exit_code, "tests: is a symbolic link" in done.stderr) == (2, True)


def test_the_first_failure_ends_the_run_with_x(tmp_path: Path) -> None:
    wrong = {**DAY, "decision": "shut"}
    bundle = make_bundle(tmp_path, {"tests/doors.jsonl": lines(DAY, wrong, DAY, DAY)})
    done = command("test", bundle, "-x")
    assert (done.exit_code, "1 failed, 1 passed, 2 not run" in done.stdout) == (1, True)


def test_now_is_the_time_that_rules_are_told(tmp_path: Path) -> None:
    rule = 'rule("new year", when = lambda e: time.now().year == 2024)'
    test = {"event": {}, "rule": "new year", "now": 1704067200}
    files = {"main.star": rule, "tests/a.jsonl": lines(test, {**test, "now": 1704067199})}
    done = command("test", make_bundle(tmp_path, files))
    assert "1 failed, 1 passed" in done.stdout


def test_one_test_does_not_see_the_state_that_another_left(tmp_path: Path) -> None:
    rules = 'seen = persistent({"n": 0})\ndef decide(e):\n    seen["n"] += 1\n    return seen["n"]\n'
    test = {"event": {}, "decision": 1}
    files = {"main.star": rules, "tests/a.jsonl": lines(test, test, test)}
    assert command("test", make_bundle(tmp_path, files)).exit_code == 0


def test_the_json_document_and_the_junit_file_say_the_same(tmp_path: Path) -> None:
    wrong = {**NIGHT, "name": "at <3> & later", "rule": "\x1b[31m"}
    bundle = make_bundle(tmp_path, {"tests/doors.jsonl": lines(DAY, wrong)})
    done = command("test", bundle, "--format", "json", "--junit", tmp_path / "junit.xml")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["passed"], document["failed"]) == (1, 1, 1)
    first, second = document["tests"]
    assert (first["id"], first["outcome"], second["outcome"]) == ("tests/doors.jsonl::1", "passed", "failed")
    assert second["id"] == "tests/doors.jsonl::at <3> & later"
    assert document["coverage"]["rules"][1] == {
        "name": "night",
        "location": "main.star:3:5",
        "enabled": True,
        "tried": 2,
        "decided": 1,
    }
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert [(root.get("tests"), root.get("failures"))] == [("2", "1")]
    cases = list(root.iter("testcase"))
    assert [case.get("name") for case in cases] == ["1", "at <3> & later"]
    assert cases[0].find("failure") is None
    failure = cases[1].find("failure")
    assert failure is not None and failure.get("message") == second["message"]
    assert [property.get("value") for property in root.iter("property")] == [
        str(test["fuel"]) for test in document["tests"]
    ]


def test_values_are_compared_as_the_rule_language_compares_them() -> None:
    assert same({"a": [1, 2.0]}, {"a": [1.0, 2]})
    assert not same(1, True) and not same([0], [False]) and not same({"a": 1}, {"a": 1, "b": None})
    assert not same("1", 1) and not same([1], [1, 2])


def test_a_difference_shows_the_lines_that_differ_with_some_around_them() -> None:
    before = {f"key{i:02}": i for i in range(40)}
    shown = difference(before, {**before, "key20": "new"})
    assert shown[:2] == ["- expected", "+ got"]
    assert [line for line in shown[2:] if line[0] in "+-"] == ['-   "key20": 20,', '+   "key20": "new",']
    assert len(shown) == 2 + 1 + 3 + 2 + 3
    assert len(difference(list(range(2000)), [])) < 250
