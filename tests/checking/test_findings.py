"""`ringfence check`: warnings about names and rules that do nothing, and their forms for people and for tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ringfence as rf
from tests.host.test_cli import ringfence

MAIN = """load("lib.star", "used", "idle")
load("lib.star", "spare")

def helper(e):
    left = e.a
    kept = e.b
    _meant = 1
    for i in range(3):
        pass
    return lambda: kept

rule("never", when = lambda e: e.a == used and False, then = 1)
rule("off", enabled = False, then = 1)
rule("old", valid_to = "2001-01-01", when = lambda e: e.a, then = 1)
rule("all", when = lambda e: True, then = helper)
rule("late", when = lambda e: e.a == geoip(e.b), then = 1)
"""
LIBRARY = "used = 1\nidle = 2\nspare = 3\n"
MANIFEST = '[bundle]\nname = "b"\n\n[functions]\ngeoip = { params = 1 }\n'


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "bundle.toml").write_text(MANIFEST)
    (tmp_path / "main.star").write_text(MAIN)
    (tmp_path / "lib.star").write_text(LIBRARY)
    return tmp_path


def test_names_and_rules_that_do_nothing_are_found(bundle: Path) -> None:
    review = rf.Runtime().review(bundle)
    assert [(one.rule, one.severity, one.location) for one in review.findings] == [
        ("unused-load", "warning", "main.star:1:26"),
        ("unused-load", "warning", "main.star:2:18"),
        ("unused-variable", "warning", "main.star:5:5"),
        ("rule-never-matches", "warning", "main.star:12:5"),
        ("rule-disabled", "note", "main.star:13:5"),
        ("rule-expired", "warning", "main.star:14:5"),
        ("rule-shadowed", "warning", "main.star:16:5"),
    ]
    assert all(one.source_line for one in review.findings)
    assert rf.Runtime().check(bundle) == []


def test_an_unconditional_rule_hides_no_other_where_all_matches_count(bundle: Path) -> None:
    for policy in ("collect", "unique", "any", "rule-order", "output-order"):
        (bundle / "bundle.toml").write_text(MANIFEST.replace('"b"\n', f'"b"\nhit_policy = "{policy}"\n'))
        assert "rule-shadowed" not in {one.rule for one in rf.Runtime().review(bundle).findings}


def test_text_names_severity_place_and_rule(bundle: Path) -> None:
    done = ringfence("check", bundle)
    text = done.stderr.decode()
    assert "main.star:5:5: warning: unused variable: left (remove it, or begin" in text
    assert "[unused-variable]\n        left = e.a\n        ^" in text
    assert "loads, 6 warnings, 1 note" in text
    ringfence("check", bundle, "--strict", check=1)


def test_errors_and_warnings_come_together_and_are_status_2(bundle: Path) -> None:
    (bundle / "main.star").write_text('load("lib.star", "idle")\nx = nowhere\n')
    said = json.loads(ringfence("check", bundle, "--format", "json", check=2).stdout)
    assert [(one["severity"], one["line"]) for one in said["findings"]] == [("warning", 1), ("error", 2)]


def test_sarif_has_the_shape_of_its_standard(bundle: Path) -> None:
    target = bundle.parent / f"{bundle.name}.sarif"
    ringfence("check", bundle, "--format", "sarif", "--output", target)
    said = json.loads(target.read_text())
    assert said["version"] == "2.1.0" and said["$schema"].endswith("sarif-2.1.0.json")
    (run,) = said["runs"]
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == 7
    for result in run["results"]:
        assert names[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "main.star"
        assert place["region"]["startLine"] > 0 and place["region"]["startColumn"] > 0


def test_bounds_on_fuel_are_shown(bundle: Path) -> None:
    table = ringfence("check", bundle, "--fuel", "--event-bytes", 200).stdout.decode()
    assert "an event of 200 bytes: unbounded" in table
    assert "a call of the host's function geoip at main.star:16:" in table
    said = json.loads(ringfence("check", bundle, "--fuel", "--format", "json").stdout)["fuel"]
    assert said["event_bytes"] == 1024 and said["fuel"] is None
    assert [rule["rule"] for rule in said["rules"]] == ["never", "old", "all", "late"]
    sarif = json.loads(ringfence("check", bundle, "--fuel", "--format", "sarif").stdout)
    notes = {one["ruleId"]: one for one in sarif["runs"][0]["results"] if one["ruleId"].startswith("fuel-")}
    assert "geoip" in notes["fuel-unbounded"]["message"]["text"]
    assert notes["fuel-unbounded"]["locations"][0]["physicalLocation"]["region"]["startLine"] == 16
    assert "costs at most" in notes["fuel-bound"]["message"]["text"]


FIELDS = """
def helper(req, other):
    return req.amout > 1 and other.whatever

def late(req):
    req = {"x": 1}
    return req["x"] == 1

rule("one", when = lambda req: req["country"] == "NL" and helper(req, 1), then = lambda req: req.status)
rule("two", when = lambda e: e.get("trusted") or e.keys() or e.amount in e.country, then = late)
"""


def test_fields_that_no_sample_has_are_found(bundle: Path) -> None:
    (bundle / "main.star").write_text(FIELDS)
    samples = bundle / "samples.jsonl"
    samples.write_text('{"amount": 1}\n{"country": "NL"}\n')
    said = json.loads(ringfence("check", bundle, "--events", samples, "--format", "json").stdout)
    assert [(one["line"], one["column"], one["severity"]) for one in said["findings"]] == [
        (3, 15, "warning"),
        (9, 97, "warning"),
        (10, 35, "note"),
    ]
    assert {one["rule"] for one in said["findings"]} == {"field-without-sample"}
    assert "did you mean 'amount'?" in said["findings"][0]["message"]
    samples.write_text("[1]\n")
    assert (
        b"sample event 1 is not a JSON object"
        in ringfence("check", bundle, "--events", samples, check=2).stderr
    )


def test_a_manifest_that_is_wrong_is_a_finding(bundle: Path) -> None:
    (bundle / "bundle.toml").write_text('[bundle]\nname = "b"\nhit_policy = "fist"\n')
    said = json.loads(ringfence("check", bundle, "--format", "json", check=2).stdout)
    assert said["findings"][0]["path"] == "bundle.toml"
