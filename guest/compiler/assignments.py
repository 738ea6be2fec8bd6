"""Assignment: to local and module variables, fields, elements, several targets at once.

A reference that is stored into an object passes the write barrier here and nowhere else.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.lowering import Fact, Lowering, Typed, Variable
from guest.compiler.operands import coerce, operands, settled
from guest.compiler.program import ModuleName
from guest.compiler.program import Variable as ModuleVariable
from guest.compiler.storage import (
    Elements,
    checked_index,
    elements_of,
    field_of,
    load_of,
    read_global,
    store_of,
)


def assign(low: Lowering, node: ast.stmt, target: ast.expr, value: ast.expr) -> None:
    """target = value"""
    if isinstance(target, ast.Tuple):
        _unpack(low, node, target, value)
    elif isinstance(target, ast.Name):
        lowered = low.lower(value, _target_type(low, target))
        set_name(low, target, *lowered, node=value)
    elif isinstance(target, ast.Attribute):
        _set_attribute(low, target, value)
    elif isinstance(target, ast.Subscript):
        _set_element(low, target, value)
    else:
        low.fail(target, "this cannot be assigned to")


def set_name(low: Lowering, target: ast.Name, value: ir.Expr, kind: t.Type, node: ast.AST) -> None:
    """Store a lowered value in a local variable, or a module variable declared `global`."""
    name = target.id
    if name in low.scope.globals:
        symbol = low.scope.module.symbols.get(name)
        if not isinstance(symbol, ModuleVariable):
            low.fail(target, f"no module variable {name}")
        _store_global(low, symbol, coerce(low, node, value, kind, t.widened(symbol.type), name))
        return
    variable = low.scope.variables.get(name)
    if variable is None:
        if isinstance(low.scope.module.symbols.get(name), ModuleVariable):
            low.fail(
                target,
                f"{name} is a module variable: declare `global {name}` first, or choose another name",
            )
        value, kind = settled(low, node, value, kind)
        if kind == t.NULL:
            low.fail(target, f"{name} needs a type: `{name}: Class | None = None`")
        if kind in (t.VOID, t.NEVER) or isinstance(kind, t.TupleType):
            low.fail(node, f"{kind} cannot be stored in one variable")
        variable = Variable(kind, ir.get(low.local(emitted_name(low, name), kind)))
        low.scope.variables[name] = variable
    if not variable.writable or variable.expr.local is None:
        low.fail(
            target,
            f"{name} cannot be assigned here (a loop variable stays what the loop makes it)",
        )
    value = coerce(low, node, value, kind, variable.type, name)
    put(low, variable.expr.local, value, kind)


def put(low: Lowering, local: ir.Local, value: ir.Expr, kind: t.Type) -> None:
    """local = value, and what that says about the local."""
    source = low.facts.get(value.local) if value.local is not None else None
    low.add(ir.Set(local, value))
    low.assigned.add(local)
    not_none = isinstance(kind, t.Pointer) and not kind.nullable
    low.facts[local] = Fact(not_none, source.cls if source is not None else "")


def emitted_name(low: Lowering, name: str) -> str:
    if low.scope.function is low.function:
        return name
    return f"{low.scope.function.name}.{name}"


def declare(low: Lowering, node: ast.AnnAssign) -> None:
    if not isinstance(node.target, ast.Name):
        low.fail(node, "only a local variable is declared here")
    kind = low.unit.program.resolve_type(low.scope.module, node.annotation)
    name = node.target.id
    variable = low.scope.variables.get(name)
    if variable is None:
        variable = Variable(kind, ir.get(low.local(emitted_name(low, name), kind)))
        low.scope.variables[name] = variable
    elif variable.type != kind:
        low.fail(node, f"{name} was declared as {variable.type}")
    if node.value is not None:
        value, have = low.lower(node.value, kind)
        assert variable.expr.local is not None
        checked = coerce(low, node.value, value, have, kind, name)
        put(low, variable.expr.local, checked, have if have != t.LITERAL else kind)


def _unpack(low: Lowering, node: ast.stmt, target: ast.Tuple, value: ast.expr) -> None:
    if isinstance(value, ast.Tuple):
        if len(value.elts) != len(target.elts):
            low.fail(node, f"{len(target.elts)} targets for {len(value.elts)} values")
        pairs = operands(low, list(value.elts), [_target_type(low, e) for e in target.elts])
        pairs = [(copied(low, v, k), k) for v, k in pairs]
    else:
        if not isinstance(value, ast.Call):
            low.fail(value, "several targets take the results of a call or as many values")
        pairs = low.lower_call_results(value)
        if len(pairs) != len(target.elts):
            low.fail(node, f"{len(target.elts)} targets for {len(pairs)} results")
    for element, (part, kind) in zip(target.elts, pairs, strict=True):
        if isinstance(element, ast.Name):
            if element.id == "_":
                continue
            set_name(low, element, part, kind, element)
        elif isinstance(element, ast.Attribute):
            _store_attribute(low, element, part, kind, element)
        else:
            low.fail(element, "unpack into names or fields")


def copied(low: Lowering, value: ir.Expr, kind: t.Type) -> ir.Expr:
    """A value that assignments to other locals cannot change."""
    if value.constant is not None:
        return value
    made = low.local("t", kind)
    put(low, made, value, kind)
    return ir.get(made)


def _target_type(low: Lowering, node: ast.expr) -> t.Type | None:
    variable = low.scope.variables.get(node.id) if isinstance(node, ast.Name) else None
    return variable.type if variable is not None else None


def _store_global(low: Lowering, variable: ModuleVariable, value: ir.Expr) -> None:
    """Store a module variable. A reference also notes that the roots changed, so that unchanged ones are not searched."""
    address = ir.const("i32", 0)
    low.add(ir.Store(store_of(variable.type), address, variable.address, value))
    changed = low.unit.layout.roots_changed
    if t.is_traced(variable.type) and value.constant is None and changed:
        low.add(ir.Store("i32.store", address, changed, ir.const("i32", 1)))


def module_variable(low: Lowering, node: ast.Attribute) -> ModuleVariable | None:
    """The variable that `module.name` stands for."""
    if isinstance(node.value, ast.Name) and node.value.id not in low.scope.variables:
        symbol = low.scope.module.symbols.get(node.value.id)
        if isinstance(symbol, ModuleName):
            inner = symbol.module.symbols.get(node.attr)
            if not isinstance(inner, ModuleVariable):
                low.fail(node, f"{symbol.module.name} has no variable {node.attr}")
            return inner
    return None


def _set_attribute(low: Lowering, target: ast.Attribute, value: ast.expr) -> None:
    variable = module_variable(low, target)
    if variable is not None:
        lowered, kind = low.lower(value, t.widened(variable.type))
        _store_global(
            low,
            variable,
            coerce(low, value, lowered, kind, t.widened(variable.type), target.attr),
        )
        return
    (base, base_type), (lowered, kind) = operands(
        low, [target.value, value], [None, _field_type(low, target)]
    )
    _store_field(low, target, base, base_type, lowered, kind, value)


def _field_type(low: Lowering, target: ast.Attribute) -> t.Type | None:
    """The declared type of a field, to guide literals; any error is found when the store is lowered."""
    if isinstance(target.value, ast.Name):
        variable = low.scope.variables.get(target.value.id)
        if variable is not None and isinstance(variable.type, t.Pointer) and variable.type.element is None:
            if variable.type.target == "Object":
                return None
            found = low.unit.layout.class_layout(variable.type).offsets.get(target.attr)
            return t.widened(found[1]) if found else None
    return None


def _store_attribute(
    low: Lowering, target: ast.Attribute, value: ir.Expr, kind: t.Type, node: ast.AST
) -> None:
    variable = module_variable(low, target)
    if variable is not None:
        _store_global(low, variable, coerce(low, node, value, kind, t.widened(variable.type)))
        return
    base, base_type = low.lower(target.value, None)
    _store_field(low, target, base, base_type, value, kind, node)


def _store_field(
    low: Lowering,
    target: ast.Attribute,
    base: ir.Expr,
    base_type: t.Type,
    value: ir.Expr,
    kind: t.Type,
    node: ast.AST,
) -> None:
    offset, field_type, _ = field_of(low, target, base_type)
    if isinstance(field_type, t.InlineType):
        low.fail(target, f"{target.attr} is trailing storage: assign to its elements")
    value = coerce(low, node, value, kind, t.widened(field_type), f"the field {target.attr}")
    store_reference(
        low,
        store_of(field_type),
        low.spill(base, base_type),
        None,
        offset,
        value,
        field_type,
    )


def store_reference(
    low: Lowering,
    text: str,
    owner: ir.Expr,
    address: ir.Expr | None,
    offset: int,
    value: ir.Expr,
    kind: t.Type,
) -> None:
    """Store into an object; a reference goes through the write barrier, unless it is None or UNDEFINED."""
    traced = t.is_traced(kind) and value.constant is None
    where = owner if address is None else address
    low.add(ir.Store(text, where, offset, value))
    if traced:
        element = None if address is None else ir.op("i32.add", address, ir.const("i32", offset))
        low.add(ir.Barrier(owner, element))


def _set_element(low: Lowering, target: ast.Subscript, value: ast.expr) -> None:
    storage = elements_of(low, target.value)
    if storage.table:
        low.fail(target, "a table is constant")
    element = t.widened(storage.element)
    index = checked_index(low, target.slice, storage)
    before = len(low.body)
    lowered, kind = low.lower(value, element)
    if len(low.body) > before:
        # The value's effects came after the check; arrays never shrink, so the check still holds.
        lowered = (
            lowered
            if not lowered.reads_memory
            else low.spill(lowered, element if kind == t.LITERAL else kind)
        )
    lowered = coerce(low, value, lowered, kind, element, "the element")
    store_element(low, storage, index, lowered)


def store_element(low: Lowering, storage: Elements, index: ir.Expr, value: ir.Expr) -> None:
    """Store an element whose index has been checked."""
    store_reference(
        low,
        store_of(storage.element),
        storage.owner,
        storage.address(index),
        storage.offset,
        value,
        storage.element,
    )


def augmented(low: Lowering, node: ast.AugAssign) -> None:
    if isinstance(node.target, ast.Name):
        read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        combined = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        assign(low, node, node.target, combined)
        return
    if isinstance(node.target, ast.Attribute):
        _augmented_attribute(low, node, node.target)
        return
    assert isinstance(node.target, ast.Subscript)
    storage = elements_of(low, node.target.value)
    index = checked_index(low, node.target.slice, storage)
    old = ir.load(load_of(storage.element), storage.address(index), storage.offset)
    kind = t.widened(storage.element)
    held = Variable(kind, low.spill(old, kind))
    value, have = _combine(low, node, held)
    store_element(low, storage, index, coerce(low, node, value, have, kind))


def _augmented_attribute(low: Lowering, node: ast.AugAssign, target: ast.Attribute) -> None:
    variable = module_variable(low, target)
    if variable is not None:
        old, kind = read_global(variable)
        value, have = _combine(low, node, Variable(kind, low.spill(old, kind)))
        _store_global(low, variable, coerce(low, node, value, have, kind))
        return
    base, base_type = low.lower(target.value, None)
    base = low.spill(base, base_type)
    offset, field_type, _ = field_of(low, target, base_type)
    kind = t.widened(field_type)
    old = low.spill(ir.load(load_of(field_type), base, offset), kind)
    value, have = _combine(low, node, Variable(kind, old))
    store_reference(
        low,
        store_of(field_type),
        base,
        None,
        offset,
        coerce(low, node, value, have, kind),
        field_type,
    )


def _combine(low: Lowering, node: ast.AugAssign, old: Variable) -> Typed:
    """old op value, with the old value under a name that no source can spell."""
    low.scope.variables["<old>"] = old
    if old.expr.local is not None:
        low.assigned.add(old.expr.local)
    name = ast.copy_location(ast.Name("<old>", ast.Load()), node)
    return low.lower(ast.copy_location(ast.BinOp(name, node.op, node.value), node), old.type)
