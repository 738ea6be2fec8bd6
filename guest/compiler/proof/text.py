"""The reader of emitted text: functions, and their instructions one by one.

Reads what the assembler reads, folded or flat, and the comments that name the source line of what follows. Instructions are
trees; `block`, `if`, `else`, `end` stay flat, because `steps` follows control in the order of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from guest.compiler.emission import PLACE

TOKEN = re.compile(r"\([^()]*\)|[()]|[^\s()]+")


MODULE_FORMS = frozenset(
    {"", "(module", '(import "ringfence" "memory" (memory 1))', "(tag $failure)", ")"},
)
"""What a module of the guest holds besides functions: no global, no table, no data, no import but the memory."""


class Node(NamedTuple):
    """An instruction: its name, its immediates in one string, its operands if they are folded into it."""

    op: str
    immediate: str
    operands: tuple[Node, ...]


class Line(NamedTuple):
    """An instruction of a function's body, and where it comes from (`path:line`; empty if the text does not say)."""

    node: Node
    place: str


@dataclass
class TextFunction:
    """A function as the text defines it. `place` is the last comment before it that names a source line."""

    name: str
    export: str | None = None
    parameters: list[str] = field(default_factory=list)
    results: int = 0
    locals: list[str] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)


class UnreadableText(Exception):
    """The text is not what the assembler would accept."""


Leaves = dict[str, Node]
"""Instructions without folded operands, by their text: most of the text is these, again and again."""


def parse(text: str, leaves: Leaves) -> list[Node]:
    """The instructions in a piece of text with balanced parentheses."""
    stack: list[tuple[list[str], list[Node]]] = [([], [])]
    words, operands = stack[0]
    found: list[Node] = []
    for token in TOKEN.findall(text):
        if token == "(":
            words, operands = [], []
            stack.append((words, operands))
        elif token == ")":
            if len(stack) == 1 or not words:
                raise UnreadableText(f"cannot read {text.strip()!r}")
            stack.pop()
            node = Node(words[0], " ".join(words[1:]), tuple(operands))
            words, operands = stack[-1]
            (operands if len(stack) > 1 or words else found).append(node)
        elif token[0] == "(":
            leaf = leaves.get(token)
            if leaf is None:
                op, _, immediate = token[1:-1].strip().partition(" ")
                leaf = leaves[token] = Node(op, immediate.strip(), ())
            (operands if len(stack) > 1 or words else found).append(leaf)
        else:
            words.append(token)
    if len(stack) != 1:
        raise UnreadableText(f"cannot read {text.strip()!r}")
    if words:  # a flat instruction, perhaps with the clause of a try_table
        found.append(Node(words[0], " ".join(words[1:]), tuple(operands)))
    return found


def read(text: str) -> list[TextFunction]:
    """All functions of a module, in order. Raises `UnreadableText`, also for what a guest does not have."""
    functions: list[TextFunction] = []
    known: dict[str, list[Node]] = {}
    leaves: Leaves = {}
    lines = iter(text.split("\n"))
    for line in lines:
        code = line.partition(";;")[0].strip()
        if code not in MODULE_FORMS and not code.startswith("(func "):
            raise UnreadableText(f"a module of the guest has no {code!r}: its memory is its only state")
        if code.startswith("(func "):
            functions.append(_function(line.strip(), lines, known, leaves))
    return functions


def _function(head: str, lines: Iterator[str], known: dict[str, list[Node]], leaves: Leaves) -> TextFunction:
    """A function from its first line on; the lines after it are taken."""
    depth = head.count("(") - head.count(")")
    nodes = parse(head + ")" * depth, leaves)[0]
    name = nodes.immediate.split()[0]
    function = TextFunction(name.removeprefix("$"))
    _declare(function, nodes.operands)
    place, kept, open_ = "", "", 1
    for line in lines:
        if line.startswith(PLACE):
            place = line[len(PLACE) :]
            continue
        code = line.partition(";;")[0].strip() if ";;" in line else line.strip()
        if not code:
            continue
        found = known.get(code) if not kept else None
        if found is None:
            kept = f"{kept} {code}" if kept else code
            open_ = 1 + kept.count("(") - kept.count(")")
            if open_ > 1:
                continue
            found = parse(kept[:-1] if open_ == 0 else kept, leaves)
            if open_ == 1:
                known[code] = found
            kept = ""
        for node in found:
            if node.op in ("local", "param", "result"):
                _declare(function, (node,))
            else:
                function.body.append(Line(node, place))
        if open_ == 0:
            return function
    raise UnreadableText(f"the function {function.name} does not end")


def _declare(function: TextFunction, nodes: tuple[Node, ...]) -> None:
    for node in nodes:
        words = node.immediate.split()
        if node.op == "export":
            function.export = words[0].strip('"')
        elif node.op == "param":
            function.parameters.append(words[0].removeprefix("$"))
        elif node.op == "local":
            function.locals.append(words[0].removeprefix("$"))
        elif node.op == "result":
            function.results += len(words)
