"""Lowering a guest function to IR: the state that statements, expressions, conditions, calls and intrinsics share.

A `Lowering` builds one emitted function. Inlining lowers the callee's syntax again in place, in a `Scope` of its own, so
conditions inside inlined functions still become jumps. `facts` is the flow typing: which locals are known not to be None
or to be of a class; `assigned` is which locals have a value here.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, NoReturn

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.constants import Constants
from guest.compiler.errors import fail
from guest.compiler.layout import Layout
from guest.compiler.program import GuestFunction, Module, Program

Typed = tuple[ir.Expr, t.Type]
"""A lowered expression and its type."""


@dataclass
class Registration:
    """A function in a build-time table."""

    function: GuestFunction
    text: str


@dataclass
class Unit:
    """Everything about the program that lowering asks for."""

    program: Program
    constants: Constants
    layout: Layout
    debug: bool
    tables: dict[str, list[Registration]]
    opcodes: dict[int, GuestFunction]


@dataclass(frozen=True)
class Fact:
    """What flow typing knows of a local: not None, and (for Object and Value) the class it points to."""

    not_none: bool = False
    cls: str = ""


@dataclass
class Variable:
    """A local of the guest function: its type and the emitted local, or the constant bound to a parameter."""

    type: t.Type
    expr: ir.Expr
    writable: bool = True


@dataclass
class Scope:
    """One function body being lowered: the function itself, or one that is being inlined into it."""

    function: GuestFunction
    variables: dict[str, Variable] = field(default_factory=dict)
    results: list[ir.Local] = field(default_factory=list)
    return_label: str = ""
    returned: list[dict[ir.Local, Fact]] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    continues: list[str] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)

    @property
    def module(self) -> Module:
        """The module whose names the body sees."""
        return self.function.module


class Lowering:
    """Builds the IR of one emitted function."""

    def __init__(self, unit: Unit, function: GuestFunction) -> None:
        self.unit = unit
        self.function = function
        self.locals: list[ir.Local] = []
        self.body: list[ir.Statement] = []
        self.facts: dict[ir.Local, Fact] = {}
        self.assigned: set[ir.Local] = set()
        self.scope = Scope(function)
        self.inlining: list[GuestFunction] = [function]
        self.reads_shadow_stack = False
        self.calls: set[str] = set()
        self.place = ""
        self._names: dict[str, int] = {}
        self._labels = 0

    # The grammar is recursive and its parts are modules that know each other through these.
    def lower(self, node: ast.expr, expected: t.Type | None) -> Typed:
        """An expression (`expressions.py`). `expected` guides literals only; `operands.coerce` checks the result."""
        from guest.compiler.expressions import lower

        return lower(self, node, expected)

    def lower_body(self, statements: list[ast.stmt]) -> None:
        """Statements in order (`statements.py`)."""
        from guest.compiler.statements import lower_body

        lower_body(self, statements)

    def lower_call(self, node: ast.Call, expected: t.Type | None) -> Typed:
        """A call with one result, or none (`calls.py`)."""
        from guest.compiler.calls import lower_call

        return lower_call(self, node, expected)

    def lower_call_results(self, node: ast.Call) -> list[Typed]:
        """A call and all its results (`calls.py`)."""
        from guest.compiler.calls import lower_call_results

        return lower_call_results(self, node)

    def lower_intrinsic(self, node: ast.Call, name: str, expected: t.Type | None) -> list[Typed]:
        """A call of one of the language's own functions (`intrinsics.py`)."""
        from guest.compiler.intrinsics import lower_intrinsic

        return lower_intrinsic(self, node, name, expected)

    def inlined_predicate(self, node: ast.Call, label: str, when: bool) -> bool:
        """Jump on an inlined one-expression function; False if the call is not one (`calls.py`)."""
        from guest.compiler.calls import inlined_predicate

        return inlined_predicate(self, node, label, when)

    # Refusals.
    def fail(self, node: ast.AST | None, message: str) -> NoReturn:
        """Refuse `node` of the module that is being lowered."""
        fail(self.scope.module.path, node, message)

    # Locals, labels, statements.
    def local(self, name: str, kind: t.Type) -> ir.Local:
        """A new emitted local for a value of this type."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        trace: ir.Trace = ""
        if isinstance(kind, t.ValueType):
            trace = "value"
        elif isinstance(kind, t.Pointer) or kind == t.NULL:
            trace = "pointer"
        elif isinstance(kind, t.Opaque) and kind.transient:
            trace = "span"
        made = ir.Local(f"{name}.{count}" if count else name, t.wasm_type(kind), trace, kind)
        self.locals.append(made)
        return made

    def label(self, stem: str) -> str:
        """A new label."""
        self._labels += 1
        return f"{stem}.{self._labels}"

    def add(self, statement: ir.Statement) -> None:
        """Append a statement, unless control cannot reach it."""
        if not ir.ends(self.body):
            statement.place = self.place
            self.body.append(statement)

    def spill(self, value: ir.Expr, kind: t.Type, name: str = "t") -> ir.Expr:
        """The value as an atom: in a local of its own unless it is one already."""
        if value.is_atom:
            return value
        made = self.local(name, kind)
        self.add(ir.Set(made, value))
        self.assigned.add(made)
        return ir.get(made)

    def nested(self) -> list[ir.Statement]:
        """Start a nested statement list; the caller puts back the returned outer one with `self.body = outer`."""
        outer, self.body = self.body, []
        return outer

    # Flow typing.
    def snapshot(self) -> tuple[dict[ir.Local, Fact], set[ir.Local]]:
        """The facts that hold here."""
        return dict(self.facts), set(self.assigned)

    def restore(self, state: tuple[dict[ir.Local, Fact], set[ir.Local]]) -> None:
        """Go back to the facts of a snapshot."""
        self.facts, self.assigned = dict(state[0]), set(state[1])

    def merge(self, *states: tuple[dict[ir.Local, Fact], set[ir.Local]] | None) -> None:
        """The facts that hold in every state that can be left; None is a path that ends."""
        alive = [state for state in states if state is not None]
        if not alive:
            return
        facts = dict(alive[0][0])
        assigned = set(alive[0][1])
        for other_facts, other_assigned in alive[1:]:
            facts = {
                local: Fact(
                    fact.not_none and other_facts[local].not_none,
                    fact.cls if fact.cls == other_facts[local].cls else "",
                )
                for local, fact in facts.items()
                if local in other_facts
            }
            assigned &= other_assigned
        self.facts, self.assigned = facts, assigned

    def learn(self, expr: ir.Expr, kind: t.Type) -> None:
        """Remember that a local holds a value of this (narrower) type."""
        if expr.local is not None and isinstance(kind, t.Pointer) and not kind.nullable:
            fact = self.facts.get(expr.local, Fact())
            self.facts[expr.local] = Fact(True, fact.cls)

    def known_type(self, variable: Variable) -> t.Type:
        """A variable's type as narrowed here."""
        fact = self.facts.get(variable.expr.local) if variable.expr.local is not None else None
        if fact is not None and fact.not_none:
            return t.non_null(variable.type)
        return variable.type

    def constant(self, node: ast.expr) -> Any:
        """The worth of a constant expression in the module being lowered."""
        return self.unit.constants.evaluate(self.scope.module, node)


def lower_function(unit: Unit, function: GuestFunction) -> tuple[ir.Function, set[str]]:
    """Lower one function; the set names the functions that it calls."""
    lowering = Lowering(unit, function)
    parameters = []
    for parameter in function.parameters:
        made = lowering.local(parameter.name, parameter.type)
        parameters.append(made)
        lowering.assigned.add(made)
        lowering.scope.variables[parameter.name] = Variable(parameter.type, ir.get(made))
        lowering.learn(ir.get(made), parameter.type)
    lowering.lower_body(function.body)
    results = result_types(function.result)
    if not ir.ends(lowering.body):
        if results:
            fail(
                function.module.path,
                function.node,
                f"{function.name} may end without a result",
            )
        if function.result == t.NEVER:
            lowering.body.append(ir.Trap())
    node = function.node
    made_function = ir.Function(
        name=function.qualified.removeprefix("guest."),
        parameters=parameters,
        results=[t.wasm_type(kind) for kind in results],
        locals=[local for local in lowering.locals if local not in parameters],
        body=lowering.body,
        export=function.name if "export" in function.decorators else None,
        path=function.module.path,
        line=getattr(node, "lineno", 0),
        reads_shadow_stack=lowering.reads_shadow_stack,
    )
    return made_function, lowering.calls


def result_types(kind: t.Type) -> tuple[t.Type, ...]:
    """The types of a function's results, one by one."""
    if isinstance(kind, t.TupleType):
        return kind.items
    return () if kind in (t.VOID, t.NEVER) else (kind,)
