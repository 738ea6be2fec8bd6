"""Generated networks, routes, and what is looked up in them: the same for every engine and every run.

Networks have the sizes of a routing table, seven tenths of version 4; routes are those of a large service, half of whose
segments are captures at every depth. The answers are what `ipaddress` and `re` say, trying every network and route.
"""

from __future__ import annotations

import ipaddress
import random
import re
from dataclasses import dataclass

SEED = 20_240_501
VERSION_4_SHARE = 0.7
WORDS = [f"w{number}" for number in range(40)]
CAPTURE = re.compile(r"\{.*?\}")


@dataclass(frozen=True)
class Workload:
    """What there is, and what is looked up: texts all of them."""

    networks: list[str]
    addresses: list[str]
    routes: list[str]
    paths: list[str]


def generate(networks: int, routes: int, lookups: int) -> Workload:
    """A workload of this size."""
    chance = random.Random(SEED)
    return Workload(
        networks=generate_networks(chance, networks),
        addresses=[str(random_address(chance)) for _ in range(lookups)],
        routes=(made := generate_routes(chance, routes)),
        paths=[random_path(chance, made) for _ in range(lookups)],
    )


def random_address(chance: random.Random) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Any address of version 4, or one of the global addresses of version 6."""
    if chance.random() < VERSION_4_SHARE:
        return ipaddress.IPv4Address(chance.getrandbits(32))
    return ipaddress.IPv6Address(0x2001 << 112 | chance.getrandbits(112))


def generate_networks(chance: random.Random, count: int) -> list[str]:
    """Different networks, in no order."""
    networks: dict[str, None] = {}
    while len(networks) < count:
        address = random_address(chance)
        prefix = chance.randint(8, 32) if address.version == 4 else chance.randint(20, 64)
        networks[str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))] = None
    return list(networks)


def generate_routes(chance: random.Random, count: int) -> list[str]:
    """Routes no two of which match the same, in no order."""
    routes: dict[str, str] = {}
    while len(routes) < count:
        route = f"/api/v{chance.randint(1, 3)}"
        for depth in range(chance.randint(1, 5)):
            route += "/" + chance.choice([chance.choice(WORDS), f"{{p{depth}}}"])
        routes[CAPTURE.sub("*", route)] = route
    return list(routes.values())


def random_path(chance: random.Random, routes: list[str]) -> str:
    """A path that a route was written for; one of four has other segments, and may match nothing."""
    if chance.random() < 0.25:
        return "/api/v1/" + "/".join(chance.choice(WORDS) for _ in range(5))
    return CAPTURE.sub(lambda _: f"x{chance.getrandbits(20)}", chance.choice(routes))


def longest_networks(workload: Workload, addresses: list[str]) -> list[str | None]:
    """The longest network of each address, by trying all."""
    parsed = [ipaddress.ip_network(text) for text in workload.networks]
    found: list[str | None] = []
    for text in addresses:
        address = ipaddress.ip_address(text)
        has = [network for network in parsed if address in network]
        found.append(str(max(has, key=lambda network: network.prefixlen)) if has else None)
    return found


def expression(route: str) -> str:
    """The regular expression of a route without a rest."""
    return "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in route.split("/"))


def by_precedence(routes: list[str]) -> list[str]:
    """The routes in an order in which the first that matches is the most specific one."""
    return sorted(routes, key=lambda route: [part.startswith("{") for part in route.split("/")])


def best_routes(workload: Workload, paths: list[str]) -> list[str | None]:
    """The most specific route of each path, by trying one after another."""
    compiled = [(route, re.compile(expression(route))) for route in by_precedence(workload.routes)]
    return [next((route for route, pattern in compiled if pattern.fullmatch(path)), None) for path in paths]
