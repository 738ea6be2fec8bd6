"""What can look up networks and routes: ringfence, Python's standard library, and `pytricia` where it is installed.

An engine gives a function that looks up a list of texts and returns what it found, texts of networks or of routes. Every
function is checked on some texts before it is timed.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

import ringfence as rf

from .workload import Workload, by_precedence, expression

Lookup = Callable[[list[str]], list[Any]]
LIMITS = rf.Limits(fuel=10_000_000, memory="64MiB", deadline=10.0)
RULES = """
networks, routes = data("networks.json"), data("routes.json")
inside = cidr(*networks)
network_table = cidr_table({text: text for text in networks})
route_texts = route_table({text: text for text in routes})
kinds = {
    "nothing": lambda texts: [None for text in texts],
    "in cidr": lambda texts: [text in inside for text in texts],
    "cidr_table.get": lambda texts: [network_table.get(text) for text in texts],
    "cidr_table.match": lambda texts: [network_table.match(text) and 1 for text in texts],
    "route_table.get": lambda texts: [route_texts.get(text) for text in texts],
    "route_table.match": lambda texts: [route_texts.match(text) and 1 for text in texts],
}
def decide(event):
    found = kinds[event.kind](event.texts)
    return found if event.told else None
"""


class Ringfence:
    """A bundle with both tables, one event for all texts. The event's own cost is that of one that looks nothing up."""

    def __init__(self, workload: Workload) -> None:
        bundle = rf.Bundle.from_sources(
            {
                "main.star": RULES,
                "data/networks.json": json.dumps(workload.networks),
                "data/routes.json": json.dumps(workload.routes),
            }
        )
        self.rules = rf.Runtime().load(bundle, limits=LIMITS)

    def event(self, kind: str, texts: list[str], told: bool = False) -> str:
        return json.dumps({"kind": kind, "texts": texts, "told": told})

    def lookup(self, kind: str) -> Lookup:
        """What a kind of lookup finds."""

        def found(texts: list[str]) -> list[Any]:
            result: list[Any] = self.rules.evaluate(self.event(kind, texts, told=True)).decision
            return result

        return found


def pairs_of_prefixes(networks: list[str]) -> dict[tuple[int, int], dict[int, str]]:
    """By version and prefix length, longest first: the networks by their first bits."""
    tables: dict[tuple[int, int], dict[int, str]] = {}
    parsed = sorted((ipaddress.ip_network(text) for text in networks), key=lambda n: -n.prefixlen)
    for network in parsed:
        bits = int(network.network_address) >> network.max_prefixlen - network.prefixlen
        tables.setdefault((network.version, network.prefixlen), {})[bits] = str(network)
    return tables


def python_networks(workload: Workload) -> Lookup:
    """`ipaddress`, and one dict for each length of a prefix."""
    tables = pairs_of_prefixes(workload.networks)

    def longest(text: str) -> str | None:
        address = ipaddress.ip_address(text)
        number, width = int(address), address.max_prefixlen
        for (version, prefix), networks in tables.items():
            if version == address.version and (found := networks.get(number >> width - prefix)):
                return found
        return None

    return lambda texts: [longest(text) for text in texts]


def naive_networks(workload: Workload) -> Lookup:
    """`any(address in network for network in networks)`: whether one has it."""
    networks = [ipaddress.ip_network(text) for text in workload.networks]

    def contains(text: str) -> bool:
        address = ipaddress.ip_address(text)
        return any(address in network for network in networks)

    return lambda texts: [contains(text) for text in texts]


def pytricia_networks(workload: Workload) -> Lookup | None:
    """The C library `pytricia`, one trie for each version; None if it is not installed."""
    try:
        library: Any = importlib.import_module("pytricia")
    except ImportError:
        return None
    tries = {"4": library.PyTricia(32), "6": library.PyTricia(128)}
    for text in workload.networks:
        tries["6" if ":" in text else "4"][text] = text
    return lambda texts: [tries["6" if ":" in text else "4"].get(text) for text in texts]


def python_routes(workload: Workload) -> Lookup:
    """One regular expression of all routes, the most specific ones first, as some routers of Python do it."""
    ordered = by_precedence(workload.routes)
    pattern = re.compile("|".join(f"({expression(route)})" for route in ordered))

    def route_of(text: str) -> str | None:
        match = pattern.fullmatch(text)
        return ordered[match.lastindex - 1] if match and match.lastindex else None

    return lambda texts: [route_of(text) for text in texts]
