"""What collecting in steps costs in all, against stopping the world: the same program, the same heap, the same moments to begin.

To stop the world, the host forbids cycles to begin and collects everything at once where one would have begun. Both runs are cut
into the same slices of fuel, so what the cutting costs is on both sides.
"""

from __future__ import annotations

from .driver import Run
from .figure import Figure
from .heaps import HEAPS, MEMORY
from .steps import LIVE_BYTES, REPLACED_BYTES, SMOKE_DIVISOR

TARGET = 1.3
SLICE_UNITS = 5000
NEVER = 0x3FFF_FFFF
"""An allowance that no debt of these programs reaches."""


def measure(rounds: int, smoke: bool) -> list[Figure]:
    """Total time in steps, as a multiple of that with stops."""
    divisor = SMOKE_DIVISOR if smoke else 1
    figures: list[Figure] = []
    totals: list[list[float]] = [[0.0, 0.0] for _ in range(rounds)]
    for heap in HEAPS:
        program = heap.program(LIVE_BYTES // divisor, REPLACED_BYTES // divisor)
        ratios: list[float] = []
        stops: list[int] = []
        for total in totals:
            stopped, stops = stopping_the_world(program)
            stepped = in_steps(program)
            ratios.append(stepped / stopped)
            total[0] += stepped
            total[1] += stopped
        note = f"stop-the-world: {stopped / 1e6:.0f} ms, stops of {', '.join(f'{ns / 1e6:.0f}' for ns in stops)} ms"
        figures.append(Figure(f"total: {heap.name}", ratios, "x", TARGET, note=note))
    together = [stepped / stopped for stepped, stopped in totals]
    return [*figures, Figure("total: all heaps", together, "x", TARGET)]


def in_steps(program: str) -> int:
    """Nanoseconds with the collector's own pacing."""
    with Run(program, MEMORY) as run:
        run.collect()
        total, marked = run.to_mark(), False
        while not marked:
            nanoseconds, marked = run.some(SLICE_UNITS)
            total += nanoseconds
        return total


def stopping_the_world(program: str) -> tuple[int, list[int]]:
    """Nanoseconds with collections at once, and those of each of them."""
    stops: list[int] = []
    with Run(program, MEMORY) as run:
        run.collect()
        allowance = forbid_cycles(run)
        total, marked = run.to_mark(), False
        while not marked:
            nanoseconds, marked = run.some(SLICE_UNITS)
            total += nanoseconds
            if run.read("pacing.debt") > allowance:
                stops.append(run.collect())
                allowance = forbid_cycles(run)
        return total + sum(stops), stops


def forbid_cycles(run: Run) -> int:
    """After a collection: let no cycle begin. The debt at which one would have begun."""
    allowance = run.read("pacing.allowance")
    run.write("pacing.allowance", NEVER)
    return allowance
