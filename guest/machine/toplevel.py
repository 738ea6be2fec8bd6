"""Executing modules: each toplevel runs once, bottom-up, before anything that loads it.

When a module has run, its exports are collected and everything is frozen, so that a module cannot change what another
one defined, and rules cannot carry state from one event to the next.
"""

from guest.compiler.language import UNDEFINED, Value, cast, need, u32
from guest.heap.frames import drop_frames
from guest.heap.freeze import freeze_all
from guest.machine import modules
from guest.machine.coverage import run_machine
from guest.machine.driver import RESULT, TOPLEVEL, prepare, set_driver_register
from guest.machine.loaded import Loaded
from guest.machine.status import Status
from guest.values.dict import dict_add
from guest.values.function import Function, Module
from guest.values.text import Str
from guest.values.tuple import tuple_new

UNDERSCORE = 95


def execute_modules() -> u32:
    """Run the modules in order; the status of the first that did not end, or DONE."""
    order = need(modules.order)
    for i in range(order.count):
        begin_toplevel(cast(Loaded, order.items[i]).module)
        status = run_machine()
        if status != Status.DONE:
            return status
        collect_exports(cast(Loaded, order.items[i]).module)
        drop_frames()
        freeze_all()
    return Status.DONE


def begin_toplevel(module: Module) -> None:
    """Make the machine ready to run a module's toplevel."""
    toplevel = Function(identity=0, code=need(module.toplevel), defaults=tuple_new(0), cells=tuple_new(0))
    prepare(TOPLEVEL)
    set_driver_register(RESULT, Value(toplevel))


def collect_exports(module: Module) -> None:
    """Note the globals that other modules may load: those that are set and not private."""
    for i in range(module.globals):
        value = module.slots[i]
        name = cast(Str, module.names[i])
        if value != UNDEFINED and name.data[0] != UNDERSCORE:
            dict_add(module.exports, Value(name), value)
