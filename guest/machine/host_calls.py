"""Functions of the host: a rule calls them like any other, and the evaluation waits until the host has answered.

The guest imports nothing, so a call is a request: the number of the function and its arguments as JSON are in the output
buffer, the evaluation is suspended, and the answer, JSON in the input buffer, becomes the call's result. A bundle says
which functions it asks for and how many parameters each has; the host says what they do. Values go through JSON both ways,
so that neither side ever holds a reference into the other. What the host answers is frozen, like an event.

    {"function": 0, "arguments": ["192.0.2.1"]}
"""

from guest.compiler.language import (
    UNDEFINED,
    Value,
    cast,
    registered,
    table_text,
    u32,
    u64,
)
from guest.heap import frames
from guest.heap.frames import set_callee
from guest.heap.value import is_small, small
from guest.heap.views import Registers, pc_after, register
from guest.library import output
from guest.library.json_decode import decode_answer
from guest.library.json_error import say_fault
from guest.library.json_writer import write_portable_json
from guest.library.output import emit_str, emit_text, emit_unsigned
from guest.machine import pause
from guest.machine.binding import POSITIONAL_ONLY_SHIFT
from guest.machine.dialect import setting, wrong
from guest.machine.exchange import input_bytes
from guest.machine.pause import await_answer, forget_answer
from guest.meter.costs import HOST_CALL
from guest.meter.errors import Kind
from guest.meter.fuel import charge
from guest.values.builder import add_byte, builder_new, finish
from guest.values.dict import Dict, dict_add, entry_key, entry_value
from guest.values.failure import say, say_str, stop, stop_as
from guest.values.function import EXACT, Builtin, HostFunction, Signature
from guest.values.interning import intern, intern_text
from guest.values.text import Str, text_equal
from guest.values.tuple import tuple_new
from guest.values.universe import universal_names

MOST_PARAMETERS = 16
MOST_REQUEST = 1 << 20  # bytes of the arguments of one call
COMMA = 44
CLOSE_BRACE = 125

# Not zero while an event is decided: only then is anybody there to answer.
is_open: u32 = 0


def declare_host_functions(configuration: Dict) -> None:
    """A bundle loads: it knows the functions that its configuration declares, `{"geoip": <number of parameters>}`."""
    global is_open
    is_open = 0
    given = setting(configuration, "functions")
    if given == UNDEFINED:
        return
    if not isinstance(given, Dict):
        wrong("functions", given)
    declared = cast(Dict, given)
    for i in range(declared.used):
        name = intern(cast(Str, entry_key(declared, i)))
        dict_add(universal_names(), Value(name), Value(host_function(name, i, entry_value(declared, i))))


def host_function(name: Str, number: u32, parameters: Value) -> Builtin:
    """The function of this name, with so many parameters, which are positional only."""
    if not is_small(parameters) or small(parameters) < 0 or small(parameters) > MOST_PARAMETERS:
        wrong("a number of parameters", parameters)
    count = u32(small(parameters))
    names = tuple_new(count)
    for i in range(count):
        names.items[i] = Value(intern_text("argument"))
    flags = u32(EXACT) | count << POSITIONAL_ONLY_SHIFT
    signature = Signature(parameters=names, required=count, positional=count, flags=flags)
    receiver = Value(HostFunction(number=number, name=name, parameters=count))
    return Builtin(number=calling_method(), name=name, receiver=receiver, signature=signature)


def calling_method() -> u32:
    """The number of `builtin_host_call` among the methods."""
    number: u32 = 0
    while not text_equal(intern_text(table_text("method", number)), "host_function.call()"):
        number += 1
    return number


def open_host_calls() -> None:
    """The bundle has loaded: its rules may call the host."""
    global is_open
    is_open = 1


@registered("method", "host_function.call()")
def host_function_call(arguments: Registers) -> Value:
    """Ask the host. The result is put in place when it has answered."""
    function = cast(HostFunction, register(arguments, 0))
    if is_open == 0:
        say_str(function.name)
        say(": host functions can be called while an event is decided, not while the bundle loads")
        stop()
    charge(HOST_CALL)
    text = request_text(arguments, function.parameters)
    function = cast(HostFunction, register(arguments, 0))
    output.output_length = 0
    emit_text('{"function": ')
    emit_unsigned(u64(function.number))
    emit_text(', "arguments": [')
    emit_str(text)
    emit_text("]}")
    await_answer()
    return UNDEFINED


def request_text(arguments: Registers, count: u32) -> Str:
    """The JSON of the arguments, separated by commas."""
    b = builder_new()
    for i in range(count):
        if i != 0:
            add_byte(b, COMMA)
        write_portable_json(b, register(arguments, 1 + i))
        if b.length > MOST_REQUEST:
            say_str(cast(HostFunction, register(arguments, 0)).name)
            say(": the arguments are larger than 1 MiB as JSON")
            stop()
    return finish(b)


def accept_answer(size: u32) -> None:
    """The first `size` bytes of input are what the function returned: the call's result. Reading it costs what an event costs."""
    value = decode_answer(input_bytes(), size)
    if value == UNDEFINED:
        say_fault()
        stop_as(Kind.INTERNAL)
    set_callee(pause.answer_window, value)
    forget_answer()


def refuse_answer(size: u32) -> None:
    """The first `size` bytes of input are a JSON text that says why there is no answer: the call fails with it."""
    step_back()
    reason = decode_answer(input_bytes(), size)
    forget_answer()
    if isinstance(reason, Str):
        say_str(cast(Str, reason))
    stop()


def step_back() -> None:
    """The call that waits for an answer is the current instruction again: what errors point at."""
    frames.current_pc = pc_after(frames.current_pc, -1)
