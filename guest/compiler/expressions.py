"""Expressions: names, literals, operators, comparisons, choices.

`lower` gives an expression tree and its type, and appends to the body whatever must happen before.
"""

from __future__ import annotations

import ast
import copy

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.conditions import apply, branch, materialized, narrow, truth
from guest.compiler.constants import ValuePattern
from guest.compiler.lowering import Lowering, Typed, Variable
from guest.compiler.operands import coerce, literal, literal_as, operands, settled
from guest.compiler.program import Constant, EnumClass, HeapClass, Intrinsic, ModuleName
from guest.compiler.program import Variable as ModuleVariable
from guest.compiler.storage import checked_index, elements_of, field_of, load_of, module_of, read_global

ARITHMETIC = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "shl",
}
COMPARE = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}


def lower(low: Lowering, node: ast.expr, expected: t.Type | None) -> Typed:
    """Lower an expression. `expected` guides literals only; the caller checks the result with `coerce`."""
    if isinstance(node, ast.Constant):
        return _literal(low, node, expected)
    if isinstance(node, ast.Name):
        return _name(low, node, expected)
    if isinstance(node, ast.Attribute):
        return _attribute(low, node, expected)
    if isinstance(node, ast.Subscript):
        return _element(low, node)
    if isinstance(node, ast.Call):
        return low.lower_call(node, expected)
    if isinstance(node, ast.BinOp):
        return _binary(low, node, expected)
    if isinstance(node, ast.UnaryOp):
        return _unary(low, node, expected)
    if isinstance(node, ast.BoolOp):
        return materialized(low, node), t.BOOL
    if isinstance(node, ast.Compare):
        return _comparison(low, node)
    if isinstance(node, ast.IfExp):
        return _conditional(low, node, expected)
    low.fail(node, f"{type(node).__name__} is not part of Guest Python")


def _literal(low: Lowering, node: ast.Constant, expected: t.Type | None) -> Typed:
    worth = node.value
    if worth is None:
        return ir.const("i32", 0), t.NULL
    return constant_value(low, node, worth)


def constant_value(low: Lowering, node: ast.AST, worth: object) -> Typed:
    """A build-time constant as an expression."""
    if isinstance(worth, bool):
        return ir.const("i32", int(worth)), t.BOOL
    if isinstance(worth, int):
        return literal(worth)
    if isinstance(worth, float):
        return ir.const("f64", worth), t.F64
    if isinstance(worth, (str, bytes)):
        return ir.const("i32", low.unit.layout.text(worth)), t.TEXT
    if isinstance(worth, ValuePattern):
        return ir.const("i64", worth.bits), t.VALUE
    low.fail(node, "this constant has no form at run time")


def _name(low: Lowering, node: ast.Name, expected: t.Type | None) -> Typed:
    variable = low.scope.variables.get(node.id)
    if variable is not None:
        return read_variable(low, node, variable)
    symbol = low.scope.module.symbols.get(node.id)
    if isinstance(symbol, Constant):
        return _constant(low, node, symbol)
    if isinstance(symbol, ModuleVariable):
        return read_global(symbol)
    if isinstance(symbol, Intrinsic) and symbol.name in ("UNDEFINED", "DEBUG"):
        return constant_value(low, node, low.constant(node))
    low.fail(node, f"no variable {node.id} here" + _nearest(low, node.id))


def _nearest(low: Lowering, name: str) -> str:
    import difflib

    known = [*low.scope.variables, *low.scope.module.symbols]
    close = difflib.get_close_matches(name, known, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def read_variable(low: Lowering, node: ast.AST, variable: Variable) -> Typed:
    """The value of a local variable, as flow typing knows it."""
    if variable.expr.local is not None and variable.expr.local not in low.assigned:
        low.fail(node, f"{ast.unparse(node)} may have no value here")
    return variable.expr, low.known_type(variable)


def _constant(low: Lowering, node: ast.AST, constant: Constant) -> Typed:
    kind = low.unit.constants.type_of(constant)
    worth = low.unit.constants.worth(constant)
    if isinstance(kind, t.TableType):
        assert kind.element is not None
        return ir.const("i32", low.unit.layout.table(kind.element, worth)), kind
    value, implied = constant_value(low, node, worth)
    if kind != implied and isinstance(kind, t.Scalar) and implied == t.LITERAL:
        if isinstance(kind, t.Opaque):
            return ir.const("i32", int(worth)), kind
        return literal_as(low, node, value, kind), kind
    return value, kind


def _attribute(low: Lowering, node: ast.Attribute, expected: t.Type | None) -> Typed:
    if isinstance(node.value, ast.Name) and node.value.id not in low.scope.variables:
        symbol = low.scope.module.symbols.get(node.value.id)
        if isinstance(symbol, EnumClass):
            if node.attr not in symbol.members:
                low.fail(node, f"{symbol.name} has no member {node.attr}")
            return ir.const("i32", symbol.members[node.attr]), t.U32
        if isinstance(symbol, ModuleName):
            inner = symbol.module.symbols.get(node.attr)
            if isinstance(inner, ModuleVariable):
                return read_global(inner)
            if isinstance(inner, Constant):
                return _constant(low, node, inner)
            low.fail(node, f"{symbol.module.name} has no variable or constant {node.attr}")
    if isinstance(node.value, ast.Attribute):
        inner_module = module_of(low, node.value.value)
        if inner_module is not None:
            enum = inner_module.module.symbols.get(node.value.attr)
            if isinstance(enum, EnumClass):
                return ir.const("i32", enum.members[node.attr]), t.U32
    base, kind = low.lower(node.value, None)
    offset, field_type, _ = field_of(low, node, kind)
    if isinstance(field_type, t.InlineType):
        low.fail(
            node,
            f"{node.attr} is trailing storage: index it, or pass it to len, span or copy_items",
        )
    return ir.load(load_of(field_type), base, offset), t.widened(field_type)


def _element(low: Lowering, node: ast.Subscript) -> Typed:
    storage = elements_of(low, node.value)
    if storage.owner.reads_memory:
        storage.owner = low.spill(storage.owner, t.OBJECT)
    index = checked_index(low, node.slice, storage)
    value = ir.load(load_of(storage.element), storage.address(index), storage.offset)
    return value, t.widened(storage.element)


def _binary(low: Lowering, node: ast.BinOp, expected: t.Type | None) -> Typed:
    want = expected if expected in (*t.INTEGERS, t.F64) else None
    (left, left_type), (right, right_type) = operands(low, [node.left, node.right], [want, want])
    if left_type == t.LITERAL and right_type == t.LITERAL:
        return literal(int(low.constant(_folded(left, right, node))))
    if left_type == t.LITERAL:
        left, left_type = literal_as(low, node.left, left, right_type), right_type
    if right_type == t.LITERAL:
        right, right_type = literal_as(low, node.right, right, left_type), left_type
    if left_type != right_type or not isinstance(left_type, t.Scalar) or left_type in (t.BOOL, t.TEXT):
        low.fail(node, f"operator on {left_type} and {right_type}: convert one of them")
    if isinstance(left_type, t.Opaque) and not low.scope.module.may_use_raw:
        low.fail(node, f"arithmetic on {left_type} is for guest/heap/ alone")
    if isinstance(left_type, t.Opaque):
        low.fail(node, f"convert {left_type} to u32 first")
    return ir.op(_instruction(low, node, left_type), left, right), left_type


def _folded(left: ir.Expr, right: ir.Expr, node: ast.BinOp) -> ast.expr:
    folded = copy.copy(node)
    folded.left = ast.copy_location(ast.Constant(left.constant), node)
    folded.right = ast.copy_location(ast.Constant(right.constant), node)
    return folded


def _instruction(low: Lowering, node: ast.BinOp, kind: t.Scalar) -> str:
    operation = type(node.op)
    if kind == t.F64:
        name = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}.get(operation)
        if name is None:
            low.fail(node, "f64 has + - * / only")
        return f"f64.{name}"
    if operation in ARITHMETIC:
        return f"{kind.wasm}.{ARITHMETIC[operation]}"
    if operation is ast.RShift:
        return f"{kind.wasm}.shr_{'s' if kind.signed else 'u'}"
    if operation in (ast.FloorDiv, ast.Mod):
        if kind.signed:
            low.fail(
                node,
                f"// and % are for unsigned integers: use div_s or rem_s on {kind}",
            )
        return f"{kind.wasm}.{'div' if operation is ast.FloorDiv else 'rem'}_u"
    low.fail(node, f"no such operator on {kind}")


def _unary(low: Lowering, node: ast.UnaryOp, expected: t.Type | None) -> Typed:
    if isinstance(node.op, ast.Not):
        if isinstance(node.operand, ast.BoolOp | ast.Call):
            return materialized(low, node), t.BOOL
        return ir.compare("i32.eqz", truth(low, node.operand)), t.BOOL
    value, kind = low.lower(node.operand, expected)
    if kind == t.LITERAL:
        assert isinstance(value.constant, int)
        return literal(-value.constant if isinstance(node.op, ast.USub) else ~value.constant)
    if not isinstance(kind, t.Scalar) or kind not in (*t.INTEGERS, t.F64):
        low.fail(node, f"no such operator on {kind}")
    if isinstance(node.op, ast.USub):
        if kind == t.F64:
            if isinstance(value.constant, float):
                return ir.const("f64", -value.constant), kind
            return ir.op("f64.neg", value), kind
        return ir.op(f"{kind.wasm}.sub", ir.const(kind.wasm, 0), value), kind
    if isinstance(node.op, ast.Invert) and kind != t.F64:
        return ir.op(f"{kind.wasm}.xor", value, ir.const(kind.wasm, -1)), kind
    low.fail(node, f"no such operator on {kind}")


def _comparison(low: Lowering, node: ast.Compare) -> Typed:
    if len(node.ops) > 1:
        return materialized(low, node), t.BOOL
    operation = type(node.ops[0])
    (left, left_type), (right, right_type) = operands(low, [node.left, node.comparators[0]], [None, None])
    if operation in (ast.Is, ast.IsNot):
        return _identity(low, node, left, left_type, right, right_type)
    if operation not in COMPARE:
        low.fail(node, "no such comparison in Guest Python")
    if left_type == t.LITERAL and right_type == t.LITERAL:
        left, left_type = settled(low, node, left, left_type)
    if left_type == t.LITERAL:
        left, left_type = literal_as(low, node.left, left, right_type), right_type
    if right_type == t.LITERAL:
        right, right_type = (
            literal_as(low, node.comparators[0], right, left_type),
            left_type,
        )
    if left_type != right_type:
        low.fail(node, f"comparison of {left_type} with {right_type}: convert one of them")
    name = COMPARE[operation]
    if left_type == t.VALUE or isinstance(left_type, t.Pointer):
        if name not in ("eq", "ne") or isinstance(left_type, t.Pointer):
            low.fail(
                node,
                f"{left_type} is compared with {'is' if left_type != t.VALUE else '== or !='}",
            )
        return ir.compare(f"i64.{name}", left, right), t.BOOL
    if not isinstance(left_type, t.Scalar):
        low.fail(node, f"{left_type} cannot be compared")
    if left_type == t.F64:
        return ir.compare(f"f64.{name}", left, right), t.BOOL
    if name in ("eq", "ne"):
        if right.constant == 0 and name == "eq":
            return ir.compare(f"{left_type.wasm}.eqz", left), t.BOOL
        return ir.compare(f"{left_type.wasm}.{name}", left, right), t.BOOL
    return ir.compare(f"{left_type.wasm}.{name}_{'s' if left_type.signed else 'u'}", left, right), t.BOOL


def _identity(
    low: Lowering,
    node: ast.Compare,
    left: ir.Expr,
    left_type: t.Type,
    right: ir.Expr,
    right_type: t.Type,
) -> Typed:
    pointers = (t.Pointer, type(t.NULL))
    if not isinstance(left_type, pointers) or not isinstance(right_type, pointers):
        low.fail(node, f"`is` compares pointers, not {left_type} with {right_type}")
    if isinstance(left_type, t.Pointer) and isinstance(right_type, t.Pointer):
        related = left_type.target == right_type.target or "Object" in (
            left_type.target,
            right_type.target,
        )
        if not related:
            low.fail(node, f"{left_type} is never {right_type}")
    if right_type == t.NULL:
        if isinstance(left_type, t.Pointer) and not left_type.nullable and left.local is None:
            low.fail(node, f"{left_type} is never None")
        same = ir.compare("i32.eqz", left)
        return (same if isinstance(node.ops[0], ast.Is) else ir.compare("i32.ne", left, right)), t.BOOL
    name = "eq" if isinstance(node.ops[0], ast.Is) else "ne"
    return ir.compare(f"i32.{name}", left, right), t.BOOL


def _conditional(low: Lowering, node: ast.IfExp, expected: t.Type | None) -> Typed:
    done = low.label("done")
    other = low.label("else")
    before = low.snapshot()
    outer = low.nested()
    branch(low, node.test, other, False)
    test, low.body = low.body, []
    first, first_type = low.lower(node.body, expected)
    first_body, first_state = low.body, low.snapshot()
    low.restore(before)
    apply(low, narrow(low, node.test, False))
    low.body = []
    second, second_type = low.lower(node.orelse, expected)
    second_body, second_state = low.body, low.snapshot()
    low.body = outer
    kind = _common_type(low, node, first, first_type, second, second_type, expected)
    low.body = first_body
    first = coerce(low, node.body, first, first_type, kind)
    result = low.local("choice", kind)
    low.body.extend([ir.Set(result, first), ir.Branch(done)])
    low.body, first_body = second_body, low.body
    second = coerce(low, node.orelse, second, second_type, kind)
    low.body.append(ir.Set(result, second))
    second_body, low.body = low.body, outer
    low.add(ir.Block(done, [ir.Block(other, [*test, *first_body]), *second_body]))
    low.merge(first_state, second_state)
    low.assigned.add(result)
    low.learn(ir.get(result), kind)
    return ir.get(result), kind


def _common_type(
    low: Lowering,
    node: ast.IfExp,
    first: ir.Expr,
    first_type: t.Type,
    second: ir.Expr,
    second_type: t.Type,
    expected: t.Type | None,
) -> t.Type:
    if first_type == t.LITERAL and second_type == t.LITERAL:
        if expected is not None and expected in (*t.INTEGERS, t.F64):
            return expected
        return t.I32 if min(first.constant or 0, second.constant or 0) < 0 else t.U32
    if first_type == t.LITERAL:
        return second_type
    if second_type == t.LITERAL:
        return first_type
    for one, two in ((first_type, second_type), (second_type, first_type)):
        if t.accepts(one, two):
            return one
        if isinstance(one, t.Pointer) and t.accepts(t.nullable(one), two):
            return t.nullable(one)
    low.fail(node, f"the two sides are {first_type} and {second_type}")


def class_symbol(low: Lowering, node: ast.expr) -> HeapClass | None:
    """The heap class that a name stands for."""
    if isinstance(node, ast.Name) and node.id not in low.scope.variables:
        symbol = low.scope.module.symbols.get(node.id)
        return symbol if isinstance(symbol, HeapClass) else None
    return None
