"""Runs programs in slices of random length, and moves them between slices: into other isolates, and into another process.

As a command it is that other process: it reads suspended programs from its standard input, a line of JSON each, and answers with how
they end. `test_snapshots.py` compares that with programs that ran in one go.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ringfence.abi import I64, NO_SLICES, Status, encode_files
from ringfence.delta import Delta
from ringfence.engine import Engine, shared_engine
from ringfence.guest import built_guest
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget

BUDGET = Budget(fuel=50_000_000, memory=64 * MEBIBYTE, deadline=60.0)
SHORTEST_SLICES = (1, 3, 30, 300)
LONGEST_SLICE_SHARE = 3
"""A program of n units gets slices of up to n / 3."""


@dataclass(frozen=True)
class Ending:
    """How a program ended: status, what it printed, the report of its error, and its fuel."""

    status: int
    printed: str
    report: str
    fuel: int


class Running:
    """A program that has been started, in its present isolate."""

    def __init__(self, isolate: Isolate, status: int, printed: bytes = b"", *, stress: bool = False) -> None:
        self.isolate = isolate
        self.status = status
        self.printed = printed + isolate.take_printed()
        self.stress = stress

    @classmethod
    def started(
        cls, engine: Engine, source: str, options: Sequence[str], slice_fuel: int, *, stress: bool
    ) -> Self:
        """Compile a program and run its first slice."""
        isolate = Isolate(engine, engine.base, BUDGET)
        if stress:
            isolate.set_gc_stress()
        I64.pack_into(isolate.memory(), engine.variables.slice_fuel, slice_fuel)
        configuration = json.dumps({"options": list(options), "args": None}).encode()
        status = isolate.start("execute", encode_files({"": configuration, "main.star": source.encode()}))
        return cls(isolate, status, stress=stress)

    def go_on(self, engine: Engine, slice_fuel: int) -> None:
        """Run another slice."""
        I64.pack_into(self.isolate.memory(), engine.variables.slice_fuel, slice_fuel)
        self.status = self.isolate.resume()
        self.printed += self.isolate.take_printed()

    def move(self, engine: Engine, *, settles: bool) -> None:
        """Go on in another isolate."""
        if settles:
            self.isolate.settle()
        fuel = self.isolate.fuel_used
        delta = self.isolate.delta()
        self.isolate.close()
        self.isolate = adopted(engine, Delta.decode(delta.encode()), fuel)

    def end(self, engine: Engine) -> Ending:
        """Run to the end."""
        while self.status == Status.SUSPENDED:
            self.go_on(engine, NO_SLICES)
        report = "" if self.status == Status.DONE else self.isolate.output().decode()
        ending = Ending(int(self.status), self.printed.decode(), report, self.isolate.fuel_used)
        self.isolate.close()
        return ending


def adopted(engine: Engine, delta: Delta, used: int) -> Isolate:
    """A fresh isolate in which a suspended program can go on."""
    isolate = Isolate(engine, engine.base, BUDGET)
    isolate.adopt(delta, BUDGET.fuel, used)
    # Its time begins now; `Isolate.resume` goes on with the time of the call before.
    isolate._watch.start(1)
    return isolate


class Elsewhere:
    """Another process, which ends programs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def end(self, running: Running) -> Ending:
        """Let the other process go on with a program to its end."""
        running.isolate.settle()
        delta = base64.b64encode(running.isolate.delta().encode()).decode()
        sent = {"delta": delta, "fuel": running.isolate.fuel_used, "printed": running.printed.decode()}
        running.isolate.close()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(sent) + "\n")
        self._process.stdin.flush()
        return Ending(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


def moved_about(
    engine: Engine,
    source: str,
    options: Sequence[str],
    fuel: int,
    choose: random.Random,
    elsewhere: Elsewhere | None,
    *,
    stress: bool,
) -> tuple[Ending, int]:
    """Run a program of so much fuel in slices, moving it now and then, at the last time perhaps `elsewhere`; and how often."""

    def slice_fuel() -> int:
        return choose.choice((*SHORTEST_SLICES, 1 + choose.randrange(1 + fuel // LONGEST_SLICE_SHARE)))

    running = Running.started(engine, source, options, slice_fuel(), stress=stress)
    moves = 0
    while running.status == Status.SUSPENDED:
        if choose.random() < 0.3:
            moves += 1
            if elsewhere is not None and choose.random() < 0.3:
                return elsewhere.end(running), moves
            running.move(engine, settles=choose.random() < 0.5)
        running.go_on(engine, slice_fuel())
    return running.end(engine), moves


def main() -> None:
    """End the programs that come in."""
    engine = shared_engine(built_guest())
    for line in sys.stdin:
        sent = json.loads(line)
        isolate = adopted(engine, Delta.decode(base64.b64decode(sent["delta"])), sent["fuel"])
        ending = Running(isolate, Status.SUSPENDED, sent["printed"].encode()).end(engine)
        print(json.dumps(ending.__dict__), flush=True)


if __name__ == "__main__":
    main()
