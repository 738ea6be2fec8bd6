"""Static errors, as the files in `errors/` promise them.

A file is chunks split by lines of `---`; each is compiled on its own. `### 5: "regex"` at the end of a line promises an
error in that line at column 5 (any column without a number) whose message matches; there must be no other error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.syntax.harness import MAX_DIAGNOSTICS, Diagnostic, Front, booted

PROMISE = re.compile(r'\s*###\s*(?:(\d+):\s*)?"((?:[^"\\]|\\.)*)"')


def chunks() -> Iterator[tuple[str, str]]:
    """Every chunk with its name."""
    for path in sorted((Path(__file__).parent / "errors").glob("*.star")):
        first = 1
        for chunk in re.split(r"^---\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            yield f"{path.stem}:{first}", chunk
            first += chunk.count("\n") + 1


@pytest.mark.parametrize(("name", "chunk"), list(chunks()))
def test_chunk(name: str, chunk: str) -> None:
    promised: list[tuple[int, str, str]] = []
    source = []
    for number, line in enumerate(chunk.split("\n"), 1):
        promised += [(number, column, regex) for column, regex in PROMISE.findall(line)]
        source.append(PROMISE.sub("", line))
    found = Front(booted()).translate("\n".join(source)).diagnostics
    for number, column, regex in promised:
        match = next((d for d in found if d.line == number and re.search(regex, d.message)), None)
        assert match is not None, f'line {number}: no error "{regex}"; {at_line(found, number)}'
        assert column in ("", str(match.column)), f"line {number}: column {match.column}, promised {column}"
        found.remove(match)
    assert not found


def at_line(found: list[Diagnostic], number: int) -> str:
    """What was reported for a line instead."""
    return ", ".join(f"{d.column}: {d.message}" for d in found if d.line == number) or "nothing is"


def test_a_file_that_is_not_utf8() -> None:
    for source, column in (
        (b"x = 1\ny = '\xff'", 6),
        (b"x\ny = \xc0\xaf", 5),
        ("é = ".encode() + b"\xed\xa0\x80", 5),
    ):
        (error,) = Front(booted()).translate(source).diagnostics
        assert error.message.startswith("invalid UTF-8: unexpected byte 0x")
        assert (error.line, error.column) == (source.count(b"\n") + 1, column)


def test_byte_order_marks() -> None:
    assert not Front(booted()).translate("\ufeffx = 1").diagnostics
    (error,) = Front(booted()).translate("\ufeffx = 1\ny = '\ufeff'").diagnostics
    assert error == Diagnostic(2, 6, "byte order mark in the middle of a file")


def test_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        source = end.join(("x = '''a", "b'''", "# comment", "y = (1,", "     2) + \\", "  (3,)", "z = w"))
        (error,) = Front(booted()).translate(source).diagnostics
        assert (error.line, error.column, error.message) == (7, 5, "undefined: w")


def test_no_more_than_a_hundred_errors() -> None:
    for line in ("x = ", "unknown", "return", "'"):
        assert len(Front(booted()).translate(f"{line}\n" * 500).diagnostics) == MAX_DIAGNOSTICS
