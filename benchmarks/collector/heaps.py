"""Programs that keep a heap of one shape alive and go on allocating: what is long-lived is replaced, bit by bit.

Each builds its heap in `build`, stops at a mark, fills the nursery with what stays alive, stops again, and then replaces parts of
the heap until the last mark, so that the old space fills with garbage.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMORY = 256 << 20
"""The memory limit: room that does not press the collector."""

PROGRAM = """
def measure():
    count = {count}
    {build}
    mark()
    young = None
    for i in range(41000):
        young = (i, young)
    mark()
    kept = [None] * 60000
    for i in range({turns}):
        {replace}
    mark()
measure()
"""


@dataclass(frozen=True)
class Heap:
    """A shape of a heap."""

    name: str
    build: str
    """Makes the heap of `count` parts."""
    replace: str
    """Replaces one part by another one, in turn `i`."""
    part_bytes: int
    """About what a part of the heap takes."""
    replaced_bytes: int
    """About what a part takes that replaces another one."""

    def program(self, live_bytes: int, replaced_bytes: int) -> str:
        """The source, with so many bytes alive, of which so many are replaced before the last mark."""
        return PROGRAM.format(
            count=live_bytes // self.part_bytes,
            build=self.build.replace("\n", "\n    "),
            turns=replaced_bytes // self.replaced_bytes,
            replace=self.replace.replace("\n", "\n        "),
        )


KEPT = "kept[i % 60000] = [i]"
"""Beside a heap that cannot be replaced in parts: lists that live for 60,000 turns, longer than a nursery."""

HEAPS = (
    Heap("lists", "heap = [[i, i] for i in range(count)]", "heap[i * 7919 % count] = [i, i]", 62, 56),
    Heap(
        "dicts",
        'heap = [{"key": i, "next": None} for i in range(count)]',
        'heap[i * 7919 % count] = {"key": i, "next": heap[i % count]}\nheap[i % count]["next"] = None',
        118,
        112,
    ),
    Heap(
        "strings",
        'heap = ["text number %d" % i for i in range(count)]',
        'heap[i * 7919 % count] = "text number %d" % i',
        53,
        48,
    ),
    Heap("one list", "heap = [0] * count", KEPT, 8, 48),
    Heap("nested lists", "heap = []\nfor i in range(count):\n    heap = [heap]", KEPT, 40, 48),
    Heap(
        "comb",
        "heap = None\nfor i in range(count):\n    heap = (heap, ((((i, None), None), None), None))",
        KEPT,
        120,
        48,
    ),
    Heap(
        "graph",
        "heap = [[i, None, None] for i in range(count)]\n"
        "for i in range(count):\n    heap[i][1] = heap[i * 7919 % count]\n    heap[i][2] = heap[(i + 1) % count]",
        # The new node takes the place of the old one in both nodes that refer to it, so that it dies and takes nothing along.
        "at = i * 7919 % count\n"
        "node = [i, heap[at * 7919 % count], heap[(at + 1) % count]]\n"
        "heap[at] = node\nheap[i % count][1] = node\nheap[at - 1][2] = node",
        64,
        64,
    ),
)
