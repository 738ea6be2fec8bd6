"""Ten mebibytes alive and cyclic garbage without end, in an isolate that may have twenty.

The rings live long enough to become old, so it is the old space that fills with them.
"""

from __future__ import annotations

import time

from .driver import Run, mebibytes
from .figure import Figure

MEMORY = 20 << 20
LIVE = 10.0  # MiB
SECONDS, SMOKE_SECONDS = 20.0, 1.0
SLICE_UNITS = 100_000

PROGRAM = """
def ring(size):
    first = {"value": 0}
    last = first
    for i in range(1, size):
        node = {"value": i, "previous": last}
        last["next"] = node
        last = node
    last["next"] = first
    first["previous"] = last
    return first

def measure():
    live = [[i, i] for i in range(170000)]
    rings = [None] * 80
    for i in range(80):
        rings[i] = ring(100)
    mark()
    i = 0
    while True:
        rings[i % 80] = ring(100)
        i += 1
measure()
"""


def measure(rounds: int, smoke: bool) -> list[Figure]:
    """The memory after so many seconds, and how fast the program was."""
    seconds = SMOKE_SECONDS if smoke else SECONDS
    live: list[float] = []
    memory: list[float] = []
    rates: list[float] = []
    cycles = 0
    for _ in range(rounds):
        with Run(PROGRAM, MEMORY) as run:
            run.collect()
            live.append(mebibytes(run.read64("statistics.live_bytes")))
            before, busy, ends = run.allocated_bytes(), 0, time.monotonic() + seconds / rounds
            largest, resting, cycles = 0, True, 0
            while time.monotonic() < ends:
                nanoseconds, _ = run.some(SLICE_UNITS)
                busy += nanoseconds
                largest = max(largest, run.memory_bytes())
                was_resting, resting = resting, run.read("cycle.phase") == 0
                cycles += resting and not was_resting
            memory.append(mebibytes(largest))
            rates.append((run.allocated_bytes() - before) / busy * 1e3)
    note = f"at least {cycles} cycles of the old space in the last round"
    return [
        Figure("endless: alive", live, "MiB", LIVE, at_least=True),
        Figure(
            "endless: memory", memory, "MiB", mebibytes(MEMORY), note=f"after {seconds / rounds:.0f} s each"
        ),
        Figure("endless: allocated", rates, "MB/s", note=note),
    ]
