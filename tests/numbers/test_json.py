"""JSON in and out, against CPython's `json`; what is refused, and where."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numbers.codec import Codec, GuestFailure

integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
leaves = st.one_of(st.none(), st.booleans(), integers, floats, texts)
documents = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=12), st.dictionaries(texts, inner, max_size=12)),
    max_leaves=40,
)


def dumps(value: Any) -> str:
    """JSON as the guest writes it."""
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture(params=["plain", "stressed"])
def either(request: pytest.FixtureRequest, codec: Codec, stressed: Codec) -> Codec:
    return codec if request.param == "plain" else stressed


@given(value=documents, ascii_only=st.booleans(), spaced=st.booleans())
@settings(max_examples=400)
def test_round_trip(codec: Codec, value: Any, ascii_only: bool, spaced: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=2 if spaced else None)
    codec.load(text.encode())
    assert codec.dumped() == dumps(value)


@given(value=documents)
@settings(max_examples=100)
def test_round_trip_under_stress(stressed: Codec, value: Any) -> None:
    stressed.load(json.dumps(value).encode())
    assert stressed.dumped() == dumps(value)


@given(value=documents, where=st.integers(1, 50))
@settings(max_examples=300)
def test_an_input_inside_a_buffer(codec: Codec, value: Any, where: int) -> None:
    codec.write(b'"' * where)
    codec.load(dumps(value).encode(), at=where)
    assert codec.dumped() == dumps(value)


@given(st.binary(max_size=60))
@settings(max_examples=400)
def test_any_bytes(codec: Codec, data: bytes) -> None:
    """Whatever comes in is decoded as CPython does, or refused as an input error."""
    agree(codec, data)


@given(st.text('{}[]",:0123456789.eE+-\\u trufalsn\n', max_size=30))
@settings(max_examples=1200)
def test_nearly_json(codec: Codec, text: str) -> None:
    agree(codec, text.encode())


@given(documents, st.integers(0, 400), st.sampled_from(b'{}[]",:\\0-.e \x00\x80\xff'))
@settings(max_examples=600)
def test_one_byte_changed(codec: Codec, value: Any, where: int, byte: int) -> None:
    data = bytearray(dumps(value).encode())
    data[where % len(data)] = byte
    agree(codec, bytes(data))


def agree(codec: Codec, data: bytes) -> None:
    """Compare with CPython, except where the guest means to differ."""
    try:
        expected: Any = json.loads(data.decode(), parse_constant=lambda name: 1 / 0)
        text = dumps(expected)
        refused = out_of_range(expected)
    except (ValueError, ZeroDivisionError):
        refused = True
    if b"\\u" in data and not refused and any(0xD800 <= ord(c) < 0xE000 for c in text):
        return  # a lone surrogate, which CPython keeps
    if data.startswith(b"\xef\xbb\xbf"):
        refused = True
    try:
        codec.load(data)
    except GuestFailure as failure:
        assert failure.kind == "input"
        assert refused, failure.message
    else:
        assert not refused
        assert codec.dumped() == text


def out_of_range(value: Any) -> bool:
    """Whether a document has a number that the guest refuses."""
    if isinstance(value, dict):
        return any(map(out_of_range, value.values()))
    if isinstance(value, list):
        return any(map(out_of_range, value))
    return isinstance(value, float) and math.isinf(value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not valid JSON: the input ends too early at byte 0"),
        (b"  ", "not valid JSON: the input ends too early at byte 2"),
        (b"{", "not valid JSON: the input ends too early at byte 1"),
        (b'{"a"', "not valid JSON: the input ends too early at byte 4"),
        (b'{"a":', "not valid JSON: the input ends too early at byte 5"),
        (b'{"a":1', "not valid JSON: the input ends too early at byte 6"),
        (b'{"a":1,', "not valid JSON: the input ends too early at byte 7"),
        (b'{"a":1,}', "not valid JSON: a key in double quotes was expected at byte 7"),
        (b"{1:2}", "not valid JSON: a key in double quotes was expected at byte 1"),
        (b'{"a" 1}', "not valid JSON: a colon was expected after the key at byte 5"),
        (b'{"a":}', "not valid JSON: a value was expected at byte 5"),
        (b"[1 2]", "not valid JSON: a comma or the end of the container was expected at byte 3"),
        (b"[1}", "not valid JSON: a comma or the end of the container was expected at byte 2"),
        (b"[,]", "not valid JSON: a value was expected at byte 1"),
        (b"[1,]", "not valid JSON: a value was expected at byte 3"),
        (b"1 2", "not valid JSON: nothing more was expected at byte 2"),
        (b"[]]", "not valid JSON: nothing more was expected at byte 2"),
        (b"nul", "not valid JSON: a value was expected at byte 0"),
        (
            b"NaN",
            "not valid JSON: a value was expected (JSON has no NaN, Infinity or None: use null) at byte 0",
        ),
        (
            b'{"a":Infinity}',
            "not valid JSON: a value was expected (JSON has no NaN, Infinity or None: use null) at byte 5",
        ),
        (
            b'{"a":None}',
            "not valid JSON: a value was expected (JSON has no NaN, Infinity or None: use null) at byte 5",
        ),
        (b'{"a":True}', "not valid JSON: a value was expected (JSON writes true and false) at byte 5"),
        (b"{\"a\":'b'}", "not valid JSON: a value was expected (JSON has double quotes only) at byte 5"),
        (b"01", "not valid JSON: a number with a leading zero at byte 0"),
        (b"-", "not valid JSON: a minus without a number at byte 0"),
        (b"1.", "not valid JSON: a decimal point without digits after it at byte 1"),
        (b"1e", "not valid JSON: an exponent without digits at byte 1"),
        (b"1e999", "a number too large for a float at byte 0"),
        (b'"abc', "not valid JSON: a string without a closing quote at byte 0"),
        (b'"a\nb"', "not valid JSON: an unescaped control character in a string at byte 2"),
        (b'"a\\x"', "not valid JSON: an invalid escape in a string at byte 2"),
        (b'"\\u12g4"', "not valid JSON: an invalid escape in a string at byte 1"),
        (b'"\\', "not valid JSON: an invalid escape in a string at byte 1"),
        (b'"\xff"', "not valid JSON: invalid UTF-8 in a string at byte 1"),
        (b'"\xc0\x80"', "not valid JSON: invalid UTF-8 in a string at byte 1"),
        (b'"\xed\xa0\x80"', "not valid JSON: invalid UTF-8 in a string at byte 1"),
        (b'"\xf4\x90\x80\x80"', "not valid JSON: invalid UTF-8 in a string at byte 1"),
        (b'"\xe2\x82', "not valid JSON: invalid UTF-8 in a string at byte 1"),
        (b'{"\xff":1}', "not valid JSON: invalid UTF-8 in a string at byte 2"),
        (b"[" * 201, "more than 200 containers inside one another at byte 200"),
        (b"[" * 10_000, "more than 200 containers inside one another at byte 200"),
        (b'{"a":' * 10_000, "more than 200 containers inside one another at byte 1000"),
    ],
)
def test_refused(either: Codec, data: bytes, message: str) -> None:
    with pytest.raises(GuestFailure) as failure:
        either.load(data, at=3)
    assert (failure.value.kind, failure.value.message) == ("input", message)


@pytest.mark.parametrize("data", [b"[]", b'"x"', b"1", b"null"])
def test_an_event_is_an_object(codec: Codec, data: bytes) -> None:
    with pytest.raises(GuestFailure, match=r"the event is not a JSON object$"):
        codec.load(data, event=True)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'{"a":1,"b":2,"a":3}', '{"a": 3, "b": 2}'),
        (b'{"\\u0061":1,"a":2}', '{"a": 2}'),
        (b'{"\xc3\xa9":1,"\\u00e9":2}', '{"é": 2}'),
        (b'"\\ud83d\\ude00"', '"\U0001f600"'),
        (b'"\\ud83d"', '"\ufffd"'),
        (b'"\\ude00\\ud83d"', '"\ufffd\ufffd"'),
        (b'"\\ud83d\\ud83d\\ude00"', '"\ufffd\U0001f600"'),
        (b'"\\ud83dx"', '"\ufffdx"'),
        (b'"\\ud83d\\n"', '"\ufffd\\n"'),
        (b'"\\u0000\\u001f\\u007f\\/\\b"', '"\\u0000\\u001f\x7f/\\b"'),
        (b"-0", "0"),
        (b"-0.0", "-0.0"),
        (b"1E5", "100000.0"),
        (b"1e16", "1e+16"),
        (b"123456789012345.5", "123456789012345.5"),
        (b"9223372036854775807", "9223372036854775807"),
        (b"-9223372036854775808", "-9223372036854775808"),
        (b"140737488355328", "140737488355328"),
        (b"-140737488355328", "-140737488355328"),
        (b"-140737488355329", "-140737488355329"),
        (b"1e-400", "0.0"),
        (b"\t\r\n [ 1 , 2 ] \n", "[1, 2]"),
    ],
)
def test_decoded(either: Codec, data: bytes, text: str) -> None:
    either.load(data)
    assert either.dumped() == text


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 128, 129, 1000, 5000])
def test_sizes_of_containers(either: Codec, count: int) -> None:
    if either.get("guest.heap.allocate.gc_stress") and count > 200:
        count = 200
    for value in ({f"key{i}": i for i in range(count)}, list(range(count)), [[i] for i in range(count)]):
        either.load(dumps(value).encode())
        assert either.dumped() == dumps(value)


@pytest.mark.parametrize("count", [2, 9, 40, 200, 1000])
def test_duplicates_among_many(codec: Codec, count: int) -> None:
    pairs = [(f"k{i * 7 % count // 2}", i) for i in range(count)]
    codec.load(("{" + ",".join(f'"{k}":{i}' for k, i in pairs) + "}").encode())
    assert codec.dumped() == dumps(dict(pairs))


def test_full_containers_at_every_depth(codec: Codec) -> None:
    value: Any = []
    for _ in range(199):
        value = [*range(127), value]
    codec.load(dumps(value).encode())
    assert codec.dumped() == dumps(value)


def test_interned_keys(codec: Codec) -> None:
    codec.intern("interned-key")
    codec.intern("é")
    for _ in range(2):
        codec.load('{"interned-key":1,"é":2,"interned-kex":3,"interned-key":4}'.encode())
        assert codec.dumped() == '{"interned-key": 4, "é": 2, "interned-kex": 3}'


def test_a_key_that_a_program_names_later() -> None:
    """Keys kept from earlier events do not hide an interned one, and documents intern their keys."""
    codec = Codec()
    for key in ("from-event", "from-document", "a key longer than two words", "ключ"):
        data = json.dumps({key: 1}, ensure_ascii=False).encode()
        codec.load(data, event=not key.endswith("document"))
        if key.endswith("document"):
            assert codec.call("look_up", codec.write(key.encode())) == 0
        codec.intern(key)
        for is_event in (True, False, True):
            codec.load(data, event=is_event)
            assert codec.call("look_up", codec.write(key.encode())) == 0
            assert codec.shown() == "1"


def test_fuel_is_a_function_of_the_input() -> None:
    """The cache of keys saves time, not fuel."""
    data = json.dumps({f"key-{i}": [i, 0.1 + i, "é" * i] for i in range(30)}).encode()
    codec = Codec()
    spent = []
    for i in range(30):
        codec.intern(f"key-{i}")
    for _ in range(3):
        before = codec.get("guest.meter.fuel.remaining")
        codec.load(data, event=True)
        spent.append(before - codec.get("guest.meter.fuel.remaining"))
    fresh = Codec()
    for i in range(30):
        fresh.intern(f"key-{i}")
    before = fresh.get("guest.meter.fuel.remaining")
    fresh.load(data, event=True)
    assert {*spent, before - fresh.get("guest.meter.fuel.remaining")} == {spent[0]}


def test_out_of_fuel(codec: Codec) -> None:
    codec.set("guest.meter.fuel.remaining", 3)
    with pytest.raises(GuestFailure) as failure:
        codec.load(b'{"a": "' + b"x" * 1000 + b'"}')
    codec.set("guest.meter.fuel.remaining", 10**15)
    assert failure.value.kind == "fuel"


# Encoding.


@given(texts)
@settings(max_examples=300)
def test_strings_out(codec: Codec, text: str) -> None:
    codec.load(json.dumps(text).encode())
    assert codec.dumped() == dumps(text)


@given(floats)
@settings(max_examples=300)
def test_floats_out(codec: Codec, x: float) -> None:
    codec.load(repr(x).encode())
    assert codec.dumped() == repr(x)


def test_long_strings_out(codec: Codec) -> None:
    for text in ("\x01" * 100_000, "a" * 600_000, 'é"' * 2000, "\n" * 513):
        codec.load(json.dumps(text).encode())
        assert codec.dumped() == dumps(text)


def test_a_decision_that_is_too_long(codec: Codec) -> None:
    for value in ("a" * 1_100_000, ["a" * 1000] * 1100):
        codec.load(json.dumps(value).encode())
        with pytest.raises(GuestFailure, match="its text is longer than 1 MiB") as failure:
            codec.dumped()
        assert failure.value.kind == "rule"


def test_a_decision_that_is_too_deep(codec: Codec) -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    codec.load(json.dumps(value).encode())
    assert codec.dumped() == dumps(value)
    codec.call("put_inside", 1)
    with pytest.raises(GuestFailure, match="more than 200 containers inside one another"):
        codec.dumped()


def test_a_decision_that_contains_itself(codec: Codec) -> None:
    codec.load(b"1")
    codec.call("put_inside", 0)
    with pytest.raises(GuestFailure, match="perhaps it contains itself"):
        codec.dumped()


def test_the_place_of_what_is_not_json(codec: Codec) -> None:
    codec.ip("10.0.0.1")
    codec.call("keep")
    codec.load(b'{"a": 1}')
    codec.call("put_inside", 1)
    with pytest.raises(GuestFailure, match=r"decision is not JSON: decision\[1\] is of type ip"):
        codec.dumped()
