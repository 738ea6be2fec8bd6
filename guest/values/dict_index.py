"""The index of a dict with more than eight entries: open addressing from hashes to positions.

Relies on the hashes of keys. A slot is one word: its low bits, as many as number the slots, hold a position + 1, the others
the high bits of the hash; a free one is 0. Deleted entries keep their slot until another entry takes it, so a probe never
ends early, and adding and deleting one key again and again does not fill the index. The place where probing begins is
seeded from the bundle's digest, and probes beyond the free ones are charged: an attacker who finds collisions pays for
them. Each index keeps, behind its slots, the seed that it was built with: those of the base image are older than any
bundle.

One thing is not charged: finding a constant key that is there, because the inline caches skip it and must not show in
the fuel. What bounds it is the way of that key from where its probing begins, which is paid when the key is added:
beyond LONG_WAY the price doubles every few probes, so no budget buys a way of more than about a thousand.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Value,
    cast,
    clz,
    i32,
    inline,
    u32,
)
from guest.meter.costs import DOUBLING_PROBES, FREE_PROBES, LONG_WAY, PROBE
from guest.meter.fuel import charge
from guest.values.hash import hash_value, same_key
from guest.values.text import Str, same_bytes, str_hash

SLOTS_PER_ENTRY = 2
MOST_DOUBLINGS = 30  # of a price of 32 bits
SCRAMBLE: u32 = 0x9E3779B1  # 2**32 divided by the golden ratio, a prime near it

# From the bundle's digest; the same for all isolates of a bundle. New indexes take it.
seed: u32 = 0


@inline
def last_slot(index: Array[u32]) -> u32:
    """The number of slots, a power of two, less one: the mask of slot numbers."""
    return len(index) - 2


@inline
def first_slot(index: Array[u32], hash: u32, mask: u32) -> u32:
    """Where probing for a hash begins."""
    scrambled = (hash ^ index[mask + 1]) * SCRAMBLE
    return (scrambled ^ scrambled >> 15) & mask


def new_index(capacity: u32) -> Array[u32]:
    """An empty index with room for so many entries, at least two. The caller has charged for its size."""
    size = 1 << (32 - clz(SLOTS_PER_ENTRY * capacity - 1))
    index = Array[u32](size + 1)
    index[size] = seed
    return index


def build_index(entries: Array[Value], used: u32) -> Array[u32]:
    """The index of the first `used` entries, with room for as many as the array can hold. The caller has charged
    for its size."""
    index = new_index(len(entries) // 2)
    for i in range(used):
        key = entries[2 * i]
        if key != UNDEFINED:
            add_to_index(index, entries, hash_value(key), i)
    return index


def add_to_index(index: Array[u32], entries: Array[Value], hash: u32, position: u32) -> None:
    """Enter a position whose key the index does not hold, in a free slot or in that of a deleted entry.

    It charges for the way there before it changes the index.
    """
    mask = last_slot(index)
    first = first_slot(index, hash, mask)
    at = first
    while index[at] != 0 and entries[2 * ((index[at] & mask) - 1)] != UNDEFINED:
        at = (at + 1) & mask
    charge_way((at - first) & mask)
    # There are more slots than positions, so position + 1 fits the mask.
    index[at] = (hash & ~mask) | (position + 1)


def remove_after(index: Array[u32], used: u32) -> None:
    """Remove the positions from `used` on, which were the last ones to be entered: no other's way leads over them."""
    mask = last_slot(index)
    for at in range(mask + 1):
        if index[at] & mask > used:
            index[at] = 0


@inline
def charge_way(probes: u32) -> None:
    """Pay for the way of a key that is added."""
    if probes > FREE_PROBES:
        charge(way_price(probes))


def way_price(probes: u32) -> u32:
    """The price of a way of more than the free probes: above LONG_WAY it doubles every DOUBLING_PROBES."""
    price = (probes - FREE_PROBES) * PROBE
    if probes <= LONG_WAY:
        return price
    return price + (PROBE << min((probes - LONG_WAY) // DOUBLING_PROBES, MOST_DOUBLINGS))


@inline
def may_match(slot: u32, hash: u32, mask: u32) -> bool:
    """Whether a slot in use may be that of a key with this hash: its high bits agree."""
    return (slot ^ hash) & ~mask == 0


def find_interned_in_index(index: Array[u32], entries: Array[Value], key: Str) -> i32:
    """The position of an interned key, or -1: a slot that may match is settled by the pointer.

    A key that is found costs nothing (the file's docstring says why), one that is missing costs what any key does.
    """
    hash = str_hash(key)
    mask = last_slot(index)
    first = first_slot(index, hash, mask)
    at = first
    while True:
        slot = index[at]
        if slot == 0:
            probes = (at - first) & mask
            if probes > FREE_PROBES:
                charge((probes - FREE_PROBES) * PROBE)
            return -1
        if may_match(slot, hash, mask):
            position = (slot & mask) - 1
            if entries[2 * position] == Value(key):
                return i32(position)
        at = (at + 1) & mask


@inline
def find_text_in_index(index: Array[u32], entries: Array[Value], key: Str, hash: u32) -> i32:
    """The position of a text, or -1."""
    mask = last_slot(index)
    at = first_slot(index, hash, mask)
    probes: u32 = 0
    while True:
        slot = index[at]
        if slot == 0:
            return -1
        if may_match(slot, hash, mask):
            position = (slot & mask) - 1
            other = entries[2 * position]
            if isinstance(other, Str) and same_bytes(cast(Str, other), key):
                return i32(position)
        at = (at + 1) & mask
        probes += 1
        if probes > FREE_PROBES:
            charge(PROBE)


def find_in_index(index: Array[u32], entries: Array[Value], key: Value, hash: u32) -> i32:
    """The position of any key, or -1."""
    mask = last_slot(index)
    at = first_slot(index, hash, mask)
    probes: u32 = 0
    while True:
        slot = index[at]
        if slot == 0:
            return -1
        if may_match(slot, hash, mask):
            position = (slot & mask) - 1
            other = entries[2 * position]
            if other != UNDEFINED and same_key(other, key):
                return i32(position)
        at = (at + 1) & mask
        probes += 1
        if probes > FREE_PROBES:
            charge(PROBE)
