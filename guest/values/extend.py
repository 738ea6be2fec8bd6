"""Extending a list by the elements of any iterable: `list += x` and `list.extend(x)`.

Relies on every iterable's own file. The elements are charged before the list changes.
"""

from guest.compiler.language import (
    UNDEFINED,
    Value,
    cast,
    copy_items,
    noinline,
    u32,
    u64,
)
from guest.values.charges import VALUE_BYTES, charge_items, charge_product
from guest.values.dict import Dict, entry_key
from guest.values.elements import Elements, elements_tuple
from guest.values.failure import say, stop
from guest.values.list import List, check_mutable, list_extend_list, reserve
from guest.values.range import Range, range_item
from guest.values.set import Set
from guest.values.tuple import Tuple
from guest.values.types import say_type


@noinline
def list_extend(list: List, iterable: Value) -> None:
    """`list += iterable`, in place."""
    check_mutable(list, "apply += to")
    if isinstance(iterable, List):
        list_extend_list(list, cast(List, iterable))
    elif isinstance(iterable, Tuple):
        extend_by_tuple(list, cast(Tuple, iterable))
    elif isinstance(iterable, Dict):
        extend_by_keys(list, cast(Dict, iterable))
    elif isinstance(iterable, Range):
        extend_by_range(list, cast(Range, iterable))
    elif isinstance(iterable, Set):
        extend_by_keys(list, cast(Set, iterable).elements)
    elif isinstance(iterable, Elements):
        extend_by_tuple(list, elements_tuple(cast(Elements, iterable)))
    else:
        say("unknown binary op: list + ")
        say_type(iterable)
        stop()


def extend_by_tuple(list: List, tuple: Tuple) -> None:
    """Add the elements of a tuple."""
    more = len(tuple.items)
    charge_items(more)
    reserve(list, more)
    copy_items(list.items, list.count, tuple.items, 0, more)
    list.count += more


def extend_by_keys(list: List, dict: Dict) -> None:
    """Add the keys of a dict."""
    charge_items(2 * dict.used)
    reserve(list, dict.count)
    count = list.count
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            list.items[count] = key
            count += 1
    list.count = count


def extend_by_range(list: List, range_: Range) -> None:
    """Add the integers of a range."""
    charge_product(range_.count, VALUE_BYTES)
    more = u32(range_.count)
    reserve(list, more)
    count = list.count
    for i in range(more):
        item = range_item(range_, u64(i))
        list.items[count + i] = item
    list.count = count + more
