"""Which names a block of statements binds: the first walk of the resolver over a function or a file.

A name that is bound anywhere in a function is local in all of it, so bindings are known before uses are resolved. Relies on
statements only: expressions bind nothing outside their own comprehensions.
"""

from __future__ import annotations

from guest.compiler.language import Text, need, noinline, u32
from guest.syntax.diagnostics import report, say, say_name, say_position
from guest.syntax.node import Node, NodeKind, text_of
from guest.syntax.options import Option
from guest.syntax.scope import Binding, Scope, ScopeKind, Storage, declare, own_binding
from guest.values.text import Str

UNDERSCORE = 95

# What the module being resolved may do.
options: u32 = 0


@noinline
def declare_block(scope: Scope, block: Node | None) -> None:
    """Declare what the statements of a block bind."""
    at = block
    while at is not None:
        declare_statement(scope, at)
        at = at.next


def declare_statement(scope: Scope, statement: Node) -> None:
    """Declare what a statement binds, blocks inside it included."""
    match statement.kind:
        case NodeKind.ASSIGN:
            declare_target(scope, statement.first)
            note_assignment(scope, need(statement.first))
        case NodeKind.AUGMENTED:
            declare_augmented(scope, need(statement.first))
        case NodeKind.FOR:
            declare_target(scope, statement.first)
            declare_block(scope, statement.third)
        case NodeKind.WHILE:
            declare_block(scope, statement.second)
        case NodeKind.IF:
            clause = statement.first
            while clause is not None:
                declare_block(scope, clause.second)
                clause = clause.next
            declare_block(scope, statement.second)
        case NodeKind.DEFINE:
            bind(scope, text_of(statement), statement.extra)
        case NodeKind.LOAD:
            declare_loaded(scope, statement)
        case _:
            pass


@noinline
def declare_target(scope: Scope, target: Node | None) -> None:
    """Declare the names in a target of an assignment or a loop."""
    if target is None:
        return
    if target.kind == NodeKind.NAME:
        bind(scope, text_of(target), target.position)
    elif target.kind == NodeKind.TUPLE or target.kind == NodeKind.LIST:
        item = target.first
        while item is not None:
            declare_target(scope, item)
            item = item.next


def note_assignment(scope: Scope, target: Node) -> None:
    """Note where a local variable is assigned as a whole: that does nothing if nothing reads it."""
    if target.kind == NodeKind.NAME and scope.kind == ScopeKind.FUNCTION:
        variable = own_binding(scope, text_of(target))
        if variable is not None and variable.position == target.position:
            variable.idle_at = target.position


def declare_augmented(scope: Scope, target: Node) -> None:
    """Declare the target of an augmented assignment, which may be a name but no pattern."""
    if target.kind == NodeKind.NAME:
        bind(scope, text_of(target), target.position)


@noinline
def bind(scope: Scope, name: Str, position: u32) -> None:
    """Bind a name in a scope: anew, or again where that is allowed."""
    known = own_binding(scope, name)
    if scope.kind != ScopeKind.MODULE:
        if known is None:
            declare(scope, name, Storage.LOCAL, position)
    elif known is None:
        declare(scope, name, Storage.GLOBAL, position)
    elif not known.exported or options & Option.GLOBAL_REASSIGN == 0:
        complain_again("global " if known.exported else "local ", known, position)


@noinline
def complain_again(kind: Text, known: Binding, position: u32) -> None:
    """Record the error of a name that may be bound once; `kind` is what the message calls it, with a blank."""
    say("cannot reassign ")
    say(kind)
    say_name(known.name)
    say(" declared at ")
    say_position(known.position)
    report(position)


def declare_loaded(scope: Scope, statement: Node) -> None:
    """Declare the names that a `load` binds in its file."""
    if scope.kind != ScopeKind.MODULE:
        return
    binding = statement.first
    while binding is not None:
        imported = text_of(binding)
        if len(imported.data) == 0:
            say("load: empty identifier")
            report(binding.position)
        elif imported.data[0] == UNDERSCORE:
            say("load: names with leading underscores are not exported: ")
            say_name(imported)
            report(binding.position)
        local = binding.first
        if local is not None:
            known = own_binding(scope, text_of(local))
            if known is None:
                loaded = declare(scope, text_of(local), Storage.GLOBAL, local.position)
                loaded.exported = False
                loaded.idle_at = local.position
            else:
                complain_again("global " if known.exported else "top-level ", known, local.position)
        binding = binding.next
