"""Two-way and many-way choice: `if` and `match`.

What is known after either is what holds on every path that reaches its end.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.conditions import apply, branch, narrow, negated
from guest.compiler.lowering import Lowering
from guest.compiler.operands import intrinsic_name, settled

MAX_TABLE = 1024
"""A match spanning more numbers than this becomes comparisons, not a jump table."""


def lower_if(low: Lowering, node: ast.If) -> None:
    taken = _constant_test(low, node.test)
    if taken is not None:
        _chosen_at_build_time(low, node, taken)
        return
    other, done = low.label("else"), low.label("end")
    before = low.snapshot()
    outer = low.nested()
    branch(low, node.test, other, False)
    low.lower_body(node.body)
    then_ends = ir.ends(low.body)
    then_state = None if then_ends else low.snapshot()
    then, low.body = low.body, []
    low.facts = dict(before[0])
    low.assigned = set(before[1])
    apply(low, narrow(low, node.test, False))
    low.lower_body(node.orelse)
    other_state = None if ir.ends(low.body) else low.snapshot()
    otherwise, low.body = low.body, outer
    choice = _plain_choice(then, otherwise, other)
    if choice is not None:
        low.add(choice)
    elif not otherwise:
        low.add(ir.Block(other, then))
    else:
        if not then_ends:
            then.append(ir.Branch(done))
        low.add(ir.Block(done, [ir.Block(other, then), *otherwise]))
    low.merge(then_state, other_state)
    if then_state is None and other_state is None and not ir.ends(low.body):
        low.add(ir.Trap())


def _chosen_at_build_time(low: Lowering, node: ast.If, taken: bool) -> None:
    """`if DEBUG:` - both sides are checked, one exists."""
    state, calls, local_count = low.snapshot(), set(low.calls), len(low.locals)
    reads_shadow_stack = low.reads_shadow_stack
    outer = low.nested()
    low.lower_body(node.orelse if taken else node.body)
    low.restore(state)
    low.calls, low.body, low.reads_shadow_stack = calls, outer, reads_shadow_stack
    del low.locals[local_count:]
    low.lower_body(node.body if taken else node.orelse)


def _constant_test(low: Lowering, test: ast.expr) -> bool | None:
    if intrinsic_name(low, test) == "DEBUG":
        return low.unit.debug
    return None


def _plain_choice(then: list[ir.Statement], otherwise: list[ir.Statement], label: str) -> ir.If | None:
    """A wasm `if` where the test is a single jump: easier to read in the emitted text."""
    if not then or not isinstance(then[0], ir.Branch) or then[0].label != label or then[0].condition is None:
        return None
    if any(_mentions(statement, label) for statement in then[1:]):
        return None
    return ir.If(negated(then[0].condition), then[1:], otherwise)


def _mentions(statement: ir.Statement, label: str) -> bool:
    if isinstance(statement, ir.Branch):
        return statement.label == label
    return any(_mentions(inner, label) for body in ir.children(statement) for inner in body)


def lower_match(low: Lowering, node: ast.Match) -> None:
    value, kind = low.lower(node.subject, None)
    value, kind = settled(low, node.subject, value, kind)
    if kind not in t.INTEGERS or not isinstance(kind, t.Scalar):
        low.fail(node.subject, f"match is on integers, this is {kind}")
    subject = low.spill(value, kind, "subject")
    before = low.snapshot()
    states = []
    choices: list[tuple[list[int], list[ir.Statement]]] = []
    default: list[ir.Statement] = []
    has_default = False
    outer = low.body
    for case in node.cases:
        if case.guard is not None or has_default:
            low.fail(case.pattern, "a case has no guard, and `case _` is the last")
        numbers = _pattern_numbers(low, case.pattern)
        low.restore(before)
        low.body = []
        low.lower_body(case.body)
        states.append(None if ir.ends(low.body) else low.snapshot())
        if numbers is None:
            default, has_default = low.body, True
        else:
            choices.append((numbers, low.body))
    low.body = outer
    if not has_default:
        states.append(before)
    low.add(switch(low, subject, kind, choices, default))
    low.merge(*states)
    if all(state is None for state in states):
        low.add(ir.Trap())


def switch(
    low: Lowering,
    subject: ir.Expr,
    kind: t.Scalar,
    choices: list[tuple[list[int], list[ir.Statement]]],
    default: list[ir.Statement],
) -> ir.Statement:
    """A jump table where the numbers are dense, otherwise comparisons."""
    numbers = [number for group, _ in choices for number in group]
    if len(set(numbers)) != len(numbers):
        low.fail(None, "two cases for one number")
    label = low.label("switch")
    if numbers and kind.wasm == "i32" and min(numbers) >= 0 and max(numbers) < MAX_TABLE and len(numbers) > 2:
        targets = [len(choices)] * (max(numbers) + 1)
        for position, (group, _) in enumerate(choices):
            for number in group:
                targets[number] = position
        return ir.Switch(label, subject, targets, [*(body for _, body in choices), default])
    statements = list(default)
    for group, body in reversed(choices):
        test = ir.const("i32", 0)
        for number in group:
            same = ir.compare(f"{kind.wasm}.eq", subject, ir.const(kind.wasm, number))
            test = same if test.constant == 0 else ir.op("i32.or", test, same)
        statements = [ir.If(test, body, statements)]
    return ir.Block(label, statements)


def _pattern_numbers(low: Lowering, pattern: ast.pattern) -> list[int] | None:
    """The numbers of a case; None for `case _`."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name is not None:
            low.fail(
                pattern,
                f"`case {pattern.name}` would capture: name a member, Kind.{pattern.name}",
            )
        return None
    if isinstance(pattern, ast.MatchOr):
        return [number for part in pattern.patterns for number in _pattern_numbers(low, part) or []]
    if isinstance(pattern, ast.MatchValue):
        return [int(low.constant(pattern.value))]
    low.fail(pattern, "a case is a number, an enum member, several of them with |, or _")
