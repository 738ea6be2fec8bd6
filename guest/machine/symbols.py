"""Handler of `load`: binds a name that another module exports.

Modules are executed bottom-up, so the loaded module has always run.
"""

from typing import NoReturn

from guest.compiler.language import Value, cast, need, noinline, opcode, u32
from guest.heap.operands import high_half, low_half, set_a
from guest.heap.views import CodePointer, Registers, Slots, fetch, pc_after, slot
from guest.library.iterables import keys_of
from guest.machine.account import begin_charging
from guest.machine.loaded import find_module
from guest.syntax.opcode import Op
from guest.values.dict import dict_find_interned, entry_value
from guest.values.failure import say, say_str, stop
from guest.values.function import Module
from guest.values.suggest import say_suggestion
from guest.values.text import Str


@opcode(Op.LOAD_SYMBOL, sets="pc")
def op_load_symbol(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = name slots[H] of the loaded module slots[K]"""
    pair = fetch(pc)
    path = cast(Str, slot(slots, low_half(pair)))
    set_a(base, word, exported(path, cast(Str, slot(slots, high_half(pair)))))
    return pc_after(pc, 1)


@noinline
def exported(path: Str, name: Str) -> Value:
    """What a module exports under a name."""
    begin_charging()
    module = need(find_module(path)).module
    position = dict_find_interned(module.exports, name)
    if position < 0:
        not_exported(module, name)
    return entry_value(module.exports, u32(position))


@noinline
def not_exported(module: Module, name: Str) -> NoReturn:
    """End with the error of a name that a module does not define."""
    say("load: name ")
    say_str(name)
    say(" not found in module ")
    say_str(module.path)
    say_suggestion(name, keys_of(module.exports))
    stop()
