"""How long the collector stops a program with 64 MiB alive, timed from the host.

Two ways. *In programs*: each runs in slices of a thousand units of fuel, some tens of microseconds, so a slice in which the
collector worked takes as long as its step. *By the host*: the program is suspended and the host makes each step itself, of the
bytes that pacing would make due for a slice of a full nursery.

Both do the same work in every round, step for step. What else the machine does only ever adds, so a step's time is the
least of all rounds; the longest of any single round is told beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .driver import ProgramFails, Run, mebibytes
from .figure import Figure
from .heaps import HEAPS, MEMORY

TARGET = 1.0  # milliseconds
LIVE_BYTES = 64 << 20
REPLACED_BYTES = 200 << 20
"""Enough for two cycles of the old space: the next one begins when as much as is alive has become old."""
SMOKE_DIVISOR = 8
MOST_GROWTH = 1.75
"""What may be alive in the end, in parts of LIVE_BYTES: what a program keeps beside a small heap is half of it."""
SLICE_UNITS = 1000
YOUNG, MARK, SWEEP = "young collection", "marking", "sweeping"
RESTING, MARKING = 0, 1
"""`Phase` in guest/heap/cycle.py."""


@dataclass(frozen=True)
class Step:
    """A time in which the collector worked without a break. `size` is the bytes copied, marked or swept, as it counts them."""

    kind: str
    size: int
    nanoseconds: int


def measure(rounds: int, smoke: bool) -> list[Figure]:
    """Milliseconds of the longest step, for each shape of a heap and either way."""
    divisor = SMOKE_DIVISOR if smoke else 1
    figures: list[Figure] = []
    for way, steps_of in (("in programs", program_steps), ("by the host", host_steps)):
        for heap in HEAPS:
            program = heap.program(LIVE_BYTES // divisor, REPLACED_BYTES // divisor)
            steps = all_rounds(program, LIVE_BYTES // divisor, steps_of, rounds)
            figures.append(summary(f"step {way}: {heap.name}", steps))
    return figures


def all_rounds(
    program: str, live_bytes: int, steps_of: Callable[[Run], Iterator[Step]], rounds: int
) -> list[list[Step]]:
    """The steps of each round; raises ProgramFails if less is alive than is to be measured, or by the end much more."""
    result = []
    for _ in range(rounds):
        with Run(program, MEMORY) as run:
            if (live := alive(run)) < live_bytes:
                raise ProgramFails(f"only {live} bytes are alive, not {live_bytes}:{program}")
            result.append(list(steps_of(run)))
            if (live := alive(run)) > live_bytes * MOST_GROWTH:
                raise ProgramFails(f"{live} bytes have become alive, not {live_bytes}:{program}")
    return result


def alive(run: Run) -> int:
    """The bytes that are alive now."""
    run.collect()
    return run.read64("statistics.live_bytes")


def summary(name: str, rounds: list[list[Step]]) -> Figure:
    """The longest step, and what is usual for each kind, from the least time of each."""
    least = [min(same, key=lambda step: step.nanoseconds) for same in zip(*rounds, strict=True)]
    longest = max(least, key=lambda step: step.nanoseconds)
    worst = max(step.nanoseconds for steps in rounds for step in steps)
    notes = [
        f"{longest.kind} of {mebibytes(longest.size):.2f} MiB ({worst / 1e6:.2f} ms in the worst round)",
        *(usual(kind, [step for step in least if step.kind == kind]) for kind in (YOUNG, MARK, SWEEP)),
    ]
    return Figure(name, [longest.nanoseconds / 1e6], "ms", TARGET, note="; ".join(notes))


def usual(kind: str, steps: list[Step]) -> str:
    """How many steps of a kind there were, the 99th percentile of their times, and what a byte takes."""
    if not steps:
        return f"no {kind}"
    times = sorted(step.nanoseconds for step in steps)
    high = times[(len(times) - 1) * 99 // 100]
    rate = sum(times) / max(sum(step.size for step in steps), 1)
    return f"{len(times)} x {kind}, p99 {high / 1e6:.2f} ms, {rate:.2f} ns/B"


def program_steps(run: Run) -> Iterator[Step]:
    """The slices of a program in which the collector worked."""
    run.to_mark()
    marked = False
    while not marked:
        phase, used = run.read("cycle.phase"), run.read("allocate.bump")
        run.write("statistics.longest_step_bytes", 0)
        nanoseconds, marked = run.some(SLICE_UNITS)
        size = run.read("statistics.longest_step_bytes")
        if size != 0:
            young = run.read("allocate.bump") < used  # the nursery was emptied
            yield Step(YOUNG if young else MARK if phase == MARKING else SWEEP, size, nanoseconds)


def host_steps(run: Run) -> Iterator[Step]:
    """A young collection of a nursery that is full of what is alive, then the steps of a whole cycle."""
    run.to_mark()
    budget = (
        run.constant("pacing.LOWEST_RATE")
        * run.constant("layout.NURSERY_SIZE")
        // run.constant("allocate.SLICES")
    )
    before = run.read64("statistics.live_bytes")
    nanoseconds = run.step(budget)
    promoted = run.read64("statistics.live_bytes") - before
    if promoted < run.constant("layout.NURSERY_SIZE") * 4 // 5:
        raise ProgramFails(f"the nursery held only {promoted} bytes that are alive")
    yield Step(YOUNG, promoted, nanoseconds)
    while (phase := run.read("cycle.phase")) != RESTING:
        run.write("statistics.longest_step_bytes", 0)
        nanoseconds = run.step(budget)
        kind = MARK if phase == MARKING else SWEEP
        yield Step(kind, run.read("statistics.longest_step_bytes"), nanoseconds)
