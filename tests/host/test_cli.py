"""The command line, end to end on the real guest: formats, exit statuses, streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POSIX = os.name == "posix"

MANIFEST = '[bundle]\nname = "small"\ndefault = "nothing"\n'
ENDLESS = "def f():\n    while True:\n        pass\nf()"
DECIDE = """
def decide(e):
    print("saw", e["n"])
    if e["n"] == 3:
        fail("three")
    return {"n": e["n"] * 2}
"""


def ringfence(
    *arguments: object, given: bytes = b"", check: int | None = 0
) -> subprocess.CompletedProcess[bytes]:
    """Run the command; `check` is the exit status that it must have."""
    done = subprocess.run(
        [sys.executable, "-m", "ringfence", *map(str, arguments)],
        input=given,
        capture_output=True,
        timeout=120,
    )
    if check is not None:
        assert done.returncode == check, done.stderr.decode()
    return done


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.toml").write_text(MANIFEST)
    (folder / "main.star").write_text(DECIDE)
    return folder


def events(*numbers: int) -> bytes:
    return b"".join(b'{"n": %d}\n' % number for number in numbers)


def test_a_decision_for_every_event_in_order(bundle: Path) -> None:
    done = ringfence("run", bundle, given=events(1, 2) + b"\n  \n" + events(4))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["decision"] for answer in answers] == [{"n": 2}, {"n": 4}, {"n": 8}]
    assert all(answer["rule"] is None and answer["fuel"] > 0 for answer in answers)
    assert b"3 events, 3 decided, 0 errors" in done.stderr
    assert b"fuel: p50" in done.stderr
    assert b"saw" not in done.stdout + done.stderr


def test_an_error_has_a_line_and_makes_the_status_1(bundle: Path) -> None:
    done = ringfence("run", bundle, given=events(1, 3) + b"nonsense\n" + events(5), check=1)
    first, second, third, fourth = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["decision"], fourth["decision"]) == ({"n": 2}, {"n": 10})
    assert second["error"]["kind"] == "rule"
    assert "three" in second["error"]["message"]
    assert second["error"]["location"].startswith("main.star:5:")
    assert second["error"]["traceback"][-1]["function"] == "decide"
    assert third["error"]["kind"] == "input"
    assert b"errors: input 1, rule 1" in done.stderr


def test_strict_stops_after_the_first_error(bundle: Path, tmp_path: Path) -> None:
    done = ringfence("run", bundle, "--strict", given=events(1, 3, 5), check=1)
    assert len(done.stdout.splitlines()) == 2
    (tmp_path / "in").write_bytes(events(1, 3, 5))
    ringfence("run", bundle, "--strict", "--input", tmp_path / "in", "--output", tmp_path / "out", check=1)
    assert not (tmp_path / "out").exists()


def test_files_and_workers_and_isolation(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(events(*range(4, 3000)))
    outputs = set()
    for options in (["--workers", 1], ["--workers", 3], ["--isolation", "event"]):
        ringfence("run", bundle, "--input", tmp_path / "in", "--output", tmp_path / "out", *options)
        outputs.add((tmp_path / "out").read_bytes())
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 2996


def test_prints_are_shown_on_request(bundle: Path) -> None:
    done = ringfence("run", bundle, "--print", given=events(1, 2))
    assert b"saw 1\nsaw 2\n" in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_options_override_the_bundles_limits(bundle: Path) -> None:
    done = ringfence("run", bundle, "--fuel", 3, given=events(1), check=1)
    assert json.loads(done.stdout)["error"]["kind"] == "fuel"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "no-such-folder"], "does not exist"),
        (["run", "{bundle}", "--memory", "lots"], "lots"),
        (["run", "{bundle}", "--deadline", "-1s"], "-1s"),
        (["run", "{bundle}", "--fuel", "0"], "fuel"),
        (["run", "{bundle}", "--memory", "1MiB"], "memory"),
        (["run", "{bundle}", "--memory", "5GiB"], "ceiling"),
        (["run", "{bundle}", "--workers", "0"], "workers"),
        (["run", "{bundle}", "--isolation", "none"], "isolation"),
        (["run", "{bundle}", "--input", "no-such-file"], "no-such-file"),
        (["run", "{bundle}", "--output", "no-such-folder/file"], "no-such-folder"),
        (["run", "{bundle}", "--nonsense"], "nonsense"),
        (["exec", "no-such-file"], "no-such-file"),
        (["exec", "-", "--option", "goto"], "goto"),
        (["exec", "-", "--args", "{"], "JSON"),
        (["init", "{bundle}"], "not empty"),
        (["init", "new", "--template", "nothing"], "gateway"),
        (["check", "no-such-folder"], "does not exist"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_status_2_with_a_sentence(bundle: Path, arguments: list[str], says: str) -> None:
    done = ringfence(
        *[argument.format(bundle=bundle) if "bundle" in argument else argument for argument in arguments],
        check=2,
    )
    assert done.stdout == b""
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bundle.toml", "[bundle", "bundle.toml: not valid TOML"),
        ("bundle.toml", "[bundle]\nentri = 'x'", 'did you mean "entry"?'),
        ("main.star", "x = (", "main.star:1:"),
        ("main.star", "def decide(e):\n    return undefined_name\n", "main.star:2:12: "),
        ("main.star", "load('lib.star', 'x')", "lib.star"),
        ("main.star", "load('../lib.star', 'x')", "main.star:1:"),
        ("main.star", "fail('while loading')", "while loading"),
        ("main.star", "x = 1", "decide"),
    ],
)
def test_a_bundle_that_does_not_load_is_status_2(
    bundle: Path, tmp_path: Path, name: str, content: str, says: str
) -> None:
    (bundle / name).write_text(content)
    run = ringfence("run", bundle, "--output", tmp_path / "out", given=events(1), check=2)
    check = ringfence("check", bundle, check=2)
    for done in (run, check):
        assert says in done.stderr.decode()
        assert done.stdout == b""
    assert not (tmp_path / "out").exists()


def test_check_reports_every_finding(bundle: Path) -> None:
    (bundle / "main.star").write_text(
        "x = undefined_one\ny = undefined_two\n\ndef decide(e):\n    return x + undefined_three\n"
    )
    shown = ringfence("check", bundle, check=2).stderr.decode()
    assert all(
        name in shown for name in ("undefined_one", "undefined_two", "undefined_three", "main.star:5:16: ")
    )
    (bundle / "main.star").write_text(DECIDE)
    assert b"loads" in ringfence("check", bundle).stderr


def test_init_makes_a_bundle_that_decides_its_events(tmp_path: Path) -> None:
    ringfence("init", tmp_path / "gateway", "--template", "gateway")
    ringfence("check", tmp_path / "gateway")
    done = ringfence("run", tmp_path / "gateway", "--input", tmp_path / "gateway" / "events.jsonl")
    assert len(done.stdout.splitlines()) == 2000


@pytest.mark.parametrize(
    ("program", "options", "status", "stdout", "stderr"),
    [
        ("print(6 * 7)", [], 0, "42\n", ""),
        ("print(args['a'])", ["--args", '{"a": [1]}'], 0, "[1]\n", ""),
        ("x = 1 + 'a'", [], 1, "", "<stdin>:1:"),
        ("def f():\n    fail('deep')\nf()", [], 1, "", "in f"),
        ("x = (", [], 1, "", "<stdin>:1:"),
        (ENDLESS, [], 1, "", "while"),
        (
            ENDLESS,
            ["--option", "while", "--fuel", "10000"],
            3,
            "",
            "fuel",
        ),
        (
            ENDLESS,
            ["--option", "while", "--fuel", 10**12, "--deadline", "0.2s"],
            5,
            "",
            "deadline",
        ),
        ("x = [0] * 10000000", ["--memory", "16MiB"], 4, "", "memory"),
    ],
)
def test_exec(program: str, options: list[object], status: int, stdout: str, stderr: str) -> None:
    done = ringfence("exec", "-", *options, given=program.encode(), check=status)
    assert done.stdout.decode() == stdout
    assert stderr in done.stderr.decode()


def test_exec_streams_what_is_printed_and_tells_what_it_cost(tmp_path: Path) -> None:
    (tmp_path / "many.star").write_text(
        "def f():\n    for i in range(100000):\n        print('line', i)\nf()\n"
    )
    done = ringfence("exec", tmp_path / "many.star", "--stats")
    lines = done.stdout.splitlines()
    assert len(lines) == 100_000
    assert lines[-1] == b"line 99999"
    stats = json.loads(done.stderr)
    assert list(stats)[:5] == [
        "fuel",
        "allocated_bytes",
        "live_bytes",
        "collections",
        "longest_step_bytes",
    ]
    assert stats["fuel"] > 100_000
    assert stats["young"]["count"] == sum(stats["young"]["histogram"]) > 0


def test_version_names_all_parts() -> None:
    shown = ringfence("version").stdout.decode()
    for part in ("ringfence", "guest", "wasmtime", "Python"):
        assert part in shown


@pytest.mark.parametrize("command", [[], ["run"], ["exec"], ["check"], ["init"], ["version"]])
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    shown = ringfence(*command, "--help").stdout.decode()
    assert "Usage" in shown
    assert not command or "Example: " in shown


@pytest.mark.skipif(not POSIX, reason="pipes and signals of POSIX")
def test_a_reader_that_goes_away_ends_the_command_quietly(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(events(*range(4, 200_000)))
    command = f"{sys.executable} -m ringfence run {bundle} --input {tmp_path / 'in'} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == b""


@pytest.mark.skipif(not POSIX, reason="pipes and signals of POSIX")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("waiting", [True, False])
def test_an_interrupt_ends_the_command_soon(
    bundle: Path, tmp_path: Path, workers: int, waiting: bool
) -> None:
    (bundle / "bundle.toml").write_text(MANIFEST + '[dialect]\noptions = ["while"]\n')
    (bundle / "main.star").write_text("def decide(e):\n    while True:\n        pass\n")
    command = [
        "run",
        bundle,
        "--workers",
        workers,
        "--output",
        tmp_path / "out",
        "--deadline",
        "30s",
        "--fuel",
        10**14,
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "ringfence", *map(str, command)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    if not waiting:
        process.stdin.write(events(1))
        process.stdin.flush()
    # The bundle is loaded when the output has been opened.
    while not list(tmp_path.glob("*out*")):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.3)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - started < 4
    assert process.returncode == 130
    assert b"interrupted" in stderr
    assert b"Traceback" not in stderr
    assert list(tmp_path.glob("*out*")) == []


@pytest.mark.skipif(not POSIX, reason="pipes and signals of POSIX")
def test_decisions_do_not_wait_for_more_input(bundle: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ringfence", "run", str(bundle)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for number in (1, 2):
        process.stdin.write(events(number))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["decision"] == {"n": number * 2}
    process.communicate(timeout=20)
    assert process.returncode == 0
