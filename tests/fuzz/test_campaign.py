"""The fuzzer itself: it is deterministic, notices what breaks, minimizes it; and every target holds for a few hundred inputs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.campaign import Campaign
from tests.fuzz.instrumented import instrumented
from tests.fuzz.minimize import minimized
from tests.fuzz.mutation import MAX_BYTES, mutate
from tests.fuzz.outcome import Finding, Outcome, check_place
from tests.fuzz.targets import TARGETS, EventTarget, SourceTarget, Target

INPUTS = 150


@pytest.mark.parametrize("kind", TARGETS, ids=lambda kind: kind.name)
def test_every_target_holds(kind: type[Target]) -> None:
    campaign = Campaign(kind(instrumented()), seed=1)
    campaign.run(inputs=INPUTS)
    assert not campaign.failures, [str(failure.finding) for failure in campaign.failures.values()]
    assert len(campaign.corpus) > 10


def test_one_seed_gives_one_campaign() -> None:
    first, second = (Campaign(EventTarget(instrumented()), seed=3) for _ in range(2))
    first.run(inputs=INPUTS)
    second.run(inputs=INPUTS)
    # Without showing them: pytest would compare two long lists of long inputs for minutes.
    is_same = first.corpus == second.corpus and first.seen == second.seen
    assert is_same


def test_new_ways_are_seen() -> None:
    target = SourceTarget(instrumented())
    plain = int.from_bytes(target.run(b"x = 1"), "little")
    same = int.from_bytes(target.run(b"x = 1"), "little")
    other = int.from_bytes(target.run(b"x = 1 // 0"), "little")
    assert same & ~plain == 0
    assert other & ~plain != 0


class BrokenTarget(SourceTarget):
    """A target that takes a word for a defect of the guest."""

    def attempt(self, data: bytes, stress: bool) -> Outcome:
        """Fail when the word is there."""
        if b"defect" in data:
            raise Finding("the word")
        return super().attempt(data, stress)


def test_a_finding_is_minimized_and_written_down(tmp_path: Path) -> None:
    campaign = Campaign(BrokenTarget(instrumented()), seed=1, findings_folder=tmp_path)
    campaign.try_input(b"x = 1\ny = 'a defect of it'\nz = 2\n")
    failure = campaign.failures["the word"]
    assert failure.data == b"defect"
    assert failure.path is not None
    assert failure.path.read_bytes() == b"defect"


def test_minimizing_keeps_what_is_needed() -> None:
    assert minimized(b"aaa\nbXb\nccYcc\n" * 3, lambda data: b"X" in data and b"Y" in data) == b"XY"


def test_mutations_are_bounded_and_repeatable() -> None:
    words, others = (b"word",), (b"another input", b"x" * MAX_BYTES)
    first, second = (
        [mutate(random.Random(seed), b"f(1, 2)", words, others) for seed in range(200)] for _ in range(2)
    )
    assert first == second
    assert max(map(len, first)) <= MAX_BYTES
    assert len(set(first)) > 150


@pytest.mark.parametrize(
    ("line", "column", "shown"), [(3, 1, None), (0, 1, None), (1, 7, None), (1, 0, None), (1, 1, "y = 1")]
)
def test_a_place_outside_the_source_is_noticed(line: int, column: int, shown: str | None) -> None:
    with pytest.raises(Finding):
        check_place({"main.star": b"x = 1\n"}, "main.star", line, column, shown, "message")


def test_a_place_in_the_source_is_accepted() -> None:
    check_place({"main.star": b"x = 1\n"}, "main.star", 1, 6, "x = 1", "message")
