"""The instrumented guest: built when its sources have changed, compiled once, and read through its map of counters.

It is the ordinary guest with the compiler's coverage counters and an export that walks the heap. Everything in this folder that
runs guest code does so through the engine here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from guest.compiler.base_image import LAYOUT
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from tests.guests import ROOT, built, engine_of
from tests.stress import gc_stress

FOLDER = ROOT / "build" / "fuzz"
EXTRA = {"verify_export": Path(__file__).parent / "guests" / "verify_export.py"}

# How often something ran, as one bit: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more. What differs in this has been somewhere else.
BUCKETS = bytes(
    0
    if n == 0
    else 1 << (n - 1 if n <= 3 else 3 if n < 8 else 4 if n < 16 else 5 if n < 32 else 6 if n < 128 else 7)
    for n in range(256)
)


@dataclass(frozen=True)
class CoverageMap:
    """Where the counters of an isolate are, and which functions they belong to."""

    address: int
    size: int
    functions: dict[str, int]

    def clear(self, isolate: Isolate) -> None:
        """Set all counters to zero: the base image has those of its boot."""
        isolate.memory()[self.address : self.address + self.size] = bytes(self.size)

    def read(self, isolate: Isolate) -> bytes:
        """What ran how often, a bit in each byte."""
        return isolate.memory()[self.address : self.address + self.size].tobytes().translate(BUCKETS)

    def reached(self, bits: bytes) -> set[str]:
        """The functions whose entry has run."""
        return {name for name, place in self.functions.items() if bits[place]}


@dataclass(frozen=True)
class Instrumented:
    """The engine that runs the instrumented guest, and its map."""

    engine: Engine
    coverage: CoverageMap


@cache
def instrumented() -> Instrumented:
    """The instrumented guest of this checkout."""
    folder = built("fuzz", EXTRA, debug=gc_stress(), gc_stress=gc_stress(), coverage=True)
    layout = json.loads((folder / LAYOUT).read_text(encoding="utf-8"))["coverage"]
    engine = engine_of(folder)
    return Instrumented(engine, CoverageMap(layout["address"], layout["size"], layout["functions"]))
