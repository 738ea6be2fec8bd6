"""`ip` and `cidr` against CPython's `ipaddress`."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numbers.codec import Codec, GuestFailure

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_unmapped(address: Address) -> bool:
    """Whether an address is not one of version 4 written as one of version 6."""
    return not isinstance(address, ipaddress.IPv6Address) or address.ipv4_mapped is None


addresses: st.SearchStrategy[Address] = st.ip_addresses().filter(is_unmapped)


def network(address: Address, prefix: int) -> Network:
    """The network of an address, with a prefix that is cut to its size."""
    return ipaddress.ip_network(f"{address}/{min(prefix, address.max_prefixlen)}", strict=False)


near = st.builds(
    lambda base, low: type(base)(int(base) & ~0xFF | low),
    st.sampled_from([ipaddress.ip_address(t) for t in ("10.0.0.0", "10.0.1.0", "fd00::", "fd00::100")]),
    st.integers(0, 255),
)
networks = st.one_of(
    st.builds(network, addresses, st.integers(0, 128)),
    st.builds(lambda a, p: network(a, a.max_prefixlen - p), near, st.integers(0, 9)),
)


@given(addresses)
@settings(max_examples=300)
def test_text_of_an_address(codec: Codec, address: Address) -> None:
    assert codec.ip(str(address)) == str(address)
    assert codec.ip(address.exploded) == str(address)
    assert codec.ip(address.exploded.upper()) == str(address)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("::", "::"),
        ("::1", "::1"),
        ("1::", "1::"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::ffff:a01:203", "10.1.2.3"),
        ("0:0:0:0:0:ffff:10.1.2.3", "10.1.2.3"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ],
)
def test_canonical_text(codec: Codec, text: str, canonical: str) -> None:
    assert codec.ip(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0",
        "10.0.0.0.0",
        "10.0.0.256",
        "10.0.0.01",
        "10.0.0.",
        ".10.0.0",
        "10..0.0",
        "10.0.0.1 ",
        " 10.0.0.1",
        "0x0a.0.0.1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "1::2::3",
        ":::",
        ":1",
        "1:",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "::10.0.0.256",
        "1:2:3:4:5:6:7:10.0.0.1",
        "10.0.0.1::",
        "localhost",
        "1" * 10000,
        "\u0661.0.0.1",
    ],
)
def test_no_address(codec: Codec, text: str) -> None:
    with pytest.raises(GuestFailure, match="is not an IP address: ") as failure:
        codec.ip(text)
    assert failure.value.kind == "rule"


@given(st.text("0123456789abcdef:.%/ ", max_size=45))
@settings(max_examples=600)
def test_same_addresses_as_python(codec: Codec, text: str) -> None:
    try:
        expected = ipaddress.ip_address(text)
    except ValueError:
        expected = None
    if expected is not None and "%" in text:
        expected = None
    if isinstance(expected, ipaddress.IPv6Address) and expected.ipv4_mapped is not None:
        expected = expected.ipv4_mapped
    try:
        found: str | None = codec.ip(text)
    except GuestFailure:
        found = None
    assert found == (None if expected is None else str(expected))


@given(st.lists(networks, max_size=12))
@settings(max_examples=600)
def test_minimal_form(codec: Codec, given_networks: list[Network]) -> None:
    of_4 = [n for n in given_networks if isinstance(n, ipaddress.IPv4Network)]
    of_6 = [n for n in given_networks if isinstance(n, ipaddress.IPv6Network)]
    minimal = [*ipaddress.collapse_addresses(of_4), *ipaddress.collapse_addresses(of_6)]
    assert codec.cidr(*map(str, given_networks)) == "cidr(" + ", ".join(f'"{n}"' for n in minimal) + ")"


@given(st.lists(networks, max_size=8), st.one_of(addresses, near), st.booleans())
@settings(max_examples=300)
def test_membership(codec: Codec, given_networks: list[Network], address: Address, as_text: bool) -> None:
    expected = any(address in n for n in given_networks)
    assert codec.contains([str(n) for n in given_networks], str(address), as_text=as_text) == expected


def test_a_mapped_address_is_the_one_it_stands_for(codec: Codec) -> None:
    assert codec.contains(["10.0.0.0/8"], "::ffff:10.1.2.3")
    assert codec.contains(["::ffff:10.0.0.0/104"], "10.1.2.3")
    assert not codec.contains(["::/0"], "10.1.2.3")
    assert codec.cidr("::ffff:10.0.0.0/104") == 'cidr("10.0.0.0/8")'


def test_a_network_without_prefix_is_one_address(codec: Codec) -> None:
    assert codec.cidr("10.0.0.1", "fd00::1") == 'cidr("10.0.0.1/32", "fd00::1/128")'


def test_bits_past_the_prefix_are_ignored(codec: Codec) -> None:
    assert codec.cidr("10.1.2.3/8") == 'cidr("10.0.0.0/8")'


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/33",
        "fd00::/129",
        "10.0.0.0/",
        "10.0.0.0/08",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "/8",
        "x/8",
        "10.0.0.0/a",
    ],
)
def test_no_network(codec: Codec, text: str) -> None:
    with pytest.raises(GuestFailure, match="is not a network: "):
        codec.cidr(text)


def test_equality_and_hash(codec: Codec) -> None:
    codec.ip("10.0.0.1")
    codec.call("keep")
    codec.ip("::ffff:10.0.0.1")
    assert codec.call("are_equal") == 1
    codec.ip("10.0.0.2")
    assert codec.call("are_equal") == 0
    codec.cidr("10.0.0.0/9", "10.128.0.0/9")
    codec.call("keep")
    codec.cidr("10.0.0.0/8")
    assert codec.call("are_equal") == 1


@pytest.mark.parametrize(
    ("address", "name", "worth"),
    [
        ("10.0.0.1", "version", "4"),
        ("::1", "version", "6"),
        ("172.31.255.255", "is_private", "True"),
        ("172.32.0.0", "is_private", "False"),
        ("fd00::1", "is_private", "True"),
        ("127.8.9.10", "is_loopback", "True"),
        ("::1", "is_loopback", "True"),
        ("::2", "is_loopback", "False"),
    ],
)
def test_attributes(codec: Codec, address: str, name: str, worth: str) -> None:
    codec.ip(address)
    assert codec.call("attribute", codec.write(name.encode())) == 0
    assert codec.shown() == worth


def test_under_stress(stressed: Codec) -> None:
    assert stressed.ip("10.0.0.1") == "10.0.0.1"
    assert stressed.cidr("10.0.0.0/9", "fd00::/8", "10.128.0.0/9") == 'cidr("10.0.0.0/8", "fd00::/8")'
    assert stressed.contains(["10.0.0.0/8"], "10.2.3.4", as_text=True)
