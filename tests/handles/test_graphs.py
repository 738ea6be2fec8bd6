"""Graphs of any shape go in and come out as they are, whatever their depth; random operations match Python's own containers."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ringfence as rf
from guest.machine import wire
from ringfence.errors import ConversionError
from ringfence.handles.answers import NONSENSE, AnswerReader
from ringfence.handles.requests import encode_request
from ringfence.handles.wire import Form, Operation, Tag
from tests import stress
from tests.handles.conftest import SOURCE

EXAMPLES = settings(
    max_examples=10 if stress.gc_stress() else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
IMMEDIATE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(1 << 200), max_value=1 << 200)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
)
KEY = st.integers(0, 20) | st.text(max_size=3)


def canonical(value: Any) -> list[Any]:
    """A graph as a list of its nodes in the order in which they are met: equal for graphs of one shape, sharing included."""
    places: dict[int, int] = {}
    nodes: list[Any] = []

    def part(x: Any) -> Any:
        if not isinstance(x, list | dict | tuple | set | SimpleNamespace):
            return (type(x).__name__, repr(x))
        if id(x) not in places:
            places[id(x)] = len(nodes)
            nodes.append(x)
        return places[id(x)]

    root = part(value)
    described: list[Any] = [root]
    for node in nodes:
        if isinstance(node, dict):
            described.append(("dict", [(part(key), part(x)) for key, x in node.items()]))
        elif isinstance(node, SimpleNamespace):
            described.append(("struct", sorted((key, part(x)) for key, x in vars(node).items())))
        elif isinstance(node, set):
            described.append(("set", sorted(map(repr, node))))
        else:
            described.append((type(node).__name__, [part(x) for x in node]))
    return described


def random_graph(chance: random.Random, size: int) -> Any:
    """A graph of containers that refer to each other at random, cycles included."""
    nodes: list[Any] = [chance.choice((list, dict, SimpleNamespace, set))() for _ in range(size)]

    def some() -> Any:
        kind = chance.random()
        if kind < 0.3:
            return chance.choice((None, True, -1, 1 << 70, 0.25, "text", b"bytes"))
        if kind < 0.45:
            return tuple(some() for _ in range(chance.randrange(3)))
        return chance.choice(nodes)

    for node in nodes:
        for at in range(chance.randrange(5)):
            if isinstance(node, list):
                node.append(some())
            elif isinstance(node, dict):
                node[chance.choice((at, f"key {at}", (at, "x")))] = some()
            elif isinstance(node, SimpleNamespace):
                setattr(node, f"field{at}", some())
            else:
                node.add(chance.choice((at, f"{at}", (at, (at,)))))
    return nodes


@pytest.mark.parametrize("seed", range(40))
def test_graphs_with_cycles_and_sharing_survive(heap: rf.LiveHeap, seed: int) -> None:
    chance = random.Random(seed)
    graph = random_graph(chance, chance.randrange(1, 30))
    assert canonical(heap.value(graph).to_python()) == canonical(graph)


@given(
    st.recursive(IMMEDIATE, lambda x: st.lists(x) | st.dictionaries(KEY, x) | st.tuples(x, x) | st.sets(KEY))
)
@EXAMPLES
def test_any_value_survives(heap: rf.LiveHeap, value: Any) -> None:
    back = heap.list([value]).to_python()
    assert back == [value]
    assert canonical(back) == canonical([value])


def test_arguments_of_one_call_share_what_they_share(heap: rf.LiveHeap) -> None:
    shared: list[int] = []
    pair = heap.call("apply", heap.get("zip"), [shared], [shared])
    left, right = pair[0]
    assert left is right


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda inner: [inner],
    "tuple": lambda inner: (inner,),
    "dict": lambda inner: {"x": inner},
    "struct": lambda inner: SimpleNamespace(x=inner),
}


@pytest.mark.not_under_gc_stress("many objects")
@pytest.mark.parametrize("name", WRAPPERS)
def test_depth_does_not_matter(name: str) -> None:
    """So many levels no stack would bear, on either side."""
    depth = 100_000
    deep: Any = None
    for _ in range(depth):
        deep = WRAPPERS[name](deep)
    limits = rf.Limits(fuel=50_000_000, memory="128MiB", deadline=60.0)
    with (
        rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE}), limits=limits) as rules,
        rules.enter() as heap,
    ):
        back = heap.value(deep).to_python()
    levels = 0
    while back is not None:
        (back,) = vars(back).values() if name == "struct" else back.values() if name == "dict" else back
        levels += 1
    assert levels == depth


@given(st.lists(st.tuples(st.sampled_from(range(11)), st.integers(-6, 6), st.integers(-6, 6))))
@EXAMPLES
def test_lists_match_pythons(heap: rf.LiveHeap, steps: list[tuple[int, int, int]]) -> None:
    """Every operation gives what Python's list gives, or an error where that raises one."""
    ours, model = heap.list(), list[Any]()
    assert isinstance(ours, rf.ListHandle)

    def do(items: Any, step: tuple[int, int, int]) -> Any:
        what, i, j = step
        match what:
            case 0:
                return items.append(i)
            case 1:
                return items.insert(i, j)
            case 2:
                return items.pop(i)
            case 3:
                items[i] = j
            case 4:
                return list(items[i:j])
            case 5:
                items[i:j] = [i, j, i]
            case 6:
                del items[i:j]
            case 7:
                return items.remove(i)
            case 8:
                return (i in items, items.count(j), len(items), list(items[:: i or 1]))
            case 9:
                del items[:: i or 1]
            case _:
                return items.index(i)
        return None

    for step in steps:
        expected: Any
        try:
            expected = do(model, step)
        except (IndexError, ValueError) as error:
            with pytest.raises(type(error)):
                do(ours, step)
            continue
        assert do(ours, step) == expected
    assert list(ours) == ours.to_python() == model
    assert list(reversed(ours)) == model[::-1]


@given(st.lists(st.tuples(st.sampled_from(range(7)), KEY, st.integers())))
@EXAMPLES
def test_dicts_match_pythons(heap: rf.LiveHeap, steps: list[tuple[int, Any, int]]) -> None:
    ours, model = heap.dict(), dict[Any, Any]()

    def do(entries: Any, step: tuple[int, Any, int]) -> Any:
        what, key, value = step
        match what:
            case 0 | 1:
                entries[key] = value
            case 2:
                del entries[key]
            case 3:
                return entries.pop(key, value)
            case 4:
                return (key in entries, entries.get(key, value), len(entries))
            case 5:
                return entries.setdefault(key, value)
            case _:
                return entries[key]
        return None

    for step in steps:
        expected: Any
        try:
            expected = do(model, step)
        except KeyError:
            with pytest.raises(KeyError):
                do(ours, step)
            continue
        assert do(ours, step) == expected
    assert list(ours.items()) == list(model.items()) == list(ours.to_python().items())
    assert (list(ours.values()), list(ours)) == (list(model.values()), list(model))


def test_handles_come_back_from_where_they_went(heap: rf.LiveHeap) -> None:
    """Many objects, held and dropped at random while others are made: each handle is its own object to the end."""
    chance = random.Random(1)
    everything = heap.dict()
    held: dict[int, Any] = {}
    for number in range(60 if stress.gc_stress() else 1500):
        made = heap.list([number])
        everything[number] = made
        held[number] = made
        if chance.random() < 0.5 and held:
            del held[chance.choice(list(held))]
        if number % 100 == 99:
            heap.call("churn", 3_000)
    del made
    for number, item in everything.items():
        assert item[0] == number
        assert held.get(number, item) is item


# What a broken guest may answer.

ANSWERS = st.binary(max_size=60) | st.lists(
    st.sampled_from([*range(12), 255]) | st.integers(0, 255), max_size=80
).map(bytes)


@given(ANSWERS)
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_an_answer_or_nonsense(answer: bytes) -> None:
    for read in (AnswerReader.value, AnswerReader.graph, AnswerReader.handle_number):
        try:
            read(AnswerReader(answer, lambda number, form: (number, form)))
        except (*NONSENSE, ConversionError):
            pass


def test_a_tuple_that_contains_itself_is_nonsense() -> None:
    node = bytes([Form.TUPLE, 1, 0, 0, 0, Tag.NODE, 0, 0, 0, 0])
    with pytest.raises(ValueError, match="contains itself"):
        AnswerReader(node[5:] + node, lambda number, form: None).graph()


def test_both_sides_mean_the_same_by_their_numbers() -> None:
    for theirs, ours in ((wire.Operation, Operation), (wire.Tag, Tag), (wire.Form, Form)):
        assert [(item.name, item.value) for item in theirs] == [(item.name, item.value) for item in ours]
    assert encode_request(lambda value: None, Operation.KEEP, [None])[-2:] == bytes(
        [Operation.KEEP, Tag.NONE]
    )
