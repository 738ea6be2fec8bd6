"""Late names: strings that become interned when there are dicts with computed keys already.

A program's names are interned before it runs, so that a dict can promise to hold an interned key as the interned pointer
(`guest/values/interning.py`). A chunk of a conversation is compiled later: its new names may be keys of dicts that exist. Before
anything runs that knows them, each such key is replaced by the interned string of the same content and hash.
"""

from guest.compiler.language import UNDEFINED, Value, cast, class_id, i64, span, u32
from guest.heap.census import objects_of
from guest.heap.state import is_interned
from guest.meter import fuel
from guest.meter.fuel import begin_budget
from guest.values import interning
from guest.values.dict import Dict
from guest.values.interning import find_interned
from guest.values.text import Str, str_hash

LOOKING_FUEL = i64(1) << 50
"""More than looking up all keys of a memory costs. The chunk does not pay for it: it would pay for what others have made."""

# How many strings were interned when every dict was last known to keep its promise.
known_names: u32 = 0


def begin_late_names() -> None:
    """A scope begins: everything has been compiled before it ran."""
    global known_names
    known_names = interning.interned_count


def settle_late_names() -> None:
    """Make all dicts keep their promise about the names that have come since. If memory ends before, it is still due."""
    global known_names
    if known_names == interning.interned_count:
        return
    dicts = objects_of(class_id(Dict))
    left = fuel.left()
    begin_budget(LOOKING_FUEL)
    for i in range(len(dicts)):
        if dicts[i] != UNDEFINED:
            settle_keys(cast(Dict, dicts[i]))
    begin_budget(left)
    known_names = interning.interned_count


def settle_keys(d: Dict) -> None:
    """Replace the keys of a dict that are interned by now. Equal bytes have equal hashes: its index stays right."""
    for i in range(d.used):
        key = d.entries[2 * i]
        if isinstance(key, Str) and not is_interned(cast(Str, key)):
            text = cast(Str, key)
            known = find_interned(span(text.data), len(text.data), str_hash(text))
            if known is not None:
                d.entries[2 * i] = Value(known)
