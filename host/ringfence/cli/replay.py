"""`ringfence replay`: derive decisions once more from their receipts, and say whether they are the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringfence.audit import Audit, Verdict, is_single
from ringfence.batch import JSON_BLANKS
from ringfence.bundle import Bundle
from ringfence.cli.common import (
    BUNDLE_HELP,
    FAILED,
    fail,
    interruptible,
    quiet_broken_pipe,
    say,
    unreadable,
    usage_errors,
)
from ringfence.limits import MEBIBYTE
from ringfence.runtime import Runtime

SINGLE_BYTES = MEBIBYTE
"""Of files that are tried as one receipt and one event, on however many lines."""

EVENTS_WANTED = "the events that were decided, one JSON object a line"
RECEIPTS_WANTED = "what `ringfence run --receipts` wrote"


class Format(StrEnum):
    """How results are shown."""

    TEXT = "text"
    JSON = "json"


def replay(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    input_file: Annotated[
        Path, typer.Option("--input", metavar="FILE", help="The events, as they were decided: JSON Lines.")
    ],
    receipts_file: Annotated[
        Path,
        typer.Option(
            "--receipts",
            metavar="FILE",
            help="What `ringfence run --receipts` wrote, or receipts alone: one for each event, in order.",
        ),
    ],
    form: Annotated[
        Format,
        typer.Option(
            "--format", help="text: what differs, and a summary; json: a line of JSON for each receipt."
        ),
    ] = Format.TEXT,
) -> None:
    """Derive decisions once more from their receipts, and say whether they are the same.

    Example: ringfence replay gateway --input events.jsonl --receipts decisions.jsonl

    Limits, times and the answers of host functions are those in the receipts. Exit status: 0 all are the same, 1 some differ or
    cannot be replayed, 2 wrong usage or a bundle that does not load.
    """
    with interruptible(), quiet_broken_pipe():
        with usage_errors():
            audit = Audit(Runtime(), Bundle.from_path(bundle))
        total = different = 0
        for verdict in verdicts(audit, input_file, receipts_file):
            total += 1
            different += not verdict.same
            for line in [json.dumps(verdict.document())] if form is Format.JSON else verdict.lines():
                print(line)
        audit.close()
        if not total:
            fail(f"the file {str(receipts_file)!r} has no receipts; give {RECEIPTS_WANTED}")
        sys.stdout.flush()
        say(
            f"{total:,} receipt{'' if total == 1 else 's'}, {total - different:,} the same, {different:,} not"
        )
    if different:
        raise typer.Exit(FAILED)


def verdicts(audit: Audit, input_file: Path, receipts_file: Path) -> Iterator[Verdict]:
    """The verdicts on two files; one that cannot be read ends the command."""
    event, receipt = (
        beginning(input_file, EVENTS_WANTED),
        beginning(receipts_file, RECEIPTS_WANTED),
    )
    if is_single(receipt, event):
        return iter([audit.verdict(1, event, receipt)])
    return audit.verdicts(lines_of(input_file), lines_of(receipts_file))


def beginning(path: Path, wanted: str) -> bytes:
    """What is looked at as a whole; ends the command if the file cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(SINGLE_BYTES)
    except OSError as failure:
        unreadable("file", str(path), failure, wanted)


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file without their ends, blank ones left out."""
    with open(path, "rb") as file:
        for line in file:
            if line.strip(JSON_BLANKS + b"\n"):
                yield line.removesuffix(b"\n")
