"""The modules of a bundle: all of them compiled first, then put in order along their `load` statements.

Compiling everything before anything runs shows every static error of the bundle at once. Paths are those of the block of
files: relative to the bundle, with forward slashes; no path leaves it. `toplevel.py` executes the modules.
"""

from guest.compiler.language import Text, Value, cast, need, text_byte, text_length, u32
from guest.heap.value import small
from guest.machine.blob import File, copy_of, file_at, file_count, find_file
from guest.machine.loaded import (
    ACTIVE,
    DONE,
    NEW,
    Loaded,
    add_module,
    clear_modules,
    find_module,
    module_at,
    module_count,
)
from guest.syntax import diagnostics
from guest.syntax.compiler import compile_module
from guest.values.builder import add_str, add_text, builder_new, finish
from guest.values.function import Module
from guest.values.list import List, list_append, list_new
from guest.values.suggest import nearest_name
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new

SLASH = 47
DOT = 46
STAR_SUFFIX = ".star"

# The modules in the order of execution.
order: List | None = None
# The module that has the rules, or loads those that have.
entry_module: Loaded | None = None


def begin_modules() -> None:
    """Forget the modules of an earlier load."""
    global order, entry_module
    clear_modules()
    order = list_new(0)
    entry_module = None
    diagnostics.clear()


def compile_from(path: Str, options: u32) -> None:
    """Compile a module and everything that it loads. What is wrong is in the diagnostics."""
    at = module_count()
    compile_file(need(find_file(path)), options)
    while at < module_count():
        i: u32 = 0
        while i < module_at(at).module.loads.count:
            check_load(module_at(at).module, i, options)
            i += 2
        at += 1


def compile_all(options: u32) -> None:
    """Compile every Starlark file of the block that is not compiled yet."""
    for i in range(1, file_count()):
        file = file_at(i)
        if has_suffix(file.name, STAR_SUFFIX) and find_module(file.name) is None:
            if not is_compiled_badly(file.name):
                compile_file(file, options)


def compile_file(file: File, options: u32) -> None:
    """Compile one file."""
    module = compile_module(copy_of(file), file.length, file.name, options)
    if module is not None:
        add_module(module)


def check_load(module: Module, at: u32, options: u32) -> None:
    """Compile what the load at index `at` of a module's list names, or report why it cannot be.

    Only Starlark files are modules: the block's first file, whose name is empty, is the configuration; `data` reads JSON.
    """
    path = cast(Str, module.loads.items[at])
    if find_module(path) is not None:
        return
    file = find_file(path) if has_suffix(path, STAR_SUFFIX) else None
    if file is not None and not is_compiled_badly(path):
        compile_file(file, options)
        return
    if file is None:
        report_missing(module, path, u32(small(module.loads.items[at + 1])), nearest_file(path))


def is_compiled_badly(path: Str) -> bool:
    """Whether a file has static errors: it is not compiled again for the next module that loads it."""
    entry = diagnostics.first
    while entry is not None:
        if entry.path is path:
            return True
        entry = entry.next
    return False


def report_missing(module: Module, path: Str, position: u32, nearest: Str | None) -> None:
    """Report a `load` that names no file of the bundle; `nearest` is the one that was probably meant."""
    diagnostics.begin_file(module.path)
    diagnostics.say("module not found: ")
    diagnostics.say_name(path)
    if leaves_bundle(path):
        diagnostics.say(" (a load path is relative to the bundle's folder and cannot leave it)")
    elif nearest is not None:
        diagnostics.say(" (did you mean ")
        diagnostics.say_name(nearest)
        diagnostics.say("?)")
    elif not has_suffix(path, STAR_SUFFIX):
        diagnostics.say(" (modules are files whose names end in .star; data() reads JSON)")
    diagnostics.report(position)


def nearest_file(path: Str) -> Str | None:
    """The Starlark file that was probably meant: perhaps only the ending is missing."""
    ended = builder_new()
    add_str(ended, path)
    add_text(ended, STAR_SUFFIX)
    file = find_file(finish(ended))
    return nearest_name(path, star_files()) if file is None else file.name


def leaves_bundle(path: Str) -> bool:
    """Whether a path is absolute or has a part `..`."""
    n = len(path.data)
    if n != 0 and path.data[0] == SLASH:
        return True
    start: u32 = 0
    while start < n:
        end = start
        while end < n and path.data[end] != SLASH:
            end += 1
        if end - start == 2 and path.data[start] == DOT and path.data[start + 1] == DOT:
            return True
        start = end + 1
    return False


def star_files() -> Tuple:
    """The names of all Starlark files of the bundle."""
    count: u32 = 0
    for i in range(1, file_count()):
        if has_suffix(file_at(i).name, STAR_SUFFIX):
            count += 1
    names = tuple_new(count)
    at: u32 = 0
    for i in range(1, file_count()):
        if has_suffix(file_at(i).name, STAR_SUFFIX):
            names.items[at] = Value(file_at(i).name)
            at += 1
    return names


def has_suffix(name: Str, suffix: Text) -> bool:
    """Whether a name ends with a static text."""
    n = u32(len(name.data))
    m = text_length(suffix)
    if n < m:
        return False
    for i in range(m):
        if name.data[n - m + i] != text_byte(suffix, i):
            return False
    return True


def sort_all_modules() -> None:
    """Put what no entry reaches behind what is in order already."""
    for i in range(module_count()):
        sort_modules(module_at(i).module.path)


def sort_modules(entry: Str) -> None:
    """Walk the `load` statements from an entry: what is loaded comes before what loads it. Cycles are reported."""
    current = find_module(entry)
    if current is not None:
        if current.state != NEW:
            return
        current.state = ACTIVE
    while current is not None:
        loads = current.module.loads
        at = current.next_load
        if at == loads.count:
            current.state = DONE
            list_append(need(order), Value(current))
            current = current.parent
            continue
        current.next_load = at + 2
        child = find_module(cast(Str, loads.items[at]))
        if child is None or child.state == DONE:
            continue
        if child.state == ACTIVE:
            report_cycle(current, child, u32(small(loads.items[at + 1])))
            continue
        child.state = ACTIVE
        child.parent = current
        current = child


def report_cycle(last: Loaded, first: Loaded, position: u32) -> None:
    """Report a chain of loads that leads back to its beginning."""
    diagnostics.begin_file(last.module.path)
    diagnostics.say("cycle in load graph: ")
    # Parents lead from the last to the first; the message goes the other way.
    link = first
    while link is not last:
        diagnostics.say_name(link.module.path)
        diagnostics.say(" -> ")
        link = child_towards(last, link)
    diagnostics.say_name(last.module.path)
    diagnostics.say(" -> ")
    diagnostics.say_name(first.module.path)
    diagnostics.say(" (move what both need to a file of its own)")
    diagnostics.report(position)


def child_towards(last: Loaded, ancestor: Loaded) -> Loaded:
    """The module below `ancestor` on the way down to `last`."""
    link = last
    above = need(link.parent)
    while above is not ancestor:
        link = above
        above = need(link.parent)
    return link
