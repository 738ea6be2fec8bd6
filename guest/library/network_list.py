"""Lists of networks such as 10.0.0.0/8, the common ground of sets (`networks.py`) and tables (`network_tables.py`) of them.

Networks are nested or disjoint. Sorted by version, address and size, a list is a binary trie laid out in preorder: each
network stands before those inside it, and the last one that does not begin after an address is the deepest one that can
have it. Version 4 lies in the last 32 of 128 bits, so its prefixes count from 96.
"""

from guest.compiler.language import Array, inline, u32, u64
from guest.library.address import VERSION_4, add_address, last_bits
from guest.library.pricing import STEP
from guest.meter.costs import COMPARISON
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_unsigned
from guest.values.charges import VALUE_BYTES, charge_product

ADDRESS_BITS = 128
BITS_BEFORE_4 = 96  # of a version 4 address
WORDS = 3  # of a network: kind, high, low
VERSION_SHIFT = 8  # in the kind: version, then the number of bits that all addresses of the network share
KIND_MASK = 0xFFFF
PREFIX_MASK = 0xFF
NUMBER_SHIFT = 32  # above the kind there may be a number: which of the owner's values is the network's
SLASH = 0x2F
NOWHERE: u32 = 0xFFFFFFFF


@inline
def kind_of(version: u32, prefix: u32) -> u64:
    """Version and prefix as one word that sorts by version, then larger networks first."""
    return u64(version << VERSION_SHIFT | prefix)


@inline
def version_at(words: Array[u64], index: u32) -> u32:
    """The version of network number `index`."""
    return u32(words[WORDS * index] & KIND_MASK) >> VERSION_SHIFT


@inline
def prefix_at(words: Array[u64], index: u32) -> u32:
    """How many of 128 bits the addresses of network number `index` share."""
    return u32(words[WORDS * index] & PREFIX_MASK)


@inline
def number_at(words: Array[u64], index: u32) -> u32:
    """The number that the owner of the list gave network number `index`."""
    return u32(words[WORDS * index] >> NUMBER_SHIFT)


def new_list(count: u32) -> Array[u64]:
    """Room for so many networks."""
    charge_product(u64(count), WORDS * VALUE_BYTES)
    return Array[u64](WORDS * count)


def put_network(words: Array[u64], index: u32, version: u32, high: u64, low: u64, prefix: u32) -> None:
    """Write network number `index`: the addresses that share their first `prefix` bits with the given one."""
    rest_high, rest_low = last_bits(ADDRESS_BITS - prefix)
    words[WORDS * index] = kind_of(version, prefix)
    words[WORDS * index + 1] = high & ~rest_high
    words[WORDS * index + 2] = low & ~rest_low


@inline
def copy_network(target: Array[u64], to: u32, source: Array[u64], index: u32) -> None:
    """Write network number `to` as number `index` of another list."""
    for j in range(WORDS):
        target[WORDS * to + j] = source[WORDS * index + j]


# Order.


def sort_networks(words: Array[u64], count: u32) -> Array[u64]:
    """The first `count` networks in order, in this list or a new one: a merge sort that runs of sorted networks shorten."""
    source = words
    target = new_list(count)
    width: u32 = 1
    while width < count:
        start: u32 = 0
        while start < count:
            # Counted from what is left, so that no sum exceeds 32 bits.
            middle = start + min(width, count - start)
            end = middle + min(width, count - middle)
            merge(source, target, start, middle, end)
            start = end
        merged = target
        target = source
        source = merged
        width *= 2
    return source


def merge(source: Array[u64], target: Array[u64], start: u32, middle: u32, end: u32) -> None:
    """Merge the sorted networks `start..middle` and `middle..end`; of equal ones the left one comes first."""
    left = start
    right = middle
    for at in range(start, end):
        if (at - start) % STEP == 0:
            charge(min(end - at, STEP) * COMPARISON)
        if right == end or (left < middle and not comes_before(source, right, source, left)):
            copy_network(target, at, source, left)
            left += 1
        else:
            copy_network(target, at, source, right)
            right += 1


def comes_before(words: Array[u64], index: u32, others: Array[u64], other: u32) -> bool:
    """Whether network number `index` sorts before one of another list: by version, address, size."""
    kind = words[WORDS * index] & KIND_MASK
    kind_of_other = others[WORDS * other] & KIND_MASK
    if kind >> VERSION_SHIFT != kind_of_other >> VERSION_SHIFT:
        return kind < kind_of_other
    for j in range(1, WORDS):
        if words[WORDS * index + j] != others[WORDS * other + j]:
            return words[WORDS * index + j] < others[WORDS * other + j]
    return kind < kind_of_other


def are_same(words: Array[u64], index: u32, other: u32) -> bool:
    """Whether two networks of a list are one."""
    return (
        (words[WORDS * index] ^ words[WORDS * other]) & KIND_MASK == 0
        and words[WORDS * index + 1] == words[WORDS * other + 1]
        and words[WORDS * index + 2] == words[WORDS * other + 2]
    )


# Addresses.


def covers(words: Array[u64], index: u32, version: u32, high: u64, low: u64) -> bool:
    """Whether an address lies in network number `index`."""
    if version_at(words, index) != version:
        return False
    rest_high, rest_low = last_bits(ADDRESS_BITS - prefix_at(words, index))
    return high & ~rest_high == words[WORDS * index + 1] and low & ~rest_low == words[WORDS * index + 2]


def last_before(words: Array[u64], count: u32, version: u32, high: u64, low: u64) -> u32:
    """The number of the last network of a sorted list that does not begin after an address; NOWHERE if all do."""
    first: u32 = 0
    end = count
    while first < end:
        middle = (first + end) // 2
        if begins_after(words, middle, version, high, low):
            end = middle
        else:
            first = middle + 1
    return first - 1  # NOWHERE is 0 - 1


@inline
def begins_after(words: Array[u64], index: u32, version: u32, high: u64, low: u64) -> bool:
    """Whether network number `index` begins after an address."""
    other = version_at(words, index)
    if other != version:
        return other > version
    if words[WORDS * index + 1] != high:
        return words[WORDS * index + 1] > high
    return words[WORDS * index + 2] > low


# Text.


def add_network(b: Builder, words: Array[u64], index: u32) -> None:
    """Append network number `index`."""
    version = version_at(words, index)
    add_address(b, version, words[WORDS * index + 1], words[WORDS * index + 2])
    add_byte(b, SLASH)
    prefix = prefix_at(words, index)
    add_unsigned(b, u64(prefix - BITS_BEFORE_4 if version == VERSION_4 else prefix))
