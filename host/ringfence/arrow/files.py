"""Parquet and Arrow files: events read and decisions written batch by batch, never the whole file.

`files.py` uses this for names that end with `.parquet`, `.arrow` or `.feather`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ringfence.arrow.decisions import SLICE_ROWS, DecisionBatches, as_table, decide_rows, slices
from ringfence.batch import DecideLines
from ringfence.errors import TableError
from ringfence.isolate import Part
from ringfence.results import Results
from ringfence.stream import Decided
from ringfence.workers import in_order

PARQUET_SUFFIX = ".parquet"

GROUP_ROWS = 65_536
"""Rows of a row group, which are held until they are written."""


def read_batches(path: Path) -> Iterator[Any]:
    """The record batches of a Parquet or Arrow file. Raises `TableError` if it is none, or is damaged."""
    is_parquet = path.suffix.lower() == PARQUET_SUFFIX
    try:
        if is_parquet:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(batch_size=SLICE_ROWS)
        else:
            with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as reader:
                for number in range(reader.num_record_batches):
                    yield reader.get_batch(number)
    except pa.ArrowException as failure:
        kind = "Parquet file" if is_parquet else "Arrow file (in the IPC file format, also called Feather 2)"
        raise TableError(f"{str(path)!r} cannot be read as a {kind}: {failure}") from failure


def evaluate_table_file(decide: DecideLines, memory: int, path: Path, workers: int) -> Iterator[Decided]:
    """Evaluate every row of a file, in order."""

    def evaluate(batch: Any) -> Decided:
        return Decided(decide_rows(decide, memory, batch), 0)

    return in_order(evaluate, slices(read_batches(path)), workers)


class TableSink:
    """Writes decisions as a table, in row groups. Without `close` the file is not complete."""

    def __init__(self, file: BinaryIO, suffix: str, results: Results) -> None:
        self._made = DecisionBatches(results)
        schema = self._made.schema
        self._writer: Any = (
            pq.ParquetWriter(file, schema) if suffix == PARQUET_SUFFIX else pa.ipc.new_file(file, schema)
        )
        self._batches: list[Any] = []
        self._rows = 0

    def write(self, part: Part) -> None:
        """Add a row for each of these answers."""
        self._batches.append(self._made.batch([part]))
        self._rows += part.count
        if self._rows >= GROUP_ROWS:
            self._write_group()

    def flush(self) -> None:
        """Nothing of a table can be seen before it is complete."""

    def _write_group(self) -> None:
        if self._rows:
            self._writer.write_table(as_table(self._made.schema, self._batches).combine_chunks())
        self._batches, self._rows = [], 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self._write_group()
        self._writer.close()
