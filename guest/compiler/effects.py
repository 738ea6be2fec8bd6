"""Which functions may run the collector: inferred over the whole program.

A function that reads the shadow stack *is* a collector; whoever calls one, or allocates, may collect. Rooting saves
pointers around exactly those calls. Nobody declares any of this, so nobody can get it wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from guest.compiler import ir

SLOW_PATH = "heap.allocate.allocate_slow"
ALLOCATORS = {SLOW_PATH, "heap.allocate.allocate_array"}


def calls(statements: list[ir.Statement]) -> Iterator[str]:
    """Names of the functions that statements call, the allocator's slow path included."""
    for statement in statements:
        if isinstance(statement, ir.Call):
            yield statement.function
        elif isinstance(statement, ir.Allocate):
            yield SLOW_PATH
        elif isinstance(statement, ir.Barrier):
            yield "heap.barrier.remember"
            yield "heap.barrier.remember_element"
            yield "heap.barrier.remember_range"
        for body in ir.children(statement):
            yield from calls(body)


def infer_collecting(functions: dict[str, ir.Function]) -> set[str]:
    """The names of all functions that may collect; also marks them."""
    callers: dict[str, set[str]] = {}
    for name, function in functions.items():
        for callee in calls(function.body):
            callers.setdefault(callee, set()).add(name)
    collecting = set(ALLOCATORS) | {name for name, f in functions.items() if f.reads_shadow_stack}
    pending = list(collecting)
    while pending:
        for caller in callers.get(pending.pop(), ()):
            if caller not in collecting:
                collecting.add(caller)
                pending.append(caller)
    for name in collecting & functions.keys():
        functions[name].may_collect = True
    return collecting


def recursive(functions: dict[str, ir.Function]) -> set[str]:
    """Functions that can call themselves, directly or not."""
    graph = {name: set(calls(f.body)) & functions.keys() for name, f in functions.items()}
    found = set()
    for name, callees in graph.items():
        seen: set[str] = set()
        pending = list(callees)
        while pending:
            callee = pending.pop()
            if callee == name:
                found.add(name)
                break
            if callee not in seen:
                seen.add(callee)
                pending.extend(graph[callee])
    return found
