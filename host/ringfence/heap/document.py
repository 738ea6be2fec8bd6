"""A heap as JSON: a stable document for other programs.

    {"format": "ringfence-heap-1", "scope": "image", "fuel": null, "error": null, "bytes": 101240, "objects": 722,
     "by_class": [{"name": "dict", "objects": 52, "bytes": 5360}, ...], "by_module": [...], "by_site": [...],
     "allocated": [{"name": "check (main.star:12:5)", "objects": 3, "bytes": 120}, ...],
     "dominators": [{"id": "0x2d2270", "type": "module", "text": "main.star", "bytes": 14336, "retained_bytes": 22056,
                     "owner": "main.star", "age": "image", "dominator": null}, ...],
     "path": [{"label": "modules[6]", "object": {...}}, ...],
     "graph": [{"id": ..., "references": [{"label": "global cache", "to": "0x2d3840"}, ...]}, ...]}

`allocated` is null if sites were not recorded; `path` and `graph` are there when they were asked for. Ids are addresses in
hexadecimal, as the `heap` command takes them.
"""

from __future__ import annotations

from typing import Any

from ringfence.heap.heap import Group, Heap, HeapObject, Step

FORMAT = "ringfence-heap-1"


def as_document(
    heap: Heap, *, top: int | None = None, path: list[Step] | None = None, graph: bool = False
) -> dict[str, Any]:
    """A heap as what `json.dumps` takes; `top` rows of each table, all without it."""
    allocated = heap.allocations()
    document: dict[str, Any] = {
        "format": FORMAT,
        "scope": heap.scope.value,
        "fuel": heap.fuel,
        "error": None if heap.error is None else heap.error.as_json(),
        "bytes": heap.total_bytes,
        "objects": len(heap.objects),
        "by_class": [_group(group) for group in heap.by_class()[:top]],
        "by_module": [_group(group) for group in heap.by_module()[:top]],
        "by_site": [_group(group) for group in heap.by_site()[:top]],
        "allocated": None if allocated is None else [_group(group) for group in allocated[:top]],
        "dominators": [_object(found) for found in heap.dominators(top)],
    }
    if path is not None:
        document["path"] = [{"label": step.label, "object": _object(step.object)} for step in path]
    if graph:
        document["graph"] = [
            {
                **_object(found),
                "references": [
                    {"label": step.label, "to": f"{step.object.id:#x}"} for step in heap.references(found)
                ],
            }
            for found in heap.objects
        ]
    return document


def _group(group: Group) -> dict[str, Any]:
    return {"name": group.name, "objects": group.objects, "bytes": group.size}


def _object(found: HeapObject) -> dict[str, Any]:
    return {
        "id": f"{found.id:#x}",
        "type": found.type,
        "text": found.text,
        "bytes": found.size,
        "retained_bytes": found.retained,
        "owner": found.owner,
        "age": found.age,
        "dominator": None if found.dominator is None else f"{found.dominator:#x}",
    }
