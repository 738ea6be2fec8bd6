"""The attributes of addresses: their version, and what kind of address they are, as Python's `ipaddress` has it.

`is_private` is narrower than Python's: what RFC 1918 and RFC 4193 set aside for use inside a network, and nothing else.
"""

from guest.compiler.language import Value, cast, i64, inline, registered
from guest.heap.value import from_bool, from_small
from guest.heap.views import Registers, register
from guest.library.address import VERSION_4, Ip


@inline
def receiver_ip(arguments: Registers) -> Ip:
    """The address whose attribute is read."""
    return cast(Ip, register(arguments, 0))


@registered("attribute", "ip.version")
def ip_version(arguments: Registers) -> Value:
    """4 or 6."""
    return from_small(i64(receiver_ip(arguments).version))


@registered("attribute", "ip.is_private")
def ip_is_private(arguments: Registers) -> Value:
    """Whether the address is meant for use inside a network: RFC 1918 and RFC 4193."""
    host = receiver_ip(arguments)
    if host.version == VERSION_4:
        return from_bool(host.low >> 24 == 10 or host.low >> 20 == 0xAC1 or host.low >> 16 == 0xC0A8)
    return from_bool(host.high >> 57 == 0x7E)


@registered("attribute", "ip.is_loopback")
def ip_is_loopback(arguments: Registers) -> Value:
    """Whether the address is that of the host itself: 127.0.0.0/8 and ::1."""
    host = receiver_ip(arguments)
    if host.version == VERSION_4:
        return from_bool(host.low >> 24 == 127)
    return from_bool(host.high == 0 and host.low == 1)


@registered("attribute", "ip.is_link_local")
def ip_is_link_local(arguments: Registers) -> Value:
    """Whether the address is good on one link only: 169.254.0.0/16 and fe80::/10."""
    host = receiver_ip(arguments)
    if host.version == VERSION_4:
        return from_bool(host.low >> 16 == 0xA9FE)
    return from_bool(host.high >> 54 == 0x3FA)


@registered("attribute", "ip.is_multicast")
def ip_is_multicast(arguments: Registers) -> Value:
    """Whether the address is that of a group: 224.0.0.0/4 and ff00::/8."""
    host = receiver_ip(arguments)
    if host.version == VERSION_4:
        return from_bool(host.low >> 28 == 0xE)
    return from_bool(host.high >> 56 == 0xFF)


@registered("attribute", "ip.is_unspecified")
def ip_is_unspecified(arguments: Registers) -> Value:
    """Whether the address stands for none: 0.0.0.0 and ::."""
    host = receiver_ip(arguments)
    return from_bool(host.high == 0 and host.low == 0)
