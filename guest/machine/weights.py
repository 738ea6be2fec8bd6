"""Weights: how large a value is at the most, as far as that is known before any event has come, and what work on it costs.

A weight is in bytes, or in units of bulk work where these are more. `fuel_bound.py` adds them up along the ways through a
function. Sums and products end at UNKNOWN, which stays what it is.
"""

from guest.compiler.language import UNDEFINED, Value, cast, noinline, u32, u64
from guest.heap.value import is_pointer
from guest.machine import persistence
from guest.meter.fuel import charge
from guest.values.dict import Dict, entry_key, entry_value
from guest.values.integer import BigInt, LongInt
from guest.values.list import List
from guest.values.set import Set
from guest.values.text import Str
from guest.values.tuple import Tuple

UNKNOWN: u64 = 0xFFFF_FFFF_FFFF_FFFF
LARGE: u64 = 1 << 40
"""A cost or size from which on nothing is known: no limit is as large."""
SCALAR: u64 = 8  # what a number, a boolean or None weighs
MOST_NESTING = 8  # of a constant whose size is worked out
KEY_BYTES = 5  # of the shortest entry of an object in JSON
WORK = 2  # units of the analysis for one instruction


def plus(a: u64, b: u64) -> u64:
    """A sum, unless it is more than can be known."""
    if a >= LARGE or b >= LARGE:
        return UNKNOWN
    return a + b


def times(a: u64, b: u64) -> u64:
    """The same for a product."""
    if a >= LARGE or b >= LARGE:
        return UNKNOWN
    return a * b


@noinline
def weight_of(value: Value, depth: u32) -> u64:
    """What a constant weighs: its bytes and those of all in it."""
    charge(WORK)
    if not is_pointer(value):
        return SCALAR
    if depth == MOST_NESTING:
        return UNKNOWN
    if isinstance(value, Str):
        return u64(len(cast(Str, value).data)) + SCALAR
    if isinstance(value, LongInt):
        return 2 * SCALAR
    if isinstance(value, BigInt):
        return plus(SCALAR, 4 * u64(cast(BigInt, value).size.length))
    if persistence.is_stateful != 0:
        # It may be, or refer to, state that events add to.
        return UNKNOWN
    total = SCALAR
    if isinstance(value, Tuple):
        tuple = cast(Tuple, value)
        for i in range(len(tuple.items)):
            total = plus(total, weight_of(tuple.items[i], depth + 1))
        return total
    if isinstance(value, List):
        list = cast(List, value)
        for i in range(list.count):
            total = plus(total, weight_of(list.items[i], depth + 1))
        return total
    if isinstance(value, Dict):
        return weight_of_entries(cast(Dict, value), depth)
    if isinstance(value, Set):
        return weight_of_entries(cast(Set, value).elements, depth)
    return UNKNOWN


def weight_of_entries(dict: Dict, depth: u32) -> u64:
    """What the keys and values of a dict weigh."""
    total = SCALAR
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            total = plus(total, weight_of(key, depth + 1))
            total = plus(total, weight_of(entry_value(dict, i), depth + 1))
    return total


def looking_up(weight: u64) -> u64:
    """What it costs at most to find a constant key in a dict that weighs so much: every entry may have to be passed."""
    return plus(weight // KEY_BYTES, 2)


def comparing(left: u64, right: u64) -> u64:
    """What it costs at most to compare two values: of dicts, each key is looked up."""
    larger = max(left, right)
    smaller = min(left, right)
    if larger >= LARGE:
        return UNKNOWN
    return plus(
        plus(2 * larger, 8), times(smaller // KEY_BYTES, larger // KEY_BYTES) if smaller > SCALAR else u64(0)
    )


def finding(item: u64, container: u64) -> u64:
    """What it costs at most to find an item in a container: to compare it with every element, or to hash it."""
    return plus(comparing(item, container), times(plus(container // 2, 8), plus(item // 8, 8)))
