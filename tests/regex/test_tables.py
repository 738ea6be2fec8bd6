"""The Unicode tables of regular expressions: that they are what their script wrote, and that they say what RE2 says."""

from __future__ import annotations

import ast
import hashlib

import pytest
import re2

import ringfence as rf
from scripts import make_regex_tables
from scripts.make_regex_tables import CATEGORIES, SCRIPTS, TARGET, TEXT

LIMITS = rf.Limits(fuel=500_000_000, deadline=10.0)
SAMPLE = TEXT[::61] + TEXT[:0x250] + TEXT[0x370:0x530]
FOLDED = "".join(chr(code) for code in make_regex_tables.next_in_case())


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def test_the_tables_are_what_the_script_writes() -> None:
    source = TARGET.read_text(encoding="utf-8")
    assert source == make_regex_tables.source()
    _, _, rest = source.partition('DIGEST = "')
    digest, _, tables = rest.partition('"\n')
    assert hashlib.sha256(tables.encode()).hexdigest() == digest


def found(runtime: rf.Runtime, patterns: list[str], text: str) -> list[str]:
    """What each pattern finds in a text."""
    program = 'print(repr(["".join(regex(pattern).findall(args[1])) for pattern in args[0]]))'
    output = runtime.execute(program, args=[patterns, text], limits=LIMITS).stdout
    result: list[str] = ast.literal_eval(output)
    return result


def test_categories_and_scripts(runtime: rf.Runtime) -> None:
    names = [*CATEGORIES, *SCRIPTS, *"CLMNPSZ", "Any"]
    patterns = [rf"\p{{{name}}}+" for name in names]
    ours = found(runtime, patterns, SAMPLE)
    for pattern, text in zip(patterns, ours, strict=True):
        assert text == "".join(re2.findall(pattern, SAMPLE)), pattern


def test_case_folding(runtime: rf.Runtime) -> None:
    patterns = ["(?i)" + re2.escape(character) for character in FOLDED[::23]]
    patterns += [
        "(?i)[k-s]+",
        "(?i)[\u03b1-\u03c9]+",
        r"(?i)\p{Lu}+",
        r"(?i)\P{Ll}+",
        "(?i)[^a-z]+",
        r"(?i)[\x{10400}-\x{10410}]+",
    ]
    ours = found(runtime, patterns, FOLDED)
    for pattern, text in zip(patterns, ours, strict=True):
        assert text == "".join(re2.findall(pattern, FOLDED)), pattern
