"""Generated programs before all judges: whoever shares the meaning has to print the same and fail in the same line.

Known differences are kept out of the programs of the judge concerned (docs/language.md names them): starlark-go indexes bytes, so it
does not judge texts beyond ASCII; starlark-rust prints floats with fewer digits and such texts escaped, and loses bits in `<<`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import ringfence as rf
from tests.fuzz.judges import Verdict, by_go, by_python, by_ringfence, by_rust
from tests.fuzz.programs import Generator

STRESS_EVERY = 50  # one program in so many runs with a collection at every allocation too
REPORT_SECONDS = 10.0


@dataclass(frozen=True)
class Difference:
    """A program on which ringfence and another implementation disagree."""

    judge: str
    source: str
    ours: Verdict
    theirs: Verdict

    def __str__(self) -> str:
        ours, theirs = self.ours.shown().split("\n"), self.theirs.shown().split("\n")
        same = next((n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), 0)
        return f"{self.judge} differs:\n  ringfence: {ours[same]}\n  {self.judge}: {theirs[same]}"


class Court:
    """Asks all judges about programs."""

    def __init__(self) -> None:
        self.runtime = rf.Runtime()

    def ours(self, source: str, stress: bool = False) -> Verdict:
        """What ringfence says."""
        return by_ringfence(self.runtime.engine, self.runtime, source, stress=stress)

    def judges(self, program: Generator) -> Iterator[tuple[str, Callable[[str], Verdict | None]]]:
        """Who can judge a program of this generator."""
        yield "CPython", by_python
        if not program.wide:
            yield "starlark-go", by_go
            if not program.floats:
                yield "starlark-rust", by_rust

    def differences(self, seed: int) -> Iterator[Difference]:
        """How the program of this seed is judged differently."""
        program = Generator(seed)
        source = program.program()
        ours = self.ours(source)
        for name, judge in self.judges(program):
            theirs = judge(source)
            if theirs is not None and not ours.agrees(theirs):
                yield Difference(name, source, ours, theirs)
        if seed % STRESS_EVERY == 0:
            stressed = self.ours(source, True)
            if not ours.agrees(stressed):
                yield Difference("a collection at every allocation", source, ours, stressed)


def run(
    seed: int, seconds: float | None, programs: int | None, folder: Path, say: Callable[[str], None]
) -> int:
    """Judge programs for a while, from those of this seed on; how many differences there were."""
    court = Court()
    began = reported = time.monotonic()
    count = found = 0
    while programs is None or count < programs:
        now = time.monotonic()
        if seconds is not None and now - began >= seconds:
            break
        if now - reported >= REPORT_SECONDS:
            reported = now
            say(f"differential: {count} programs, {found} differences")
        for difference in court.differences(seed * 10**9 + count):
            found += 1
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"differential-{hashlib.sha256(difference.source.encode()).hexdigest()[:12]}.star"
            path.write_text(difference.source, encoding="utf-8")
            say(f"{difference}\n  in {path}")
        count += 1
    say(f"differential: {count} programs in {time.monotonic() - began:.0f} s, {found} differences")
    return found
