"""`Heap`: the objects that are alive, what each keeps alive, and why it is there.

The view that users get joins the guest's internal objects (a dict's entries, a function's code words) to the object of the
rule language that they are part of: the nearest one that dominates them. So every byte is counted once, in every table.
`reader.py` makes the graph; `document.py`, `dot.py` and `treemap.py` write what is here in other forms.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ringfence.errors import EvaluationError, HeapError, UsageError
from ringfence.heap.contents import Contents
from ringfence.heap.dominators import immediate_dominators, retained_sizes
from ringfence.heap.labels import TABLE_ROOTS, USER_ROOTS, Labels
from ringfence.heap.reader import Age, ObjectGraph
from ringfence.heap.shapes import VALUE
from ringfence.heap.sites import Allocations

PARTS = {
    "Function": ("cells", "defaults"),
    "Code": ("parameters",),
    "Struct": ("names",),
    "Set": ("elements",),
    "Module": ("exports", "loads"),
    "Namespace": ("members",),
}
"""Fields that refer to a container which is a part of the object, not a value that a rule could name."""

INTERNAL = "internal"
"""The type of what is part of no object of the rule language: the guest's own tables."""
GUEST = "the guest's own tables"
NOT_RECORDED = "(not recorded)"


class Scope(StrEnum):
    """Which objects a heap shows."""

    IMAGE = "image"
    """What the bundle loaded."""
    EVENT = "event"
    """What is there beside the image: what an event, or the events of a session, allocated."""
    ALL = "all"
    """Both, and what every isolate has."""


def checked_scope(scope: str) -> Scope:
    """The scope of this name; raises `UsageError` if there is none."""
    if scope not in set(Scope):
        raise UsageError(f"a Scope is {', '.join(map(repr, map(str, Scope)))}, not {scope!r}")
    return Scope(scope)


@dataclass(frozen=True, slots=True)
class HeapObject:
    """An object that is alive."""

    id: int
    """Its address: the same whenever the same bundle decides the same event."""
    type: str
    """Its type in the rule language, or `internal`."""
    text: str
    """What it holds, in a few words."""
    size: int
    """Bytes of the object and its parts."""
    retained: int
    """Bytes that would be free if it were gone: its own, and those of all that only it keeps alive."""
    owner: str
    """The file that it belongs to, or what else keeps it."""
    age: str
    """`built-in`, `image`, or `recent`: allocated by events."""
    dominator: int | None
    """The id of the nearest object that alone keeps it alive; None if there is none."""

    def __str__(self) -> str:
        return f"{self.type} {self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Group:
    """A row of a summary: how many objects have something in common, and their bytes."""

    name: str
    objects: int
    size: int


@dataclass(frozen=True, slots=True)
class Step:
    """A reference on a path, and the object that it leads to. The first step's `label` is the root."""

    label: str
    object: HeapObject


class Heap:
    """The live objects of a rule set, an event or a session, at one moment."""

    def __init__(
        self,
        graph: ObjectGraph,
        scope: Scope,
        *,
        raw: bool = False,
        allocations: Sequence[Allocations] | None = None,
        fuel: int | None = None,
        error: EvaluationError | None = None,
    ) -> None:
        """`raw` shows the guest's objects as they are, without joining parts; `allocations` is what was recorded."""
        self._graph = graph
        self._contents = Contents(graph)
        self._labels = Labels(self._contents)
        self._allocations = allocations
        self._sites = {site.number: site.name for site in allocations or ()}
        self.scope = scope
        self.raw = raw
        self.fuel = fuel
        """The moment of its event that this is, in units of fuel spent; None where no event is running."""
        self.error = error
        """What the event ends in, if not in a decision."""
        count = len(graph)
        successors = [
            [target for target in graph.targets[source] if graph.keeps(source, target)]
            for source in range(count)
        ]
        shown = {Scope.IMAGE: (Age.IMAGE,), Scope.EVENT: (Age.RECENT,), Scope.ALL: tuple(Age)}[scope]
        self._shown = [number for number in range(count) if graph.ages[number] in shown]
        self._dominators = immediate_dominators([*successors, list(graph.roots)], count)
        self._whole = self._join_parts()
        self._owners = self._find_owners()
        sizes = [size if age in shown else 0 for size, age in zip(graph.sizes, graph.ages, strict=True)]
        self._retained = retained_sizes(self._dominators, [*sizes, 0], count)
        self._sizes: dict[int, int] = {}
        """Bytes of each object that is in the view, with its parts."""
        for number in self._shown:
            whole = self._whole[number]
            self._sizes[whole] = self._sizes.get(whole, 0) + graph.sizes[number]
        self._nearest = self._find_nearest()

    # Objects.

    @cached_property
    def objects(self) -> tuple[HeapObject, ...]:
        """All objects, those that retain most first."""
        order = sorted(
            self._sizes, key=lambda number: (-self._retained[number], self._graph.addresses[number])
        )
        return tuple(self._object(number) for number in order)

    @cached_property
    def _by_id(self) -> dict[int, HeapObject]:
        return {found.id: found for found in self.objects}

    @property
    def total_bytes(self) -> int:
        """Bytes of all objects."""
        return sum(self._graph.sizes[number] for number in self._shown)

    def object(self, id: int) -> HeapObject:
        """The object of an id; a part's id gives what it is part of. Raises `HeapError` if there is none."""
        if isinstance(id, bool) or not isinstance(id, int):
            raise UsageError(
                f"an object's id is a whole number, not {id!r}",
                advice="Take it from an object of this heap: heap.objects[0].id.",
            )
        number = self._graph.numbers.get(id)
        found = None if number is None else self._by_id.get(self._graph.addresses[self._whole[number]])
        if found is None:
            raise HeapError(f"the heap has no object {id:#x}")
        return found

    def references(self, source: HeapObject, among: Container[int] | None = None) -> list[Step]:
        """What an object refers to, each with the name of the reference; `among` restricts it to some ids."""
        whole = self._number(source)
        # Breadth first: an object that is referred to in several ways is told by the shortest.
        chains = deque([[whole]])
        found: dict[int, Step] = {}
        seen = {whole}
        while chains:
            chain = chains.popleft()
            for target in self._graph.targets[chain[-1]]:
                if target in seen:
                    continue
                seen.add(target)
                if self._whole[target] == whole:
                    chains.append([*chain, target])
                    continue
                address = self._graph.addresses[self._whole[target]]
                if address in self._by_id and (among is None or address in among) and address not in found:
                    found[address] = Step(self._labels.edge([*chain, target]), self._by_id[address])
        return list(found.values())

    # Summaries.

    def by_class(self) -> list[Group]:
        """Objects by type, the largest sum first."""
        return _groups((found.type, 1, found.size) for found in self.objects)

    def by_module(self) -> list[Group]:
        """Objects by the file that they belong to, or what else keeps them."""
        return _groups((found.owner, 1, found.size) for found in self.objects)

    def by_site(self) -> list[Group]:
        """Objects by the line that allocated them, if that was recorded. Parts count where they were allocated themselves."""
        graph = self._graph
        return _groups(
            (self._sites.get(graph.site(number), NOT_RECORDED), 1, graph.sizes[number])
            for number in self._shown
        )

    def allocations(self) -> list[Group] | None:
        """All that was allocated up to this moment, alive or not, by the line that did it; None if it was not recorded."""
        if self._allocations is None:
            return None
        return _groups((site.name, site.objects, site.size) for site in self._allocations if site.objects)

    def dominators(self, count: int | None = None) -> list[HeapObject]:
        """The objects that retain most and are no other's alone; `count` of them."""
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
            raise UsageError(
                f"count is a number of objects, at least 0, not {count!r}", advice="Leave it out for all."
            )
        heads = [found for found in self.objects if found.dominator is None]
        return heads[:count]

    def dominated(self, by: HeapObject | None) -> list[HeapObject]:
        """The objects whose nearest dominator is this one (None: that nothing dominates), those that retain most first."""
        return self._children.get(None if by is None else by.id, [])

    @cached_property
    def _children(self) -> dict[int | None, list[HeapObject]]:
        children: dict[int | None, list[HeapObject]] = {}
        for found in self.objects:
            children.setdefault(found.dominator, []).append(found)
        return children

    # Paths.

    def path(self, target: HeapObject | int) -> list[Step]:
        """A shortest path from a root to an object: why it is alive. Raises `HeapError` for an unknown id."""
        found = self.object(target.id if isinstance(target, HeapObject) else target)
        numbers = [self._number(found)]
        while (above := self._graph.parents[numbers[-1]]) >= 0:
            numbers.append(above)
        numbers.reverse()
        label = self._labels.root(self._graph.roots[numbers[0]])
        steps: list[Step] = []
        chain: list[int] = []
        for number in numbers:
            chain.append(number)
            if self._whole[number] != number:
                continue
            if len(chain) > 1:
                edge = self._labels.edge(chain)
                # The guest's own tables on the way say nothing: what they hold does.
                label = label + edge if not steps and edge.startswith("[") else edge if steps else label
            chain = [number]
            if self.raw or number == numbers[-1] or not self._is_table(number):
                steps.append(Step(label, self._object(number)))
        return steps

    def _is_table(self, number: int) -> bool:
        """Whether an object is the guest's own, and part of nothing that a rule author knows."""
        if self._contents.type_of(number) is None:
            return self._whole[number] == number
        root = self._graph.roots.get(number)
        if root is None or self._graph.parents[number] >= 0 or root.name == "register":
            return False
        return root.name not in USER_ROOTS and self._contents.class_of(number) in ("List", "Dict", "Tuple")

    # Other forms. Their files import this one, so it imports them late.

    def to_json(self, *, top: int | None = None, graph: bool = False) -> str:
        """A JSON document (see `ringfence.heap.document`): `top` rows of each table; with `graph`, every object and reference."""
        from ringfence.heap.document import as_document

        return json.dumps(as_document(self, top=top, graph=graph), indent=1) + "\n"

    def to_dot(self, nodes: int = 40) -> str:
        """The `nodes` objects that retain most, and their references, as text for Graphviz."""
        from ringfence.heap.dot import as_dot

        return as_dot(self, nodes)

    def to_svg(self, title: str = "") -> str:
        """The tree of dominators as nested rectangles, whose areas are bytes, as SVG."""
        from ringfence.heap.treemap import as_svg

        return as_svg(self, title)

    # Making the view.

    def _number(self, found: HeapObject) -> int:
        return self._graph.numbers[found.id]

    def _join_parts(self) -> list[int]:
        """For each object the one that it is part of, often itself. A dominator is found before what it dominates."""
        graph = self._graph
        whole = list(range(len(graph)))
        if not self.raw:
            for number, above in enumerate(self._dominators[:-1]):
                if above < number and self._is_part(number, above):
                    whole[number] = whole[above]
        return whole

    def _find_nearest(self) -> list[int]:
        """For each object the nearest dominator that is in the view; -1 if there is none."""
        nearest: list[int] = []
        for above in self._dominators[:-1]:
            if above == len(self._graph):
                nearest.append(-1)
            else:
                whole = self._whole[above]
                nearest.append(whole if whole in self._sizes else nearest[above])
        return nearest

    def _is_part(self, number: int, above: int) -> bool:
        if self._contents.type_of(number) is None:
            return True
        fields = PARTS.get(self._contents.class_of(above), ())
        return any(self._contents.part(above, field) == number for field in fields)

    def _find_owners(self) -> list[str]:
        """For each object the file that it is first reached from, or the root."""
        graph = self._graph
        owners: list[str] = []
        data = next((n for n, root in graph.roots.items() if TABLE_ROOTS.get(root.name) == "data files"), -1)
        for number, above in enumerate(graph.parents):
            owner = self._contents.module_path(number) if graph.ages[number] is Age.IMAGE else ""
            if not owner:
                owner = self._root_owner(number) if above < 0 else owners[above]
            if above >= 0 and graph.parents[above] == data >= 0 and graph.shapes[above].element == VALUE:
                owner = self._data_file(above, number)
            owners.append(owner)
        return owners

    def _root_owner(self, number: int) -> str:
        root = self._graph.roots.get(number)
        if root is None:
            return GUEST
        if root.name in ("register", "saved pointer") or root.name in USER_ROOTS:
            return self._labels.root(root)
        return TABLE_ROOTS.get(root.name, GUEST)

    def _data_file(self, entries: int, number: int) -> str:
        slot = self._labels.slot(entries, number)
        assert isinstance(slot, int)
        key = self._graph.numbers.get(self._contents.element(entries, slot & ~1))
        return f"data/{self._contents.text(key)}"

    def _object(self, number: int) -> HeapObject:
        graph, contents = self._graph, self._contents
        kind, text = contents.type_of(number), contents.describe(number)
        if self.raw:
            kind = contents.class_of(number)
        elif kind is None or self._is_table(number):
            kind = INTERNAL
            root = graph.roots.get(number)
            where = f" ({self._labels.root(root)})" if root is not None else ""
            text = f"{contents.class_of(number)} {text}".rstrip() + where
        above = self._nearest[number]
        return HeapObject(
            graph.addresses[number],
            kind,
            text,
            self._sizes.get(number, graph.sizes[number]),
            self._retained[number],
            self._owners[number],
            graph.ages[number].name.lower().replace("_", "-"),
            None if above < 0 else graph.addresses[above],
        )


def _groups(rows: Iterable[tuple[str, int, int]]) -> list[Group]:
    """Names, objects and bytes, those of one name added up; the largest first."""
    counts: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for name, objects, size in rows:
        counts[name] = counts.get(name, 0) + objects
        sizes[name] = sizes.get(name, 0) + size
    groups = [Group(name, counts[name], size) for name, size in sizes.items()]
    return sorted(groups, key=lambda group: (-group.size, group.name))
