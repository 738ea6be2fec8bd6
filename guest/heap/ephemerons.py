"""Ephemerons in a clearing collection: an entry of a weak-key map waits at its key, and is released when the key is visited.

So each entry is looked at twice at most, whatever chains and cycles entries form, where a search for a fixed point would
take a round for every link of a chain. No memory is needed for it: the identity word of a key for which entries wait
names the first of them, and the upper half of an entry's key word (zero in a pointer) the next one; the last has the
key's own identity word.

    key      identity    entry | WAITED_FOR
    entry    0 key       4 next entry | WAITED_FOR, or the identity of the key      8 value

Released entries form a list of the same kind until the marker has reached their values.
"""

from __future__ import annotations

from guest.compiler.language import inline, u32
from guest.compiler.raw import load_u32, store_u32
from guest.heap.header import MARKED, PERMANENT, state_at
from guest.heap.identity import FLAGS, WAITED_FOR, identity_offset

ENTRY_SIZE = 16
NEXT = 4
VALUE = 8

# The address of the first released entry whose value has not been reached; 0 if there is none.
released: u32 = 0


@inline
def is_dead(at: u32) -> bool:
    """Whether an object has not been reached."""
    return state_at(at) & (MARKED | PERMANENT) == 0


def wait_for(key: u32, entry: u32) -> None:
    """Let an entry wait until its key is visited."""
    word = key + identity_offset(key)
    store_u32(entry, load_u32(word), NEXT)
    store_u32(word, entry | WAITED_FOR)


def release(at: u32) -> None:
    """An object is visited: if entries wait for it, release them and give it back its identity."""
    global released
    offset = identity_offset(at)
    if offset == 0:
        return
    link = load_u32(at + offset)
    while link & WAITED_FOR != 0:
        entry = link & ~u32(FLAGS)
        link = load_u32(entry, NEXT)
        store_u32(entry, released, NEXT)
        released = entry
    store_u32(at + offset, link)


def take_released() -> u32:
    """The address of a released entry; 0 if there is none."""
    global released
    entry = released
    if entry != 0:
        released = load_u32(entry, NEXT)
        store_u32(entry, 0, NEXT)
    return entry


def stop_waiting(key: u32) -> None:
    """A key is dead: give it back its identity; its entries wait no more."""
    word = key + identity_offset(key)
    link = load_u32(word)
    while link & WAITED_FOR != 0:
        entry = link & ~u32(FLAGS)
        link = load_u32(entry, NEXT)
        store_u32(entry, 0, NEXT)
    store_u32(word, link)
