"""Who calls whom, in the text: which functions may collect, and how deep the shadow stack can get.

A function that touches the word of the shadow stack's top takes part in collections: it is the collector, or it saves pointers
for it. Whoever can reach one may collect. Nothing is called through a table or a reference (`steps` knows no such
instruction), so the calls in the text are all that there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guest.compiler.proof.text import Node, TextFunction


def nodes(node: Node) -> Iterator[Node]:
    """An instruction and all that is folded into it."""
    yield node
    for operand in node.operands:
        yield from nodes(operand)


def touches(node: Node, address: int) -> bool:
    """Whether an instruction reads or writes the word at a constant address."""
    return (
        node.op in ("i32.load", "i32.store", "i64.load", "i64.store")
        and bool(node.operands)
        and node.operands[0].op == "i32.const"
        and int(node.operands[0].immediate) + offset_of(node.immediate) == address
    )


def offset_of(immediate: str) -> int:
    """The constant offset of a load or store."""
    for word in immediate.split():
        if word.startswith("offset="):
            return int(word[7:], 0)
    return 0


class Graph:
    """The calls of a module. `collecting` are the functions that may collect."""

    def __init__(self, functions: Iterable[TextFunction], shadow_top: int) -> None:
        self.callees: dict[str, set[str]] = {}
        seeds = set()
        known: dict[int, tuple[frozenset[str], bool]] = {}
        for function in functions:
            callees: set[str] = set()
            for line in function.body:
                node = line.node
                if not node.operands and node.op != "call":
                    continue
                found = known.get(id(node))
                if found is None:
                    inner = list(nodes(node))
                    called = frozenset(n.immediate.removeprefix("$") for n in inner if n.op == "call")
                    found = called, any(touches(n, shadow_top) for n in inner)
                    known[id(node)] = found
                callees |= found[0]
                if found[1]:
                    seeds.add(function.name)
            self.callees[function.name] = callees
        self.collecting = self._reaching(seeds)

    def _reaching(self, seeds: set[str]) -> frozenset[str]:
        callers: dict[str, set[str]] = {}
        for name, callees in self.callees.items():
            for callee in callees:
                callers.setdefault(callee, set()).add(name)
        found, pending = set(seeds), list(seeds)
        while pending:
            for caller in callers.get(pending.pop(), ()):
                if caller not in found:
                    found.add(caller)
                    pending.append(caller)
        return frozenset(found)

    def deepest(self, frames: dict[str, int], guarded: set[str]) -> dict[str, int] | str:
        """For each function the bytes of shadow stack that it and what it calls can take before the next guard.

        `frames` are the bytes of each function's own slots; a function in `guarded` looks first how much is left. If
        functions that have slots call each other in a ring without a guard, the name of one of them.
        """
        depth: dict[str, int] = {}
        open_: set[str] = set()
        for start in self.callees:
            pending = [(start, iter(sorted(self.callees[start])))]
            if start in depth:
                continue
            open_.add(start)
            while pending:
                name, rest = pending[-1]
                callee = next((c for c in rest if c in self.callees and c not in guarded), None)
                if callee is None:
                    below = [depth[c] for c in self.callees[name] if c in depth and c not in guarded]
                    depth[name] = frames.get(name, 0) + max(below, default=0)
                    open_.discard(name)
                    pending.pop()
                elif callee in open_:
                    names = [entry[0] for entry in pending]
                    if any(frames.get(n) for n in names[names.index(callee) :]):
                        return callee
                elif callee not in depth:
                    open_.add(callee)
                    pending.append((callee, iter(sorted(self.callees[callee]))))
        return depth
