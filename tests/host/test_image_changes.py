"""What an evaluation changes inside the image of its bundle is in its delta, or never shows.

The guest lists what a delta consists of, nobody finds it by comparison: code that began to write to the image without telling would
go unnoticed. So here the whole memory of a suspended evaluation is compared with that of its copy, and whatever differs inside
the image must be of a kind that is known not to show.
"""

from __future__ import annotations

import random
import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.heap.shapes import HeapLayout
from ringfence.image import BLOCK_BYTES
from ringfence.sample_events import gateway_events
from tests.host.test_snapshots import BUNDLE, EVENTS, FUNCTIONS, LIMITS

GATEWAY = Path(rf.__file__).parent / "templates" / "gateway"
HEADER = struct.Struct("<IB")
WORD_BYTES = 4
FREE = "free"

HIDDEN = {
    ("guest.values.text.Str", "hash"),  # worked out again when it is needed, at no price
    (
        "Array[u32]",
        "elements",
    ),  # inline caches in code, which are checked whenever they are used; and old records
    ("Array[u64]", "elements"),  # the words of the cache of keys: a key that is not found there is searched
    ("Array[u8]", "elements"),  # buffers beyond the text in them
    (FREE, "elements"),
}


class Image:
    """The parts of a memory that come from an image: static data, and the permanent objects by their addresses."""

    def __init__(self, runtime: rf.Runtime, memory: bytes) -> None:
        layout = runtime.engine.guest.layout
        heap = HeapLayout(layout)
        self.shapes = heap.shapes
        self.static = range(
            layout.constant("guest.heap.layout.CONTROL_SIZE"),
            layout.constant("guest.heap.layout.VM_STACK_BASE"),
        )
        (end,) = struct.unpack_from("<I", memory, heap.tail_start)
        self.objects = range(heap.old_space, end)
        self._starts: list[int] = []
        self._classes: list[int] = []
        at = heap.old_space
        while at < end:
            length, number = HEADER.unpack_from(memory, at)
            self._starts.append(at)
            self._classes.append(number)
            at += self.shapes[number].size(length) if number else length

    def place(self, address: int) -> tuple[str, str]:
        """The class of the permanent object that an address is in, and the field; `elements` behind the fields."""
        found = bisect_right(self._starts, address) - 1
        number, offset = self._classes[found], address - self._starts[found]
        if number == 0:
            return FREE, "elements"
        shape = self.shapes[number]
        if offset >= shape.fixed:
            return shape.name, "elements"
        return shape.name, shape.field_at(offset) or f"header at {offset}"


def differences(one: bytes, other: bytes, places: range) -> Iterator[int]:
    """The addresses of the words there that differ."""
    for start in range(places.start, places.stop, BLOCK_BYTES):
        end = min(start + BLOCK_BYTES, places.stop)
        if one[start:end] != other[start:end]:
            for at in range(start, end, WORD_BYTES):
                if one[at : at + WORD_BYTES] != other[at : at + WORD_BYTES]:
                    yield at


@pytest.mark.parametrize(
    ("bundle", "events"),
    [(BUNDLE, EVENTS * 10), (GATEWAY, list(gateway_events(60)))],
    ids=["stateful", "gateway"],
)
def test_only_what_never_shows_is_left_out(bundle: rf.Bundle | Path, events: list[bytes]) -> None:
    runtime = rf.Runtime()
    rules = runtime.load(bundle, limits=LIMITS, functions=FUNCTIONS)
    image = Image(runtime, bytes(rules._pool.fresh().save()))
    choose = random.Random(9)
    seen: Counter[tuple[str, str]] = Counter()
    for event in events:
        evaluation = rules.start(event, now=1_700_000_000)
        for _ in range(choose.randrange(12)):
            evaluation.step(fuel=choose.choice((3, 20, 300)))
        if evaluation.done:
            continue
        copy = evaluation.fork()
        assert evaluation._isolate is not None and copy._isolate is not None
        memories = evaluation._isolate.save(), copy._isolate.save()
        assert not list(differences(*memories, image.static))
        found = Counter(image.place(at) for at in differences(*memories, image.objects))
        assert set(found) <= HIDDEN, found
        seen += found
        assert copy.result() == evaluation.result()
    assert seen[("Array[u32]", "elements")] > 0
