"""Operations of a scope: what the host does with live objects, one at a time.

A scope is one long evaluation in an isolate of its own: nothing is reset between operations, handles (`guest/heap/held.py`)
and what they reach stay, and the rest is collected as always. Each operation has an event's full fuel and deadline, and
means what the same expression means in a rule, with the same price and the same errors. After an error the scope goes on.

    request    u32 count, so many handles to drop (u64)    graph: `unmarshal.read_graph`    u8 `wire.Operation`    its operands
    answer     the values that the operation gives, in the format of `wire.py`; after a failure an error object as JSON, or the
               diagnostics of a chunk; while the operation waits for the host, its request (`host_calls.py`)
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Array, Failure, Value, cast, noinline, u32
from guest.heap.frames import drop_frames, first_window
from guest.heap.handles import value_of
from guest.heap.held import let_go
from guest.heap.value import NONE, from_bool
from guest.heap.views import registers_after
from guest.library import output, printing
from guest.library.output import emit_byte
from guest.library.sorting import in_order, sorted_positions
from guest.machine import decisions, exchange, marshal, pause, unmarshal
from guest.machine.attributes import attribute_names, get_attribute
from guest.machine.bundle import emit_diagnostics
from guest.machine.chunks import compile_next, entry_module, keep_result, known_names, variable
from guest.machine.driver import (
    ARGUMENTS,
    CALL_ANY,
    CALLEE,
    KEYWORDS,
    driver_register,
    prepare,
    set_driver_register,
)
from guest.machine.evaluation import abandon, begin_evaluation, release_locks, run_guarded
from guest.machine.event import CLOSE_BRACE, report
from guest.machine.host_calls import accept_answer, refuse_answer, step_back
from guest.machine.iterations import (
    Iteration,
    advance,
    close_iteration,
    emit_iteration,
    restore_locks,
)
from guest.machine.late_names import begin_late_names, settle_late_names
from guest.machine.marshal import emit_absent, emit_graph, emit_value
from guest.machine.pause import forget_answer
from guest.machine.reflection import known_name
from guest.machine.rules import NO_RULE
from guest.machine.status import Status
from guest.machine.unmarshal import (
    begin_request,
    charge_request,
    read_byte,
    read_graph,
    read_long,
    read_text,
    read_value,
    read_word,
    take,
)
from guest.machine.wire import Operation
from guest.meter import errors, fuel
from guest.meter.errors import Kind
from guest.meter.fuel import begin_slice
from guest.values.compare import equal
from guest.values.dict import Dict, dict_get, dict_new
from guest.values.failure import say, say_str, stop
from guest.values.function import Module
from guest.values.integer import make_int
from guest.values.list import List, check_mutable, list_replace
from guest.values.repr import repr_of
from guest.values.sequence import contains, get_index, length_of, set_index
from guest.values.slices import get_slice
from guest.values.suggest import say_suggestion
from guest.values.text import Str, str_equal
from guest.values.tuple import Tuple, tuple_new
from guest.values.types import say_type
from guest.values.universe import find_universal

RECEIVER = 0
"""The register of the object whose attribute is asked for."""

# The function that is being called is a chunk's.
is_chunk: bool = False


@noinline
def operate(size: u32) -> u32:
    """Do what the request in the first `size` bytes of input asks for. CALLING: it goes on when the host has answered."""
    begin_evaluation(exchange.event_fuel)
    if not exchange.in_scope:
        exchange.in_scope = True
        begin_late_names()
    decisions.rule_number = NO_RULE
    output.output_length = 0
    printing.print_length = 0
    prepare(CALL_ANY)
    return conclude(begin(size))


@noinline
def begin(size: u32) -> u32:
    """Read the request and do it: DONE, CALLING, or FAILED for the reason in `errors.kind`."""
    try:
        settle_late_names()
        begin_request(size)
        drop_handles()
        charge_request()
        read_graph()
        status = perform(read_byte())
        unmarshal.forget_graph()
        return status
    except Failure:
        return Status.FAILED


@noinline
def take_answer(size: u32) -> u32:
    """Go on with the first `size` bytes of input as the answer of the host."""
    go_on()
    return conclude(resume_call(size))


@noinline
def take_refusal(size: u32) -> u32:
    """The host has no answer, and says why: the call fails."""
    go_on()
    try:
        refuse_answer(size)
    except Failure:
        pass
    return conclude(Status.FAILED)


def go_on() -> None:
    """The host is back. An interrupt that is still set was meant for what ran before."""
    fuel.interrupt = 0
    output.output_length = 0
    begin_slice(exchange.NO_SLICES)


@noinline
def resume_call(size: u32) -> u32:
    """Read the answer and run the machine on."""
    try:
        accept_answer(size)
        return finish_call(run_guarded())
    except Failure:
        if pause.awaits_answer != 0:
            step_back()
            forget_answer()
        return Status.FAILED


@noinline
def conclude(status: u32) -> u32:
    """The operation has ended, or waits for the host. What failed leaves nothing but its error, and a scope that goes on."""
    if status == Status.CALLING:
        return status
    if status == Status.DONE:
        drop_frames()
        return status
    tell_failure()
    release_locks()
    abandon()
    restore_locks()
    unmarshal.forget_graph()
    marshal.forget_graph()
    return Status.FAILED


@noinline
def tell_failure() -> None:
    """Write the diagnostics of a chunk that does not compile, or the error."""
    output.output_length = 0
    try:
        if errors.kind == Kind.STATIC:
            emit_diagnostics()
            return
    except Failure:
        output.output_length = 0
    report(0)
    emit_byte(CLOSE_BRACE)


def drop_handles() -> None:
    """Let go of what the host holds no more. Cannot fail: a handle that is reported here is forgotten by the host."""
    for _ in range(read_word()):
        handle = read_long()
        held = value_of(handle)
        if isinstance(held, Iteration):
            close_iteration(cast(Iteration, held))
        let_go(handle)


def perform(operation: u32) -> u32:
    """Read the operands, do the operation, write the answer: DONE, unless the host is asked."""
    match operation:
        case Operation.KEEP:
            emit_value(read_value())
        case Operation.GLOBAL:
            emit_value(global_named(read_name()))
        case Operation.CALL:
            return call(read_value())
        case Operation.CALL_GLOBAL:
            return call(global_named(read_name()))
        case Operation.CALL_METHOD:
            return call(read_attribute())
        case Operation.ATTRIBUTE:
            emit_value(read_attribute())
        case Operation.NAMES:
            emit_sorted(attribute_names(read_value()))
        case Operation.LENGTH:
            emit_length(read_value())
        case Operation.INDEX:
            container = read_value()
            emit_value(get_index(container, read_value()))
        case Operation.LOOK_UP:
            look_up(cast(Dict, read_value()))
        case Operation.SET_INDEX:
            container = read_value()
            key = read_value()
            set_index(container, key, read_value())
        case Operation.SLICE:
            sequence = read_value()
            start = read_bound()
            end = read_bound()
            emit_value(get_slice(sequence, start, end, read_bound()))
        case Operation.REPLACE:
            replace(cast(List, read_value()))
        case Operation.CONTAINS:
            container = read_value()
            emit_value(from_bool(contains(container, read_value())))
        case Operation.EQUAL:
            left = read_value()
            emit_value(from_bool(equal(left, read_value())))
        case Operation.REPR:
            emit_value(Value(repr_of(read_value())))
        case Operation.ITERATE:
            emit_iteration(read_value())
        case Operation.INTERPRET:
            return interpret()
        case Operation.VARIABLES:
            emit_sorted(known_names())
        case Operation.NEXT:
            iteration = cast(Iteration, read_value())
            most = read_word()
            advance(iteration, most, read_byte() != 0)
        case _:
            assert operation == Operation.GRAPH
            emit_graph(read_value())
    return Status.DONE


def read_name() -> Str:
    """A name: the interned string of its content, if there is one."""
    return known_name(cast(Str, read_value()))


def read_bound() -> Value:
    """A bound of a slice."""
    bound = read_value()
    return NONE if bound == UNDEFINED else bound


# Names.


def global_named(name: Str) -> Value:
    """The value of a name as the conversation knows it, or the end of the entry module."""
    found = variable(name)
    if found != UNDEFINED:
        return found
    module = entry_module()
    for i in range(module.globals):
        if str_equal(cast(Str, module.names[i]), name) and module.slots[i] != UNDEFINED:
            return module.slots[i]
    found = find_universal(name)
    if found == UNDEFINED:
        unknown_global(module, name)
    return found


@noinline
def unknown_global(module: Module, name: Str) -> NoReturn:
    """End with the error of a name that the entry module does not know."""
    say_str(module.path)
    say(" has no global ")
    say_str(name)
    names = tuple_new(module.globals)
    for i in range(module.globals):
        names.items[i] = module.names[i]
    say_suggestion(name, names, "")
    stop()


def read_attribute() -> Value:
    """An object and a name: the attribute of the object."""
    set_driver_register(RECEIVER, read_value())
    name = read_name()
    return get_attribute(registers_after(first_window(), RECEIVER), name)


def emit_sorted(names: Tuple) -> None:
    """Names, in order."""
    count = len(names.items)
    items = Array[Value](count)
    for i in range(count):
        items[i] = names.items[i]
    sorted = in_order(items, sorted_positions(items, False))
    for i in range(count):
        emit_value(sorted[i])


# Calls.


def call(function: Value) -> u32:
    """Call a function with the arguments that follow."""
    global is_chunk
    is_chunk = False
    arguments = read_value()
    return start_call(function, arguments, read_value())


def interpret() -> u32:
    """Run a chunk, whose path and text follow."""
    global is_chunk
    is_chunk = True
    path = read_text()
    length = read_word()
    start = unmarshal.position
    take(length)
    toplevel = compile_next(path, start, length)
    return start_call(Value(toplevel), Value(tuple_new(0)), Value(dict_new(0)))


def start_call(function: Value, arguments: Value, keywords: Value) -> u32:
    """Call a function in the machine."""
    set_driver_register(CALLEE, function)
    set_driver_register(ARGUMENTS, arguments)
    set_driver_register(KEYWORDS, keywords)
    return finish_call(run_guarded())


def finish_call(status: u32) -> u32:
    """The machine has come back: write the result, if there is one."""
    if status == Status.CALLING:
        return status
    if status == Status.STARVED:
        errors.kind = u32(Kind.FUEL)
    if status != Status.DONE:
        raise Failure
    result = driver_register(CALLEE)
    if is_chunk:
        keep_result(result)
    emit_value(result)
    return status


# Elements.


def emit_length(container: Value) -> None:
    """The number of elements; an error if there can be none."""
    count = length_of(container)
    if count < 0:
        say("value of type ")
        say_type(container)
        say(" has no len")
        stop()
    emit_value(make_int(count))


def look_up(dict: Dict) -> None:
    """The value of a key, if it is there."""
    found = dict_get(dict, read_value())
    if found == UNDEFINED:
        emit_absent()
    else:
        emit_value(found)


def replace(list: List) -> None:
    """Put other elements in the place of those between two indices, as far as the list has them."""
    source = cast(List, read_value())
    start = read_word()
    end = read_word()
    check_mutable(list, "assign to slice of")
    end = min(end, list.count)
    list_replace(list, min(start, end), end, source)
