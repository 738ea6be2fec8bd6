"""A model in Python of the state that `sessions/graph.star` keeps in a session: it predicts every decision.

A node is its number and what it refers to. What weak references and the weak map know goes when an event is over, and only if
nothing but they can reach it: the model looks that up after each event, as simply as it can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = (Path(__file__).parent / "sessions" / "graph.star").read_text(encoding="utf-8")

OPERATIONS = (
    *("new", "drop", "weak", "recall", "note", "note_new", "noted", "log", "churn"),
    *("cut", "pop", "climb", "list", "dict", "tuple", "struct", "set"),
)
NAMES = "pqrstuvw"


@dataclass
class Node:
    """One node."""

    number: int
    items: list[Node] = field(default_factory=list)
    by_key: dict[str, Node] = field(default_factory=dict)
    pair: list[Node] = field(default_factory=list)
    links: list[Node] = field(default_factory=list)
    keys: set[int] = field(default_factory=set)

    def edges(self) -> list[Node]:
        """What the node refers to, in the order in which the program tells it."""
        return [*self.items, *self.by_key.values(), *self.pair, *self.links]


class Model:
    """The whole state."""

    def __init__(self) -> None:
        self.count = 0
        self.names: dict[str, Node] = {}
        self.weak: dict[str, Node | None] = {}
        self.notes: dict[int, tuple[Node, Node]] = {}
        self.log: list[Any] = []
        self.ring: int | None = None

    def fresh(self) -> Node:
        """A new node."""
        self.count += 1
        return Node(self.count)

    def decide(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the program decides, unless the event is to fail; then `end` follows."""
        self.change(event)
        told = self.picture()
        self.forget_unreachable()
        return told

    def change(self, event: dict[str, Any]) -> None:
        """Do to the model what the event does to the state."""
        operation, n = event["op"], event["n"]
        a, b = self.names.get(event["a"]), self.names.get(event["b"])
        match operation:
            case "new":
                self.names[event["a"]] = self.fresh()
            case "drop":
                self.names.pop(event["a"], None)
            case "note_new" if a:
                self.notes[a.number] = (a, self.fresh())
            case "recall":
                known = self.weak.get(event["b"])
                if known:
                    self.names[event["a"]] = known
            case "noted" if b and b.number in self.notes:
                self.names[event["a"]] = self.notes[b.number][1]
            case "log":
                self.log.append(event)
                if len(self.log) > 8:
                    self.log = self.log[-3:]
            case "churn" if n:
                self.ring = n - 1
            case "weak" if a:
                self.weak[event["b"]] = a
            case "cut" if a:
                a.items.clear()
                a.by_key = {}
            case "pop" if a and a.items:
                a.items.pop(n % len(a.items))
            case "climb" if a and a.items:
                self.names[event["b"]] = a.items[n % len(a.items)]
            case "list" if a and b:
                a.items.insert(n % (len(a.items) + 1), b)
            case "dict" if a and b:
                a.by_key[str(n)] = b
            case "set" if a:
                a.keys.add(n)
            case "tuple" if a and b:
                a.pair = [b]
            case "struct" if a and b:
                a.links = [b, a]
            case "note" if a and b:
                self.notes[a.number] = (a, b)

    def reachable(self, roots: list[Node]) -> Iterator[Node]:
        """The nodes that can be reached, each once."""
        seen: set[int] = set()
        queue = list(roots)
        while queue:
            node = queue.pop()
            if node.number not in seen:
                seen.add(node.number)
                yield node
                queue += node.edges()

    def picture(self) -> dict[str, Any]:
        """The state as the program tells it."""
        return {
            "names": {name: node.number for name, node in self.names.items()},
            "nodes": sorted(
                [node.number, [other.number for other in node.edges()], sorted(node.keys)]
                for node in self.reachable(list(self.names.values()))
            ),
            "weak": {name: node.number if node else None for name, node in self.weak.items()},
            "notes": [[key.number, value.number] for key, value in self.notes.values()],
            "log": self.log,
            "ring": self.ring,
        }

    def forget_unreachable(self) -> None:
        """An event is over: a note keeps its node while something else keeps the node that it is about."""
        alive = {node.number for node in self.reachable(list(self.names.values()))}
        while True:
            kept = [value for key, value in self.notes.values() if key.number in alive]
            more = {node.number for node in self.reachable(kept)} | alive
            if more == alive:
                break
            alive = more
        self.weak = {
            name: node if node and node.number in alive else None for name, node in self.weak.items()
        }
        self.notes = {number: note for number, note in self.notes.items() if number in alive}
