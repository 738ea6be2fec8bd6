"""A heap as tables for a terminal: where the bytes are by class, module and site, what retains most, and why it is alive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ringfence.heap.heap import Group, Heap, HeapObject, Scope, Step
from ringfence.limits import rounded_size

WHAT = {
    Scope.IMAGE: "what the bundle loaded",
    Scope.EVENT: "what is alive beside the image",
    Scope.ALL: "everything in the isolate",
}


class By(StrEnum):
    """What the objects are summed up by."""

    CLASS = "class"
    MODULE = "module"
    SITE = "site"
    DOMINATOR = "dominator"


def print_heap(console: Console, heap: Heap, tables: Iterable[By], top: int) -> None:
    """The total, then each table with its `top` rows."""
    moment = "" if heap.fuel is None else f", after {heap.fuel:,} units of fuel"
    console.print(
        Text(
            f"{WHAT[heap.scope]}{moment}: {rounded_size(heap.total_bytes)} ({heap.total_bytes:,} bytes) "
            f"in {len(heap.objects):,} objects"
        )
    )
    for by in tables:
        console.print()
        if by is By.DOMINATOR:
            console.print(_objects(heap, heap.dominators(), top))
        elif by is By.SITE:
            allocated = heap.allocations() or []
            console.print(_groups("allocated by", allocated, sum(group.size for group in allocated), top))
            console.print()
            console.print(_groups("alive, by site", heap.by_site(), heap.total_bytes, top))
        else:
            groups = heap.by_class() if by is By.CLASS else heap.by_module()
            console.print(_groups(by.value, groups, heap.total_bytes, top))


def print_path(console: Console, steps: Sequence[Step]) -> None:
    """Why an object is alive: from the root to it, a line for each reference."""
    last = steps[-1].object
    console.print(Text(f"why {last} ({last.id:#x}) is alive"))
    console.print()
    table = Table(box=None, pad_edge=False)
    for heading in ("by", "object", "id"):
        table.add_column(heading, overflow="fold")
    for heading in ("bytes", "retains"):
        table.add_column(heading, justify="right", no_wrap=True)
    for step in steps:
        found = step.object
        table.add_row(
            Text(step.label), Text(str(found)), f"{found.id:#x}", f"{found.size:,}", f"{found.retained:,}"
        )
    console.print(table)


def _groups(heading: str, groups: list[Group], total: int, top: int) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(heading, overflow="fold", min_width=24)
    for column in ("objects", "bytes", "share"):
        table.add_column(column, justify="right", no_wrap=True)
    for group in groups[:top]:
        share = f"{group.size / total:.1%}" if total else ""
        table.add_row(Text(group.name), f"{group.objects:,}", f"{group.size:,}", share)
    if len(groups) > top:
        objects, size = sum(g.objects for g in groups[top:]), sum(g.size for g in groups[top:])
        table.add_row(f"{len(groups) - top} more", f"{objects:,}", f"{size:,}", f"{size / total:.1%}")
    return table


def _objects(heap: Heap, objects: list[HeapObject], top: int) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("dominator", overflow="fold", min_width=24)
    table.add_column("of", overflow="fold")
    table.add_column("id", no_wrap=True)
    for heading in ("bytes", "retains", "share"):
        table.add_column(heading, justify="right", no_wrap=True)
    for found in objects[:top]:
        share = f"{found.retained / heap.total_bytes:.1%}"
        table.add_row(
            Text(str(found)),
            Text(found.owner),
            f"{found.id:#x}",
            f"{found.size:,}",
            f"{found.retained:,}",
            share,
        )
    if len(objects) > top:
        rest = sum(found.retained for found in objects[top:])
        table.add_row(f"{len(objects) - top} more", "", "", "", f"{rest:,}", f"{rest / heap.total_bytes:.1%}")
    return table
