"""The built-ins `ip` and `cidr`, and what the operators do with their values.

`ip("10.0.0.1")` is an address, `cidr("10.0.0.0/8", "fd00::/8")` a set of addresses; `x in cidr` takes an address or its text.
What the operators do with them is reached through `foreign.py`.
"""

from guest.compiler.language import (
    Array,
    Value,
    cast,
    i64,
    inline,
    registered,
    u32,
    u64,
)
from guest.heap.value import from_bool, from_small
from guest.heap.views import Registers, register
from guest.library import address
from guest.library.address import (
    NOT_AN_ADDRESS,
    VERSION_4,
    VERSION_6,
    Ip,
    add_address,
    parse_address,
    record_fault,
)
from guest.library.arguments import refuse_text, tuple_argument
from guest.library.networks import (
    ADDRESS_BITS,
    BITS_BEFORE_4,
    WORDS,
    Cidr,
    add_networks,
    cidr_contains,
    make_cidr,
    put_network,
)
from guest.meter.costs import NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_text
from guest.values.failure import say, stop
from guest.values.text import Str
from guest.values.types import say_type

SLASH = 0x2F
ZERO = 0x30
MOST_PREFIX_DIGITS = 3
HASH_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio
FAULTY = 0xFFFFFFFF


@inline
def read_address(s: Str) -> tuple[u32, u64, u64]:
    """The address that a string is, or a rule error."""
    version, high, low = parse_address(s, len(s.data))
    if version == NOT_AN_ADDRESS:
        refuse_text("ip", s, "an IP address", address.address_fault)
    return version, high, low


@registered("builtin", "ip(address, /)")
def builtin_ip(arguments: Registers) -> Value:
    """The address of a text; an address is itself."""
    given = register(arguments, 0)
    if isinstance(given, Ip):
        return given
    if not isinstance(given, Str):
        say("ip: for parameter address: got ")
        say_type(given)
        say(", want string")
        stop()
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
    words = Array[u64](WORDS * count)
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
        for i in range(WORDS * set.count):
            words[WORDS * at + i] = set.words[i]
        return at + set.count
    say("cidr: got ")
    say_type(item)
    say(", want string, ip or cidr")
    stop()


def put_text(words: Array[u64], index: u32, s: Str) -> None:
    """Write the network of a text; an address alone is a network of one. Bits past the prefix are ignored."""
    n = len(s.data)
    slash: u32 = 0
    while slash < n and s.data[slash] != SLASH:
        slash += 1
    version, high, low = parse_address(s, slash)
    if version == NOT_AN_ADDRESS:
        refuse_text("cidr", s, "a network", address.address_fault)
    prefix: u32 = ADDRESS_BITS
    if slash != n:
        prefix = read_prefix(s, slash + 1, version)
        if prefix == FAULTY:
            refuse_text("cidr", s, "a network", address.address_fault)
        if version == VERSION_4 and is_mapped(s, slash):
            if prefix < BITS_BEFORE_4:
                # Larger than all of mapped IPv4: a network of version 6 that no address of version 4 is in.
                put_network(words, index, VERSION_6, 0, u64(0xFFFF) << 32 | low, prefix)
                return
        elif version == VERSION_4:
            prefix += BITS_BEFORE_4
    put_network(words, index, version, high, low, prefix)


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
        record_fault("a number of bits was expected after the slash")
        return FAULTY
    number: u32 = 0
    for i in range(start, n):
        digit = s.data[i] - ZERO
        if digit > 9:
            record_fault("a number of bits was expected after the slash")
            return FAULTY
        number = number * 10 + digit
    if s.data[start] == ZERO and n - start > 1:
        record_fault("the number of bits has a leading zero")
        return FAULTY
    if version == VERSION_4 and number > ADDRESS_BITS - BITS_BEFORE_4 and not is_mapped(s, start):
        record_fault("an IPv4 address has 32 bits")
        return FAULTY
    if number > ADDRESS_BITS:
        record_fault("an IPv6 address has 128 bits")
        return FAULTY
    return number


# What operators and other built-ins do with addresses and sets.


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
    """`item in set`: an address, or the text of one."""
    if isinstance(item, Ip):
        host = cast(Ip, item)
        return cidr_contains(set, host.version, host.high, host.low)
    if isinstance(item, Str):
        charge(NUMBER_FORMAT)
        version, high, low = read_address(cast(Str, item))
        return cidr_contains(set, version, high, low)
    say("in cidr: got ")
    say_type(item)
    say(", want ip or string")
    stop()


@registered("attribute", "ip.version")
def ip_version(arguments: Registers) -> Value:
    """4 or 6."""
    return from_small(i64(receiver_ip(arguments).version))


@registered("attribute", "ip.is_private")
def ip_is_private(arguments: Registers) -> Value:
    """Whether the address is meant for use inside a network."""
    return from_bool(is_private(receiver_ip(arguments)))


@registered("attribute", "ip.is_loopback")
def ip_is_loopback(arguments: Registers) -> Value:
    """Whether the address is that of the host itself."""
    return from_bool(is_loopback(receiver_ip(arguments)))


@inline
def receiver_ip(arguments: Registers) -> Ip:
    """The address whose attribute is read."""
    return cast(Ip, register(arguments, 0))


def is_private(host: Ip) -> bool:
    """Whether an address is meant for use inside a network: RFC 1918 and RFC 4193."""
    if host.version == VERSION_4:
        return host.low >> 24 == 10 or host.low >> 20 == 0xAC1 or host.low >> 16 == 0xC0A8
    return host.high >> 57 == 0x7E


def is_loopback(host: Ip) -> bool:
    """Whether an address is that of the host itself."""
    if host.version == VERSION_4:
        return host.low >> 24 == 127
    return host.high == 0 and host.low == 1
