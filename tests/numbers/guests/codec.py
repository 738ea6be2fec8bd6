"""A test guest: what floats, JSON and addresses can do, one export each, on bytes in one buffer.

The host side is `tests/numbers/codec.py`. Inputs are the first bytes of `buffer`, results replace them; values stay in `held`.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Failure,
    Value,
    cast,
    copy_items,
    export,
    f64,
    need,
    span,
    u8,
    u32,
)
from guest.heap import roots
from guest.heap.allocate import collect_full, collect_young, old_array_u8
from guest.heap.frames import window_above
from guest.heap.layout import VM_STACK_BASE
from guest.heap.reset import end_evaluation
from guest.heap.spans import bytes_span, span_count_chars
from guest.heap.value import pointer_of
from guest.heap.views import Bytes, bytes_after, pinned_bytes, set_register
from guest.library import address_kinds, foreign, net, output
from guest.library.json_decode import decode_document, decode_event
from guest.library.json_encode import encode_decision
from guest.library.json_error import say_fault
from guest.meter import errors
from guest.values import dict_index, failure
from guest.values.builder import Builder, builder_new
from guest.values.compare import equal
from guest.values.dict import Dict, dict_get
from guest.values.failure import finish_message
from guest.values.float_exact import format_exponent, format_fixed
from guest.values.float_parse import parse_float
from guest.values.float_print import format_shortest
from guest.values.hash import hash_value
from guest.values.interning import intern
from guest.values.prepare import prepare_values
from guest.values.repr import repr_into
from guest.values.sequence import contains
from guest.values.text import Str, str_from_bytes, text_equal
from guest.values.tuple import tuple_new

BUFFER_BYTES = 8 * 1024 * 1024
LETTER_E = 0x65

buffer: Array[u8] | None = None
buffer_address: Bytes = Bytes(0)
result_length: u32 = 0
held: Value = UNDEFINED
other: Value = UNDEFINED


@export
def prepare(seed: u32) -> None:
    """Make the guest ready."""
    global buffer, buffer_address
    prepare_values()
    dict_index.seed = seed
    made = old_array_u8(BUFFER_BYTES)
    buffer = made
    buffer_address = pinned_bytes(made)


def text_from(start: u32, n: u32) -> Str:
    """The string of n bytes of the buffer."""
    content = bytes_after(buffer_address, start)
    return str_from_bytes(content, n, span_count_chars(bytes_span(content), n))


def show(b: Builder) -> None:
    """Leave what a builder holds in the buffer."""
    global result_length
    copy_items(need(buffer), 0, b.data, 0, b.length)
    result_length = b.length


def failed() -> u32:
    """Leave the message in the buffer; the kind of the failure."""
    global result_length
    roots.vm_top = VM_STACK_BASE
    copy_items(need(buffer), 0, need(failure.message), 0, failure.message_length)
    result_length = failure.message_length
    return errors.kind


# Floats.


@export
def shortest(x: f64) -> None:
    """Starlark's `str(x)`."""
    b = builder_new()
    format_shortest(b, x)
    show(b)


@export
def fixed(x: f64, precision: u32) -> None:
    """`%f`."""
    b = builder_new()
    format_fixed(b, x, precision)
    show(b)


@export
def exponent(x: f64, precision: u32) -> None:
    """`%e`."""
    b = builder_new()
    format_exponent(b, x, precision, LETTER_E)
    show(b)


@export
def parse(n: u32) -> tuple[f64, u32]:
    """The float of a text, and whether it has the right form."""
    x, ok = parse_float(span(need(buffer)), n)
    return x, u32(ok)


# JSON.


@export
def intern_key(n: u32) -> None:
    """Put a text into the table of interned strings."""
    intern(text_from(0, n))


def decoded(start: u32, end: u32, is_event: bool) -> Value:
    """The value of JSON text in the buffer."""
    if is_event:
        return decode_event(buffer_address, start, end)
    return decode_document(buffer_address, start, end)


@export
def look_up(n: u32) -> u32:
    """held = held[text], found as a constant of a program would be: 1 if it is missing."""
    global held
    key = intern(text_from(0, n))
    held = dict_get(cast(Dict, held), Value(key))
    return u32(held == UNDEFINED)


@export
def decode(start: u32, end: u32, event: u32) -> u32:
    """Decode JSON into `held`: 0, or the kind of the failure."""
    global held
    held = UNDEFINED
    try:
        held = decoded(start, end, event != 0)
        if held == UNDEFINED:
            say_fault()
            finish_message()
            errors.kind = errors.Kind.INPUT
            return failed()
    except Failure:
        return failed()
    return 0


@export
def collect(full: u32) -> None:
    """Collect the young space, or everything."""
    if full != 0:
        collect_full()
    else:
        collect_young()


@export
def show_held() -> u32:
    """The `repr` of `held`."""
    try:
        b = builder_new()
        repr_into(b, held)
        show(b)
    except Failure:
        return failed()
    return 0


@export
def encode() -> u32:
    """Encode `held` as a decision: the output buffer has the text."""
    output.output_length = 0
    try:
        encode_decision(held)
    except Failure:
        return failed()
    return 0


@export
def put_inside(kind: u32) -> None:
    """Replace `held` by a tuple of it and of something that JSON cannot say."""
    global held
    pair = tuple_new(2)
    pair.items[0] = held
    pair.items[1] = Value(pair) if kind == 0 else other
    held = Value(pair)


@export
def decode_repeatedly(start: u32, end: u32, times: u32) -> u32:
    """For measurements: decode an event over and over; the nursery is reset after each."""
    for _ in range(times):
        if decode_event(buffer_address, start, end) == UNDEFINED:
            return 1
        end_evaluation()
    return 0


@export
def encode_repeatedly(times: u32) -> u32:
    """For measurements: encode `held` over and over."""
    for _ in range(times):
        output.output_length = 0
        encode_decision(held)
    return output.output_length


@export
def decode_lines(size: u32, times: u32) -> u32:
    """For measurements: decode each of the lines in the buffer."""
    for _ in range(times):
        start: u32 = 0
        while start < size:
            end = start
            while need(buffer)[end] != 10:
                end += 1
            if decode_event(buffer_address, start, end) == UNDEFINED:
                return 1
            end_evaluation()
            start = end + 1
    return 0


@export
def split_lines(size: u32, times: u32) -> u32:
    """For measurements: what finding the lines takes in `decode_lines`."""
    count: u32 = 0
    for _ in range(times):
        start: u32 = 0
        while start < size:
            end = start
            while need(buffer)[end] != 10:
                end += 1
            count += 1
            end_evaluation()
            start = end + 1
    return count


# Addresses.


@export
def make_ip(n: u32) -> u32:
    """`ip(text)` in `held`."""
    global held
    window = window_above()
    roots.raise_vm_top(VM_STACK_BASE + 8)
    try:
        set_register(window, 0, Value(text_from(0, n)))
        held = net.builtin_ip(window)
    except Failure:
        return failed()
    roots.vm_top = VM_STACK_BASE
    return 0


@export
def make_cidr(n: u32) -> u32:
    """`cidr(*texts)` in `held`; the texts end with newlines."""
    global held
    source = need(buffer)
    count: u32 = 0
    for i in range(n):
        if source[i] == 10:
            count += 1
    texts = tuple_new(count)
    start: u32 = 0
    at: u32 = 0
    for i in range(n):
        if need(buffer)[i] == 10:
            texts.items[at] = Value(text_from(start, i - start))
            at += 1
            start = i + 1
    window = window_above()
    roots.raise_vm_top(VM_STACK_BASE + 8)
    try:
        set_register(window, 0, Value(texts))
        held = net.builtin_cidr(window)
    except Failure:
        return failed()
    roots.vm_top = VM_STACK_BASE
    return 0


@export
def keep() -> None:
    """other = held"""
    global other
    other = held


@export
def keep_text(n: u32) -> None:
    """other = a string"""
    global other
    other = Value(text_from(0, n))


@export
def other_in_held() -> u32:
    """Whether `other in held`: 0, 1, or 16 more than the kind of the failure."""
    try:
        return u32(contains(held, other))
    except Failure:
        return 16 + failed()


@export
def are_equal() -> u32:
    """Whether `held == other`, and if so, whether their hashes differ (2)."""
    if not equal(held, other):
        return 0
    return 1 if hash_value(held) == hash_value(other) else 2


@export
def show_str() -> None:
    """The `str` of `held`, an address or a set of them."""
    b = builder_new()
    foreign.str_of_foreign(b, pointer_of(held))
    show(b)


@export
def attribute(n: u32) -> u32:
    """held = held.name, of an address: 0, or 1 if there is no such attribute."""
    global held
    name = text_from(0, n)
    window = window_above()
    roots.raise_vm_top(VM_STACK_BASE + 8)
    set_register(window, 0, held)
    roots.vm_top = VM_STACK_BASE
    if text_equal(name, "version"):
        held = address_kinds.ip_version(window)
    elif text_equal(name, "is_private"):
        held = address_kinds.ip_is_private(window)
    elif text_equal(name, "is_loopback"):
        held = address_kinds.ip_is_loopback(window)
    else:
        return 1
    return 0
