"""Calls: of guest functions (emitted or inlined), of heap classes (allocation), of types (conversion).

Wasmtime does not inline, and a call costs 1.3 to 3 ns; so functions marked `@inline`, and small ones, are lowered again in
place of the call. A parameter is bound to the caller's local itself when the callee never assigns it.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.conditions import branch
from guest.compiler.expressions import class_symbol
from guest.compiler.layout import HEADER_SIZE, rounded
from guest.compiler.lowering import Fact, Lowering, Scope, Typed, Variable, result_types
from guest.compiler.operands import coerce, intrinsic_name, lower_as, operands
from guest.compiler.program import (
    GuestFunction,
    HeapClass,
    ModuleName,
    OpaqueScalar,
)
from guest.compiler.storage import store_of

SMALL = 30
"""Functions of at most this many syntax nodes, without loops, are inlined unasked."""

MAX_ELEMENTS_BYTES = 0x3FFF_FFF8
"""More trailing bytes than this never fit a memory: the size handed to the allocator saturates."""


SMALL_ARRAY = 160
"""Arrays of a constant length of at most this many bytes are made in place: as fast as a fixed class."""


PYTHON_NAMES = {"len", "isinstance", "min", "max", "abs"}
"""The functions of Python itself that need no import."""


def lower_call(low: Lowering, node: ast.Call, expected: t.Type | None) -> Typed:
    """A call with one result, or none."""
    results = lower_call_results(low, node, expected)
    if len(results) > 1:
        low.fail(node, "this call has several results")
    return results[0] if results else (ir.const("i32", 0), t.VOID)


def lower_call_results(low: Lowering, node: ast.Call, expected: t.Type | None = None) -> list[Typed]:
    """A call and all its results."""
    function = callee(low, node.func)
    if isinstance(function, GuestFunction):
        if "export" in function.decorators:
            low.fail(node, f"{function.name} is exported: only the host may call it")
        return _call_function(low, node, function)
    if isinstance(function, HeapClass):
        return [_construct(low, node, function)]
    if isinstance(function, OpaqueScalar):
        return [_opaque(low, node, function)]
    if isinstance(node.func, ast.Subscript):
        return [_new_array(low, node)]
    if isinstance(node.func, ast.Attribute) and node.func.attr == "allocate":
        cls = class_symbol(low, node.func.value)
        if cls is not None:
            return [_allocate(low, node, cls)]
    if isinstance(node.func, ast.Name) and node.func.id not in low.scope.variables:
        name = intrinsic_name(low, node.func)
        if name is None and node.func.id in PYTHON_NAMES:
            name = node.func.id
        if name is None:
            low.fail(node.func, f"no function {node.func.id} here: is an import missing?")
        return low.lower_intrinsic(node, name, expected)
    low.fail(node.func, f"{ast.unparse(node.func)} is not a function")


def callee(low: Lowering, node: ast.expr) -> object:
    """The declaration that is called, if it is one."""
    if isinstance(node, ast.Name) and node.id not in low.scope.variables:
        return low.scope.module.symbols.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        symbol = low.scope.module.symbols.get(node.value.id)
        if isinstance(symbol, ModuleName) and node.value.id not in low.scope.variables:
            found = symbol.module.symbols.get(node.attr)
            if found is None:
                low.fail(node, f"{symbol.module.name} has no function {node.attr}")
            return found
    return None


def argument_nodes(low: Lowering, node: ast.Call, function: GuestFunction) -> list[ast.expr]:
    """One expression a parameter: given by position, by name, or by default."""
    given: dict[str, ast.expr] = {}
    names = [p.name for p in function.parameters]
    if len(node.args) > len(names):
        low.fail(
            node,
            f"{function.name} has {len(names)} parameters, {len(node.args)} arguments are given",
        )
    for name, argument in zip(names, node.args, strict=False):
        given[name] = argument
    for keyword in node.keywords:
        if keyword.arg not in names or keyword.arg in given:
            low.fail(node, f"{function.name} has no such parameter left: {keyword.arg}")
        assert keyword.arg is not None
        given[keyword.arg] = keyword.value
    nodes: list[ast.expr] = []
    for parameter in function.parameters:
        argument_node = given.get(parameter.name)
        if argument_node is None:
            if parameter.default is None:
                low.fail(node, f"{function.name} is missing the argument {parameter.name}")
            worth = low.unit.constants.evaluate(function.module, parameter.default)
            argument_node = ast.copy_location(ast.Constant(worth), node)
        nodes.append(argument_node)
    return nodes


def lowered_arguments(low: Lowering, node: ast.Call, function: GuestFunction) -> list[Typed]:
    """The arguments, each coerced to its parameter's type but keeping the narrower type that it has."""
    nodes = argument_nodes(low, node, function)
    pairs = operands(low, nodes, [p.type for p in function.parameters])
    done: list[Typed] = []
    for argument, (value, kind), parameter in zip(nodes, pairs, function.parameters, strict=True):
        what = f"the argument {parameter.name} of {function.name}"
        value = coerce(low, argument, value, kind, parameter.type, what)
        done.append((value, parameter.type if kind in (t.LITERAL, t.NULL, t.NEVER) else kind))
    return done


def _call_function(low: Lowering, node: ast.Call, function: GuestFunction) -> list[Typed]:
    if should_inline(low, node, function):
        return inline_call(low, function, lowered_arguments(low, node, function))
    arguments = lowered_arguments(low, node, function)
    return emit_call(low, function, [value for value, _ in arguments], getattr(node, "lineno", 0))


def emit_call(low: Lowering, function: GuestFunction, values: list[ir.Expr], line: int) -> list[Typed]:
    """An emitted call; its results are locals."""
    wants = result_types(function.result)
    results = [low.local(function.name, kind) for kind in wants]
    name = function.name if "kernel" in function.decorators else function.qualified.removeprefix("guest.")
    low.calls.add(function.qualified)
    low.add(ir.Call(results, name, values, low.scope.module.path, line))
    for local, kind in zip(results, wants, strict=True):
        low.assigned.add(local)
        low.learn(ir.get(local), kind)
    if function.result == t.NEVER:
        low.add(ir.Trap())
        return [(ir.const("i32", 0), t.NEVER)]
    return [(ir.get(local), kind) for local, kind in zip(results, wants, strict=True)]


def should_inline(low: Lowering, node: ast.AST, function: GuestFunction) -> bool:
    """Whether this call is expanded in place."""
    if "inline" in function.decorators:
        if function in low.inlining:
            low.fail(node, f"{function.name} is @inline and calls itself")
        return True
    if {"noinline", "export", "kernel"} & set(function.decorators) or function in low.inlining:
        return False
    if function.result == t.NEVER:
        return False
    return is_small(function)


def is_small(function: GuestFunction) -> bool:
    """Few nodes, no loops, no try."""
    count = 0
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        for inner in ast.walk(statement):
            if isinstance(inner, (ast.While, ast.For, ast.Try, ast.Match, ast.Raise)):
                return False
            if not isinstance(
                inner,
                (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop),
            ):
                count += 1
    return count <= SMALL


def bind(low: Lowering, function: GuestFunction, arguments: list[Typed]) -> Scope:
    """The scope of an inlined body, its parameters bound to the arguments."""
    scope = Scope(function)
    written = {
        inner.id
        for statement in function.body
        for inner in ast.walk(statement)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    }
    for parameter, (value, kind) in zip(function.parameters, arguments, strict=True):
        shared = value.is_atom and parameter.name not in written
        if not shared:
            made = low.local(f"{function.name}.{parameter.name}", parameter.type)
            fact = low.facts.get(value.local) if value.local is not None else None
            low.add(ir.Set(made, value))
            low.assigned.add(made)
            not_none = isinstance(kind, t.Pointer) and not kind.nullable
            low.facts[made] = Fact(not_none, fact.cls if fact else "")
            value = ir.get(made)
        scope.variables[parameter.name] = Variable(parameter.type, value, writable=not shared)
    return scope


def only_expression(function: GuestFunction) -> ast.expr | None:
    """The result expression of a function that is nothing else."""
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(body) == 1 and isinstance(body[0], ast.Return):
        return body[0].value
    return None


def inline_call(low: Lowering, function: GuestFunction, arguments: list[Typed]) -> list[Typed]:
    """Lower the callee's body in place."""
    outer_scope = low.scope
    scope = bind(low, function, arguments)
    wants = result_types(function.result)
    low.scope = scope
    low.inlining.append(function)
    expression = only_expression(function)
    if expression is not None and len(wants) == 1:
        value, kind = low.lower(expression, wants[0])
        value = coerce(low, expression, value, kind, wants[0], "the result")
        low.scope = outer_scope
        low.inlining.pop()
        known = isinstance(kind, t.Pointer) and not kind.nullable
        return [(value, t.non_null(wants[0]) if known else wants[0])]
    scope.results = [low.local(function.name, kind) for kind in wants]
    scope.return_label = low.label("return")
    outer = low.nested()
    low.lower_body(function.body)
    falls = not ir.ends(low.body)
    if falls and wants:
        low.fail(function.node, f"{function.name} may end without a result")
    if falls:
        scope.returned.append(dict(low.facts))
    body, low.body = low.body, outer
    low.add(ir.Block(scope.return_label, _without_last_jump(body, scope.return_label)))
    low.scope = outer_scope
    low.inlining.pop()
    if not scope.returned:
        low.add(ir.Trap())
        return [(ir.const("i32", 0), t.NEVER)]
    _merge_facts(low, scope.returned)
    low.assigned |= set(scope.results)
    done: list[Typed] = []
    for local, kind in zip(scope.results, wants, strict=True):
        fact = low.facts.get(local, Fact())
        done.append((ir.get(local), t.non_null(kind) if fact.not_none else kind))
    return done


def _merge_facts(low: Lowering, states: list[dict[ir.Local, Fact]]) -> None:
    low.merge(*((facts, set(low.assigned)) for facts in states))


def _without_last_jump(body: list[ir.Statement], label: str) -> list[ir.Statement]:
    """Falling out of a block needs no jump to its end."""
    if body and isinstance(body[-1], ir.Branch) and body[-1].label == label and body[-1].condition is None:
        return body[:-1]
    return body


def inlined_predicate(low: Lowering, node: ast.Call, label: str, when: bool) -> bool:
    """Lower a condition that is a call of an inlined one-expression function as a jump; False if it is not one."""
    function = callee(low, node.func)
    if not isinstance(function, GuestFunction) or function.result != t.BOOL:
        return False
    expression = only_expression(function)
    if expression is None or not should_inline(low, node, function):
        return False
    arguments = lowered_arguments(low, node, function)
    outer_scope = low.scope
    low.scope = bind(low, function, arguments)
    low.inlining.append(function)
    facts = dict(low.facts)
    branch(low, expression, label, when)
    low.facts = {local: fact for local, fact in low.facts.items() if local in facts}
    low.facts.update(facts)
    low.scope = outer_scope
    low.inlining.pop()
    return True


def _opaque(low: Lowering, node: ast.Call, scalar: OpaqueScalar) -> Typed:
    if not low.scope.module.may_use_raw:
        low.fail(node, f"{scalar.name} is made in guest/heap/ alone")
    value = lower_as(low, node.args[0], t.U32, scalar.name)
    return value, t.Opaque(scalar.name, "i32", 32)


def class_header(low: Lowering, pointer: t.Pointer, length: int) -> ir.Expr:
    """A header as one constant: length, class, zero state and site."""
    number = low.unit.layout.class_layout(pointer).number
    return ir.const("i64", length | number << 32)


def field_values(low: Lowering, node: ast.Call, cls: HeapClass, skip: int) -> list[ir.Expr]:
    """The fields of a constructor call, in order, each an atom: allocation comes after all of them."""
    given: dict[str, ast.expr] = {}
    names = [name for name, _ in cls.fields]
    for name, argument in zip(names, node.args[skip:], strict=False):
        given[name] = argument
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg not in names or keyword.arg in given:
            low.fail(node, f"{cls.name} has no such field left: {keyword.arg}")
        given[keyword.arg] = keyword.value
    missing = [name for name in names if name not in given]
    if missing or len(node.args) - skip > len(names):
        low.fail(node, f"{cls.name} is made of exactly its fields ({', '.join(names)})")
    wants = [t.widened(kind) for _, kind in cls.fields]
    order = sorted(names, key=lambda name: (given[name].lineno, given[name].col_offset))
    pairs = operands(low, [given[n] for n in order], [wants[names.index(n)] for n in order])
    by_name = {}
    for name, (value, kind) in zip(order, pairs, strict=True):
        want = wants[names.index(name)]
        checked = coerce(low, given[name], value, kind, want, f"the field {name}")
        by_name[name] = low.spill(checked, want, name)
    return [by_name[name] for name in names]


def _construct(low: Lowering, node: ast.Call, cls: HeapClass) -> Typed:
    pointer = t.Pointer(cls.name, cls.qualified)
    if cls.inline is not None:
        low.fail(node, f"{cls.name} has trailing storage: {cls.name}.allocate(length, ...)")
    values = field_values(low, node, cls, 0)
    layout = low.unit.layout.class_layout(pointer)
    made = low.local(cls.name.lower(), pointer)
    low.calls.add("guest.heap.allocate.allocate_slow")
    low.add(ir.Allocate(made, layout.fixed, low.scope.module.path, getattr(node, "lineno", 0)))
    _initialize(low, cls, pointer, made, values, header=True, fresh=True)
    return ir.get(made), pointer


def _initialize(
    low: Lowering,
    cls: HeapClass,
    pointer: t.Pointer,
    made: ir.Local,
    values: list[ir.Expr],
    header: bool,
    fresh: bool,
) -> None:
    layout = low.unit.layout.class_layout(pointer)
    if header:
        low.add(ir.Store("i64.store", ir.get(made), 0, class_header(low, pointer, 0)))
    traced = False
    for (name, kind), value in zip(cls.fields, values, strict=True):
        traced = traced or (t.is_traced(kind) and value.constant is None)
        low.add(ir.Store(store_of(kind), ir.get(made), layout.offsets[name][0], value))
    if traced and not fresh:
        low.add(ir.Barrier(ir.get(made)))
    low.assigned.add(made)
    low.learn(ir.get(made), pointer)


def _small_array(low: Lowering, node: ast.Call, pointer: t.Pointer, count: int, name: str) -> ir.Local:
    """A short array of constant length: bumped and zeroed in place."""
    layout = low.unit.layout.class_layout(pointer)
    assert layout.element is not None
    size = rounded(layout.fixed + count * t.size_of(layout.element))
    made = low.local(name, pointer)
    low.calls.add("guest.heap.allocate.allocate_slow")
    low.add(ir.Allocate(made, size, low.scope.module.path, getattr(node, "lineno", 0)))
    low.add(ir.Store("i64.store", ir.get(made), 0, class_header(low, pointer, count)))
    for offset in range(layout.fixed & ~7, size, 8):
        if offset >= HEADER_SIZE:
            low.add(ir.Store("i64.store", ir.get(made), offset, ir.const("i64", 0)))
    low.assigned.add(made)
    low.learn(ir.get(made), pointer)
    return made


def _allocate_elements(
    low: Lowering, node: ast.Call, pointer: t.Pointer, count: ir.Expr, name: str
) -> ir.Local:
    layout = low.unit.layout.class_layout(pointer)
    assert layout.element is not None
    shift = t.size_of(layout.element).bit_length() - 1
    limit = MAX_ELEMENTS_BYTES >> shift
    if isinstance(count.constant, int):
        if layout.fixed + (count.constant << shift) <= SMALL_ARRAY:
            return _small_array(low, node, pointer, count.constant, name)
        size = ir.const("i32", (layout.fixed + (min(count.constant, limit) << shift) + 7) & ~7)
    else:
        scaled = ir.op("i32.shl", count, ir.const("i32", shift)) if shift else count
        exact = ir.op(
            "i32.and",
            ir.op("i32.add", scaled, ir.const("i32", layout.fixed + 7)),
            ir.const("i32", -8),
        )
        too_many = ir.compare("i32.gt_u", count, ir.const("i32", limit))
        size = ir.op("select", ir.const("i32", 0x7FFF_FFF8), exact, too_many, wasm="i32")
    made = low.local(name, pointer)
    low.calls.add("guest.heap.allocate.allocate_array")
    arguments = [ir.const("i32", layout.number), count, size]
    path, line = low.scope.module.path, getattr(node, "lineno", 0)
    low.add(ir.Call([made], "heap.allocate.allocate_array", arguments, path, line))
    low.assigned.add(made)
    low.learn(ir.get(made), pointer)
    return made


def _allocate(low: Lowering, node: ast.Call, cls: HeapClass) -> Typed:
    pointer = t.Pointer(cls.name, cls.qualified)
    if cls.inline is None:
        low.fail(node, f"{cls.name} has no trailing storage: {cls.name}(...)")
    if not node.args:
        low.fail(node, f"{cls.name}.allocate takes the number of elements first")
    count = low.spill(lower_as(low, node.args[0], t.U32, "the length"), t.U32, "length")
    values = field_values(low, node, cls, 1)
    made = _allocate_elements(low, node, pointer, count, cls.name.lower())
    _initialize(low, cls, pointer, made, values, header=False, fresh=False)
    return ir.get(made), pointer


def _new_array(low: Lowering, node: ast.Call) -> Typed:
    pointer = low.unit.program.resolve_type(low.scope.module, node.func)
    if not isinstance(pointer, t.Pointer) or pointer.element is None or len(node.args) != 1:
        low.fail(node, "an array is made by Array[T](length)")
    count = low.spill(lower_as(low, node.args[0], t.U32, "the length"), t.U32, "length")
    return ir.get(_allocate_elements(low, node, pointer, count, "array")), pointer
