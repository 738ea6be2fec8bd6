"""`ringfence test --functions` and `--coverage-min`, and what it says to authors whose tests are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.bundles import MANIFEST, command, lines, make_bundle

ASKING = MANIFEST + "[functions]\ngeoip = { params = 1 }\n"
RULES = 'rule("near", when = lambda e: geoip(e.ip) == "CH", then = "near")\nrule("never", when = lambda e: e.ip == 0)\n'
TESTS = lines(
    {"event": {"ip": 1}, "rule": "near"},
    {"event": {"ip": 1}, "rule": None, "functions": {"geoip": "DE"}},
)
FUNCTIONS = {
    "plain.py": "def geoip(ip):\n    return 'CH'\n",
    "awaited.py": "async def geoip(ip):\n    return 'CH'\n",
    "limited.py": "import ringfence\ngeoip = ringfence.HostFunction(lambda ip: 'CH', calls=1)\n",
    "other.py": "def geoip(ip, port):\n    return 'CH'\n",
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    make_bundle(tmp_path, {"bundle.toml": ASKING, "main.star": RULES, "tests/a.jsonl": TESTS, **FUNCTIONS})
    return tmp_path


@pytest.mark.parametrize("name", ["plain.py", "awaited.py", "limited.py"])
def test_functions_that_are_given_answer_where_a_test_does_not(bundle: Path, name: str) -> None:
    alone = command("test", bundle)
    assert alone.exit_code == 1
    assert 'give "functions": {"geoip": ...}, or --functions FILE.py' in alone.stdout
    asked = command("test", bundle, "--functions", bundle / name)
    assert asked.exit_code == 0, asked.output
    assert "2 passed" in asked.stdout


def test_limits_of_functions_hold_in_tests(bundle: Path) -> None:
    (bundle / "main.star").write_text('rule("near", when = lambda e: geoip(1) == geoip(2), then = 1)\n')
    done = command("test", bundle, "--functions", bundle / "limited.py")
    assert done.exit_code == 1
    assert "geoip" in done.stdout and "more than 1" in done.stdout


def test_a_function_that_takes_other_arguments_is_refused_before_anything_runs(bundle: Path) -> None:
    for arguments in (
        ("test", bundle),
        ("heap", bundle),
        ("explain", bundle, "--input", bundle / "tests/a.jsonl"),
    ):
        done = command(*arguments, "--functions", bundle / "other.py")
        assert done.exit_code == 2
        assert "the host's function 'geoip' cannot be called with 1 argument: missing" in done.stderr
        assert "give a function of as many parameters" in done.stderr


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (["--coverage-min", "50"], 0, ""),
        (["--coverage-min", "50.5"], 1, "the tests reach 1 of 2 rules, 50.0%: less than --coverage-min 50.5"),
        (["--coverage", "--coverage-min", "100"], 1, "the tests reach 3 of 4 lines, 75.0%"),
    ],
)
def test_too_little_coverage_fails(bundle: Path, options: list[str], status: int, says: str) -> None:
    (bundle / "main.star").write_text(RULES + "def idle(e):\n    return e\n")
    done = command("test", bundle, "--functions", bundle / "plain.py", *options)
    assert done.exit_code == status, done.output
    assert "2 passed" in done.stdout
    assert says in done.stderr


def test_lines_are_counted_where_there_are_no_rules(tmp_path: Path) -> None:
    decide = "def decide(event):\n    return 1\n"
    make_bundle(tmp_path, {"main.star": decide, "tests/a.jsonl": lines({"event": {}, "decision": 1})})
    refused = command("test", tmp_path, "--coverage-min", "1")
    assert refused.exit_code == 2
    assert "the bundle has no rules; give --coverage, to count lines" in refused.stderr
    assert command("test", tmp_path, "--coverage", "--coverage-min", "100").exit_code == 0


def test_a_report_that_cannot_be_written_is_told_before_the_tests_run(bundle: Path) -> None:
    done = command("test", bundle, "--junit", bundle / "none/results.xml")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "make it first" in done.stderr


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def tst_night():\n    pass\n", "has no test: tests are functions whose names begin with test_"),
        (
            "def test_night(hour):\n    pass\n",
            "a test is called without arguments, and test_night needs some",
        ),
        (
            "def test_night(*, hour):\n    pass\n",
            "a test is called without arguments, and test_night needs some",
        ),
    ],
)
def test_functions_that_are_no_tests_are_told(tmp_path: Path, source: str, says: str) -> None:
    make_bundle(tmp_path, {"tests/a.star": source})
    done = command("test", tmp_path)
    assert done.exit_code == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("tests/a.json", "holds no tests: the names of their files end in .jsonl or .star"),
        ("test/a.jsonl", "they belong into its folder 'tests', not 'test'"),
    ],
)
def test_tests_where_nobody_looks_are_found(tmp_path: Path, path: str, says: str) -> None:
    make_bundle(tmp_path, {path: "{}"})
    done = command("test", tmp_path)
    assert done.exit_code == 2
    assert says in done.stderr


def test_parameters_with_defaults_are_no_mistake(tmp_path: Path) -> None:
    make_bundle(
        tmp_path, {"tests/a.star": "def test_night(hour = 3, *, minute = 1):\n    assert_eq(hour, 3)\n"}
    )
    assert command("test", tmp_path).exit_code == 0


def test_the_heap_of_an_event_that_asks_the_host_says_so(bundle: Path) -> None:
    (bundle / "e.jsonl").write_text('{"ip": 1}\n')
    done = command("heap", bundle, "--functions", bundle / "plain.py", "--input", bundle / "e.jsonl")
    assert done.exit_code == 1
    assert "the event calls a function of the host: its heap can be shown up to that call only" in done.stderr
