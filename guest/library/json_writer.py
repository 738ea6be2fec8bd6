"""`json.encode`: values as compact JSON in a builder, the keys of objects in ascending order.

Unlike decisions (`json_encode.py`), structs and all iterables are written too. What JSON cannot say is an error that names its
place: the containers on the way to it, and the key or index in each, are pairs on the value stack. Recursion is bounded.
"""

from typing import NoReturn

from guest.compiler.language import Array, Text, Value, cast, i64, inline, noinline, span, u32, u64
from guest.heap.value import FALSE, NONE, TRUE, float_of, from_small, is_float, is_small, small
from guest.heap.value_stack import (
    SLOT_BYTES,
    drop_to,
    push,
    set_stacked,
    slots_free,
    stack_top,
    stacked,
    stacked_since,
)
from guest.library.iterables import as_sequence, is_iterable, keys_of, sequence_count, sequence_item
from guest.library.json_encode import MOST_BITS, MOST_DIGITS
from guest.library.json_marks import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    MOST_DEPTH,
    OPEN_LIST,
    OPEN_OBJECT,
)
from guest.library.json_quote import escaped_size, write_quoted
from guest.library.pricing import charge_step
from guest.library.sorting import in_order, sorted_positions
from guest.meter.costs import JSON_BYTES_PER_UNIT, NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_text, reserve
from guest.values.charges import charge_container
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_get
from guest.values.failure import say, say_int, say_str, stop
from guest.values.float_text import is_finite
from guest.values.integer import BigInt, bits_of, is_int
from guest.values.repr import repr_into
from guest.values.struct import Struct
from guest.values.text import Str
from guest.values.types import say_type

PAIR = 2  # slots of the path for each container: itself, and the key or index that is being written
KEY = 1


# Where the path begins on the value stack.
path_start: u32 = 0

# Not zero: integers must have few enough digits for any reader.
is_portable: u32 = 0


def write_json(b: Builder, v: Value) -> None:
    """Append the JSON text of a value."""
    global is_portable
    is_portable = 0
    write(b, v)


def write_portable_json(b: Builder, v: Value) -> None:
    """Append the JSON text of a value for the host, which reads integers of as many digits as in decisions."""
    global is_portable
    is_portable = 1
    write(b, v)


def write(b: Builder, v: Value) -> None:
    """Append the JSON text of a value, along a new path."""
    global path_start
    path_start = stack_top()
    if slots_free() < PAIR * MOST_DEPTH:
        fail("the stack is full")
    write_value(b, v)
    drop_to(path_start)


def write_value(b: Builder, v: Value) -> None:
    """Append one value."""
    if isinstance(v, Str):
        write_str(b, cast(Str, v))
    elif is_int(v):
        if is_portable != 0 and isinstance(v, BigInt):
            check_digits(v)
        repr_into(b, v)
    elif v == NONE:
        add_text(b, "null")
    elif v == TRUE:
        add_text(b, "true")
    elif v == FALSE:
        add_text(b, "false")
    elif is_float(v):
        write_float(b, v)
    elif isinstance(v, Dict):
        write_dict(b, cast(Dict, v))
    elif isinstance(v, Struct):
        write_struct(b, cast(Struct, v))
    elif is_iterable(v):
        write_iterable(b, v)
    else:
        begin_failure()
        say("cannot encode ")
        say_type(v)
        say(" as JSON")
        stop()


@noinline
def check_digits(v: Value) -> None:
    """End with an error if an integer is too long for many readers of JSON."""
    if bits_of(v) > MOST_BITS:
        begin_failure()
        say("cannot encode an int of more than ")
        say_int(MOST_DIGITS)
        say(" digits for the host")
        stop()


def write_str(b: Builder, s: Str) -> None:
    """Append a string, quoted."""
    n = len(s.data)
    charge(n // JSON_BYTES_PER_UNIT)
    reserve(b, escaped_size(span(s.data), n) + 2)
    b.length = write_quoted(b.data, b.length, span(s.data), n)


def write_float(b: Builder, v: Value) -> None:
    """Append a float as `str` shows it; it must be finite."""
    if not is_finite(float_of(v)):
        begin_failure()
        say("cannot encode non-finite float ")
        say_repr(v)
        stop()
    charge(NUMBER_FORMAT)
    repr_into(b, v)


def write_dict(b: Builder, dict: Dict) -> None:
    """Append a dict as an object."""
    place = enter(Value(dict))
    keys = sorted_keys(dict)
    add_byte(b, OPEN_OBJECT)
    for i in range(len(keys)):
        charge_step(u64(i), u64(len(keys)))
        key = keys[i]
        begin_item(b, place, i, key)
        write_str(b, cast(Str, key))
        add_byte(b, COLON)
        write_value(b, dict_get(dict, key))
    add_byte(b, CLOSE_OBJECT)
    drop_to(place)


def sorted_keys(dict: Dict) -> Array[Value]:
    """The keys of a dict, which must be strings, in ascending order."""
    keys = keys_of(dict)
    n = len(keys.items)
    unsorted = Array[Value](n)
    for i in range(n):
        charge_step(u64(i), u64(n))
        key = keys.items[i]
        if not isinstance(key, Str):
            # The path ends at the dict, which has no key of interest yet.
            drop_to(stack_top() - PAIR * SLOT_BYTES)
            begin_failure()
            say("dict has ")
            say_type(key)
            say(" key, want string")
            stop()
        unsorted[i] = key
    return in_order(unsorted, sorted_positions(unsorted, False))


def write_struct(b: Builder, s: Struct) -> None:
    """Append a struct as an object."""
    place = enter(Value(s))
    n = len(s.fields)
    add_byte(b, OPEN_OBJECT)
    for i in range(n):
        charge_step(u64(i), u64(n))
        name = s.names.items[i]
        begin_item(b, place, i, name)
        write_str(b, cast(Str, name))
        add_byte(b, COLON)
        write_value(b, s.fields[i])
    add_byte(b, CLOSE_OBJECT)
    drop_to(place)


def write_iterable(b: Builder, iterable: Value) -> None:
    """Append the elements of an iterable as an array."""
    place = enter(iterable)
    sequence = as_sequence(iterable, "json.encode", "x")
    count = sequence_count(sequence)
    add_byte(b, OPEN_LIST)
    position: u64 = 0
    while position < count:
        charge_step(position, count)
        begin_item(b, place, u32(min(position, u64(1))), from_small(i64(position)))
        write_value(b, sequence_item(sequence, position))
        position += 1
    add_byte(b, CLOSE_LIST)
    drop_to(place)


def enter(container: Value) -> u32:
    """Put a container on the path, where it must not be already; its place there."""
    place = stack_top()
    depth = stacked_since(path_start) // PAIR
    charge_container(depth)
    for i in range(depth):
        if stacked(path_start, PAIR * i) == container:
            fail("cycle in JSON structure")
    if depth == MOST_DEPTH:
        # The path would fill the message.
        drop_to(path_start)
        fail("more than 200 containers inside one another")
    push(container)
    push(NONE)
    return place


@inline
def begin_item(b: Builder, place: u32, position: u32, key: Value) -> None:
    """Separate an item from the one before, and note its key or index."""
    if position != 0:
        add_byte(b, COMMA)
    set_stacked(place, KEY, key)


@noinline
def fail(reason: Text) -> NoReturn:
    """End with an error that a static text explains."""
    begin_failure()
    say(reason)
    stop()


@noinline
def begin_failure() -> None:
    """Begin the error message: the path to the value that cannot be encoded."""
    say("json.encode: ")
    for i in range(stacked_since(path_start) // PAIR):
        container = stacked(path_start, PAIR * i)
        key = stacked(path_start, PAIR * i + KEY)
        if isinstance(container, Struct):
            say("in field .")
            say_str(cast(Str, key))
        elif is_small(key):
            say("at ")
            say_type(container)
            say(" index ")
            say_int(small(key))
        else:
            say("in dict key ")
            say_repr(key)
        say(": ")
