"""Deep copies of values that may be changed: what persistent state is made of when a bundle has loaded.

What is shared stays shared, and cycles stay cycles, over all copies of one run. Lists, dicts, sets, tuples and structs are
copied; functions, texts, numbers and whatever else cannot change are shared with the original. A weak reference refers to the
copy of its target, if there is one, and so does a weak map to those of its keys. Nothing recurses: copies are made empty, and
filled from a list of those that wait. The originals are permanent, so that their addresses may stand for them.
`guest/machine/persistence.py` is the user.
"""

from guest.compiler.language import UNDEFINED, Object, Value, cast, i64, need, u32
from guest.heap.state import address_of
from guest.heap.value import NONE, from_small, is_pointer, pointer_of, small
from guest.heap.weak import WeakMap, WeakReference, new_weak_reference
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.dict import (
    PERSISTENT,
    RECORD,
    Dict,
    dict_add,
    dict_clear,
    dict_get,
    dict_new,
    dict_put,
    entry_key,
    entry_value,
)
from guest.values.list import List, list_append, list_new
from guest.values.set import Set
from guest.values.struct import Struct, struct_new
from guest.values.tuple import Tuple, tuple_new
from guest.values.weak_map import weak_map_add, weak_map_new

# The copy of each object that has one, by its address.
copies: Dict | None = None
# Pairs of an original and its empty copy.
pending: List | None = None
# The weak references that were copied: their targets are looked up at the end.
references: List | None = None
# Pairs of a weak map and its empty copy: they do not keep their keys, so they are filled when all else has been copied.
maps: List | None = None
# Values of weak maps that wait until their keys have copies, as ephemerons do in a collection (`guest/heap/ephemerons.py`): pairs
# of a value and the place of the one before it that waits for the same key, UNDEFINED for the first one.
waiting_values: List | None = None
# For each key that is waited for, by its address, the place of the last value that waits.
last_waiting: Dict | None = None
# Such places of keys that have been copied since.
released: List | None = None


def begin_copying() -> None:
    """Nothing has been copied yet."""
    global copies, pending, references, maps, waiting_values, last_waiting, released
    copies = dict_new(0)
    pending = list_new(0)
    references = list_new(0)
    maps = list_new(0)
    waiting_values = list_new(0)
    last_waiting = dict_new(0)
    released = list_new(0)


def copy_content(d: Dict) -> None:
    """Replace what a dict holds by copies."""
    original = dict_new(0)
    original.count = d.count
    original.used = d.used
    original.entries = d.entries
    dict_clear(d)
    fill_dict(original, d)
    fill_pending()


def end_copying() -> None:
    """Fill weak maps, let weak references refer to the copies, and forget the originals."""
    global copies, pending, references, maps, waiting_values, last_waiting, released
    copy_values_of_copied_keys()
    fill_maps()
    known = need(references)
    for i in range(known.count):
        reference = cast(WeakReference, known.items[i])
        if is_pointer(reference.target):
            copied = known_copy(pointer_of(reference.target))
            if copied != UNDEFINED:
                reference.target = copied
    copies = None
    pending = None
    references = None
    maps = None
    waiting_values = None
    last_waiting = None
    released = None


def known_copy(original: Object) -> Value:
    """The copy that was made of an object, or UNDEFINED."""
    return dict_get(need(copies), from_small(i64(address_of(original))))


def copy_of(value: Value) -> Value:
    """The copy of a value, perhaps still empty; the value itself if it cannot change."""
    if not is_pointer(value):
        return value
    known = known_copy(pointer_of(value))
    if known != UNDEFINED:
        return known
    copy = empty_copy(value)
    if copy == value:
        return value
    at = from_small(i64(address_of(pointer_of(value))))
    dict_add(need(copies), at, copy)
    release(at)
    if isinstance(copy, WeakReference):
        list_append(need(references), copy)
    elif isinstance(copy, WeakMap):
        list_append(need(maps), value)
        list_append(need(maps), copy)
    else:
        list_append(need(pending), value)
        list_append(need(pending), copy)
    return copy


def empty_copy(value: Value) -> Value:
    """An object like the value's, without its content; or the value itself if it is to be shared."""
    if isinstance(value, List):
        return Value(list_new(cast(List, value).count))
    if isinstance(value, Dict):
        if cast(Dict, value).identity & PERSISTENT != 0:
            return value
        made = dict_new(cast(Dict, value).count)
        made.identity = cast(Dict, value).identity & RECORD
        return Value(made)
    if isinstance(value, Set):
        return Value(Set(identity=0, elements=dict_new(cast(Set, value).elements.count)))
    if isinstance(value, Tuple):
        return Value(tuple_new(u32(len(cast(Tuple, value).items))))
    if isinstance(value, Struct):
        return Value(struct_new(cast(Struct, value).names))
    if isinstance(value, WeakReference):
        return Value(new_weak_reference(cast(WeakReference, value).target))
    if isinstance(value, WeakMap):
        return Value(weak_map_new())
    return value


def fill_pending() -> None:
    """Fill the copies that are empty, and those that this makes."""
    waiting = need(pending)
    while waiting.count != 0:
        copy = waiting.items[waiting.count - 1]
        original = waiting.items[waiting.count - 2]
        waiting.count -= 2
        if isinstance(original, List):
            fill_list(cast(List, original), cast(List, copy))
        elif isinstance(original, Dict):
            fill_dict(cast(Dict, original), cast(Dict, copy))
        elif isinstance(original, Set):
            fill_set(cast(Set, original).elements, cast(Set, copy).elements)
        elif isinstance(original, Tuple):
            fill_tuple(cast(Tuple, original), cast(Tuple, copy))
        else:
            fill_struct(cast(Struct, original), cast(Struct, copy))


def fill_list(original: List, copy: List) -> None:
    """Copy the elements."""
    for i in range(original.count):
        charge(ELEMENT)
        list_append(copy, copy_of(original.items[i]))


def fill_dict(original: Dict, copy: Dict) -> None:
    """Copy the values. Keys cannot change, and are shared."""
    for i in range(original.used):
        charge(ELEMENT)
        key = entry_key(original, i)
        if key != UNDEFINED:
            dict_add(copy, key, copy_of(entry_value(original, i)))


def fill_set(original: Dict, copy: Dict) -> None:
    """Share the elements, which cannot change."""
    for i in range(original.used):
        charge(ELEMENT)
        key = entry_key(original, i)
        if key != UNDEFINED:
            dict_add(copy, key, NONE)


def fill_tuple(original: Tuple, copy: Tuple) -> None:
    """Copy the elements."""
    for i in range(len(original.items)):
        charge(ELEMENT)
        copied = copy_of(original.items[i])
        copy.items[i] = copied


def fill_struct(original: Struct, copy: Struct) -> None:
    """Copy the fields."""
    for i in range(len(original.fields)):
        charge(ELEMENT)
        copied = copy_of(original.fields[i])
        copy.fields[i] = copied


def copy_values_of_copied_keys() -> None:
    """A weak map keeps the value of a key that something else keeps: copy it, which may lead to further keys and maps."""
    at: u32 = 0
    while True:
        if need(released).count != 0:
            copy_released()
        elif at < need(maps).count:
            look_at_entries(cast(WeakMap, need(maps).items[at]))
            at += 2
        else:
            return


def look_at_entries(map: WeakMap) -> None:
    """Copy the values of a weak map whose keys have a copy; let the others wait until theirs do."""
    for i in range(map.used):
        charge(ELEMENT)
        key = map.entries[2 * i]
        if key == UNDEFINED:
            continue
        if known_copy(pointer_of(key)) != UNDEFINED:
            copy_of(map.entries[2 * i + 1])
            fill_pending()
        else:
            wait_for(from_small(i64(address_of(pointer_of(key)))), map.entries[2 * i + 1])


def wait_for(key: Value, value: Value) -> None:
    """Let a value wait until its key, of which the address is given, has a copy."""
    last = dict_get(need(last_waiting), key)
    at = from_small(i64(need(waiting_values).count))
    list_append(need(waiting_values), value)
    list_append(need(waiting_values), last)
    dict_put(need(last_waiting), key, at)


def release(key: Value) -> None:
    """There is a copy of the object at this address now: the values that wait for it are to be copied, too."""
    last = dict_get(need(last_waiting), key)
    if last != UNDEFINED:
        list_append(need(released), last)


def copy_released() -> None:
    """Copy the values that waited for one key."""
    keys = need(released)
    keys.count -= 1
    last = keys.items[keys.count]
    while last != UNDEFINED:
        at = u32(small(last))
        last = need(waiting_values).items[at + 1]
        copy_of(need(waiting_values).items[at])
        fill_pending()


def copy_all_values() -> None:
    """Copy the values of all weak maps, whatever keeps their keys, and of the maps that this leads to."""
    at: u32 = 0
    while at < need(maps).count:
        map = cast(WeakMap, need(maps).items[at])
        for i in range(map.used):
            charge(ELEMENT)
            if map.entries[2 * i] != UNDEFINED:
                copy_of(map.entries[2 * i + 1])
                fill_pending()
        at += 2


def fill_maps() -> None:
    """Fill the copies of weak maps. Other keys are kept by the frozen part of the bundle, and stay what they are."""
    copy_all_values()
    known = need(maps)
    for i in range(known.count // 2):
        original = cast(WeakMap, known.items[2 * i])
        for k in range(original.used):
            charge(ELEMENT)
            key = original.entries[2 * k]
            if key != UNDEFINED:
                copied = known_copy(pointer_of(key))
                weak_map_add(
                    cast(WeakMap, known.items[2 * i + 1]),
                    key if copied == UNDEFINED else copied,
                    copy_of(original.entries[2 * k + 1]),
                )
