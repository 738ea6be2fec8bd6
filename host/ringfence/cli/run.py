"""`ringfence run`: a decision for every event of a JSON Lines stream."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringfence.abi import RECORD, Kind
from ringfence.bundle import Bundle
from ringfence.checkpoint import RunSettings
from ringfence.cli.common import (
    BUNDLE_HELP,
    FAILED,
    STATS_HELP,
    DeadlineOption,
    FuelOption,
    MemoryOption,
    duration_option,
    fail,
    interruptible,
    limits_from,
    quiet_broken_pipe,
    say,
    say_advice,
    say_statistics,
    time_option,
    usage_errors,
)
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.cli.streams import (
    STANDARD_STREAM,
    Output,
    is_same_file,
    kept_output,
    opened_input,
    opened_output,
    resume_advice,
)
from ringfence.errors import RingfenceError
from ringfence.files import TableFile, is_table
from ringfence.isolate import Part
from ringfence.progress import shown_progress
from ringfence.resumable import CHECKPOINT_INTERVAL, NO_TABLES, resumable
from ringfence.runtime import Runtime
from ringfence.session import Session
from ringfence.stream import Decided
from ringfence.tally import Tally
from ringfence.workers import worker_count


class Isolation(StrEnum):
    """How far events are kept apart."""

    BUNDLE = "bundle"
    EVENT = "event"


def run(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    input_file: Annotated[
        str,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Events: JSON Lines, or a .parquet or .arrow table; - is standard input.",
        ),
    ] = STANDARD_STREAM,
    output_file: Annotated[
        str,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Decisions, one a line, or a table; - is standard output.",
        ),
    ] = STANDARD_STREAM,
    fuel: FuelOption = None,
    memory: MemoryOption = None,
    deadline: DeadlineOption = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="Threads (default: the cores).")
    ] = None,
    isolation: Annotated[
        Isolation,
        typer.Option(
            "--isolation", help="bundle: isolates are reused; event: a pristine isolate for each event."
        ),
    ] = Isolation.BUNDLE,
    session: Annotated[
        bool,
        typer.Option(
            "--session",
            help="Let state that the bundle declares with persistent() live from event to event: one worker, in the order of "
            "the input. Without this, each event finds that state as it was loaded.",
        ),
    ] = False,
    now: Annotated[
        float | None,
        typer.Option(
            "--now",
            metavar="TIME",
            parser=time_option,
            help="The events' time, for time.now() and the rules' periods of validity: like 2026-01-31T09:00:00Z, a date, or "
            "seconds since 1970. Without this, rules have no clock.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Add to each line why: the rules tried, what each cost, and the values that made it match or not. Some hundred "
            "times slower.",
        ),
    ] = False,
    progress: Annotated[
        bool | None, typer.Option("--progress/--no-progress", help="Show progress (default: on a terminal).")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop with status 1 at the first event that ends in an error.")
    ] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="Keep in this file how far the run has come: after a kill, the same command goes on from there. Needs files for "
            "--input and --output.",
        ),
    ] = None,
    checkpoint_interval: Annotated[
        float | None,
        typer.Option(
            "--checkpoint-interval",
            metavar="DURATION",
            parser=duration_option,
            help="Time between two checkpoints (default: 1s).",
        ),
    ] = None,
    show_prints: Annotated[
        bool, typer.Option("--print", help="Write what rules print to standard error.")
    ] = False,
    required_keys: Annotated[
        list[Path] | None,
        typer.Option(
            "--require-signature",
            metavar="KEY",
            help="Run a package only if it is signed with this public key in PEM, or with one of a file or folder of keys. "
            "Repeatable: then each is required.",
        ),
    ] = None,
    functions: FunctionsOption = None,
    receipts: Annotated[
        bool,
        typer.Option(
            "--receipts",
            help="Add a receipt to each line, by which `ringfence replay` derives the decision once more. Each event then "
            "has a pristine isolate.",
        ),
    ] = False,
    stats: Annotated[bool, typer.Option("--stats", help=STATS_HELP)] = False,
) -> None:
    """Decide every event of a JSON Lines stream.

    Example: ringfence run gateway --input events.jsonl --output decisions.jsonl

    Exit status: 0 every event was decided, 1 some ended in an error, 2 wrong usage or a bundle that does not load.
    """
    if session and isolation is Isolation.EVENT:
        fail("--session lets events share state, and --isolation event keeps them apart: give one of the two")
    if explain:
        _check_explainable(session, checkpoint, input_file, output_file)
    if session and workers not in (None, 1):
        fail("--session decides events in their order, with one worker: leave --workers out")
    if session and receipts:
        fail(
            "--receipts needs events that can be decided by themselves, and with --session each depends on all before it: "
            "give one of the two"
        )
    if explain and receipts:
        fail("--explain adds to the lines that receipts are for: give --explain or --receipts")
    if receipts and (is_table(Path(input_file)) or is_table(Path(output_file))):
        fail("--receipts reads and writes JSON Lines, not tables")
    if checkpoint is not None and output_file == STANDARD_STREAM:
        fail(
            "--checkpoint needs --output FILE: what went to standard output cannot be taken back after a kill"
        )
    if checkpoint is None and checkpoint_interval is not None:
        fail("--checkpoint-interval needs --checkpoint FILE")
    if is_same_file(input_file, output_file):
        fail(
            "--input and --output are the same file: the decisions would replace the events; give another --output"
        )
    limits = limits_from(fuel, memory, deadline)
    tally = Tally()
    with interruptible("" if checkpoint is None else resume_advice(checkpoint)), quiet_broken_pipe():
        with usage_errors():
            runtime = Runtime()
            checked = Bundle.from_path(bundle, require_signature=required_keys or ())
            rules = runtime.load(checked, limits=limits, functions=provided_functions(functions))
        started = time.monotonic()
        with rules, contextlib.ExitStack() as opened:
            source = opened.enter_context(opened_input(input_file))
            state: Session | None = None
            if session:
                with usage_errors():
                    state = opened.enter_context(rules.session())
            output: Output
            if checkpoint is None:
                output = opened.enter_context(opened_output(output_file, rules.results))
            elif isinstance(source, TableFile):
                fail(NO_TABLES)
            else:
                run = resumable(
                    checkpoint,
                    RunSettings.of(
                        rules.bundle_digest,
                        runtime.guest_digest,
                        rules.limits,
                        now=now,
                        isolation=isolation.value,
                        session=session,
                        prints=show_prints,
                        receipts=receipts,
                    ),
                    source,
                    Path(output_file),
                    session=state,
                    tally=tally,
                    interval=checkpoint_interval or CHECKPOINT_INTERVAL,
                )
                output = opened.enter_context(kept_output(run, checkpoint, tally))

            def decided_from(start: int) -> Iterator[Decided]:
                if state is not None:
                    return state.evaluate_stream(source, now, start=start)
                return rules.evaluate_stream(
                    source,
                    workers=worker_count(workers),
                    pristine=isolation is Isolation.EVENT,
                    explained=explain,
                    now=now,
                    start=start,
                    receipts=receipts,
                )

            with shown_progress(_show(progress, output_file), source, tally) as update:
                for decided in output.remaining(decided_from):
                    for part in decided.parts:
                        tally.add(part)
                        if show_prints and part.printed:
                            sys.stderr.buffer.write(part.printed)
                            sys.stderr.flush()
                        if strict and tally.failed:
                            output.write(up_to_first_error(part))
                            if checkpoint is not None:
                                say(
                                    f"ringfence: stopped at an error; the checkpoint {str(checkpoint)!r} is kept: "
                                    "without --strict it goes on past the error"
                                )
                            raise typer.Exit(FAILED)
                        output.write(part)
                        update()
                    output.passed(decided.end)
            statistics = None
            if stats:
                with contextlib.suppress(RingfenceError):  # of a session that is over there are none
                    statistics = rules.stats() if state is None else state.stats()
        say(tally.summary(output.seconds_before + time.monotonic() - started))
        if not tally.events:
            say("the input had no events: give --input FILE, with one JSON object a line")
        say_advice(tally.errors)
        if statistics is not None:
            say_statistics(statistics)
    if tally.failed:
        raise typer.Exit(FAILED)


def _check_explainable(session: bool, checkpoint: Path | None, input_file: str, output_file: str) -> None:
    """Refuse what cannot be explained."""
    if session:
        fail("--explain looks at each event by itself: leave --session out")
    if checkpoint is not None:
        fail("--explain is for looking at events, not for long runs: leave --checkpoint out")
    if any(is_table(Path(name)) for name in (input_file, output_file)):
        fail("--explain writes JSON Lines: tables have no column for it; give files of JSON Lines")


def _show(progress: bool | None, output_file: str) -> bool:
    """Whether to show progress; unasked, only where it does not run into the decisions on the same terminal."""
    if progress is not None:
        return progress
    return sys.stderr.isatty() and not (output_file == STANDARD_STREAM and sys.stdout.isatty())


def up_to_first_error(part: Part) -> Part:
    """The answers of a part, the last of them its first error."""
    lines = part.output.splitlines(keepends=True)
    statuses = [record[0] for record in RECORD.iter_unpack(part.records)]
    first = next(number for number, status in enumerate(statuses) if status != Kind.NONE)
    return Part(
        part.consumed, first + 1, part.records[: (first + 1) * RECORD.size], b"".join(lines[: first + 1])
    )
