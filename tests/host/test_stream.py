"""Streams of JSON Lines: cut into blocks of whole lines, in constant memory, written whole or not at all."""

from __future__ import annotations

import io
import json
import os
import random
from pathlib import Path

import pytest

from ringfence.ruleset import RuleSet
from ringfence.stream import Block, read_blocks, whole_or_nothing


class Dripping(io.RawIOBase):
    """A file that gives a few bytes at a time."""

    def __init__(self, content: bytes, seed: int) -> None:
        self._content = content
        self._source = random.Random(seed)

    def read(self, size: int = -1, /) -> bytes:
        taken = self._source.randint(1, size)
        piece, self._content = self._content[:taken], self._content[taken:]
        return piece


@pytest.mark.parametrize("seed", range(30))
def test_blocks_hold_the_lines_in_order(seed: int) -> None:
    source = random.Random(seed)
    lines = [b"x" * source.choice((0, 1, 5, 40, 60, 200)) for _ in range(source.randint(0, 40))]
    content = b"\n".join(lines) + (b"\n" if lines and source.random() < 0.5 else b"")
    largest = 60
    blocks = list(read_blocks(Dripping(content, seed), 50, largest))
    seen: list[bytes | None] = []
    for block in blocks:
        if not block.lines:
            seen.append(None)
        else:
            assert block.lines.endswith(b"\n")
            assert block.count == block.lines.count(b"\n")
            seen += block.lines[:-1].split(b"\n")
    expected = [None if len(line) > largest else line for line in content.split(b"\n")]
    if content.endswith(b"\n") or not content:
        expected.pop()
    assert seen == expected


def test_a_large_line_is_not_kept() -> None:
    held = []

    class Endless(io.RawIOBase):
        left = 200

        def read(self, size: int = -1, /) -> bytes:
            held.append(size)
            self.left -= 1
            return b"x" * size if self.left else b""

    assert list(read_blocks(Endless(), 1 << 16, 1 << 20)) == [Block(b"", 1, 199 << 16)]
    assert len(held) == 200


def events(count: int) -> bytes:
    return b"".join(b'{"do":"echo","n":%d}\n' % number for number in range(count))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_file_is_decided_in_order(rules: RuleSet, tmp_path: Path, workers: int) -> None:
    (tmp_path / "in").write_bytes(events(50_000))
    assert rules.run_file(tmp_path / "in", tmp_path / "out", workers=workers) == 50_000
    lines = (tmp_path / "out").read_bytes().splitlines()
    assert lines == [
        b'{"decision": {"do":"echo","n":%d}, "rule": "echo", "fuel": 7}' % number for number in range(50_000)
    ]


@pytest.mark.parametrize("pristine", [False, True])
def test_errors_keep_their_place(rules: RuleSet, tmp_path: Path, pristine: bool) -> None:
    lines = [
        b'{"do":"echo"}',
        b"",
        b'{"do":"trap"}',
        b'{"do":"fuel"}',
        b'{"do":"echo"}' + b" " * (5 << 20),
        b'{"do":"echo"}',
    ]
    (tmp_path / "in").write_bytes(b"\n".join(lines))
    with open(tmp_path / "in", "rb", buffering=0) as source:
        blocks = list(rules.evaluate_stream(source, workers=1, pristine=pristine))
    parts = [part for decided in blocks for part in decided.parts]
    answers = [json.loads(line) for part in parts for line in part.output.splitlines()]
    assert [answer["error"]["kind"] if "error" in answer else None for answer in answers] == [
        None,
        "internal",
        "fuel",
        "input",
        None,
    ]
    assert sum(part.count for part in parts) == 5


def test_a_missing_folder_is_named_by_the_file_that_was_asked_for(rules: RuleSet, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"n": 1}\n')
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*none'; make it first") as raised:
        rules.run_file(tmp_path / "in.jsonl", tmp_path / "none/out.jsonl")
    assert raised.value.filename == str(tmp_path / "none/out.jsonl")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(RuntimeError), whole_or_nothing(target) as file:
        file.write(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    target.write_bytes(b"old")
    target.chmod(0o640)
    with whole_or_nothing(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_device_is_written_not_replaced() -> None:
    before = os.stat(os.devnull)
    with whole_or_nothing(Path(os.devnull)) as file:
        file.write(b"gone")
    assert os.stat(os.devnull).st_ino == before.st_ino


def test_what_waits_is_shown_before_more_is_read(rules: RuleSet) -> None:
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as source, open(writer, "wb", buffering=0) as feed:
        blocks = rules.evaluate_stream(source, workers=2, pristine=False)
        for number in range(3):
            feed.write(b'{"do":"echo","n":%d}\n' % number)
            assert b'"n":%d' % number in next(blocks).parts[0].output
        feed.close()
        assert list(blocks) == []
