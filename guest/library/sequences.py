"""Built-ins over sequences: all, any, enumerate, len, list, range, tuple, zip.

They visit their arguments through `iterables.py`, and pay for every element by steps, so a range of two billion
elements is stopped by fuel or deadline like any other loop.
"""

from guest.compiler.language import Array, Value, copy_items, i64, registered, u32, u64
from guest.heap.value import from_bool, from_small
from guest.heap.views import Registers, register
from guest.library.arguments import int_argument, is_given, tuple_argument
from guest.library.iterables import as_sequence, elements_of, is_iterable, sequence_count, sequence_item
from guest.library.pricing import charge_step
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.failure import say, say_int, stop
from guest.values.int_arithmetic import int_add
from guest.values.integer import make_int
from guest.values.list import list_new, list_of
from guest.values.range import range_new
from guest.values.sequence import length_of
from guest.values.truth import truth
from guest.values.tuple import Tuple, tuple_new, tuple_of_two
from guest.values.types import say_type

PAIR_BYTES = 24  # a tuple of two elements
TUPLE_BYTES = 8  # a tuple without its elements


@registered("builtin", "len(x, /)")
def builtin_len(arguments: Registers) -> Value:
    """The number of elements; of a string, of code points."""
    count = length_of(register(arguments, 0))
    if count < 0:
        say("len: value of type ")
        say_type(register(arguments, 0))
        say(" has no len")
        stop()
    return make_int(count)


@registered("builtin", "all(iterable, /)")
def builtin_all(arguments: Registers) -> Value:
    """Whether every element is true."""
    return from_bool(not has_element(as_sequence(register(arguments, 0), "all", "1"), False))


@registered("builtin", "any(iterable, /)")
def builtin_any(arguments: Registers) -> Value:
    """Whether some element is true."""
    return from_bool(has_element(as_sequence(register(arguments, 0), "any", "1"), True))


def has_element(sequence: Value, wanted: bool) -> bool:
    """Whether an element has this truth."""
    count = sequence_count(sequence)
    position: u64 = 0
    while position < count:
        charge_step(position, count)
        if truth(sequence_item(sequence, position)) == wanted:
            return True
        position += 1
    return False


@registered("builtin", "range(start_or_stop, stop?, step?, /)")
def builtin_range(arguments: Registers) -> Value:
    """The integers from start (0) to stop, by step (1)."""
    first = int_argument(arguments, 0, "range", "1")
    if not is_given(arguments, 1):
        return Value(range_new(0, first, 1))
    last = int_argument(arguments, 1, "range", "2")
    step: i64 = 1
    if is_given(arguments, 2):
        step = int_argument(arguments, 2, "range", "3")
    return Value(range_new(first, last, step))


@registered("builtin", "list(iterable?, /)")
def builtin_list(arguments: Registers) -> Value:
    """A new list of the elements."""
    if not is_given(arguments, 0):
        return Value(list_new(0))
    return Value(list_of(elements_of(as_sequence(register(arguments, 0), "list", "1"))))


@registered("builtin", "tuple(iterable?, /)")
def builtin_tuple(arguments: Registers) -> Value:
    """The tuple of the elements."""
    if not is_given(arguments, 0):
        return Value(tuple_new(0))
    sequence = as_sequence(register(arguments, 0), "tuple", "1")
    if isinstance(sequence, Tuple):
        return sequence
    items = elements_of(sequence)
    n = len(items)
    result = tuple_new(n)
    copy_items(result.items, 0, items, 0, n)
    return Value(result)


@registered("builtin", "enumerate(iterable, /, start?)")
def builtin_enumerate(arguments: Registers) -> Value:
    """The list of pairs of a number, counted from `start` (0), and an element."""
    first = make_int(int_argument(arguments, 1, "enumerate", "2") if is_given(arguments, 1) else 0)
    sequence = as_sequence(register(arguments, 0), "enumerate", "1")
    count = sequence_count(sequence)
    charge_product(count, VALUE_BYTES + PAIR_BYTES)
    items = Array[Value](u32(count))
    for i in range(u32(count)):
        charge_step(u64(i), count)
        element = sequence_item(sequence, u64(i))
        items[i] = Value(tuple_of_two(int_add(first, from_small(i64(i))), element))
    return Value(list_of(items))


@registered("builtin", "zip(*args)")
def builtin_zip(arguments: Registers) -> Value:
    """The list of tuples of the elements at one position in every argument, as many as the shortest has."""
    width = len(tuple_argument(arguments, 0).items)
    if width == 0:
        return Value(list_new(0))
    columns = tuple_new(width)
    count = ~u64(0)
    for i in range(width):
        iterable = tuple_argument(arguments, 0).items[i]
        if not is_iterable(iterable):
            say("zip: argument #")
            say_int(i64(i) + 1)
            say(" is not iterable: ")
            say_type(iterable)
            stop()
        column = as_sequence(iterable, "zip", "iterable")
        columns.items[i] = column
        count = min(count, sequence_count(column))
    charge_product(count, u64(width) * VALUE_BYTES + TUPLE_BYTES + VALUE_BYTES)
    items = Array[Value](u32(count))
    for i in range(u32(count)):
        charge_step(u64(i), count)
        row = tuple_new(width)
        for k in range(width):
            element = sequence_item(columns.items[k], u64(i))
            row.items[k] = element
        items[i] = Value(row)
    return Value(list_of(items))
