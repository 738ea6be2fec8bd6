"""Built-in functions: against Python's where they mean the same, else by the words of the specification."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.library.caller import Caller
from tests.values.calculator import GuestFailure

texts = st.text(alphabet="abé日", max_size=4)
sortable = st.one_of(
    st.lists(st.integers(-20, 20), max_size=60),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20),
    st.lists(texts, max_size=40),
    st.lists(st.lists(st.integers(0, 2), max_size=3), max_size=20),
    st.lists(st.tuples(st.integers(0, 2), texts), max_size=20),
)


@pytest.fixture(scope="module", params=[False, True], ids=["normal", "stress"])
def caller(request: pytest.FixtureRequest) -> Caller:
    return Caller(stress=request.param)


@settings(max_examples=100, deadline=None)
@given(values=sortable, reverse=st.booleans())
def test_sorted(caller: Caller, values: list[Any], reverse: bool) -> None:
    assert caller.builtin("sorted", values, reverse=reverse) == sorted(values, reverse=reverse)


@settings(max_examples=60, deadline=None)
@given(keys=st.lists(st.integers(0, 3), max_size=60), reverse=st.booleans())
def test_sorting_by_keys_is_stable(caller: Caller, keys: list[int], reverse: bool) -> None:
    items = list(range(len(keys)))
    expected = sorted(items, key=lambda i: keys[i], reverse=reverse)
    assert caller.builtin("_sorted_by", items, keys, reverse) == expected


@settings(max_examples=60, deadline=None)
@given(values=sortable.filter(len))
def test_extremes(caller: Caller, values: list[Any]) -> None:
    assert caller.builtin("max", values) == max(values)
    assert caller.builtin("min", *values, values[0]) == min(values)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.one_of(st.integers(0, 1), st.none(), texts), max_size=20))
def test_visits(caller: Caller, values: list[Any]) -> None:
    assert caller.builtin("all", values) == all(values)
    assert caller.builtin("any", tuple(values)) == any(values)
    assert caller.builtin("reversed", values) == values[::-1]
    assert caller.builtin("enumerate", values, 5) == list(enumerate(values, 5))
    assert caller.builtin("list", tuple(values)) == values
    assert caller.builtin("tuple", values) == tuple(values)
    assert caller.builtin("len", values) == len(values)


@settings(max_examples=40, deadline=None)
@given(columns=st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=4))
def test_zip(caller: Caller, columns: list[list[int]]) -> None:
    assert caller.builtin("zip", *columns) == list(zip(*columns, strict=False))


@settings(max_examples=60, deadline=None)
@given(start=st.integers(-9, 9), stop=st.integers(-9, 9), step=st.integers(-3, 3).filter(bool))
def test_range(caller: Caller, start: int, stop: int, step: int) -> None:
    assert caller.on_range("list", start, stop, step) == list(range(start, stop, step))
    assert caller.on_range("reversed", start, stop, step) == list(range(start, stop, step))[::-1]


@settings(max_examples=100, deadline=None)
@given(number=st.integers(-(2**63), 2**63 - 1), base=st.sampled_from([0, 2, 8, 10, 16, 36]))
def test_int_reads_what_it_may(caller: Caller, number: int, base: int) -> None:
    digits = {0: "#x", 2: "b", 8: "o", 10: "d", 16: "x"}.get(base)
    text = format(number, digits) if digits else to_base_36(number)
    assert caller.builtin("int", text, base) == number


def to_base_36(number: int) -> str:
    """A number in base 36, in upper case."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    rest = abs(number)
    while rest:
        text = digits[rest % 36] + text
        rest //= 36
    return ("-" if number < 0 else "") + (text or "0")


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("abs", (-5,), 5),
        ("abs", (-2.5,), 2.5),
        ("abs", (-(2**47),), 2**47),
        ("bool", (), False),
        ("bool", ("",), False),
        ("bool", (0.5,), True),
        ("chr", (0x1F600,), "😀"),
        ("chr", (0xD800,), "\ufffd"),
        ("ord", ("é",), 233),
        ("str", (1.5,), "1.5"),
        ("str", ("a",), "a"),
        ("repr", ("a",), '"a"'),
        ("dict", (), {}),
        ("dict", ([(1, 2), [3, 4]],), {1: 2, 3: 4}),
        ("float", (), 0.0),
        ("float", (True,), 1.0),
        ("float", ("1e3",), 1000.0),
        ("float", ("-Infinity",), float("-inf")),
        ("float", ("+inf",), float("inf")),
        ("float", (2**53 + 1,), 2.0**53),
        ("int", (2.9,), 2),
        ("int", (-2.9,), -2),
        ("int", (True,), 1),
        ("int", ("0x1f", 0), 31),
        ("int", ("000", 0), 0),
        ("int", ("-0b11", 2), -3),
        ("int", ("-9223372036854775808",), -(2**63)),
        ("hash", ("abc",), 96354),
        ("hash", ("Hello, world",), -476288596),
        ("type", (2**60,), "int"),
        ("type", ((),), "tuple"),
        ("max", (1, 1.0), 1),
    ],
)
def test_values(caller: Caller, name: str, args: tuple[Any, ...], expected: Any) -> None:
    got = caller.builtin(name, *args)
    assert got == expected and type(got) is type(expected)


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("abs", ("x",), "abs: got string, want int or float"),
        ("all", (1,), "all: for parameter 1: got int, want iterable"),
        ("any", ("ab",), "any: for parameter 1: got string, want iterable"),
        ("chr", (-1,), "chr: Unicode code point -1 out of range (<0)"),
        ("chr", (0x110000,), "chr: Unicode code point U+110000 out of range (>0x10FFFF)"),
        ("ord", ("ab",), "ord: string encodes 2 Unicode code points, want 1"),
        ("enumerate", ([], "a"), "enumerate: for parameter 2: got string, want int"),
        ("fail", ("a", 1), "fail: a 1"),
        ("float", ("x",), "float: invalid float literal: x"),
        ("float", ("1e999",), "float: floating-point number too large"),
        ("float", ([],), "float got list, want number or string"),
        ("hash", (1,), "hash: got int, want string or bytes"),
        ("int", ("",), "int: invalid literal with base 10: "),
        ("int", ("012", 0), "int: invalid literal with base 0: 012"),
        ("int", ("0x10",), "int: invalid literal with base 10: 0x10"),
        ("int", ("1", 37), "int: base must be an integer >= 2 && <= 36, or 0"),
        ("int", (1, 10), "int: can't convert non-string with explicit base"),
        ("int", (float("nan"),), "int: cannot convert float NaN to integer"),
        ("int", (float("inf"),), "int: cannot convert float infinity to integer"),
        ("int", ([],), "int: cannot convert list to int"),
        ("len", (1,), "len: value of type int has no len"),
        ("max", (), "max requires at least one positional argument"),
        ("max", ([],), "max: argument is an empty sequence"),
        ("min", (1,), "min: int value is not iterable"),
        ("min", (1, "a"), "string < int not implemented"),
        ("range", (1, 2, 0), "range: step argument must not be zero"),
        ("range", ("a",), "range: for parameter 1: got string, want int"),
        ("sorted", ([1, "a"],), "not implemented"),
        ("zip", ([1], 2), "zip: argument #2 is not iterable: int"),
    ],
)
def test_errors(caller: Caller, name: str, args: tuple[Any, ...], message: str) -> None:
    with pytest.raises(GuestFailure, match=re.escape(message)):
        caller.builtin(name, *args)


def test_printing_fills_the_buffer_that_the_host_reads() -> None:
    caller = Caller()
    printed = ""
    for i in range(3000):
        caller.builtin("print", "line", i, [True], sep="|")
        printed += f"line|{i}|[True]\n"
    address = caller.get("guest.library.printing.print_address")
    size = caller.get("guest.library.printing.print_length")
    assert bytes(caller.memory.read(caller.store, address, address + size)).decode() == printed


@pytest.mark.parametrize("name", ["max", "any", "list", "sorted"])
def test_long_loops_are_stopped_by_the_meter(name: str) -> None:
    caller = Caller()
    caller.set("guest.meter.fuel.remaining", 10_000)
    with pytest.raises(GuestFailure, match=r"fuel|memory"):
        caller.on_range(name, 0, 2**31 - 1, 1) if name != "any" else caller.on_range("all", 1, 2**31 - 1, 1)


def test_long_loops_are_stopped_by_the_interrupt() -> None:
    caller = Caller()
    caller.set("guest.meter.fuel.interrupt", 1)
    with pytest.raises(GuestFailure, match="deadline"):
        caller.on_range("max", 0, 2**31 - 1, 1)
