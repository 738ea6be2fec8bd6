"""A copy of a guest's memory, read into a graph of the objects that are alive.

The memory is not trusted. Every object is looked at once; every length, class and pointer is checked against the memory's
end, and objects must not overlap, so time and space are bounded by the memory's size, whatever it holds. Nonsense raises
`IsolateTrapped`.

Objects are found in the order in which a rule author would look for them: first what modules, rules, data files and running
functions refer to, then what only weak references do, and last what only the guest's own tables hold (the interned strings,
caches). A reference from a later find to an earlier one, or from a newer object to an older one that the image holds anyway,
keeps nothing alive; `keeps` tells them apart. `heap.py` makes the view of it that users see.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NoReturn

from ringfence.abi import U32
from ringfence.errors import IsolateTrapped
from ringfence.heap.shapes import ALIGNMENT, HEADER_BYTES, POINTER, VALUE, HeapLayout, Shape

MAXIMUM_OBJECTS = 1_000_000
"""Heaps of more objects are refused: a graph takes some hundred bytes of the host's memory for each."""

FIRST_IMMEDIATE = 1 << 48
"""The smallest Value that is no pointer."""
ADDRESS_LIMIT = 1 << 32

OWNING_ROOTS = (
    "guest.machine.data.documents",
    "guest.machine.modules.order",
    "guest.machine.loaded.modules",
    "guest.machine.rules.rules",
    "guest.machine.decisions.default_decision",
    "guest.machine.policy.decide_function",
    "guest.library.failing.values",
    "guest.heap.handles.table",
)
"""The module variables by which a bundle's own objects are alive, in the order in which they are followed: each to its end, so
that what a module holds belongs to it, whatever else refers to it. What only other variables hold is the guest's own."""

RECORDING = "guest.heap.recording.table"
"""The variable that refers to the recording's own table, which is there only because the heap is looked at."""

WEAK_CLASSES = ("guest.heap.weak.WeakReference", "guest.heap.weak.WeakMap")
"""What these refer to is not kept alive by them: they are followed when everything else has been."""


class Age(IntEnum):
    """Since when an object is there."""

    BUILT_IN = 0
    """Part of every isolate: built-ins and the guest's own tables."""
    IMAGE = 1
    """Part of the loaded bundle."""
    RECENT = 2
    """Allocated by an event, or by the events of a session."""


class Tier(IntEnum):
    """What keeps an object alive, the best first."""

    OWNED = 0
    WEAK = 1
    GUEST = 2


@dataclass(frozen=True, slots=True)
class Root:
    """Where a reference begins: a module variable of the guest by name, or a slot of a stack by address."""

    name: str
    address: int


@dataclass(slots=True)
class ObjectGraph:
    """The objects that are alive, numbered in the order in which they were found, with what each refers to."""

    layout: HeapLayout
    content: bytes | bytearray
    addresses: list[int] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    ages: list[Age] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    """The object by which each was found, or -1 where it was a root."""
    targets: list[list[int]] = field(default_factory=list)
    """Numbers of the objects that each refers to, without repetition."""
    roots: dict[int, Root] = field(default_factory=dict)
    """The objects that roots refer to, each with the first of them."""
    numbers: dict[int, int] = field(default_factory=dict)
    """Objects by address."""

    def __len__(self) -> int:
        return len(self.addresses)

    def length(self, number: int) -> int:
        """The number of trailing elements."""
        return self.u32(self.addresses[number])

    def site(self, number: int) -> int:
        """The number of the allocation site in the object's header; 0 if none was recorded."""
        at = self.addresses[number]
        if at == self.u32(self.layout.pending):
            # The newest object of a recording: it gets its number with the next one.
            return self.u32(self.layout.pending_site)
        return self.u32(at + 4) >> 16

    def u32(self, address: int) -> int:
        """The word at an address inside the memory."""
        return int.from_bytes(self.content[address : address + 4], "little")

    def u64(self, address: int) -> int:
        """The eight bytes at an address inside the memory."""
        return int.from_bytes(self.content[address : address + 8], "little")

    def is_young(self, number: int) -> bool:
        """Whether the object is still in the nursery."""
        return self.layout.nursery <= self.addresses[number] < self.layout.nursery_end

    def is_weak(self, number: int) -> bool:
        """Whether the references of an object keep nothing alive."""
        return self.shapes[number].name in WEAK_CLASSES

    def keeps(self, source: int, target: int) -> bool:
        """Whether a reference keeps its target alive, among everything else that does."""
        if self.parents[target] == source:
            return True
        return (
            self.tiers[source] <= self.tiers[target]
            and self.ages[source] <= self.ages[target]
            and not self.is_weak(source)
        )


def base_areas(layout: HeapLayout, base_image: bytes) -> list[int]:
    """The addresses at which built-in objects begin and end to lie, alternately, from the memory of a guest that has booted."""
    borders = [layout.old_space]
    count = min(U32.unpack_from(base_image, layout.extent_count)[0], layout.extent_limit)
    for index in range(count):
        # A hole in the base image is where a bundle's objects may go.
        entry = layout.extents + 8 * index
        borders += [U32.unpack_from(base_image, entry)[0], U32.unpack_from(base_image, entry + 4)[0]]
    return [*borders, U32.unpack_from(base_image, layout.tail_start)[0]]


def read_graph(layout: HeapLayout, content: bytes | bytearray, built_in: list[int]) -> ObjectGraph:
    """The graph of a memory; `built_in` is what `base_areas` gives. Raises `IsolateTrapped` if the memory makes no sense."""
    return _Reader(layout, content, built_in).read()


class _Reader:
    def __init__(self, layout: HeapLayout, content: bytes | bytearray, built_in: list[int]) -> None:
        self._layout = layout
        self._graph = ObjectGraph(layout, content)
        self._content = content
        self._built_in = built_in
        whole = len(content) // ALIGNMENT * ALIGNMENT
        self._words = memoryview(content)[:whole].cast("I")
        self._longs = memoryview(content)[:whole].cast("Q")
        self._end = whole
        self._bytes = 0
        self._visited = 0
        self._weak: list[tuple[int, int]] = []
        self._older: list[tuple[int, int]] = []

    def read(self) -> ObjectGraph:
        if self._end < self._layout.old_space:
            self._broken("the memory ends before its old space")
        for root in self._variables(owning=True):
            self._follow([root], Tier.OWNED)
        self._follow(list(self._stacks()), Tier.OWNED)
        self._resume(self._weak, Tier.WEAK)
        self._follow([*self._variables(owning=False), *self._mutated()], Tier.GUEST)
        while self._older or self._weak:
            self._resume(self._older, Tier.GUEST)
            self._resume(self._weak, Tier.GUEST)
        self._check_overlaps()
        return self._graph

    def _broken(self, what: str) -> NoReturn:
        raise IsolateTrapped(f"the guest's heap is broken: {what}")

    # Roots.

    def _variables(self, owning: bool) -> Iterator[tuple[Root, int]]:
        variables = {variable.name: variable for variable in self._layout.roots}
        known = [name for name in OWNING_ROOTS if name in variables]
        names = known if owning else [name for name in variables if name not in (*known, RECORDING)]
        for name in names:
            variable = variables[name]
            target = self._reference(variable.address, variable.type)
            if target:
                yield Root(name, variable.address), target

    def _stacks(self) -> Iterator[tuple[Root, int]]:
        """What is not permanent and in a register, or saved by a function of the guest."""
        layout = self._layout
        for name, start, limit, top in (
            ("register", layout.vm_stack, layout.vm_stack_limit, self._word(layout.vm_top)),
            (
                "saved pointer",
                layout.shadow_stack,
                layout.shadow_stack_limit,
                self._word(layout.shadow_top),
            ),
        ):
            if top % ALIGNMENT or not start <= top <= limit:
                self._broken(f"the stack of {name}s ends at {top:#x}")
            for address in range(start, top, 8):
                target = self._reference(address, VALUE)
                if target and self._age(target) is Age.RECENT:
                    yield Root(name, address), target

    def _mutated(self) -> Iterator[tuple[Root, int]]:
        """Permanent objects that the guest has written to: what they refer to is alive."""
        count = self._word(self._layout.mutated_count)
        if count > self._layout.mutated_limit:
            self._broken(f"{count} permanent objects have been written to")
        for index in range(count):
            address = self._layout.mutated + 4 * index
            yield Root("mutated", address), self._word(address)

    # Checked reading.

    def _word(self, address: int) -> int:
        return self._words[address >> 2]

    def _reference(self, address: int, kind: str) -> int:
        """The address in a pointer or a Value; 0 if it holds none."""
        if kind == POINTER:
            return self._words[address >> 2]
        pattern = self._longs[address >> 3]
        if pattern >= FIRST_IMMEDIATE:
            return 0
        if pattern >= ADDRESS_LIMIT:
            self._broken(f"the value at {address:#x} is no value")
        return pattern

    def _age(self, at: int) -> Age:
        """The age of the object at an address, which is checked."""
        if at % ALIGNMENT or not self._layout.nursery <= at <= self._end - HEADER_BYTES:
            self._broken(f"no object can be at {at:#x}")
        if not (self._words[(at >> 2) + 1] >> 8) & self._layout.permanent:
            return Age.RECENT
        return Age.BUILT_IN if bisect.bisect_right(self._built_in, at) % 2 else Age.IMAGE

    def _discover(self, at: int, parent: int, tier: Tier) -> int:
        """Number the object at an address."""
        graph = self._graph
        age = self._age(at)
        word = at >> 2
        shape = self._layout.shapes.get(self._words[word + 1] & 0xFF)
        if shape is None:
            self._broken(f"the object at {at:#x} has no class")
        size = shape.size(self._words[word])
        self._bytes += size
        if at + size > self._end or self._bytes > self._end:
            self._broken(f"the object at {at:#x} is larger than its place")
        number = len(graph.addresses)
        if number == MAXIMUM_OBJECTS:
            raise IsolateTrapped(
                f"the heap has more than {MAXIMUM_OBJECTS:,} objects",
                advice="Look at it after less fuel, or with a smaller event or bundle.",
            )
        graph.numbers[at] = number
        graph.addresses.append(at)
        graph.shapes.append(shape)
        graph.sizes.append(size)
        graph.ages.append(age)
        graph.tiers.append(tier)
        graph.parents.append(parent)
        graph.targets.append([])
        return number

    def _references(self, at: int, shape: Shape) -> list[int]:
        """The addresses that an object refers to, without repetition."""
        found = [self._words[(at + offset) >> 2] for offset in shape.pointers]
        found += [self._reference(at + offset, VALUE) for offset in shape.values]
        start, length = at + shape.fixed, self._words[at >> 2]
        if shape.element == POINTER:
            found += self._words[start >> 2 : (start >> 2) + length]
        elif shape.element == VALUE:
            patterns = self._longs[start >> 3 : (start >> 3) + length]
            pointers = [pattern for pattern in patterns if pattern < FIRST_IMMEDIATE]
            if pointers and max(pointers) >= ADDRESS_LIMIT:
                self._broken(f"an element of the object at {at:#x} is no value")
            found += pointers
        return [target for target in dict.fromkeys(found) if target]

    # The search.

    def _follow(self, roots: list[tuple[Root, int]], tier: Tier) -> None:
        """Find what roots lead to."""
        numbers = self._graph.numbers
        for root, at in roots:
            if at not in numbers:
                self._discover(at, -1, tier)
            self._graph.roots.setdefault(numbers[at], root)
        self._search(tier)

    def _resume(self, pending: list[tuple[int, int]], tier: Tier) -> None:
        """Find what references lead to that were put off."""
        while pending:
            for source, at in pending:
                if at not in self._graph.numbers:
                    self._discover(at, source, tier)
            pending.clear()
            self._search(tier)

    def _search(self, tier: Tier) -> None:
        """Breadth first, so that every object's parents are a shortest path to it."""
        graph, numbers = self._graph, self._graph.numbers
        while self._visited < len(graph.addresses):
            source = self._visited
            self._visited += 1
            shape, age, weak = graph.shapes[source], graph.ages[source], graph.is_weak(source)
            references = self._references(graph.addresses[source], shape)
            for at in references:
                if at in numbers:
                    continue
                if weak:
                    self._age(at)
                    self._weak.append((source, at))
                elif self._age(at) < age:
                    self._older.append((source, at))
                else:
                    self._discover(at, source, tier)
            # What is not numbered yet is at the end; numbers are filled in when all are known.
            graph.targets[source] = references

    def _check_overlaps(self) -> None:
        """Objects lie side by side; and now that all are found, addresses of targets become their numbers."""
        graph, numbers = self._graph, self._graph.numbers
        end = 0
        for number in sorted(range(len(graph)), key=graph.addresses.__getitem__):
            if graph.addresses[number] < end:
                self._broken(f"the object at {graph.addresses[number]:#x} lies in another one")
            end = graph.addresses[number] + graph.sizes[number]
        graph.targets = [[numbers[at] for at in references] for references in graph.targets]
