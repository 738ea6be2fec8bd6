"""A test guest: a stack calculator whose operations are those of `guest/values/`.

`tests/values/calculator.py` pushes Python values, performs operations by number and reads results back as `repr`.
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Failure,
    Value,
    cast,
    export,
    f64,
    i64,
    need,
    noinline,
    u8,
    u32,
)
from guest.heap import allocate
from guest.heap.allocate import old_array_u8
from guest.heap.freeze import freeze_all
from guest.heap.state import set_frozen
from guest.heap.value import (
    FALSE,
    NONE,
    TRUE,
    from_bool,
    from_float,
    from_small,
    pointer_of,
    small,
)
from guest.heap.verify import verify_heap
from guest.heap.views import Bytes, pinned_bytes
from guest.meter import errors
from guest.values import dict_index, failure
from guest.values.arithmetic import (
    binary_add,
    binary_bit_and,
    binary_bit_or,
    binary_bit_xor,
    binary_div,
    binary_floor_div,
    binary_mod,
    binary_mul,
    binary_shift_left,
    binary_shift_right,
    binary_sub,
    unary_invert,
    unary_minus,
    unary_plus,
)
from guest.values.compare import equal_fast, order
from guest.values.dict import (
    Dict,
    delete_first,
    dict_clear,
    dict_delete,
    dict_find_interned,
    dict_first,
    dict_get,
    dict_new,
    dict_put,
    dict_update,
)
from guest.values.extend import list_extend
from guest.values.failure import message_buffer
from guest.values.hash import hash_value
from guest.values.int_text import int_from_digits
from guest.values.integer import make_int
from guest.values.interning import intern
from guest.values.list import (
    List,
    check_mutable,
    list_append,
    list_clear,
    list_insert,
    list_new,
    list_remove_at,
)
from guest.values.prepare import prepare_values
from guest.values.range import range_new
from guest.values.repr import repr_of, str_of
from guest.values.sequence import contains, get_index, length_of, set_index
from guest.values.slices import get_slice
from guest.values.suggest import nearest_name
from guest.values.text import Str, str_from_bytes
from guest.values.truth import truth
from guest.values.tuple import Tuple, tuple_from
from guest.values.types import say_type

BUFFER_BYTES = 1 << 20
STACK_SIZE = 1024


class Op(IntEnum):
    """Operations: they take their operands from the stack, the last one on top, and push one result."""

    ADD = 0
    SUB = 1
    MUL = 2
    DIV = 3
    FLOOR_DIV = 4
    MOD = 5
    BIT_AND = 6
    BIT_OR = 7
    BIT_XOR = 8
    SHIFT_LEFT = 9
    SHIFT_RIGHT = 10
    NEGATE = 11
    POSITIVE = 12
    INVERT = 13
    EQUAL = 14
    LESS = 15
    LESS_EQUAL = 16
    GREATER = 17
    GREATER_EQUAL = 18
    IN = 19
    INDEX = 20
    SET_INDEX = 21
    SLICE = 22
    TRUTH = 23
    HASH = 24
    LENGTH = 25
    STR = 26
    RANGE = 27
    EXTEND = 28
    APPEND = 29
    INSERT = 30
    REMOVE_AT = 31
    CLEAR = 32
    DELETE = 33
    POP_FIRST = 34
    GET = 35
    FREEZE = 36
    LOCK = 37
    UNLOCK = 38
    INTERN = 39
    FIND_INTERNED = 40
    IS = 41
    NEAREST = 42
    TYPE = 43
    UPDATE = 44


# The operands, and how many there are.
stack: Array[Value] | None = None
depth: u32 = 0
# Where Python puts the bytes of a string, and finds those of a result.
buffer: Array[u8] | None = None
buffer_address: Bytes = Bytes(0)
result_length: u32 = 0


@export
def prepare(seed: u32) -> None:
    """Begin: must be the first call."""
    global stack, buffer, buffer_address
    dict_index.seed = seed
    prepare_values()
    stack = Array[Value](STACK_SIZE)
    bytes = old_array_u8(BUFFER_BYTES)
    buffer = bytes
    buffer_address = pinned_bytes(bytes)


@export
def freeze() -> None:
    """Make everything so far permanent, as a loaded bundle is."""
    freeze_all()


@export
def check() -> u32:
    """Walk the heap: 0, or the address of something that is wrong."""
    return verify_heap(allocate.origin, allocate.bump)


def push(v: Value) -> None:
    """Push a value."""
    global depth
    need(stack)[depth] = v
    depth += 1


def pop() -> Value:
    """Pop a value."""
    global depth
    depth -= 1
    values = need(stack)
    v = values[depth]
    values[depth] = UNDEFINED
    return v


@export
def push_int(n: i64) -> None:
    """Push an integer."""
    push(make_int(n))


@export
def push_digits(n: u32, base: u32, negative: u32) -> u32:
    """Push the integer whose digits in a base are the first `n` bytes of the buffer; the failure's kind if it fails."""
    try:
        push(int_from_digits(need(buffer), n, base, negative != 0))
    except Failure:
        return errors.kind
    return 0


@export
def push_float(x: f64) -> None:
    """Push a float."""
    push(from_float(x))


@export
def push_special(which: u32) -> None:
    """Push None (0), False (1) or True (2)."""
    push(NONE if which == 0 else FALSE if which == 1 else TRUE)


@export
def push_str(n: u32, chars: u32) -> None:
    """Push the string of the first `n` bytes of the buffer."""
    push(Value(str_from_bytes(pinned_bytes(need(buffer)), n, chars)))


@export
def push_list(n: u32) -> None:
    """Replace the last `n` values by their list."""
    list = list_new(0)
    values = need(stack)
    for i in range(depth - n, depth):
        list_append(list, values[i])
    forget(n)
    push(Value(list))


@export
def push_tuple(n: u32) -> None:
    """Replace the last `n` values by their tuple."""
    tuple = tuple_from(need(stack), depth - n, n)
    forget(n)
    push(Value(tuple))


@export
def push_dict(n: u32) -> None:
    """Replace the last `n` values by the dict that has them as values, under the keys 0, 1, ..."""
    d = dict_new(n)
    for i in range(n):
        dict_put(d, from_small(i64(i)), need(stack)[depth - n + i])
    forget(n)
    push(Value(d))


@export
def push_copy(index: u32) -> None:
    """Push the value at a place of the stack."""
    push(need(stack)[index])


@export
def drop(n: u32) -> None:
    """Pop `n` values."""
    forget(n)


def forget(n: u32) -> None:
    """Pop `n` values."""
    global depth
    values = need(stack)
    for _ in range(n):
        depth -= 1
        values[depth] = UNDEFINED


@export
def show() -> u32:
    """Write `repr` of the last value to the buffer; the kind of the failure if there was one."""
    global result_length
    try:
        s = repr_of(need(stack)[depth - 1])
        result_length = len(s.data)
        target = need(buffer)
        for i in range(len(s.data)):
            target[i] = s.data[i]
    except Failure:
        return errors.kind
    return 0


@export
def message() -> None:
    """Write the message of the last failure to the buffer."""
    global result_length
    source = message_buffer()
    target = need(buffer)
    result_length = failure.message_length
    for i in range(result_length):
        target[i] = source[i]


@export
def perform(operation: u32) -> u32:
    """Perform an operation: 0, or the kind of its failure (then its operands are gone)."""
    try:
        result = compute(operation)
        push(result)
    except Failure:
        return errors.kind
    return 0


@noinline
def compute(operation: u32) -> Value:
    """The result of an operation on the values that it pops."""
    match operation:
        case Op.NEGATE:
            return unary_minus(pop())
        case Op.POSITIVE:
            return unary_plus(pop())
        case Op.INVERT:
            return unary_invert(pop())
        case Op.TRUTH:
            return from_bool(truth(pop()))
        case Op.HASH:
            return from_small(i64(hash_value(pop())))
        case Op.LENGTH:
            return make_int(length_of(pop()))
        case Op.STR:
            return Value(str_of(pop()))
        case Op.CLEAR:
            return clear(pop())
        case Op.POP_FIRST:
            return pop_first(cast(Dict, pop()))
        case Op.FREEZE:
            v = pop()
            set_frozen(pointer_of(v))
            return v
        case Op.LOCK:
            return lock(pop(), 1)
        case Op.UNLOCK:
            return lock(pop(), 0xFFFFFFFF)
        case Op.INTERN:
            return Value(intern(cast(Str, pop())))
        case Op.TYPE:
            say_type(pop())
            failure.stop()
        case _:
            b = pop()
            return compute_two(operation, pop(), b)


def compute_two(operation: u32, a: Value, b: Value) -> Value:
    """The result of an operation on two values, or on more below them."""
    match operation:
        case Op.ADD:
            return binary_add(a, b)
        case Op.SUB:
            return binary_sub(a, b)
        case Op.MUL:
            return binary_mul(a, b)
        case Op.DIV:
            return binary_div(a, b)
        case Op.FLOOR_DIV:
            return binary_floor_div(a, b)
        case Op.MOD:
            return binary_mod(a, b)
        case Op.BIT_AND:
            return binary_bit_and(a, b)
        case Op.BIT_OR:
            return binary_bit_or(a, b)
        case Op.BIT_XOR:
            return binary_bit_xor(a, b)
        case Op.SHIFT_LEFT:
            return binary_shift_left(a, b)
        case Op.SHIFT_RIGHT:
            return binary_shift_right(a, b)
        case Op.EQUAL:
            return from_bool(equal_fast(a, b))
        case Op.LESS:
            return from_bool(order(a, b, "<") < 0)
        case Op.LESS_EQUAL:
            return from_bool(order(a, b, "<=") <= 0)
        case Op.GREATER:
            return from_bool(order(a, b, ">") > 0)
        case Op.GREATER_EQUAL:
            return from_bool(order(a, b, ">=") >= 0)
        case Op.IN:
            return from_bool(contains(b, a))
        case Op.INDEX:
            return get_index(a, b)
        case Op.SET_INDEX:
            container = pop()
            set_index(container, a, b)
            return container
        case Op.SLICE:
            start = pop()
            return get_slice(pop(), start, a, b)
        case Op.RANGE:
            start = pop()
            return Value(range_new(small(start), small(a), small(b)))
        case Op.UPDATE:
            dict_update(cast(Dict, a), cast(Dict, b))
            return a
        case Op.EXTEND:
            list_extend(cast(List, a), b)
            return a
        case Op.APPEND:
            check_mutable(cast(List, a), "append to")
            list_append(cast(List, a), b)
            return a
        case Op.INSERT:
            list = cast(List, pop())
            list_insert(list, u32(small(a)), b)
            return Value(list)
        case Op.REMOVE_AT:
            return list_remove_at(cast(List, a), u32(small(b)))
        case Op.DELETE:
            removed = dict_delete(cast(Dict, a), b)
            return NONE if removed == UNDEFINED else removed
        case Op.GET:
            found = dict_get(cast(Dict, a), b)
            return NONE if found == UNDEFINED else found
        case Op.FIND_INTERNED:
            return from_bool(dict_find_interned(cast(Dict, a), cast(Str, b)) >= 0)
        case Op.IS:
            return from_bool(a == b)
        case Op.NEAREST:
            nearest = nearest_name(cast(Str, a), cast(Tuple, b))
            return NONE if nearest is None else Value(nearest)
        case _:
            return UNDEFINED


def clear(v: Value) -> Value:
    """Empty a list or a dict."""
    if isinstance(v, List):
        list_clear(cast(List, v))
    else:
        dict_clear(cast(Dict, v))
    return v


def pop_first(d: Dict) -> Value:
    """Remove the first entry of a dict; its value."""
    position = dict_first(d)
    if position == d.used:
        return NONE
    return delete_first(d, position)


def lock(v: Value, change: u32) -> Value:
    """Begin or end an iteration."""
    if isinstance(v, List):
        cast(List, v).locks += change
    else:
        cast(Dict, v).locks += change
    return v
