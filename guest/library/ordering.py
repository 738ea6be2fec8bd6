"""Built-ins that order values: sorted, reversed, max, min, and the helpers of their versions with a key.

A call with `key=` runs rules, so it is written in the prelude (`guest/prelude/ordering.star`), which computes the keys;
the machine sends calls with keyword arguments there. The names with an underscore are visible to the prelude only.
"""

from guest.compiler.language import Value, cast, registered, u64
from guest.heap.value import FALSE, NONE, is_small, small
from guest.heap.views import Registers, register
from guest.library.arguments import bool_argument, refuse, tuple_argument, wrong_type
from guest.library.iterables import as_sequence, elements_of, is_iterable, sequence_count, sequence_item
from guest.library.pricing import charge_step
from guest.library.sorting import in_order, sorted_positions
from guest.values.compare import order
from guest.values.failure import say, say_str, stop_saying
from guest.values.function import Builtin, Function
from guest.values.list import list_of
from guest.values.text import Str
from guest.values.tuple import Tuple
from guest.values.types import say_type


@registered("builtin", "sorted(iterable, *, key?, reverse?)")
def builtin_sorted(arguments: Registers) -> Value:
    """The elements as a new list in ascending (`reverse`: descending) order; equal ones keep their order."""
    return sorted_list(arguments)


@registered("builtin", "_no_key(x, /)")
def builtin_no_key(arguments: Registers) -> Value:
    """What stands for a key function that was not given: every element is its own key."""
    return register(arguments, 0)


@registered("builtin", "_check_key(function, key, /)")
def builtin_check_key(arguments: Registers) -> Value:
    """Refuse a key that cannot be called."""
    key = register(arguments, 1)
    if not isinstance(key, Function) and not isinstance(key, Builtin):
        say_str(cast(Str, register(arguments, 0)))
        wrong_type("", '"key"', key, "callable")
    return NONE


@registered("builtin", "_sorted(iterable, key, reverse, /)")
def builtin_sorted_natively(arguments: Registers) -> Value:
    """`sorted` for the prelude."""
    return sorted_list(arguments)


def sorted_list(arguments: Registers) -> Value:
    """`sorted` without a key."""
    reverse = bool_argument(arguments, 2, "sorted", '"reverse"')
    items = elements_of(as_sequence(register(arguments, 0), "sorted", "iterable"))
    return Value(list_of(in_order(items, sorted_positions(items, reverse))))


@registered("builtin", "_sorted_by(items, keys, reverse, /)")
def builtin_sorted_by(arguments: Registers) -> Value:
    """The elements of a list in the order of their keys, another list of the same length."""
    reverse = bool_argument(arguments, 2, "sorted", '"reverse"')
    keys = elements_of(register(arguments, 1))
    items = elements_of(register(arguments, 0))
    return Value(list_of(in_order(items, sorted_positions(keys, reverse))))


@registered("builtin", "_elements(iterable, /)")
def builtin_elements(arguments: Registers) -> Value:
    """A new list of what `sorted` with a key has to sort."""
    return Value(list_of(elements_of(as_sequence(register(arguments, 0), "sorted", "iterable"))))


@registered("builtin", "reversed(iterable, /)")
def builtin_reversed(arguments: Registers) -> Value:
    """The elements as a new list, last one first."""
    items = elements_of(as_sequence(register(arguments, 0), "reversed", "1"))
    n = len(items)
    for i in range(n // 2):
        other = n - 1 - i
        first = items[i]
        items[i] = items[other]
        items[other] = first
    return Value(list_of(items))


@registered("builtin", "max(*args, key?)")
def builtin_max(arguments: Registers) -> Value:
    """The greatest argument, or the greatest element of the only one; the first of equal ones."""
    return extreme(tuple_argument(arguments, 0), True)


@registered("builtin", "min(*args, key?)")
def builtin_min(arguments: Registers) -> Value:
    """The least argument, or the least element of the only one; the first of equal ones."""
    return extreme(tuple_argument(arguments, 0), False)


@registered("builtin", "_max(args, /)")
def builtin_max_natively(arguments: Registers) -> Value:
    """`max` for the prelude."""
    return extreme(tuple_argument(arguments, 0), True)


@registered("builtin", "_min(args, /)")
def builtin_min_natively(arguments: Registers) -> Value:
    """`min` for the prelude."""
    return extreme(tuple_argument(arguments, 0), False)


@registered("builtin", "_operands(args, maximum, /)")
def builtin_operands(arguments: Registers) -> Value:
    """What `max` or `min` with a key has to choose from; never empty."""
    args = tuple_argument(arguments, 0)
    operands_of(args, register(arguments, 1) != FALSE)
    return Value(args) if len(args.items) > 1 else args.items[0]


def operands_of(args: Tuple, maximum: bool) -> Value:
    """The sequence that `max` or `min` chooses from: all arguments, or the elements of the only one; never empty."""
    function = "max" if maximum else "min"
    count = len(args.items)
    if count == 0:
        say(function)
        stop_saying(" requires at least one positional argument")
    if count > 1:
        return Value(args)
    only = args.items[0]
    if not is_iterable(only):
        say(function)
        say(": ")
        say_type(only)
        stop_saying(" value is not iterable")
    operands = as_sequence(only, function, "iterable")
    if sequence_count(operands) == 0:
        refuse(function, "argument is an empty sequence")
    return operands


def extreme(args: Tuple, maximum: bool) -> Value:
    """`max` or `min` without a key."""
    operands = operands_of(args, maximum)
    count = sequence_count(operands)
    best = sequence_item(operands, 0)
    position: u64 = 1
    while position < count:
        charge_step(position - 1, count - 1)
        item = sequence_item(operands, position)
        if is_beyond(item, best, maximum):
            best = item
        position += 1
    return best


def is_beyond(item: Value, best: Value, maximum: bool) -> bool:
    """Whether an element replaces the best one so far."""
    if is_small(item) and is_small(best):
        return small(item) > small(best) if maximum else small(item) < small(best)
    if maximum:
        return order(item, best, ">") > 0
    return order(item, best, "<") < 0
