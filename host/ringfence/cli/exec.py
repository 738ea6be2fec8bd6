"""`ringfence exec`: run one Starlark program in a fresh isolate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.cli.common import (
    FAILED,
    STATS_HELP,
    describe,
    dialect_options,
    duration_option,
    fail,
    interruptible,
    limits_from,
    quiet_broken_pipe,
    say,
    say_statistics,
    size_option,
    unreadable,
)
from ringfence.errors import BundleError, EvaluationError, RingfenceError
from ringfence.program import run_program
from ringfence.runtime import Runtime

EXIT_STATUS = {"rule": FAILED, "fuel": 3, "memory": 4, "deadline": 5, "internal": 6}
STANDARD_INPUT = "-"


def exec_program(
    file: Annotated[str, typer.Argument(help="A Starlark program; - is standard input.", metavar="FILE")],
    fuel: Annotated[
        int | None, typer.Option("--fuel", metavar="N", help="Units of fuel (default 10^9).")
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option("--memory", metavar="SIZE", parser=size_option, help="Memory limit (default 256MiB)."),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            "--deadline", metavar="DURATION", parser=duration_option, help="Time limit (default 10s)."
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME",
            help="A dialect option: set, while, recursion, toplevelcontrol, globalreassign. Repeatable.",
        ),
    ] = None,
    args: Annotated[
        str | None, typer.Option("--args", metavar="JSON", help="A value that the program sees as `args`.")
    ] = None,
    gc_stress: Annotated[
        bool, typer.Option("--gc-stress", help="Collect at every allocation (slow).")
    ] = False,
    stats: Annotated[bool, typer.Option("--stats", help=STATS_HELP)] = False,
) -> None:
    """Run one Starlark program in a fresh isolate; what it prints goes to standard output.

    Example: echo 'print(6 * 7)' | ringfence exec -

    Exit status: 0 finished, 1 the program failed, 2 wrong usage, 3 out of fuel, 4 out of memory, 5 deadline, 6 internal.
    """
    limits = limits_from(fuel, memory, deadline)
    options = dialect_options(option)
    arguments = _arguments(args)
    source, name = _source(file)
    with interruptible(), quiet_broken_pipe():
        try:
            runtime = Runtime()
            budget = runtime.program_budget(limits)
        except (RingfenceError, ValueError) as failure:
            fail(str(failure))
        try:
            statistics = run_program(
                runtime.engine, source, name, budget, options, arguments, _write, gc_stress=gc_stress
            )
        except (BundleError, EvaluationError) as error:
            sys.stdout.flush()
            say(describe(error))
            status = EXIT_STATUS.get(error.kind, FAILED) if isinstance(error, EvaluationError) else FAILED
            raise typer.Exit(status) from None
        if stats:
            sys.stdout.flush()
            say_statistics(statistics)


def _write(piece: bytes) -> None:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _arguments(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as failure:
        fail(f"--args is not JSON: {failure}; write it in quotes for the shell, like --args '{{\"n\": 1}}'")


def _source(file: str) -> tuple[bytes, str]:
    """The program and the name by which messages call it."""
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read(), "<stdin>"
    try:
        return Path(file).read_bytes(), Path(file).name
    except OSError as failure:
        unreadable("program", file, failure, "a file with one Starlark program, or - for standard input")
