"""Runs every conformance program through the Python API, normally and with a collection at every allocation.

The programs are the `.star` files beside this one; `chunks.py` reads them and says what each promises.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.program import run_program
from tests import stress
from tests.conformance.chunks import Chunk, ExpectedError, Program, read_chunks

HERE = Path(__file__).parent
CHUNKS = [chunk for path in sorted(HERE.glob("*.star")) for chunk in read_chunks(path)]
HELPER_LINES = 1  # lines that stand before the chunk in the program
LIMITS = rf.Limits(fuel=50_000_000, memory="64MiB", deadline=10.0)
# Under `--gc-stress`, every isolate collects at every allocation as it is.
MODES = {False: "normal"} if stress.gc_stress() else {False: "normal", True: "stress"}


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def location_line(location: str) -> int:
    """The line of a `file:line:column`."""
    return int(location.rsplit(":", 2)[1])


def check_error(error: rf.RingfenceError, expected: ExpectedError) -> None:
    """The error is the one that the line promised, at that line."""
    if expected.static:
        assert isinstance(error, rf.BundleError), f"an error while running: {error}"
        found = [(diagnostic.line - HELPER_LINES, diagnostic.message) for diagnostic in error.diagnostics]
        assert any(
            line == expected.line and re.search(expected.pattern, message) for line, message in found
        ), f"line {expected.line}: no diagnostic matches {expected.pattern!r} among {found}"
        return
    assert isinstance(error, rf.RuleError), f"{type(error).__name__}: {error}"
    assert re.search(expected.pattern, error.message), (
        f"line {expected.line}: {error.message!r} does not match {expected.pattern!r}"
    )
    lines = [location_line(entry.location) - HELPER_LINES for entry in error.traceback]
    assert expected.line in lines, f"the traceback has lines {lines}, not {expected.line}"


def run(runtime: rf.Runtime, source: str, options: list[str], gc_stress: bool) -> tuple[str, int]:
    """Run a program: what it printed, and its fuel."""
    if not gc_stress:
        outcome = runtime.execute(source, options=options, limits=LIMITS)
        return outcome.stdout, outcome.fuel
    printed: list[bytes] = []
    budget = runtime.program_budget(LIMITS)
    statistics = run_program(
        runtime.engine, source.encode(), "exec.star", budget, options, None, printed.append, gc_stress=True
    )
    return b"".join(printed).decode(), statistics.fuel


def failure_of(
    runtime: rf.Runtime, program: Program, options: list[str], gc_stress: bool
) -> rf.RingfenceError:
    """The error that a program ends in."""
    try:
        run(runtime, program.source, options, gc_stress)
    except rf.RingfenceError as error:
        return error
    assert program.error is not None
    line = program.source.split("\n")[program.error.line]
    pytest.fail(f"line {program.error.line} succeeds: {line}")


@pytest.mark.parametrize("gc_stress", MODES, ids=MODES.get)
@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: chunk.name)
def test_chunk(runtime: rf.Runtime, chunk: Chunk, gc_stress: bool) -> None:
    for program in chunk.programs():
        if program.error is None:
            output, fuel = run(runtime, program.source, chunk.options, gc_stress)
            assert output == program.output
            if gc_stress:
                assert fuel == run(runtime, program.source, chunk.options, False)[1]
        else:
            check_error(failure_of(runtime, program, chunk.options, gc_stress), program.error)
