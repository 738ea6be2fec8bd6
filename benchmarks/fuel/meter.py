"""Measures a case: processor time and fuel of its body alone.

A `print` before it fills the print buffer, so the program pauses there, and the host reads the clock and the meter. The
body is repeated until the clock is precise enough, and the least of a few runs counts: other programs on the machine
only ever add.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import ringfence
from ringfence.abi import Kind, Status, encode_files
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.limits import Budget, parse_size
from ringfence.statistics import Statistics

from .case import Case, EventCase, SourceCase
from .collisions import colliding_keys

DEADLINE = 600.0  # seconds: measurements end by fuel
UNROLLED = 4  # copies of the body in the loop that repeats it
EMPTY_RUNS = 20  # of the empty program whose time is subtracted
CERTAIN = 50.0  # nanoseconds a unit: below, one run is enough
LEAST_UNITS = 2_000  # of a run that is not all noise
OPTIONS = ["recursion", "while", "globalreassign", "toplevelcontrol"]

TEMPLATE = """
{top}
def measure(N, K):
    {setup}
    print("." * 16384)
    for _ in range(K):
        {body}
measure(args["N"], args["K"])
"""


@dataclass(frozen=True)
class Measurement:
    """What a body cost, and how it ended: "" or the kind of error."""

    nanoseconds: int
    units: int
    setup: int
    """Units that the setup cost."""
    collections: int
    """Runs of the collector during the body."""
    ended: str = ""

    @property
    def rate(self) -> float:
        """Nanoseconds a unit."""
        return self.nanoseconds / max(self.units, 1)


class CaseFails(Exception):
    """A case is no valid program, or ends by an error that it does not announce."""


class Meter:
    """Runs cases under limits of memory and fuel; a body that needs more fuel is measured up to there."""

    def __init__(self, memory: str, fuel: int, runs: int, enough: int) -> None:
        self.engine: Engine = ringfence.Runtime().engine
        self.budget = Budget(fuel, parse_size(memory), DEADLINE)
        self.runs = runs
        self.enough = enough
        self.empty_inputs: dict[str | None, Measurement] = {}
        self.loaded_rules: dict[str, ringfence.RuleSet] = {}
        empty = Case("nothing", "", "pass")
        measured = [self._run(empty, 1, 0) for _ in range(EMPTY_RUNS)]
        self.overhead = min((m for m in measured if m is not None), key=lambda m: m.nanoseconds)

    def measure(self, case: Case, size: int) -> Measurement | None:
        """The least time of a few runs (one if it is far from the bound); None if inputs of this size do not fit."""
        first = self._net(case, size, 1)
        if first is None or first.ended:
            return first
        if first.rate < CERTAIN and first.nanoseconds > self.enough:
            return first
        least = LEAST_UNITS
        if first.collections != 0 and first.rate > CERTAIN:
            # It may have met the collection that the setup has paid for: that comes once, what it owes itself comes again.
            least = max(least, first.setup)
        repeats = max(self.enough // max(first.nanoseconds, 1), least // max(first.units, 1)) + 1
        measured = [first] if repeats == 1 else []
        while len(measured) < self.runs and not (measured and measured[-1].rate < CERTAIN):
            again = self._net(case, size, repeats)
            if again is None or again.ended:
                # Repeated, it does not fit: one turn has to do.
                repeats, again = 1, first
            measured.append(again)
        return min(measured, key=lambda m: m.rate)

    def measure_input(self, case: SourceCase, size: int) -> Measurement | None:
        """The least time of a few runs of a source or an event, from the bytes to the answer."""
        data = case.make(size).encode()
        if len(data) > self.budget.memory // 4:
            return None
        measured: list[Measurement] = []
        while len(measured) < 2 * self.runs and not (measured and measured[-1].rate < CERTAIN):
            measured.append(self._input(case, data))
        return min(measured, key=lambda m: m.rate)

    def _input(self, case: SourceCase, data: bytes) -> Measurement:
        measured = self._any_input(case, data)
        base = self._empty_input(case)
        nanoseconds = max(measured.nanoseconds - base.nanoseconds, 0)
        return replace(measured, nanoseconds=nanoseconds, units=measured.units - base.units)

    def _any_input(self, case: SourceCase, data: bytes) -> Measurement:
        return self._decide(case, data) if isinstance(case, EventCase) else self._compile(data)

    def _empty_input(self, case: SourceCase) -> Measurement:
        """What an empty source costs, or an empty event for these rules."""
        rules = case.rules if isinstance(case, EventCase) else None
        if rules not in self.empty_inputs:
            data = b"" if rules is None else b"{}"
            runs = [self._any_input(case, data) for _ in range(EMPTY_RUNS)]
            self.empty_inputs[rules] = min(runs, key=lambda m: m.nanoseconds)
        return self.empty_inputs[rules]

    def _compile(self, source: bytes) -> Measurement:
        isolate = Isolate(self.engine, self.engine.base, self.budget)
        try:
            files = encode_files({"": json.dumps({"options": OPTIONS}).encode(), "case": source})
            start = time.thread_time_ns()
            status = isolate.start("execute", files)
            elapsed = time.thread_time_ns() - start
            ended = (
                "" if status == Status.DONE else error_of(isolate)[0] if status == Status.FAILED else "fuel"
            )
            units = self.budget.fuel if ended == "fuel" else isolate.fuel_used
            return Measurement(elapsed, units, 0, 0, ended)
        finally:
            isolate.close()

    def _decide(self, case: EventCase, event: bytes) -> Measurement:
        isolate = self._rules(case.rules)._pool.fresh()
        try:
            isolate.evaluate(b"{}")
            start = time.thread_time_ns()
            status, _, fuel, _ = isolate.evaluate(event)
            elapsed = time.thread_time_ns() - start
            return Measurement(elapsed, fuel, 0, 0, Kind(status).name.lower() if status else "")
        finally:
            isolate.close()

    def _rules(self, source: str) -> ringfence.RuleSet:
        """The rules of an `EventCase`, loaded once."""
        if source not in self.loaded_rules:
            budget = self.budget
            limits = ringfence.Limits(fuel=budget.fuel, memory=budget.memory, deadline=budget.deadline)
            bundle = ringfence.Bundle.from_sources({"main.star": source})
            self.loaded_rules[source] = ringfence.Runtime().load(bundle, limits=limits)
        return self.loaded_rules[source]

    def _net(self, case: Case, size: int, repeats: int) -> Measurement | None:
        measured = self._run(case, size, repeats)
        if measured is None:
            return None
        return replace(
            measured,
            nanoseconds=max(measured.nanoseconds - self.overhead.nanoseconds, 0),
            units=measured.units - self.overhead.units,
        )

    def _run(self, case: Case, size: int, repeats: int) -> Measurement | None:
        arguments: dict[str, Any] = {"N": size, "K": repeats}
        if case.keys:
            arguments["keys"] = colliding_keys(case.keys, size)
        copies = 1 if case.ends else UNROLLED
        source = TEMPLATE.format(
            top=case.top,
            setup=case.setup.strip().replace("\n", "\n    "),
            body="\n        ".join([case.body.strip().replace("\n", "\n        ")] * copies),
        )
        configuration = json.dumps({"options": OPTIONS, "args": arguments})
        isolate = Isolate(self.engine, self.engine.base, self.budget)
        try:
            status = isolate.start(
                "execute", encode_files({"": configuration.encode(), "case": source.encode()})
            )
            if status == Status.STARVED:
                return None
            if status != Status.SUSPENDED:
                return self._ended_early(case, isolate)
            before = isolate.statistics()
            elapsed = 0
            while status == Status.SUSPENDED:
                isolate.take_printed()
                start = time.thread_time_ns()
                status = isolate.resume()
                elapsed += time.thread_time_ns() - start
            if status in (Status.DONE, Status.STARVED):
                return self._measurement(isolate, before, elapsed, "" if status == Status.DONE else "fuel")
            kind, message = error_of(isolate)
            if kind == "rule" and not (case.ends and case.ends in message):
                raise CaseFails(f"{case.name}, N = {size}: {message}")
            return self._measurement(isolate, before, elapsed, kind)
        finally:
            isolate.close()

    def _measurement(self, isolate: Isolate, before: Statistics, elapsed: int, ended: str) -> Measurement:
        after = isolate.statistics()
        # What ran out of fuel counts as if it had not begun, but has taken the time of all that was left.
        units = (self.budget.fuel if ended == "fuel" else after.fuel) - before.fuel
        return Measurement(elapsed, units, before.fuel, after.collections - before.collections, ended)

    def _ended_early(self, case: Case, isolate: Isolate) -> None:
        kind, message = error_of(isolate)
        if kind not in ("memory", "fuel"):
            raise CaseFails(f"{case.name}: {message}")


def error_of(isolate: Isolate) -> tuple[str, str]:
    """Kind and message of the error that a program ended in."""
    output = json.loads(isolate.output())
    if "error" in output:
        return output["error"]["kind"], output["error"]["message"]
    return "static", str(output["diagnostics"])
