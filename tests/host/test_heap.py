"""`RuleSet.heap`: known bundles with known sizes, sums that agree with the guest's own, paths that are there edge by edge,
and memories that a hostile guest could have left."""

from __future__ import annotations

import itertools
import json
import random
import struct
import time
from collections.abc import Callable, Iterator
from functools import cache

import pytest

import ringfence as rf
from ringfence.heap.examine import read_heap
from ringfence.heap.heap import Heap, HeapObject, Scope
from ringfence.heap.reader import ObjectGraph, base_areas, read_graph
from ringfence.heap.shapes import POINTER, VALUE, HeapLayout
from ringfence.heap.sites import NO_RULE, read_account
from ringfence.ruleset import RuleSet

MAIN = """
load("lib/tables.star", "shared")

cache = {"numbers": list(range(100)), "shared": shared, "pair": (1, 2)}
loop = [1]
loop.append(loop)

def decide(event):
    kept = [str(n) + "!" for n in range(event.get("n", 0))]
    if event.get("fail"):
        fail("asked to", kept)
    return {"count": len(kept), "first": kept[:1]}
"""
TABLES = 'shared = {"deep": {"er": ["text that only this list holds"]}}\n'
DATA = '{"CH": ["de", "fr", "it", "rm"], "AT": ["de"]}'

LIST, DICT, ARRAY, WORD, ENTRY = 24, 32, 8, 8, 16
"""Bytes of a list, a dict and an array without elements; of a Value; of a dict's entry."""


@cache
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture(scope="module")
def rules() -> Iterator[RuleSet]:
    files = {"main.star": MAIN, "lib/tables.star": TABLES, "data/countries.json": DATA}
    with runtime().load(rf.Bundle.from_sources(files), limits=rf.Limits(deadline="10s")) as rules:
        yield rules


def only(heap: Heap, text: str) -> int:
    """The id of the one object whose text begins like this."""
    found = [found.id for found in heap.objects if found.text.startswith(text)]
    assert len(found) == 1, found
    return found[0]


def follow(heap: Heap, module: str, *labels: str) -> HeapObject:
    """The object that references of these names lead to, from a module."""
    found = heap.object(only(heap, module))
    for label in labels:
        (found,) = (step.object for step in heap.references(found) if step.label == label)
    return found


def test_a_list_of_a_hundred_numbers_has_its_bytes(rules: RuleSet) -> None:
    heap = rules.heap()
    numbers = follow(heap, "main.star", "global cache", "['numbers']")
    assert numbers.type == "list"
    assert numbers.size == numbers.retained == LIST + ARRAY + 100 * WORD
    assert numbers.owner == "main.star" and numbers.age == "image"


def test_a_dict_retains_what_only_it_holds(rules: RuleSet) -> None:
    heap = rules.heap()
    shared = follow(heap, "lib/tables.star", "global shared")
    deeper = follow(heap, "lib/tables.star", "global shared", "['deep']")
    texts = heap.object(only(heap, "of 1: 'text that only"))
    assert shared.size == DICT + ARRAY + 4 * ENTRY
    assert texts.size == LIST + ARRAY + WORD
    # Keys are interned: the module that names them holds them as well.
    assert shared.retained == shared.size + deeper.size + texts.size
    assert shared.owner == "lib/tables.star"


def test_every_sum_is_the_same(rules: RuleSet) -> None:
    for heap in (rules.heap(), rules.heap(scope="all"), rules.heap(raw=True), rules.heap({"n": 50})):
        assert heap.total_bytes == sum(found.size for found in heap.objects)
        for groups in (heap.by_class(), heap.by_module(), heap.by_site()):
            assert sum(group.size for group in groups) == heap.total_bytes
        assert sum(group.objects for group in heap.by_class()) == len(heap.objects)
        if heap.scope is not Scope.ALL:
            assert sum(found.retained for found in heap.dominators()) == heap.total_bytes


def test_the_image_is_all_that_is_in_the_old_space(rules: RuleSet) -> None:
    """A walk from block to block, which follows no reference, finds the same objects, but for those that have died since."""
    layout, content = image(rules)
    graph = read_graph(layout, content, built_in())
    blocks = dict(walk(layout, content))
    assert set(graph.addresses) <= set(blocks)
    assert all(graph.sizes[number] == blocks[at] for at, number in graph.numbers.items())
    dead = sum(size for at, size in blocks.items() if at not in graph.numbers)
    assert dead < sum(graph.sizes) // 20


MANY = pytest.param(
    20_000,
    marks=pytest.mark.not_under_gc_stress("marking a large heap so often takes more than the host lets"),
)


@pytest.mark.parametrize("count", [0, 1, 50, MANY])
@pytest.mark.parametrize("at", ["end", "peak", 300])
def test_an_event_has_as_many_bytes_as_the_guest_counts(rules: RuleSet, count: int, at: str | int) -> None:
    event = b'{"n": %d}' % count
    heap = rules.heap(event, at=at)
    assert heap.error is None and heap.fuel is not None
    isolate = rules._pool.fresh()
    isolate.examine(event, heap.fuel)
    assert isolate.collect() == heap.total_bytes
    # After the collection everything has moved, and is still there.
    assert read_heap(rules._engine, isolate, Scope.EVENT).total_bytes == heap.total_bytes
    isolate.close()


@pytest.mark.parametrize("at", ["end", "peak", 300])
def test_sites_say_which_line_allocated_what(rules: RuleSet, at: str | int) -> None:
    heap = rules.heap({"n": 40}, at=at, sites=True)
    assert heap.total_bytes == rules.heap({"n": 40}, at=at).total_bytes
    allocated = {group.name: group for group in heap.allocations() or ()}
    assert any(name.startswith("decide (main.star:9:") for name in allocated)
    alive = heap.by_site()
    assert sum(group.size for group in alive) == heap.total_bytes
    for group in alive:
        assert group.size <= allocated[group.name].size and group.objects <= allocated[group.name].objects
    # The guest's own count of what is alive at each site.
    isolate = rules._pool.fresh()
    assert isolate.record()
    isolate.examine(b'{"n": 40}', heap.fuel)
    rows = json.loads(isolate.account())["sites"]
    isolate.close()
    names = {
        row["site"]: f"{row['function']} ({row['location']})" if row["site"] else NO_RULE for row in rows
    }
    told: dict[str, int] = {}
    for row in rows:
        if row["live_bytes"]:
            told[names[row["site"]]] = told.get(names[row["site"]], 0) + row["live_bytes"]
    assert told == {group.name: group.size for group in alive}


def test_the_text_of_n_strings_is_allocated_where_it_is_made(rules: RuleSet) -> None:
    """Fifty more rounds of `str(n) + "!"`: fifty more texts of 24 bytes where the two are joined, some for each `str(n)`."""
    few, many = (
        {group.name: group for group in rules.heap({"n": n}, sites=True).allocations() or ()}
        for n in (10, 60)
    )
    texts, joined = "decide (main.star:9:16)", "decide (main.star:9:20)"
    rounds, rest = divmod(many[texts].objects - few[texts].objects, 50)
    assert rounds >= 1 and rest == 0
    assert many[joined].objects - few[joined].objects >= 50
    assert many[joined].size - few[joined].size >= 50 * 24
    same = [name for name in few if name not in (texts, joined)]
    assert all(few[name] == many[name] for name in same)
    assert rules.heap({"n": 10}).allocations() is None


@pytest.mark.parametrize(
    "account",
    [
        b"",
        b"[]",
        b'{"sites": 3}',
        b'{"sites": [{}]}',
        b'{"sites": [{"site": -1}]}',
        b'{"sites": [7]}',
        b"\xff",
    ],
)
def test_an_account_that_makes_no_sense_is_refused(account: bytes) -> None:
    with pytest.raises(rf.IsolateTrapped, match="account"):
        read_account(account)


def test_the_peak_is_where_most_is_alive(rules: RuleSet) -> None:
    end, peak = rules.heap({"n": 500}), rules.heap({"n": 500}, at="peak")
    assert peak.total_bytes > 2 * end.total_bytes
    assert peak.fuel is not None and end.fuel is not None and peak.fuel <= end.fuel
    assert any(
        "kept" not in found.text and found.owner.startswith("a local of decide") for found in peak.objects
    )
    for moment in range(0, end.fuel, max(1, end.fuel // 7)):
        # The moments are samples: between two of them there may be a little more.
        assert rules.heap({"n": 500}, at=moment).total_bytes <= 1.05 * peak.total_bytes


def test_an_event_that_fails_has_a_heap(rules: RuleSet) -> None:
    heap = rules.heap({"n": 10, "fail": True})
    assert isinstance(heap.error, rf.RuleError) and "asked to" in heap.error.message
    kept = heap.object(only(heap, "of 10: '0!', '1!', '2!', ..."))
    assert any("fail" in step.label or "decide" in step.label for step in heap.path(kept))
    assert rules.evaluate({"n": 1}).decision == {"count": 1, "first": ["0!"]}


def test_an_event_without_fuel_or_json_has_a_heap_too(rules: RuleSet) -> None:
    with runtime().load(
        rf.Bundle.from_sources({"main.star": "def decide(e):\n    return [n for n in range(10000000)]"}),
        limits=rf.Limits(fuel=5000),
    ) as endless:
        heap = endless.heap({})
        assert isinstance(heap.error, rf.FuelExhausted) and heap.fuel == 5000
        assert heap.total_bytes > 1000
    assert isinstance(rules.heap(b"[]").error, rf.InputError)


def test_a_path_says_by_name_why_an_object_is_alive(rules: RuleSet) -> None:
    heap = rules.heap()
    labels = [step.label for step in heap.path(only(heap, "of 1: 'text that only"))]
    assert labels[0].startswith("modules[")
    assert labels[1:] == ["global shared", "['deep']", "['er']"]
    countries = [step.label for step in heap.path(only(heap, "of 4: 'de', 'fr', 'it', ..."))]
    assert countries == ["data files['countries.json']", "['CH']"]
    event = rules.heap({"n": 2, "list": [[1.5, None, True]]})
    assert [step.label for step in event.path(only(event, "of 3: 1.5, None, True"))] == [
        "event",
        "['list']",
        "[0]",
    ]


def test_parameters_and_locals_are_told_by_function() -> None:
    source = """
def inner(items):
    fail("here", items)

def decide(event):
    mine = ["mine"]
    inner(["given"])
"""
    with runtime().load(rf.Bundle.from_sources({"main.star": source})) as rules:
        heap = rules.heap({})
        (given,) = heap.path(only(heap, "of 1: 'given'"))[:1]
        (mine,) = heap.path(only(heap, "of 1: 'mine'"))[:1]
    assert mine.label == "a local of decide (main.star:5:1)"
    assert given.label in ("parameter items of inner (main.star:2:1)", "arguments of fail()[0]")


def test_every_path_is_there_edge_by_edge(rules: RuleSet) -> None:
    for heap in (rules.heap(raw=True), rules.heap({"n": 20}, raw=True), rules.heap(scope="all", raw=True)):
        graph = heap._graph
        for found in heap.objects:
            steps = heap.path(found)
            assert steps[-1].object.id == found.id
            root = graph.roots[graph.numbers[steps[0].object.id]]
            assert steps[0].object.id in words(graph.content, root.address)
            for source, target in itertools.pairwise(steps):
                assert target.object.id in references(graph, source.object.id)


def test_references_name_what_they_lead_to(rules: RuleSet) -> None:
    heap = rules.heap()
    cached = follow(heap, "main.star", "global cache")
    labels = {step.label: step.object for step in heap.references(cached)}
    assert labels["['pair']"].type == "tuple"
    assert labels["['shared']"] == follow(heap, "lib/tables.star", "global shared")
    loop = heap.object(only(heap, "of 2: 1, list of 2"))
    assert heap.references(loop) == []  # what refers to itself keeps nothing else
    assert loop.retained == loop.size


def test_the_heap_of_a_session_is_its_state() -> None:
    source = """
state = persistent({"by_name": {}})
def decide(event):
    node = {"name": event["name"], "peers": list(state["by_name"].values())}
    for peer in node["peers"]:
        peer["peers"].append(node)
    state["by_name"][event["name"]] = node
    return len(node["peers"])
"""
    with runtime().load(rf.Bundle.from_sources({"main.star": source})) as rules, rules.session() as session:
        assert [session.evaluate({"name": name}).decision for name in ("ada", "bob", "eve")] == [0, 1, 2]
        heap = session.heap()
        assert heap.total_bytes == session.collect().live_bytes == session.heap().total_bytes
        eve = follow(session.heap(scope="all"), "main.star", "global state", "['by_name']", "['eve']")
        labels = [step.label for step in session.heap().path(eve)]
        assert labels[1:] == ["global state", "['by_name']", "['eve']"]
        # The nodes refer to each other in a ring, so each but the strings in it is kept by the mapping alone.
        by_name = session.heap().object(only(session.heap(), "of 3: 'ada', 'bob', 'eve'"))
        assert [found.dominator for found in heap.objects if found.text.startswith("of 2: 'name'")] == [
            by_name.id
        ] * 3
        assert session.evaluate({"name": "joe"}).decision == 3
    with pytest.raises(rf.ClosedError):
        session.heap()


def test_weak_references_and_maps_keep_nothing_alive() -> None:
    source = """
key, kept = ["key"], ["kept"]
pairs = weakmap()
pairs[key] = ["value"]
seen = weakref(kept)
def decide(event):
    return 1
"""
    with runtime().load(rf.Bundle.from_sources({"main.star": source})) as rules:
        heap = rules.heap()
    pairs = follow(heap, "main.star", "global pairs")
    value = follow(heap, "main.star", "global pairs", "[list of 1]")
    assert str(value) == "list of 1: 'value'" and value.dominator == pairs.id
    assert follow(heap, "main.star", "global key").retained == LIST + ARRAY + WORD
    assert [step.label for step in heap.path(only(heap, "of 1: 'kept'"))][1:] == ["global kept"]
    (reference,) = (found for found in heap.objects if found.type == "weakref")
    assert reference.retained == reference.size


def test_an_unknown_id_or_moment_is_refused(rules: RuleSet) -> None:
    heap = rules.heap()
    with pytest.raises(rf.HeapError, match="no object 0x10"):
        heap.path(0x10)
    with pytest.raises(ValueError, match="moment"):
        rules.heap({}, at="middle")
    with pytest.raises(ValueError, match="Scope"):
        rules.heap(scope="half")


@pytest.mark.not_under_gc_stress("it measures time")
def test_a_hundred_thousand_objects_take_a_few_seconds() -> None:
    source = "state = [{'n': [n]} for n in range(20000)]\ndef decide(e):\n    return 1\n"
    with runtime().load(
        rf.Bundle.from_sources({"main.star": source}), limits=rf.Limits(memory="64MiB")
    ) as rules:
        started = time.process_time()
        heap = rules.heap()
        state = heap.object(only(heap, "of 20000: dict of 1"))
        assert state.retained > 20_000 * (DICT + LIST + 2 * ARRAY + ENTRY)
        assert sum(found.retained for found in heap.dominators()) == heap.total_bytes
        assert time.process_time() - started < 20


# Memories that make no sense.


def built_in() -> list[int]:
    guest = runtime().engine.guest
    return base_areas(HeapLayout(guest.layout), guest.read_base_image())


def image(rules: RuleSet) -> tuple[HeapLayout, bytes]:
    isolate = rules._pool.fresh()
    content = bytes(isolate.memory())
    isolate.close()
    return HeapLayout(runtime().engine.guest.layout), content


def walk(layout: HeapLayout, content: bytes) -> Iterator[tuple[int, int]]:
    """Address and size of every object of the old space, block after block."""
    (end,) = struct.unpack_from("<I", content, layout.tail_start)
    at = layout.old_space
    while at < end:
        length, number = struct.unpack_from("<IB", content, at)
        size = layout.shapes[number].size(length) if number else length
        if number:
            yield at, size
        at += size


def words(content: bytes, at: int) -> tuple[int, int]:
    """What is at an address as a pointer and as a Value."""
    return struct.unpack_from("<I", content, at)[0], struct.unpack_from("<Q", content, at & ~7)[0]


def references(graph: ObjectGraph, at: int) -> set[int]:
    """What an object's bytes refer to, read from the memory anew."""
    shape = graph.shapes[graph.numbers[at]]
    (length,) = struct.unpack_from("<I", graph.content, at)
    found = {struct.unpack_from("<I", graph.content, at + offset)[0] for offset in shape.pointers}
    found |= {struct.unpack_from("<Q", graph.content, at + offset)[0] for offset in shape.values}
    if shape.element in (POINTER, VALUE):
        form = f"<{length}{'I' if shape.element == POINTER else 'Q'}"
        found |= set(struct.unpack_from(form, graph.content, at + shape.fixed))
    return found


def test_mutated_memories_give_a_graph_or_a_clear_error(rules: RuleSet) -> None:
    """1,000 memories with some words changed where they matter: never another error, never long."""
    isolate = rules._pool.fresh()
    isolate.examine(b'{"n": 30}')
    content = bytes(isolate.memory())
    isolate.close()
    layout = HeapLayout(runtime().engine.guest.layout)
    areas = built_in()
    graph = read_graph(layout, content, areas)
    live = graph.addresses
    chosen = random.Random(4)
    refused = 0
    variables = [root.address for root in layout.roots] + [
        layout.vm_top,
        layout.frame_top,
        layout.current_base,
        layout.shadow_top,
        layout.mutated_count,
        layout.vm_stack + 8,
    ]
    memory = bytearray(content)
    for number in range(1_000):
        changed = []
        for _ in range(chosen.randrange(1, 4)):
            at = chosen.choice(live) if chosen.random() < 0.8 else chosen.choice(variables)
            at += 4 * chosen.randrange(8) if chosen.random() < 0.7 else 0
            word = chosen.choice(
                [
                    chosen.getrandbits(32),
                    chosen.choice(live),
                    chosen.choice(live) + 4,
                    0,
                    0xFFFF_FFFF,
                    1 << 20,
                ]
            )
            memory[at : at + 4] = word.to_bytes(4, "little")
            changed.append(at)
        try:
            broken = read_graph(layout, memory, areas)
            if number % 4:
                continue  # the view is made of whatever the reader let pass, and takes as long again
            heap = Heap(broken, chosen.choice([Scope.ALL, Scope.EVENT, Scope.IMAGE]))
            assert sum(found.size for found in heap.objects) == heap.total_bytes
            for found in heap.objects[:5] + heap.objects[-5:]:
                assert heap.path(found)
                heap.references(found)
            heap.to_dot()
        except rf.IsolateTrapped as error:
            assert "heap is broken" in error.message
            refused += 1
        finally:
            for at in changed:
                memory[at : at + 4] = content[at : at + 4]
    assert 100 < refused < 1_000


def test_a_truncated_memory_is_refused(rules: RuleSet) -> None:
    layout, content = image(rules)
    for end in (0, 1000, layout.old_space + 5, len(content) // 2):
        with pytest.raises(rf.IsolateTrapped):
            read_graph(layout, content[:end], built_in())


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda heap: heap.dominators(-1), "count is a number of objects, at least 0, not -1"),
        (lambda heap: heap.dominators("2"), "count is a number of objects"),
        (lambda heap: heap.path("x"), "an object's id is a whole number, not 'x'"),
        (lambda heap: heap.object(None), "an object's id is a whole number, not None"),
    ],
)
def test_a_question_that_makes_no_sense_is_wrong_usage(ask: Callable[[Heap], object], says: str) -> None:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": 'rule("a")'})) as rules:
        heap = rules.heap()
        with pytest.raises(rf.UsageError, match=says):
            ask(heap)
        assert len(heap.dominators(2)) == 2
