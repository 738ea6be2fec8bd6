"""Requests: an operation's operands, Python values of any shape, in the wire format.

Containers go as a graph: each is written once, however often and from wherever it is referred to, so sharing and cycles
stay what they are. Nothing recurses, so depth does not matter. `live_heap.py` sends what this makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from types import SimpleNamespace
from typing import Any, Final

from ringfence.errors import ConversionError
from ringfence.handles.wire import (
    HIGHEST_INT,
    LIMB_BYTES,
    LOWEST_INT,
    MOST_LIMBS,
    NODE,
    TAGGED_F64,
    TAGGED_I64,
    TAGGED_RANGE,
    TAGGED_U32,
    TAGGED_U64,
    U8,
    U32,
    Absent,
    Form,
    Operation,
    Tag,
)

HandleNumber = Callable[[Any], int | None]
"""The guest's number of a handle, which has been checked; None for what is no handle."""

_NONE, _FALSE, _TRUE = U8.pack(Tag.NONE), U8.pack(Tag.FALSE), U8.pack(Tag.TRUE)
_ABSENT = U8.pack(Tag.ABSENT)
_NO_GRAPH: Final = U32.pack(0)
_HASHED: Final = (Form.DICT, Form.SET)
"""What hashes its elements must be sent after the tuples among them."""


class _Node:
    """A container that was found: its form, its parts as they were then, and the names of a struct's fields."""

    __slots__ = ("count", "form", "names", "original", "parts", "place")

    def __init__(self, original: Any) -> None:
        self.original = original  # kept, so that its `id` stays its own
        self.place = 0
        self.names: Sequence[str] = ()
        form = _FORMS.get(type(original))
        self.form = _form_of(original) if form is None else form
        if self.form == Form.DICT:
            self.parts = list(chain.from_iterable(original.items()))
            self.count = len(self.parts) // 2
            return
        if self.form == Form.STRUCT:
            fields = dict(sorted(vars(original).items()))
            self.names, self.parts = tuple(fields), list(fields.values())
        else:
            self.parts = list(original)
        self.count = len(self.parts)


_FORMS: dict[type, Form] = {
    dict: Form.DICT,
    list: Form.LIST,
    tuple: Form.TUPLE,
    set: Form.SET,
    frozenset: Form.SET,
    SimpleNamespace: Form.STRUCT,
}


def _form_of(value: Any) -> Form:
    """The form of a container of a derived class."""
    return next(form for kind, form in _FORMS.items() if isinstance(value, kind))


def is_container(value: Any) -> bool:
    """Whether a Python value becomes a container of the guest."""
    return isinstance(value, list | dict | tuple | set | frozenset | SimpleNamespace)


def encode_request(
    number_of: HandleNumber, operation: Operation, operands: Sequence[Any], suffix: bytes = b""
) -> bytes:
    """The request, without the handles to drop. `suffix` is what follows the operands.

    Raises `ConversionError` for a value that has no counterpart in the rule language.
    """
    writer = _Writer(number_of)
    graph = writer.graph(operands) if any(map(is_container, operands)) else _NO_GRAPH
    parts = bytearray(graph)
    parts += U8.pack(operation)
    for operand in operands:
        writer.write(parts, operand)
    parts += suffix
    return bytes(parts)


class _Writer:
    """Writes values, and knows the places of the containers among them."""

    def __init__(self, number_of: HandleNumber) -> None:
        self._number_of = number_of
        self._nodes: dict[int, _Node] = {}

    def graph(self, roots: Iterable[Any]) -> bytearray:
        """All containers that can be reached from some values."""
        self._find(roots)
        nodes = sorted(self._nodes.values(), key=lambda node: node.form in _HASHED)
        written = bytearray(U32.pack(len(nodes)))
        for place, node in enumerate(nodes):
            node.place = place
            written += NODE.pack(node.form, node.count)
            for name in node.names:
                _write_text(written, name)
        for node in nodes:
            for part in node.parts:
                self.write(written, part)
        return written

    def _find(self, roots: Iterable[Any]) -> None:
        nodes, waiting = self._nodes, [roots]
        while waiting:
            for value in waiting.pop():
                if type(value) not in _WRITERS and is_container(value) and id(value) not in nodes:
                    node = nodes[id(value)] = _Node(value)
                    waiting.append(node.parts)

    def write(self, target: bytearray, value: Any) -> None:
        """Append one value."""
        writer = _WRITERS.get(type(value))
        if writer is not None:
            writer(target, value)
            return
        node = self._nodes.get(id(value))
        if node is not None:
            target += TAGGED_U32.pack(Tag.NODE, node.place)
            return
        number = self._number_of(value)
        if number is not None:
            target += TAGGED_U64.pack(Tag.HANDLE, number)
            return
        for kind, writer in _WRITERS.items():
            if isinstance(value, kind):
                writer(target, value)
                return
        raise ConversionError(f"a Python {type(value).__name__} has no counterpart in the rule language")


def _write_int(target: bytearray, value: int) -> None:
    if LOWEST_INT <= value <= HIGHEST_INT:
        target += TAGGED_I64.pack(Tag.INT, value)
        return
    count = -(-value.bit_length() // (8 * LIMB_BYTES))
    if count > MOST_LIMBS:
        raise ConversionError(
            f"an integer of {value.bit_length()} bits is too large for the rule language",
            advice=f"Integers may have {8 * LIMB_BYTES * MOST_LIMBS} bits.",
        )
    target += U8.pack(Tag.BIG_INT) + NODE.pack(value < 0, count)
    target += abs(value).to_bytes(LIMB_BYTES * count, "little")


def _write_text(target: bytearray, value: str) -> None:
    try:
        encoded = value.encode()
    except UnicodeEncodeError as failure:
        raise ConversionError(
            f"a string holds the lone surrogate U+{ord(value[failure.start]):04X} at index {failure.start}, "
            "which is no character",
            advice="Decode the text with errors='replace', or pass it as bytes.",
        ) from None
    target += TAGGED_U32.pack(Tag.TEXT, len(encoded))
    target += encoded


def _write_bytes(target: bytearray, value: bytes | bytearray) -> None:
    target += TAGGED_U32.pack(Tag.BYTES, len(value))
    target += value


def _write_range(target: bytearray, value: range) -> None:
    if not all(LOWEST_INT <= bound <= HIGHEST_INT for bound in (value.start, value.stop, value.step)):
        raise ConversionError(f"{value!r} has a bound of more than 64 bits, which no range has here")
    target += TAGGED_RANGE.pack(Tag.RANGE, value.start, value.stop, value.step)


def _write_constant(constant: bytes) -> Callable[[bytearray, Any], None]:
    return lambda target, _: target.extend(constant)


def _write_bool(target: bytearray, value: bool) -> None:
    target += _TRUE if value else _FALSE


def _write_float(target: bytearray, value: float) -> None:
    target += TAGGED_F64.pack(Tag.FLOAT, value)


_WRITERS: dict[type, Callable[[bytearray, Any], None]] = {
    type(None): _write_constant(_NONE),
    Absent: _write_constant(_ABSENT),
    bool: _write_bool,
    int: _write_int,
    float: _write_float,
    str: _write_text,
    bytes: _write_bytes,
    bytearray: _write_bytes,
    range: _write_range,
}
