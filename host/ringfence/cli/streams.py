"""Where `ringfence run` reads events and writes decisions: files, standard streams, and files with a checkpoint."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Protocol

from ringfence.cli.common import fail, say, unreadable, unwritable
from ringfence.errors import CheckpointError, MissingExtraError, TableError, UsageError
from ringfence.files import LinesSink, Sink, TableFile, opened_sink, opened_source
from ringfence.isolate import Part
from ringfence.results import Results
from ringfence.resumable import ResumableRun
from ringfence.stream import Decided
from ringfence.tally import Tally

STANDARD_STREAM = "-"
EVENTS_WANTED = "a file of events, one JSON object a line, or - for standard input"


class Output(Protocol):
    """What decisions are written to; `passed` says that those on the input before an offset are all written."""

    seconds_before: float
    """What an interrupted part of the run has taken."""

    def remaining(self, decide: Callable[[int], Iterator[Decided]]) -> Iterator[Decided]: ...
    def write(self, part: Part) -> None: ...
    def passed(self, end: int) -> None: ...


class DirectOutput:
    """An output that shows each line as soon as it is decided, where it is made of lines."""

    seconds_before = 0.0

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def remaining(self, decide: Callable[[int], Iterator[Decided]]) -> Iterator[Decided]:
        """All blocks: there is no earlier part of the run."""
        return decide(0)

    def write(self, part: Part) -> None:
        """Write these decisions and let them be seen."""
        self._sink.write(part)
        self._sink.flush()

    def passed(self, end: int) -> None:
        """Nothing is kept of how far the input was read."""


def is_same_file(input_name: str, output_name: str) -> bool:
    """Whether both are the same plain file, so that writing one would destroy the other."""
    with contextlib.suppress(OSError):
        return Path(input_name).is_file() and os.path.samefile(input_name, output_name)
    return False


@contextlib.contextmanager
def opened_input(name: str) -> Iterator[FileIO | TableFile]:
    """The file, or standard input, without a buffer; a file that cannot be read ends the command."""
    with contextlib.ExitStack() as opened:
        try:
            source = opened.enter_context(
                FileIO(0, "r", closefd=False) if name == STANDARD_STREAM else opened_source(Path(name))
            )
        except OSError as failure:
            unreadable("input", name, failure, EVENTS_WANTED)
        except (MissingExtraError, UsageError) as failure:
            fail(str(failure))
        if isinstance(source, FileIO) and source.isatty():
            say(
                "reading events from the terminal, one JSON object a line; Ctrl-D ends them (or give --input FILE)"
            )
        try:
            yield source
        except TableError as failure:
            fail(str(failure))


@contextlib.contextmanager
def opened_output(name: str, results: Results) -> Iterator[DirectOutput]:
    """The file, which appears when the block ends well, or standard output."""
    if name == STANDARD_STREAM:
        yield DirectOutput(LinesSink(sys.stdout.buffer))
        return
    try:
        with opened_sink(Path(name), results) as sink:
            yield DirectOutput(sink)
    except MissingExtraError as missing:
        fail(str(missing))
    except OSError as failure:
        if isinstance(failure, BrokenPipeError):
            raise
        unwritable(name, failure)


@contextlib.contextmanager
def kept_output(
    run: contextlib.AbstractContextManager[ResumableRun], checkpoint: Path, tally: Tally
) -> Iterator[ResumableRun]:
    """The output of a run with a checkpoint; what is wrong with one of them ends the command."""
    try:
        with run as output:
            if tally.events:
                say(
                    f"ringfence: going on after {tally.events:,} events from the checkpoint {str(checkpoint)!r}"
                )
            yield output
    except CheckpointError as failure:
        fail(str(failure))
    except OSError as failure:
        if not checkpoint.parent.is_dir():
            unwritable(str(checkpoint), failure)
        where = f"{str(failure.filename)!r}" if failure.filename else "the output or its checkpoint"
        fail(f"{where} cannot be written: {failure.strerror}. {resume_advice(checkpoint)}")


def resume_advice(checkpoint: Path) -> str:
    """What to do after a run that was cut short."""
    return f"The same command goes on from the checkpoint {str(checkpoint)!r}; delete it to start anew."
