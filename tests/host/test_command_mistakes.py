"""What a new author of rules gets wrong on the command line: each answer says what to do next, and nothing is destroyed."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ringfence as rf
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
        "empty.jsonl": "",
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
        ("init events.jsonl", "is a file; give the name of a new folder"),
        ("init small", "exists and is not empty; give the name of a new folder"),
        ("init new --template gatway", "Did you mean 'gateway'?"),
        ("run small --fuel 1e6", "write a whole number, such as 1000"),
        ("run small --workers 0", "the least is 1"),
        ("run small events.jsonl", "events are given as --input FILE"),
        ("run small --junit out.xml", "it is one of `ringfence test`"),
        ("pack small --output", "requires an argument"),
        ("run small --memory 16", "raise the limit where it is given, as --memory 16MiB"),
        ("run small --functions f.py", "does not exist; give a .py file that defines the functions"),
        ("run small/data/d.json", "is a file of a bundle, not the bundle"),
        (
            "run small --input events.jsonl --output o --checkpoint x/y",
            "there is no folder 'x'; make it first",
        ),
        ("explain small --input empty.jsonl", "has no events; give --input FILE"),
        (
            "explain small --input events.jsonl --event 9",
            "has 1 event: there is no event 9; give a smaller --event",
        ),
        ("heap small --graph", "give --format json with it"),
        ("check small --event-bytes 9", "give --fuel with it"),
        ("check small --output findings", "findings as text go to standard error"),
        (
            "replay small --input empty.jsonl --receipts empty.jsonl",
            "has no receipts; give what `ringfence run",
        ),
        ("exec - --args {", "--args is not JSON"),
        ("sign small.rfb --key k.pem --new-key k.pem", "give one of the two"),
        ("check small --events pretty.json", "Give events like those that the rules will see"),
        ("sign event.jsonl --key k.pem", "Did you mean 'events.jsonl'?"),
        ("verify events.jsonl --key event.jsonl", "does not begin like a package"),
        ("inspect smal", "Did you mean 'small'?"),
        ("fmt nothing.star", "give Starlark sources, or a folder of them"),
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
        ('[bundle]\nname = " "\n', "[bundle] name is empty; say how the bundle is called"),
        (MANIFEST + "default = 1979-05-27\n", "write dates and times as text in quotes"),
        (MANIFEST + '[limits]\nmemory = "3KiB"\n', '[limits] memory = "16MiB"'),
        (MANIFEST + 'entry = "rules.star"\n', "make it, or name another: [bundle] entry"),
        (MANIFEST + "[limits]\nfuel = 20_000_000\n", "[limits] fuel of 20000000 is above the ceiling"),
    ],
)
def test_mistakes_in_a_manifest_are_shown_where_they_are(place: Path, manifest: str, says: str) -> None:
    (place / "small/bundle.toml").write_text(manifest)
    for command in ("check small", "pack small -o small.rfb", "run small --input events.jsonl"):
        assert says in answer(command, 2)
    assert not (place / "small.rfb").exists()


def test_a_manifest_may_begin_with_a_byte_order_mark_and_is_utf_8(place: Path) -> None:
    manifest = place / "small/bundle.toml"
    manifest.write_bytes(MANIFEST.encode("utf-8-sig"))
    assert "small: loads" in answer("check small", 0)
    manifest.write_bytes(MANIFEST.encode("utf-16"))
    assert "save the file as UTF-8" in answer("check small", 2)


def test_a_byte_order_mark_in_front_of_events_data_and_tests_is_no_part_of_them(place: Path) -> None:
    """Editors and systems put it there; files that were joined have it on any line."""
    line = b'{"n": 2}\n'.replace(b"{", codecs.BOM_UTF8 + b"{")
    (place / "marked.jsonl").write_bytes(line * 2)
    (place / "small/data/d.json").write_bytes(codecs.BOM_UTF8 + b"1")
    (place / "small/tests").mkdir()
    (place / "small/tests/a.jsonl").write_bytes(codecs.BOM_UTF8 + b'{"event": {"n": 2}, "rule": "big"}')
    for arguments in ("run small --input", "explain small --input", "check small --events"):
        answer(f"{arguments} marked.jsonl", 0)
    answer("test small", 0)
    with rf.Runtime().load("small") as rules:
        assert rules.evaluate(line).decision == "big"
        with pytest.raises(rf.InputError, match="a colon was expected after the key at byte 8"):
            rules.evaluate(codecs.BOM_UTF8 + b'{"n" 2}')
        with pytest.raises(rf.InputError, match="a value was expected at byte 0"):
            rules.evaluate(b"\xef\xbb{}")


def test_a_file_that_is_there_and_cannot_be_read_has_no_near_name(place: Path) -> None:
    (place / "key.pem").mkdir()
    (place / "keys.pem").write_text("")
    said = answer("run small --input key.pem", 2)
    assert "is a folder; give a file of events" in said and "mean" not in said


def test_an_explanation_in_a_file_has_whole_lines(place: Path) -> None:
    """However long: whoever reads the file can wrap them."""
    long = " or ".join(f"event.n == {number}" for number in range(10))
    (place / "small/main.star").write_text(f'rule("long", when = lambda event: {long}, then = 1)\n')
    answer("explain small --input events.jsonl --output why.txt", 0)
    assert f"{long} = True" in (place / "why.txt").read_text()


def test_a_folder_in_the_place_of_a_manifest_is_called_one(place: Path) -> None:
    (place / "small/bundle.toml").unlink()
    (place / "small/bundle.toml").mkdir()
    assert "'bundle.toml' is there, and is no file" in answer("check small", 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            gzip.compress(b'{"n": 2}\n', mtime=0),
            "is compressed by gzip, not JSON Lines. Unpack it first: gunzip",
        ),
        ('{"n": 2}\n'.encode("utf-16"), "Save it as UTF-8: iconv"),
        ('{"n": 2}\n'.encode("utf-16-be"), "is text in UTF-16, not in UTF-8"),
        (b"PAR1" + bytes(8), "is a Parquet table, not JSON Lines. Give it a name that ends in .parquet"),
        (b"PK\x03\x04" + bytes(8), "is a zip archive"),
    ],
    ids=["gzip", "utf-16", "utf-16-be", "parquet", "zip"],
)
def test_a_file_that_holds_no_lines_of_json_is_known_by_its_beginning(
    place: Path, content: bytes, says: str
) -> None:
    (place / "wrong.jsonl").write_bytes(content)
    assert says in answer("run small --input wrong.jsonl --output out.jsonl", 2)
    assert says in answer("explain small --input wrong.jsonl", 2)
    assert not (place / "out.jsonl").exists()
    with rf.Runtime().load("small") as rules, pytest.raises(rf.UsageError, match="not"):
        rules.run_file("wrong.jsonl", "out.jsonl")


def test_an_input_without_events_is_mentioned(place: Path) -> None:
    assert "the input had no events: give --input FILE" in answer("run small --input empty.jsonl", 0)


@pytest.mark.parametrize("ending", ["raise SystemExit(0)", "1 / 0", "def ("])
def test_a_file_of_functions_that_fails_is_told(place: Path, ending: str) -> None:
    (place / "f.py").write_text(ending)
    assert "'f.py' fails when it is run" in answer("run small --functions f.py --input events.jsonl", 2)


@pytest.mark.parametrize(
    ("option", "needs"),
    [
        ("--reload-interval 1s", "--reload"),
        ("--burst 3", "--rate"),
        ("--decision-log-size 1MiB", "--decision-log"),
    ],
)
def test_an_option_of_the_server_that_says_nothing_alone_is_refused(
    place: Path, option: str, needs: str
) -> None:
    assert f"says nothing without {needs}" in answer(f"serve small {option}", 2)


def test_a_misspelt_manifest_is_found(place: Path) -> None:
    (place / "small/bundle.toml").rename(place / "small/Bundel.toml")
    assert "Rename 'Bundel.toml' to bundle.toml" in answer("check small", 2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            "run small --input pretty.json",
            "`jq -c . FILE` makes such lines of JSON that is laid out over several",
        ),
        ("run small --input events.jsonl --fuel 3", "fuel: raise --fuel N"),
        ("explain small --input pretty.json", "input: each line of the input must be one JSON object"),
        ("explain small --input events.jsonl --fuel 3", "fuel: raise --fuel N"),
        (
            "bench small --input pretty.json --duration 1ms",
            "input: each line of the input must be one JSON object",
        ),
        ("heap small --input pretty.json", "input: each line of the input must be one JSON object"),
    ],
)
def test_what_to_do_about_errors_of_events_is_said_once(place: Path, arguments: str, says: str) -> None:
    assert answer(arguments, 1).count(says) == 1


def test_the_version_is_shown_as_every_command_does_it() -> None:
    asked, shown = (CliRunner().invoke(app, [how]) for how in ("--version", "version"))
    assert asked.exit_code == shown.exit_code == 0
    assert asked.stdout == shown.stdout
    assert shown.stdout.startswith("ringfence ")
