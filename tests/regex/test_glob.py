"""Globs match what Python's `re` matches with the pattern that a glob stands for."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

LIMITS = rf.Limits(fuel=100_000_000, deadline=10.0)
PROGRAM = "print([[glob(pattern).match(text) for text in args[1]] for pattern in args[0]])"

# Pairs of a glob and the regular expression that it stands for. None begins with a star: after another, it would be two stars.
simple = st.sampled_from(
    [
        ("z*", "z[^/]*"),
        ("x**", "x(?s:.*)"),
        ("?", "[^/]"),
        ("/", "/"),
        ("/**/", "/(?s:.*/)?"),
        ("[ab]", "[ab]"),
        ("[!a/]", "[^a/]"),
        ("[^b-z]", "[^b-z/]"),
        ("a", "a"),
        ("b.", "b[.]"),
        (r"\*", "[*]"),
        ("é", "é"),
        (",", ","),
        ("}", "}"),
    ]
)


def joined(parts: list[tuple[str, str]]) -> tuple[str, str]:
    """Parts one after another."""
    text = "".join(part for part, _ in parts)
    return text, "".join(expression for _, expression in parts)


def braces(alternatives: list[tuple[str, str]]) -> tuple[str, str]:
    """Alternatives in braces, in which commas and braces have to be escaped."""
    return (
        "{" + ",".join(text for text, _ in alternatives) + "}",
        "(?:" + "|".join(expression for _, expression in alternatives) + ")",
    )


plain = st.lists(simple, max_size=4).map(joined).filter(lambda pair: not re.search(",|}", pair[0]))
globs = st.lists(st.one_of(simple, st.lists(plain, min_size=1, max_size=3).map(braces)), max_size=5).map(
    joined
)
texts = st.lists(st.sampled_from([*"ab./é*,}zx\n", "a/b", "ab"]), max_size=7).map("".join)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@settings(deadline=None, max_examples=80)
@given(
    st.lists(globs, max_size=10),
    st.lists(texts, min_size=1, max_size=6),
)
def test_matching(runtime: rf.Runtime, cases: list[tuple[str, str]], subjects: list[str]) -> None:
    patterns = [text for text, _ in cases]
    ours = ast.literal_eval(runtime.execute(PROGRAM, args=[patterns, subjects], limits=LIMITS).stdout)
    for (text, expression), answers in zip(cases, ours, strict=True):
        assert answers == [re.fullmatch(expression, subject) is not None for subject in subjects], text
