"""The prelude: built-ins written in the rule language, for those that call back into rules.

Boot compiles the prelude's files and runs them; each function in them takes over the calls of the built-in of the same name
that pass keyword arguments. Its code is marked: it may be active twice, its frames are left out of tracebacks, and its
errors are worded like those of built-ins.
"""

from guest.compiler.language import Array, Value, cast, need, table_size, u32
from guest.heap.recording import hide
from guest.machine import builtins
from guest.machine.blob import file_at, file_count, read_files
from guest.machine.evaluation import run_guarded
from guest.machine.loaded import clear_modules, module_at, module_count
from guest.machine.modules import begin_modules, compile_file
from guest.machine.names import hide_helpers
from guest.machine.status import Status
from guest.machine.testing import keep_names
from guest.machine.toplevel import begin_toplevel
from guest.syntax.options import Option
from guest.values.function import PRELUDE, RECURSIVE_OK, Builtin, Function, Module


def load_prelude(size: u32) -> None:
    """Compile and run the files in the first `size` bytes of input."""
    begin_modules()
    read_files(size)
    for i in range(file_count()):
        compile_file(file_at(i), Option.RECURSION)
    assert module_count() == file_count()
    builtins.twins = Array[Value](table_size("builtin"))
    for i in range(module_count()):
        begin_toplevel(module_at(i).module)
        status = run_guarded()
        assert status == Status.DONE
        adopt_functions(module_at(i).module)
        keep_names(module_at(i).module)
    clear_modules()
    hide_helpers()


def adopt_functions(module: Module) -> None:
    """Make each function of a prelude module the twin of the built-in of its name."""
    for i in range(module.globals):
        value = module.slots[i]
        if isinstance(value, Function):
            hide(cast(Function, value))
            code = cast(Function, value).code
            code.flags |= PRELUDE | RECURSIVE_OK
            for number in range(table_size("builtin")):
                builtin = cast(Builtin, need(builtins.builtin_objects)[number])
                if builtin.name is code.name:
                    need(builtins.twins)[number] = value
