"""How long a lookup takes in 10,000 networks and 5,000 routes.

scripts/bench --network               five rounds, some seconds: exit status 1 if a target is missed
scripts/bench --network --json FILE   the values of all rounds
scripts/bench --network --smoke       small tables, one round, no verdict: does everything still work?

A lookup of ringfence is one turn of a rule's loop over the texts of one event, reading the address or path included; the
same loop that looks nothing up is taken off. What all engines find is compared first with `ipaddress` and `re`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..collector.figure import Figure, figures_table
from .engines import Lookup, Ringfence, naive_networks, python_networks, python_routes, pytricia_networks
from .workload import Workload, best_routes, generate, longest_networks

NETWORKS, ROUTES, LOOKUPS = 10_000, 5_000, 2_000
SMOKE = (200, 100, 100)
NETWORK_TARGET = 1_000.0  # nanoseconds a lookup
ROUTE_TARGET = 20_000.0
CHECKED = 60
"""Lookups that are compared with the model, which tries everything."""
SLOW = 100
"""Lookups of an engine that tries everything."""
REPEATS = 5
"""Runs in a round, of which the fastest counts: what else the machine does only ever adds."""


def measure(workload: Workload, rounds: int) -> list[Figure]:
    """Every engine, in nanoseconds a lookup."""
    ours = Ringfence(workload)
    addresses, paths = workload.addresses, workload.paths
    figures = []
    for kind, texts, target in (
        ("in cidr", addresses, NETWORK_TARGET),
        ("cidr_table.get", addresses, NETWORK_TARGET),
        ("cidr_table.match", addresses, NETWORK_TARGET),
        ("route_table.get", paths, ROUTE_TARGET),
        ("route_table.match", paths, ROUTE_TARGET),
    ):
        values = [time_of_rules(ours, kind, texts) for _ in range(rounds)]
        figures.append(Figure(f"ringfence: {kind}", values, "ns", target))
    for name, lookup, texts in (
        ("ipaddress, a dict for each length", python_networks(workload), addresses),
        ("pytricia", pytricia_networks(workload), addresses),
        ("ipaddress, one network after another", naive_networks(workload), addresses[:SLOW]),
        ("re, one expression for all routes", python_routes(workload), paths[:SLOW]),
    ):
        if lookup is not None:
            figures.append(Figure(name, [time_of(lookup, texts) for _ in range(rounds)], "ns"))
    return figures


def check(workload: Workload) -> None:
    """Compare what all engines find with what trying everything finds."""
    ours = Ringfence(workload)
    addresses, paths = workload.addresses[:CHECKED], workload.paths[:CHECKED]
    networks, routes = longest_networks(workload, addresses), best_routes(workload, paths)
    has = [network is not None for network in networks]
    engines: list[tuple[str, Lookup | None, list[str], list[str | None] | list[bool]]] = [
        ("in cidr", ours.lookup("in cidr"), addresses, has),
        ("cidr_table.get", ours.lookup("cidr_table.get"), addresses, networks),
        ("route_table.get", ours.lookup("route_table.get"), paths, routes),
        ("ipaddress by length", python_networks(workload), addresses, networks),
        ("ipaddress one by one", naive_networks(workload), addresses, has),
        ("pytricia", pytricia_networks(workload), addresses, networks),
        ("re", python_routes(workload), paths, routes),
    ]
    for name, lookup, texts, expected in engines:
        if lookup is not None and (found := lookup(texts)) != expected:
            wrong = next(at for at, value in enumerate(expected) if found[at] != value)
            raise SystemExit(f"{name} finds {found[wrong]!r} for {texts[wrong]!r}, not {expected[wrong]!r}")


def time_of_rules(ours: Ringfence, kind: str, texts: list[str]) -> float:
    """Nanoseconds a lookup, without what the event costs that looks nothing up."""
    looking, idle = ours.event(kind, texts), ours.event("nothing", texts)
    return (fastest(lambda: ours.rules.evaluate(looking)) - fastest(lambda: ours.rules.evaluate(idle))) / len(
        texts
    )


def time_of(lookup: Lookup, texts: list[str]) -> float:
    """Nanoseconds a lookup."""
    return fastest(lambda: lookup(texts)) / len(texts)


def fastest(run: Callable[[], object]) -> int:
    """The least nanoseconds of some runs."""
    taken = []
    for _ in range(REPEATS):
        begin = time.perf_counter_ns()
        run()
        taken.append(time.perf_counter_ns() - begin)
    return min(taken)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench --network", description="nanoseconds a lookup")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the values of all rounds there")
    parser.add_argument("--smoke", action="store_true", help="small tables, one round, no verdict")
    options = parser.parse_args()

    workload = generate(*(SMOKE if options.smoke else (NETWORKS, ROUTES, LOOKUPS)))
    check(workload)
    figures = measure(workload, 1 if options.smoke else options.rounds)
    print(figures_table(figures))
    if options.json is not None:
        options.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=1) + "\n")
    return 0 if options.smoke or all(figure.meets for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
