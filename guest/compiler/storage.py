"""Places: module variables, fields, and the elements of arrays, trailing storage and tables.

Reading a field is one load; an index is checked against the length in the header.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.layout import ClassLayout
from guest.compiler.lowering import Lowering, Typed
from guest.compiler.operands import settled
from guest.compiler.program import Constant, EnumClass, ModuleName
from guest.compiler.program import Variable as ModuleVariable


def load_of(kind: t.Type) -> str:
    """The load instruction for a stored `kind`."""
    size = t.size_of(kind)
    if size == 1:
        return "i32.load8_u"
    if size == 2:
        return "i32.load16_u"
    return f"{t.wasm_type(kind)}.load"


def store_of(kind: t.Type) -> str:
    """The store instruction for a `kind`."""
    size = t.size_of(kind)
    if size == 1:
        return "i32.store8"
    if size == 2:
        return "i32.store16"
    return f"{t.wasm_type(kind)}.store"


def read_global(variable: ModuleVariable) -> Typed:
    """A module variable: one load from the control block."""
    value = ir.load(load_of(variable.type), ir.const("i32", 0), variable.address)
    return value, t.widened(variable.type)


def field_of(low: Lowering, node: ast.Attribute, kind: t.Type) -> tuple[int, t.Type, ClassLayout]:
    """Offset and type of a field, of a pointer type that may be read through."""
    if not isinstance(kind, t.Pointer):
        low.fail(node, f"{kind} has no field {node.attr}")
    if kind.nullable:
        low.fail(
            node,
            f"{ast.unparse(node.value)} may be None here: test it before reading {node.attr}",
        )
    if kind.target == "Object" or kind.element is not None:
        low.fail(node, f"{kind} has no field {node.attr}: cast it to its class first")
    layout = low.unit.layout.class_layout(kind)
    found = layout.offsets.get(node.attr)
    if found is None:
        cls = low.unit.program.heap_class(kind)
        if cls.inline is not None and cls.inline[0] == node.attr:
            return (
                layout.fixed,
                t.InlineType(f"Inline[{cls.inline[1]}]", cls.inline[1]),
                layout,
            )
        low.fail(
            node,
            f"{kind} has no field {node.attr} (it has {', '.join(layout.offsets)})",
        )
    return found[0], found[1], layout


def module_of(low: Lowering, node: ast.expr) -> ModuleName | None:
    if isinstance(node, ast.Name) and node.id not in low.scope.variables:
        symbol = low.scope.module.symbols.get(node.id)
        return symbol if isinstance(symbol, ModuleName) else None
    return None


class Elements:
    """Indexable storage: where element 0 is (an atom and a constant offset), how many there are, of what type."""

    def __init__(self, owner: ir.Expr, offset: int, length: ir.Expr, element: t.Type, table: bool) -> None:
        self.owner = owner
        self.offset = offset
        self.length = length
        self.element = element
        self.table = table

    def address(self, index: ir.Expr) -> ir.Expr:
        """The address of an element, without `offset`."""
        size = t.size_of(self.element)
        if isinstance(index.constant, int):
            scaled = ir.const("i32", index.constant * size)
        else:
            shift = size.bit_length() - 1
            scaled = ir.op("i32.shl", index, ir.const("i32", shift)) if shift else index
        if scaled.constant == 0:
            return self.owner
        return ir.op("i32.add", self.owner, scaled)


def elements_of(low: Lowering, node: ast.expr) -> Elements:
    """The storage that an expression denotes: an array, a trailing storage, a table."""
    if (
        isinstance(node, ast.Attribute)
        and module_of(low, node.value) is None
        and not _is_enum(low, node.value)
    ):
        base, kind = low.lower(node.value, None)
        offset, field_type, layout = field_of(low, node, kind)
        if isinstance(field_type, t.InlineType):
            assert layout.element is not None
            owner = low.spill(base, kind)
            return Elements(
                owner,
                layout.fixed,
                ir.load("i32.load", owner, 0),
                layout.element,
                False,
            )
        return _array_elements(low, node, ir.load(load_of(field_type), base, offset), field_type)
    value, kind = low.lower(node, None)
    if isinstance(kind, t.TableType):
        assert kind.element is not None and isinstance(value.constant, int)
        length = _table_length(low, node)
        return Elements(value, 0, ir.const("i32", length), kind.element, True)
    return _array_elements(low, node, value, kind)


def _is_enum(low: Lowering, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and isinstance(low.scope.module.symbols.get(node.id), EnumClass)


def _array_elements(low: Lowering, node: ast.expr, value: ir.Expr, kind: t.Type) -> Elements:
    if not isinstance(kind, t.Pointer) or kind.element is None:
        low.fail(node, f"{kind} cannot be indexed")
    if kind.nullable:
        low.fail(node, f"{ast.unparse(node)} may be None here: test it first")
    owner = low.spill(value, kind)
    layout = low.unit.layout.class_layout(kind)
    return Elements(owner, layout.fixed, ir.load("i32.load", owner, 0), kind.element, False)


def _table_length(low: Lowering, node: ast.expr) -> int:
    symbol = low.scope.module.symbols.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Attribute):
        module = module_of(low, node.value)
        symbol = module.module.symbols.get(node.attr) if module else None
    if not isinstance(symbol, Constant):
        low.fail(node, "a table is used by its name")
    return len(low.unit.constants.worth(symbol))


def checked_index(low: Lowering, node: ast.expr, storage: Elements) -> ir.Expr:
    """Lower an index and emit its bounds check; the result is an atom."""
    value, kind = low.lower(node, t.U32)
    value, kind = settled(low, node, value, kind)
    if kind not in (t.U32, t.I32):
        low.fail(node, f"an index is a u32 or i32, this is {kind}")
    index = low.spill(value, kind, "i")
    if isinstance(index.constant, int) and isinstance(storage.length.constant, int):
        if index.constant >= storage.length.constant:
            low.fail(
                node,
                f"index {index.constant} is outside the table of {storage.length.constant}",
            )
        return index
    outside = ir.compare("i32.ge_u", index, storage.length)
    low.add(ir.If(outside, [ir.Trap()], []))
    return index
