"""The resolver: what every name means, and whether statements are where they may be.

Walks the tree once. Names become bindings (`scope.py`) or, if they are built in, constants; tuples of constants become
constants. All errors of a file are recorded, none ends the walk. The emitter relies on a tree without errors.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Text, Value, need, noinline, u32
from guest.syntax import declarations, diagnostics, hints
from guest.syntax.call_rules import check_arguments
from guest.syntax.declarations import declare_block, declare_target
from guest.syntax.diagnostics import MAX_DIAGNOSTICS, report, say, say_name
from guest.syntax.hints import say_hint
from guest.syntax.node import Node, NodeKind, chain_length, start_of, text_of
from guest.syntax.options import Option
from guest.syntax.scope import Scope, ScopeKind, Storage, declare, look_up, new_scope, note_use, own_binding
from guest.syntax.spelling import nearest_visible
from guest.syntax.unused import warn_of_unused
from guest.values.text import Str
from guest.values.tuple import tuple_new
from guest.values.universe import find_universal

# Where the walk is.
loop_depth: u32 = 0  # loops around the statement, in its function
condition_depth: u32 = 0  # `if`s around the statement, functions aside
function_depth: u32 = 0


def resolve_file(block: Node | None, options: u32, around: Scope | None) -> Scope:
    """Resolve the statements of a file, which sees the globals in `around`; the scope of its own."""
    global loop_depth, condition_depth, function_depth
    loop_depth = 0
    condition_depth = 0
    function_depth = 0
    declarations.options = options
    module = new_scope(ScopeKind.MODULE, around)
    declare_block(module, block)
    resolve_block(module, block)
    warn_of_unused(module)
    return module


# Statements.


@noinline
def resolve_block(scope: Scope, block: Node | None) -> None:
    """Resolve the statements of a block."""
    at = block
    while at is not None:
        resolve_statement(scope, at)
        at = at.next


@noinline
def resolve_statement(scope: Scope, statement: Node) -> None:
    """Resolve a statement."""
    match statement.kind:
        case NodeKind.ASSIGN:
            resolve(scope, statement.second)
            resolve_target(scope, need(statement.first))
        case NodeKind.AUGMENTED:
            resolve_augmented(scope, statement)
        case NodeKind.IF:
            resolve_if(scope, statement)
        case NodeKind.FOR:
            check_control(statement, "for loop")
            resolve(scope, statement.second)
            resolve_target(scope, need(statement.first))
            resolve_loop(scope, statement.third)
        case NodeKind.WHILE:
            check_while(statement)
            check_control(statement, "while loop")
            resolve(scope, statement.first)
            resolve_loop(scope, statement.second)
        case NodeKind.DEFINE:
            resolve_function(scope, statement, False)
        case NodeKind.RETURN:
            if function_depth == 0:
                complain("return statement not within a function", statement.position)
            resolve(scope, statement.first)
        case NodeKind.BREAK:
            if loop_depth == 0:
                complain("break not in a loop", statement.position)
        case NodeKind.CONTINUE:
            if loop_depth == 0:
                complain("continue not in a loop", statement.position)
        case NodeKind.LOAD:
            resolve_load(scope, statement)
        case _:
            resolve(scope, statement.first)


def resolve_if(scope: Scope, statement: Node) -> None:
    """Resolve an `if` with all its clauses."""
    global condition_depth
    check_control(statement, "if statement")
    condition_depth += 1
    clause = statement.first
    while clause is not None:
        resolve(scope, clause.first)
        resolve_block(scope, clause.second)
        clause = clause.next
    resolve_block(scope, statement.second)
    condition_depth -= 1


def resolve_loop(scope: Scope, body: Node | None) -> None:
    """Resolve the body of a loop."""
    global loop_depth
    loop_depth += 1
    resolve_block(scope, body)
    loop_depth -= 1


def check_control(statement: Node, what: Text) -> None:
    """Control flow outside functions needs an option."""
    if function_depth == 0 and declarations.options & Option.TOPLEVEL_CONTROL == 0:
        say(what)
        complain(
            ' not within a function (put it in one, or turn on the option "toplevelcontrol")',
            statement.position,
        )


def check_while(statement: Node) -> None:
    """A loop that need not end needs an option."""
    if declarations.options & Option.WHILE == 0:
        complain(
            'this Starlark dialect does not support while loops (use for with a range, or the option "while")',
            statement.position,
        )


def resolve_load(scope: Scope, statement: Node) -> None:
    """A `load` is allowed outside functions, loops and conditions only; its names were declared before."""
    if function_depth != 0:
        complain("load statement within a function (it belongs to the top of the file)", statement.position)
    elif loop_depth != 0:
        complain("load statement within a loop (it belongs to the top of the file)", statement.position)
    elif condition_depth != 0:
        complain(
            "load statement within a conditional (it belongs to the top of the file)", statement.position
        )
    binding = statement.first
    while binding is not None:
        local = need(binding.first)
        local.binding = own_binding(scope, text_of(local))
        binding = binding.next


@noinline
def resolve_augmented(scope: Scope, statement: Node) -> None:
    """Resolve an augmented assignment: one target, which is read too."""
    target = need(statement.first)
    resolve(scope, statement.second)
    if target.kind == NodeKind.TUPLE:
        complain(
            "can't use tuple expression in augmented assignment (change one variable at a time)",
            start_of(target),
        )
    elif target.kind == NodeKind.LIST:
        complain(
            "can't use list expression in augmented assignment (change one variable at a time)",
            start_of(target),
        )
    else:
        resolve_target(scope, target)


@noinline
def resolve_target(scope: Scope, target: Node) -> None:
    """Resolve what is assigned to."""
    match target.kind:
        case NodeKind.NAME:
            target.binding = look_up(scope, text_of(target))
        case NodeKind.TUPLE | NodeKind.LIST:
            item = target.first
            while item is not None:
                resolve_target(scope, item)
                item = item.next
        case NodeKind.INDEX:
            resolve(scope, target.first)
            resolve(scope, target.second)
        case NodeKind.ATTRIBUTE:
            # That no value has attributes to set is known when it runs.
            resolve(scope, target.first)
        case _:
            refuse_target(target)


@noinline
def refuse_target(target: Node) -> None:
    """Record the error of what cannot be assigned to; kinds of syntax are named as starlark-go names them."""
    say("can't assign to ")
    match target.kind:
        case NodeKind.SLICE:
            say("sliceexpr (a slice: assign to the elements one by one)")
        case NodeKind.CONSTANT | NodeKind.FORMAT:
            say("literal")
        case NodeKind.CALL:
            say("callexpr (the result of a call; use == to compare)")
        case NodeKind.COMPREHENSION:
            say("comprehension")
        case NodeKind.DICT:
            say("dictexpr (a dict)")
        case NodeKind.LAMBDA:
            say("lambdaexpr (a lambda)")
        case NodeKind.CONDITIONAL:
            say("condexpr (a conditional expression)")
        case NodeKind.UNARY | NodeKind.NOT:
            say("unaryexpr (the result of an operator; use == to compare)")
        case _:
            say("binaryexpr (the result of an operator; use == to compare)")
    report(start_of(target))


@noinline
def complain(complaint: Text, position: u32) -> None:
    """Record an error and go on."""
    say(complaint)
    report(position)


# Expressions.


@noinline
def resolve(scope: Scope, expression: Node | None) -> None:
    """Resolve an expression, if there is one."""
    if expression is None:
        return
    match expression.kind:
        case NodeKind.NAME:
            resolve_name(scope, expression)
        case NodeKind.CONSTANT:
            pass
        case NodeKind.TUPLE:
            resolve_chain(scope, expression.first)
            fold_tuple(expression)
        case NodeKind.LAMBDA:
            resolve_function(scope, expression, True)
        case NodeKind.COMPREHENSION:
            resolve_comprehension(scope, expression)
        case NodeKind.CALL:
            resolve(scope, expression.first)
            check_arguments(expression.second)
            resolve_chain(scope, expression.second)
        case _:
            resolve_chain(scope, expression.first)
            resolve_chain(scope, expression.second)
            resolve_chain(scope, expression.third)


@noinline
def resolve_chain(scope: Scope, first: Node | None) -> None:
    """Resolve sibling expressions."""
    at = first
    while at is not None:
        resolve(scope, at)
        at = at.next


@noinline
def resolve_name(scope: Scope, use: Node) -> None:
    """Resolve a name that is read: a variable, or a constant if it is built in."""
    name = text_of(use)
    found = look_up(scope, name)
    if found is not None:
        use.binding = found
        note_use(found)
        return
    value = find_universal(name)
    if value != UNDEFINED:
        use.kind = NodeKind.CONSTANT
        use.value = value
        return
    complain_undefined(scope, name, use.position)


@noinline
def complain_undefined(scope: Scope, name: Str, position: u32) -> None:
    """Record the error of an unknown name, with the name that was probably meant."""
    say("undefined: ")
    say_name(name)
    if diagnostics.count < MAX_DIAGNOSTICS and not say_hint(hints.NAMES, name):
        similar = nearest_visible(name, scope)
        if similar is not None:
            say(" (did you mean ")
            say_name(similar)
            say("?)")
    report(position)


@noinline
def fold_tuple(display: Node) -> None:
    """Make a tuple of constants one constant."""
    item = display.first
    while item is not None:
        if item.kind != NodeKind.CONSTANT:
            return
        item = item.next
    count = chain_length(display.first)
    made = tuple_new(count)
    item = display.first
    index: u32 = 0
    while item is not None:
        made.items[index] = item.value
        index += 1
        item = item.next
    display.kind = NodeKind.CONSTANT
    display.value = Value(made)
    display.first = None


@noinline
def resolve_comprehension(scope: Scope, comprehension: Node) -> None:
    """Resolve a comprehension: a block of its own, except for the first operand."""
    inner = new_scope(ScopeKind.COMPREHENSION, scope)
    comprehension.scope = inner
    clause = comprehension.second
    while clause is not None:
        if clause.kind == NodeKind.FOR_CLAUSE:
            declare_target(inner, clause.first)
        clause = clause.next
    clause = comprehension.second
    around = scope
    while clause is not None:
        if clause.kind == NodeKind.FOR_CLAUSE:
            resolve(around, clause.second)
            resolve_target(inner, need(clause.first))
        else:
            resolve(inner, clause.first)
        around = inner
        clause = clause.next
    resolve(inner, comprehension.first)


@noinline
def resolve_function(scope: Scope, function: Node, is_lambda: bool) -> None:
    """Resolve a function: its defaults outside, its parameters and its body in a scope of its own."""
    global loop_depth, function_depth
    parameter = function.first
    while parameter is not None:
        resolve(scope, parameter.first)
        parameter = parameter.next
    if not is_lambda:
        resolve_defined_name(scope, function)
    inner = new_scope(ScopeKind.FUNCTION, scope)
    function.scope = inner
    declare_parameters(inner, function.first)
    outer_loops = loop_depth
    loop_depth = 0
    function_depth += 1
    if is_lambda:
        resolve(inner, function.second)
    else:
        declare_block(inner, function.second)
        resolve_block(inner, function.second)
        warn_of_unused(inner)
    function_depth -= 1
    loop_depth = outer_loops


def resolve_defined_name(scope: Scope, function: Node) -> None:
    """The variable that a `def` assigns."""
    function.binding = look_up(scope, text_of(function))


def declare_parameters(scope: Scope, first: Node | None) -> None:
    """Declare the parameters of a function."""
    at = first
    while at is not None:
        if at.value != UNDEFINED:
            name = text_of(at)
            if own_binding(scope, name) is not None:
                say("duplicate parameter: ")
                say_name(name)
                report(at.position)
            else:
                at.binding = declare(scope, name, Storage.LOCAL, at.position)
        at = at.next
