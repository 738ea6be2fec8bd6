"""The top of a heap's retention graph as text for Graphviz: `ringfence heap BUNDLE --format dot | dot -Tsvg > heap.svg`.

Nodes are the objects that retain most. Solid edges are references from an object to one that it dominates, dotted ones all
other references between nodes; a box stands for each owner, and leads to what nothing dominates.
"""

from __future__ import annotations

from ringfence.heap.contents import clipped
from ringfence.heap.heap import Heap, HeapObject
from ringfence.limits import rounded_size

NODES = 40
LABEL_TEXT = 32
"""Characters of a reference's name that are shown."""


def as_dot(heap: Heap, nodes: int = NODES) -> str:
    """The graph of the `nodes` objects that retain most."""
    chosen = {found.id: found for found in heap.objects[:nodes]}
    lines = ["digraph heap {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    owners = {found.owner: f"owner{number}" for number, found in enumerate(chosen.values())}
    lines += [
        f"  {name} [label={_quoted(owner)}, style=filled, fillcolor=lightgrey];"
        for owner, name in owners.items()
    ]
    lines += [f"  n{found.id:x} [label={_quoted(_label(found))}];" for found in chosen.values()]
    for found in chosen.values():
        if found.dominator is None or found.dominator not in chosen:
            lines.append(f"  {owners[found.owner]} -> n{found.id:x};")
        for step in heap.references(found, chosen):
            style = "" if step.object.dominator == found.id else ", style=dotted"
            label = _quoted(clipped(step.label, LABEL_TEXT))
            lines.append(f"  n{found.id:x} -> n{step.object.id:x} [label={label}{style}];")
    return "\n".join([*lines, "}", ""])


def _label(found: HeapObject) -> str:
    return f"{found}\n{rounded_size(found.size)}, retains {rounded_size(found.retained)}\n{found.id:#x}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else "?" for c in escaped) + '"'
