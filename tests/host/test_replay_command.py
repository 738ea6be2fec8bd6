"""`ringfence run --receipts` and `ringfence replay`: lines with receipts, their replay, and what is said of those that differ."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.audit import Audit

MANIFEST = """[bundle]
name = "places"
[limits]
deadline = "1s"
[functions]
geoip = { params = 1 }
"""
SOURCE = """
def decide(event):
    if event.n < 0:
        fail("negative", event.n)
    place = geoip(event.n)
    return {"place": place, "names": len([str(n) for n in range(event.n)])}
"""
FUNCTIONS = 'def geoip(n):\n    if n == 7: raise LookupError("nowhere")\n    return {"receipt": {"country": [n, 0.5]}}\n'
EVENTS = '{"n": 1}\n{"n": -2}\n\n{"n": 100}\r\n{"n": 10000000}\nnonsense\n{"n": 7}\n{"n":3}'
COUNT = 7


def ringfence(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "ringfence", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, its events, and its decisions with and without receipts."""
    folder = tmp_path_factory.mktemp("replay")
    (folder / "bundle").mkdir()
    (folder / "bundle/bundle.toml").write_text(MANIFEST)
    (folder / "bundle/main.star").write_text(SOURCE)
    (folder / "functions.py").write_text(FUNCTIONS)
    (folder / "events").write_bytes(EVENTS.encode())
    run = ["run", folder / "bundle", "--input", folder / "events", "--functions", folder / "functions.py"]
    ringfence(*run, "--output", folder / "plain", status=1)
    ringfence(*run, "--output", folder / "lines", "--receipts", "--isolation", "event", status=1)
    return folder


def replay(place: Path, lines: str, *options: str, status: int) -> subprocess.CompletedProcess[str]:
    (place / "given").write_text(lines)
    events, given = place / "events", place / "given"
    return ringfence(
        "replay", place / "bundle", "--input", events, "--receipts", given, *options, status=status
    )


def test_lines_are_the_same_but_for_their_receipts_and_replay(place: Path) -> None:
    lines = (place / "lines").read_text()
    said = [json.loads(line) for line in lines.splitlines()]
    receipts = [rf.Receipt.from_json(line.pop("receipt")) for line in said]
    assert said == [json.loads(line) for line in (place / "plain").read_text().splitlines()]
    done = replay(place, lines, status=0)
    assert (done.stdout, done.stderr) == ("", f"{COUNT} receipts, {COUNT} the same, 0 not\n")

    alone = "\n".join(receipt.to_json() for receipt in receipts)
    done = replay(place, alone, "--format", "json", status=0)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert verdicts == [
        {"number": number, "same": True, "differences": [], "failure": None} for number in range(1, COUNT + 1)
    ]


def test_a_single_receipt_may_take_many_lines(place: Path, tmp_path: Path) -> None:
    bundle = rf.Bundle.from_path(place / "bundle")
    rules = rf.Runtime().load(bundle, functions={"geoip": lambda n: n})
    event = b'{\n  "n": 5\n}\n'
    receipt = rules.evaluate(event, receipt=True).receipt
    assert receipt is not None
    (tmp_path / "event").write_bytes(event)
    (tmp_path / "receipt").write_text(json.dumps(receipt.document(), indent=2))
    files = ["--input", tmp_path / "event", "--receipts", tmp_path / "receipt"]
    assert "1 receipt, 1 the same" in ringfence("replay", place / "bundle", *files).stderr


def changed(number: int, change: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[: number - 1], change(lines[number - 1]), *lines[number:]]


def digest(name: str) -> Callable[[str], str]:
    """Make up another digest."""

    def change(line: str) -> str:
        before, key, rest = line.partition(f'"{name}":"')
        return before + key + ("0" if rest[0] != "0" else "1") + rest[1:]

    return change


@pytest.mark.parametrize(
    ("change", "number", "told"),
    [
        (changed(1, digest("guest")), 1, "the guest is another version: nothing else is compared"),
        (changed(1, digest("bundle")), 1, "the bundle is another one"),
        (changed(2, digest("event")), 2, "the event is another one"),
        (changed(2, digest("outcome")), 2, "the decision or the error is another one"),
        (changed(3, digest("state")), 3, "the memory at the end is not the same"),
        (
            changed(3, lambda line: line.replace('"decision": {', '"decision": {"x": 1, ')),
            3,
            "the output line",
        ),
        (changed(7, lambda line: line.replace('"arguments":[3]', '"arguments":[4]')), 7, "recorded geoip(4)"),
        (
            changed(1, lambda line: line.replace('"memory":16777216', '"memory":9' + "0" * 15)),
            1,
            "the limits",
        ),
        (
            changed(4, lambda line: line.replace('"fuel":200000,"mem', '"fuel":1000,"mem')),
            4,
            "the fuel is not",
        ),
        (changed(5, lambda line: line[:-40]), 5, "the line is damaged"),
        (changed(5, lambda line: line.partition(', "receipt')[0] + "}"), 5, "this line has no receipt"),
        (changed(6, lambda line: '{"error": {}, "receipt": null}'), 6, "there is no receipt, because"),
        (changed(6, lambda line: '{"error": {}, "receipt": [3]}'), 6, "this is not a receipt but [3]"),
        (lambda lines: lines[:-1], COUNT, "there is no receipt for this event"),
        (lambda lines: [*lines, lines[0]], COUNT + 1, "there is no event for this receipt"),
    ],
)
def test_the_one_that_differs_is_found_and_said_how(
    place: Path, change: Callable[[list[str]], list[str]], number: int, told: str
) -> None:
    lines = change((place / "lines").read_text().splitlines())
    events = [line for line in (place / "events").read_bytes().split(b"\n") if line]
    audit = Audit(rf.Runtime(), rf.Bundle.from_path(place / "bundle"))
    different = [verdict for verdict in audit.verdicts(events, map(str.encode, lines)) if not verdict.same]
    assert [verdict.number for verdict in different] == [number]
    assert different[0].lines()[0].startswith(f"receipt {number}: ")
    assert told in "\n".join(different[0].lines())
    audit.close()


def test_another_bundle_is_told_with_what_it_decides(place: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle.toml").write_text(MANIFEST)
    (tmp_path / "main.star").write_text(SOURCE.replace('"names"', '"count"'))
    files = ["--input", place / "events", "--receipts", place / "lines"]
    done = ringfence("replay", tmp_path, *files, "--format", "json", status=1)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [difference["what"] for difference in verdicts[0]["differences"]] == ["bundle", "outcome"]
    assert '"count": 1' in verdicts[0]["differences"][1]["now"]
    assert {difference["what"] for difference in verdicts[1]["differences"]} == {"bundle"}


def test_wrong_usage(place: Path, tmp_path: Path) -> None:
    done = ringfence("run", place / "bundle", "--receipts", "--session", status=2)
    assert "each depends on all before it" in done.stderr
    done = ringfence("run", place / "bundle", "--receipts", "--explain", status=2)
    assert "give --explain or --receipts" in done.stderr
    done = ringfence("run", place / "bundle", "--receipts", "--output", tmp_path / "x.parquet", status=2)
    assert "not tables" in done.stderr
    files = ["--input", place / "events", "--receipts", place / "absent"]
    assert "cannot be read" in ringfence("replay", place / "bundle", *files, status=2).stderr
    (tmp_path / "bundle.toml").write_text(MANIFEST)
    (tmp_path / "main.star").write_text("def decide(")
    files = ["--input", place / "events", "--receipts", place / "lines"]
    assert "main.star:1" in ringfence("replay", tmp_path, *files, status=2).stderr
