"""Batches with a checkpoint that are killed at random moments and started again, until they are finished.

The output, and what the summary counts, must be those of a run that nobody disturbed. Run by `scripts/trials kills` for as many
kills as asked, and shortly by `test_kills.py`.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

WAYS: dict[str, list[str]] = {
    "plain": ["--workers", "1"],
    "workers": ["--workers", "3"],
    "session": ["--session"],
    "event": ["--workers", "2", "--isolation", "event"],
}

MANIFEST = '[bundle]\nname = "killed"\n[limits]\nfuel = 20000\nmemory = "8MiB"\n'
LARGE_LINE_BYTES = 5 << 19  # more than a quarter of the memory limit: an error of the host

RULES = """
def checksum(text):
    total = 0
    for turn in range(3):  # so that a batch takes longer than it takes to start one
        for number, character in enumerate(text.elems()):
            total = (total * 31 + ord(character) * number + turn) % 65521
    return total

def decided(event, state):
    state["events"] += 1
    entry = {"n": event.n, "before": state["last"]}
    entry["self"] = entry
    entry["before"] = None if state["events"] % 50 == 0 else entry["before"]
    state["last"] = entry
    by_key = state["by_key"]
    by_key[event.key] = by_key.get(event.key, 0) + checksum(event.text)
    if event.n % 97 == 0:
        fail("unlucky", event.n, state["events"])
    if event.n % 211 == 0:
        for i in range(1000000):
            pass
    return {"events": state["events"], "sum": by_key[event.key], "keys": len(by_key)}
"""
IN_SESSION = """
state = persistent({"events": 0, "last": None, "by_key": {}})

def decide(event):
    return decided(event, state)
"""
ALONE = """
def decide(event):
    return decided(event, {"events": event.n, "last": None, "by_key": {}})
"""


def lines(count: int, source: random.Random) -> list[bytes]:
    """Events of many sizes; among them blank lines, lines that are not JSON, and one that is too large."""
    made = []
    for number in range(1, count + 1):
        text = "x" * source.choice((5, 40, 100, 300)) + "é"
        event = {"n": number, "key": source.randrange(500), "text": text, "pad": "p" * source.randrange(2000)}
        made.append(json.dumps(event).encode())
        if number % 500 == 7:
            made += [b"", b"  \t", b"[1,", b"\xff"]
    made[count // 3] = b'{"n": "' + b"l" * LARGE_LINE_BYTES + b'"}'
    return made


class Batch:
    """One input, the undisturbed run's output for it, and the command that makes it with a checkpoint."""

    def __init__(self, folder: Path, way: str, events: int, seed: int) -> None:
        self.folder = folder
        bundle = folder / "bundle"
        bundle.mkdir(parents=True)
        (bundle / "bundle.toml").write_text(MANIFEST)
        (bundle / "main.star").write_text(RULES + (IN_SESSION if way == "session" else ALONE))
        # Without a line feed at the end.
        (folder / "in.jsonl").write_bytes(b"\n".join(lines(events, random.Random(seed))))
        self.checkpoint, self.output = folder / "checkpoint", folder / "out.jsonl"
        common = ["run", str(bundle), "--input", str(folder / "in.jsonl"), "--no-progress"]
        common += ["--deadline", "20s", *WAYS[way]]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "ringfence", *common, "--output", str(folder / "expected.jsonl")],
            capture_output=True,
            text=True,
            timeout=600,
        )
        self.seconds = time.monotonic() - began
        assert done.returncode == 1, done.stderr
        self.counts = counts(done.stderr)
        self.expected = (folder / "expected.jsonl").read_bytes()
        self.command = [
            *(sys.executable, "-m", "ringfence", *common, "--output", str(self.output)),
            *("--checkpoint", str(self.checkpoint), "--checkpoint-interval", "5ms"),
        ]

    def consumed(self) -> int:
        """The offset in the input that the checkpoint covers; -1 without one."""
        try:
            return int(json.loads(self.checkpoint.read_bytes().split(b"\n")[1])["consumed"]["size"])
        except (OSError, IndexError):
            return -1

    def check(self, status: int, stderr: str) -> None:
        """Compare what the finished run left behind with the undisturbed one."""
        assert status == 1, stderr
        assert self.output.read_bytes() == self.expected
        assert counts(stderr) == self.counts
        left = {path.name for path in self.folder.iterdir()}
        assert left == {"bundle", "in.jsonl", "expected.jsonl", "out.jsonl"}


def counts(stderr: str) -> list[str]:
    """The lines of the summary, without the one that tells the time."""
    return [line for line in stderr.splitlines() if re.match(r"[\d,]+ events,|errors:|fuel:", line)]


def kill_and_resume(folder: Path, way: str, kills: int, *, events: int, seed: int) -> Counter[str]:
    """Kill batches of this kind so many times at least; each is resumed until it is finished. What happened, counted.

    A kill may come too early or too late to leave anything to go on from: then there are more.
    """
    source = random.Random(seed)
    done: Counter[str] = Counter()
    while (done["kills"] < kills or not done["resumed"]) and done["batches"] < kills:
        batch = Batch(folder / f"batch-{done['batches']}", way, events, seed + done["batches"])
        done["batches"] += 1
        while True:
            before = batch.consumed()
            process = subprocess.Popen(batch.command, stderr=subprocess.PIPE, text=True)
            if done["kills"] < kills or not done["resumed"]:
                if source.random() < 0.5 or done["kills"] == 0:
                    while process.poll() is None and batch.consumed() <= max(before, 0):
                        time.sleep(0.002)
                    time.sleep(source.random() * 0.05)
                else:
                    time.sleep(source.random() * batch.seconds)
                if process.poll() is None:
                    process.kill()
                    done["kills"] += 1
            _, stderr = process.communicate(timeout=600)
            done["resumed"] += "going on after" in stderr
            if process.returncode >= 0:
                batch.check(process.returncode, stderr)
                break
    return done
