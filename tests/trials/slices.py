"""Runs random graph programs one instruction at a time, and lets the collector do anything between two of them.

The program of a seed is compiled, suspended before its first instruction, and then resumed with a unit of fuel at a time.
Between two slices the host, as it pleases: does nothing, empties the nursery, does a step of a cycle, stops the world,
compacts, walks the heap, or moves the whole memory, or the delta of it, into a fresh isolate and goes on there. What is printed must be what CPython
prints for the same program, and the fuel what it is in one go: no reachable object was lost, changed or confused with another.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ringfence._wasm import MAXIMUM_WASM_FUEL, Function, Handle
from ringfence.abi import I64, Status, encode_files
from ringfence.delta import Delta
from ringfence.engine import Engine
from ringfence.image import Image, compiled, encode, pages_of
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from tests.guests import built, engine_of
from tests.stress import gc_stress
from tests.trials.graph_programs import Generator, by_python

EXTRA = {"collector_trial": Path(__file__).parent / "guests" / "collector.py"}
BUDGET = Budget(fuel=100_000_000, memory=64 * MEBIBYTE, deadline=3600.0)
STATEMENTS = 100

PAUSE = 'print("-" * 20000)\n'
"""As a program's first line: fills the print buffer, so that the program is suspended when it has been compiled."""

SINGLE_UNITS = 8
"""A large allocation would take thousands of slices: what so many units did not pay for gets twice as much each time."""

STEP_BUDGETS = (1, 100, 2_000, 50_000)

# How often, of 10,000 slices, each of these comes before the next one.
MOVES = 2
INTERFERENCES = {
    "empty_nursery": 400,
    "do_step": 1200,
    "stop_world": 40,
    "move_together": 20,
    "walk_heap": 20,
}
OF_SLICES = 10_000


class Difference(Exception):
    """The guest did something else than it should have."""


@cache
def engine() -> Engine:
    """The engine of the trials' guest: the ordinary one with the exports of `guests/collector.py`."""
    return engine_of(built("trials", EXTRA, debug=gc_stress(), gc_stress=gc_stress()))


class SlicedRun:
    """One program in the guest, suspended and resumed; `counts` says how often what was done."""

    def __init__(self, source: str, random: random.Random) -> None:
        self.random = random
        self.engine = engine()
        self.variables = self.engine.variables
        self.printed = b""
        self.counts: Counter[str] = Counter()
        self.enter(Isolate(self.engine, self.engine.base, BUDGET))
        status = self.isolate.start(
            "execute", encode_files({"": b"{}", "main.star": (PAUSE + source).encode()})
        )
        self.require(status == Status.SUSPENDED, "the program does not pause")
        self.isolate.take_printed()
        self.spent = BUDGET.fuel - self.isolate.fuel_set_aside
        self.set(self.variables.set_aside, 0)
        self.set(self.variables.remaining, 0)

    def enter(self, isolate: Isolate) -> None:
        """Go on in this isolate."""
        self.isolate = isolate
        isolate._store.set_fuel(MAXIMUM_WASM_FUEL)
        isolate._watch.start(1)
        self.resume: Function = isolate._store.function("resume")
        self.exports = {name: isolate._store.function(name) for name in INTERFERENCES}

    def set(self, address: int, worth: int) -> None:
        """Write a 64-bit variable."""
        I64.pack_into(self.isolate.memory(), address, worth)

    def remaining(self) -> int:
        """Fuel that the last slice left."""
        fuel: int = I64.unpack_from(self.isolate.memory(), self.variables.remaining)[0]
        return fuel

    def require(self, condition: bool, what: str) -> None:
        """Raise `Difference` with all that is known."""
        if not condition:
            raise Difference(f"{what}: {self.isolate.output()!r} after {dict(self.counts)}")

    def run(self) -> tuple[str, int]:
        """Run to the end; the printed text and the fuel."""
        schedule = self.schedule()
        given = units = 1
        left = 0
        while True:
            self.set(self.variables.remaining, left + units)
            self.spent += units
            self.counts["slices"] += 1
            status = self.resume(0)
            now = self.remaining()
            if status != Status.STARVED:
                break
            given = 1 if now < left + units else given + 1
            units = 1 if given <= SINGLE_UNITS else 1 << (given - SINGLE_UNITS)
            left = now
            schedule()
        self.printed += self.isolate.take_printed()
        self.require(status == Status.DONE, "the program fails")
        self.isolate.close()
        return self.printed.decode(), self.spent - now

    def schedule(self) -> Callable[[], None]:
        """What is called between two slices: mostly does nothing, so that is decided in advance."""
        names = [*INTERFERENCES, "move"]
        weights = [*INTERFERENCES.values(), MOVES]
        share = sum(weights) / OF_SLICES
        wait = 0

        def between() -> None:
            nonlocal wait
            if wait:
                wait -= 1
                return
            wait = int(self.random.expovariate(share))
            name = self.random.choices(names, weights)[0]
            self.counts[name] += 1
            if name == "move":
                self.move()
            else:
                argument = self.random.choice(STEP_BUDGETS) if name == "do_step" else 0
                self.require(self.exports[name](argument) == 0, name)

        return between

    def move(self) -> None:
        """Go on in a fresh isolate, and drop this one: copy the whole memory, or what differs from the image, as it is or settled."""
        how = self.random.randrange(3)
        if how == 0:
            self.move_everything()
            return
        if how == 1:
            self.isolate.settle()
        delta = self.isolate.delta()
        self.isolate.close()
        fresh = Isolate(self.engine, self.engine.base, BUDGET)
        fresh.adopt(Delta.decode(delta.encode()), BUDGET.fuel, BUDGET.fuel)
        self.enter(fresh)

    def move_everything(self) -> None:
        """Make an image of the whole memory, and go on in an isolate of it."""
        memory = self.isolate.memory()
        size = len(memory)
        binary = encode(memory)
        del memory
        self.isolate.close()
        image = Image(Handle(compiled(self.engine.native, binary)), pages_of(size))
        self.enter(Isolate(self.engine, image, BUDGET))


def fuel_in_one_go(source: str) -> tuple[str, int]:
    """What the guest prints, and the fuel, when nothing interferes."""
    isolate = Isolate(engine(), engine().base, BUDGET)
    printed = b""
    status = isolate.start("execute", encode_files({"": b"{}", "main.star": (PAUSE + source).encode()}))
    isolate.take_printed()
    while status == Status.SUSPENDED:
        status = isolate.resume()
        printed += isolate.take_printed()
    fuel = isolate.fuel_used
    isolate.close()
    return printed.decode(), fuel


def try_seed(seed: int, statements: int = STATEMENTS) -> Counter[str]:
    """Run the program of a seed in slices; what was done how often. Raises `Difference`."""
    source = Generator(seed).program(statements)
    expected = by_python(source)
    whole, fuel = fuel_in_one_go(source)
    run = SlicedRun(source, random.Random(seed))
    printed, sliced_fuel = run.run()
    if not expected == whole == printed:
        raise Difference(f"seed {seed}: CPython prints\n{expected}in one go\n{whole}in slices\n{printed}")
    if fuel != sliced_fuel:
        raise Difference(f"seed {seed}: {fuel} units in one go, {sliced_fuel} in slices")
    return run.counts
