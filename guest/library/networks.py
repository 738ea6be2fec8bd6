"""`Cidr`: a set of IP addresses, given as networks such as 10.0.0.0/8, in its one minimal form.

After sorting, dropping nested networks and joining halves, a set has exactly one list of them: equal sets have equal
lists, and membership is one binary search. `network_list.py` has what lists of networks have in common, `net.py` the
built-ins.
"""

from guest.compiler.language import Array, Object, u32, u64
from guest.library.address import VERSION_4, last_bits
from guest.library.network_list import (
    ADDRESS_BITS,
    BITS_BEFORE_4,
    NOWHERE,
    WORDS,
    add_network,
    copy_network,
    covers,
    last_before,
    new_list,
    prefix_at,
    sort_networks,
    version_at,
)
from guest.meter.costs import ELEMENT, ITEMS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_text

QUOTE = 0x22


class Cidr(Object):
    """`count` networks in ascending order, none inside another, no two that make up a larger one: WORDS words each."""

    count: u32
    words: Array[u64]


def make_cidr(given: Array[u64], count: u32) -> Cidr:
    """The set of the addresses in `count` networks, whose list it takes over."""
    words = sort_networks(given, count)
    charge(count * ELEMENT)
    kept = minimize(words, count)
    if kept == count and len(words) == WORDS * count:
        return Cidr(count=count, words=words)
    exact = new_list(kept)
    for i in range(kept):
        copy_network(exact, i, words, i)
    return Cidr(count=kept, words=exact)


def single_cidr(words: Array[u64], index: u32) -> Cidr:
    """The set of the addresses of one network of a list."""
    own = Array[u64](WORDS)
    own[0] = u64(u32(words[WORDS * index]))  # without the owner's number
    own[1] = words[WORDS * index + 1]
    own[2] = words[WORDS * index + 2]
    return Cidr(count=1, words=own)


def minimize(words: Array[u64], count: u32) -> u32:
    """Drop nested networks and join halves, in a sorted list; how many are left."""
    kept: u32 = 0
    for i in range(count):
        if kept != 0 and covers(
            words, kept - 1, version_at(words, i), words[WORDS * i + 1], words[WORDS * i + 2]
        ):
            continue
        copy_network(words, kept, words, i)
        kept += 1
        while kept > 1 and are_halves(words, kept - 2):
            kept -= 1
            words[WORDS * (kept - 1)] -= 1  # one bit less is shared
    return kept


def are_halves(words: Array[u64], index: u32) -> bool:
    """Whether network number `index` and the next one are the halves of a larger one."""
    first = WORDS * index
    second = first + WORDS
    prefix = prefix_at(words, index)
    smallest: u32 = BITS_BEFORE_4 if version_at(words, index) == VERSION_4 else 0
    if words[second] != words[first] or prefix == smallest:
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


def cidr_find(set: Cidr, version: u32, high: u64, low: u64) -> u32:
    """The number of the network of a set that has an address; NOWHERE if none has."""
    index = last_before(set.words, set.count, version, high, low)
    if index == NOWHERE or not covers(set.words, index, version, high, low):
        return NOWHERE
    return index


def cidr_contains_all(set: Cidr, part: Cidr) -> bool:
    """Whether every address of another set is in this one: each of its networks is inside one of these."""
    charge(part.count * ELEMENT)
    for i in range(part.count):
        words = part.words
        index = cidr_find(set, version_at(words, i), words[WORDS * i + 1], words[WORDS * i + 2])
        if index == NOWHERE or prefix_at(set.words, index) > prefix_at(words, i):
            return False
    return True


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
        add_network(b, set.words, i)
        if quoted:
            add_byte(b, QUOTE)
