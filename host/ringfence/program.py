"""Running one Starlark program: what `Runtime.execute` and the `exec` command do.

A program runs in a fresh isolate, which is thrown away afterwards. When its print buffer is full it is suspended, the host takes
what was printed, and it goes on. `runtime.py` calls this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.abi import Status, encode_files
from ringfence.engine import Engine
from ringfence.errors import MemoryExceeded, UsageError
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from ringfence.reports import loading_failure
from ringfence.statistics import Statistics

MAXIMUM_KEPT_OUTPUT = 1 * MEBIBYTE
"""What `execute` keeps of a program's output; more is a `memory` error."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A finished program: what it printed, and what it cost."""

    stdout: str
    stats: Statistics

    @property
    def fuel(self) -> int:
        """Units of fuel spent."""
        return self.stats.fuel


class KeptOutput:
    """Collects a program's output, up to a bound."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Keep this; raises `MemoryExceeded` past the bound."""
        self._size += len(piece)
        if self._size > MAXIMUM_KEPT_OUTPUT:
            raise MemoryExceeded(
                f"the program printed more than {MAXIMUM_KEPT_OUTPUT} bytes",
                advice="Print less, or use `ringfence exec`, which streams what is printed.",
            )
        self._pieces.append(piece)

    def text(self) -> str:
        """All of it."""
        return b"".join(self._pieces).decode(errors="replace")


def run_program(
    engine: Engine,
    source: bytes,
    name: str,
    budget: Budget,
    options: Sequence[str],
    arguments: Any,
    write: Callable[[bytes], object],
    *,
    gc_stress: bool = False,
) -> Statistics:
    """Run a program to its end, handing what it prints to `write`.

    Raises `BundleError` if it does not compile, else the error class of what it ended in. What was printed before is written.
    """
    try:
        configuration = json.dumps({"options": list(options), "args": arguments}, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as failure:
        raise UsageError(f"args cannot be written as JSON: {failure}") from failure
    try:
        isolate = Isolate(engine, engine.base, budget)
        try:
            if gc_stress:
                isolate.set_gc_stress()
            status = isolate.start("execute", encode_files({"": configuration, name: source}))
            while True:
                printed = isolate.take_printed()
                if printed:
                    write(printed)
                if status == Status.STARVED:
                    isolate.give_up()
                    raise loading_failure(isolate.output(), budget.fuel)
                if status != Status.SUSPENDED:
                    break
                status = isolate.resume()
            if status != Status.DONE:
                raise loading_failure(isolate.output(), isolate.fuel_used)
            return isolate.statistics()
        finally:
            isolate.close()
    except IsolateBroken as broken:
        raise broken.error from None
