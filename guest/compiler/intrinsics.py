"""The language's own functions: conversions, casts, bulk copies, build-time tables, raw memory.

Each is a few instructions in place. Raw ones are reached only from `guest/heap/`, where `program` lets them be imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.conditions import class_byte
from guest.compiler.expressions import (
    Elements,
    Typed,
    coerce,
    elements_of,
    lower,
    lower_as,
    operands,
    settled,
)
from guest.compiler.lowering import Fact, Lowering

Handler = Callable[[Lowering, ast.Call], list[Typed]]


def lower_intrinsic(low: Lowering, node: ast.Call, name: str, expected: t.Type | None) -> list[Typed]:
    """A call of one of the language's own names."""
    if name in CONVERSIONS:
        return [_convert(low, node, CONVERSIONS[name])]
    if name in ("min", "max"):
        return [_extreme(low, node, name, expected)]
    if name in RAW_LOADS:
        return [_raw_load(low, node, name)]
    if name in RAW_STORES:
        return _raw_store(low, node, name)
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


def _arguments(low: Lowering, node: ast.Call, *wants: t.Type) -> list[ir.Expr]:
    if len(node.args) != len(wants) or node.keywords:
        low.fail(node, f"{ast.unparse(node.func)} takes {len(wants)} arguments")
    pairs = operands(low, node.args, list(wants))
    return [
        coerce(low, argument, value, kind, want)
        for argument, (value, kind), want in zip(node.args, pairs, wants, strict=True)
    ]


def _one(low: Lowering, node: ast.Call) -> Typed:
    if len(node.args) != 1 or node.keywords:
        low.fail(node, f"{ast.unparse(node.func)} takes one argument")
    value, kind = lower(low, node.args[0], None)
    return settled(low, node.args[0], value, kind)


def _convert(low: Lowering, node: ast.Call, want: t.Type) -> Typed:
    if len(node.args) != 1:
        low.fail(node, f"{want}(...) takes one argument")
    value, kind = lower(low, node.args[0], want if want != t.VALUE else None)
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
    from guest.compiler.expressions import literal_as

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
    from guest.compiler.conditions import materialized

    return [(materialized(low, node), t.BOOL)]


def _cast(low: Lowering, node: ast.Call) -> list[Typed]:
    if len(node.args) != 2:
        low.fail(node, "cast takes a class and a Value or pointer")
    target = low.unit.program.resolve_type(low.scope.module, node.args[0])
    value, kind = lower(low, node.args[1], None)
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
        if kind == t.VALUE:
            _check_is_pointer(low, value)
        number = ir.const("i32", low.unit.layout.class_layout(target).number)
        low.add(ir.If(ir.compare("i32.ne", class_byte(pointer), number), [ir.Trap()], []))
    made = low.local(target.name.split("[")[0].lower(), target)
    low.add(ir.Set(made, pointer))
    low.assigned.add(made)
    low.facts[made] = Fact(True, target.target if target.target != "Object" else "")
    return [(ir.get(made), target)]


def _check_is_pointer(low: Lowering, value: ir.Expr) -> None:
    high = ir.op("i64.shr_u", value, ir.const("i64", 32))
    low.add(ir.If(ir.compare("i64.ne", high, ir.const("i64", 0)), [ir.Trap()], []))


def _need(low: Lowering, node: ast.Call) -> list[Typed]:
    value, kind = lower(low, node.args[0], None)
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
        low.add(ir.Barrier(target.owner))
    return []


def _check_range(low: Lowering, storage: Elements, first: ir.Expr, count: ir.Expr) -> None:
    """first <= length and count <= length - first, without overflow."""
    beyond = ir.compare("i32.gt_u", first, storage.length)
    too_many = ir.compare("i32.gt_u", count, ir.op("i32.sub", storage.length, first))
    low.add(ir.If(ir.op("i32.or", beyond, too_many), [ir.Trap()], []))


def _text_length(low: Lowering, node: ast.Call) -> list[Typed]:
    (text,) = _arguments(low, node, t.TEXT)
    return [(ir.load("i32.load", text, 0), t.U32)]


def _text_byte(low: Lowering, node: ast.Call) -> list[Typed]:
    text, index = _arguments(low, node, t.TEXT, t.U32)
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
        (value,) = _arguments(low, node, have)
        return [(ir.op(text, value, wasm=t.wasm_type(want)), want)]

    return handler


def _unreachable(low: Lowering, node: ast.Call) -> list[Typed]:
    low.add(ir.Trap())
    return [(ir.const("i32", 0), t.NEVER)]


# Build-time tables.
def _table_name(low: Lowering, node: ast.Call) -> str:
    name = node.args[0] if node.args else None
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        low.fail(node, "a build-time table is named by a literal")
    return name.value


def _table_size(low: Lowering, node: ast.Call) -> list[Typed]:
    return [(ir.const("i32", len(low.unit.tables.get(_table_name(low, node), []))), t.U32)]


def _table_text(low: Lowering, node: ast.Call) -> list[Typed]:
    texts = tuple(r.text for r in low.unit.tables.get(_table_name(low, node), []))
    index = low.spill(lower_as(low, node.args[1], t.U32), t.U32, "i")
    low.add(ir.If(ir.compare("i32.ge_u", index, ir.const("i32", len(texts))), [ir.Trap()], []))
    where = ir.const("i32", low.unit.layout.table(t.TEXT, texts))
    address = ir.op("i32.add", where, ir.op("i32.shl", index, ir.const("i32", 2)))
    return [(ir.load("i32.load", address, 0), t.TEXT)]


def _table_call(low: Lowering, node: ast.Call) -> list[Typed]:
    from guest.compiler.calls import emit_call

    name = _table_name(low, node)
    registrations = low.unit.tables.get(name, [])
    if not registrations:
        low.fail(node, f"nothing is registered under {name}")
    first = registrations[0].function
    wants = [t.U32, *(p.type for p in first.parameters)]
    pairs = operands(low, node.args[1:], list(wants))
    values = [
        low.spill(coerce(low, a, v, k, want), want)
        for a, (v, k), want in zip(node.args[1:], pairs, wants, strict=True)
    ]
    result = low.local("called", first.result) if first.result != t.VOID else None
    bodies: list[list[ir.Statement]] = []
    for registration in registrations:
        function = registration.function
        if [p.type for p in function.parameters] != wants[1:] or function.result != first.result:
            low.fail(
                node,
                f"{function.qualified} has another signature than {first.qualified}",
            )
        outer = low.nested()
        made = emit_call(low, function, values[1:], getattr(node, "lineno", 0))
        if result is not None:
            low.add(ir.Set(result, made[0][0]))
        body, low.body = low.body, outer
        bodies.append(body)
    bodies.append([ir.Trap()])
    low.add(ir.Switch(low.label(name), values[0], list(range(len(registrations))), bodies))
    if result is None:
        return []
    low.assigned.add(result)
    low.learn(ir.get(result), first.result)
    return [(ir.get(result), first.result)]


def _dispatch(low: Lowering, node: ast.Call) -> list[Typed]:
    """Splice the opcode handlers into the loop that this call stands in."""
    from guest.compiler.calls import inline_call

    number = low.spill(lower_as(low, node.args[0], t.U32), t.U32, "operation")
    loop = low.scope
    handlers = sorted(low.unit.opcodes.items())
    targets = [len(handlers)] * (handlers[-1][0] + 1)
    bodies: list[list[ir.Statement]] = []
    before = low.snapshot()
    for position, (operation, function) in enumerate(handlers):
        targets[operation] = position
        low.restore(before)
        outer = low.nested()
        arguments: list[Typed] = []
        for parameter in function.parameters:
            variable = loop.variables.get(parameter.name)
            if variable is None or variable.type != parameter.type:
                low.fail(
                    node,
                    f"the handler {function.name} wants {parameter.name}: {parameter.type} of the loop",
                )
            arguments.append((variable.expr, variable.type))
        results = inline_call(low, function, arguments)
        for name, (value, kind) in zip(_sets(low, function), results, strict=True):
            if kind == t.NEVER:
                continue
            target = loop.variables[name]
            assert target.expr.local is not None
            low.add(
                ir.Set(
                    target.expr.local,
                    coerce(low, function.node, value, kind, target.type, name),
                )
            )
        body, low.body = low.body, outer
        bodies.append(body)
    low.restore(before)
    bodies.append([ir.Trap()])
    low.add(ir.Switch(low.label("dispatch"), number, targets, bodies))
    return []


def _sets(low: Lowering, function: object) -> list[str]:
    decorator = function.decorators["opcode"]  # type: ignore[attr-defined]  # a GuestFunction
    assert isinstance(decorator, ast.Call)
    sets: object = ()
    for keyword in decorator.keywords:
        if keyword.arg == "sets":
            sets = ast.literal_eval(keyword.value)
    if len(decorator.args) > 1:
        sets = ast.literal_eval(decorator.args[1])
    return [sets] if isinstance(sets, str) else list(sets)  # type: ignore[call-overload]


def _leave(low: Lowering, node: ast.Call) -> list[Typed]:
    (status,) = _arguments(low, node, t.U32)
    low.add(ir.Return([status]))
    return [(ir.const("i32", 0), t.NEVER)]


# Raw memory.
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
    value, kind = lower(low, node, t.U32)
    value, kind = settled(low, node, value, kind)
    if kind != t.U32 and not isinstance(kind, t.Opaque):
        low.fail(node, f"an address is a u32 or an opaque scalar, this is {kind}")
    return value


def _raw_load(low: Lowering, node: ast.Call, name: str) -> Typed:
    text, kind = RAW_LOADS[name]
    return ir.load(text, _address(low, node.args[0]), _offset(low, node, 1)), kind


def _raw_store(low: Lowering, node: ast.Call, name: str) -> list[Typed]:
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
        values = _arguments(low, node, t.U32, t.U32, t.U32)
        low.add(ir.Effect(ir.op(text, *values, wasm="i32")))
        return []

    return handler


def _memory_grow(low: Lowering, node: ast.Call) -> list[Typed]:
    (pages,) = _arguments(low, node, t.U32)
    return [(low.spill(ir.op("memory.grow", pages, wasm="i32"), t.U32, "grown"), t.U32)]


def _memory_pages(low: Lowering, node: ast.Call) -> list[Typed]:
    return [(ir.op("memory.size", wasm="i32"), t.U32)]


def _bits(low: Lowering, node: ast.Call) -> list[Typed]:
    (value,) = _arguments(low, node, t.VALUE)
    return [(value, t.U64)]


def _from_bits(low: Lowering, node: ast.Call) -> list[Typed]:
    (value,) = _arguments(low, node, t.U64)
    return [(value, t.VALUE)]


def _pointer_address(low: Lowering, node: ast.Call) -> list[Typed]:
    value, kind = lower(low, node.args[0], None)
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


def _text_at(low: Lowering, node: ast.Call) -> list[Typed]:
    (where,) = _arguments(low, node, t.U32)
    return [(where, t.TEXT)]


def _span_at(low: Lowering, node: ast.Call) -> list[Typed]:
    if not low.scope.module.may_use_raw:
        low.fail(node, "Span is made in guest/heap/ alone, or by span(...)")
    (where,) = _arguments(low, node, t.U32)
    return [(where, t.SPAN)]


def _table_address(low: Lowering, node: ast.Call) -> list[Typed]:
    value, kind = lower(low, node.args[0], None)
    if not isinstance(kind, t.TableType):
        low.fail(node, "table_address takes a constant table")
    return [(value, t.U32)]


def _shadow_top(low: Lowering, node: ast.Call) -> list[Typed]:
    from guest.compiler.layout import SHADOW_TOP_ADDRESS

    low.reads_shadow_stack = True
    return [(ir.load("i32.load", ir.const("i32", 0), SHADOW_TOP_ADDRESS), t.U32)]


def _symbolic(name: str) -> Handler:
    """An address that is known only when all code has been lowered; emission fills it in."""

    def handler(low: Lowering, node: ast.Call) -> list[Typed]:
        return [(ir.Expr(f"global:{name}", "i32"), t.U32)]

    return handler


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
    "table_size": _table_size,
    "table_text": _table_text,
    "table_call": _table_call,
    "dispatch": _dispatch,
    "leave": _leave,
    "memory_copy": _bulk("memory.copy"),
    "memory_fill": _bulk("memory.fill"),
    "memory_grow": _memory_grow,
    "memory_pages": _memory_pages,
    "bits": _bits,
    "from_bits": _from_bits,
    "address": _pointer_address,
    "pointer_at": _pointer_at,
    "text_at": _text_at,
    "table_address": _table_address,
    "shadow_top": _shadow_top,
    "class_table": _symbolic("class_table"),
    "root_table": _symbolic("root_table"),
}
