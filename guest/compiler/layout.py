"""Where everything lies: fields in objects, module variables in the control block, constants in static data.

Makes the tables that the collector reads (`guest/heap/`) and the layout file that the host reads. The protocol with the
heap is here: a header is `length | class << 32`; a row of the tracing table is 16 bytes (u32 fixed size, u32 mask of words
that hold pointers, u32 mask of words where a Value starts, u8 log2 of the element size, u8 element kind, u16 offset of the
field `identity`, or zero); the root table is u32 count and then u32 `address | is_value << 31` for each traced variable.
"""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass

from guest.compiler import types as t
from guest.compiler.constants import Constants, ValuePattern
from guest.compiler.errors import fail
from guest.compiler.program import Constant, EnumClass, HeapClass, Program, Variable

HEADER_SIZE = 8
IDENTITY_FIELD = "identity"
"""A class with a field of this name, a u32, has objects that may be keys by identity (`guest/heap/identity.py`)."""
SHADOW_TOP_ADDRESS = 8
FIRST_VARIABLE = 64
"""Control-block addresses: bytes 0 to 7 stay zero (the class byte of "no object"), the shadow stack's top is at 8."""

ELEMENT_UNTRACED, ELEMENT_POINTER, ELEMENT_VALUE = 0, 1, 2
MASKED_WORDS = 32
"""A class's traced fields lie in its first 32 words: the width of the masks."""


def rounded(size: int, unit: int = 8) -> int:
    """`size` rounded up to a multiple of `unit`."""
    return -(-size // unit) * unit


@dataclass
class ClassLayout:
    """Field offsets of a class; `fixed` is its size before the trailing elements."""

    number: int
    name: str
    offsets: dict[str, tuple[int, t.Type]]
    fixed: int
    element: t.Type | None


class Layout:
    """Offsets and addresses of one build."""

    def __init__(self, program: Program, constants: Constants) -> None:
        self.program = program
        self.constants = constants
        self.classes: dict[str, ClassLayout] = {}
        for cls in program.classes:
            self._lay_out(cls)
        heap_layout = program.modules.get("guest.heap.layout")
        self.control_size = self._heap_constant(heap_layout, "CONTROL_SIZE", 4096)
        self.static_base = self._heap_constant(heap_layout, "STATIC_BASE", 4096)
        self.static_limit = self._heap_constant(heap_layout, "VM_STACK_BASE", 1 << 20)
        self.shadow_base = self._heap_constant(heap_layout, "SHADOW_BASE", 1 << 20)
        self.shadow_limit = self._heap_constant(heap_layout, "SHADOW_LIMIT", (1 << 20) + (1 << 17))
        self.nursery_start = self._heap_constant(heap_layout, "NURSERY_START", 2 << 20)
        self.nursery_size = self._heap_constant(heap_layout, "NURSERY_SIZE", 1 << 20)
        self.variables = [s for s in program.declarations() if isinstance(s, Variable)]
        self._place_variables()
        self.roots_changed = self.address_of("guest.heap.roots", "roots_changed")
        self.static = bytearray()
        self._texts: dict[bytes, int] = {}
        self._tables: dict[tuple[str, tuple[int | float, ...]], int] = {}
        self.root_table = self._place_roots()

    def _heap_constant(self, module: object, name: str, default: int) -> int:
        symbol = getattr(module, "symbols", {}).get(name)
        return int(self.constants.worth(symbol)) if isinstance(symbol, Constant) else default

    def address_of(self, module: str, name: str) -> int:
        """The address of a variable that emitted code uses by itself; 0 if the program has none of that name."""
        found = self.program.modules.get(module)
        symbol = found.symbols.get(name) if found is not None else None
        return symbol.address if isinstance(symbol, Variable) else 0

    def _lay_out(self, cls: HeapClass) -> None:
        cls.number = len(self.classes) + 1
        offset = HEADER_SIZE
        offsets: dict[str, tuple[int, t.Type]] = {}
        for name, kind in cls.fields:
            offset = rounded(offset, t.size_of(kind))
            offsets[name] = (offset, kind)
            offset += t.size_of(kind)
            if t.is_traced(kind) and offset > 4 * MASKED_WORDS:
                fail(
                    cls.module.path,
                    cls.node,
                    f"traced fields lie in the first {4 * MASKED_WORDS} bytes",
                )
            if name == IDENTITY_FIELD and kind != t.U32:
                fail(cls.module.path, cls.node, f"the field `{IDENTITY_FIELD}` is a u32")
        element = cls.inline[1] if cls.inline else None
        traced = [kind for _, kind in cls.fields if t.is_traced(kind)]
        if IDENTITY_FIELD in offsets and not traced and not (element and t.is_traced(element)):
            # The marker visits only what may refer to something, and entries of weak maps wait for the visit of their key.
            fail(
                cls.module.path, cls.node, f"a class with the field `{IDENTITY_FIELD}` has traced fields too"
            )
        offset = rounded(offset, t.size_of(element)) if element else rounded(offset)
        self.classes[cls.qualified] = ClassLayout(cls.number, cls.name, offsets, offset, element)

    def class_layout(self, pointer: t.Pointer) -> ClassLayout:
        """The layout of a class or of an array type, which is numbered at its first use."""
        found = self.classes.get(pointer.target)
        if found is None:
            found = ClassLayout(len(self.classes) + 1, pointer.name, {}, HEADER_SIZE, pointer.element)
            self.classes[pointer.target] = found
        return found

    def _place_variables(self) -> None:
        address = FIRST_VARIABLE
        for variable in self.variables:
            address = rounded(address, t.size_of(variable.type))
            variable.address = address
            address += t.size_of(variable.type)
        if address > self.control_size:
            raise ValueError(
                f"module variables take {address} bytes of the {self.control_size}-byte control block"
            )

    def _place_roots(self) -> int:
        words = [
            v.address | (1 << 31 if isinstance(v.type, t.ValueType) else 0)
            for v in self.variables
            if t.is_traced(v.type)
        ]
        return self._append(struct.pack(f"<{len(words) + 1}I", len(words), *words), 8)

    def _append(self, data: bytes, alignment: int) -> int:
        self.static.extend(bytes(rounded(len(self.static), alignment) - len(self.static)))
        address = self.static_base + len(self.static)
        self.static.extend(data)
        if self.static_base + len(self.static) > self.static_limit:
            raise ValueError(f"static data ends past {self.static_limit:#x}")
        return address

    def text(self, text: str | bytes) -> int:
        """The address of a literal: u32 length, then its UTF-8 bytes."""
        data = text.encode() if isinstance(text, str) else text
        if data not in self._texts:
            self._texts[data] = self._append(struct.pack("<I", len(data)) + data, 4)
        return self._texts[data]

    def table(self, element: t.Type, items: tuple[int | float | str, ...]) -> int:
        """The address of a constant table's first element."""
        numbers = tuple(self.text(item) if isinstance(item, (str, bytes)) else item for item in items)
        key = (str(element), numbers)
        if key not in self._tables:
            size = t.size_of(element)
            if element == t.F64:
                data = struct.pack(f"<{len(numbers)}d", *numbers)
            else:
                data = b"".join((int(n) & ((1 << 8 * size) - 1)).to_bytes(size, "little") for n in numbers)
            self._tables[key] = self._append(data, max(size, 4))
        return self._tables[key]

    def class_table(self) -> bytes:
        """The tracing table, a row a class; row 0 is free memory."""
        rows = [bytes(16)]
        for layout in sorted(self.classes.values(), key=lambda c: c.number):
            pointers = values = 0
            for offset, kind in layout.offsets.values():
                if isinstance(kind, t.ValueType):
                    values |= 1 << (offset // 4)
                elif isinstance(kind, t.Pointer):
                    pointers |= 1 << (offset // 4)
            shift, element_kind = 0, ELEMENT_UNTRACED
            if layout.element is not None:
                shift = t.size_of(layout.element).bit_length() - 1
                if isinstance(layout.element, t.ValueType):
                    element_kind = ELEMENT_VALUE
                elif isinstance(layout.element, t.Pointer):
                    element_kind = ELEMENT_POINTER
            identity, _ = layout.offsets.get(IDENTITY_FIELD, (0, t.U32))
            rows.append(struct.pack("<IIIBBH", layout.fixed, pointers, values, shift, element_kind, identity))
        return b"".join(rows)

    def reserve_class_table(self, rows: int) -> int:
        """Static room for the tracing table, which is complete only after lowering."""
        return self._append(bytes(16 * rows), 16)

    def reserve_bytes(self, count: int) -> int:
        """Static room for bytes that the guest itself writes."""
        return self._append(bytes(count), 1)

    def initial_control_block(self) -> bytes:
        """The control block as the guest starts: module variables at their initial values."""
        block = bytearray(self.control_size)
        struct.pack_into("<I", block, SHADOW_TOP_ADDRESS, self.shadow_base)
        for variable in self.variables:
            if variable.initial is None:
                continue
            worth = None if _is_null(variable) else self.constants.evaluate(variable.module, variable.initial)
            if worth is None:
                continue
            size = t.size_of(variable.type)
            if isinstance(worth, ValuePattern):
                worth = worth.bits
            if isinstance(worth, float) or variable.type == t.F64:
                struct.pack_into("<d", block, variable.address, worth)
            elif isinstance(worth, str):
                struct.pack_into("<I", block, variable.address, self.text(worth))
            else:
                number = int(worth) & ((1 << 8 * size) - 1)
                block[variable.address : variable.address + size] = number.to_bytes(size, "little")
        return bytes(block)

    def published(self) -> dict[str, object]:
        """What the host may know: addresses of variables, worth of constants and enum members."""
        numbers: dict[str, int] = {}
        for symbol in self.program.declarations():
            if isinstance(symbol, EnumClass):
                numbers |= {f"{symbol.qualified}.{name}": worth for name, worth in symbol.members.items()}
            elif isinstance(symbol, Constant):
                worth = self.constants.worth(symbol)
                if isinstance(worth, int) and symbol.module.layer in (
                    "heap",
                    "meter",
                    "boundary",
                    "machine",
                ):
                    numbers[symbol.qualified] = int(worth)
        return {
            "variables": {v.qualified: {"address": v.address, "type": v.type.name} for v in self.variables},
            "constants": numbers,
            "classes": {layout.name: layout.number for layout in self.classes.values()},
            "heap": {"classes": self._published_classes(), "roots": self._published_roots()},
        }

    def _published_classes(self) -> list[dict[str, object]]:
        """How to read an object of each class: offsets and types of the fields, size and type of the trailing elements."""
        return [
            {
                "name": name,
                "number": layout.number,
                "fixed": layout.fixed,
                "fields": {
                    field: {"offset": offset, "type": _storage(kind)}
                    for field, (offset, kind) in layout.offsets.items()
                },
                "element": _storage(layout.element) if layout.element is not None else None,
                "element_size": t.size_of(layout.element) if layout.element is not None else 0,
            }
            for name, layout in self.classes.items()
        ]

    def _published_roots(self) -> list[dict[str, object]]:
        """The traced module variables, in the order of the root table."""
        return [
            {"name": v.qualified, "address": v.address, "type": _storage(v.type)}
            for v in self.variables
            if t.is_traced(v.type)
        ]


def _storage(kind: t.Type) -> str:
    """What the host reads: a pointer, a Value, or the name of a scalar."""
    return "pointer" if isinstance(kind, t.Pointer) else kind.name


def _is_null(variable: Variable) -> bool:
    return isinstance(variable.initial, ast.Constant) and variable.initial.value is None
