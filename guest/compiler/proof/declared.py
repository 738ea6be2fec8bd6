"""What the sources declare, as the proof needs it: classes, module variables, types of locals, lines of functions.

Offsets and sizes of classes are computed here again from the fields, so that a mistake in `layout` is noticed and not shared;
only the numbers of the classes and the places of variables and tables are taken from there, because they are choices.
"""

from __future__ import annotations

from dataclasses import dataclass

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.constants import Constants
from guest.compiler.layout import HEADER_SIZE, IDENTITY_FIELD, SHADOW_TOP_ADDRESS, Layout
from guest.compiler.program import Program

ALIGNMENT = 8
HEAP_MODULE = "guest.heap."


def aligned(offset: int, unit: int) -> int:
    """The next multiple of `unit`."""
    return (offset + unit - 1) // unit * unit


@dataclass(frozen=True)
class ClassFacts:
    """An object's shape: types by offset, then `element`s from `fixed` on."""

    number: int
    name: str
    fields: dict[int, t.Type]
    fixed: int
    element: t.Type | None
    identity: int = 0
    """The offset of the field `identity`, 0 if there is none."""

    def size(self, length: int) -> int:
        """Bytes of an object with so many trailing elements."""
        each = t.size_of(self.element) if self.element is not None else 0
        return aligned(self.fixed + each * length, ALIGNMENT)


def shape(number: int, name: str, fields: list[tuple[str, t.Type]], element: t.Type | None) -> ClassFacts:
    """Fields in order, each at a multiple of its size, behind the header."""
    offset = HEADER_SIZE
    found: dict[int, t.Type] = {}
    identity = 0
    for field, kind in fields:
        offset = aligned(offset, t.size_of(kind))
        found[offset] = kind
        if field == IDENTITY_FIELD:
            identity = offset
        offset += t.size_of(kind)
    fixed = aligned(offset, t.size_of(element) if element is not None else ALIGNMENT)
    return ClassFacts(number, name, found, fixed, element, identity)


@dataclass(frozen=True)
class VariableFacts:
    """A module variable."""

    name: str
    type: t.Type
    address: int

    @property
    def in_heap(self) -> bool:
        """Whether it belongs to `guest/heap/`."""
        return self.name.startswith(HEAP_MODULE)


@dataclass(frozen=True)
class Span:
    """A range of addresses."""

    start: int
    end: int

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end


@dataclass(frozen=True)
class Declared:
    """Everything that the text cannot say. `locals` maps functions to the types of their locals."""

    classes: dict[str, ClassFacts]
    variables: dict[int, VariableFacts]
    locals: dict[str, dict[str, t.Type]]
    heads: dict[str, str]
    """Where each emitted function is declared: `path:line`."""
    owners: dict[str, list[tuple[int, int, str]]]
    """For each guest file the functions in it: first line, last line, qualified name."""
    foreign: frozenset[str]
    """Modules that are compiled as part of the guest and do not belong to it: test guests."""
    whole: bool
    """Whether this is the whole guest, and not some of its modules."""
    control: Span
    static: Span
    counters: Span
    shadow: Span
    nursery: Span
    class_table: int
    root_table: int

    @property
    def shadow_top(self) -> int:
        """The address of the shadow stack's top."""
        return SHADOW_TOP_ADDRESS

    def address_of(self, name: str) -> int:
        """The address of a module variable, 0 if the program has none of that name."""
        return next((v.address for v in self.variables.values() if v.name == name), 0)

    def owner(self, place: str) -> str:
        """The qualified name of the function whose source a place is in; empty if it is in none."""
        path, _, line = place.rpartition(":")
        if line:
            for first, last, name in self.owners.get(path, ()):
                if first <= int(line) <= last:
                    return name
        return ""


def declare(
    program: Program,
    constants: Constants,
    layout: Layout,
    functions: dict[str, ir.Function],
    addresses: dict[str, int],
    counters: Span,
    static_end: int,
    whole: bool,
) -> Declared:
    """Collect what the proof reads. `addresses` and the spans say where the finished build put its tables."""
    classes: dict[str, ClassFacts] = {}
    for cls in program.classes:
        element = cls.inline[1] if cls.inline is not None else None
        number = layout.classes[cls.qualified].number
        classes[cls.qualified] = shape(number, cls.name, cls.fields, element)
    for target, numbered in layout.classes.items():
        if target not in classes:
            classes[target] = shape(numbered.number, target, [], numbered.element)
    owners: dict[str, list[tuple[int, int, str]]] = {}
    for function in program.functions():
        node = function.node
        first = getattr(node, "lineno", 0)
        last = getattr(node, "end_lineno", first) or first
        owners.setdefault(function.module.path, []).append((first, last, function.qualified))

    return Declared(
        classes=classes,
        variables={v.address: VariableFacts(v.qualified, v.type, v.address) for v in layout.variables},
        locals={
            name: {local.name: local.kind for local in [*f.parameters, *f.locals] if local.kind is not None}
            for name, f in functions.items()
        },
        heads={name: f"{f.path}:{f.line}" for name, f in functions.items()},
        owners=owners,
        foreign=frozenset(program.extra),
        whole=whole,
        control=Span(0, layout.control_size),
        static=Span(layout.static_base, static_end),
        counters=counters,
        shadow=Span(layout.shadow_base, layout.shadow_limit),
        nursery=Span(layout.nursery_start, layout.nursery_start + layout.nursery_size),
        class_table=addresses["class_table"],
        root_table=addresses["root_table"],
    )
