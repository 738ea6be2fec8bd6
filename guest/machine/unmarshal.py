"""Unmarshalling: the values of a request, from the input buffer. The format is that of `wire.py`.

All nodes of a request's graph are made empty first, then filled in the order of their places, so that a node may refer to any
other. Hashing looks into a key, so the host sends dicts and sets after all others. It is the host's own code that writes
requests: one that makes no sense traps, and is never read beyond its end.
"""

from guest.compiler.language import UNDEFINED, Array, Value, bits_float, cast, i64, need, noinline, u32, u64
from guest.heap.handles import value_of
from guest.heap.spans import bytes_span, span_count_chars
from guest.heap.value import FALSE, NONE, TRUE, from_float
from guest.heap.views import Bytes, byte_at, bytes_after, word_at
from guest.machine.exchange import input_bytes
from guest.machine.wire import LONG_BYTES, WORD_BYTES, Form, Tag
from guest.meter.costs import ELEMENT, JSON_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.byte_string import byte_string_from
from guest.values.charges import charge_bytes
from guest.values.dict import Dict, dict_new, dict_put
from guest.values.failure import say, stop
from guest.values.integer import make_int, make_signed
from guest.values.list import List, list_new, list_of
from guest.values.natural import natural_new
from guest.values.range import range_new
from guest.values.set import Set, set_of
from guest.values.struct import Struct, struct_new
from guest.values.text import Str, str_from_bytes
from guest.values.tuple import Tuple, tuple_new

# What is being read: offsets in the input. The buffer has readable bytes behind its end.
position: u32 = 0
end: u32 = 0
# The nodes of the request's graph.
nodes: Array[Value] | None = None


def begin_request(size: u32) -> None:
    """Read the request in the first `size` bytes of input from its start."""
    global position, end
    position = 0
    end = size


def charge_request() -> None:
    """Pay for what is left of the request, as for JSON."""
    charge((end - position) // JSON_BYTES_PER_UNIT)


def take(size: u32) -> Bytes:
    """The next `size` bytes."""
    global position
    assert size <= end - position
    start = bytes_after(input_bytes(), position)
    position += size
    return start


def read_byte() -> u32:
    """The next byte."""
    return byte_at(take(1), 0)


def read_word() -> u32:
    """The next 32 bits."""
    return u32(word_at(take(WORD_BYTES), 0))


def read_long() -> u64:
    """The next 64 bits."""
    return word_at(take(LONG_BYTES), 0)


@noinline
def read_value() -> Value:
    """The next value; UNDEFINED if it says that there is none."""
    tag = read_byte()
    match tag:
        case Tag.NONE:
            return NONE
        case Tag.FALSE:
            return FALSE
        case Tag.TRUE:
            return TRUE
        case Tag.INT:
            return make_int(i64(read_long()))
        case Tag.FLOAT:
            return from_float(bits_float(read_long()))
        case Tag.BIG_INT:
            return read_big()
        case Tag.TEXT:
            return Value(read_text())
        case Tag.BYTES:
            size = read_word()
            return Value(byte_string_from(take(size), size))
        case Tag.RANGE:
            start = i64(read_long())
            stop_ = i64(read_long())
            return Value(range_new(start, stop_, i64(read_long())))
        case Tag.NODE:
            return need(nodes)[read_word()]
        case Tag.HANDLE:
            held = value_of(read_long())
            assert held != UNDEFINED
            return held
        case _:
            assert tag == Tag.ABSENT
            return UNDEFINED


def read_text() -> Str:
    """The size of a text and its bytes, which are UTF-8."""
    size = read_word()
    charge_bytes(size)
    start = take(size)
    return str_from_bytes(start, size, span_count_chars(bytes_span(start), size))


def read_big() -> Value:
    """An integer of more than 64 bits."""
    is_negative = read_byte() != 0
    count = read_word()
    assert count <= (end - position) // WORD_BYTES
    number = natural_new(count)
    for i in range(count):
        number.limbs[i] = read_word()
    number.length = count
    return make_signed(is_negative, number)


# Graphs.


def read_graph() -> None:
    """The graph of a request: how many nodes, the form and the count of each, then what is in them."""
    global nodes
    count = read_word()
    assert count <= (end - position) // WORD_BYTES
    made = Array[Value](count)
    counts = Array[u32](count)
    nodes = made
    for i in range(count):
        charge(ELEMENT)
        form = read_byte()
        counts[i] = read_word()
        made[i] = empty_node(form, counts[i])
    for i in range(count):
        fill_node(made[i], counts[i])


def forget_graph() -> None:
    """The request has been read."""
    global nodes
    nodes = None


def empty_node(form: u32, count: u32) -> Value:
    """A container for so many elements."""
    assert count <= end - position
    match form:
        case Form.LIST:
            return Value(list_of_undefined(count))
        case Form.DICT:
            return Value(dict_new(count))
        case Form.TUPLE:
            return Value(tuple_new(count))
        case Form.SET:
            return set_of(dict_new(count))
        case _:
            assert form == Form.STRUCT
            names = tuple_new(count)
            for i in range(count):
                assert read_byte() == Tag.TEXT
                names.items[i] = Value(read_text())
            return Value(struct_new(names))


def list_of_undefined(count: u32) -> List:
    """A list whose elements are to be filled at once."""
    return list_of(list_new(count).items)


def fill_node(node: Value, count: u32) -> None:
    """Fill an empty container with so many elements."""
    if isinstance(node, List):
        list = cast(List, node)
        for i in range(count):
            list.items[i] = read_value()
    elif isinstance(node, Tuple):
        tuple = cast(Tuple, node)
        for i in range(count):
            tuple.items[i] = read_value()
    elif isinstance(node, Struct):
        struct = cast(Struct, node)
        for i in range(count):
            struct.fields[i] = read_value()
    elif isinstance(node, Dict):
        dict = cast(Dict, node)
        for _ in range(count):
            key = read_value()
            dict_put(dict, key, read_value())
        check_distinct(dict, count)
    else:
        elements = cast(Set, node).elements
        for _ in range(count):
            dict_put(elements, read_value(), NONE)
        check_distinct(elements, count)


def check_distinct(dict: Dict, count: u32) -> None:
    """Refuse keys that are equal here, though they were not where they came from: NaN and another NaN."""
    if dict.count != count:
        say("two of the keys or elements are equal (every NaN equals every other)")
        stop()
