"""Handles follow the protocols of Python's containers, and every answer is the guest's."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence, MutableSet, Sequence

import pytest

import ringfence as rf


def test_a_graph_with_a_cycle_is_built_and_visited(heap: rf.LiveHeap) -> None:
    node = heap.dict({"name": "a"})
    node["self"] = node
    assert heap.call("visit", node, depth=2) == "a2"
    assert node["self"] is node
    assert node["seen"] == 2


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        1 << 47,
        -(1 << 63),
        1 << 64,
        -(1 << 200),
        0.5,
        -0.0,
        "",
        "\u00e9\U0001f600\x00",
        b"\xff",
    ],
)
def test_immediate_values_come_back_as_they_are(heap: rf.LiveHeap, value: object) -> None:
    back = heap.value(value)  # type: ignore[arg-type]  # each of them is an operand
    assert type(back) is type(value)
    assert repr(back) == repr(value)
    assert heap.list([value])[0] == value


def test_lists_are_mutable_sequences(heap: rf.LiveHeap) -> None:
    items = heap.list([1, 2, 3])
    assert isinstance(items, MutableSequence)
    items.append(4)
    items.insert(0, 0)
    items.extend(x for x in (5, 6))
    items += [7]
    assert list(items) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert (len(items), items[-1], 3 in items, 9 in items) == (8, 7, True, False)
    assert items[2:5] == [2, 3, 4]
    assert items[::-3] == [7, 4, 1]
    items[1:3] = "ab"
    items[::4] = [None, None]
    del items[-1], items[1:3]
    assert items == [None, 3, None, 5, 6]
    assert (items.pop(), items.pop(0), items.index(5), items.count(None)) == (6, None, 2, 1)
    items.remove(3)
    items.reverse()
    assert list(reversed(items)) == [None, 5]
    del items[::2]
    assert items == [None]
    items.clear()
    assert not items


def test_dicts_are_mutable_mappings(heap: rf.LiveHeap) -> None:
    entries = heap.dict(a=1, b=2)
    assert isinstance(entries, MutableMapping)
    entries["c"] = [3]
    assert list(entries) == list(entries.keys()) == ["a", "b", "c"]
    assert dict(entries) == {"a": 1, "b": 2, "c": entries["c"]}
    assert ("b", 2) in entries.items()
    assert 2 in entries.values()
    assert {**entries}.keys() == entries.keys()
    assert (entries.get("z"), entries.get("a"), entries.pop("z", object), entries.setdefault("d", 4)) == (
        None, 1, object, 4,
    )  # fmt: skip
    entries.update({"a": 5}, e=6)
    del entries["b"]
    assert entries == {"a": 5, "c": [3], "d": 4, "e": 6}
    assert entries.popitem() == ("a", 5)
    entries.clear()
    assert len(entries) == 0


def test_sets_are_mutable_sets(heap: rf.LiveHeap) -> None:
    elements = heap.set([3, 1, 3, "x"])
    assert isinstance(elements, MutableSet)
    assert list(elements) == [3, 1, "x"]
    elements.add(2)
    elements.discard(9)
    elements.remove("x")
    elements.update({7}, (8,))
    assert elements == {1, 2, 3, 7, 8}
    assert elements | {4} == {1, 2, 3, 4, 7, 8}
    assert elements & {1, 9} == {1}
    assert {1, 2} <= elements
    elements -= {7, 8}
    assert elements.pop() == 3


def test_tuples_and_ranges_are_sequences(heap: rf.LiveHeap) -> None:
    pair = heap.tuple([1, [2]])
    assert isinstance(pair, Sequence) and not isinstance(pair, MutableSequence)
    assert (len(pair), pair[0], list(pair[1]), pair[-1:] == ([2],), pair.index(1)) == (2, 1, [2], True, 0)
    numbers = heap.value(range(0, 10, 3))
    assert list(numbers) == [0, 3, 6, 9]
    assert (numbers[-1], 6 in numbers, list(numbers[1:])) == (9, True, [3, 6, 9])


def test_structs_have_attributes(heap: rf.LiveHeap) -> None:
    point = heap.get("point")
    assert (point.x, list(point.y), point.attribute("x")) == (1, [2, 3], 1)
    assert {"x", "y"} <= set(dir(point))
    assert not hasattr(point, "z")
    assert heap.struct(x=1, y=[2, 3]) == point


def test_functions_are_called_with_any_arguments(heap: rf.LiveHeap) -> None:
    first, count = heap.get("first"), heap.call("counter")
    assert first([7]) == 7
    assert [count(), count(), heap.call("apply", count)] == [1, 2, 3]
    assert heap.call("len", [1, 2]) == 2
    assert list(heap.call("sorted", [2, 1, 3], reverse=True)) == [3, 2, 1]
    assert heap.list([1]).attribute("append")(5) is None


def test_other_objects_have_attributes_and_elements(heap: rf.LiveHeap) -> None:
    url = heap.call("url", "https://example.com/a")
    assert url.host == "example.com"
    weak = heap.call("weakmap")
    key = heap.list()
    weak[key] = 5
    assert weak[key] == 5
    assert key in weak
    assert list(heap.call("dir", 5)) == []


def test_one_object_is_one_handle_while_python_holds_it(heap: rf.LiveHeap) -> None:
    inner = heap.list()
    outer = heap.list([inner, inner, (inner,)])
    assert outer[0] is inner and outer[1] is inner and outer[2][0] is inner
    other = heap.list()
    assert other == inner and other is not inner
    assert len({inner, outer[0], other}) == 2
    heap.call("churn", 20_000)  # moves everything
    assert outer[0] is inner


def test_repr_is_the_guests(heap: rf.LiveHeap) -> None:
    items = heap.list([True, None])
    items.append(items)
    assert repr(items) == "[True, None, [...]]"
    assert repr(heap.get("first")) == "<function first>"
    assert repr(heap.get("point")) == "struct(x = 1, y = [2, 3])"


def test_equality_is_the_guests(heap: rf.LiveHeap) -> None:
    items = heap.list([1, {"a": (2,)}])
    assert items == [1, {"a": (2,)}] == items
    assert items != [1] and items != (1, {"a": (2,)}) and items != 5 and items != [object()]
    assert heap.dict({1: 2}) == {1.0: 2}


def test_iterating_locks_as_a_loop_does(heap: rf.LiveHeap) -> None:
    items, entries = heap.list([1, 2]), heap.dict(a=1)
    for _ in items:
        for _, _ in entries.items():
            with pytest.raises(rf.RuleError, match="during iteration"):
                items.append(3)
            with pytest.raises(rf.RuleError, match="during iteration"):
                entries["b"] = 2
    items.append(3)
    entries["b"] = 2
    abandoned = iter(items)
    next(abandoned)
    for operation in (lambda: items.append(4), lambda: heap.call("fail_inside", items), items.clear):
        # A loop that fails in a rule unlocks what it iterated over, and nothing else.
        with pytest.raises(rf.RuleError):
            operation()
    del abandoned
    items.append(4)
    with pytest.raises(rf.RuleError, match="fail: at 1"):
        heap.call("fail_inside", items)
    items.append(5)
    assert list(items) == [1, 2, 3, 4, 5]


def test_long_iterations_come_in_pieces(heap: rf.LiveHeap) -> None:
    entries = heap.dict({i: [i] for i in range(3000)})
    assert list(entries) == list(range(3000))
    assert [(key, list(value)) for key, value in list(entries.items())[::500]] == [
        (i, [i]) for i in range(0, 3000, 500)
    ]


def test_what_python_lets_go_of_is_freed(heap: rf.LiveHeap) -> None:
    kept = heap.list([1])
    before = heap.collect()
    for _ in range(100):
        heap.list(range(1000))
    made = [heap.list(range(1000)) for _ in range(100)]
    assert heap.collect() > before + 800_000
    del made
    assert heap.collect() < before + 50_000
    assert kept == [1]


def test_a_mapping_is_read_by_what_takes_mappings(heap: rf.LiveHeap) -> None:
    entries: Mapping[str, int] = heap.dict(a=1)
    match entries:
        case {"a": value}:
            assert value == 1
        case _:
            pytest.fail("a dict handle is a mapping")


def test_each_scope_is_pristine_and_apart(rules: rf.RuleSet) -> None:
    with rules.enter() as one, rules.enter() as other:
        count = one.call("counter")
        count()
        assert other.call("counter")() == 1
        assert rules.evaluate({"a": 1}).decision == {"a": 1}
        assert count() == 2
