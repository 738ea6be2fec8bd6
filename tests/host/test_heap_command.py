"""The command `ringfence heap`, end to end: tables, formats, moments, paths, and what is refused."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.host.test_cli import ringfence

SOURCE = """
table = {"codes": [100, 200, 300], "names": ("a", "b")}
def decide(event):
    made = [n * 1.5 for n in range(event["n"])]
    if event["n"] > 100:
        fail("too many")
    return len(made)
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.toml").write_text('[bundle]\nname = "small"\n')
    (folder / "main.star").write_text(SOURCE)
    return folder


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    file.write_text('{"n": 3}\n\n{"n": 50}\n')
    return file


def test_the_image_as_tables(bundle: Path) -> None:
    text = ringfence("heap", bundle).stdout.decode()
    first, *lines = text.splitlines()
    assert first.startswith("what the bundle loaded: ")
    headings = [line.split()[0] for before, line in itertools.pairwise(lines) if not before]
    assert headings == ["class", "module", "dominator"]
    assert any(line.startswith("main.star ") for line in lines)
    assert "module main.star" in text
    only = ringfence("heap", bundle, "--by", "module", "--top", "1").stdout.decode()
    assert "dominator" not in only and " more " in only


def test_the_last_event_or_one_that_is_named(bundle: Path, events: Path) -> None:
    def length(*arguments: object) -> int:
        text = ringfence(
            "heap", bundle, "--input", events, "--at", "peak", "--format", "json", *arguments
        ).stdout
        document = json.loads(text)
        assert document["scope"] == "event" and document["fuel"] > 0
        return max(row["bytes"] for row in document["by_class"] if row["name"] == "list")

    assert length() > 50 * 8
    assert length("--event", "1") < 50 * 8
    given = ringfence("heap", bundle, "--input", "-", "--format", "json", given=b'{"n": 1}').stdout
    assert json.loads(given)["error"] is None


def test_a_path_by_id_and_the_largest(bundle: Path) -> None:
    document = json.loads(ringfence("heap", bundle, "--format", "json", "--graph", "--top", "2").stdout)
    codes = next(node["id"] for node in document["graph"] if node["text"].startswith("of 3: 100, 200"))
    text = ringfence("heap", bundle, "--path", codes).stdout.decode()
    assert text.startswith(f"why list of 3: 100, 200, 300 ({codes}) is alive")
    assert "global table" in text and "['codes']" in text
    told = json.loads(ringfence("heap", bundle, "--path", codes, "--format", "json").stdout)["path"]
    assert [step["label"] for step in told][1:] == ["global table", "['codes']"]
    assert "why " in ringfence("heap", bundle, "--path", "largest").stdout.decode()


def test_pictures_go_to_files(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "heap.svg"
    assert ringfence("heap", bundle, "--format", "svg", "--output", target).stdout == b""
    ElementTree.parse(target)
    assert ringfence("heap", bundle, "--format", "dot").stdout.startswith(b"digraph heap {")


def test_sites_of_an_event(bundle: Path, events: Path) -> None:
    text = ringfence("heap", bundle, "--input", events, "--by", "site").stdout.decode()
    assert "allocated by" in text and "alive, by site" in text and "decide (main.star:4:" in text
    document = json.loads(
        ringfence("heap", bundle, "--input", events, "--by", "site", "--format", "json").stdout
    )
    assert any(row["name"].startswith("decide (main.star:4:") for row in document["allocated"])


def test_the_state_of_a_session(bundle: Path) -> None:
    (bundle / "main.star").write_text(
        'state = persistent({"seen": []})\ndef decide(event):\n    state["seen"].append([event["n"]])\n    return 1\n'
    )
    given = b'{"n": 1}\n{"n": 2}\n{"other": 3}\n{"n": 4}\n'
    done = ringfence(
        "heap", bundle, "--input", "-", "--session", "--format", "json", "--graph", given=given, check=1
    )
    texts = [node["text"] for node in json.loads(done.stdout)["graph"] if node["owner"] == "main.star"]
    assert {"of 3: list of 1, list of 1, list of 1", "of 1: 1", "of 1: 2", "of 1: 4"} <= set(texts)
    assert b'key "n" not in dict' in done.stderr
    two = ringfence("heap", bundle, "--input", "-", "--session", "--event", "2", given=given).stdout.decode()
    assert "dict of 1: 'seen'" in two


def test_an_event_that_fails_is_shown_and_told(bundle: Path) -> None:
    done = ringfence("heap", bundle, "--input", "-", given=b'{"n": 200}', check=1)
    assert b"too many" in done.stderr
    assert b"list" in done.stdout and b"beside the image" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--path", "0x8"], "no object 0x8"),
        (["--path", "much"], "--path is an id"),
        (["--at", "peak"], "give --input FILE"),
        (["--by", "site"], "give --input FILE"),
        (["--session"], "give --input FILE"),
        (["--session", "--input", "-", "--at", "3"], "leave --at"),
        (["--input", "absent.jsonl"], "cannot be read"),
        (["--input", "-"], "has no events"),
        (["--input", "-", "--at", "noon"], "units of fuel"),
        (["--output", "/absent/folder/heap.svg"], "cannot be written"),
    ],
)
def test_what_is_wrong_is_said(bundle: Path, arguments: list[str], complaint: str) -> None:
    done = ringfence("heap", bundle, *arguments, check=2, given=b"{}" if "--session" in arguments else b"")
    assert done.stdout == b"" and complaint in done.stderr.decode()


def test_an_event_beyond_the_last_is_refused(bundle: Path, events: Path) -> None:
    done = ringfence("heap", bundle, "--input", events, "--event", "3", check=2)
    assert "there is no event 3" in done.stderr.decode()


def test_a_bundle_that_does_not_load_is_refused(bundle: Path) -> None:
    (bundle / "main.star").write_text("def decide(event:\n")
    done = ringfence("heap", bundle, check=2)
    assert b"main.star:2:1" in done.stderr and done.stdout == b""


def test_the_help_has_an_example() -> None:
    assert "Example: ringfence heap gateway" in ringfence("heap", "--help").stdout.decode()
