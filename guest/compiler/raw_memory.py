"""Raw memory: the operations of `raw.py`, each an instruction or two in place.

Only `guest/heap/` gets here: `program` refuses their import elsewhere.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.lowering import Lowering, Typed
from guest.compiler.operands import Handler, arguments, coerce, lower_as, operands, settled

RAW_LOADS = {
    "load_u8": ("i32.load8_u", t.U32),
    "load_u16": ("i32.load16_u", t.U32),
    "load_u32": ("i32.load", t.U32),
    "load_u64": ("i64.load", t.U64),
    "load_value": ("i64.load", t.VALUE),
}


RAW_STORES = {
    "store_u8": ("i32.store8", t.U32),
    "store_u16": ("i32.store16", t.U32),
    "store_u32": ("i32.store", t.U32),
    "store_u64": ("i64.store", t.U64),
    "store_value": ("i64.store", t.VALUE),
}


def _offset(low: Lowering, node: ast.Call, position: int) -> int:
    if len(node.args) > position:
        return int(low.constant(node.args[position]))
    for keyword in node.keywords:
        if keyword.arg == "offset":
            return int(low.constant(keyword.value))
    return 0


def _address(low: Lowering, node: ast.expr) -> ir.Expr:
    """A u32, or an opaque scalar, as an address."""
    value, kind = low.lower(node, t.U32)
    value, kind = settled(low, node, value, kind)
    if kind != t.U32 and not isinstance(kind, t.Opaque):
        low.fail(node, f"an address is a u32 or an opaque scalar, this is {kind}")
    return value


def raw_load(low: Lowering, node: ast.Call, name: str) -> Typed:
    text, kind = RAW_LOADS[name]
    return ir.load(text, _address(low, node.args[0]), _offset(low, node, 1)), kind


def raw_store(low: Lowering, node: ast.Call, name: str) -> list[Typed]:
    text, want = RAW_STORES[name]
    (where, where_type), (value, kind) = operands(low, node.args[:2], [t.U32, want])
    where, where_type = settled(low, node.args[0], where, where_type)
    if where_type != t.U32 and not isinstance(where_type, t.Opaque):
        low.fail(node, f"an address is a u32 or an opaque scalar, this is {where_type}")
    low.add(
        ir.Store(
            text,
            where,
            _offset(low, node, 2),
            coerce(low, node.args[1], value, kind, want),
        )
    )
    return []


def _bulk(text: str) -> Handler:
    def handler(low: Lowering, node: ast.Call) -> list[Typed]:
        values = arguments(low, node, t.U32, t.U32, t.U32)
        low.add(ir.Effect(ir.op(text, *values, wasm="i32")))
        return []

    return handler


def _memory_grow(low: Lowering, node: ast.Call) -> list[Typed]:
    (pages,) = arguments(low, node, t.U32)
    return [(low.spill(ir.op("memory.grow", pages, wasm="i32"), t.U32, "grown"), t.U32)]


def _memory_pages(low: Lowering, node: ast.Call) -> list[Typed]:
    return [(ir.op("memory.size", wasm="i32"), t.U32)]


def _bits(low: Lowering, node: ast.Call) -> list[Typed]:
    (value,) = arguments(low, node, t.VALUE)
    return [(value, t.U64)]


def _from_bits(low: Lowering, node: ast.Call) -> list[Typed]:
    (value,) = arguments(low, node, t.U64)
    return [(value, t.VALUE)]


def _pointer_address(low: Lowering, node: ast.Call) -> list[Typed]:
    value, kind = low.lower(node.args[0], None)
    if not isinstance(kind, t.Pointer) and not isinstance(kind, t.Opaque) and kind != t.TEXT:
        low.fail(node, f"address takes a pointer, this is {kind}")
    return [(value, t.U32)]


def _pointer_at(low: Lowering, node: ast.Call) -> list[Typed]:
    target = low.unit.program.resolve_type(low.scope.module, node.args[0])
    value = lower_as(low, node.args[1], t.U32)
    if not isinstance(target, t.Pointer):
        low.fail(node, "pointer_at gives a pointer to a heap class")
    made = low.local("pointer", target)
    low.add(ir.Set(made, value))
    low.assigned.add(made)
    low.learn(ir.get(made), target)
    return [(ir.get(made), target)]


def _span_at(low: Lowering, node: ast.Call) -> list[Typed]:
    if not low.scope.module.may_use_raw:
        low.fail(node, "Span is made in guest/heap/ alone, or by span(...)")
    (where,) = arguments(low, node, t.U32)
    return [(where, t.SPAN)]


def _shadow_top(low: Lowering, node: ast.Call) -> list[Typed]:
    from guest.compiler.layout import SHADOW_TOP_ADDRESS

    low.reads_shadow_stack = True
    return [(ir.load("i32.load", ir.const("i32", 0), SHADOW_TOP_ADDRESS), t.U32)]


def _symbolic(name: str) -> Handler:
    """An address that is known only when all code has been lowered; emission fills it in."""

    def handler(low: Lowering, node: ast.Call) -> list[Typed]:
        return [(ir.Expr(f"global:{name}", "i32"), t.U32)]

    return handler
