"""Typed operands: how an expression and its type become what their context wants.

Literals adapt, pointers widen, nothing else converts. `operands` keeps the source's order of evaluation: what was lowered
before a later operand's effect, and could be changed by it, is spilled.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.lowering import Lowering, Typed
from guest.compiler.program import Intrinsic


def lower_as(low: Lowering, node: ast.expr, want: t.Type, what: str = "") -> ir.Expr:
    """Lower an expression that must be a `want`."""
    value, kind = low.lower(node, want)
    return coerce(low, node, value, kind, want, what)


def coerce(
    low: Lowering,
    node: ast.AST,
    value: ir.Expr,
    kind: t.Type,
    want: t.Type,
    what: str = "",
) -> ir.Expr:
    """The value as a `want`: literals adapt, pointers widen, nothing else converts."""
    if kind == t.LITERAL:
        return literal_as(low, node, value, want)
    if not t.accepts(want, kind):
        hint = ""
        if isinstance(kind, t.Pointer) and kind.nullable and t.accepts(want, t.non_null(kind)):
            hint = " (test it against None first)"
        elif isinstance(want, t.Scalar) and isinstance(kind, t.Scalar):
            hint = f" (convert with {want}(...))"
        elif want == t.VALUE and isinstance(kind, t.Pointer):
            hint = " (box it with Value(...))"
        low.fail(node, f"{what + ' is' if what else 'expected'} {want}, got {kind}{hint}")
    return value


def literal_as(low: Lowering, node: ast.AST, value: ir.Expr, want: t.Type) -> ir.Expr:
    """A literal integer in the type of its context."""
    number = value.constant
    assert number is not None
    if want == t.F64:
        return ir.const("f64", float(number))
    if want == t.LITERAL:
        return value
    if not isinstance(want, t.Scalar) or want in (t.BOOL, t.TEXT) or isinstance(want, t.Opaque):
        low.fail(node, f"expected {want}, got an integer literal")
    lowest = -(1 << (want.bits - 1)) if want.signed else 0
    highest = (1 << (want.bits - (1 if want.signed else 0))) - 1
    if not lowest <= int(number) <= highest:
        low.fail(node, f"{int(number)} does not fit {want}")
    return ir.const(want.wasm, int(number))


def literal(number: int) -> Typed:
    """A literal integer that has not met its context."""
    return ir.Expr(str(number), "i32", constant=number), t.LITERAL


def settled(low: Lowering, node: ast.AST, value: ir.Expr, kind: t.Type) -> Typed:
    """A literal without a context is a u32 (i32 when negative)."""
    if kind != t.LITERAL:
        return value, kind
    assert value.constant is not None
    want = t.I32 if value.constant < 0 else t.U32
    return literal_as(low, node, value, want), want


def operands(low: Lowering, nodes: list[ast.expr], wants: list[t.Type | None]) -> list[Typed]:
    """Lower operands from left to right, spilling those that a later one's effects could change."""
    done: list[Typed] = []
    for node, want in zip(nodes, wants, strict=True):
        before = len(low.body)
        value, kind = low.lower(node, want)
        if len(low.body) > before:
            late = low.body[before:]
            del low.body[before:]
            done = [(low.spill(v, k) if v.reads_memory else v, k) for v, k in done]
            low.body.extend(late)
        done.append((value, kind))
    return done


def intrinsic_name(low: Lowering, node: ast.expr) -> str | None:
    """The language's own name that a Name stands for in this module."""
    if not isinstance(node, ast.Name) or node.id in low.scope.variables:
        return None
    symbol = low.scope.module.symbols.get(node.id)
    return symbol.name if isinstance(symbol, Intrinsic) else None


Handler = Callable[[Lowering, ast.Call], list[Typed]]
"""Lowers a call of one of the language's own functions."""


def arguments(low: Lowering, node: ast.Call, *wants: t.Type) -> list[ir.Expr]:
    """The arguments of a call of the language's own function, one for each type wanted."""
    if len(node.args) != len(wants) or node.keywords:
        low.fail(node, f"{ast.unparse(node.func)} takes {len(wants)} arguments")
    pairs = operands(low, node.args, list(wants))
    return [
        coerce(low, argument, value, kind, want)
        for argument, (value, kind), want in zip(node.args, pairs, wants, strict=True)
    ]
