"""Chunks of a conversation: source that the host sends when the bundle has loaded, compiled and run in a scope.

A conversation begins with the names of the entry module, may `load` from the modules of the bundle, and keeps its variables from
chunk to chunk, also when one fails. Control flow is allowed at the top, and names may be bound again. `operations.py` runs
chunks like calls, under the limits of an operation; `guest/syntax/conversation.py` says what chunks share.
"""

from guest.compiler.language import UNDEFINED, Failure, Value, cast, need, noinline, u32
from guest.heap.value import NONE, small
from guest.library.iterables import keys_of
from guest.machine import modules
from guest.machine.blob import copy_of, forget_files, take_file
from guest.machine.late_names import settle_late_names
from guest.machine.loaded import find_module, module_at, module_count
from guest.machine.modules import report_missing
from guest.meter import errors
from guest.meter.errors import Kind
from guest.syntax import diagnostics
from guest.syntax.compiler import compile_chunk
from guest.syntax.conversation import Conversation, conversation_new, introduce, settle_names
from guest.syntax.options import Option
from guest.syntax.scope import own_binding
from guest.values.dict import Dict, dict_find_interned, dict_new, dict_put
from guest.values.function import Function, Module
from guest.values.interning import intern, intern_text
from guest.values.suggest import nearest_name
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new
from guest.values.universe import universal_names

RESULT_NAME = "_"
"""The variable that holds the last result that was not None."""

conversation: Conversation | None = None


def entry_module() -> Module:
    """The module whose names a conversation begins with."""
    return need(modules.entry_module).module


def current_conversation() -> Conversation:
    """The conversation, which begins when it is first asked for."""
    global conversation
    if conversation is None:
        made = conversation_new()
        introduce(made, entry_module(), intern_text(RESULT_NAME))
        conversation = made
    return need(conversation)


@noinline
def compile_next(path: Str, start: u32, length: u32) -> Function:
    """Compile input[start:start + length] as the next chunk: the function that runs it. Fails if there are diagnostics."""
    talk = current_conversation()
    diagnostics.clear()
    name = intern(path)
    file = take_file(name, start, length)
    options = entry_module().options | Option.TOPLEVEL_CONTROL | Option.GLOBAL_REASSIGN
    module = compile_chunk(copy_of(file), length, name, options, talk)
    if module is not None:
        check_loads(module)
    if diagnostics.count != 0:
        talk.latest = None
        errors.kind = Kind.STATIC
        raise Failure
    forget_files()
    settle_late_names()
    toplevel = need(need(module).toplevel)
    return Function(identity=0, code=toplevel, defaults=tuple_new(0), cells=tuple_new(0))


def check_loads(module: Module) -> None:
    """Report what a chunk loads that the bundle does not have."""
    i: u32 = 0
    while i < module.loads.count:
        path = cast(Str, module.loads.items[i])
        if find_module(path) is None:
            report_missing(module, path, u32(small(module.loads.items[i + 1])), nearest_name(path, paths()))
        i += 2


def paths() -> Tuple:
    """What a chunk may load."""
    names = tuple_new(module_count())
    for i in range(module_count()):
        names.items[i] = Value(module_at(i).module.path)
    return names


def keep_result(value: Value) -> None:
    """A chunk has given a value: it is the last result, unless it is None."""
    if value != NONE:
        talk = current_conversation()
        talk.slots[need(own_binding(talk.scope, intern_text(RESULT_NAME))).index] = value


def variable(name: Str) -> Value:
    """The value of a variable of the conversation; UNDEFINED if there is none, or no conversation."""
    talk = conversation
    if talk is None:
        return UNDEFINED
    settle_names(talk)
    known = own_binding(talk.scope, intern(name))
    return UNDEFINED if known is None else talk.slots[known.index]


def known_names() -> Tuple:
    """All names that a chunk may read: those of variables that have values, and those of built-ins."""
    talk = current_conversation()
    settle_names(talk)
    found = dict_new(0)
    at = talk.scope.first
    while at is not None:
        if talk.slots[at.index] != UNDEFINED:
            dict_put(found, Value(at.name), NONE)
        at = at.next
    add_keys(found, universal_names())
    return keys_of(found)


def add_keys(found: Dict, names: Dict) -> None:
    """Add the keys of a dict that are not there yet."""
    keys = keys_of(names)
    for i in range(len(keys.items)):
        if dict_find_interned(found, cast(Str, keys.items[i])) < 0:
            dict_put(found, keys.items[i], NONE)
