"""Every mistake of the golden files is answered with its place, the line, a caret and the sentence that is written there."""

from __future__ import annotations

import re

import pytest

import ringfence as rf
from tests.messages.mistakes import FILES, Mistake, read_mistakes

MISTAKES = [(path.stem, mistake) for path in FILES for mistake in read_mistakes(path)]
LEAST = 150
PLACE = re.compile(r"^\S+:\d+:\d+: .{10}", re.MULTILINE)
CARET = re.compile(r"^\s+\^$", re.MULTILINE)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.mark.parametrize(
    ("topic", "mistake"), MISTAKES, ids=[f"{topic}: {mistake.title}" for topic, mistake in MISTAKES]
)
def test_mistake(runtime: rf.Runtime, topic: str, mistake: Mistake) -> None:
    assert mistake.shown(runtime) == mistake.answer


def test_every_answer_has_a_place_and_a_caret() -> None:
    assert len(MISTAKES) >= LEAST
    for topic, mistake in MISTAKES:
        assert PLACE.search(mistake.answer), f"{topic}: {mistake.title}"
        assert CARET.search(mistake.answer), f"{topic}: {mistake.title}"


def test_titles_are_distinct() -> None:
    titles = [mistake.title for _, mistake in MISTAKES]
    assert len(set(titles)) == len(titles)
