"""Deciding the rows of Arrow batches, and decisions as Arrow batches.

A batch is cut into slices; each is rendered (`rendering.py`), decided and, if asked, made a batch of decisions by one worker.
Rows that have no JSON, or are too large, end in an error of kind `input` in their place. `ruleset.py` and `files.py` use this.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ringfence.abi import RECORD
from ringfence.arrow.rendering import reason, render_rows
from ringfence.batch import DecideLines, error_part
from ringfence.errors import EvaluationError, InputError, TableError, UsageError
from ringfence.events import event_limit, too_large
from ringfence.isolate import Part
from ringfence.results import Results, parsed_error
from ringfence.stream import block_bytes

SLICE_ROWS = 2048
"""Rows that are rendered and decided at once: enough that Arrow's kernels cost little for each call."""


def slices(batches: Iterable[Any]) -> Iterator[Any]:
    """The rows of these record batches or tables, in record batches of bounded size, without a copy."""
    for batch in batches:
        if not isinstance(batch, pa.Table | pa.RecordBatch):
            raise UsageError(f"tables are pyarrow's Table and RecordBatch, not {type(batch).__name__}")
        for piece in batch.to_batches() if isinstance(batch, pa.Table) else (batch,):
            for start in range(0, piece.num_rows, SLICE_ROWS):
                yield piece.slice(start, SLICE_ROWS)


def decide_rows(decide: DecideLines, memory: int, batch: Any) -> list[Part]:
    """Decide each row of a record batch, within a memory limit. Never raises for a row's error."""
    largest, block = event_limit(memory), block_bytes(memory)
    lines = render_rows(batch)
    offsets = memoryview(lines.buffers()[1]).cast("q")[lines.offset : lines.offset + len(lines) + 1].tolist()
    content = memoryview(lines.buffers()[2] or b"")
    refused = pc.or_kleene(lines.is_null(), pc.greater(pc.binary_length(lines), largest + 1))
    bad = pc.indices_nonzero(refused).to_pylist()
    parts: list[Part] = []
    row = 0
    for stop in (*bad, len(lines)):
        while row < stop:
            # As many rows as make a block, but at least one.
            end = min(stop, max(row + 1, bisect_right(offsets, offsets[row] + block, row + 1, stop + 1) - 1))
            parts += decide(bytes(content[offsets[row] : offsets[end]]), end - row)
            row = end
        if stop < len(lines):
            parts.append(error_part(_refusal(batch, lines, stop, largest), 0))
            row = stop + 1
    return parts


def _refusal(batch: Any, lines: Any, row: int, largest: int) -> InputError:
    if lines[row].is_valid:
        return too_large(largest)
    return InputError(
        f"the row cannot be written as JSON: {reason(batch, row)}",
        advice="Convert the column before, or leave it out.",
    )


class DecisionBatches:
    """Makes record batches of decisions. Without the type `decisions`, decisions are JSON texts."""

    def __init__(self, results: Results, decisions: Any = None) -> None:
        self._results = results
        self._names = [rule.name for rule in results.rules]
        self._type = decisions
        rule = pa.list_(pa.string()) if results.lists_rules else pa.string()
        self.schema = pa.schema(
            [
                ("decision", pa.string() if decisions is None else decisions),
                ("rule", rule),
                ("fuel", pa.int64()),
                ("error_kind", pa.string()),
                ("error_message", pa.string()),
                ("error_location", pa.string()),
            ]
        )

    def batch(self, parts: list[Part]) -> Any:
        """The decisions of these parts, a row each, in order. Raises `TableError` if one does not fit its type."""
        texts: list[bytes | None] = []
        rules: list[Any] = []
        fuels: list[int] = []
        errors: list[EvaluationError | None] = []
        for part in parts:
            lines = part.output.split(b"\n") if self._results.lists_rules else ()
            for number, (status, rule, fuel, offset, length) in enumerate(RECORD.iter_unpack(part.records)):
                text = part.output[offset : offset + length]
                error = parsed_error(text, fuel) if status else None
                errors.append(error)
                texts.append(None if error is not None else text)
                fuels.append(fuel)
                if error is not None:
                    rules.append([error.rule] if lines and error.rule else error.rule)
                elif lines:
                    rules.append(self._results.from_line(lines[number]).rule)
                else:
                    rules.append(self._names[rule] if rule < len(self._names) else None)
        details = [
            pa.array([None if error is None else getattr(error, name) for error in errors], pa.string())
            for name in ("kind", "message", "location")
        ]
        columns = [
            self._decisions(texts),
            pa.array(rules, self.schema.field("rule").type),
            pa.array(fuels, pa.int64()),
        ]
        return pa.record_batch([*columns, *details], schema=self.schema)

    def _decisions(self, texts: list[bytes | None]) -> Any:
        if self._type is None:
            return pa.array(texts, pa.binary()).cast(pa.string())
        values = [None if text is None else json.loads(text) for text in texts]
        try:
            return pa.array(values, self._type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as failure:
            for value in values:
                try:
                    pa.array([value], self._type)
                except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as misfit:
                    shown = json.dumps(value)[:200]
                    raise TableError(
                        f"the decision {shown} is not of the type {self._type}: {misfit}"
                    ) from failure
            raise


def as_table(schema: Any, batches: Iterable[Any]) -> Any:
    """One table of all batches."""
    return pa.Table.from_batches(list(batches), schema=schema)
