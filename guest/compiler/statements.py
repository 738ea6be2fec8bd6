"""Statements: assignment, control flow, return, raise, try.

Each keeps the flow typing true: what is known after a statement is what holds on every path that reaches its end.
"""

from __future__ import annotations

import ast

from guest.compiler import ir
from guest.compiler import types as t
from guest.compiler.conditions import apply, branch, narrow
from guest.compiler.expressions import (
    Elements,
    Typed,
    checked_index,
    coerce,
    elements_of,
    field_of,
    lower,
    operands,
    settled,
    store_of,
)
from guest.compiler.lowering import Fact, Lowering, Variable, result_types
from guest.compiler.program import ModuleName
from guest.compiler.program import Variable as ModuleVariable

MAX_TABLE = 1024
"""A match spanning more numbers than this becomes comparisons, not a jump table."""


def lower_body(low: Lowering, statements: list[ast.stmt]) -> None:
    """Lower statements in order; what cannot be reached is checked all the same, and dropped."""
    for statement in statements:
        lower_statement(low, statement)


def lower_statement(low: Lowering, node: ast.stmt) -> None:
    """Lower one statement."""
    if isinstance(node, ast.Assign):
        if len(node.targets) != 1:
            low.fail(node, "one target an assignment")
        assign(low, node, node.targets[0], node.value)
    elif isinstance(node, ast.AnnAssign):
        _declare(low, node)
    elif isinstance(node, ast.AugAssign):
        _augmented(low, node)
    elif isinstance(node, ast.Expr):
        if not isinstance(node.value, ast.Constant):
            from guest.compiler.calls import lower_call

            if not isinstance(node.value, ast.Call):
                low.fail(node, "an expression statement is a call")
            lower_call(low, node.value, None)
    elif isinstance(node, ast.If):
        _if(low, node)
    elif isinstance(node, ast.While):
        _while(low, node)
    elif isinstance(node, ast.For):
        _for(low, node)
    elif isinstance(node, ast.Match):
        _match(low, node)
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


def assign(low: Lowering, node: ast.stmt, target: ast.expr, value: ast.expr) -> None:
    """target = value"""
    if isinstance(target, ast.Tuple):
        _unpack(low, node, target, value)
    elif isinstance(target, ast.Name):
        variable = low.scope.variables.get(target.id)
        if variable is None and target.id not in low.scope.globals:
            kind: t.Type | None = None
        else:
            kind = variable.type if variable is not None else None
        lowered = lower(low, value, kind)
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
        variable = Variable(kind, ir.get(low.local(_emitted_name(low, name), kind)))
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


def _emitted_name(low: Lowering, name: str) -> str:
    if low.scope.function is low.function:
        return name
    return f"{low.scope.function.name}.{name}"


def _declare(low: Lowering, node: ast.AnnAssign) -> None:
    if not isinstance(node.target, ast.Name):
        low.fail(node, "only a local variable is declared here")
    kind = low.unit.program.resolve_type(low.scope.module, node.annotation)
    name = node.target.id
    variable = low.scope.variables.get(name)
    if variable is None:
        variable = Variable(kind, ir.get(low.local(_emitted_name(low, name), kind)))
        low.scope.variables[name] = variable
    elif variable.type != kind:
        low.fail(node, f"{name} was declared as {variable.type}")
    if node.value is not None:
        value, have = lower(low, node.value, kind)
        assert variable.expr.local is not None
        checked = coerce(low, node.value, value, have, kind, name)
        put(low, variable.expr.local, checked, have if have != t.LITERAL else kind)


def _unpack(low: Lowering, node: ast.stmt, target: ast.Tuple, value: ast.expr) -> None:
    if isinstance(value, ast.Tuple):
        if len(value.elts) != len(target.elts):
            low.fail(node, f"{len(target.elts)} targets for {len(value.elts)} values")
        pairs = operands(low, list(value.elts), [_target_type(low, e) for e in target.elts])
        pairs = [(_copied(low, v, k), k) for v, k in pairs]
    else:
        from guest.compiler.calls import lower_call_results

        if not isinstance(value, ast.Call):
            low.fail(value, "several targets take the results of a call or as many values")
        pairs = lower_call_results(low, value)
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


def _copied(low: Lowering, value: ir.Expr, kind: t.Type) -> ir.Expr:
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
        lowered, kind = lower(low, value, t.widened(variable.type))
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
    base, base_type = lower(low, target.value, None)
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
    low.add(ir.Store(text, where, offset, value, "barrier" if traced else ""))
    if traced:
        low.add(ir.Barrier(owner))


def _set_element(low: Lowering, target: ast.Subscript, value: ast.expr) -> None:
    storage = elements_of(low, target.value)
    if storage.table:
        low.fail(target, "a table is constant")
    element = t.widened(storage.element)
    index = checked_index(low, target.slice, storage)
    before = len(low.body)
    lowered, kind = lower(low, value, element)
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


def _augmented(low: Lowering, node: ast.AugAssign) -> None:
    read: ast.expr
    if isinstance(node.target, ast.Name):
        if node.target.id in low.scope.globals and node.target.id not in low.scope.variables:
            read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        else:
            read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        combined = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        assign(
            low,
            ast.Assign([node.target], combined, lineno=node.lineno),
            node.target,
            combined,
        )
        return
    if isinstance(node.target, ast.Attribute):
        _augmented_attribute(low, node, node.target)
        return
    assert isinstance(node.target, ast.Subscript)
    storage = elements_of(low, node.target.value)
    index = checked_index(low, node.target.slice, storage)
    from guest.compiler.expressions import load_of

    old = ir.load(load_of(storage.element), storage.address(index), storage.offset)
    kind = t.widened(storage.element)
    held = Variable(kind, low.spill(old, kind))
    value, have = _combine(low, node, held)
    store_element(low, storage, index, coerce(low, node, value, have, kind))


def _augmented_attribute(low: Lowering, node: ast.AugAssign, target: ast.Attribute) -> None:
    from guest.compiler.expressions import load_of, read_global

    variable = module_variable(low, target)
    if variable is not None:
        old, kind = read_global(variable)
        value, have = _combine(low, node, Variable(kind, low.spill(old, kind)))
        _store_global(low, variable, coerce(low, node, value, have, kind))
        return
    base, base_type = lower(low, target.value, None)
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
    return lower(low, ast.copy_location(ast.BinOp(name, node.op, node.value), node), old.type)


def _if(low: Lowering, node: ast.If) -> None:
    taken = _constant_test(low, node.test)
    if taken is not None:
        _chosen_at_build_time(low, node, taken)
        return
    other, done = low.label("else"), low.label("end")
    before = low.snapshot()
    outer = low.nested()
    branch(low, node.test, other, False)
    lower_body(low, node.body)
    then_ends = ir.ends(low.body)
    then_state = None if then_ends else low.snapshot()
    then, low.body = low.body, []
    low.facts = dict(before[0])
    low.assigned = set(before[1])
    apply(low, narrow(low, node.test, False))
    lower_body(low, node.orelse)
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
    lower_body(low, node.orelse if taken else node.body)
    low.restore(state)
    low.calls, low.body, low.reads_shadow_stack = calls, outer, reads_shadow_stack
    del low.locals[local_count:]
    lower_body(low, node.body if taken else node.orelse)


def _constant_test(low: Lowering, test: ast.expr) -> bool | None:
    from guest.compiler.expressions import intrinsic_name

    if intrinsic_name(low, test) == "DEBUG":
        return low.unit.debug
    return None


def _plain_choice(then: list[ir.Statement], otherwise: list[ir.Statement], label: str) -> ir.If | None:
    """A wasm `if` where the test is a single jump: easier to read in the emitted text."""
    from guest.compiler.conditions import negated

    if not then or not isinstance(then[0], ir.Branch) or then[0].label != label or then[0].condition is None:
        return None
    if any(_mentions(statement, label) for statement in then[1:]):
        return None
    return ir.If(negated(then[0].condition), then[1:], otherwise)


def _mentions(statement: ir.Statement, label: str) -> bool:
    if isinstance(statement, ir.Branch):
        return statement.label == label
    return any(_mentions(inner, label) for body in ir.children(statement) for inner in body)


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


def _while(low: Lowering, node: ast.While) -> None:
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
    lower_body(low, node.body)
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


def _for(low: Lowering, node: ast.For) -> None:
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
    stop = stop if stop.constant is not None else _copied(low, stop, kind)
    if known is not None and known.type != kind:
        low.fail(node, f"{node.target.id} is a {known.type}, the range is of {kind}")
    if known is not None and known.expr.local is not None:
        counter = known.expr.local
    else:
        counter = low.local(_emitted_name(low, node.target.id), kind)
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
    lower_body(low, node.body)
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


def _match(low: Lowering, node: ast.Match) -> None:
    value, kind = lower(low, node.subject, None)
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
        lower_body(low, case.body)
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
        lowered, kind = lower(low, value, wants[0])
        parts, kinds = (
            [coerce(low, value, lowered, kind, wants[0], "the result")],
            [kind],
        )
    else:
        if isinstance(value, ast.Tuple):
            pairs = operands(low, list(value.elts), list(wants))
        elif isinstance(value, ast.Call):
            from guest.compiler.calls import lower_call_results

            pairs = lower_call_results(low, value)
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
        parts = [_copied(low, part, want) for part, want in zip(parts, wants, strict=True)]
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
    lower_body(low, node.body)
    body_state = None if ir.ends(low.body) else low.snapshot()
    body, low.body = low.body, []
    low.restore(before)
    # The collector may have run since: what the handler needs it reloads from where that is rooted.
    low.assigned = {local for local in low.assigned if not local.trace}
    lower_body(low, handler.body)
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
