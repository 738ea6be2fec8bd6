"""Every hostile event ends in an `input` error of its own line, in time and within memory, and the next event is decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.limits import parse_size
from tests.hostile.harness import (
    BASE_ALLOWANCE,
    DEFAULT_DEADLINE,
    MEMORY_ALLOWANCE,
    RINGFENCE,
    bounded,
    outcome,
    run_measured,
)

MEMORY = "16MiB"
SOURCE = """
def decide(event):
    return {"keys": len(event), "x": event.get("x")}
"""
CALM = b'{"x": 1}'
CALM_LINE = {"keys": 1, "x": 1}

Content = bytes | Callable[[], bytes]  # large ones are made when they are needed

HOSTILE: dict[str, Content] = {
    "a word": b"hello",
    "a truncated object": b'{"x": ',
    "a truncated string": b'{"x": "abc',
    "a truncated escape": b'{"x": "\\u12"}',
    "an unknown escape": b'{"x": "\\q"}',
    "a truncated literal": b'{"x": tru',
    "a misspelt literal": b'{"x": True}',
    "a comma too many": b'{"x": 1,}',
    "a comma too few": b'{"x": 1 "y": 2}',
    "a colon too few": b'{"x" 1}',
    "a key that is no string": b"{1: 2}",
    "single quotes": b"{'x': 1}",
    "two objects": b'{"x": 1} {"x": 2}',
    "a bracket that does not match": b'{"x": [1}',
    "an array": b"[1, 2]",
    "a number": b"17",
    "a string": b'"x"',
    "null": b"null",
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": -Infinity}',
    "a leading zero": b'{"x": 01}',
    "a leading plus": b'{"x": +1}',
    "a number without digits": b'{"x": -}',
    "a fraction without digits": b'{"x": 1.}',
    "an exponent without digits": b'{"x": 1e}',
    "hexadecimal": b'{"x": 0x10}',
    "a control character in a string": b'{"x": "a\x01b"}',
    "a raw tab in a string": b'{"x": "a\tb"}',
    "a zero byte": b'{"x": 1}\x00',
    "two byte order marks": b'\xef\xbb\xbf\xef\xbb\xbf{"x": 1}',
    "a byte order mark and nothing": b"\xef\xbb\xbf",
    "a part of a byte order mark": b'\xef\xbb{"x": 1}',
    "a byte order mark behind the event": b'{"x": 1}\xef\xbb\xbf',
    "bytes that are no UTF-8": b'{"x": "\xff\xfe"}',
    "an overlong encoding": b'{"x": "\xc0\xaf"}',
    "an encoded surrogate": b'{"x": "\xed\xa0\x80"}',
    "a code point past the last": b'{"x": "\xf4\x90\x80\x80"}',
    "a truncated code point": b'{"x": "\xe2\x82',
    "bytes that are no UTF-8 in a key": b'{"\x80": 1}',
    "nested 10,000 deep": b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "nested 10,000 deep and truncated": b'{"x": ' + b"[" * 10_000,
    "objects nested 10,000 deep": b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
    "nested 201 deep": b'{"x": ' + b"[" * 200 + b"]" * 200 + b"}",
    "a string of 64 MiB": lambda: b'{"x": "' + b"a" * (64 << 20) + b'"}',
    "64 MiB of brackets": lambda: b"[" * (64 << 20),
    "64 MiB of digits": lambda: b'{"x": ' + b"1" * (64 << 20) + b"}",
}

ODD_BUT_FINE: dict[str, tuple[bytes, object]] = {
    "duplicate keys: the last wins": (b'{"x": 1, "x": 2}', {"keys": 1, "x": 2}),
    "duplicate keys by escape": (b'{"x": 1, "\\u0078": 2}', {"keys": 1, "x": 2}),
    "a double of many digits": (b'{"x": 0.1000000000000000055511151231257827}', {"keys": 1, "x": 0.1}),
    "a number too small for a double": (b'{"x": 1e-999}', {"keys": 1, "x": 0.0}),
    "the largest 64-bit integer": (b'{"x": 9223372036854775807}', {"keys": 1, "x": 9223372036854775807}),
    "the smallest 64-bit integer": (b'{"x": -9223372036854775808}', {"keys": 1, "x": -9223372036854775808}),
    "200 levels": (b'{"x": ' + b"[" * 199 + b"]" * 199 + b"}", None),
    "all kinds of white space": (b' \t\r{ "x"\t: [ 1 , 2 ] } ', {"keys": 1, "x": [1, 2]}),
    "escapes": (
        b'{"x": "\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"}',
        {"keys": 1, "x": '"\\/\b\f\n\r\té😀'},
    ),
    "an escaped zero": (b'{"x": "\\u0000"}', {"keys": 1, "x": "\0"}),
    "noncharacters": (b'{"x": "\xef\xbf\xbf"}', {"keys": 1, "x": "\uffff"}),
    "an empty object": (b"{}", {"keys": 0, "x": None}),
    "an empty key": (b'{"": 1}', {"keys": 1, "x": None}),
}


def made(event: Content) -> bytes:
    return event if isinstance(event, bytes) else event()


@pytest.fixture(scope="module")
def rules(runtime: rf.Runtime) -> Iterator[rf.RuleSet]:
    limits = rf.Limits(fuel=5_000_000, memory=MEMORY, deadline=2.0)
    with runtime.load(rf.Bundle.from_sources({"main.star": SOURCE}), limits=limits) as rules:
        yield rules


@pytest.mark.parametrize("event", [pytest.param(event, id=name) for name, event in HOSTILE.items()])
def test_it_is_an_input_error(event: Content, rules: rf.RuleSet) -> None:
    line = made(event)
    with bounded(MEMORY, DEFAULT_DEADLINE):
        kind, message = outcome(rules, line)
    assert kind == "input", message
    assert message
    assert rules.evaluate(CALM).decision == CALM_LINE


@pytest.mark.parametrize(
    ("event", "decision"), [pytest.param(*case, id=name) for name, case in ODD_BUT_FINE.items()]
)
def test_it_is_odd_but_fine(event: bytes, decision: object, rules: rf.RuleSet) -> None:
    result = rules.evaluate(event)
    assert result.error is None
    if decision is not None:
        assert result.decision == decision


def test_an_unpaired_surrogate_does_not_get_out(rules: rf.RuleSet) -> None:
    """RFC 8259 lets a decoder choose; whatever is chosen, the output is valid UTF-8 and the next event is decided."""
    for event in (
        b'{"x": "\\ud800"}',
        b'{"x": "\\udc00\\ud800"}',
        b'{"x": "\\ud800\\u0041"}',
        b'{"\\udead": 1}',
    ):
        (result,) = rules.evaluate_batch([event], workers=1)
        if result.error is None:
            json.dumps(result.decision, ensure_ascii=False).encode("utf-8")
        assert rules.evaluate(CALM).decision == CALM_LINE


def test_an_integer_past_64_bits_is_never_wrong(rules: rf.RuleSet) -> None:
    for digits in ("9223372036854775808", "-9223372036854775809", "1" * 400, "1" * 100_000):
        (result,) = rules.evaluate_batch([b'{"x": %s}' % digits.encode()], workers=1)
        assert result.error is not None if len(digits) > 4000 else result.decision["x"] == int(digits)
        assert rules.evaluate(CALM).decision == CALM_LINE


def test_a_number_too_large_for_a_double_is_never_infinity(rules: rf.RuleSet) -> None:
    (result,) = rules.evaluate_batch([b'{"x": 1e999}'], workers=1)
    assert result.error is not None
    assert rules.evaluate(CALM).decision == CALM_LINE


def test_many_keys_with_the_same_beginning_cost_no_more_than_fuel(rules: rf.RuleSet) -> None:
    keys = ", ".join(f'"{"k" * 50}{number}": {number}' for number in range(50_000))
    with bounded(MEMORY, DEFAULT_DEADLINE):
        kind, message = outcome(rules, b"{" + keys.encode() + b"}")
    assert kind in ("ok", "fuel", "memory", "input"), message
    assert rules.evaluate(CALM).decision == CALM_LINE


def test_a_million_empty_lists_end_within_memory(rules: rf.RuleSet) -> None:
    """Small in JSON, large when decoded: the limit counts what the guest needs."""
    event = b'{"x": [' + b",".join([b"[]"] * 1_000_000) + b"]}"
    with bounded(MEMORY, DEFAULT_DEADLINE):
        kind, message = outcome(rules, event)
    assert kind in ("memory", "input", "fuel"), message
    assert rules.evaluate(CALM).decision == CALM_LINE


def test_a_batch_keeps_every_line_in_its_place(rules: rf.RuleSet) -> None:
    events = [event for hostile in HOSTILE.values() for event in (made(hostile), CALM)]
    results = list(rules.evaluate_batch(events, workers=2))
    assert [result.decision for result in results[1::2]] == [CALM_LINE] * len(HOSTILE)
    assert {result.error.kind for result in results[::2] if result.error} == {"input"}
    assert all(result.error for result in results[::2])


@pytest.mark.parametrize("workers", ["1", "2"])
def test_run_keeps_every_line_in_its_place(workers: str, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.toml").write_text('[bundle]\nname = "events"\n')
    (tmp_path / "bundle" / "main.star").write_text(SOURCE)
    with (tmp_path / "events.jsonl").open("wb") as file:
        for event in HOSTILE.values():
            file.write(made(event) + b"\n\n" + CALM + b"\r\n")
    command = [str(RINGFENCE), "run", str(tmp_path / "bundle"), "--workers", workers, "--memory", MEMORY]
    run = run_measured(command, tmp_path / "events.jsonl")
    lines = [json.loads(line) for line in run.output.splitlines()]
    assert [line["decision"] for line in lines[1::2]] == [CALM_LINE] * len(HOSTILE), run.errors
    assert [line["error"]["kind"] for line in lines[::2]] == ["input"] * len(HOSTILE)
    assert run.status == 1
    assert run.peak <= int(workers) * parse_size(MEMORY) + MEMORY_ALLOWANCE + BASE_ALLOWANCE
