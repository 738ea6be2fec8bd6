"""Every answer of a regular expression is RE2's: what matches, what the groups hold, and which patterns are refused."""

from __future__ import annotations

import ast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import ringfence as rf
from tests.regex.patterns import QUESTIONS, compiled, noise, patterns, reference, texts

LIMITS = rf.Limits(fuel=100_000_000, deadline=10.0)
CAREFUL = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def answers(runtime: rf.Runtime, cases: list[tuple[str, list[str]]]) -> list[tuple[object, ...]]:
    """Our answers to QUESTIONS, a line for each text."""
    output = runtime.execute(QUESTIONS, options=["toplevelcontrol"], args=cases, limits=LIMITS).stdout
    return [ast.literal_eval(line) for line in output.splitlines()]


def comparable(pattern: str, subjects: list[str]) -> list[str]:
    """RE2 looks at bytes, and finds a place for `\\B` in the middle of a character: such patterns are tried on ASCII alone."""
    return [text.encode("ascii", "ignore").decode() for text in subjects] if r"\B" in pattern else subjects


@CAREFUL
@given(st.lists(st.tuples(patterns, st.lists(texts, min_size=1, max_size=4)), min_size=1, max_size=12))
def test_matching(runtime: rf.Runtime, cases: list[tuple[str, list[str]]]) -> None:
    known = [(pattern, compiled(pattern), comparable(pattern, subjects)) for pattern, subjects in cases]
    valid = [(pattern, made, subjects) for pattern, made, subjects in known if made is not None]
    ours = answers(runtime, [(pattern, subjects) for pattern, _, subjects in valid])
    questions = [(pattern, made, text) for pattern, made, subjects in valid for text in subjects]
    assert len(ours) == len(questions)
    for (pattern, made, text), answer in zip(questions, ours, strict=True):
        assert answer == reference(made, text), (pattern, text)


@CAREFUL
@given(st.one_of(noise, patterns, st.builds(lambda a, b: a + b, patterns, noise)))
def test_refusing(runtime: rf.Runtime, pattern: str) -> None:
    assume("\\C" not in pattern)
    valid = compiled(pattern) is not None
    try:
        runtime.execute("regex(args)", args=pattern, limits=LIMITS)
    except rf.RuleError as error:
        assert not valid, (pattern, error.message)
        assert error.message.startswith("regex: ")
        assert " at character " in error.message
    else:
        assert valid, pattern
