"""Build-time tables of functions: `registered` ones, and the opcode handlers that `dispatch` splices into a loop.

Either is one jump table.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.calls import emit_call, inline_call
from guest.compiler.lowering import Lowering, Typed
from guest.compiler.operands import arguments, coerce, lower_as, operands
from guest.compiler.program import GuestFunction


def _table_name(low: Lowering, node: ast.Call) -> str:
    name = node.args[0] if node.args else None
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        low.fail(node, "a build-time table is named by a literal")
    return name.value


def table_size(low: Lowering, node: ast.Call) -> list[Typed]:
    return [(ir.const("i32", len(low.unit.tables.get(_table_name(low, node), []))), t.U32)]


def table_text(low: Lowering, node: ast.Call) -> list[Typed]:
    texts = tuple(r.text for r in low.unit.tables.get(_table_name(low, node), []))
    index = low.spill(lower_as(low, node.args[1], t.U32), t.U32, "i")
    low.add(ir.If(ir.compare("i32.ge_u", index, ir.const("i32", len(texts))), [ir.Trap()], []))
    where = ir.const("i32", low.unit.layout.table(t.TEXT, texts))
    address = ir.op("i32.add", where, ir.op("i32.shl", index, ir.const("i32", 2)))
    return [(ir.load("i32.load", address, 0), t.TEXT)]


def table_call(low: Lowering, node: ast.Call) -> list[Typed]:
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


def dispatch(low: Lowering, node: ast.Call) -> list[Typed]:
    """Splice the opcode handlers into the loop that this call stands in."""
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
        for name, (value, kind) in zip(_sets(function), results, strict=True):
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


def _sets(function: GuestFunction) -> list[str]:
    """The variables of the loop that a handler's results go to, in order."""
    decorator = function.decorators["opcode"]
    assert isinstance(decorator, ast.Call)
    given = [
        *decorator.args[1:2],
        *(keyword.value for keyword in decorator.keywords if keyword.arg == "sets"),
    ]
    sets: str | tuple[str, ...] = ast.literal_eval(given[0]) if given else ()
    return [sets] if isinstance(sets, str) else list(sets)


def leave(low: Lowering, node: ast.Call) -> list[Typed]:
    (status,) = arguments(low, node, t.U32)
    low.add(ir.Return([status]))
    return [(ir.const("i32", 0), t.NEVER)]
