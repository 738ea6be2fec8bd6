"""The compiler's front door: one source file in, a module with its code out.

The machine calls `compile_module` for every file of a bundle and for the prelude, and `compile_chunk` for what is typed into a
conversation; errors are in `diagnostics.py`. Every stage keeps its state in module variables, which are released here at the
end: nothing of the syntax tree outlives the call, but for the names of a conversation.
"""

from __future__ import annotations

from guest.compiler.language import Array, Failure, Value, i64, noinline, u8, u32
from guest.heap.value import from_small
from guest.heap.views import pinned_bytes
from guest.meter import errors
from guest.meter.errors import Kind
from guest.syntax import assembler, diagnostics, lexer, parser
from guest.syntax.conversation import (
    Conversation,
    add_chunk,
    place_names,
    return_result,
    settle_names,
)
from guest.syntax.functions import begin_functions, emit_code, finished_code, next_pending
from guest.syntax.globals import begin_globals
from guest.syntax.locals import begin_inner
from guest.syntax.loops import begin_loops
from guest.syntax.node import Node, NodeKind
from guest.syntax.parser import parse_file
from guest.syntax.parsing import begin_nesting
from guest.syntax.pool import begin_pool, end_pool, finished_slots
from guest.syntax.resolver import resolve_file
from guest.syntax.scope import Scope
from guest.syntax.source import begin_source
from guest.syntax.statements import emit_body
from guest.syntax.words import new_words
from guest.values.dict import dict_new
from guest.values.function import SIMPLE, Module
from guest.values.interning import intern_text
from guest.values.list import List, list_append, list_new
from guest.values.text import Str

# The module of the last successful compilation, until it is handed over.
compiled: Module | None = None


def compile_module(source: Array[u8], length: u32, path: Str, options: u32) -> Module | None:
    """Compile a source file, whose array does not move; None if it has errors, which are recorded."""
    return compile_guarded(source, length, path, options, None)


def compile_chunk(
    source: Array[u8], length: u32, path: Str, options: u32, around: Conversation
) -> Module | None:
    """The same for the next chunk of a conversation. The value of an expression at its end is what its toplevel returns."""
    settle_names(around)
    return compile_guarded(source, length, path, options, around)


@noinline
def compile_guarded(
    source: Array[u8], length: u32, path: Str, options: u32, around: Conversation | None
) -> Module | None:
    """Compile; a failure that is a static error has been recorded."""
    global compiled
    compiled = None
    failed = False
    diagnostics.begin_file(path)
    try:
        compile_source(source, length, path, options, around)
    except Failure:
        failed = True
    release_all()
    if failed and errors.kind != Kind.STATIC:
        raise Failure
    errors.kind = Kind.NONE
    module = compiled
    compiled = None
    return module


def release_all() -> None:
    """Let go of everything that the stages hold."""
    assembler.end()
    lexer.end()
    end_pool()
    begin_functions()
    begin_loops()
    begin_inner()
    diagnostics.end_file()


def compile_source(
    source: Array[u8], length: u32, path: Str, options: u32, around: Conversation | None
) -> None:
    """Run the stages, as far as errors allow."""
    global compiled
    before = diagnostics.total
    lexer.begin(begin_source(pinned_bytes(source), length))
    begin_nesting()
    statements = parse_file()
    if parser.is_broken:
        return
    scope = resolve_file(statements, options, None if around is None else around.scope)
    if diagnostics.total != before:
        return
    module = empty_module(source, length, path, options)
    module.loads = loads_of(statements)
    if around is None:
        begin_pool(scope.count)
        module.globals = number_globals(scope)
        module.names = global_names(scope)
        emit_module(module, statements)
        module.slots = finished_slots()
    else:
        begin_pool(place_names(around, scope))
        return_result(statements)
        emit_module(module, statements)
        add_chunk(around, scope, module)
    compiled = module


def empty_module(source: Array[u8], length: u32, path: Str, options: u32) -> Module:
    """A module without code."""
    slots = Array[Value](0)
    names = Array[Value](0)
    exports = dict_new(0)
    loads = list_new(0)
    return Module(
        path=path,
        slots=slots,
        names=names,
        globals=0,
        exports=exports,
        options=options,
        toplevel=None,
        loads=loads,
        source=source,
        source_length=length,
    )


def number_globals(scope: Scope) -> u32:
    """Give the globals their slots, those that other modules may load first; how many those are."""
    exported: u32 = 0
    at = scope.first
    while at is not None:
        if at.exported:
            at.index = exported
            exported += 1
        at = at.next
    slot = exported
    at = scope.first
    while at is not None:
        if not at.exported:
            at.index = slot
            slot += 1
        at = at.next
    return exported


def global_names(scope: Scope) -> Array[Value]:
    """The names of the globals by slot."""
    names = Array[Value](scope.count)
    at = scope.first
    while at is not None:
        names[at.index] = Value(at.name)
        at = at.next
    return names


def loads_of(block: Node | None) -> List:
    """The paths that a file loads, each with its position."""
    loads = list_new(0)
    at = block
    while at is not None:
        if at.kind == NodeKind.LOAD:
            list_append(loads, at.value)
            list_append(loads, from_small(i64(at.extra)))
        at = at.next
    return loads


def emit_module(module: Module, statements: Node | None) -> None:
    """Emit the toplevel and then every function, from the outside in."""
    name = intern_text("<toplevel>")
    begin_globals()
    begin_functions()
    begin_loops()
    assembler.begin(name, diagnostics.FIRST_POSITION, 0, 0)
    emit_body(statements)
    toplevel = finished_code(module, name, new_words())
    toplevel.flags = toplevel.flags | SIMPLE
    module.toplevel = toplevel
    pending = next_pending()
    while pending is not None:
        emit_code(pending, module)
        pending = next_pending()
