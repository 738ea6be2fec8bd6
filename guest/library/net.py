"""The built-ins `ip` and `cidr`, and what the operators do with their values.

`ip("10.0.0.1")` is an address, `cidr("10.0.0.0/8", "fd00::/8")` a set of addresses; `x in cidr` takes an address or its text,
or another set. What the operators do with them is reached through `foreign.py`, which relies on this file; so does
`network_tables.py`.
"""

from typing import NoReturn

from guest.compiler.language import Array, Text, Value, cast, copy_items, i32, inline, registered, u32, u64
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library import address
from guest.library.address import (
    LONGEST_TEXT,
    NOT_AN_ADDRESS,
    VERSION_4,
    VERSION_6,
    Ip,
    add_address,
    parse_address,
    record_fault,
)
from guest.library.arguments import refuse_text, tuple_argument, wrong_operand, wrong_type
from guest.library.network_list import (
    ADDRESS_BITS,
    BITS_BEFORE_4,
    NOWHERE,
    WORDS,
    new_list,
    put_network,
)
from guest.library.networks import (
    Cidr,
    add_networks,
    cidr_contains_all,
    cidr_find,
    make_cidr,
    single_cidr,
)
from guest.meter.costs import NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_text
from guest.values.charges import charge_product
from guest.values.text import Str
from guest.values.tuple import tuple_new

SLASH = 0x2F
ZERO = 0x30
MOST_PREFIX_DIGITS = 3
HASH_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio
FAULTY = 0xFFFFFFFF
NETWORK_BYTES = 64  # of a set of one network


@inline
def read_address(s: Str) -> tuple[u32, u64, u64]:
    """The address that a string is, or a rule error."""
    version, high, low = parse_address(s, len(s.data))
    if version == NOT_AN_ADDRESS:
        refuse_text("ip", s, "an IP address", address.address_fault, address.address_fault_at)
    return version, high, low


@registered("builtin", "ip(address, /)")
def builtin_ip(arguments: Registers) -> Value:
    """The address of a text; an address is itself."""
    given = register(arguments, 0)
    if isinstance(given, Ip):
        return given
    if not isinstance(given, Str):
        wrong_type("ip", "address", given, "string")
    charge(NUMBER_FORMAT)
    version, high, low = read_address(cast(Str, given))
    return Value(Ip(high=high, low=low, version=version))


@registered("builtin", "cidr(*networks)")
def builtin_cidr(arguments: Registers) -> Value:
    """The set of the addresses in all networks: texts such as `10.0.0.0/8`, addresses, other sets."""
    given = len(tuple_argument(arguments, 0).items)
    count: u32 = 0
    for i in range(given):
        item = tuple_argument(arguments, 0).items[i]
        count += cast(Cidr, item).count if isinstance(item, Cidr) else 1
    charge(NUMBER_FORMAT * count + 1)
    words = new_list(count)
    at: u32 = 0
    for i in range(given):
        at = put_item(words, at, tuple_argument(arguments, 0).items[i])
    return Value(make_cidr(words, count))


def put_item(words: Array[u64], at: u32, item: Value) -> u32:
    """Write the networks of one argument of `cidr` from number `at` on; the number after them."""
    if isinstance(item, Str):
        put_text(words, at, cast(Str, item))
        return at + 1
    if isinstance(item, Ip):
        host = cast(Ip, item)
        put_network(words, at, host.version, host.high, host.low, ADDRESS_BITS)
        return at + 1
    if isinstance(item, Cidr):
        set = cast(Cidr, item)
        copy_items(words, WORDS * at, set.words, 0, WORDS * set.count)
        return at + set.count
    wrong_operand("cidr", item, "string, ip or cidr")


def put_text(words: Array[u64], index: u32, s: Str) -> None:
    """Write the network of a text; an address alone is a network of one. Bits past the prefix are ignored."""
    n = len(s.data)
    slash: u32 = 0
    longest = min(n, LONGEST_TEXT + 1)
    while slash < longest and s.data[slash] != SLASH:
        slash += 1
    version, high, low = parse_address(s, slash)
    if version == NOT_AN_ADDRESS:
        refuse_network(s)
    prefix: u32 = ADDRESS_BITS
    if slash != n:
        prefix = read_prefix(s, slash + 1, version)
        if prefix == FAULTY:
            refuse_network(s)
        if version == VERSION_4 and is_mapped(s, slash):
            if prefix < BITS_BEFORE_4:
                # Larger than all of mapped IPv4: a network of version 6 that no address of version 4 is in.
                put_network(words, index, VERSION_6, 0, u64(0xFFFF) << 32 | low, prefix)
                return
        elif version == VERSION_4:
            prefix += BITS_BEFORE_4
    put_network(words, index, version, high, low, prefix)


def refuse_network(s: Str) -> NoReturn:
    """End with the error of a text that is no network."""
    refuse_text("cidr", s, "a network", address.address_fault, address.address_fault_at)


def is_mapped(s: Str, end: u32) -> bool:
    """Whether an address of version 4 was written as one of version 6."""
    for i in range(end):
        if s.data[i] == address.COLON:
            return True
    return False


def read_prefix(s: Str, start: u32, version: u32) -> u32:
    """The number of shared bits after the slash, as it is written; FAULTY if it is refused."""
    n = len(s.data)
    if n == start or n - start > MOST_PREFIX_DIGITS:
        record_fault("a number of bits was expected after the slash", start)
        return FAULTY
    number: u32 = 0
    for i in range(start, n):
        digit = s.data[i] - ZERO
        if digit > 9:
            record_fault("a number of bits was expected after the slash", i)
            return FAULTY
        number = number * 10 + digit
    if s.data[start] == ZERO and n - start > 1:
        record_fault("the number of bits has a leading zero", start)
        return FAULTY
    if version == VERSION_4 and number > ADDRESS_BITS - BITS_BEFORE_4 and not is_mapped(s, start):
        record_fault("an IPv4 address has 32 bits", start)
        return FAULTY
    if number > ADDRESS_BITS:
        record_fault("an IPv6 address has 128 bits", start)
        return FAULTY
    return number


@registered("method", "cidr.find(address, /)")
def cidr_find_network(arguments: Registers) -> Value:
    """The network of the set that has an address, as a set of its own; None if none has."""
    version, high, low = address_argument(register(arguments, 1), "find")
    set = cast(Cidr, register(arguments, 0))
    index = cidr_find(set, version, high, low)
    return NONE if index == NOWHERE else Value(single_cidr(set.words, index))


@registered("attribute", "cidr.networks")
def cidr_networks(arguments: Registers) -> Value:
    """The networks of the set in ascending order, each as a set of its own."""
    count = cast(Cidr, register(arguments, 0)).count
    charge_product(u64(count), NETWORK_BYTES)
    networks = tuple_new(count)
    for i in range(count):
        network = single_cidr(cast(Cidr, register(arguments, 0)).words, i)
        networks.items[i] = Value(network)
    return Value(networks)


@inline
def address_argument(item: Value, function: Text) -> tuple[u32, u64, u64]:
    """The address that a value is or is the text of, or a rule error."""
    if isinstance(item, Ip):
        host = cast(Ip, item)
        return host.version, host.high, host.low
    if not isinstance(item, Str):
        wrong_operand(function, item, "ip or string")
    charge(NUMBER_FORMAT)
    return read_address(cast(Str, item))


# What operators and other built-ins do with addresses and sets.


def compare_addresses(a: Ip, b: Ip) -> i32:
    """Negative, zero or positive: version 4 before version 6, then by number."""
    if a.version != b.version:
        return -1 if a.version < b.version else 1
    if a.high != b.high:
        return -1 if a.high < b.high else 1
    if a.low != b.low:
        return -1 if a.low < b.low else 1
    return 0


def hash_address(host: Ip) -> u32:
    """The hash of an address; never 0."""
    hash = (host.high * HASH_MULTIPLIER ^ host.low ^ u64(host.version)) * HASH_MULTIPLIER
    return u32(hash >> 32) | 1


def hash_networks(set: Cidr) -> u32:
    """The hash of a set; never 0."""
    charge(set.count)
    hash: u64 = 0
    for i in range(WORDS * set.count):
        hash = (hash ^ set.words[i]) * HASH_MULTIPLIER
    return u32(hash >> 32) | 1


def same_address(a: Ip, b: Ip) -> bool:
    """Whether two addresses are equal."""
    return a.low == b.low and a.high == b.high and a.version == b.version


def repr_address(b: Builder, host: Ip) -> None:
    """Append the call that makes an address."""
    add_text(b, 'ip("')
    str_address(b, host)
    add_text(b, '")')


def str_address(b: Builder, host: Ip) -> None:
    """Append an address."""
    add_address(b, host.version, host.high, host.low)


def repr_networks(b: Builder, set: Cidr) -> None:
    """Append the call that makes a set."""
    add_text(b, "cidr(")
    add_networks(b, set, True)
    add_text(b, ")")


def str_networks(b: Builder, set: Cidr) -> None:
    """Append the networks of a set."""
    add_networks(b, set, False)


def contains_address(set: Cidr, item: Value) -> bool:
    """`item in set`: an address or the text of one, or a set all of whose addresses are to be in this one."""
    if isinstance(item, Cidr):
        return cidr_contains_all(set, cast(Cidr, item))
    version, high, low = address_argument(item, "in cidr")
    return cidr_find(set, version, high, low) != NOWHERE
