"""That a cycle of the old space ends before the memory does: the promise of the inequality in `guest/heap/pacing.py`.

If the inequality failed, a program would run out of room while a cycle is under way, and the collector would have to stop
the world; its counters tell whether it did. And the steps stay short whenever there is room for it.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf
from guest.heap.layout import NURSERY_SIZE, OLD_START
from guest.heap.pacing import LARGEST_STEP

CHURN = """
def build(count, width):
    return [[i] * width for i in range(count)]

def churn(live, rounds, width, large, every, cyclic):
    for i in range(rounds):
        made = [i] * width
        if cyclic:
            made[0] = made
        live[i % len(live)] = made
        if every != 0 and i % every == 0:
            live[i % len(live)] = [None] * large

live = build(args["count"], args["width"])
churn(live, args["rounds"], args["width"], args["large"], args["every"], args["cyclic"])
"""

LIST_BYTES = 24 + 8  # a list, and the header of its array
IMAGE = 1 << 20  # bytes of the base image and the compiled program, generously
AT_THE_END = 1
"""What is left when a program is over is collected at once."""


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def run(runtime: rf.Runtime, memory: int, **args: int | bool) -> rf.Statistics:
    limits = rf.Limits(fuel=10**9, memory=memory, deadline=120.0)
    return runtime.execute(CHURN, limits=limits, args=args).stats


@pytest.mark.not_under_gc_stress("it counts the collections that pacing asks for")
@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    count=st.integers(5_000, 15_000),
    width=st.integers(4, 200),
    spare=st.sampled_from([1.25, 1.5, 2.0, 4.0]),
    large=st.integers(17_000, 60_000),
    every=st.sampled_from([0, 0, 500, 3_000]),
    cyclic=st.booleans(),
)
def test_a_cycle_ends_before_the_memory_does(
    runtime: rf.Runtime, count: int, width: int, spare: float, large: int, every: int, cyclic: bool
) -> None:
    """Whatever survives, however tight the limit: room for `spare` - 1 times what is alive, and for eight nurseries.

    What is replaced is the oldest, so that free memory lies in large pieces: pieces are not pacing's matter.
    """
    alive = count * (LIST_BYTES + 8 * width + 8)
    rounds = 4 * count + 10_000
    if every != 0:
        # Large lists replace small ones until half of the old space is theirs.
        every = max(every, rounds * 8 * large // max(alive, 8 * large))
        alive += (rounds // every + 1) * 8 * large
    memory = OLD_START + IMAGE + alive + max(int((spare - 1) * alive), 8 * NURSERY_SIZE)
    told = run(
        runtime, memory, count=count, width=width, rounds=rounds, large=large, every=every, cyclic=cyclic
    )
    assert told.stopped.count <= AT_THE_END
    assert told.compacting.count == 0


@pytest.mark.not_under_gc_stress("it counts the collections that pacing asks for")
def test_steps_are_short_when_there_is_room(runtime: rf.Runtime) -> None:
    """A step is at most LARGEST_STEP and the last object or chunk; a young collection at most the nursery."""
    told = run(
        runtime, 256 << 20, count=60_000, width=4, rounds=200_000, large=100_000, every=50_000, cyclic=True
    )
    assert told.cycles > 2
    assert told.marking.longest_bytes <= LARGEST_STEP + 8192
    assert told.sweeping.longest_bytes <= LARGEST_STEP + 8192
    assert told.young.longest_bytes <= NURSERY_SIZE
    assert told.stopped.count <= AT_THE_END
