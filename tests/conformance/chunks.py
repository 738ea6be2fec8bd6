"""The format of the conformance programs: splits a `.star` file into chunks and a chunk into the programs to run.

`README.md` beside this file documents the format. The runner and the tests of other entry points rely on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SEPARATOR = "---"
EXPECTED_ERROR = re.compile(r'###\s*(load\s+)?"((?:[^"\\]|\\.)*)"\s*$')
EXPECTED_PRINT = re.compile(r"# prints: ?(.*)$")
OPTIONS = re.compile(r"^# option: *(.*)$")
HELPERS = (
    "assert_eq = lambda got, want: "
    '(type(got) == type(want) and got == want) or fail("got", repr(got), "want", repr(want)); '
    'assert_ = lambda condition: condition == True or fail("got", repr(condition))\n'
)


@dataclass(frozen=True)
class ExpectedError:
    """An error that a line promises: `static` ones are found before anything runs."""

    line: int
    pattern: str
    static: bool


@dataclass(frozen=True)
class Program:
    """One program to run: it must fail with `error`, or succeed and print `output`. Line 1 is the helpers'."""

    source: str
    error: ExpectedError | None
    output: str


@dataclass
class Chunk:
    """One chunk of a file; `first_line` is the number of its first line there."""

    path: Path
    first_line: int
    lines: list[str]
    options: list[str] = field(default_factory=list)
    errors: list[ExpectedError] = field(default_factory=list)
    prints: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What test reports call it."""
        return f"{self.path.stem}:{self.first_line}"

    def programs(self) -> Iterator[Program]:
        """A chunk of one error as it is; one of several without its erring lines, and with each of them alone."""
        if len(self.errors) != 1:
            yield Program(self.source_with(None), None, "".join(line + "\n" for line in self.prints))
        for error in self.errors:
            yield Program(self.source_with(error), error, "")

    def source_with(self, kept: ExpectedError | None) -> str:
        """The source with `pass` in place of all erring lines but one."""
        replaced = {error.line for error in self.errors if error is not kept}
        lines = [
            re.sub(r"\S.*", "pass", line, count=1) if number in replaced else line
            for number, line in enumerate(self.lines, start=1)
        ]
        return HELPERS + "\n".join(lines) + "\n"


def parse_chunk(path: Path, first_line: int, lines: list[str]) -> Chunk:
    """Read the expectations in a chunk's comments."""
    chunk = Chunk(path, first_line, lines)
    for number, line in enumerate(lines, start=1):
        if match := OPTIONS.search(line):
            chunk.options += match[1].split()
        if match := EXPECTED_ERROR.search(line):
            pattern = match[2].replace('\\"', '"')
            chunk.errors.append(ExpectedError(number, pattern, static=match[1] is not None))
        elif match := EXPECTED_PRINT.search(line):
            chunk.prints.append(match[1])
    return chunk


def read_chunks(path: Path) -> list[Chunk]:
    """All chunks of a file."""
    chunks: list[Chunk] = []
    lines: list[str] = []
    first_line = 1
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line == SEPARATOR:
            chunks.append(parse_chunk(path, first_line, lines))
            lines = []
            first_line = number + 1
        else:
            lines.append(line)
    chunks.append(parse_chunk(path, first_line, lines))
    return chunks
