"""Conversations: chunks of source that come one after the other and share their globals, as somebody types them.

Each chunk is a module of its own, with its own path and text, but all of them have one array of slots, in which a name keeps its
place: a function of an earlier chunk sees what a later one assigns. The compiler asks here where names are; the machine
(`guest/machine/chunks.py`) holds the conversation and runs its chunks.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Object, Value, cast, copy_items, u32
from guest.syntax.node import Node, NodeKind
from guest.syntax.pool import finished_slots
from guest.syntax.scope import Scope, ScopeKind, Storage, declare, new_scope, own_binding
from guest.values.function import Module
from guest.values.list import List, list_append, list_new
from guest.values.text import Str, text_equal
from guest.values.universe import find_universal


class Conversation(Object):
    """What chunks share. Slots that belong to no name hold constants."""

    scope: Scope  # the names so far, by the slots that they have
    slots: Array[Value]
    names: Array[Value]  # by slot: the name, or undefined
    modules: List  # of the chunks: they all have these slots and names
    latest: Scope | None  # the scope of the last chunk, as long as its names are not in `scope`


def conversation_new() -> Conversation:
    """A conversation without names."""
    scope = new_scope(ScopeKind.MODULE, None)
    slots = Array[Value](0)
    names = Array[Value](0)
    modules = list_new(0)
    return Conversation(scope=scope, slots=slots, names=names, modules=modules, latest=None)


def introduce(conversation: Conversation, module: Module, further: Str) -> None:
    """Begin with the globals of a module that has run: those that are set, private and loaded ones included. But `decide` is the
    universe's, if that has one: it asks the rules. The variable of the further name has no value yet.
    """
    count = u32(len(module.names))
    slots = Array[Value](count + 1)
    names = Array[Value](count + 1)
    conversation.slots = slots
    conversation.names = names
    for i in range(count):
        name = cast(Str, module.names[i])
        if module.slots[i] != UNDEFINED and not (
            text_equal(name, "decide") and find_universal(name) != UNDEFINED
        ):
            slots[i] = module.slots[i]
            names[i] = Value(name)
            add_name(conversation, name, i)
    if own_binding(conversation.scope, further) is None:
        names[count] = Value(further)
        add_name(conversation, further, count)


def add_name(conversation: Conversation, name: Str, slot: u32) -> None:
    """A name that the conversation does not know yet has this slot."""
    declare(conversation.scope, name, Storage.GLOBAL, 0).index = slot


def settle_names(conversation: Conversation) -> None:
    """The last chunk has run: its names are known from now on. But one that hides a built-in and got no value does not."""
    chunk = conversation.latest
    if chunk is None:
        return
    conversation.latest = None
    at = chunk.first
    while at is not None:
        if own_binding(conversation.scope, at.name) is None:
            if conversation.slots[at.index] != UNDEFINED or find_universal(at.name) == UNDEFINED:
                add_name(conversation, at.name, at.index)
        at = at.next


def place_names(conversation: Conversation, chunk: Scope) -> u32:
    """Give the globals of a chunk their slots, old names the ones that they have; the first slot behind them."""
    slot = u32(len(conversation.slots))
    at = chunk.first
    while at is not None:
        known = own_binding(conversation.scope, at.name)
        if known is None:
            at.index = slot
            slot += 1
        else:
            at.index = known.index
        at = at.next
    return slot


def add_chunk(conversation: Conversation, chunk: Scope, module: Module) -> None:
    """A chunk has been compiled: all chunks have its slots too, from now on."""
    slots = finished_slots()
    copy_items(slots, 0, conversation.slots, 0, len(conversation.slots))
    names = Array[Value](len(slots))
    copy_items(names, 0, conversation.names, 0, len(conversation.names))
    at = chunk.first
    while at is not None:
        names[at.index] = Value(at.name)
        at = at.next
    conversation.slots = slots
    conversation.names = names
    conversation.latest = chunk
    list_append(conversation.modules, Value(module))
    for i in range(conversation.modules.count):
        member = cast(Module, conversation.modules.items[i])
        member.slots = slots
        member.names = names


def return_result(block: Node | None) -> None:
    """Let a chunk that ends in an expression return its value."""
    at = block
    while at is not None:
        if at.next is None and at.kind == NodeKind.EXPRESSION:
            at.kind = NodeKind.RETURN
        at = at.next
