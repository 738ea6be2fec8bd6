"""Files of events and of decisions: JSON Lines, or tables in Parquet or Arrow files, by the suffix of their names.

JSON Lines go through `stream.py`, tables through the extra `ringfence.arrow`, which is imported when a table is named. Rule sets,
sessions and the command `run` use this.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Protocol

from ringfence.batch import DecideLines
from ringfence.errors import UsageError
from ringfence.extras import extra
from ringfence.isolate import Part
from ringfence.recognition import check_file
from ringfence.results import Results
from ringfence.stream import Decided, Source, evaluate_stream, whole_or_nothing

TABLE_SUFFIXES = (".parquet", ".arrow", ".feather")


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file whose rows are events."""

    path: Path


def checked_paths(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> tuple[Path, Path]:
    """A file of events and one for decisions. Raises `UsageError` if they are one and the same, or no paths."""
    for path in (source, target):
        if not isinstance(path, str | os.PathLike):
            raise UsageError(f"a file is named by its path, not by {type(path).__name__}")
    events, decisions = Path(source), Path(target)
    if events.is_file() and decisions.is_file() and events.samefile(decisions):
        raise UsageError(
            f"{str(events)!r} is the file of events: the decisions would replace them",
            advice="Name another file for the decisions.",
        )
    return events, decisions


class Sink(Protocol):
    """What decisions are written to."""

    def write(self, part: Part) -> None: ...
    def flush(self) -> None: ...


class LinesSink:
    """JSON Lines, as the guest wrote them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, part: Part) -> None:
        """Add the lines of these answers."""
        self._file.write(part.output)

    def flush(self) -> None:
        """Let what was written be seen."""
        self._file.flush()


def is_table(path: Path) -> bool:
    """Whether the name says that a file holds a table."""
    return path.suffix.lower() in TABLE_SUFFIXES


@contextlib.contextmanager
def opened_source(path: Path) -> Iterator[FileIO | TableFile]:
    """A file of events. Raises `OSError`, `MissingExtraError` for a table without the extra, or `UsageError` for a file that is
    compressed, or otherwise cannot hold events.
    """
    with FileIO(str(path), "r") as file:
        if is_table(path):
            with extra("arrow", f"the table {str(path)!r}"):
                import ringfence.arrow.files  # noqa: F401
            yield TableFile(path)
        else:
            check_file(file, str(path))
            yield file


@contextlib.contextmanager
def opened_sink(path: Path, results: Results) -> Iterator[Sink]:
    """A file for decisions, which appears under its name when the block ends well."""
    if not is_table(path):
        with whole_or_nothing(path) as file:
            yield LinesSink(file)
        return
    with extra("arrow", f"the table {str(path)!r}"):
        from ringfence.arrow.files import TableSink
    with whole_or_nothing(path) as file, TableSink(file, path.suffix.lower(), results) as sink:
        yield sink


def evaluate_source(
    decide: DecideLines, memory: int, source: Source | TableFile, workers: int, start: int = 0
) -> Iterator[Decided]:
    """Evaluate every event of `source` in order, within a memory limit; a stream stands at the offset `start`."""
    if not isinstance(source, TableFile):
        return evaluate_stream(decide, memory, source, workers, start)
    with extra("arrow", f"the table {str(source.path)!r}"):
        from ringfence.arrow.files import evaluate_table_file
    return evaluate_table_file(decide, memory, source.path, workers)


def run_file(
    decide: DecideLines, memory: int, results: Results, source: Path, target: Path, workers: int
) -> int:
    """Decide every event of a file into another; gives the number of events."""
    events = 0
    with opened_source(source) as opened, opened_sink(target, results) as sink:
        for decided in evaluate_source(decide, memory, opened, workers):
            for part in decided.parts:
                sink.write(part)
                events += part.count
    return events
