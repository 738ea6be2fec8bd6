"""Tests of a bundle: the load in which the functions `test_*` of the modules in `tests/` take the place of the rules.

    {"rules": [], "persistent": true,
     "tests": [{"path": "tests/doors.star", "name": "test_night", "location": "tests/doors.star:3:1"}]}

The image of such a load evaluates events `{"test": 0}`: the test of that number is called, and its decision is null. It counts
as persistent, because each test has an isolate of its own. The modules of tests know the names in `guest/prelude/testing.star`.
What the rules decide is the host's to say, from an image of the bundle itself, so a test cannot change what it tests.
"""

from guest.compiler.language import (
    UNDEFINED,
    Text,
    Value,
    cast,
    need,
    registered,
    text_byte,
    text_length,
    u32,
)
from guest.heap.views import Registers
from guest.library.arguments import int_argument, str_argument
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_text
from guest.machine import policy
from guest.machine.binding import takes_nothing
from guest.machine.blob import file_at, file_count
from guest.machine.loaded import find_module, module_at, module_count
from guest.machine.modules import compile_from, is_compiled_badly, sort_modules
from guest.machine.policy import Policy
from guest.machine.report import emit_place
from guest.syntax import diagnostics
from guest.values.dict import Dict, dict_add, dict_find_interned, dict_get, dict_new, entry_key, entry_value
from guest.values.function import Function, Module
from guest.values.interning import intern, intern_text
from guest.values.list import List, list_append, list_new
from guest.values.text import Str
from guest.values.universe import find_universal, universal_names

NAMES_MODULE = "testing.star"
TESTS_FOLDER = "tests/"
TEST_PREFIX = "test_"
RUNNER = "_run_test"
UNDERSCORE = 95

PATH, NAME, FUNCTION, ENTRY = 0, 1, 2, 3
"""Places in the list of tests: so many values each."""

# The globals of the prelude's module of tests, by name: since boot.
names: Dict | None = None
# The tests of the bundle that has been loaded for them.
tests: List | None = None


def keep_names(module: Module) -> None:
    """A module of the prelude has run at boot: if it is the one for tests, keep what it defines."""
    global names
    if not starts_with(module.path, NAMES_MODULE):
        return
    defined = dict_new(0)
    names = defined
    for i in range(module.globals):
        dict_add(defined, module.names[i], module.slots[i])


def declare_test_names() -> None:
    """A bundle is loaded for its tests: its modules know the assertions."""
    known = need(names)
    for i in range(known.used):
        name = cast(Str, entry_key(known, i))
        if name.data[0] != UNDERSCORE and dict_find_interned(universal_names(), name) < 0:
            dict_add(universal_names(), Value(name), entry_value(known, i))


def compile_tests(options: u32) -> None:
    """Compile the modules of tests, and what they load."""
    for i in range(1, file_count()):
        name = file_at(i).name
        if starts_with(name, TESTS_FOLDER) and find_module(name) is None and not is_compiled_badly(name):
            compile_from(name, options)


def sort_tests() -> None:
    """Put the modules of tests, and what they load, behind what is in order already."""
    for i in range(module_count()):
        if starts_with(module_at(i).module.path, TESTS_FOLDER):
            sort_modules(module_at(i).module.path)


def choose_tests() -> None:
    """The modules have run: find the tests, each at its global name, and let one be called instead of trying rules."""
    global tests
    found = list_new(0)
    tests = found
    for i in range(module_count()):
        module = module_at(i).module
        if starts_with(module.path, TESTS_FOLDER):
            add_tests(found, module)
    policy.policy = u32(Policy.DECIDE)
    policy.decide_function = dict_get(need(names), Value(intern_text(RUNNER)))


def add_tests(found: List, module: Module) -> None:
    """Append the tests of a module, in the order in which their names were first given a value."""
    for i in range(module.globals):
        if starts_with(cast(Str, module.names[i]), TEST_PREFIX) and isinstance(module.slots[i], Function):
            check_test(cast(Function, module.slots[i]))
            list_append(found, Value(module.path))
            list_append(found, module.names[i])
            list_append(found, module.slots[i])


def check_test(function: Function) -> None:
    """A test is called without arguments: report one that cannot be."""
    if takes_nothing(function):
        return
    diagnostics.begin_file(function.code.module.path)
    diagnostics.say("a test is called without arguments, and ")
    diagnostics.say_name(function.code.name)
    diagnostics.say(" needs some (remove its parameters, or begin its name with something else than test_)")
    diagnostics.report(function.code.position)


def emit_tests() -> None:
    """Tell the host the tests, in the order of their numbers."""
    emit_text('{"rules": [], "persistent": true, "tests": [')
    at: u32 = 0
    while at < need(tests).count:
        if at != 0:
            emit_text(", ")
        emit_text('{"path": ')
        emit_json_str(cast(Str, need(tests).items[at + PATH]))
        emit_text(', "name": ')
        emit_json_str(cast(Str, need(tests).items[at + NAME]))
        emit_text(', "location": ')
        code = cast(Function, need(tests).items[at + FUNCTION]).code
        emit_place(code.module.path, code.position)
        emit_text("}")
        at += ENTRY
    emit_text("]}")


def starts_with(name: Str, start: Text) -> bool:
    """Whether a name begins with a static text."""
    n = text_length(start)
    if u32(len(name.data)) < n:
        return False
    for i in range(n):
        if name.data[i] != text_byte(start, i):
            return False
    return True


@registered("builtin", "_test_function(number, /)")
def builtin_test_function(arguments: Registers) -> Value:
    """The test of a number."""
    number = u32(int_argument(arguments, 0, "_test_function", "number"))
    return need(tests).items[number * ENTRY + FUNCTION]


@registered("builtin", "_host_function(name, /)")
def builtin_host_function(arguments: Registers) -> Value:
    """A function of the host that runs the tests: their names are no identifiers, so modules cannot name them."""
    found = find_universal(intern(str_argument(arguments, 0, "_host_function", "name")))
    assert found != UNDEFINED
    return found
