"""Functions: the instruction that makes one, and the code of its body.

Bodies are emitted after the function around them, from a queue, so that definitions nested deeply need no recursion and one
assembler is enough. The constant of a function's code is reserved where the function is made and filled in later.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Object, Value, need, noinline, u32, u64
from guest.syntax import assembler, variables
from guest.syntax.assembler import TRACKED, allocate, emit, emit_move, emit_pair, release, resolve_jumps
from guest.syntax.calls import window_at
from guest.syntax.conditions import emit_result
from guest.syntax.expressions import emit_to
from guest.syntax.globals import enter_function
from guest.syntax.locals import begin_inner, finished_locals
from guest.syntax.loops import begin_loops
from guest.syntax.node import Node, NodeKind, text_of
from guest.syntax.opcode import Op
from guest.syntax.options import Option
from guest.syntax.pool import fill_slot, new_slot
from guest.syntax.scope import Binding, Scope, Storage
from guest.syntax.statements import emit_body
from guest.syntax.tokens import Token
from guest.syntax.words import WordList, joined_old, new_words, push
from guest.values.function import KWARGS, RECURSIVE_OK, SIMPLE, VARARGS, Code, Module
from guest.values.interning import intern_text
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new


class Pending(Object):
    """A function whose body is still to be emitted."""

    node: Node
    slot: u32  # of its code
    known: u32  # globals that are set when it is made, see `globals.py`
    next: Pending | None


first: Pending | None = None
last: Pending | None = None


def begin_functions() -> None:
    """A new module: nothing waits."""
    global first, last
    first = None
    last = None


def next_pending() -> Pending | None:
    """Take the function that has waited longest."""
    global first, last
    taken = first
    if taken is None:
        return None
    first = taken.next
    if first is None:
        last = None
    return taken


def enqueue(n: Node) -> u32:
    """Let a function wait for its body; the slot of its code."""
    global first, last
    slot = new_slot(UNDEFINED)
    made = Pending(node=n, slot=slot, known=variables.known_until, next=None)
    before = last
    if before is None:
        first = made
    else:
        before.next = made
    last = made
    return slot


def note_own_name() -> None:
    """The function queued last was just assigned to a global: its body may rely on that."""
    latest = last
    if latest is not None:
        latest.known = variables.known_until


# Making a function.


@noinline
def emit_function(n: Node, target: u32) -> None:
    """Evaluate a `def` or a lambda: its defaults and the cells that it captures, then the function."""
    mark = assembler.top
    scope = need(n.scope)
    if scope.free_count == 0 and default_count(n.first) == 0:
        assembler.position = n.position
        emit_pair(Op.MAKE_FUNCTION, target, 0, 0, enqueue(n), 0)
        return
    base = window_at(target)
    defaults = emit_defaults(n.first)
    free = scope.first_free
    while free is not None:
        emit_cell(need(free.outer), allocate())
        free = free.next
    assembler.position = n.position
    emit_pair(Op.MAKE_FUNCTION, base, defaults, scope.free_count, enqueue(n), 0)
    emit_move(target, base)
    release(mark)


def emit_cell(variable: Binding, register: u32) -> None:
    """Load the cell of a variable of the running function, or one that it has captured itself."""
    if variable.storage == Storage.FREE:
        emit(Op.LOAD_FREE_CELL, register, variable.index, 0)
    else:
        emit_move(register, variable.index)


@noinline
def emit_defaults(parameters: Node | None) -> u32:
    """Evaluate defaults into the next registers: those given, and for keyword-only parameters all; how many."""
    count: u32 = 0
    keyword_only = False
    at = parameters
    while at is not None:
        if at.kind == NodeKind.REST:
            keyword_only = True
        else:
            default = at.first
            if default is not None:
                emit_to(default, allocate())
                count += 1
            elif keyword_only:
                emit(Op.CLEAR, allocate(), 0, 0)
                count += 1
        at = at.next
    return count


def default_count(parameters: Node | None) -> u32:
    """How many defaults a function has, required keyword-only parameters counted."""
    count: u32 = 0
    keyword_only = False
    at = parameters
    while at is not None:
        if at.kind == NodeKind.REST:
            keyword_only = True
        elif keyword_only or at.first is not None:
            count += 1
        at = at.next
    return count


# The code of a function.


class Parameters(Object):
    """What `Code` says about parameters."""

    names: Tuple
    positional: u32
    keyword_only: u32
    optional: u32
    flags: u32


@noinline
def number_parameters(first: Node | None) -> Parameters:
    """Give the parameters their registers: positional ones, keyword-only ones, `*args`, `**kwargs`."""
    result = Parameters(names=tuple_new(0), positional=0, keyword_only=0, optional=0, flags=0)
    count: u32 = 0
    keyword_only = False
    at = first
    while at is not None:
        if at.kind == NodeKind.REST:
            keyword_only = True
            if at.value != UNDEFINED:
                result.flags = result.flags | (VARARGS if at.extra == Token.STAR else KWARGS)
        else:
            need(at.binding).index = count
            count += 1
            if keyword_only:
                result.keyword_only += 1
            else:
                result.positional += 1
                result.optional += u32(at.first is not None)
        at = at.next
    if result.flags == 0 and result.keyword_only == 0:
        result.flags = SIMPLE
    count = number_rest(first, Token.STAR, count)
    count = number_rest(first, Token.STAR_STAR, count)
    names = tuple_new(count)
    at = first
    while at is not None:
        if at.value != UNDEFINED:
            names.items[need(at.binding).index] = at.value
        at = at.next
    result.names = names
    return result


def number_rest(first: Node | None, stars: u32, count: u32) -> u32:
    """Give `*args` or `**kwargs` the next register."""
    at = first
    while at is not None:
        if at.kind == NodeKind.REST and at.extra == stars and at.value != UNDEFINED:
            need(at.binding).index = count
            return count + 1
        at = at.next
    return count


def number_locals(scope: Scope, parameters: u32) -> None:
    """Give the other local variables the registers behind the parameters. They were declared after them."""
    register: u32 = 0
    at = scope.first
    while at is not None:
        if register >= parameters:
            at.index = register
        register += 1
        at = at.next


@noinline
def emit_code(pending: Pending, module: Module) -> None:
    """Emit the body of a function that waited and put its code into its slot."""
    n = pending.node
    scope = need(n.scope)
    parameters = number_parameters(n.first)
    count = u32(len(parameters.names.items))
    number_locals(scope, count)
    name = text_of(n) if n.kind == NodeKind.DEFINE else intern_text("lambda")
    enter_function(pending.known)
    begin_loops()
    begin_inner()
    assembler.begin(name, n.position, count, scope.count)
    if n.kind == NodeKind.DEFINE:
        emit_body(n.second)
    else:
        emit_result(need(n.second))
    before = prologue(scope, count)
    code = finished_code(module, name, before)
    code.locals = finished_locals(scope, count, before.count)
    code.parameters = parameters.names
    code.positional = parameters.positional
    code.keyword_only = parameters.keyword_only
    code.optional = parameters.optional
    code.flags = parameters.flags | code.flags
    code.cells = scope.free_count
    fill_slot(pending.slot, Value(code))


@noinline
def prologue(scope: Scope, parameters: u32) -> WordList:
    """The instructions before the body: cells of captured variables, and clear registers for those that are tested."""
    words = new_words()
    at = scope.first
    while at is not None:
        register = at.index
        if at.captured:
            if register >= parameters:
                push(words, Op.CLEAR | register << 8)
            push(words, Op.NEW_CELL | register << 8)
        elif register >= parameters and (register >= TRACKED or assembler.checked >> u64(register) & 1 != 0):
            push(words, Op.CLEAR | register << 8)
        at = at.next
    return words


@noinline
def finished_code(module: Module, name: Str, before: WordList) -> Code:
    """The assembled function as code without parameters."""
    resolve_jumps()
    words = joined_old(before, need(assembler.code))
    return Code(
        words=words,
        module=module,
        name=name,
        parameters=tuple_new(0),
        positional=0,
        keyword_only=0,
        optional=0,
        flags=RECURSIVE_OK if module.options & Option.RECURSION != 0 else 0,
        registers=assembler.highest,
        cells=0,
        positions=finished_positions(before.count),
        position=assembler.declared,
        active=0,
        locals=None,
    )


def finished_positions(shift: u32) -> Array[u32]:
    """The table of positions, for code that begins with `shift` words of prologue."""
    pairs = need(assembler.positions)
    result = Array[u32](pairs.count + 2)
    result[1] = assembler.declared
    at: u32 = 0
    while at < pairs.count:
        result[at + 2] = pairs.items[at] + shift
        result[at + 3] = pairs.items[at + 1]
        at += 2
    return result
