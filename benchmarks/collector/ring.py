"""The program `ring` of the peers' benchmark, which makes cyclic garbage: every engine that is installed, against Python."""

from __future__ import annotations

import sys
import time
from statistics import median

from ..engines import ENGINES
from ..programs import CALLS
from .figure import Figure

TARGET = 0.25  # of Python's time
REPEATS = 3
YARDSTICK, OURS = "python", "ringfence"


def measure(rounds: int, smoke: bool) -> list[Figure]:
    """Milliseconds of each engine, and the ratio to Python's."""
    name, argument = CALLS["ring"]
    engines = [engine for engine in (YARDSTICK, OURS) if smoke] or [
        engine for engine in ENGINES if engine != "orjson" and ENGINES[engine].version() is not None
    ]
    functions = {engine: ENGINES[engine]().function(name) for engine in engines}
    expected = functions[YARDSTICK](argument)
    for engine, function in functions.items():
        if function(argument) != expected:
            raise SystemExit(f"{engine}: ring gives another result than Python")
    times: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(rounds):
        for engine, function in functions.items():
            repeats = []
            for _ in range(REPEATS):
                start = time.thread_time_ns()
                function(argument)
                repeats.append((time.thread_time_ns() - start) / 1e6)
            times[engine].append(median(repeats))
    python = times[YARDSTICK]
    return [
        Figure(
            f"ring: {ENGINES[engine].name}",
            [own / yardstick for own, yardstick in zip(times[engine], python, strict=True)],
            "x",
            TARGET if engine == OURS else None,
            note=f"{median(times[engine]):.1f} ms; Python {sys.version.split()[0]} {median(python):.1f} ms",
        )
        for engine in engines
        if engine != YARDSTICK
    ]
