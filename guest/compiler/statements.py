"""Statements: which construct is which; return, try, assert.

Each keeps the flow typing true: what is known after a statement is what holds on every path that reaches its end.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.assignments import assign, augmented, copied, declare
from guest.compiler.branches import lower_if, lower_match
from guest.compiler.conditions import branch
from guest.compiler.loops import lower_for, lower_while
from guest.compiler.lowering import Fact, Lowering, result_types
from guest.compiler.operands import coerce, operands


def lower_body(low: Lowering, statements: list[ast.stmt]) -> None:
    """Lower statements in order; what cannot be reached is checked all the same, and dropped."""
    outer = low.place
    for statement in statements:
        low.place = f"{low.scope.module.path}:{statement.lineno}"
        lower_statement(low, statement)
    low.place = outer


def lower_statement(low: Lowering, node: ast.stmt) -> None:
    """Lower one statement."""
    if isinstance(node, ast.Assign):
        if len(node.targets) != 1:
            low.fail(node, "one target an assignment")
        assign(low, node, node.targets[0], node.value)
    elif isinstance(node, ast.AnnAssign):
        declare(low, node)
    elif isinstance(node, ast.AugAssign):
        augmented(low, node)
    elif isinstance(node, ast.Expr):
        if not isinstance(node.value, ast.Constant):
            if not isinstance(node.value, ast.Call):
                low.fail(node, "an expression statement is a call")
            low.lower_call(node.value, None)
    elif isinstance(node, ast.If):
        lower_if(low, node)
    elif isinstance(node, ast.While):
        lower_while(low, node)
    elif isinstance(node, ast.For):
        lower_for(low, node)
    elif isinstance(node, ast.Match):
        lower_match(low, node)
    elif isinstance(node, ast.Return):
        _return(low, node)
    elif isinstance(node, ast.Raise):
        low.add(ir.Throw())
    elif isinstance(node, ast.Try):
        _try(low, node)
    elif isinstance(node, ast.Assert):
        _assert(low, node)
    elif isinstance(node, ast.Break):
        if not low.scope.breaks:
            low.fail(node, "break outside a loop")
        low.add(ir.Branch(low.scope.breaks[-1]))
    elif isinstance(node, ast.Continue):
        if not low.scope.continues:
            low.fail(node, "continue outside a loop")
        low.add(ir.Branch(low.scope.continues[-1]))
    elif isinstance(node, ast.Global):
        low.scope.globals |= set(node.names)
    elif not isinstance(node, ast.Pass):
        low.fail(node, f"{type(node).__name__} is not part of Guest Python")


def _return(low: Lowering, node: ast.Return) -> None:
    give_back(low, node, node.value)


def give_back(low: Lowering, node: ast.AST, value: ast.expr | None) -> None:
    """Return from the scope being lowered: the function, or an inlined body."""
    wants = result_types(low.scope.function.result)
    if not wants:
        if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            low.fail(node, f"{low.scope.function.name} has no result")
        parts: list[ir.Expr] = []
        kinds: list[t.Type] = []
    elif value is None:
        low.fail(node, f"{low.scope.function.name} returns {low.scope.function.result}")
    elif len(wants) == 1:
        lowered, kind = low.lower(value, wants[0])
        parts, kinds = (
            [coerce(low, value, lowered, kind, wants[0], "the result")],
            [kind],
        )
    else:
        if isinstance(value, ast.Tuple):
            pairs = operands(low, list(value.elts), list(wants))
        elif isinstance(value, ast.Call):
            pairs = low.lower_call_results(value)
        else:
            low.fail(value, "several results are a tuple or a call")
        if len(pairs) != len(wants):
            low.fail(
                value,
                f"{low.scope.function.name} has {len(wants)} results, not {len(pairs)}",
            )
        parts = [
            coerce(low, value, v, k, want, "the result") for (v, k), want in zip(pairs, wants, strict=True)
        ]
        kinds = [k for _, k in pairs]
    if not low.scope.return_label:
        low.add(ir.Return(parts))
        return
    if len(parts) > 1:
        parts = [copied(low, part, want) for part, want in zip(parts, wants, strict=True)]
    for local, part in zip(low.scope.results, parts, strict=True):
        low.add(ir.Set(local, part))
        low.assigned.add(local)
    if not ir.ends(low.body):
        facts = dict(low.facts)
        for local, part, kind in zip(low.scope.results, parts, kinds, strict=True):
            source = low.facts.get(part.local) if part.local is not None else None
            not_none = isinstance(kind, t.Pointer) and not kind.nullable
            facts[local] = Fact(
                not_none or bool(source and source.not_none),
                source.cls if source else "",
            )
        low.scope.returned.append(facts)
    low.add(ir.Branch(low.scope.return_label))


def _try(low: Lowering, node: ast.Try) -> None:
    one = len(node.handlers) == 1 and not node.orelse and not node.finalbody
    handler = node.handlers[0]
    if not one or not isinstance(handler.type, ast.Name) or handler.type.id != "Failure" or handler.name:
        low.fail(node, "try has one `except Failure:` and nothing else")
    label = low.label("caught")
    before = low.snapshot()
    outer = low.nested()
    low.lower_body(node.body)
    body_state = None if ir.ends(low.body) else low.snapshot()
    body, low.body = low.body, []
    low.restore(before)
    # The collector may have run since: what the handler needs it reloads from where that is rooted.
    low.assigned = {local for local in low.assigned if not local.trace}
    low.lower_body(handler.body)
    handler_state = None if ir.ends(low.body) else low.snapshot()
    caught, low.body = low.body, outer
    low.add(ir.Try(label, body, caught))
    low.merge(body_state, handler_state)
    if body_state is None and handler_state is None:
        low.add(ir.Trap())


def _assert(low: Lowering, node: ast.Assert) -> None:
    if isinstance(node.test, ast.Constant) and node.test.value is False:
        low.add(ir.Trap())
        return
    label = low.label("broken")
    holds = low.label("holds")
    outer = low.nested()
    branch(low, node.test, label, False)
    low.add(ir.Branch(holds))
    inner, low.body = low.body, outer
    low.add(ir.Block(holds, [ir.Block(label, inner), ir.Trap()]))
