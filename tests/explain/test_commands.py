"""`ringfence explain` and `run --explain`, end to end: formats, exit statuses, and lines that only gain a member."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.host.test_cli import ringfence

RULES = """
rule("big", when = lambda e: e["n"] > 2, then = "big")
rule("odd", when = lambda e: e["n"] % 2 == 1, then = lambda e: 6 // (e["n"] - 1))
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.toml").write_text('[bundle]\nname = "small"\ndefault = "nothing"\n')
    (folder / "main.star").write_text(RULES)
    (tmp_path / "events.jsonl").write_text('{"n": 3}\n\n{"n": 2}\n{"n": 1}\n')
    return folder


def test_one_event_as_text_json_and_html(bundle: Path) -> None:
    events = bundle.parent / "events.jsonl"
    text = ringfence("explain", bundle, "--input", events).stdout.decode()
    assert '"big"  by big' in text and 'e["n"] > 2 = True' in text and "\x1b" not in text
    said = json.loads(
        ringfence("explain", bundle, "--input", events, "--event", 2, "--format", "json").stdout
    )
    assert (said["decision"], said["rule"]) == ("nothing", None)
    assert [trial["outcome"] for trial in said["explain"]] == ["not matched", "not matched"]
    page = bundle.parent / "why.html"
    ringfence("explain", bundle, "--input", events, "--format", "html", "--output", page)
    assert page.read_text().startswith("<!DOCTYPE html>")


def test_an_event_that_fails_is_explained_and_is_status_1(bundle: Path) -> None:
    done = ringfence("explain", bundle, "--event", 2, given=b'{"n": 5}\n{"n": 1}\n', check=1)
    assert "! odd  failed" in done.stdout.decode() and "division by zero" in done.stdout.decode()
    done = ringfence("explain", bundle, "--event", 3, given=b'{"n": 5}\n', check=2)
    assert b"there is no event 3" in done.stderr


def test_explained_lines_are_the_ordinary_ones_with_one_more_member(bundle: Path) -> None:
    events = bundle.parent / "events.jsonl"
    plain = ringfence("run", bundle, "--input", events, check=1)
    explained = ringfence("run", bundle, "--input", events, "--explain", check=1)
    before = [json.loads(line) for line in plain.stdout.splitlines()]
    after = [json.loads(line) for line in explained.stdout.splitlines()]
    trials = [line.pop("explain") for line in after]
    assert before == after
    assert [trial["outcome"] for trial in trials[0]] == ["matched", "not tried"]
    assert [trial["outcome"] for trial in trials[2]] == ["not matched", "failed"]
    assert b"3 events" in explained.stderr
    for wrong in (["--session"], ["--checkpoint", "c", "--output", "o"], ["--output", "o.parquet"]):
        assert (
            b"--explain" in ringfence("run", bundle, "--input", events, "--explain", *wrong, check=2).stderr
        )
