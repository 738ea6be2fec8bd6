"""`Dict`: a mapping in insertion order, of ordinary dicts and of event objects alike.

Relies on hashes and keys; an index (`dict_index.py`) is kept only beyond eight entries, below that a scan is faster. The
interpreter's inline caches rely on two promises made here: an entry stays at its position until the entries are
compacted, and a key whose content is interned is stored as the interned pointer, so that a constant key is found by
comparing pointers.

    entries   key 0 | value 0 | key 1 | value 1 | ...      a deleted entry has the key UNDEFINED; `used` counts it
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Object,
    Text,
    Value,
    cast,
    copy_items,
    i32,
    i64,
    inline,
    noinline,
    span,
    u32,
    u64,
)
from guest.heap.state import is_frozen, is_interned
from guest.heap.value import from_small, is_small, small
from guest.values.charges import VALUE_BYTES, charge_items, charge_product
from guest.values.dict_index import (
    add_to_index,
    build_index,
    find_in_index,
    find_interned_in_index,
    find_text_in_index,
)
from guest.values.failure import say, say_method, stop
from guest.values.hash import hash_value, same_key
from guest.values.interning import find_interned
from guest.values.text import Str, same_bytes, str_hash

MIN_CAPACITY = 4  # entries
MAX_UNINDEXED = 8  # entries that are scanned rather than indexed
# Flags, of OWN_FLAGS in the identity.
RECORD = 1  # this is an event or an object inside one, which allows attribute access
PERSISTENT = 2  # this is declared as state that survives from event to event


class Dict(Object):
    """`count` live entries among the first `used` ones of `entries`; `locks` iterations are under way."""

    identity: u32  # with the flags above
    count: u32
    used: u32
    locks: u32
    entries: Array[Value]
    index: Array[u32] | None  # while used > MAX_UNINDEXED; decoded objects go without up to twice as many


def dict_new(capacity: u32) -> Dict:
    """An empty dict with room for `capacity` entries."""
    if capacity > MIN_CAPACITY:
        return large_dict(capacity)
    # An array of constant length is made in place.
    entries = Array[Value](2 * MIN_CAPACITY)
    return Dict(identity=0, count=0, used=0, locks=0, entries=entries, index=None)


@noinline
def large_dict(capacity: u32) -> Dict:
    """An empty dict with room for more than the least number of entries."""
    charge_items(2 * capacity)
    entries = Array[Value](2 * capacity)
    return Dict(identity=0, count=0, used=0, locks=0, entries=entries, index=None)


# Entries by position.


@inline
def entry_key(d: Dict, position: u32) -> Value:
    """The key of an entry; UNDEFINED if it was deleted."""
    return d.entries[2 * position]


@inline
def entry_value(d: Dict, position: u32) -> Value:
    """The value of an entry."""
    return d.entries[2 * position + 1]


@inline
def set_entry_value(d: Dict, position: u32, value: Value) -> None:
    """Replace the value of an entry; the caller has checked that the dict is mutable."""
    d.entries[2 * position + 1] = value


def next_entry(d: Dict, position: u32) -> u32:
    """The first live position from `position` on; `used` if there is none. Deleted ones are charged."""
    entries = d.entries
    used = d.used
    at = position
    skipped: u32 = 0
    while at < used and entries[2 * at] == UNDEFINED:
        hint = entries[2 * at + 1]
        # Left by `delete_first`: nothing is alive before it.
        at = u32(small(hint)) if is_small(hint) else at + 1
        skipped += 1
    charge_items(skipped)
    return at


# Lookup.


@inline
def dict_find_interned(d: Dict, key: Str) -> i32:
    """The position of an interned key, or -1: a scan for its pointer, or a probe of the index for it."""
    index = d.index
    if index is not None:
        return find_interned_in_index(index, d.entries, key)
    return scan_for_pointer(d.entries, d.used, Value(key))


@inline
def scan_for_pointer(entries: Array[Value], used: u32, key: Value) -> i32:
    """The first position whose key has these bits, or -1."""
    for i in range(used):
        if entries[2 * i] == key:
            return i32(i)
    return -1


@noinline
def dict_find(d: Dict, key: Value) -> i32:
    """The position of a key, or -1; an error if it is unhashable."""
    if isinstance(key, Str):
        return find_text(d, cast(Str, key))
    return find_other(d, key, hash_value(key))


@inline
def find_text(d: Dict, key: Str) -> i32:
    """The position of a text, or -1."""
    if is_interned(key):
        return dict_find_interned(d, key)
    hash = str_hash(key)
    index = d.index
    if index is not None:
        return find_text_in_index(index, d.entries, key, hash)
    entries = d.entries
    for i in range(d.used):
        other = entries[2 * i]
        if isinstance(other, Str):
            # A stored key's hash is always known.
            s = cast(Str, other)
            if s.hash == hash and same_bytes(s, key):
                return i32(i)
    return -1


@noinline
def find_other(d: Dict, key: Value, hash: u32) -> i32:
    """The position of a key that is no text, or -1."""
    index = d.index
    if index is not None:
        return find_in_index(index, d.entries, key, hash)
    entries = d.entries
    for i in range(d.used):
        other = entries[2 * i]
        if other == key or (other != UNDEFINED and not isinstance(other, Str) and same_key(other, key)):
            return i32(i)
    return -1


@inline
def dict_get(d: Dict, key: Value) -> Value:
    """The value of a key; UNDEFINED if it is missing."""
    position = dict_find(d, key)
    return UNDEFINED if position < 0 else d.entries[2 * u32(position) + 1]


# Mutation.


@inline
def check_mutable(d: Dict, verb: Text, method: Text = "") -> None:
    """Refuse to change a dict that is frozen or being iterated over. `verb` as in "insert into", of the method if one does."""
    if not is_mutable(d):
        refuse_change(d, verb, method)


@inline
def is_mutable(d: Dict) -> bool:
    """Whether a dict is neither frozen nor being iterated over."""
    return not is_frozen(d) and d.locks == 0


@noinline
def refuse_change(d: Dict, verb: Text, method: Text) -> None:
    """End with the error of a change to a frozen or locked dict."""
    say_method(method)
    say("cannot ")
    say(verb)
    if is_frozen(d):
        say(" frozen hash table (events, and globals of a loaded file, cannot change: copy it with dict(x))")
    else:
        say(" hash table during iteration (iterate over a copy: list(x))")
    stop()


@noinline
def dict_put(d: Dict, key: Value, value: Value) -> None:
    """`d[key] = value`: an error if the dict is frozen or being iterated over, or the key is unhashable."""
    check_mutable(d, "insert into")
    if not isinstance(key, Str):
        put_other(d, key, value)
        return
    text = cast(Str, key)
    position = find_text(d, text)
    if position >= 0:
        d.entries[2 * u32(position) + 1] = value
        return
    if is_interned(text):
        add_interned(d, key, value)
    else:
        dict_add(d, key, value)


@noinline
def dict_put_constant(d: Dict, key: Value, value: Value) -> None:
    """`dict_put` for a constant key, an interned string mostly: a small dict with room is served here."""
    check_mutable(d, "insert into")
    if d.index is None and isinstance(key, Str):
        used = d.used
        for i in range(used):
            if d.entries[2 * i] == key:
                d.entries[2 * i + 1] = value
                return
        if used < MAX_UNINDEXED and 2 * used < len(d.entries):
            set_new_entry(d, used, key, value)
            return
    dict_put(d, key, value)


def put_other(d: Dict, key: Value, value: Value) -> None:
    """`dict_put` for a key that is no text."""
    hash = hash_value(key)
    position = find_other(d, key, hash)
    if position >= 0:
        d.entries[2 * u32(position) + 1] = value
    else:
        add_hashed(d, key, hash, value)


@inline
def set_new_entry(d: Dict, at: u32, key: Value, value: Value) -> None:
    """Fill the first unused position, for which there is room."""
    entries = d.entries
    entries[2 * at] = key
    entries[2 * at + 1] = value
    d.used = at + 1
    d.count += 1


@noinline
def dict_add(d: Dict, key: Value, value: Value) -> None:
    """Add an entry whose key is known to be hashable and missing; the caller has checked that the dict is mutable."""
    if not isinstance(key, Str):
        add_hashed(d, key, hash_value(key), value)
        return
    s = cast(Str, key)
    if is_interned(s):
        add_interned(d, key, value)
        return
    hash = str_hash(s)
    known = find_interned(span(s.data), len(s.data), hash)
    add_hashed(d, key if known is None else Value(known), hash, value)


@inline
def add_interned(d: Dict, key: Value, value: Value) -> None:
    """`dict_add` for an interned key: in a small dict with room, in place."""
    at = d.used
    if at < MAX_UNINDEXED and 2 * at < len(d.entries):
        set_new_entry(d, at, key, value)
    else:
        add_hashed(d, key, str_hash(cast(Str, key)), value)


def add_hashed(d: Dict, key: Value, hash: u32, value: Value) -> None:
    """Add an entry whose key is known to be missing, with its hash. All that can fail comes before the first change."""
    if 2 * d.used == len(d.entries):
        if d.used >= MAX_UNINDEXED:
            add_growing(d, key, hash, value)
            return
        make_room(d)
    at = d.used
    if at >= MAX_UNINDEXED:
        index = d.index
        if index is None:
            index = build_index(d.entries, at)
        add_to_index(index, d.entries, hash, at)
        d.index = index
    set_new_entry(d, at, key, value)


@noinline
def add_growing(d: Dict, key: Value, hash: u32, value: Value) -> None:
    """`add_hashed` when the entries are full: into larger ones, which become those of the dict when all is paid."""
    larger = dict_new(0)
    take_entries(larger, d, next_capacity(d))
    add_hashed(larger, key, hash, value)
    d.entries = larger.entries
    d.index = larger.index
    d.used = larger.used
    d.count = larger.count


@noinline
def make_room(d: Dict) -> None:
    """Replace full entries by ones with free positions."""
    rebuild(d, next_capacity(d))


def next_capacity(d: Dict) -> u32:
    """The capacity that makes room in full entries: larger, or the same if many were deleted."""
    capacity = len(d.entries) // 2
    return max(capacity if d.count < capacity - capacity // 4 else capacity * 2, MIN_CAPACITY)


def rebuild(d: Dict, capacity: u32) -> None:
    """Move the live entries to an array for `capacity` entries, at least `count`, and index them anew."""
    take_entries(d, d, capacity)


def take_entries(target: Dict, source: Dict, capacity: u32) -> None:
    """Give `target` the live entries of `source`, in an array for `capacity` entries, indexed anew."""
    # Entries, and two to four index slots of half their words for each.
    charge_product(u64(capacity), 4 * VALUE_BYTES)
    charge_items(source.used)
    entries = Array[Value](2 * capacity)
    old = source.entries
    count: u32 = 0
    if source.count == source.used:
        count = source.used
        copy_items(entries, 0, old, 0, 2 * count)
    else:
        for i in range(source.used):
            key = old[2 * i]
            if key != UNDEFINED:
                entries[2 * count] = key
                entries[2 * count + 1] = old[2 * i + 1]
                count += 1
    index = build_index(entries, count) if count > MAX_UNINDEXED else None
    target.entries = entries
    target.used = count
    target.count = count
    target.index = index


def dict_delete(d: Dict, key: Value) -> Value:
    """Remove an entry and return its value; UNDEFINED if there is none."""
    check_mutable(d, "delete from")
    position = dict_find(d, key)
    if position < 0:
        return UNDEFINED
    return delete_at(d, u32(position))


def delete_at(d: Dict, position: u32) -> Value:
    """Remove the live entry at a position."""
    entries = d.entries
    removed = entries[2 * position + 1]
    entries[2 * position] = UNDEFINED
    entries[2 * position + 1] = UNDEFINED
    d.count -= 1
    return removed


def dict_first(d: Dict) -> u32:
    """The position of the first live entry; `used` if the dict is empty."""
    return next_entry(d, 0)


def delete_first(d: Dict, position: u32) -> Value:
    """Remove the first live entry, and leave a hint in the first one that lets the next search skip the deleted."""
    removed = delete_at(d, position)
    d.entries[1] = from_small(i64(position) + 1)
    return removed


def dict_clear(d: Dict) -> None:
    """Remove all entries; the caller has checked that the dict is mutable."""
    d.entries = Array[Value](2 * MIN_CAPACITY)
    d.index = None
    d.count = 0
    d.used = 0


def dict_update(target: Dict, source: Dict) -> None:
    """Put every entry of `source` into `target`; room for all of them is made first."""
    if source.count == 0 or target is source:
        return
    check_mutable(target, "insert into")
    charge_items(2 * source.used)
    if source.count > len(target.entries) // 2 - target.used:
        rebuild(target, target.count + max(target.count, source.count))
    for i in range(source.used):
        key = entry_key(source, i)
        if key != UNDEFINED:
            dict_put(target, key, entry_value(source, i))


def dict_copy(source: Dict) -> Dict:
    """A new ordinary dict with the same entries."""
    result = dict_new(0)
    take_entries(result, source, max(source.count, MIN_CAPACITY))
    return result
