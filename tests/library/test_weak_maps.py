"""When the entries of a weak-key map go: between evaluations, when nothing else keeps their keys."""

from __future__ import annotations

import pytest

import ringfence as rf

LIMITS = rf.Limits(fuel=50_000_000, memory="64MiB", deadline=5.0)
LENGTH = 3000

SOURCE = """
kept = [["key"]]
notes = weakmap()
chain = weakmap()
cycle = weakmap()
other = weakmap()

def build():
    notes[kept[0]] = "of a kept key"
    notes[["nobody keeps this"]] = "of a key that goes"
    own = ["refers to itself"]
    notes[own] = {"key": own}
    at = kept[0]
    links = [at]
    for i in range(LENGTH):
        links.append([i])
    # In the order in which a search for a fixed point would find one link a round.
    for i in range(LENGTH):
        chain[links[LENGTH - 1 - i]] = links[LENGTH - i]
    lost = [[i] for i in range(LENGTH)]
    for i in range(LENGTH):
        cycle[lost[i]] = lost[(i + 1) % LENGTH]
    # Values of one map are keys of another one.
    other[chain[kept[0]]] = "of a value"
    other[lost[0]] = chain
    return [len(notes), len(chain), len(cycle), len(other)]

while_loading = build()

def follow(key):
    for i in range(LENGTH + 1):
        if key not in chain:
            return i
        key = chain[key]

def decide(event):
    own = weakmap()
    own[kept] = 1
    own[event] = 2
    own[decide] = 3
    own[struct(n = event["n"])] = [own]
    churn = [[i] * 20 for i in range(event["n"])]
    return {
        "while_loading": while_loading,
        "notes": notes.items(),
        "lengths": [len(chain), len(cycle), len(other)],
        "links": follow(kept[0]),
        "other": other.values(),
        "own": [own[kept], own[event], own[decide], len(own)],
    }
""".replace("LENGTH", str(LENGTH))


def test_entries_go_when_the_bundle_has_loaded() -> None:
    """Loading is an evaluation: an entry is there until it ends, then only if something else keeps its key."""
    bundle = rf.Bundle.from_sources({"main.star": SOURCE})
    with rf.Runtime().load(bundle, limits=LIMITS) as rules:
        fuel = set()
        for n in (1, 1, 30_000, 1):
            decision = rules.evaluate({"n": n})
            assert decision.decision == {
                "while_loading": [3, LENGTH, LENGTH, 2],
                "notes": [[["key"], "of a kept key"]],
                "lengths": [LENGTH, 0, 1],
                "links": LENGTH,
                "other": ["of a value"],
                "own": [1, 2, 3, 4],
            }
            if n == 1:
                fuel.add(decision.fuel)
        assert len(fuel) == 1


@pytest.mark.parametrize(
    "change", ["notes[kept] = 1", "notes.pop(kept)", "notes.clear()", "notes.setdefault(kept)"]
)
def test_maps_of_a_loaded_bundle_are_frozen(change: str) -> None:
    """As every global is."""
    source = f"kept = []\nnotes = weakmap()\nnotes[[]] = 1\ndef decide(event):\n    {change}\n"
    bundle = rf.Bundle.from_sources({"main.star": source})
    with (
        rf.Runtime().load(bundle, limits=LIMITS) as rules,
        pytest.raises(rf.RuleError, match=r"frozen weakmap \(globals of a loaded file cannot change\)"),
    ):
        rules.evaluate({})


def test_every_event_counts_keys_anew() -> None:
    """Objects of the loaded image become keys in an event: what that costs does not depend on the events before it."""
    source = """
keys = [[i] for i in range(300)]
def decide(event):
    m = weakmap()
    for i in range(event["first"], 300):
        m[keys[i]] = i
    return [m.values() == list(range(event["first"], 300)), keys[event["first"]] in m, keys[0] in m]
"""
    bundle = rf.Bundle.from_sources({"main.star": source})
    firsts = [0, 100, 7, 299, 7, 100, 0]
    with rf.Runtime().load(bundle, limits=LIMITS) as rules:
        together = [rules.evaluate({"first": first}) for first in firsts]
    assert [d.decision for d in together] == [[True, True, first == 0] for first in firsts]
    for first, decision in zip(firsts, together, strict=True):
        with rf.Runtime().load(bundle, limits=LIMITS) as rules:
            assert rules.evaluate({"first": first}).fuel == decision.fuel


def test_a_large_map() -> None:
    """A hundred thousand entries, in fuel that grows with their number."""
    source = """
def decide(event):
    m = weakmap()
    keys = [[i] for i in range(event["n"])]
    for key in keys:
        m[key] = key
    return all([m[key] == key for key in keys]) and len(m)
"""
    bundle = rf.Bundle.from_sources({"main.star": source})
    with rf.Runtime().load(bundle, limits=LIMITS) as rules:
        small, large = (rules.evaluate({"n": n}) for n in (10_000, 100_000))
        assert (small.decision, large.decision) == (10_000, 100_000)
        assert large.fuel < 11 * small.fuel


def test_state_with_a_chain_of_entries_loads_in_linear_time() -> None:
    """Each value is the key of the entry before it, and half of the keys are found by another map's entries: whichever way
    state is copied, a search for a fixed point would take a round for every link."""
    source = """
def chain(n):
    even, odd = weakmap(), weakmap()
    nodes = [[i] for i in range(n)]
    for i in range(n - 1, 0, -1):
        (odd if i % 2 else even)[nodes[i - 1]] = nodes[i]
    return even, odd, nodes[0]

even, odd, first = chain(20000)
state = persistent({"even": even, "odd": odd, "first": first})

def decide(event):
    node, seen = state["first"], 0
    for i in range(20000):
        node.append(i)  # a copy, which is not frozen
        seen += 1 if node[0] == i else 0
        node = state["even" if i % 2 else "odd"].get(node)
    return seen, len(state["even"]) + len(state["odd"])
"""
    bundle = rf.Bundle.from_sources({"main.star": source})
    with rf.Runtime().load(bundle, limits=rf.Limits(fuel=3_000_000, memory="64MiB")) as rules:
        assert rules.evaluate({}).decision == [20_000, 19_999]


def test_entries_go_at_the_end_of_each_event_of_a_session() -> None:
    """What an event left in persistent state keeps its entries for as long as something keeps their keys, in every session
    alike; keys of the frozen part of the bundle stay."""
    source = """
def f(): pass
names = [[1], [2]]
notes = weakmap()
notes[names[0]] = "of a frozen key"
state = persistent({"notes": notes, "nodes": [], "other": weakmap()})
def decide(event):
    notes = state["notes"]
    if "add" in event:
        node = [event["add"]]
        state["nodes"].append(node)
        notes[node] = {"back": node}
        notes[["nobody keeps this"]] = event
        state["other"][f] = event["add"]
        state["other"][names[1]] = event["add"]
    if "drop" in event:
        state["nodes"].pop(event["drop"])
    return [[notes[node]["back"] == node for node in state["nodes"]], len(notes), len(state["other"]), state["other"].get(f)]
"""
    bundle = rf.Bundle.from_sources({"main.star": source})
    events: list[dict[str, int]] = [{}, {"add": 1}, {"add": 2}, {"drop": 0}, {}]
    with rf.Runtime().load(bundle, limits=LIMITS) as rules:
        runs = []
        for _ in range(2):
            with rules.session() as session:
                runs.append([session.evaluate(event) for event in events])
        assert [decision.decision for decision in runs[0]] == [
            [[], 1, 0, None],
            [[True], 3, 2, 1],
            [[True, True], 4, 2, 2],
            [[True], 3, 2, 2],
            [[True], 2, 2, 2],
        ]
        assert [(d.decision, d.fuel) for d in runs[1]] == [(d.decision, d.fuel) for d in runs[0]]
        assert rules.evaluate({"add": 1}).decision == [[True], 3, 2, 1]
        assert rules.evaluate({}).decision == [[], 1, 0, None]
