"""Rows of Arrow columns as events: JSON objects, one a line.

Columns are rendered one by one, by Arrow's own kernels, which work on whole columns without Python's global lock; then they
are joined to rows. What is null becomes the text `null`; a null in a *rendered* column stands for a value that has no JSON,
and makes its row null too. `decisions.py` uses this.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.large_string()
"""Of 64-bit offsets: the lines of one batch may be more than 2 GiB."""

_NEEDS_ESCAPE = r'[\x00-\x1f"\\]'
_OUT_OF_RANGE = "<"
"""What Arrow's text for a time begins with whose year it cannot write."""
_WHOLE_NUMBER = r"^-?[0-9]+$"


def render_rows(batch: Any) -> Any:
    """The lines of a `RecordBatch`: a `large_string` array, null for rows with a value that has no JSON."""
    names, columns = batch.schema.names, batch.columns
    return _join_members(names, [render(column) for column in columns], batch.num_rows, end="}\n")


def reason(batch: Any, row: int) -> str:
    """Why a row has no JSON: which column, and what is there."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        cell = column.slice(row, 1)
        if render(cell).null_count:
            try:
                value = repr(cell[0].as_py())
            except (ValueError, OverflowError, NotImplementedError):
                value = "a value"
            return f"the column {name!r} holds {value[:100]} ({cell.type}), which has no JSON"
    return "the row has no JSON"


def render(column: Any) -> Any:
    """The JSON of each value of an array, as `large_string`; null where there is none."""
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return render(column.storage)
    if pa.types.is_dictionary(kind):
        return _nulls_named(column.indices, render(column.dictionary).take(column.indices))
    if pa.types.is_run_end_encoded(kind):
        return render(pc.run_end_decode(column))
    return _nulls_named(column, _render_present(column))


def _nulls_named(column: Any, rendered: Any) -> Any:
    """What is rendered, with the text `null` where the column is null."""
    return pc.if_else(column.is_null(), pa.scalar("null", TEXT), rendered) if column.null_count else rendered


def _render_present(column: Any) -> Any:
    """The same for the values that are not null; anything for the others."""
    kind, types = column.type, pa.types
    if types.is_null(kind):
        return pa.array(["null"] * len(column), TEXT)
    if types.is_integer(kind) or types.is_boolean(kind):
        return column.cast(TEXT)
    if types.is_floating(kind):
        return _floats(column.cast(pa.float64()))
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _strings(column.cast(TEXT))
    if types.is_decimal(kind) or types.is_date(kind) or types.is_time(kind):
        return _in_range(column.cast(TEXT))
    if types.is_timestamp(kind):
        utc = column if kind.tz is None else column.cast(pa.timestamp(kind.unit, "UTC"))
        return pc.replace_substring(_in_range(utc.cast(TEXT)), " ", "T", max_replacements=1)
    if types.is_duration(kind):
        return column.cast(pa.int64()).cast(TEXT)
    if types.is_struct(kind):
        names = [kind.field(number).name for number in range(kind.num_fields)]
        members = [render(column.field(number)) for number in range(kind.num_fields)]
        return _join_members(names, members, len(column), end="}")
    if types.is_map(kind):
        return _maps(column)
    if types.is_nested(kind) and hasattr(column, "flatten") and kind.num_fields == 1:
        return _lists(column, render(column.flatten()), "[", "]")
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _base64(column)
    # Intervals, unions and what Arrow may add.
    return pa.nulls(len(column), TEXT)


def _concatenate(*pieces: Any) -> Any:
    """Texts side by side, null where one is."""
    return pc.binary_join_element_wise(
        *(pa.scalar(piece, TEXT) if isinstance(piece, str) else piece for piece in pieces),
        pa.scalar("", TEXT),
    )


def _join_members(names: list[str], members: list[Any], count: int, end: str) -> Any:
    """Objects whose members have these names and rendered values."""
    if not members:
        return pa.array(["{" + end] * count, TEXT)
    pieces: list[Any] = []
    for number, (name, member) in enumerate(zip(names, members, strict=True)):
        pieces += [("," if number else "{") + json.dumps(name) + ":", member]
    return _concatenate(*pieces, end)


def _floats(column: Any) -> Any:
    """The shortest text that reads as the same float, with a point where it would read as an integer."""
    text = column.cast(TEXT)
    text = pc.if_else(pc.is_finite(column), text, pa.scalar(None, TEXT))
    whole = pc.match_substring_regex(text, _WHOLE_NUMBER)
    if not pc.any(whole).as_py():
        return text
    return pc.if_else(whole, _concatenate(text, ".0"), text)


def _strings(column: Any) -> Any:
    quoted = _concatenate('"', column, '"')
    special = pc.fill_null(pc.match_substring_regex(column, _NEEDS_ESCAPE), False)
    if not pc.any(special).as_py():
        return quoted
    # Through bytes, because Arrow does not promise that its strings are UTF-8. The guest refuses those that are not.
    escaped = [
        encode_basestring(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        for raw in column.filter(special).cast(pa.large_binary()).to_pylist()
    ]
    return pc.replace_with_mask(quoted, special, pa.array(escaped, pa.large_binary()).view(TEXT))


def _in_range(text: Any) -> Any:
    """A time or a decimal number as a JSON string; null for what Arrow cannot write."""
    strange = pc.starts_with(text, _OUT_OF_RANGE)
    return pc.if_else(strange, pa.scalar(None, TEXT), _concatenate('"', text, '"'))


def _base64(column: Any) -> Any:
    from base64 import b64encode

    return pa.array(
        [None if value is None else f'"{b64encode(value).decode()}"' for value in column.to_pylist()], TEXT
    )


def _lists(column: Any, items: Any, start: str, end: str) -> Any:
    """Lists of rendered items, which are those of the lists that are not null, one after the other."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).cast(pa.int64())
    ends = pc.cumulative_sum(lengths)
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    joined = pc.binary_join(pa.LargeListArray.from_arrays(offsets, items), pa.scalar(",", TEXT))
    return _concatenate(start, joined, end)


def _maps(column: Any) -> Any:
    """Objects where keys are strings, otherwise lists of pairs."""
    kind = column.type
    pairs = column.cast(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)])))
    flat = pairs.flatten()
    keys, values = render(flat.field(0)), render(flat.field(1))
    if pa.types.is_string(kind.key_type) or pa.types.is_large_string(kind.key_type):
        return _lists(pairs, _concatenate(keys, ":", values), "{", "}")
    return _lists(pairs, _concatenate("[", keys, ",", values, "]"), "[", "]")
