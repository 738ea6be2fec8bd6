"""Answers: what the guest wrote in the wire format, as Python values.

The guest's memory is not trusted: every read is inside the answer, every count is paid for by bytes that are there, and what
makes no sense is a `ValueError` (or one of the errors in `NONSENSE`), which ends the scope. `live_heap.py` reads with this.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

from ringfence.errors import ConversionError
from ringfence.handles.wire import (
    ABSENT,
    F64,
    HANDLE,
    I64,
    LIMB_BYTES,
    NODE,
    RANGE,
    U32,
    Form,
    Tag,
)

NONSENSE: Final = (ValueError, IndexError, struct.error, OverflowError)
"""What reading a damaged answer may raise."""

DEEPEST_KEY: Final = 512
"""Levels of a tuple that is a key: more than the guest hashes. Hashing one in Python recurses."""

MOST_ALIKE: Final = 1_000
"""Keys of one dict or set that may have the same hash in Python."""

MakeHandle = Callable[[int, Form], Any]
"""The handle with a number that the guest gave, for an object of this form."""


class AnswerReader:
    """Reads the values of one answer, in order."""

    __slots__ = ("_at", "_data", "_handle")

    def __init__(self, data: bytes, handle: MakeHandle) -> None:
        self._data = data
        self._at = 0
        self._handle = handle

    @property
    def is_at_end(self) -> bool:
        """Whether everything has been read."""
        return self._at >= len(self._data)

    def value(self) -> Any:
        """The next value; `ABSENT` for none. One that is part of a graph is a `_Place`, which no other answer may hold."""
        value = self._value()
        if isinstance(value, _Place):
            raise ValueError("a value refers to a graph that is not there")
        return value

    def handle_number(self) -> int:
        """The number of a handle, of something that is no value of the rule language."""
        if self._take(1)[0] != Tag.HANDLE:
            raise ValueError("a handle is expected")
        return int(self._unpack(HANDLE)[0])

    def graph(self) -> Any:
        """The value of an answer that is a graph, with all that it refers to, as Python containers."""
        root = self._value()
        nodes = []
        read, data, size = self._value, self._data, len(self._data)
        while self._at < size:
            form, count = NODE.unpack_from(data, self._at)
            self._at += NODE.size
            if form in PAIRED:
                count *= 2
            nodes.append(_Node(form, [read() for _ in range(count)]))
        return _built(root, nodes)

    def _value(self) -> Any:
        at = self._at
        self._at = at + 1
        return _READERS[self._data[at]](self)

    def _unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        at = self._at
        self._at = at + form.size
        return form.unpack_from(self._data, at)

    def _take(self, size: int) -> bytes:
        at = self._at
        self._at = at + size
        taken = self._data[at : at + size]
        if len(taken) != size:
            raise ValueError("a value goes beyond the end of the answer")
        return taken

    def _sized(self) -> bytes:
        """Bytes behind their number."""
        at = self._at
        self._at = at + U32.size
        return self._take(U32.unpack_from(self._data, at)[0])

    def _text(self) -> str:
        return self._sized().decode()

    def _int(self) -> int:
        at = self._at
        self._at = at + I64.size
        number: int = I64.unpack_from(self._data, at)[0]
        return number

    def _float(self) -> float:
        return float(self._unpack(F64)[0])

    def _big_int(self) -> int:
        is_negative, count = self._unpack(NODE)
        size = int.from_bytes(self._take(LIMB_BYTES * count), "little")
        return -size if is_negative else size

    def _range(self) -> range:
        return range(*self._unpack(RANGE))

    def _place(self) -> _Place:
        return _Place(self._unpack(U32)[0])

    def _known(self) -> Any:
        number, form = self._unpack(HANDLE)
        return self._handle(number, Form(form))


_READERS: tuple[Callable[[AnswerReader], Any], ...] = (
    lambda answer: None,
    lambda answer: False,
    lambda answer: True,
    AnswerReader._int,
    AnswerReader._float,
    AnswerReader._big_int,
    AnswerReader._text,
    AnswerReader._sized,
    AnswerReader._range,
    AnswerReader._place,
    AnswerReader._known,
    lambda answer: ABSENT,
)
"""What reads the value behind each `Tag`, by its number; another tag is an `IndexError`."""

HASHED: Final = (Form.DICT, Form.SET)
"""Nodes whose keys are hashed."""

PAIRED: Final = (Form.DICT, Form.STRUCT)
"""Nodes that have two values for each element."""


class _Place:
    """A reference to a node."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place


class _Node:
    """A node as it was read: its parts may be places. `made` is the Python container, `depth` that of a tuple."""

    __slots__ = ("depth", "form", "made", "parts")

    def __init__(self, form: int, parts: list[Any]) -> None:
        self.form = form
        self.parts = parts
        self.depth = 0
        empty = _EMPTY.get(form)
        self.made: Any = None if empty is None else empty()


_EMPTY: dict[int, Callable[[], Any]] = {
    Form.LIST: list,
    Form.DICT: dict,
    Form.SET: set,
    Form.STRUCT: SimpleNamespace,
}


def _built(root: Any, nodes: list[_Node]) -> Any:
    """The Python value of a root. What can change is made empty and filled last; tuples are made from the innermost out."""

    def finished(part: Any) -> Any:
        return nodes[part.place].made if isinstance(part, _Place) else part

    for node in nodes:
        if node.form == Form.TUPLE:
            _make_tuple(node, nodes, finished)
        elif node.made is None:
            raise ValueError(f"a node has the form {node.form}")
    for node in nodes:
        if node.form in HASHED:
            keys = node.parts[::2] if node.form == Form.DICT else node.parts
            for key in keys:
                if isinstance(key, _Place):
                    _check_key(nodes[key.place])
        _fill(node, [finished(part) for part in node.parts])
    return finished(root)


def _make_tuple(node: _Node, nodes: list[_Node], finished: Callable[[Any], Any]) -> None:
    """Make a tuple, and those inside it before. One that contains itself, by tuples alone, is nonsense."""
    waiting = [node]
    while waiting:
        last = waiting[-1]
        if last.made is None:
            inner = [nodes[part.place] for part in last.parts if isinstance(part, _Place)]
            unmade = [part for part in inner if part.made is None]
            if unmade:
                if last.depth != 0:
                    raise ValueError("a tuple contains itself")
                last.depth = 1
                waiting.extend(unmade)
                continue
            last.made = tuple(map(finished, last.parts))
            last.depth = 1 + max((part.depth for part in inner), default=0)
        waiting.pop()


def _check_key(node: _Node) -> None:
    if node.form == Form.TUPLE and node.depth > DEEPEST_KEY:
        raise ValueError("a key is nested too deeply")


def _fill(node: _Node, parts: list[Any]) -> None:
    """Fill a container that can change."""
    made = node.made
    if node.form == Form.LIST:
        made.extend(parts)
    elif node.form == Form.STRUCT:
        count = len(parts) // 2
        for name, field in zip(parts[:count], parts[count:], strict=True):
            if not isinstance(name, str):
                raise ValueError("the name of a field is no text")
            vars(made)[name] = field
    elif node.form in HASHED:
        try:
            _fill_hashed(made, parts)
        except TypeError as failure:
            if isinstance(failure, ConversionError):
                raise
            raise ConversionError(
                "a dict or set has a key with a struct, which has no hash in Python",
                advice="Read it through its handle, or give it other keys.",
            ) from None


def _fill_hashed(made: dict[Any, Any] | set[Any], parts: list[Any]) -> None:
    """Fill a dict or a set."""
    keys = parts[::2] if isinstance(made, dict) else parts
    _check_hashes(keys)
    if isinstance(made, dict):
        made.update(zip(keys, parts[1::2], strict=True))
    else:
        made.update(keys)
    _check_distinct(made, keys)


def _check_hashes(keys: list[Any]) -> None:
    """Refuse keys that a hostile rule chose to have one hash in Python, where a dict of many would take quadratic time."""
    if len(keys) > MOST_ALIKE and max(Counter(map(hash, keys)).values()) > MOST_ALIKE:
        raise ConversionError(
            f"a dict or set has more than {MOST_ALIKE} keys with the same hash in Python",
            advice="Read it through its handle: numbers that differ by multiples of 2**61 - 1 make bad keys.",
        )


def _check_distinct(made: dict[Any, Any] | set[Any], keys: list[Any]) -> None:
    """Keys that differ in the rule language may be equal in Python: to lose one silently would be worse than an error."""
    if len(made) == len(keys):
        return
    seen: dict[Any, Any] = {}
    for key in keys:
        if key in seen:
            names = f"{type(seen[key]).__name__} and {type(key).__name__}"
            raise ConversionError(
                f"a dict or set has two keys that are equal in Python, as 1 and True are: {names}",
                advice="Read it through its handle, or give it other keys.",
            )
        seen[key] = key
