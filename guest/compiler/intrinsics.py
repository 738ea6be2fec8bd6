"""The language's own functions: conversions, casts, bulk copies, numbers.

Each is a few instructions in place. This file also knows where the others are: `tables.py` and `raw_memory.py`.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.conditions import class_byte, materialized, object_address
from guest.compiler.lowering import Fact, Lowering, Typed
from guest.compiler.operands import Handler, arguments, coerce, literal_as, lower_as, operands, settled
from guest.compiler.raw_memory import (
    RAW_LOADS,
    RAW_STORES,
    _bits,
    _bulk,
    _from_bits,
    _memory_grow,
    _memory_pages,
    _pointer_address,
    _pointer_at,
    _shadow_top,
    _span_at,
    _symbolic,
    raw_load,
    raw_store,
)
from guest.compiler.storage import Elements, elements_of
from guest.compiler.tables import dispatch, leave, table_call, table_size, table_text


def lower_intrinsic(low: Lowering, node: ast.Call, name: str, expected: t.Type | None) -> list[Typed]:
    """A call of one of the language's own names."""
    if name in CONVERSIONS:
        return [_convert(low, node, CONVERSIONS[name])]
    if name in ("min", "max"):
        return [_extreme(low, node, name, expected)]
    if name in RAW_LOADS:
        return [raw_load(low, node, name)]
    if name in RAW_STORES:
        return raw_store(low, node, name)
    handler = HANDLERS.get(name)
    if handler is None:
        low.fail(node, f"no function {name} here")
    return handler(low, node)


CONVERSIONS: dict[str, t.Type] = {
    "u32": t.U32,
    "i32": t.I32,
    "u64": t.U64,
    "i64": t.I64,
    "f64": t.F64,
    "int": t.I64,
    "Value": t.VALUE,
}


def _one(low: Lowering, node: ast.Call) -> Typed:
    if len(node.args) != 1 or node.keywords:
        low.fail(node, f"{ast.unparse(node.func)} takes one argument")
    value, kind = low.lower(node.args[0], None)
    return settled(low, node.args[0], value, kind)


def _convert(low: Lowering, node: ast.Call, want: t.Type) -> Typed:
    if len(node.args) != 1:
        low.fail(node, f"{want}(...) takes one argument")
    value, kind = low.lower(node.args[0], want if want != t.VALUE else None)
    if want == t.VALUE:
        if kind == t.NULL or (isinstance(kind, t.Pointer) and kind.nullable):
            low.fail(node, f"{kind} may be None: test it first")
        if not isinstance(kind, t.Pointer):
            low.fail(
                node,
                f"Value(...) boxes a pointer, this is {kind}: guest/heap/value.py boxes the rest",
            )
        return ir.op("i64.extend_i32_u", value), t.VALUE
    if kind == t.LITERAL:
        number = value.constant
        assert isinstance(number, int) and isinstance(want, t.Scalar)
        if want != t.F64 and number.bit_length() > want.bits:
            low.fail(node, f"{number} does not fit {want}")
        return ir.const(want.wasm, number), want
    if isinstance(kind, t.Opaque) and not low.scope.module.may_use_raw:
        low.fail(node, f"{kind} is opaque outside guest/heap/")
    if not isinstance(kind, t.Scalar) or not isinstance(want, t.Scalar) or kind == t.TEXT:
        low.fail(node, f"{kind} does not convert to {want}")
    if isinstance(value.constant, int) and want != t.F64 and kind != t.F64:
        number = value.constant
        if kind.signed and number >> (kind.bits - 1):
            number -= 1 << kind.bits
        return ir.const(want.wasm, number), want
    text = _conversion(kind, want)
    return (ir.op(text, value, wasm=want.wasm) if text else value), want


def _conversion(kind: t.Scalar, want: t.Scalar) -> str:
    if kind == t.F64:
        return "" if want == t.F64 else f"{want.wasm}.trunc_sat_f64_{'s' if want.signed else 'u'}"
    sign = "s" if kind.signed else "u"
    if want == t.F64:
        return f"f64.convert_{kind.wasm}_{sign}"
    if kind.wasm == want.wasm:
        return ""
    return f"i64.extend_i32_{sign}" if want.wasm == "i64" else "i32.wrap_i64"


def _extreme(low: Lowering, node: ast.Call, name: str, expected: t.Type | None) -> Typed:
    if len(node.args) != 2:
        low.fail(node, f"{name} takes two integers here")
    (a, a_type), (b, b_type) = operands(low, node.args, [expected, expected])
    if a_type == t.LITERAL and b_type == t.LITERAL:
        a, a_type = settled(low, node, a, a_type)
    if a_type == t.LITERAL:
        a, a_type = literal_as(low, node, a, b_type), b_type
    if b_type == t.LITERAL:
        b, b_type = literal_as(low, node, b, a_type), a_type
    if a_type != b_type or a_type not in t.INTEGERS or not isinstance(a_type, t.Scalar):
        low.fail(node, f"{name} of {a_type} and {b_type}")
    a, b = low.spill(a, a_type), low.spill(b, b_type)
    sign = "s" if a_type.signed else "u"
    test = ir.compare(f"{a_type.wasm}.{'lt' if name == 'min' else 'gt'}_{sign}", a, b)
    return ir.op("select", a, b, test, wasm=a_type.wasm), a_type


def _len(low: Lowering, node: ast.Call) -> list[Typed]:
    if len(node.args) != 1:
        low.fail(node, "len takes one argument")
    return [(elements_of(low, node.args[0]).length, t.U32)]


def _isinstance(low: Lowering, node: ast.Call) -> list[Typed]:
    return [(materialized(low, node), t.BOOL)]


def _cast(low: Lowering, node: ast.Call) -> list[Typed]:
    if len(node.args) != 2:
        low.fail(node, "cast takes a class and a Value or pointer")
    target = low.unit.program.resolve_type(low.scope.module, node.args[0])
    value, kind = low.lower(node.args[1], None)
    if not isinstance(target, t.Pointer) or (kind != t.VALUE and not isinstance(kind, t.Pointer)):
        low.fail(
            node,
            f"cast gives a pointer from a Value or Object, not {target} from {kind}",
        )
    if isinstance(kind, t.Pointer) and kind.target not in ("Object", target.target):
        low.fail(node, f"{kind} is never {target}")
    value = low.spill(value, kind)
    known = low.facts.get(value.local, Fact()) if value.local is not None else Fact()
    pointer = ir.op("i32.wrap_i64", value) if kind == t.VALUE else value
    if target.target == "Object":
        if kind == t.VALUE:
            _check_is_pointer(low, value)
    elif known.cls != target.target:
        number = ir.const("i32", low.unit.layout.class_layout(target).number)
        owner = object_address(value) if kind == t.VALUE else pointer
        low.add(ir.If(ir.compare("i32.ne", class_byte(owner), number), [ir.Trap()], []))
    made = low.local(target.name.split("[")[0].lower(), target)
    low.add(ir.Set(made, pointer))
    low.assigned.add(made)
    low.facts[made] = Fact(True, target.target if target.target != "Object" else "")
    return [(ir.get(made), target)]


def _check_is_pointer(low: Lowering, value: ir.Expr) -> None:
    high = ir.op("i64.shr_u", value, ir.const("i64", 32))
    low.add(ir.If(ir.compare("i64.ne", high, ir.const("i64", 0)), [ir.Trap()], []))


def _need(low: Lowering, node: ast.Call) -> list[Typed]:
    value, kind = low.lower(node.args[0], None)
    if not isinstance(kind, t.Pointer):
        low.fail(node, f"need(...) is for pointers, this is {kind}")
    value = low.spill(value, kind)
    low.add(ir.If(ir.compare("i32.eqz", value), [ir.Trap()], []))
    low.learn(value, t.non_null(kind))
    return [(value, t.non_null(kind))]


def _class_id(low: Lowering, node: ast.Call) -> list[Typed]:
    target = low.unit.program.resolve_type(low.scope.module, node.args[0])
    if not isinstance(target, t.Pointer) or target.target == "Object":
        low.fail(node, "class_id takes a heap class")
    return [(ir.const("i32", low.unit.layout.class_layout(target).number), t.U32)]


def _span(low: Lowering, node: ast.Call) -> list[Typed]:
    storage = elements_of(low, node.args[0])
    if storage.element != t.U8 or storage.table:
        low.fail(node, "span takes an Array[u8] or Inline[u8]")
    return [(ir.op("i32.add", storage.owner, ir.const("i32", storage.offset)), t.SPAN)]


def _copy_items(low: Lowering, node: ast.Call) -> list[Typed]:
    if len(node.args) != 5:
        low.fail(node, "copy_items(target, at, source, start, count)")
    target = elements_of(low, node.args[0])
    at = low.spill(lower_as(low, node.args[1], t.U32), t.U32, "at")
    source = elements_of(low, node.args[2])
    start = low.spill(lower_as(low, node.args[3], t.U32), t.U32, "start")
    count = low.spill(lower_as(low, node.args[4], t.U32), t.U32, "count")
    if target.element != source.element or target.table:
        low.fail(node, f"copy_items from {source.element} to {target.element}")
    for storage, first in ((target, at), (source, start)):
        _check_range(low, storage, first, count)
    shift = t.size_of(target.element).bit_length() - 1
    size = ir.op("i32.shl", count, ir.const("i32", shift)) if shift else count
    to = ir.op("i32.add", target.address(at), ir.const("i32", target.offset))
    origin = ir.op("i32.add", source.address(start), ir.const("i32", source.offset))
    low.add(ir.Effect(ir.op("memory.copy", to, origin, size, wasm="i32")))
    if t.is_traced(target.element):
        low.add(ir.Barrier(target.owner, to, size))
    return []


def _check_range(low: Lowering, storage: Elements, first: ir.Expr, count: ir.Expr) -> None:
    """first <= length and count <= length - first, without overflow."""
    beyond = ir.compare("i32.gt_u", first, storage.length)
    too_many = ir.compare("i32.gt_u", count, ir.op("i32.sub", storage.length, first))
    low.add(ir.If(ir.op("i32.or", beyond, too_many), [ir.Trap()], []))


def _text_length(low: Lowering, node: ast.Call) -> list[Typed]:
    (text,) = arguments(low, node, t.TEXT)
    return [(ir.load("i32.load", text, 0), t.U32)]


def _text_byte(low: Lowering, node: ast.Call) -> list[Typed]:
    text, index = arguments(low, node, t.TEXT, t.U32)
    text, index = low.spill(text, t.TEXT, "text"), low.spill(index, t.U32, "i")
    low.add(ir.If(ir.compare("i32.ge_u", index, ir.load("i32.load", text, 0)), [ir.Trap()], []))
    return [(ir.load("i32.load8_u", ir.op("i32.add", text, index), 4), t.U32)]


def _signed_division(low: Lowering, node: ast.Call) -> list[Typed]:
    (a, a_type), (b, b_type) = operands(low, node.args, [t.I64, t.I64])
    if a_type == t.LITERAL:
        a, a_type = coerce(low, node, a, a_type, b_type), b_type
    b = coerce(low, node, b, b_type, a_type)
    if a_type not in (t.I32, t.I64) or not isinstance(a_type, t.Scalar):
        low.fail(node, f"signed division of {a_type}")
    name = "div" if ast.unparse(node.func).endswith("div_s") else "rem"
    return [(low.spill(ir.op(f"{a_type.wasm}.{name}_s", a, b), a_type), a_type)]


def _counting(operation: str) -> Handler:
    def handler(low: Lowering, node: ast.Call) -> list[Typed]:
        value, kind = _one(low, node)
        if kind not in t.INTEGERS or not isinstance(kind, t.Scalar):
            low.fail(node, f"{operation} of {kind}")
        return [(ir.op(f"{kind.wasm}.{operation}", value), kind)]

    return handler


def _rotate(low: Lowering, node: ast.Call) -> list[Typed]:
    (value, kind), (count, count_type) = operands(low, node.args, [None, None])
    value, kind = settled(low, node, value, kind)
    count = coerce(low, node, count, count_type, kind)
    assert isinstance(kind, t.Scalar)
    return [(ir.op(f"{kind.wasm}.rotl", value, count), kind)]


def _float_op(text: str, have: t.Type, want: t.Type) -> Handler:
    def handler(low: Lowering, node: ast.Call) -> list[Typed]:
        (value,) = arguments(low, node, have)
        return [(ir.op(text, value, wasm=t.wasm_type(want)), want)]

    return handler


def _unreachable(low: Lowering, node: ast.Call) -> list[Typed]:
    low.add(ir.Trap())
    return [(ir.const("i32", 0), t.NEVER)]


# Build-time tables.


# Raw memory.


HANDLERS: dict[str, Handler] = {
    "len": _len,
    "isinstance": _isinstance,
    "cast": _cast,
    "need": _need,
    "class_id": _class_id,
    "span": _span,
    "Span": _span_at,
    "copy_items": _copy_items,
    "text_length": _text_length,
    "text_byte": _text_byte,
    "div_s": _signed_division,
    "rem_s": _signed_division,
    "clz": _counting("clz"),
    "ctz": _counting("ctz"),
    "popcount": _counting("popcnt"),
    "rotate_left": _rotate,
    "float_bits": _float_op("i64.reinterpret_f64", t.F64, t.U64),
    "bits_float": _float_op("f64.reinterpret_i64", t.U64, t.F64),
    "floor": _float_op("f64.floor", t.F64, t.F64),
    "ceil": _float_op("f64.ceil", t.F64, t.F64),
    "truncate": _float_op("f64.trunc", t.F64, t.F64),
    "nearest": _float_op("f64.nearest", t.F64, t.F64),
    "square_root": _float_op("f64.sqrt", t.F64, t.F64),
    "abs": _float_op("f64.abs", t.F64, t.F64),
    "unreachable": _unreachable,
    "table_size": table_size,
    "table_text": table_text,
    "table_call": table_call,
    "dispatch": dispatch,
    "leave": leave,
    "memory_copy": _bulk("memory.copy"),
    "memory_fill": _bulk("memory.fill"),
    "memory_grow": _memory_grow,
    "memory_pages": _memory_pages,
    "bits": _bits,
    "from_bits": _from_bits,
    "address": _pointer_address,
    "pointer_at": _pointer_at,
    "shadow_top": _shadow_top,
    "class_table": _symbolic("class_table"),
    "root_table": _symbolic("root_table"),
}
