"""`Cidr`: a set of IP addresses, given as networks such as 10.0.0.0/8, in its one minimal form.

Networks are nested or disjoint, so after sorting, dropping nested ones and joining halves, a set has exactly one list of
them: equal sets have equal lists, and membership is a binary search. Version 4 lies in the last 32 of 128 bits, so its
prefixes count from 96. `net.py` has the built-ins.
"""

from guest.compiler.language import Array, Inline, Object, inline, u32, u64
from guest.library.address import VERSION_4, add_address, last_bits
from guest.meter.costs import ITEMS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_text, add_unsigned

ADDRESS_BITS = 128
BITS_BEFORE_4 = 96  # of a version 4 address
WORDS = 3  # of a network: kind, high, low
VERSION_SHIFT = 8  # in the kind: version, then the number of bits that all addresses of the network share
PREFIX_MASK = 0xFF
SLASH = 0x2F
QUOTE = 0x22


class Cidr(Object):
    """Networks in ascending order, none inside another, no two that make up a larger one: three words each."""

    count: u32
    words: Inline[u64]


# Networks in the making: `count` of them in an array that the caller owns, as in a `Cidr` but in any order.


@inline
def kind_of(version: u32, prefix: u32) -> u64:
    """Version and prefix as one word that sorts by version, then larger networks first."""
    return u64(version << VERSION_SHIFT | prefix)


def put_network(words: Array[u64], index: u32, version: u32, high: u64, low: u64, prefix: u32) -> None:
    """Write network number `index`: the addresses that share their first `prefix` bits with the given one."""
    rest_high, rest_low = last_bits(ADDRESS_BITS - prefix)
    words[WORDS * index] = kind_of(version, prefix)
    words[WORDS * index + 1] = high & ~rest_high
    words[WORDS * index + 2] = low & ~rest_low


def comes_after(words: Array[u64], index: u32, kind: u64, high: u64, low: u64) -> bool:
    """Whether network number `index` sorts after the given one: by version, address, size."""
    other = words[WORDS * index]
    if other >> VERSION_SHIFT != kind >> VERSION_SHIFT:
        return other >> VERSION_SHIFT > kind >> VERSION_SHIFT
    if words[WORDS * index + 1] != high:
        return words[WORDS * index + 1] > high
    if words[WORDS * index + 2] != low:
        return words[WORDS * index + 2] > low
    return other > kind


def sort_networks(words: Array[u64], count: u32) -> None:
    """Sort by insertion: lists of networks are short or sorted already, and what they are not is charged."""
    for i in range(1, count):
        kind = words[WORDS * i]
        high = words[WORDS * i + 1]
        low = words[WORDS * i + 2]
        at = i
        while at != 0 and comes_after(words, at - 1, kind, high, low):
            for j in range(WORDS):
                words[WORDS * at + j] = words[WORDS * (at - 1) + j]
            at -= 1
        charge((i - at) // ITEMS_PER_UNIT + 1)
        words[WORDS * at] = kind
        words[WORDS * at + 1] = high
        words[WORDS * at + 2] = low


def minimize(words: Array[u64], count: u32) -> u32:
    """Drop nested networks and join halves, in a sorted list; how many are left."""
    kept: u32 = 0
    for i in range(count):
        kind = words[WORDS * i]
        high = words[WORDS * i + 1]
        low = words[WORDS * i + 2]
        if kept != 0 and covers(words, kept - 1, u32(kind >> VERSION_SHIFT), high, low):
            continue
        words[WORDS * kept] = kind
        words[WORDS * kept + 1] = high
        words[WORDS * kept + 2] = low
        kept += 1
        while kept > 1 and are_halves(words, kept - 2):
            kept -= 1
            words[WORDS * (kept - 1)] -= 1  # one bit less is shared
    return kept


def covers(words: Array[u64], index: u32, version: u32, high: u64, low: u64) -> bool:
    """Whether an address lies in network number `index`."""
    kind = words[WORDS * index]
    if kind >> VERSION_SHIFT != u64(version):
        return False
    rest_high, rest_low = last_bits(ADDRESS_BITS - u32(kind & PREFIX_MASK))
    return high & ~rest_high == words[WORDS * index + 1] and low & ~rest_low == words[WORDS * index + 2]


def are_halves(words: Array[u64], index: u32) -> bool:
    """Whether network number `index` and the next one are the halves of a larger one."""
    first = WORDS * index
    second = first + WORDS
    kind = words[first]
    prefix = u32(kind & PREFIX_MASK)
    version = u32(kind >> VERSION_SHIFT)
    smallest: u32 = BITS_BEFORE_4 if version == VERSION_4 else 0
    if words[second] != kind or prefix == smallest:
        return False
    # They differ in the last shared bit alone, and the first one has it clear.
    with_high, with_low = last_bits(ADDRESS_BITS - prefix + 1)
    without_high, without_low = last_bits(ADDRESS_BITS - prefix)
    bit_high = with_high ^ without_high
    bit_low = with_low ^ without_low
    if words[first + 1] & bit_high != 0 or words[first + 2] & bit_low != 0:
        return False
    return (
        words[first + 1] | bit_high == words[second + 1] and words[first + 2] | bit_low == words[second + 2]
    )


def make_cidr(words: Array[u64], given: u32) -> Cidr:
    """The set of the addresses in `given` networks, which it puts in order."""
    sort_networks(words, given)
    count = minimize(words, given)
    result = Cidr.allocate(WORDS * count, count=count)
    for i in range(WORDS * count):
        result.words[i] = words[i]
    return result


# Sets.


def cidr_contains(set: Cidr, version: u32, high: u64, low: u64) -> bool:
    """Whether an address is in a set: it can only be in the last network that does not begin after it."""
    first: u32 = 0
    end = set.count
    while first < end:
        middle = (first + end) // 2
        if begins_after(set, middle, version, high, low):
            end = middle
        else:
            first = middle + 1
    if first == 0:
        return False
    at = WORDS * (first - 1)
    kind = set.words[at]
    if kind >> VERSION_SHIFT != u64(version):
        return False
    rest_high, rest_low = last_bits(ADDRESS_BITS - u32(kind & PREFIX_MASK))
    return high & ~rest_high == set.words[at + 1] and low & ~rest_low == set.words[at + 2]


@inline
def begins_after(set: Cidr, index: u32, version: u32, high: u64, low: u64) -> bool:
    """Whether the first address of a network comes after the given one."""
    at = WORDS * index
    other = u32(set.words[at] >> VERSION_SHIFT)
    if other != version:
        return other > version
    if set.words[at + 1] != high:
        return set.words[at + 1] > high
    return set.words[at + 2] > low


def cidr_equal(a: Cidr, b: Cidr) -> bool:
    """Whether two sets have the same addresses."""
    if a.count != b.count:
        return False
    charge(WORDS * a.count // ITEMS_PER_UNIT)
    for i in range(WORDS * a.count):
        if a.words[i] != b.words[i]:
            return False
    return True


def add_networks(b: Builder, set: Cidr, quoted: bool) -> None:
    """Append the networks with commas between them."""
    for i in range(set.count):
        if i != 0:
            add_text(b, ", ")
        if quoted:
            add_byte(b, QUOTE)
        kind = set.words[WORDS * i]
        version = u32(kind >> VERSION_SHIFT)
        add_address(b, version, set.words[WORDS * i + 1], set.words[WORDS * i + 2])
        add_byte(b, SLASH)
        prefix = u32(kind & PREFIX_MASK)
        add_unsigned(b, u64(prefix - BITS_BEFORE_4 if version == VERSION_4 else prefix))
        if quoted:
            add_byte(b, QUOTE)
