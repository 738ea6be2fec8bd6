"""Methods of lists and dicts against Python's, applied to one container that keeps its identity."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.library.caller import Caller
from tests.values.calculator import GuestFailure, Op

items = st.one_of(
    st.integers(-3, 3), st.sampled_from(["a", "b", "é"]), st.none(), st.tuples(st.integers(0, 2))
)
indexes = st.integers(-6, 6)
list_steps = st.one_of(
    st.tuples(st.just("append"), items),
    st.tuples(st.just("insert"), indexes, items),
    st.tuples(st.just("extend"), st.lists(items, max_size=4)),
    st.tuples(st.just("pop")),
    st.tuples(st.just("pop"), indexes),
    st.tuples(st.just("remove"), items),
    st.tuples(st.just("index"), items, indexes, indexes),
    st.tuples(st.just("clear")),
)
keys = st.one_of(
    st.integers(-3, 8), st.sampled_from(["a", "b", "é", "long enough"]), st.tuples(st.integers(0, 2))
)
dict_steps = st.one_of(
    st.tuples(st.just("get"), keys),
    st.tuples(st.just("get"), keys, items),
    st.tuples(st.just("pop"), keys),
    st.tuples(st.just("pop"), keys, items),
    st.tuples(st.just("setdefault"), keys, items),
    st.tuples(st.just("setdefault"), keys),
    st.tuples(st.just("update"), st.dictionaries(keys, items, max_size=12)),
    st.tuples(st.just("update"), st.lists(st.tuples(keys, items), max_size=4)),
    st.tuples(st.just("popitem")),
    st.tuples(st.just("keys")),
    st.tuples(st.just("values")),
    st.tuples(st.just("items")),
    st.tuples(st.just("clear")),
)
ERRORS = (ValueError, IndexError, KeyError)


@pytest.fixture(scope="module", params=[False, True], ids=["normal", "stress"])
def caller(request: pytest.FixtureRequest) -> Caller:
    return Caller(stress=request.param)


def apply(target: Any, name: str, args: tuple[Any, ...]) -> Any:
    """The same step on Python's container; `popitem` takes the first entry and the views are lists."""
    if name == "popitem":
        key = next(iter(target), None)
        if key is None:
            raise KeyError
        return key, target.pop(key)
    result = getattr(target, name)(*args)
    return list(result) if name in ("keys", "values", "items") else result


def compare(caller: Caller, type_name: str, model: Any, steps: list[tuple[Any, ...]]) -> None:
    """Every step gives the same result, or fails on both sides, and leaves the same container."""
    reference = caller.push(model)
    for name, *args in steps:
        try:
            expected = apply(model, name, tuple(args))
        except ERRORS:
            with pytest.raises(GuestFailure):
                caller.method_of(type_name, reference, name, *args)
        else:
            assert caller.method_of(type_name, reference, name, *args) == expected, (name, args)
        assert caller.value(reference) == model, (name, args)
    caller.call("drop", 1)
    caller.depth -= 1


@settings(max_examples=80, deadline=None)
@given(model=st.lists(items, max_size=5), steps=st.lists(list_steps, max_size=12))
def test_lists(caller: Caller, model: list[Any], steps: list[tuple[Any, ...]]) -> None:
    compare(caller, "list", list(model), steps)


@settings(max_examples=80, deadline=None)
@given(model=st.dictionaries(keys, items, max_size=5), steps=st.lists(dict_steps, max_size=12))
def test_dicts(caller: Caller, model: dict[Any, Any], steps: list[tuple[Any, ...]]) -> None:
    compare(caller, "dict", dict(model), steps)


@pytest.mark.parametrize(
    ("receiver", "name", "args", "message"),
    [
        ([1], "index", (2,), "index: value not in list"),
        ([1], "remove", (2,), "remove: element not found"),
        ([], "pop", (), "pop: index -1 out of range: empty list"),
        ([1, 2], "pop", (2,), "pop: list index 2 out of range [-2:1]"),
        ([1], "pop", ("a",), "pop: for parameter 1: got string, want int"),
        ([1], "extend", (1,), "extend: for parameter 1: got int, want iterable"),
        ([1], "insert", ("a", 1), "insert: for parameter 1: got string, want int"),
        ({}, "popitem", (), "popitem: empty dict"),
        ({}, "pop", (1,), "pop: missing key"),
        ({}, "get", ([],), "unhashable type: list"),
        ({}, "setdefault", ({}, 1), "unhashable type: dict"),
        ({}, "update", (1,), "update: got int, want iterable"),
        ({}, "update", ([1],), "update: dictionary update sequence element #0 is not iterable (int)"),
        (
            {},
            "update",
            ([(1, 2), (1, 2, 3)],),
            "update: dictionary update sequence element #1 has length 3, want 2",
        ),
        ({}, "update", ({}, {}), "update: got 2 arguments, want at most 1"),
    ],
)
def test_errors(caller: Caller, receiver: Any, name: str, args: tuple[Any, ...], message: str) -> None:
    with pytest.raises(GuestFailure, match=re.escape(message)):
        caller.method(receiver, name, *args)


@pytest.mark.parametrize(
    ("type_name", "name", "args"),
    [
        ("list", "append", (1,)),
        ("list", "clear", ()),
        ("list", "extend", ([],)),
        ("list", "insert", (0, 1)),
        ("list", "pop", ()),
        ("list", "remove", (1,)),
        ("dict", "clear", ()),
        ("dict", "pop", (1,)),
        ("dict", "popitem", ()),
        ("dict", "setdefault", (7, 1)),
        ("dict", "update", ({},)),
    ],
)
@pytest.mark.parametrize("operation", [Op.FREEZE, Op.LOCK])
def test_refused_changes(
    caller: Caller, type_name: str, name: str, args: tuple[Any, ...], operation: int
) -> None:
    reference = caller.push([1] if type_name == "list" else {1: 2})
    caller.push(reference)
    caller._perform(operation, 1)
    why = "frozen" if operation == Op.FREEZE else "during iteration"
    with pytest.raises(GuestFailure, match=f"cannot .*{why}"):
        caller.method_of(type_name, reference, name, *args)
    assert caller.value(reference) == ([1] if type_name == "list" else {1: 2})


def test_update_checks_everything_before_it_changes_anything(caller: Caller) -> None:
    reference = caller.push({})
    with pytest.raises(GuestFailure):
        caller.method_of("dict", reference, "update", [(1, 2), 3])
    assert caller.value(reference) == {}


def test_update_by_keywords(caller: Caller) -> None:
    reference = caller.push({"a": 1})
    caller.method_of("dict", reference, "update", [("b", 2)], a=3)
    assert caller.value(reference) == {"a": 3, "b": 2}
