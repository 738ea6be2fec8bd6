"""How to read the guest's heap: the classes of its objects, its roots and its areas, as the build wrote them down.

Everything here comes from the layout file, which is the host's own; nothing comes from a guest's memory. `reader.py` reads
a memory by it, `contents.py` and `labels.py` find the fields of the objects that they describe.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.guest import Layout

HEADER_BYTES = 8
ALIGNMENT = 8
POINTER, VALUE = "pointer", "Value"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object: its offset in bytes, and its type: `pointer`, `Value`, or a scalar's name."""

    offset: int
    type: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A class: `fixed` bytes before the trailing elements, whose type and size in bytes follow (None and 0 without)."""

    name: str
    fixed: int
    fields: dict[str, Field]
    element: str | None
    element_bytes: int
    pointers: tuple[int, ...]
    """The offsets of the fields that are pointers, ascending."""
    values: tuple[int, ...]
    """The offsets of the fields that are Values, ascending."""

    def size(self, length: int) -> int:
        """Bytes of an object with so many trailing elements, padding included."""
        return -(-(self.fixed + length * self.element_bytes) // ALIGNMENT) * ALIGNMENT

    def field_at(self, offset: int) -> str | None:
        """The name of the field at an offset."""
        return next((name for name, field in self.fields.items() if field.offset == offset), None)


@dataclass(frozen=True, slots=True)
class RootVariable:
    """A module variable of the guest that may refer to an object."""

    name: str
    address: int
    type: str


class HeapLayout:
    """Classes by number, roots, and the addresses of areas and of the variables that bound them."""

    def __init__(self, layout: Layout) -> None:
        self.shapes: dict[int, Shape] = {}
        for cls in layout.heap["classes"]:
            fields = {name: Field(field["offset"], field["type"]) for name, field in cls["fields"].items()}
            self.shapes[cls["number"]] = Shape(
                cls["name"],
                cls["fixed"],
                fields,
                cls["element"],
                cls["element_size"],
                tuple(sorted(field.offset for field in fields.values() if field.type == POINTER)),
                tuple(sorted(field.offset for field in fields.values() if field.type == VALUE)),
            )
        self.roots = [
            RootVariable(root["name"], root["address"], root["type"]) for root in layout.heap["roots"]
        ]
        constant, address = layout.constant, layout.address
        self.vm_stack = constant("guest.heap.layout.VM_STACK_BASE")
        self.vm_stack_limit = constant("guest.heap.layout.VM_STACK_LIMIT")
        self.frame_stack = constant("guest.heap.layout.FRAME_STACK_BASE")
        self.frame_stack_limit = constant("guest.heap.layout.FRAME_STACK_LIMIT")
        self.shadow_stack = constant("guest.heap.layout.SHADOW_BASE")
        self.shadow_stack_limit = constant("guest.heap.layout.SHADOW_LIMIT")
        self.extents = constant("guest.heap.layout.EXTENTS_BASE")
        self.extent_limit = constant("guest.heap.layout.EXTENT_LIMIT")
        self.mutated = constant("guest.heap.layout.MUTATED_BASE")
        self.mutated_limit = constant("guest.heap.layout.MUTATED_LIMIT")
        self.nursery = constant("guest.heap.layout.NURSERY_START")
        self.nursery_end = constant("guest.heap.layout.NURSERY_END")
        self.old_space = constant("guest.heap.layout.OLD_START")
        self.permanent = constant("guest.heap.header.PERMANENT")
        self.vm_top = address("guest.heap.roots.vm_top")
        self.shadow_top = constant("guest.heap.layout.SHADOW_TOP")
        self.frame_top = address("guest.heap.frames.frame_top")
        self.current_base = address("guest.heap.frames.current_base")
        self.current_pc = address("guest.heap.frames.current_pc")
        self.extent_count = address("guest.heap.old.extent_count")
        self.tail_start = address("guest.heap.old.tail_start")
        self.pending = address("guest.heap.recording.pending")
        self.pending_site = address("guest.heap.recording.pending_site")
        self.mutated_count = address("guest.heap.remembered.mutated_count")
