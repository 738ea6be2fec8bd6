"""Marshalling: values into the output buffer, one by one or as the graph of all that can be reached from one.

Numbers, texts and bytes go as they are. Of a container an ordinary answer has the handle only; `emit_graph` writes the
content of each one once, in the order in which they are met, so that cycles and sharing come out as they are and nothing
recurses. The format is that of `wire.py`.
"""

from guest.compiler.language import (
    UNDEFINED,
    Object,
    Value,
    cast,
    f64,
    float_bits,
    need,
    noinline,
    span,
    u32,
    u64,
)
from guest.heap.held import hold
from guest.heap.object_index import (
    NOT_FOUND,
    ObjectIndex,
    add_object,
    find_object,
    index_new,
    make_room,
)
from guest.heap.spans import set_span_word, span_after, span_copy
from guest.heap.value import (
    NONE,
    TRUE,
    float_of,
    is_bool,
    is_float,
    pointer_of,
)
from guest.library import output
from guest.library.output import emit_byte, emit_str, room_for
from guest.machine.wire import LONG_BYTES, WORD_BYTES, Form, Tag
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.byte_string import ByteString
from guest.values.charges import charge_bytes, charge_items
from guest.values.dict import Dict, entry_key, entry_value
from guest.values.function import Builtin, Function
from guest.values.integer import BigInt, int_value, is_int, is_long
from guest.values.list import List, list_append, list_new
from guest.values.range import Range
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.text import Str
from guest.values.tuple import Tuple

# While a graph is written: its nodes, and where each of them is.
nodes: List | None = None
places: ObjectIndex | None = None


def form_of(o: Object) -> u32:
    """What an object is to the host."""
    if isinstance(o, List):
        return Form.LIST
    if isinstance(o, Dict):
        return Form.DICT
    if isinstance(o, Tuple):
        return Form.TUPLE
    if isinstance(o, Set):
        return Form.SET
    if isinstance(o, Struct):
        return Form.STRUCT
    if isinstance(o, Range):
        return Form.RANGE
    if isinstance(o, Function) or isinstance(o, Builtin):
        return Form.FUNCTION
    return Form.OTHER


def emit_word(word: u32) -> None:
    """Append 32 bits."""
    emit_bits(u64(word), WORD_BYTES)


def emit_bits(bits: u64, size: u32) -> None:
    """Append the lowest `size` bytes of eight."""
    target = room_for(LONG_BYTES)
    set_span_word(span_after(span(target), output.output_length), 0, bits)
    output.output_length += size


def emit_absent() -> None:
    """Append that there is no value."""
    emit_byte(Tag.ABSENT)


@noinline
def emit_value(value: Value) -> None:
    """Append a value; of a container or any other object that has no bytes of its own, a handle."""
    if not emit_immediate(value):
        emit_handle(value)


def emit_handle(value: Value) -> None:
    """Append the handle of an object."""
    charge(ELEMENT)
    handle = hold(pointer_of(value))
    emit_byte(Tag.HANDLE)
    emit_bits(handle, LONG_BYTES)
    emit_byte(form_of(pointer_of(value)))


@noinline
def emit_immediate(value: Value) -> bool:
    """Append a value that the host gets as a value of its own; False if it is none."""
    if is_int(value):
        emit_int_value(value)
    elif is_float(value):
        emit_float(float_of(value))
    elif value == NONE:
        emit_byte(Tag.NONE)
    elif is_bool(value):
        emit_byte(Tag.TRUE if value == TRUE else Tag.FALSE)
    elif isinstance(value, Str):
        text = cast(Str, value)
        charge_bytes(len(text.data))
        emit_byte(Tag.TEXT)
        emit_word(len(text.data))
        emit_str(text)
    elif isinstance(value, ByteString):
        emit_byte_string(cast(ByteString, value))
    else:
        return False
    return True


def emit_int_value(value: Value) -> None:
    """Append an integer of any size."""
    if is_long(value):
        emit_byte(Tag.INT)
        emit_bits(u64(int_value(value)), LONG_BYTES)
        return
    big = cast(BigInt, value)
    emit_byte(Tag.BIG_INT)
    emit_byte(u32(big.negative))
    count = big.size.length
    charge_items(count)
    emit_word(count)
    for i in range(count):
        emit_word(big.size.limbs[i])


def emit_float(number: f64) -> None:
    """Append a double."""
    emit_byte(Tag.FLOAT)
    emit_bits(float_bits(number), LONG_BYTES)


def emit_byte_string(bytes: ByteString) -> None:
    """Append bytes."""
    n = len(bytes.data)
    charge_bytes(n)
    emit_byte(Tag.BYTES)
    emit_word(n)
    target = room_for(n)
    span_copy(span_after(span(target), output.output_length), span(bytes.data), n)
    output.output_length += n


def emit_range(range: Range) -> None:
    """Append a range."""
    emit_byte(Tag.RANGE)
    emit_bits(u64(range.start), LONG_BYTES)
    emit_bits(u64(range.stop), LONG_BYTES)
    emit_bits(u64(range.step), LONG_BYTES)


# Graphs.


def emit_graph(root: Value) -> None:
    """Append a value, then the nodes of the graph behind it, to the end of the output."""
    global nodes, places
    nodes = list_new(0)
    places = index_new()
    emit_part(root)
    at: u32 = 0
    while at < need(nodes).count:
        emit_node(need(nodes).items[at])
        at += 1
    nodes = None
    places = None


def forget_graph() -> None:
    """A graph may have been left half-written."""
    global nodes, places
    if nodes is not None:
        nodes = None
        places = None


def emit_part(value: Value) -> None:
    """Append a value of a graph: a container as a node."""
    charge(ELEMENT)
    if emit_immediate(value):
        return
    if isinstance(value, Range):
        emit_range(cast(Range, value))
        return
    form = form_of(pointer_of(value))
    if form > Form.STRUCT:
        emit_handle(value)
        return
    place = place_of(value)
    emit_byte(Tag.NODE)
    emit_word(place)


def place_of(value: Value) -> u32:
    """The place of a container among the nodes: the next one, if it has not been met before."""
    found = find_object(need(places), need(nodes).items, pointer_of(value))
    if found != NOT_FOUND:
        return found
    make_room(need(places), need(nodes).items)
    list_append(need(nodes), value)
    known = need(nodes)
    add_object(need(places), known.items, known.count - 1)
    return known.count - 1


def emit_node(node: Value) -> None:
    """Append the content of a container."""
    emit_byte(form_of(pointer_of(node)))
    if isinstance(node, List):
        list = cast(List, node)
        emit_word(list.count)
        for i in range(list.count):
            emit_part(list.items[i])
    elif isinstance(node, Tuple):
        tuple = cast(Tuple, node)
        emit_word(len(tuple.items))
        for i in range(len(tuple.items)):
            emit_part(tuple.items[i])
    elif isinstance(node, Dict):
        emit_entries(cast(Dict, node), True)
    elif isinstance(node, Set):
        emit_entries(cast(Set, node).elements, False)
    else:
        struct = cast(Struct, node)
        emit_word(len(struct.fields))
        for i in range(len(struct.fields)):
            emit_part(struct.names.items[i])
        for i in range(len(struct.fields)):
            emit_part(struct.fields[i])


def emit_entries(dict: Dict, with_values: bool) -> None:
    """Append the number of a dict's entries, then their keys, each with its value if that is wanted."""
    emit_word(dict.count)
    charge_items(dict.used)
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            emit_part(key)
            if with_values:
                emit_part(entry_value(dict, i))
