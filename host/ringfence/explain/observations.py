"""Observations: the expressions of a predicate with the values that they had, as a tree like that of the source.

What the guest saw is a list in order of evaluation, by call depth (`guest/machine/observing.py`). Here each value finds its
expression, `and`, `or` and `not` are put around what they join, operands that were not evaluated are named, and what was
seen inside a function belongs to its call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.explain.outline import CONNECTIVES, FUNCTIONS, Node, Outline, shown
from ringfence.tracing import Entry

DEEPEST_CALL = 64
"""Calls that an observation may be inside of; the guest tells fewer."""

COMPARISONS = frozenset(("compare", "unlike"))
PARTS_OF_A_NAME = frozenset(("attribute", "index", "name"))


@dataclass(frozen=True, slots=True)
class Observation:
    """An expression and what it gave."""

    text: str
    """Its source; empty if that is not known."""
    location: str
    """`path:line:column`, where errors about it point."""
    value: str | None
    """What it gave, as `repr` shows it and shortened; None if that is not known, or if it was not evaluated or failed."""
    is_true: bool | None
    """The truth of the value, if it is known."""
    evaluated: bool = True
    """False for an operand of `and` or `or` that was not needed any more."""
    parts: tuple[Observation, ...] = ()
    """What it was made of: operands, in the order of the source, and what a function that it calls did."""

    def as_json(self) -> dict[str, Any]:
        """The observation as JSON."""
        said: dict[str, Any] = {"text": self.text, "location": self.location}
        if not self.evaluated:
            said["evaluated"] = False
        else:
            said["value"] = self.value
            said["true"] = self.is_true
        if self.parts:
            said["parts"] = [part.as_json() for part in self.parts]
        return said


@dataclass(slots=True)
class _Seen:
    """One entry, understood."""

    path: str
    line: int
    column: int
    value: str | None
    is_true: bool | None
    operands: tuple[str | None, str | None] | None = None
    has_constant: bool = False
    """The second operand is the constant of an equality, whichever side it was written on."""
    inside: list[_Seen] = field(default_factory=list)
    """What was seen in the function that it calls."""


def observations(entries: Iterable[Entry], outlines: Mapping[str, Outline]) -> tuple[Observation, ...]:
    """What was seen of one predicate, or one `then`."""
    return tuple(_arranged(_by_call(entries), outlines))


def _by_call(entries: Iterable[Entry]) -> list[_Seen]:
    """What was seen in the outermost call; what was seen in calls that it made hangs below these."""
    levels: list[list[_Seen]] = [[]]
    for entry in entries:
        depth, seen = _understood(entry)
        if seen is None:
            continue
        while len(levels) < depth:
            levels.append([])
        if len(levels) > depth:
            seen.inside = _joined(levels[depth:])
            del levels[depth:]
        levels[depth - 1].append(seen)
    return _joined(levels)


def _joined(levels: list[list[_Seen]]) -> list[_Seen]:
    """Calls that did not come back, because they failed: what was seen in them follows what was seen around them."""
    return [seen for level in levels for seen in level]


def _understood(entry: Entry) -> tuple[int, _Seen | None]:
    match entry:
        case ["saw", int(depth), str(path), int(line), int(column), value, bool(is_true)] if (
            0 < depth < DEEPEST_CALL
        ):
            return depth, _Seen(path, line, column, _text(value), is_true)
        case [
            ("compared" | "matched") as name,
            int(depth),
            str(path),
            int(line),
            int(column),
            left,
            right,
            bool() | None as is_true,
        ] if 0 < depth < DEEPEST_CALL:
            value = None if is_true is None else str(is_true)
            return depth, _Seen(
                path, line, column, value, is_true, (_text(left), _text(right)), name == "matched"
            )
    return 0, None


def _text(value: Any) -> str | None:
    return shown(value) if isinstance(value, str) else None


def _arranged(seen: list[_Seen], outlines: Mapping[str, Outline]) -> Iterator[Observation]:
    """What was seen in one call, as trees, in the order of the source."""
    last: dict[tuple[str, int, int], _Seen] = {}
    for one in seen:
        place = one.path, one.line, one.column
        before = last.get(place)
        if before is not None and not one.inside:
            one.inside = before.inside
        last[place] = one
    by_path: dict[str, list[_Seen]] = {}
    for one in last.values():
        by_path.setdefault(one.path, []).append(one)
    for path, ones in by_path.items():
        yield from _Arrangement(path, ones, outlines).trees()


class _Arrangement:
    """Puts what was seen in one call, in one file, in order."""

    def __init__(self, path: str, seen: list[_Seen], outlines: Mapping[str, Outline]) -> None:
        self._path = path
        self._outlines = outlines
        self._outline = outlines.get(path)
        self._loose: list[_Seen] = []
        self._seen: dict[int, _Seen] = {}
        self._nodes: dict[int, Node] = {}
        for one in seen:
            node = self._outline.node(one.line, one.column) if self._outline is not None else None
            if node is None:
                self._loose.append(one)
            else:
                self._seen[node.number] = one
                self._include(node)

    def _include(self, node: Node) -> None:
        """Take an expression into the tree, and the connectives around it."""
        self._nodes[node.number] = node
        around = node.parent
        while around is not None and around.kind not in FUNCTIONS:
            if around.kind in CONNECTIVES:
                self._nodes[around.number] = around
            around = around.parent

    def trees(self) -> Iterator[Observation]:
        """The observations that are part of no other."""
        for one in self._loose:
            yield Observation(
                "",
                self._place(one),
                one.value,
                one.is_true,
                parts=tuple(_arranged(one.inside, self._outlines)),
            )
        for number in sorted(self._nodes):
            node = self._nodes[number]
            if self._owner(node) is None and not self._is_callee(node):
                yield self._observation(node)

    def _owner(self, node: Node) -> Node | None:
        """The nearest expression in the tree around one."""
        around = node.parent
        while around is not None and around.kind not in FUNCTIONS:
            if around.number in self._nodes:
                return around
            around = around.parent
        return None

    def _place(self, one: _Seen) -> str:
        return f"{one.path}:{one.line}:{one.column}"

    def _location(self, node: Node) -> str:
        return f"{self._path}:{node.position >> 12}:{node.position & 4095}"

    def _is_callee(self, node: Node) -> bool:
        """Whether it only names the method or function of a call."""
        around = node.parent
        return around is not None and around.kind == "call" and around.children[0] is node

    def _text(self, node: Node) -> str:
        return "" if self._outline is None else self._outline.text(node)

    def _observation(self, node: Node) -> Observation:
        """An expression with its parts."""
        text = self._text(node)
        if node.kind in CONNECTIVES:
            parts, is_true = self._operands(node)
            seen = self._seen.get(node.number)
            value = None if is_true is None else str(is_true)
            if seen is not None and is_true is None:
                value, is_true = seen.value, seen.is_true
            return Observation(text, self._location(node), value, is_true, parts=tuple(parts))
        seen = self._seen[node.number]
        parts = list(self._parts(node, seen))
        value, is_true = seen.value, seen.is_true
        if node.kind == "unlike" and is_true is not None:
            is_true = not is_true
            value = str(is_true)
        return Observation(text, self._place(seen), value, is_true, parts=tuple(parts))

    def _parts(self, node: Node, seen: _Seen) -> Iterator[Observation]:
        """What an expression was made of."""
        told = self._told_operands(node, seen)
        for child in node.children:
            for part in self._below(child, told):
                if node.kind not in PARTS_OF_A_NAME or part.parts:
                    yield part
        yield from _arranged(seen.inside, self._outlines)

    def _is_included(self, node: Node) -> bool:
        return node.number in self._nodes

    def _below(self, node: Node, told: Mapping[int, Observation]) -> Iterator[Observation]:
        """The observations of an expression, or of what is inside it if it has none of its own; some are `told` already."""
        if self._is_included(node) and not self._is_callee(node):
            yield self._observation(node)
        elif node.number in told:
            yield told[node.number]
        elif node.kind not in FUNCTIONS:
            for child in node.children:
                yield from self._below(child, told)

    def _told_operands(self, node: Node, seen: _Seen) -> dict[int, Observation]:
        """The operands that are not constants and whose values the comparison told, by number."""
        if seen.operands is None:
            return {}
        values = seen.operands
        if node.kind == "call":
            # A test of how a text begins or ends: the text is what the method is named of.
            written = node.children[0].children[:1]
        elif node.kind in COMPARISONS and len(node.children) == 2:
            written = node.children
            left, right = written
            if seen.has_constant and left.kind == "constant" and right.kind != "constant":
                values = values[1], values[0]
        else:
            return {}
        return {
            child.number: Observation(self._text(child), self._location(child), value, None)
            for child, value in zip(written, values, strict=False)
            if child.kind != "constant" and value is not None
        }

    def _operands(self, node: Node) -> tuple[list[Observation], bool | None]:
        """The operands of a connective, those that were not evaluated included, and its truth."""
        parts: list[Observation] = []
        truth: bool | None = None
        is_decided = False
        for child in node.children:
            if is_decided:
                parts.append(
                    Observation(self._text(child), self._location(child), None, None, evaluated=False)
                )
                continue
            found = list(self._below(child, {}))
            parts += found
            truth = found[0].is_true if len(found) == 1 and self._is_included(child) else None
            is_decided = truth is not None and truth is (node.kind == "or") and node.kind != "not"
        if node.kind == "not" and truth is not None:
            truth = not truth
        return parts, truth
