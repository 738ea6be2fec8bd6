"""Lists and dicts from what the decoder has put on the value stack.

Most are small and made in one go, in their exact size. When `MOST_STACKED` values of an open container are on the stack
they are moved into a growing list or dict: what the stack must hold is bounded by the depth limit, not by the input.
Of duplicate keys the last value wins, at the position of the first.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, noinline, u32, u64
from guest.heap.state import set_frozen
from guest.heap.value_stack import stacked
from guest.values.dict import RECORD, Dict, dict_new, dict_put
from guest.values.dict_index import build_index
from guest.values.list import List, list_append, list_new
from guest.values.text import Str, same_content

MOST_STACKED = 128  # values of one container; 64 entries of an object
MOST_DIRECT = 32  # entries of an object that is made in one go: beyond, looking for duplicates needs an index
MOST_SCANNED = (
    16  # entries of an object without an index: it is read a few times, so more than the dicts of rules
)
HASH_BITS = 63
MUTABLE = 1 << 31  # a flag of what is decoded, beside those of dicts: not frozen


def close_list(partial: Value, first: u32, count: u32, flags: u32) -> Value:
    """The list of the values in `partial`, if any, and `count` stacked ones from position `first`."""
    if partial != UNDEFINED:
        return finish_list(extend_list(partial, first, count), flags)
    items = Array[Value](count)
    for i in range(count):
        items[i] = stacked(first, i)
    result = List(identity=0, count=count, locks=0, items=items)
    if flags & MUTABLE == 0:
        set_frozen(result)
    return Value(result)


def close_object(partial: Value, first: u32, count: u32, flags: u32) -> Value:
    """The dict of the entries in `partial`, if any, and `count` stacked ones (a key and a value each)."""
    if partial != UNDEFINED or count > MOST_DIRECT or has_duplicate(first, count):
        return finish_object(extend_object(partial, first, count), flags)
    entries = Array[Value](2 * count)
    for i in range(2 * count):
        entries[i] = stacked(first, i)
    index = build_index(entries, count) if count > MOST_SCANNED else None
    result = Dict(identity=flags & RECORD, count=count, used=count, locks=0, entries=entries, index=index)
    if flags & MUTABLE == 0:
        set_frozen(result)
    return Value(result)


def has_duplicate(first: u32, count: u32) -> bool:
    """Whether two of the entries have the same key. One bit a key, chosen by its hash, spares nearly all comparisons."""
    seen: u64 = 0
    for i in range(count):
        key = cast(Str, stacked(first, 2 * i))
        bit = u64(1) << u64(key.hash & HASH_BITS)
        if seen & bit != 0 and is_stacked_before(key, first, i):
            return True
        seen = seen | bit
    return False


@noinline
def is_stacked_before(key: Str, first: u32, position: u32) -> bool:
    """Whether an entry before `position` has this key."""
    for i in range(position):
        other = cast(Str, stacked(first, 2 * i))
        if other is key or (other.hash == key.hash and same_content(other, key)):
            return True
    return False


@noinline
def extend_list(partial: Value, first: u32, count: u32) -> Value:
    """The growing list with `count` more values; a new one if there was none."""
    result = list_new(count) if partial == UNDEFINED else cast(List, partial)
    for i in range(count):
        list_append(result, stacked(first, i))
    return Value(result)


@noinline
def extend_object(partial: Value, first: u32, count: u32) -> Value:
    """The growing dict with `count` more entries; a new one if there was none."""
    result = dict_new(count) if partial == UNDEFINED else cast(Dict, partial)
    for i in range(count):
        dict_put(result, stacked(first, 2 * i), stacked(first, 2 * i + 1))
    return Value(result)


def finish_list(grown: Value, flags: u32) -> Value:
    """Freeze a list that has grown, unless it is to be mutable."""
    if flags & MUTABLE == 0:
        set_frozen(cast(List, grown))
    return grown


def finish_object(grown: Value, flags: u32) -> Value:
    """Give a dict that has grown its flags, and freeze it unless it is to be mutable."""
    result = cast(Dict, grown)
    result.identity = flags & RECORD
    if flags & MUTABLE == 0:
        set_frozen(result)
    return grown
