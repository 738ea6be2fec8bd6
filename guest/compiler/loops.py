"""Loops: `while`, and `for` over a range of integers.

What is known of a variable that the body assigns does not survive the back edge.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.assignments import copied, emitted_name
from guest.compiler.conditions import apply, branch, narrow
from guest.compiler.lowering import Lowering, Variable
from guest.compiler.operands import coerce, operands


def _assigned_in(nodes: list[ast.stmt]) -> set[str]:
    """Names that statements assign: what is known of them does not survive the back edge of a loop."""
    names: set[str] = set()
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                names.add(inner.id)
            elif isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
                names.add(inner.target.id)
    return names


def _forget(low: Lowering, names: set[str]) -> None:
    for name in names:
        variable = low.scope.variables.get(name)
        if variable is not None and variable.expr.local is not None:
            low.facts.pop(variable.expr.local, None)


def _has_break(nodes: list[ast.stmt]) -> bool:
    """Whether statements leave the loop that they are in."""
    for node in nodes:
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, (ast.If, ast.Try)) and _has_break([*node.body, *node.orelse]):
            return True
        if isinstance(node, ast.Try) and any(_has_break(handler.body) for handler in node.handlers):
            return True
        if isinstance(node, ast.Match) and any(_has_break(case.body) for case in node.cases):
            return True
    return False


def lower_while(low: Lowering, node: ast.While) -> None:
    if node.orelse:
        low.fail(node, "while has no else here")
    end, top, again = low.label("end"), low.label("loop"), low.label("continue")
    _forget(low, _assigned_in(node.body))
    before = low.snapshot()
    outer = low.nested()
    branch(low, node.test, end, False)
    test, low.body = low.body, []
    low.scope.breaks.append(end)
    low.scope.continues.append(again)
    low.lower_body(node.body)
    low.scope.breaks.pop()
    low.scope.continues.pop()
    body, low.body = low.body, outer
    endless = isinstance(node.test, ast.Constant) and node.test.value is True
    broken = _has_break(node.body)
    low.add(ir.Block(end, [ir.Loop(top, [*test, ir.Block(again, body), ir.Branch(top)])]))
    low.restore(before)
    _forget(low, _assigned_in(node.body))
    if not broken:
        apply(low, narrow(low, node.test, False))
    if endless and not broken:
        low.add(ir.Trap())


def lower_for(low: Lowering, node: ast.For) -> None:
    call = node.iter
    is_range = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
    if not is_range or not isinstance(node.target, ast.Name) or node.orelse:
        low.fail(node, "for is `for name in range(...)`")
    assert isinstance(call, ast.Call)
    parts = [ast.copy_location(ast.Constant(0), call), call.args[0]] if len(call.args) == 1 else call.args[:2]
    step = int(low.constant(call.args[2])) if len(call.args) == 3 else 1
    known = low.scope.variables.get(node.target.id)
    pairs = operands(low, list(parts), [known.type if known else None] * 2)
    kinds = [kind for _, kind in pairs if kind != t.LITERAL]
    kind = kinds[0] if kinds else (known.type if known else t.U32)
    if step < 0 and not (isinstance(kind, t.Scalar) and kind.signed):
        low.fail(node, "a loop that counts down needs a signed variable: i32(...)")
    start, stop = (coerce(low, part, v, k, kind) for part, (v, k) in zip(parts, pairs, strict=True))
    if kind not in t.INTEGERS or not isinstance(kind, t.Scalar):
        low.fail(node, f"range counts in integers, not {kind}")
    stop = stop if stop.constant is not None else copied(low, stop, kind)
    if known is not None and known.type != kind:
        low.fail(node, f"{node.target.id} is a {known.type}, the range is of {kind}")
    if known is not None and known.expr.local is not None:
        counter = known.expr.local
    else:
        counter = low.local(emitted_name(low, node.target.id), kind)
    variable = Variable(kind, ir.get(counter), writable=False)
    low.scope.variables[node.target.id] = variable
    low.add(ir.Set(counter, start))
    low.assigned.add(counter)
    end, top, again = low.label("end"), low.label("loop"), low.label("continue")
    _forget(low, _assigned_in(node.body))
    before = low.snapshot()
    outer = low.nested()
    low.scope.breaks.append(end)
    low.scope.continues.append(again)
    low.lower_body(node.body)
    low.scope.breaks.pop()
    low.scope.continues.pop()
    body, low.body = low.body, outer
    sign = "s" if kind.signed else "u"
    over = ir.compare(f"{kind.wasm}.{'ge' if step > 0 else 'le'}_{sign}", ir.get(counter), stop)
    advance = ir.Set(counter, ir.op(f"{kind.wasm}.add", ir.get(counter), ir.const(kind.wasm, step)))
    loop = ir.Loop(top, [ir.Branch(end, over), ir.Block(again, body), advance, ir.Branch(top)])
    low.add(ir.Block(end, [loop]))
    low.restore(before)
    low.scope.variables[node.target.id] = Variable(kind, ir.get(counter))
