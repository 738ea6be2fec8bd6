"""Sets and tables of networks against CPython's `ipaddress`: membership, longest match, order, and what is refused."""

from __future__ import annotations

import ipaddress
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

from .programs import evaluated, refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def unmapped(address: Address) -> Address:
    """An address as rules see it: one of version 4 that is written as version 6 is of version 4."""
    return getattr(address, "ipv4_mapped", None) or address


def longest(networks: list[Network], address: Address) -> str | None:
    """The longest network that has an address."""
    has = [network for network in networks if address in network]
    return str(max(has, key=lambda network: network.prefixlen)) if has else None


def random_address(chance: random.Random) -> Address:
    """An address of either version; half of them lie in few places, so that networks nest."""
    if chance.random() < 0.6:
        high = chance.choice([0x0A00, 0x0A01, 0xC0A8, chance.getrandbits(16)])
        return ipaddress.IPv4Address(high << 16 | chance.getrandbits(16))
    high = chance.choice([0x20010DB8 << 96, 0xFD00 << 112, 0xFFFF << 32, chance.getrandbits(128)])
    return ipaddress.IPv6Address(high | chance.getrandbits(chance.choice([8, 16, 64, 16])))


def random_network(chance: random.Random) -> Network:
    """A network of any size, /0 and single addresses included."""
    address = unmapped(random_address(chance))
    width = address.max_prefixlen
    prefix = chance.choice([0, 8, width, width - 1, chance.randint(0, width), chance.randint(0, width)])
    return ipaddress.ip_network(f"{address}/{prefix}", strict=False)


def at_the_edges(network: Network) -> list[Address]:
    """The first and the last address of a network, and their neighbours outside."""
    kind = type(network.network_address)
    first, last = int(network.network_address), int(network.broadcast_address)
    return [kind(n) for n in (first - 1, first, last, last + 1) if 0 <= n < 1 << network.max_prefixlen]


@pytest.mark.parametrize("seed", range(3))
def test_longest_match_of_generated_networks(runtime: rf.Runtime, seed: int) -> None:
    chance = random.Random(seed)
    networks = list({random_network(chance) for _ in range(300)})
    addresses = [random_address(chance) for _ in range(600)]
    addresses += [edge for network in networks for edge in at_the_edges(network)]
    addresses = [a for a in addresses if isinstance(a, ipaddress.IPv4Address) or a.ipv4_mapped is None]
    expected = [longest(networks, address) for address in addresses]
    texts = [str(network) for network in networks]
    table = "t = cidr_table([(n, n) for n in data[0]])\nc = cidr(*data[0])"
    found = evaluated(
        runtime, table, "[t.get(x), x in t, x in c, ip(x) in c]", [str(a) for a in addresses], texts
    )
    assert found == [[best, best is not None, best is not None, best is not None] for best in expected]


def test_match_gives_the_network_and_its_value(runtime: rf.Runtime) -> None:
    table = 't = cidr_table({"10.0.0.0/8": "a", "10.1.0.0/16": [1], cidr("192.168.0.0/16", "fd00::/8"): "b"})'
    found = evaluated(
        runtime,
        f"{table}\ndef show(m):\n    return None if m == None else [str(m.network), m.value]",
        "show(t.match(x))",
        ["10.2.3.4", "10.1.2.3", "192.168.9.9", "fd00::1", "11.0.0.0", "::ffff:10.1.0.0"],
    )
    assert found == [
        ["10.0.0.0/8", "a"],
        ["10.1.0.0/16", [1]],
        ["192.168.0.0/16", "b"],
        ["fd00::/8", "b"],
        None,
        ["10.1.0.0/16", [1]],
    ]


def test_the_deepest_nesting_that_there_is(runtime: rf.Runtime) -> None:
    """Every prefix of one address: the search ends at the longest, and the way out meets all the others."""
    texts = [str(ipaddress.ip_network(f"2001:db8::1/{n}", strict=False)) for n in range(129)]
    networks = [ipaddress.ip_network(text) for text in texts]
    bit_flips: list[Address] = [
        ipaddress.IPv6Address(int(ipaddress.ip_address("2001:db8::1")) ^ 1 << n) for n in range(128)
    ]
    found = evaluated(
        runtime, "t = cidr_table({n: n for n in data[0]})", "t[x]", [str(a) for a in bit_flips], texts
    )
    assert found == [longest(networks, address) for address in bit_flips]


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_sets_in_sets(runtime: rf.Runtime, data: st.DataObject) -> None:
    """`cidr in cidr` is `subnet_of` for every network."""
    prefixes = st.sampled_from(
        ["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "0.0.0.0/0", "fd00::/8", "fd00::/9"]
    )
    few = st.lists(prefixes, max_size=3)
    pairs = data.draw(st.lists(st.tuples(few, few), max_size=8))
    found = evaluated(runtime, "", "cidr(*x[0]) in cidr(*x[1])", [list(pair) for pair in pairs])

    def addresses(texts: list[str]) -> set[Network]:
        """The networks without those that others cover, halves joined: equal sets are equal."""
        parsed = [ipaddress.ip_network(text) for text in texts]
        return {
            *ipaddress.collapse_addresses(n for n in parsed if isinstance(n, ipaddress.IPv4Network)),
            *ipaddress.collapse_addresses(n for n in parsed if isinstance(n, ipaddress.IPv6Network)),
        }

    assert found == [addresses([*inner, *outer]) == addresses(outer) for inner, outer in pairs]


def test_find_and_networks_of_a_set(runtime: rf.Runtime) -> None:
    found = evaluated(
        runtime,
        "c = cidr(*data[0])",
        "str(c.find(x))",
        ["10.1.2.3", "fd00::1", "1.1.1.1"],
        ["10.0.0.0/9", "10.128.0.0/9", "fd00::/8"],
    )
    assert found == ["10.0.0.0/8", "fd00::/8", "None"]
    assert evaluated(
        runtime, "", "[str(n) for n in cidr(*x).networks]", [["fd00::/8", "10.0.0.1", "10.0.0.0/31"], []]
    ) == [
        ["10.0.0.0/31", "fd00::/8"],
        [],
    ]


def test_order_is_that_of_python(runtime: rf.Runtime) -> None:
    chance = random.Random(7)
    addresses = [unmapped(random_address(chance)) for _ in range(200)]
    found = evaluated(
        runtime, "s = sorted([ip(a) for a in items])", "str(s.pop(0))", [str(a) for a in addresses]
    )
    assert found == [str(a) for a in sorted(addresses, key=lambda a: (a.version, int(a)))]


def test_kinds_of_addresses(runtime: rf.Runtime) -> None:
    chance = random.Random(8)
    edges = [
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "fe80::/10",
        "ff00::/8",
        "::1/128",
        "::/128",
        "0.0.0.0/32",
    ]
    addresses = [edge for text in edges for edge in at_the_edges(ipaddress.ip_network(text))]
    addresses += [unmapped(random_address(chance)) for _ in range(200)]
    found = evaluated(
        runtime,
        "",
        "[ip(x).version, ip(x).is_loopback, ip(x).is_link_local, ip(x).is_multicast, ip(x).is_unspecified]",
        [str(a) for a in addresses],
    )
    expected: list[list[Any]] = [
        [a.version, a.is_loopback, a.is_link_local, a.is_multicast, a.is_unspecified] for a in addresses
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('ip("10.0.0.01")', "a number has a leading zero, at character 8"),
        ('ip("fe80::1%eth0")', "a zone has no meaning here, at character 8"),
        ('ip("10.0.0.1 ")', "at character 9"),
        ('cidr("10.0.0.0/33")', "an IPv4 address has 32 bits, at character 10"),
        ('cidr("x" * 10000)', "the text is not a network: it is too long"),
        ('cidr_table({"10.0.0.0/8": 1, "10.1.2.3/8": 2})', "the network 10.0.0.0/8 is there twice"),
        ('cidr_table({cidr("10.0.0.0/8", "::/0"): 1, "::/0": 2})', "the network ::/0 is there twice"),
        ("cidr_table({5: 1})", "got int, want string, ip or cidr as a key"),
        ("cidr_table([1])", "element #0 is not iterable"),
        ("cidr_table(None)", "got NoneType, want dict or iterable of pairs"),
        ('cidr_table({"10.0.0.0/8": 1})["11.0.0.0"]', 'key "11.0.0.0" not in cidr_table'),
        ('cidr_table({"10.0.0.0/8": 1}).get(None)', "get: got NoneType, want ip or string"),
        ("cidr_table({})[1:]", "invalid slice operand cidr_table"),
    ],
)
def test_refusals(runtime: rf.Runtime, source: str, message: str) -> None:
    assert message in refusal(runtime, source)
