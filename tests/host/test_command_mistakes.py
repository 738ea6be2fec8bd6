"""What a new author of rules gets wrong on the command line: each answer says what to do next, and nothing is destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ringfence.cli.app import app

RULE = 'rule("big", when = lambda event: event.n > 1, then = "big")\n'
MANIFEST = '[bundle]\nname = "small"\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the bundle `small`, and events."""
    for path, content in {
        "small/bundle.toml": MANIFEST,
        "small/main.star": RULE,
        "small/data/d.json": "1",
        "events.jsonl": '{"n": 2}\n',
        "pretty.json": '{\n  "n": 2\n}\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(arguments: str, status: int) -> str:
    """What the command says on standard error, on one line."""
    done = CliRunner().invoke(app, arguments.split())
    assert done.exit_code == status, done.output
    return " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("run", "Example: ringfence run gateway --input events.jsonl"),
        ("run small events.jsonl", "Example: ringfence run gateway --input events.jsonl"),
        ("run small --fuel many", "Example: ringfence run"),
        ("rum small", "Did you mean 'run'?"),
        ("run smal", "Did you mean 'small'?"),
        ("run nothing", "`ringfence init DIR` makes a new one"),
        ("run small/main.star", "Give the folder that holds bundle.toml; `ringfence exec FILE`"),
        ("check small/bundle.toml", "Give the folder that holds bundle.toml"),
        ("check small/data", "Give the folder that holds one: "),
        ("check .", "Give the folder that holds one: 'small'"),
        ("run small --input event.jsonl", "did you mean 'events.jsonl'?"),
        ("run small --input small", "is a folder; give a file of events"),
        ("run small --input events.jsonl --output small", "it is a folder; give a file's name"),
        ("run small --input events.jsonl --output x/y", "there is no folder 'x'; make it first"),
        ("run small --input events.jsonl --output events.jsonl", "give another --output"),
        ("exec small", "is a folder; give a file with one Starlark program"),
        ("exec small/mian.star", "did you mean 'small/main.star'?"),
        ("heap small --input event.jsonl", "did you mean 'events.jsonl'?"),
        ("heap small --output x/y", "there is no folder 'x'; make it first"),
        ("test small", "has no tests. Write one"),
    ],
)
def test_wrong_usage_is_answered_with_what_to_do(place: Path, arguments: str, says: str) -> None:
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    assert says in answer(arguments, 2)
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ('name = "small"\n', "'name' stands outside of a table; put it below the line [bundle]"),
        ("fuel = 3\n", "'fuel' stands outside of a table; put it below the line [limits]"),
        (
            "[bundle]\nname = small\n",
            "bundle.toml:2:8: not valid TOML: Invalid value; text needs quotes name = small ^",
        ),
        ("[bundle\n", "bundle.toml:1:8: not valid TOML"),
        (MANIFEST + 'entry = "rules.star"\n', "make it, or name another: [bundle] entry"),
        (MANIFEST + "[limits]\nfuel = 20_000_000\n", "[limits] fuel of 20000000 is above the ceiling"),
    ],
)
def test_mistakes_in_a_manifest_are_shown_where_they_are(place: Path, manifest: str, says: str) -> None:
    (place / "small/bundle.toml").write_text(manifest)
    for command in ("check small", "pack small -o small.rfb", "run small --input events.jsonl"):
        assert says in answer(command, 2)
    assert not (place / "small.rfb").exists()


def test_a_misspelt_manifest_is_found(place: Path) -> None:
    (place / "small/bundle.toml").rename(place / "small/Bundel.toml")
    assert "Rename 'Bundel.toml' to bundle.toml" in answer("check small", 2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("run small --input pretty.json", "input: each line of the input must be one JSON object"),
        ("run small --input events.jsonl --fuel 3", "fuel: raise --fuel N"),
    ],
)
def test_what_to_do_about_errors_of_events_is_said_once(place: Path, arguments: str, says: str) -> None:
    assert answer(arguments, 1).count(says) == 1


def test_the_version_is_shown_as_every_command_does_it() -> None:
    asked, shown = (CliRunner().invoke(app, [how]) for how in ("--version", "version"))
    assert asked.exit_code == shown.exit_code == 0
    assert asked.stdout == shown.stdout
    assert shown.stdout.startswith("ringfence ")
