"""How much time a unit of fuel buys at the most: every built-in, method, operator and statement, at sizes up to the memory limit.

    scripts/bench --fuel-bound             all of it, some minutes: a table of the worst, exit status 1 beyond the bound
    scripts/bench --fuel-bound --smoke     one size, some seconds
    scripts/bench --fuel-bound --only str  cases whose names contain `str`, every size

Processor time of the thread that runs the guest; what else the machine does counts little. The inputs' own making, and the
time of an empty program, are left out. Garbage collection is part of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from . import (
    cases_bytes,
    cases_containers,
    cases_inputs,
    cases_json_math,
    cases_network,
    cases_numbers,
    cases_patterns,
    cases_programs,
    cases_sets,
    cases_structs,
    cases_text,
    cases_time,
    cases_weak,
)
from .case import Case, SourceCase
from .coverage import missing
from .meter import CaseFails, Measurement, Meter

BOUND = 1000.0  # nanoseconds that a unit may buy
GROWTH = 8  # of the size from one measurement to the next
SMOKE_SIZE = 1 << 10
# Units of fuel for a run, runs of which the least time counts, nanoseconds that make a run precise.
FULL = (50_000_000, 3, 1_000_000)
SMOKE = (2_000_000, 1, 200_000)
ENDING = 1_000_000  # nanoseconds: composing an error happens once in a program
ENDING_BY_MEMORY = 50_000_000  # and so does the collection that has found no memory
FEW_UNITS = 100  # fewer than this may meet a step of the collector that earlier units have paid for
COLLECTOR_STEP = 100_000  # nanoseconds
SHOWN = 25
TOPICS = (
    cases_text,
    cases_bytes,
    cases_numbers,
    cases_containers,
    cases_inputs,
    cases_sets,
    cases_structs,
    cases_network,
    cases_json_math,
    cases_patterns,
    cases_time,
    cases_weak,
    cases_programs,
)
AnyCase = Case | SourceCase
ALL: list[AnyCase] = [case for topic in TOPICS for case in topic.CASES]
ALL += cases_inputs.CASES


@dataclass(frozen=True)
class Worst:
    """A case at the size where its units bought the most."""

    case: AnyCase
    size: int
    measured: Measurement

    @property
    def rate(self) -> float:
        return rate_of(self.measured)

    def line(self) -> str:
        """As the table shows it."""
        ended = f" ({self.measured.ended})" if self.measured.ended else ""
        numbers = f"{self.rate:9.1f} ns/unit  N = {self.size:<9} {self.measured.units:>10} units"
        return f"{numbers}  {self.case.name}: {self.case.body!r}{ended}"


def rate_of(measured: Measurement) -> float:
    """Nanoseconds a unit; of an error that happens once, without what any error costs."""
    if not measured.ended:
        step = COLLECTOR_STEP if measured.units < FEW_UNITS else 0
        return max(measured.nanoseconds - step, 0) / max(measured.units, 1)
    allowed = ENDING_BY_MEMORY if measured.ended == "memory" else ENDING
    return max(measured.nanoseconds - allowed, 0) / max(measured.units, 1)


def measured_at(case: AnyCase, size: int, meter: Meter) -> Measurement | None:
    """One case at one size; None if that does not fit."""
    return meter.measure(case, size) if isinstance(case, Case) else meter.measure_input(case, size)


def sizes(case: AnyCase, meter: Meter, smoke: bool) -> Iterator[tuple[int, Measurement]]:
    """The case at growing sizes; where one does not fit, at about the largest that does."""
    if smoke:
        size = min(SMOKE_SIZE, case.largest)
        if case.smallest <= size and (measured := measured_at(case, size, meter)):
            yield size, measured
        return
    size, limit, fits = case.smallest, case.largest, 0
    while size > fits:
        measured = measured_at(case, size, meter)
        if measured is not None:
            yield size, measured
        if measured is None or measured.ended in ("memory", "fuel"):
            limit = size - 1
            size //= 2
        else:
            fits = size
            size = min(size * GROWTH, limit)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench --fuel-bound", description="nanoseconds per unit of fuel"
    )
    parser.add_argument("--only", default="", help="cases whose names contain this")
    parser.add_argument("--smoke", action="store_true", help="one size, once")
    parser.add_argument("--memory", default="16MiB")
    parser.add_argument("--all", action="store_true", help="show every case")
    options = parser.parse_args()

    meter = Meter(options.memory, *(SMOKE if options.smoke else FULL))
    if absent := missing(meter.engine, ALL):
        print(f"no case for {', '.join(absent)}", file=sys.stderr)
        return 1
    worst: list[Worst] = []
    broken: list[str] = []
    cases = [case for case in ALL if options.only in case.name]
    for case in cases:
        try:
            measured = [Worst(case, size, result) for size, result in sizes(case, meter, options.smoke)]
        except CaseFails as failure:
            broken.append(str(failure))
            continue
        if measured:
            worst.append(max(measured, key=lambda one: one.rate))
            if worst[-1].rate > BOUND:
                print(worst[-1].line(), file=sys.stderr)
        elif not options.smoke:
            broken.append(f"{case.name}: no size fits")
    worst.sort(key=lambda one: -one.rate)
    for one in worst if options.all else worst[:SHOWN]:
        print(one.line())
    print(f"{len(cases)} cases, the worst: {worst[0].rate:.0f} ns a unit")
    print("\n".join(broken), file=sys.stderr)
    return 1 if broken or worst[0].rate > BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
