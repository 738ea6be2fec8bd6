"""String methods against Python's, on generated text: both have the same meaning where the alphabet keeps to simple cases."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.library.caller import Caller
from tests.values.calculator import GuestFailure

# Letters whose case mappings are one code point in both directions, and white space that Python and Unicode agree on.
ALPHABET = "abAB01 \t\n.,{}éÉßЖжλΛ日😀\u00a0\u2003"
texts = st.text(alphabet=ALPHABET, max_size=20)
pieces = st.text(alphabet="aAb, é日", max_size=3)
bounds = st.one_of(st.none(), st.integers(-30, 30))
# Python itself says when a call of it fails.
ERRORS = (ValueError, IndexError)


@pytest.fixture(scope="module", params=[False, True], ids=["normal", "stress"])
def caller(request: pytest.FixtureRequest) -> Caller:
    return Caller(stress=request.param)


def agree(caller: Caller, receiver: Any, name: str, *args: Any) -> None:
    """The method gives what Python's gives, or both fail."""
    try:
        expected = getattr(receiver, name)(*args)
    except ERRORS:
        with pytest.raises(GuestFailure):
            caller.method(receiver, name, *args)
        return
    got = caller.method(receiver, name, *args)
    assert got == expected and type(got) is type(expected), (receiver, name, args)


@pytest.mark.parametrize("name", ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"])
@settings(max_examples=60, deadline=None)
@given(receiver=texts, wanted=pieces, start=bounds, end=bounds)
def test_searches(
    caller: Caller, name: str, receiver: str, wanted: str, start: int | None, end: int | None
) -> None:
    if wanted == "" or receiver == "":
        # Python finds nothing at a start past the end; ringfence clamps it, as starlark-go does.
        agree(caller, receiver, name, wanted)
    else:
        agree(caller, receiver, name, wanted, start, end)


@pytest.mark.parametrize("name", ["startswith", "endswith"])
@settings(max_examples=30, deadline=None)
@given(receiver=texts, choices=st.lists(pieces, max_size=4).map(tuple))
def test_choices_of_prefixes(caller: Caller, name: str, receiver: str, choices: tuple[str, ...]) -> None:
    agree(caller, receiver, name, choices)


@pytest.mark.parametrize("name", ["split", "rsplit"])
@settings(max_examples=100, deadline=None)
@given(receiver=texts, separator=st.one_of(st.none(), pieces), most=st.integers(-1, 4))
def test_splits(caller: Caller, name: str, receiver: str, separator: str | None, most: int) -> None:
    agree(caller, receiver, name, separator, most)


@pytest.mark.parametrize("name", ["partition", "rpartition", "removeprefix", "removesuffix"])
@settings(max_examples=50, deadline=None)
@given(receiver=texts, part=pieces)
def test_parts(caller: Caller, name: str, receiver: str, part: str) -> None:
    agree(caller, receiver, name, part)


@pytest.mark.parametrize("name", ["strip", "lstrip", "rstrip"])
@settings(max_examples=50, deadline=None)
@given(receiver=texts, cutset=st.one_of(st.none(), pieces))
def test_strips(caller: Caller, name: str, receiver: str, cutset: str | None) -> None:
    agree(caller, receiver, name, cutset)


@settings(max_examples=50, deadline=None)
@given(receiver=texts, keep=st.booleans())
def test_splitlines(caller: Caller, receiver: str, keep: bool) -> None:
    # Python also splits at characters that are no line ends here.
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", receiver)
    expected = [line if keep else line.rstrip("\r\n") for line in lines]
    assert caller.method(receiver, "splitlines", keep) == expected


@settings(max_examples=100, deadline=None)
@given(receiver=texts, old=pieces, new=pieces, count=st.integers(-1, 4))
def test_replace(caller: Caller, receiver: str, old: str, new: str, count: int) -> None:
    agree(caller, receiver, "replace", old, new, count)


@settings(max_examples=50, deadline=None)
@given(receiver=pieces, parts=st.lists(texts, max_size=5), as_tuple=st.booleans())
def test_join(caller: Caller, receiver: str, parts: list[str], as_tuple: bool) -> None:
    agree(caller, receiver, "join", tuple(parts) if as_tuple else parts)


CASES = ["upper", "lower", "title", "capitalize"]
QUESTIONS = ["isalpha", "isdigit", "isalnum", "isspace", "isupper", "islower", "istitle"]


@pytest.mark.parametrize("name", CASES + QUESTIONS)
@settings(max_examples=50, deadline=None)
@given(receiver=st.text(alphabet=ALPHABET.replace("ß", ""), max_size=12))
def test_case(caller: Caller, name: str, receiver: str) -> None:
    agree(caller, receiver, name)


def test_long_text_that_defeats_naive_search(caller: Caller) -> None:
    hay = "a" * 20_000
    needle = "b" + "a" * 5_000
    assert caller.method(hay, "rfind", needle) == -1
    assert caller.method(hay, "find", "a" * 5_000 + "b") == -1


@pytest.mark.parametrize(
    ("receiver", "name", "args", "message"),
    [
        ("a", "find", (1,), "find: for parameter 1: got int, want string"),
        ("a", "find", ("a", "b"), "find: invalid start index: got string, want int"),
        ("a", "index", ("b",), "index: substring not found"),
        ("a", "rindex", ("b",), "rindex: substring not found"),
        (
            "a",
            "startswith",
            (1,),
            "startswith: got int, want string or tuple of string",
        ),
        ("a", "endswith", (("b", 1),), "endswith: want string, got int, for element 1"),
        ("a", "split", ("",), "split: empty separator"),
        ("a", "split", (1,), "split: got int for separator, want string"),
        ("a", "rsplit", ("",), "rsplit: empty separator"),
        ("a", "partition", ("",), "partition: empty separator"),
        ("a", "join", ([1],), "join: in list, want string, got int"),
        ("a", "join", (1,), "join: for parameter 1: got int, want iterable"),
        ("a", "replace", (1, "b"), "replace: for parameter 1: got int, want string"),
        ("a", "strip", (1,), "strip: for parameter 1: got int, want string"),
        ("a", "splitlines", (1,), "splitlines: for parameter 1: got int, want bool"),
    ],
)
def test_errors(caller: Caller, receiver: str, name: str, args: tuple[Any, ...], message: str) -> None:
    with pytest.raises(GuestFailure, match=re.escape(message)):
        caller.method(receiver, name, *args)
