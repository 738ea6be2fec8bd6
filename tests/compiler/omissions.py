"""Every line of the protocol left out, one at a time: what does the proof say?

    python -m tests.compiler.omissions

tries the whole guest (about a minute) and prints what may be left out without harm: tops that the caller has set already, barriers of
objects that are new. `test_proofs.py` tries a small guest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from guest.compiler.build import Guest, compile_guest
from guest.compiler.proof.check import examine
from guest.compiler.proof.graph import Graph, touches
from guest.compiler.proof.text import Node, read
from tests.compiler.harness import ROOT

CLASS_SHIFT = 32  # of the class number in a header
FRAME = Node("local.get", "$shadow", ())


@dataclass(frozen=True)
class Omission:
    """A line that was left out: what it did, where, and whether the proof refused the function without it."""

    kind: str
    function: str
    place: str
    refused: bool


def kind_of(node: Node, shadow_top: int, roots_changed: int) -> str:
    """What a line does for the collector; empty if it has nothing to do with it."""
    first = node.operands[0] if node.operands else node
    if node.op == "i64.store" and first == FRAME:
        return "save"
    if node.op == "local.set" and first.op in ("i32.load", "i64.load") and first.operands[0] == FRAME:
        return "reload"
    if node.op == "call" and node.immediate.startswith("$heap.barrier.remember"):
        return "barrier"
    if node.op == "i32.store" and touches(node, shadow_top):
        return "top"
    if node.op == "i32.store" and touches(node, roots_changed) and node.operands[1].immediate == "1":
        return "note of a changed root"
    if node.op == "i64.store" and not node.immediate and first.op == "local.get":
        value = node.operands[1]
        return "header" if value.op == "i64.const" and int(value.immediate) >> CLASS_SHIFT != 0 else ""
    return ""


def omissions(guest: Guest) -> Iterator[Omission]:
    """Leave out each line in turn."""
    declared = guest.declared
    functions = {function.name: function for function in read(guest.text)}
    graph = Graph(functions.values(), declared.shadow_top)
    roots_changed = declared.address_of("guest.heap.roots.roots_changed")
    for function in functions.values():
        for index, line in enumerate(function.body):
            kind = kind_of(line.node, declared.shadow_top, roots_changed)
            if kind:
                without = replace(function, body=function.body[:index] + function.body[index + 1 :])
                _, faults = examine(without, declared, graph, functions)
                yield Omission(kind, function.name, line.place, bool(faults))


def main() -> None:
    """Count what is refused in the whole guest."""
    tried: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for omission in omissions(compile_guest(ROOT)):
        tried[omission.kind] += 1
        refused[omission.kind] += omission.refused
    for kind, count in tried.most_common():
        print(f"{kind:24} {count:6,} left out, {refused[kind]:6,} refused")


if __name__ == "__main__":
    main()
