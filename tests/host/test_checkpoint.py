"""Checkpoints: what a run may go on from, and the sentence for everything that it may not."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.checkpoint import Checkpoint, CheckpointFile
from ringfence.packed_memory import pack_memory, unpack_memory
from ringfence.ruleset import RuleSet
from ringfence.session import Session

pytestmark = pytest.mark.skipif(os.name != "posix", reason="checkpoints need the file locks of POSIX")

COUNTING = """
state = persistent({"sum": 0, "seen": []})

def decide(event):
    state["sum"] += event.n
    state["seen"].append(event.n)
    if event.n == 77:
        fail("unlucky")
    return [state["sum"], len(state["seen"])]
"""
DECIDING = """
def decide(event):
    if event.n == 77:
        fail("unlucky")
    return [event.n * 2]
"""
PAD = "p" * 500  # a block of the input is half a megabyte: a thousand events
EVENTS = b"".join(b'{"n": %d, "pad": "%s"}\n' % (number, PAD.encode()) for number in range(5000))


class Killed(Exception):
    """Stands for a kill: the run ends where it is raised, and nothing is tidied up."""


@pytest.fixture
def rules() -> Iterator[RuleSet]:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": DECIDING})) as rules:
        yield rules


@pytest.fixture
def counting() -> Iterator[RuleSet]:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": COUNTING})) as rules:
        yield rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").write_bytes(EVENTS)
    return tmp_path


def run(rules: RuleSet | Session, folder: Path, **options: object) -> int:
    """Run the batch of `folder` with a checkpoint after each block."""
    return rules.run_file(
        folder / "in",
        folder / "out",
        checkpoint=folder / "kept",
        checkpoint_interval=0.0,
        **options,  # type: ignore[arg-type]
    )


def kill(rules: RuleSet | Session, folder: Path, monkeypatch: pytest.MonkeyPatch, after: int = 3) -> None:
    """End such a run at its checkpoint number `after`, before that is written."""
    written = 0
    write = CheckpointFile.write

    def write_or_die(self: CheckpointFile, content: bytes) -> None:
        nonlocal written
        written += 1
        if written == after:
            raise Killed
        write(self, content)

    with monkeypatch.context() as patched:
        patched.setattr(CheckpointFile, "write", write_or_die)
        patched.setattr("ringfence.resumable._LARGEST_SHARE", 0)
        with pytest.raises(Killed):
            run(rules, folder)


@pytest.mark.parametrize("after", [2, 3, 6])
def test_a_session_goes_on_with_its_state(
    counting: RuleSet, folder: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    with counting.session() as session:
        session.run_file(folder / "in", folder / "expected")
    with counting.session() as session:
        kill(session, folder, monkeypatch, after)
    assert not (folder / "out").exists()
    with counting.session() as session:
        session.evaluate({"n": 10**9})  # gone once the checkpoint's state is there
        assert run(session, folder) == 5000
        assert session.evaluate({"n": 0}).decision == [sum(range(5000)), 5001]
    assert (folder / "out").read_bytes() == (folder / "expected").read_bytes()
    assert {path.name for path in folder.iterdir()} == {"in", "out", "expected"}


def test_a_session_that_is_over_stays_over(
    counting: RuleSet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = counting.session()
    broken._finish(rf.IsolateTrapped("a test"))
    kill(broken, folder, monkeypatch)
    with counting.session() as session:
        run(session, folder)
        with pytest.raises(rf.ClosedError, match="the session is over, because its guest broke: a test"):
            session.evaluate({"n": 1})
    lines = (folder / "out").read_text().splitlines()
    assert len(lines) == 5000
    assert {json.loads(line)["error"]["kind"] for line in lines} == {"internal"}


def test_a_run_that_was_killed_at_its_very_end_is_finished(
    rules: RuleSet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two last steps, the output's new name and the checkpoint's removal, and before both."""
    rules.run_file(folder / "in", folder / "expected", workers=1)
    expected = (folder / "expected").read_bytes()
    for step in ("remove", "replace"):
        with monkeypatch.context() as patched:
            if step == "remove":
                patched.setattr(CheckpointFile, "remove", dies)
            else:
                patched.setattr("ringfence.resumable.take_mode", dies)
            with pytest.raises(Killed):
                run(rules, folder, workers=1)
        (folder / "in").write_bytes(EVENTS + b'{"n": 1}\n')  # too late: all was decided
        assert run(rules, folder, workers=1) == 5000
        assert (folder / "out").read_bytes() == expected
        assert not (folder / "kept").exists() and not (folder / "out.partial").exists()
        (folder / "in").write_bytes(EVENTS)
        (folder / "out").unlink()


def dies(*arguments: object) -> None:
    raise Killed


def test_an_input_that_grew_is_decided_to_its_end(
    rules: RuleSet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(rules, folder, monkeypatch)
    (folder / "in").write_bytes(EVENTS + EVENTS)
    assert run(rules, folder) == 10_000
    rules.run_file(folder / "in", folder / "expected")
    assert (folder / "out").read_bytes() == (folder / "expected").read_bytes()


def damaged(content: bytes) -> bytes:
    return content[:-20] + b"#" + content[-19:]


def dishonest(content: bytes) -> bytes:
    """Another offset, with the right digest: it must be found that the output is not that long."""
    _, text, packed = content.split(b"\n", 2)
    said = json.loads(text)
    said["written"]["size"] += 1
    rest = json.dumps(said).encode() + b"\n" + packed
    return b"ringfence checkpoint 1 " + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def nonsense(content: bytes) -> bytes:
    """No mapping of counts, with the right digest."""
    _, text, packed = content.split(b"\n", 2)
    said = json.loads(text)
    said["counts"] = {"events": [], "errors": 3}
    rest = json.dumps(said).encode() + b"\n" + packed
    return b"ringfence checkpoint 1 " + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("kept", damaged, "the checkpoint .* is damaged. Delete it to start anew"),
        ("kept", nonsense, "the checkpoint .* is damaged.* delete the checkpoint to start anew"),
        ("kept", dishonest, "the partial output is not the one that the checkpoint"),
        ("kept", lambda content: content[:200], "is damaged"),
        ("kept", lambda content: b"a text of mine\n", "is no checkpoint of ringfence. Name a file that does not exist yet"),
        ("kept", lambda content: content.replace(b"int 1 ", b"int 2 ", 1), "a format that this version does not read"),
        ("in", lambda content: b"\n" + content[1:], "the input has changed since .* Give the input that the run began with"),
        ("in", lambda content: content[:1000], "the input has changed since"),
        ("out.partial", lambda content: content[:-1], "the partial output is not the one"),
        ("out.partial", lambda content: b"#" + content[1:], "the partial output is not the one"),
        ("out.partial", None, "is missing: there is no .*out.partial"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_left_is_refused(
    rules: RuleSet,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    change: Callable[[bytes], bytes] | None,
    says: str,
) -> None:
    kill(rules, folder, monkeypatch)
    if name == "out.partial":  # what follows the checkpoint in it is not looked at
        kept = Checkpoint.decode((folder / "kept").read_bytes(), "kept")
        os.truncate(folder / name, kept.written.size)
    if change is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(change((folder / name).read_bytes()))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(rf.CheckpointError, match=says):
        run(rules, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_line_that_was_decided_may_not_be_continued(
    rules: RuleSet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "in").write_bytes(b'{"n": 1}')
    with monkeypatch.context() as patched:
        patched.setattr("ringfence.resumable.ResumableRun.finish", dies)
        with pytest.raises(Killed):
            run(rules, folder)
    (folder / "in").write_bytes(b'{"n": 1}   \n')
    with pytest.raises(
        rf.CheckpointError, match="the last line of the input was decided and has been continued"
    ):
        run(rules, folder)


def test_another_run_is_told_what_differs(
    rules: RuleSet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(rules, folder, monkeypatch)
    runtime, same = rf.Runtime(), {"main.star": DECIDING}
    with (
        rules.session() as session,
        pytest.raises(rf.CheckpointError, match=r"--session \(it was not given, and is now given"),
    ):
        run(session, folder)
    with pytest.raises(rf.CheckpointError, match=r"the time of the events \(it was None, and is now 5\.0\)"):
        run(rules, folder, now=5.0)
    others = {
        r"the limit of fuel \(it was 200000, and is now 1000\) differs": (same, rf.Limits(fuel=1000)),
        r"the memory limit \(it was 16MiB, and is now 8MiB\) differs": (same, rf.Limits(memory="8MiB")),
        r"the deadline \(it was 50ms, and is now 20ms\) differs": (same, rf.Limits(deadline=0.02)),
        "is of another run: the bundle differs": ({"main.star": DECIDING + "\n"}, None),
    }
    for says, (sources, limits) in others.items():
        with (
            runtime.load(rf.Bundle.from_sources(sources), limits=limits) as other,
            pytest.raises(rf.CheckpointError, match=says),
        ):
            run(other, folder)


def test_two_runs_do_not_share_a_checkpoint_or_an_output(rules: RuleSet, folder: Path) -> None:
    with CheckpointFile(folder / "kept") as held:
        for _ in range(2):  # a file that was replaced is still locked
            with pytest.raises(rf.CheckpointError, match="kept' is in use by another run"):
                run(rules, folder)
            held.write(b"new")
        held.remove()
        with (
            CheckpointFile(folder / "out.partial"),
            pytest.raises(rf.CheckpointError, match=r"out\.partial. is in use"),
        ):
            run(rules, folder)
    (folder / "out.partial").unlink()
    assert {path.name for path in folder.iterdir()} == {"in"}
    run(rules, folder)


def test_files_that_would_overwrite_each_other_are_refused(rules: RuleSet, folder: Path) -> None:
    (folder / "out").symlink_to("in")
    for kept in ("in", "o", "o.partial"):
        with pytest.raises(rf.CheckpointError, match="must be different files"):
            rules.run_file(folder / "in", folder / "o", checkpoint=folder / kept)
    for out in ("in", "out"):
        with pytest.raises(rf.UsageError, match="would replace them"):
            rules.run_file(folder / "in", folder / out, checkpoint=folder / "kept")
    os.mkfifo(folder / "pipe")
    with pytest.raises(rf.CheckpointError, match="needs an output that is a regular file"):
        rules.run_file(folder / "in", folder / "pipe", checkpoint=folder / "kept")
    with pytest.raises(rf.CheckpointError, match=r"the checkpoint .*pipe' is no regular file"):
        rules.run_file(folder / "in", folder / "o", checkpoint=folder / "pipe")
    with pytest.raises(FileNotFoundError):
        rules.run_file(folder / "in", folder / "o", checkpoint=folder / "nowhere" / "kept")
    with pytest.raises(FileNotFoundError):
        rules.run_file(folder / "in", folder / "nowhere" / "o", checkpoint=folder / "kept")
    assert {path.name for path in folder.iterdir()} == {"in", "out", "pipe"}


def test_the_new_output_has_the_old_ones_mode(rules: RuleSet, folder: Path) -> None:
    (folder / "out").write_bytes(b"old")
    (folder / "out").chmod(0o640)
    run(rules, folder)
    assert (folder / "out").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("size", [0, 1, 4096, 100_000])
def test_memory_is_packed_without_its_zeroes(size: int) -> None:
    memory = bytearray(size)
    for place in range(0, size, 9000):
        memory[place] = 1 + place % 255
    packed = pack_memory(bytes(memory))
    assert unpack_memory(packed, size) == memory
    assert len(packed) < 100 + size // 100
    for wrong in (packed[:-1], packed + b"x", b"", b"nonsense", pack_memory(bytes(memory) + b"x")):
        with pytest.raises(ValueError):
            unpack_memory(wrong, size)


# The command


@pytest.fixture
def bundle(folder: Path) -> Path:
    (folder / "bundle").mkdir()
    (folder / "bundle" / "bundle.toml").write_text('[bundle]\nname = "counting"\n')
    (folder / "bundle" / "main.star").write_text(COUNTING)
    return folder / "bundle"


def command(bundle: Path, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "ringfence", "run", str(bundle), *map(str, arguments)]


def with_files(folder: Path) -> list[object]:
    return ["--input", folder / "in", "--output", folder / "out", "--checkpoint", folder / "kept"]


def test_streams_that_cannot_be_resumed_are_wrong_usage(bundle: Path, folder: Path) -> None:
    for arguments, says in (
        (["--checkpoint", folder / "kept"], "--checkpoint needs --output FILE"),
        (["--checkpoint", folder / "kept", "--output", folder / "out"], "a regular file: what came through a pipe is gone"),
        (["--checkpoint-interval", "1s"], "--checkpoint-interval needs --checkpoint FILE"),
        ([*with_files(folder), "--checkpoint", folder / "in"], "must be different files"),
    ):  # fmt: skip
        done = subprocess.run(command(bundle, *arguments), input=b"", capture_output=True, timeout=60)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr.decode()
    assert {path.name for path in folder.iterdir()} == {"in", "bundle"}


def test_standard_input_may_be_a_file(bundle: Path, folder: Path) -> None:
    with open(folder / "in", "rb") as events:
        arguments = ["--checkpoint", folder / "kept", "--output", folder / "out"]
        done = subprocess.run(command(bundle, *arguments), stdin=events, capture_output=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert len((folder / "out").read_bytes().splitlines()) == 5000


def test_a_full_disk_leaves_a_usable_checkpoint(bundle: Path, folder: Path) -> None:
    def no_files_above_12_mb() -> None:  # an isolate's image is a file as well
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000_000, 12_000_000))

    (bundle / "main.star").write_text(COUNTING.replace("return [", "return ['x' * 4000, "))
    arguments = [*with_files(folder), "--session", "--checkpoint-interval", "1ms"]
    done = subprocess.run(
        command(bundle, *arguments), capture_output=True, timeout=60, preexec_fn=no_files_above_12_mb
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written: File too large. The same command goes on" in done.stderr.decode()
    assert not (folder / "out").exists()
    done = subprocess.run(command(bundle, *arguments), capture_output=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert b"5,000 events, 4,999 decided, 1 errors" in done.stderr
    assert len((folder / "out").read_bytes().splitlines()) == 5000


def test_an_interrupt_says_how_to_go_on(bundle: Path, folder: Path) -> None:
    (bundle / "main.star").write_text(
        "def decide(e):\n    for i in range(400000 * (e.n // 2500)):\n        pass\n    return e.n\n"
    )
    arguments = [*with_files(folder), "--fuel", 10**10, "--deadline", "60min", "--checkpoint-interval", "1ms"]
    process = subprocess.Popen(command(bundle, *arguments), stderr=subprocess.PIPE)
    while process.poll() is None and b'"events": 0' in first_lines(folder / "kept"):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"interrupted. The same command goes on from the checkpoint '{folder / 'kept'}'" in stderr.decode()
    assert b"Traceback" not in stderr
    kept = Checkpoint.decode((folder / "kept").read_bytes(), "kept")
    assert kept.consumed.size > 0 and (folder / "out.partial").stat().st_size >= kept.written.size


def first_lines(path: Path) -> bytes:
    """What a checkpoint says in its first lines; as at the start while there is none."""
    try:
        return path.read_bytes()[:10_000] or b'"events": 0'
    except FileNotFoundError:
        return b'"events": 0'


def test_strict_keeps_the_checkpoint_but_no_output(bundle: Path, folder: Path) -> None:
    arguments = [*with_files(folder), "--session"]
    done = subprocess.run(command(bundle, *arguments, "--strict"), capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"without --strict it goes on past the error" in done.stderr
    assert not (folder / "out").exists()
    done = subprocess.run(command(bundle, *arguments), capture_output=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert len((folder / "out").read_bytes().splitlines()) == 5000
