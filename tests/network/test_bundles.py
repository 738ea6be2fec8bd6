"""Tables in bundles: made once when the bundle loads, frozen, the same fuel for every event, and described on the heap."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ringfence as rf

RULES = """
networks = data("networks.json")
table = cidr_table({text: {"seen": []} for text in networks})
routes = route_table({"/r%d/{id}" % i: i for i in range(len(networks))})
hosts = host("example.com", "*.example.com")
tenants = host_table({"*.example.com": "tenant"})
rule("change", when = lambda e: e.kind == "change", then = lambda e: table[e.ip]["seen"].append(1))
rule("look", then = lambda e: [e.host in hosts, table.match(e.ip) != None, routes.match(e.path), tenants.match(e.host)])
"""
EVENT = {"kind": "look", "ip": "10.0.0.1", "path": "/r0/a%20b", "host": "A.example.com:80"}


def loaded(networks: int) -> rf.RuleSet:
    texts = [f"10.{n // 256}.{n % 256}.0/24" for n in range(networks)]
    bundle = rf.Bundle.from_sources({"main.star": RULES, "data/networks.json": json.dumps(texts)})
    return rf.Runtime().load(bundle)


def test_matches_are_decisions() -> None:
    with loaded(3) as rules:
        decision: Any = rules.evaluate(EVENT).decision
    assert decision == [
        True,
        True,
        {"params": {"id": "a b"}, "pattern": "/r0/{id}", "value": 0},
        {"pattern": "*.example.com", "value": "tenant"},
    ]


def test_an_event_pays_for_its_lookups_alone() -> None:
    """Every event costs the same, in a new isolate or a used one, and with a thousand times as many patterns."""
    with loaded(3) as few, loaded(3000) as many:
        costs = {few.evaluate(EVENT).fuel for _ in range(3)}
        costs |= {many.evaluate(EVENT).fuel for _ in range(3)}
    assert len(costs) == 1


def test_what_a_table_holds_is_frozen() -> None:
    with loaded(3) as rules, pytest.raises(rf.RuleError, match="frozen"):
        rules.evaluate({**EVENT, "kind": "change"})


def test_tables_are_described_on_the_heap() -> None:
    source = """
a = cidr_table({"10.0.0.0/8": 1, "::/0": 2})
b = host("a.com")
c = host_table({"a.com": 1, "*": 2})
d = path("/x/{y}")
e = route_table({"/x": 1, "/y": 2, "/z": 3})
def decide(event):
    return [a, b, c, d, e] == []
"""
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": source})) as rules:
        heap = rules.heap()
    described = {(o.type, o.text) for o in heap.objects}
    assert described >= {
        ("cidr_table", "of 2 networks"),
        ("host", "of 1 patterns"),
        ("host_table", "of 2 patterns"),
        ("path", "'/x/{y}'"),
        ("route_table", "of 3 patterns"),
    }
