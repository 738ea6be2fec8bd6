"""Runs a program in an isolate of its own and stops it where the host wants to look: at its marks, or after some fuel.

A program stops at a *mark* by filling its print buffer. Between two stops the host reads the clock, the guest's
counters and the collector's phase, and may make the collector work. Nothing here changes what the program does. The guest is the
ordinary one with an export for each piece of the collector (`tests/trials/guests/collector.py`).

Nanoseconds are processor time of the thread that runs the guest: what else the machine does counts little.
"""

from __future__ import annotations

import json
import time
from functools import cache
from typing import Self

from ringfence._wasm import Function
from ringfence.abi import I64, U32, U64, Status, encode_files
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from tests.guests import ROOT, built, engine_of

FUEL = 10**12  # never spent
DEADLINE = 3600.0  # seconds
OPTIONS = ["recursion", "while", "globalreassign", "toplevelcontrol"]
MARK_BYTES = 16 * 1024
"""What a print buffer takes before the program pauses (guest/machine/pause.py)."""

PROLOGUE = f"""
MARK = "." * {MARK_BYTES}
def mark():
    print(MARK)
"""


class ProgramFails(Exception):
    """A program of the benchmark ended before it was to."""


@cache
def engine() -> Engine:
    """The engine of the benchmark's guest."""
    return engine_of(built("benchmark", {"collector": ROOT / "tests/trials/guests/collector.py"}))


class Run:
    """One program on its way from mark to mark."""

    def __init__(self, source: str, memory: int) -> None:
        """Compile the program and run it to its first mark. `memory` is the isolate's limit in bytes."""
        self.layout = engine().guest.layout
        self.isolate = Isolate(engine(), engine().base, Budget(FUEL, memory, DEADLINE))
        self._remaining = engine().variables.remaining
        self._set_aside = engine().variables.set_aside
        configuration = json.dumps({"options": OPTIONS, "args": {}}).encode()
        files = encode_files({"": configuration, "program": (PROLOGUE + source).encode()})
        self._expect_mark(self.isolate.start("execute", files))
        self._resume: Function = self.isolate._store.function("resume")
        self._variables: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.isolate.close()

    def to_mark(self) -> int:
        """Run to the next mark: the nanoseconds."""
        start = time.thread_time_ns()
        status = self._resume()
        elapsed = time.thread_time_ns() - start
        self._expect_mark(status)
        return elapsed

    def some(self, units: int) -> tuple[int, bool]:
        """Run for about so much fuel: the nanoseconds, and whether that led to the mark.

        One instruction may cost more; then it is given what it needs, so that every call gets somewhere.
        """
        view = self.isolate._view
        while True:
            I64.pack_into(view, self._remaining, units)
            I64.pack_into(view, self._set_aside, 0)
            start = time.thread_time_ns()
            status = self._resume()
            elapsed = time.thread_time_ns() - start
            if status not in (Status.STARVED, Status.SUSPENDED):
                self._expect_mark(status)
            if self.isolate._read(self.isolate._variables.print_length) != 0:
                self.isolate.take_printed()
                return elapsed, True
            if I64.unpack_from(view, self._remaining)[0] != units:
                return elapsed, False
            units *= 2

    def step(self, budget: int) -> int:
        """One step of the collector, of about so many bytes; between two cycles it begins one. The nanoseconds."""
        return self._piece("do_step", budget)

    def collect(self) -> int:
        """Stop the world and collect everything: the nanoseconds."""
        return self._piece("empty_nursery") + self._piece("stop_world")

    def _piece(self, name: str, argument: int = 0) -> int:
        function = self.isolate._store.function(name)
        start = time.thread_time_ns()
        failed = function(argument)
        elapsed = time.thread_time_ns() - start
        if failed:
            raise ProgramFails("there was no memory for a young collection")
        return elapsed

    def read(self, variable: str) -> int:
        """A 32-bit variable of the guest's heap, such as `cycle.phase`."""
        return self.isolate._read(self._address(variable))

    def read64(self, variable: str) -> int:
        """A 64-bit variable of the guest's heap, such as `statistics.live_bytes`."""
        number: int = U64.unpack_from(self.isolate._view, self._address(variable))[0]
        return number

    def write(self, variable: str, number: int) -> None:
        """Set a 32-bit variable of the guest's heap."""
        U32.pack_into(self.isolate._view, self._address(variable), number)

    def constant(self, name: str) -> int:
        """A constant of the guest's heap, such as `pacing.LOWEST_RATE`."""
        return self.layout.constant(f"guest.heap.{name}")

    def allocated_bytes(self) -> int:
        """What the program has allocated so far, what the nursery holds included."""
        young = self.read("allocate.bump") - self.read("allocate.origin")
        return self.read64("statistics.allocated_bytes") + young

    def memory_bytes(self) -> int:
        """The size of the whole linear memory."""
        return len(self.isolate.memory())

    def _address(self, variable: str) -> int:
        if variable not in self._variables:
            self._variables[variable] = self.layout.address(f"guest.heap.{variable}")
        return self._variables[variable]

    def _expect_mark(self, status: int) -> None:
        if status == Status.SUSPENDED and self.isolate.take_printed():
            return
        output = json.loads(self.isolate.output() or b"{}")
        raise ProgramFails(str(output.get("error") or output.get("diagnostics") or "it ended without a mark"))


def mebibytes(size: int) -> float:
    return size / MEBIBYTE
