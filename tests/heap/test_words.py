"""Spans, searching, boxing and the wide product, against Python's own."""

from __future__ import annotations

import random
import struct
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.heap.harness import Machine


class Words:
    """The guest and the addresses of its two buffers."""

    def __init__(self) -> None:
        self.machine = Machine("words")
        self.first = self.machine.call("boot")
        self.second = self.machine.call("second")

    def put(self, first: bytes, second: bytes = b"") -> None:
        """Fill the buffers, with rubbish behind the data."""
        self.machine.poke(self.first, first + b"\xff\xaa" * 16)
        self.machine.poke(self.second, second + b"\xfe\xbb" * 16)


@pytest.fixture(scope="module")
def words() -> Words:
    """One instance: these functions keep no state."""
    return Words()


def signed(x: int) -> int:
    """A u64 as the wasmtime package wants it."""
    return x - (1 << 64) if x >> 63 else x


repetitive = st.text("ab", max_size=80).map(str.encode)
anything = st.binary(max_size=100)


@settings(max_examples=300, deadline=None)
@given(hay=st.one_of(repetitive, anything), needle=st.one_of(repetitive, anything), cut=st.integers(0, 99))
def test_find(words: Words, hay: bytes, needle: bytes, cut: int) -> None:
    """Both methods find what Python finds, needles from the text itself included."""
    for wanted in (needle, needle[:3], hay[cut : cut + 9], hay[cut:]):
        words.put(hay, wanted)
        assert words.machine.call("find", len(hay), len(wanted)) == hay.find(wanted)
        if 0 < len(wanted) <= len(hay):
            at = words.machine.call("find_two_way", len(hay), len(wanted))
            assert at == (hay.find(wanted) if wanted in hay else len(hay))


@pytest.mark.parametrize(
    ("hay", "needle"),
    [
        (b"a" * 1_000_000, b"a" * 500 + b"b" + b"a" * 500),
        ((b"a" * 999 + b"b") * 1000, b"a" * 1000),
        ((b"ab" * 499 + b"aa") * 1000, b"ab" * 499 + b"bb" + b"ab" * 10),
    ],
)
def test_find_is_linear(words: Words, hay: bytes, needle: bytes) -> None:
    """A megabyte of text made to be slow takes milliseconds, not the minutes of the obvious method."""
    words.put(hay, needle)
    begin = time.perf_counter()
    assert words.machine.call("find", len(hay), len(needle)) == hay.find(needle)
    assert time.perf_counter() - begin < 0.5


@settings(max_examples=200, deadline=None)
@given(a=anything, b=anything, change=st.integers(0, 99))
def test_compare(words: Words, a: bytes, b: bytes, change: int) -> None:
    """Equality and order of equal, nearly equal and unrelated bytes."""
    nearly = bytes(x ^ (i == change) for i, x in enumerate(a))
    for other in (a, b, nearly):
        n = min(len(a), len(other))
        words.put(a[:n], other[:n])
        assert words.machine.call("equal", n) == (a[:n] == other[:n])
        order = words.machine.call("compare", n)
        assert (order > 0) - (order < 0) == (a[:n] > other[:n]) - (a[:n] < other[:n])


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), offset=st.integers(0, 7))
def test_text(words: Words, text: str, offset: int) -> None:
    """Counting and classifying UTF-8, at any alignment; the hash depends on the bytes alone."""
    data = text.encode()
    words.put(data)
    length = words.machine.call("hash_of", 0, len(data))
    words.put(bytes(offset) + data)
    assert words.machine.call("hash_of", offset, len(data)) == length != 0
    assert words.machine.call("count_chars", offset, len(data)) == len(text)
    assert words.machine.call("ascii", offset, len(data)) == text.isascii()


def test_hash_spreads(words: Words) -> None:
    """Short keys that differ in one place: no more collisions than chance makes, in the low bits as well."""
    hashes = []
    for i in range(5000):
        key = f"key-{i}".encode()
        words.put(key)
        hashes.append(words.machine.call("hash_of", 0, len(key)) & 0xFFFF_FFFF)
    assert len(set(hashes)) >= 4998
    assert len({h & 0x1FFF for h in hashes}) > 3300  # 5,000 balls in 8,192 bins fill about 3,740


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_copy(words: Words, data: bytes) -> None:
    """All bytes, and none behind them."""
    words.put(data)
    words.machine.call("copy", len(data))
    copied = words.machine.contents()[words.second : words.second + len(data) + 2]
    assert copied == data + b"\xfe\xbb" if not data else copied[: len(data)] == data


@given(a=st.integers(0, 2**64 - 1), b=st.integers(0, 2**64 - 1))
@example(a=2**64 - 1, b=2**64 - 1)
@settings(max_examples=300, deadline=None)
def test_wide_product(words: Words, a: int, b: int) -> None:
    """All 128 bits."""
    low = words.machine.call("multiply", signed(a), signed(b)) & (2**64 - 1)
    assert low | words.machine.read("heap.words.high") << 64 == a * b


@given(x=st.integers(-(2**63), 2**63 - 1))
@example(x=-(2**47))
@example(x=2**47 - 1)
@example(x=-(2**47) - 1)
@example(x=2**47)
@settings(max_examples=300, deadline=None)
def test_small_integers(words: Words, x: int) -> None:
    """Integers of 48 bits come back, others do not fit."""
    for worth in (x, x >> 16):
        pattern = words.machine.call("box_small", worth) & (2**64 - 1)
        fits = -(2**47) <= worth < 2**47
        assert pattern == (0xFFFF << 48 | worth & (2**48 - 1) if fits else 0)


@given(x=st.floats())
@example(x=float("inf"))
@example(x=float("-inf"))
@example(x=float("nan"))
@example(x=-0.0)
@settings(max_examples=300, deadline=None)
def test_floats(words: Words, x: float) -> None:
    """Doubles come back bit by bit, every NaN as the one."""
    pattern = struct.unpack("<Q", struct.pack("<d", x))[0]
    boxed = words.machine.call("box_float", signed(pattern)) & (2**64 - 1)
    assert boxed == (0x7FF8 << 48 if x != x else pattern)


def test_kinds_exclude_each_other(words: Words) -> None:
    """At the borders and at random, bits look like one kind of Value or none."""
    rng = random.Random(3)
    borders = [
        tag << 48 | low for tag in (0, 1, 2, 0xFFF2, 0xFFFE, 0xFFFF) for low in (0, 1, 2, 3, 2**48 - 1)
    ]
    for pattern in [*borders, *(rng.getrandbits(64) for _ in range(200))]:
        assert words.machine.call("kinds_of", signed(pattern)) <= 1
    assert words.machine.call("kinds_of", 0) == 0
    assert [words.machine.call("box_bool", x) for x in (0, 1)] == [(1 << 48) + 1, (1 << 48) + 2]
