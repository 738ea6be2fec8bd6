"""The expressions of a bundle's files, and their texts: what values are shown beside.

The guest parses (`guest/machine/outline.py`); the host cuts texts out of the source at the places that it is told. Nothing of
that is believed: a place outside the source has no text, and nodes that make no sense are no nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE

COLUMN_BITS = 12
"""Of a packed position, as in `guest/values/function.py`."""
MAX_COLUMN = (1 << COLUMN_BITS) - 1
"""A column that is capped: what is there is not known."""

ROOM_FOR_OUTLINES = 64 * MEBIBYTE
"""Bytes of memory beyond an event's limit, for parsing the files once more."""

MOST_MODULES = 10_000
MOST_TEXT = 160
"""Characters of an expression's text that are shown."""

CONNECTIVES = frozenset(("and", "or", "not"))
FUNCTIONS = frozenset(("lambda", "define"))

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(slots=True)
class Node:
    """One expression or statement. Positions are packed: line and column, from 1."""

    kind: str
    position: int
    start: int
    end: int
    number: int
    """In the order of the source."""
    parent: Node | None
    children: list[Node] = field(default_factory=list)


class Outline:
    """The expressions of one file."""

    def __init__(self, source: str, nodes: list[Node]) -> None:
        self._lines = _LINE_END.split(source.removeprefix("\ufeff"))
        self._nodes = {node.position: node for node in reversed(nodes) if node.kind != "other"}
        """By position; of several at one the outermost."""

    def node(self, line: int, column: int) -> Node | None:
        """The expression whose values are observed at a place."""
        return self._nodes.get(line << COLUMN_BITS | column) if column < MAX_COLUMN else None

    def text(self, node: Node) -> str:
        """The source of an expression, in one line; cut if it is long, and empty if its place is not known."""
        return shown(self._between(node.start, node.end))

    def _between(self, start: int, end: int) -> str:
        first, column = start >> COLUMN_BITS, start & MAX_COLUMN
        last, stop = end >> COLUMN_BITS, end & MAX_COLUMN
        if not (0 < first <= last <= len(self._lines)) or MAX_COLUMN in (column, stop):
            return ""
        if first == last:
            return self._lines[first - 1][column - 1 : stop - 1]
        between = self._lines[first : last - 1][:MOST_TEXT]
        return "\n".join([self._lines[first - 1][column - 1 :], *between, self._lines[last - 1][: stop - 1]])


def shown(text: str) -> str:
    """A text of the bundle or the event in one line, without what a terminal or a browser would act on."""
    joined = " ".join(text[: 4 * MOST_TEXT].split())
    if len(joined) > MOST_TEXT:
        joined = joined[: MOST_TEXT - 3] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in joined)


def read_outlines(isolate: Isolate) -> Mapping[str, Outline]:
    """The outlines of all files of a bundle, by path. The isolate is not for events afterwards; as much as there is room for."""
    outlines: dict[str, Outline] = {}
    try:
        for number in range(MOST_MODULES):
            told = isolate.outline(number)
            if told is None:
                break
            said = json.loads(told)
            outlines[str(said["path"])] = Outline(str(said["source"]), _nodes(said["nodes"]))
    except (IsolateBroken, ValueError, LookupError, TypeError, RecursionError):
        pass  # what is known so far is shown; of the other files, places only
    return outlines


def _nodes(told: Any) -> list[Node]:
    nodes: list[Node] = []
    path: list[Node] = []
    for number, (kind, height, position, start, end) in enumerate(told):
        if not all(isinstance(value, int) for value in (height, position, start, end)) or height > len(path):
            raise ValueError("a node without a parent")
        del path[height:]
        parent = path[-1] if path else None
        node = Node(str(kind), position, start, end, number, parent)
        if parent is not None:
            parent.children.append(node)
        nodes.append(node)
        path.append(node)
    return nodes
