"""Conditions as jumps: `and`, `or`, `not` and inlined predicates never make a boolean that is tested again.

`branch` emits the jump; `narrow` tells what a condition's truth says about locals, for flow typing.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.lowering import Fact, Lowering
from guest.compiler.operands import intrinsic_name


def branch(low: Lowering, node: ast.expr, label: str, when: bool) -> None:
    """Jump to `label` if the condition is `when`; otherwise go on. Facts are those of going on, afterwards."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        branch(low, node.operand, label, not when)
        return
    if isinstance(node, ast.BoolOp):
        _branch_connective(low, node, label, when)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        if node.value == when:
            low.add(ir.Branch(label))
        return
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        branch(low, _chain(node), label, when)
        return
    if isinstance(node, ast.Call) and low.inlined_predicate(node, label, when):
        apply(low, narrow(low, node, not when))
        return
    test = _instance_test(low, node)
    if test is not None:
        _branch_instance(low, *test, label, when)
    else:
        value = truth(low, node)
        if isinstance(value.constant, int):
            if bool(value.constant) == when:
                low.add(ir.Branch(label))
            return
        low.add(ir.Branch(label, value if when else negated(value)))
    apply(low, narrow(low, node, not when))


def _chain(node: ast.Compare) -> ast.BoolOp:
    """`a < b < c` as `a < b and b < c`; the middle operand must be cheap to evaluate twice."""
    operands = [node.left, *node.comparators]
    parts: list[ast.expr] = []
    for left, operation, right in zip(operands, node.ops, operands[1:], strict=False):
        part = ast.Compare(left, [operation], [right])
        parts.append(ast.copy_location(part, node))
    return ast.copy_location(ast.BoolOp(ast.And(), parts), node)


def _branch_connective(low: Lowering, node: ast.BoolOp, label: str, when: bool) -> None:
    conjunction = isinstance(node.op, ast.And)
    if conjunction != when:  # every operand may take the jump
        for operand in node.values:
            branch(low, operand, label, when)
        return
    skip = low.label("skip")
    before = dict(low.facts)
    outer = low.nested()
    for operand in node.values[:-1]:
        branch(low, operand, skip, not when)
    branch(low, node.values[-1], label, when)
    inner, low.body = low.body, outer
    low.add(ir.Block(skip, inner))
    low.facts = before  # going on, one of the operands decided, and it is not known which


def negated(value: ir.Expr) -> ir.Expr:
    """The opposite of an i32 truth value."""
    opposite = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
    wasm, _, operation = value.text.partition(".")
    stem, _, sign = operation.partition("_")
    if stem in opposite and len(value.args) == 2 and (wasm != "f64" or stem in ("eq", "ne")):
        text = f"{wasm}.{opposite[stem]}" + (f"_{sign}" if sign else "")
        return ir.compare(text, *value.args)
    if value.text == "i32.eqz" and value.args[0].wasm == "i32" and _is_truth(value.args[0]):
        return value.args[0]
    return ir.compare("i32.eqz", value)


def _is_truth(value: ir.Expr) -> bool:
    operation = value.text.partition(".")[2].partition("_")[0]
    return operation in ir.COMPARISONS


def truth(low: Lowering, node: ast.expr) -> ir.Expr:
    """A condition as an i32 that is 0 or not 0."""
    value, kind = low.lower(node, t.BOOL)
    if kind != t.BOOL:
        low.fail(node, f"a condition is a bool, this is {kind}: compare it with something")
    return value


def _instance_test(low: Lowering, node: ast.expr) -> tuple[ir.Expr, t.Type, t.Pointer] | None:
    """The operands of `isinstance(x, C)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "isinstance":
        return None
    if intrinsic_name(low, node.func) not in (None, "isinstance") or len(node.args) != 2:
        return None
    value, kind = low.lower(node.args[0], None)
    target = low.unit.program.resolve_type(low.scope.module, node.args[1])
    if not isinstance(target, t.Pointer) or target.target == "Object":
        low.fail(node.args[1], "isinstance tests for one heap class")
    if kind != t.VALUE and kind != t.OBJECT:
        low.fail(node.args[0], f"isinstance tests a Value or an Object, this is {kind}")
    return low.spill(value, kind), kind, target


def class_byte(pointer: ir.Expr) -> ir.Expr:
    """The class number in the header of the object at an i32 address."""
    return ir.load("i32.load8_u", pointer, 4)


def object_address(value: ir.Expr) -> ir.Expr:
    """Where a Value points, or 0, whose class byte is that of no object: a test of the class needs no branch of its own."""
    is_pointer = ir.compare("i64.eqz", ir.op("i64.shr_u", value, ir.const("i64", 32)))
    return ir.op("select", ir.op("i32.wrap_i64", value), ir.const("i32", 0), is_pointer, wasm="i32")


def _branch_instance(
    low: Lowering, value: ir.Expr, kind: t.Type, target: t.Pointer, label: str, when: bool
) -> None:
    number = ir.const("i32", low.unit.layout.class_layout(target).number)
    pointer = value if kind == t.OBJECT else object_address(value)
    low.add(ir.Branch(label, ir.compare("i32.eq" if when else "i32.ne", class_byte(pointer), number)))


def materialized(low: Lowering, node: ast.expr) -> ir.Expr:
    """A condition with jumps inside as a 0-or-1 local."""
    result = low.local("flag", t.BOOL)
    label = low.label("false")
    low.add(ir.Set(result, ir.const("i32", 0)))
    state = low.snapshot()
    outer = low.nested()
    branch(low, node, label, False)
    low.add(ir.Set(result, ir.const("i32", 1)))
    inner, low.body = low.body, outer
    low.add(ir.Block(label, inner))
    low.restore(state)
    low.assigned.add(result)
    return ir.get(result)


Narrowing = dict[ir.Local, Fact]


def apply(low: Lowering, narrowing: Narrowing) -> None:
    """Add what a condition's truth says to the facts."""
    for local, fact in narrowing.items():
        known = low.facts.get(local, Fact())
        low.facts[local] = Fact(known.not_none or fact.not_none, fact.cls or known.cls)


def narrow(low: Lowering, node: ast.expr, holds: bool) -> Narrowing:
    """What is known of locals when the condition is true (`holds`) or false."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return narrow(low, node.operand, not holds)
    if isinstance(node, ast.BoolOp):
        if isinstance(node.op, ast.And) != holds:
            return {}
        merged: Narrowing = {}
        for operand in node.values:
            merged |= narrow(low, operand, holds)
        return merged
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        right = node.comparators[0]
        local = _local_of(low, node.left)
        null = isinstance(right, ast.Constant) and right.value is None
        if local is not None and null and isinstance(node.ops[0], ast.IsNot if holds else ast.Is):
            return {local: Fact(True)}
    if (
        holds
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
    ):
        subject = node.args[0]
        local = _local_of(low, subject) if isinstance(subject, ast.Name) else None
        target = low.unit.program.resolve_type(low.scope.module, node.args[1])
        if local is not None and isinstance(target, t.Pointer):
            return {local: Fact(True, target.target)}
    return {}


def _local_of(low: Lowering, node: ast.Name) -> ir.Local | None:
    variable = low.scope.variables.get(node.id)
    return variable.expr.local if variable is not None else None
