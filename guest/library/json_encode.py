"""Values as JSON in the output buffer, in the format of Python's `json.dumps(value, ensure_ascii=False)`.

What JSON cannot say (a function, an infinite float, a key that is no string, a cycle) is a rule error that names its place:
the keys on the way to it are kept on the value stack. Recursion is bounded by the depth that a decision may have.
"""

from guest.compiler.language import UNDEFINED, Value, cast, i64, inline, noinline, u32
from guest.heap.value import NONE, TRUE, float_of, from_small, is_bool, is_float, is_small, small
from guest.heap.value_stack import drop_to, push, set_stacked, slots_free, stack_top, stacked, stacked_since
from guest.library import output
from guest.library.json_marks import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    MOST_DEPTH,
    OPEN_LIST,
    OPEN_OBJECT,
    SPACE,
)
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_byte, emit_bytes, emit_int, emit_text
from guest.meter.costs import JSON_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import builder_new
from guest.values.describe import say_repr
from guest.values.dict import Dict, entry_key, entry_value
from guest.values.failure import say, say_int, stop
from guest.values.float_print import shortest_json
from guest.values.float_text import is_finite
from guest.values.int_text import add_big
from guest.values.integer import BigInt, LongInt, bits_of, is_negative
from guest.values.list import List
from guest.values.scratch import text as float_text
from guest.values.struct import Struct
from guest.values.text import Str
from guest.values.tuple import Tuple
from guest.values.types import say_type

MOST_BYTES = 1 << 20  # of a decision
MOST_DIGITS = 4000  # of an integer in it
MOST_BITS = 13288  # of 10**4000 - 1


# Where the decision being encoded begins in the output, and its path on the value stack.
decision_start: u32 = 0
path_start: u32 = 0


def encode_decision(v: Value) -> None:
    """Append the JSON text of a decision, or end with a rule error; the caller then takes back what was written."""
    global decision_start, path_start
    decision_start = output.output_length
    path_start = stack_top()
    if slots_free() < MOST_DEPTH:
        say("decision is not JSON: the stack is full")
        stop()
    encode(v)
    check_size(0)
    drop_to(path_start)
    # What was done is bounded by what was written, and that by MOST_BYTES.
    charge(decision_price(output.output_length - decision_start))


def decision_price(bytes: u32) -> u32:
    """What encoding a decision of so many bytes costs."""
    return bytes // JSON_BYTES_PER_UNIT + 1


def encode(v: Value) -> None:
    """Append one value."""
    if isinstance(v, Str):
        encode_str(cast(Str, v))
    elif is_small(v):
        emit_int(small(v))
    elif v == NONE:
        emit_text("null")
    elif is_bool(v):
        emit_text("true" if v == TRUE else "false")
    elif is_float(v):
        encode_float(v)
    elif isinstance(v, Dict):
        encode_dict(cast(Dict, v))
    elif isinstance(v, List):
        encode_list(cast(List, v))
    elif isinstance(v, Tuple):
        encode_tuple(cast(Tuple, v))
    elif isinstance(v, LongInt):
        emit_int(cast(LongInt, v).value)
    elif isinstance(v, BigInt):
        encode_big(v)
    elif isinstance(v, Struct):
        encode_struct(cast(Struct, v))
    else:
        say_place()
        say(" is of type ")
        say_type(v)
        stop()


@inline
def encode_str(s: Str) -> None:
    """Append a string, unless it alone is too long."""
    check_size(len(s.data))
    emit_json_str(s)


def encode_float(v: Value) -> None:
    """Append a float, which must be finite."""
    x = float_of(v)
    if not is_finite(x):
        say_place()
        say(" is the float ")
        say_repr(v)
        stop()
    emit_bytes(float_text(), shortest_json(x))


def encode_big(v: Value) -> None:
    """Append an integer past 64 bits, unless it has too many digits for most readers of JSON."""
    digits = builder_new(MOST_DIGITS)
    if bits_of(v) <= MOST_BITS:
        add_big(digits, v)
    sign: u32 = 1 if is_negative(v) else 0
    if digits.length == 0 or digits.length - sign > MOST_DIGITS:
        say_place()
        say(" is an int of more than ")
        say_int(MOST_DIGITS)
        say(" digits")
        stop()
    emit_bytes(digits.data, digits.length)


def encode_list(list: List) -> None:
    """Append a list as an array."""
    place = enter()
    emit_byte(OPEN_LIST)
    for i in range(list.count):
        begin_item(place, i, from_small(i64(i)))
        encode(list.items[i])
    emit_byte(CLOSE_LIST)
    drop_to(place)


def encode_tuple(tuple: Tuple) -> None:
    """Append a tuple as an array."""
    place = enter()
    emit_byte(OPEN_LIST)
    for i in range(len(tuple.items)):
        begin_item(place, i, from_small(i64(i)))
        encode(tuple.items[i])
    emit_byte(CLOSE_LIST)
    drop_to(place)


def encode_dict(dict: Dict) -> None:
    """Append a dict as an object."""
    place = enter()
    emit_byte(OPEN_OBJECT)
    written: u32 = 0
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key == UNDEFINED:
            continue
        if not isinstance(key, Str):
            say_place()
            say(" has a key of type ")
            say_type(key)
            stop()
        begin_item(place, written, key)
        encode_str(cast(Str, key))
        emit_byte(COLON)
        emit_byte(SPACE)
        encode(entry_value(dict, i))
        written += 1
    emit_byte(CLOSE_OBJECT)
    drop_to(place)


def encode_struct(struct: Struct) -> None:
    """Append a struct as an object, as `json.encode` does."""
    place = enter()
    emit_byte(OPEN_OBJECT)
    for i in range(len(struct.fields)):
        name = struct.names.items[i]
        begin_item(place, i, name)
        encode_str(cast(Str, name))
        emit_byte(COLON)
        emit_byte(SPACE)
        encode(struct.fields[i])
    emit_byte(CLOSE_OBJECT)
    drop_to(place)


def enter() -> u32:
    """Begin a container: reserve the place of its current key or index in the path."""
    place = stack_top()
    if stacked_since(path_start) == MOST_DEPTH:
        say("decision is not JSON: more than ")
        say_int(MOST_DEPTH)
        say(" containers inside one another (perhaps it contains itself)")
        stop()
    push(UNDEFINED)
    return place


def begin_item(place: u32, position: u32, key: Value) -> None:
    """Separate an item from the one before, and make its key or index the end of the path."""
    if position != 0:
        emit_byte(COMMA)
        emit_byte(SPACE)
        check_size(0)
    set_stacked(place, 0, key)


def check_size(more: u32) -> None:
    """Refuse a decision that is too long already, or becomes so with `more` bytes."""
    if output.output_length - decision_start + more > MOST_BYTES:
        say("decision is not JSON: its text is longer than 1 MiB")
        stop()


@noinline
def say_place() -> None:
    """Begin the error message, down to the path of the value that cannot be encoded."""
    say("decision is not JSON: decision")
    for i in range(stacked_since(path_start)):
        key = stacked(path_start, i)
        if key != UNDEFINED:
            say("[")
            say_repr(key)
            say("]")
