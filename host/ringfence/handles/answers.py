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
        """The next value; `ABSENT` for none."""
        return self._value(None)

    def handle_number(self) -> int:
        """The number of a handle, of something that is no value of the rule language."""
        if self._take(1)[0] != Tag.HANDLE:
            raise ValueError("a handle is expected")
        return int(self._unpack(HANDLE)[0])

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

    def _value(self, node: Callable[[int], Any] | None) -> Any:
        tag = self._data[self._at]
        self._at += 1
        if tag == Tag.INT:
            return self._unpack(I64)[0]
        if tag == Tag.TEXT:
            return self._take(self._unpack(U32)[0]).decode()
        if tag == Tag.HANDLE:
            number, form = self._unpack(HANDLE)
            return self._handle(number, Form(form))
        if tag == Tag.NODE and node is not None:
            return node(self._unpack(U32)[0])
        if tag <= Tag.TRUE:
            return (None, False, True)[tag]
        if tag == Tag.FLOAT:
            return self._unpack(F64)[0]
        if tag == Tag.BYTES:
            return self._take(self._unpack(U32)[0])
        if tag == Tag.BIG_INT:
            is_negative, count = self._unpack(NODE)
            size = int.from_bytes(self._take(LIMB_BYTES * count), "little")
            return -size if is_negative else size
        if tag == Tag.RANGE:
            return range(*self._unpack(RANGE))
        if tag == Tag.ABSENT:
            return ABSENT
        raise ValueError(f"{tag} is no tag of a value")

    def graph(self) -> Any:
        """The value of an answer that is a graph, with all that it refers to, as Python containers."""
        root = self._value(_Place)
        nodes = []
        while not self.is_at_end:
            form, count = self._unpack(NODE)
            nodes.append(_Node(Form(form), [self._value(_Place) for _ in range(_parts(form, count))]))
        return _built(root, nodes)


def _parts(form: int, count: int) -> int:
    """How many values a node of `count` elements has."""
    return 2 * count if form in (Form.DICT, Form.STRUCT) else count


class _Place:
    """A reference to a node."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place


class _Node:
    """A node as it was read: its parts may be places. `made` is the Python container, `depth` that of a tuple."""

    __slots__ = ("depth", "form", "made", "parts")

    def __init__(self, form: Form, parts: list[Any]) -> None:
        self.form = form
        self.parts = parts
        self.depth = 0
        self.made: Any = _EMPTY[form]() if form in _EMPTY else None


_EMPTY: dict[Form, Callable[[], Any]] = {
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
        if node.form in (Form.DICT, Form.SET):
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
    if node.form == Form.STRUCT:
        raise ConversionError(
            "a dict or set has a struct as a key, which has no counterpart in Python",
            advice="Read it through its handle, or give it other keys.",
        )
    if node.form != Form.TUPLE or node.depth > DEEPEST_KEY:
        raise ValueError("what cannot be hashed is a key")


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
    elif node.form == Form.DICT:
        _check_hashes(parts[::2])
        made.update(zip(parts[::2], parts[1::2], strict=True))
        _check_distinct(made, parts[::2])
    elif node.form == Form.SET:
        _check_hashes(parts)
        made.update(parts)
        _check_distinct(made, parts)


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
