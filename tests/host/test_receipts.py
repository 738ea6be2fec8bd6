"""Receipts: the same decision has the same receipt anywhere, a replay finds it the same, and whatever was changed is named."""

from __future__ import annotations

import asyncio
import json
import pickle
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.manifest import HIT_POLICIES
from ringfence.receipt import FORMAT
from ringfence.replay import WORDS

SOURCE = """
seen = persistent({"paths": []})

def check(req):
    if req.n == -1:
        fail("minus", one = req.n)
    return [geoip(req.ip).country for _ in range(req.get("calls", 1))]

def grow(req):
    seen["paths"].append(req.n)
    print("grew", len(seen["paths"]))
    return [str(n) * 50 for n in range(req.n)]

rule("abroad", priority = 2, when = lambda req: "XX" in check(req), then = {"deny": True})
rule("many", priority = 1, when = lambda req: len(grow(req)) > 20, then = {"deny": True})
rule("dated", when = lambda req: time.now().year == 2026, then = lambda req: {"deny": True})
"""
EVENTS: list[dict[str, Any]] = [
    {"n": 0, "ip": "home"},
    {"n": 30, "ip": "home", "calls": 3},
    {"n": 30, "ip": "abroad"},
    {"n": -1, "ip": "home"},
    {"n": 30, "ip": "lost"},
    {"n": 90_000, "ip": "home"},
    {"n": 700, "ip": "home", "pad": "x" * 100_000},
]
MOMENT = 1_770_000_000.25
LIMITS = rf.Limits(fuel=60_000, memory="8MiB", deadline=10.0)


def geoip(address: str) -> dict[str, Any]:
    if address == "lost":
        raise LookupError("no such place")
    return {"country": "XX" if address == "abroad" else "CH", "share": 0.1, "big": 10**30}


FUNCTIONS = {"geoip": geoip}


def bundle(policy: str = "first", source: str = SOURCE) -> rf.Bundle:
    return rf.Bundle.from_sources(
        {"main.star": source},
        hit_policy=policy,
        default="nothing",
        functions={"geoip": {"params": 1}},
    )


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture(scope="module")
def rules(runtime: rf.Runtime) -> rf.RuleSet:
    return runtime.load(bundle(), limits=LIMITS, functions=FUNCTIONS)


def receipts_of(rules: rf.RuleSet, events: list[dict[str, Any]]) -> list[rf.Receipt]:
    made = [decided.receipt for decided in rules.evaluate_batch(events, now=MOMENT, receipts=True)]
    assert all(receipt is not None for receipt in made)
    return [receipt for receipt in made if receipt is not None]


@pytest.mark.parametrize("policy", HIT_POLICIES)
def test_every_outcome_replays_under_every_hit_policy(runtime: rf.Runtime, policy: str) -> None:
    rules = runtime.load(bundle(policy), limits=LIMITS, functions=FUNCTIONS)
    plain = list(rules.evaluate_batch(EVENTS, now=MOMENT))
    decided = list(rules.evaluate_batch(EVENTS, now=MOMENT, receipts=True, workers=2))
    assert [str(one) for one in decided] == [str(one) for one in plain]
    assert {one.error.kind for one in decided if one.error is not None} >= {"rule", "fuel"}

    def never(*_: object) -> None:
        raise AssertionError("a replay calls nobody")

    elsewhere = rf.Runtime().load(bundle(policy), limits=LIMITS, functions={"geoip": never})
    for event, one in zip(EVENTS, decided, strict=True):
        assert one.receipt is not None and one.receipt.fuel == one.fuel
        copy = rf.Receipt.from_json(one.receipt.to_json())
        assert copy == one.receipt
        replay = elsewhere.replay(event, copy)
        assert replay.same and replay.differences == ()
        assert json.loads(replay.line)["fuel"] == one.fuel


def test_all_ways_to_decide_give_the_same_receipt(rules: rf.RuleSet) -> None:
    expected = receipts_of(rules, EVENTS)

    async def lookup(address: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return geoip(address)

    asynchronous = rf.Runtime().load(bundle(), limits=LIMITS, functions={"geoip": lookup})

    async def decided(event: dict[str, Any]) -> rf.Receipt | None:
        try:
            return (await asynchronous.evaluate_async(event, MOMENT, receipt=True)).receipt
        except rf.EvaluationError as error:
            return error.receipt

    for event, receipt in zip(EVENTS, expected, strict=True):
        try:
            single = rules.evaluate(event, MOMENT, receipt=True).receipt
        except rf.EvaluationError as error:
            single = pickle.loads(pickle.dumps(error)).receipt
        in_steps = rules.start(event, MOMENT, receipt=True)
        while not in_steps.done:
            in_steps.step(fuel=997)
            if in_steps.suspended_on == "fuel" and in_steps.fuel_left == 0:
                in_steps.step()
        for other in (single, in_steps.receipt(), asyncio.run(decided(event))):
            assert other == receipt


def test_another_process_comes_to_the_same_receipts(rules: rf.RuleSet) -> None:
    """With another seed of Python's hashes, other addresses, and a slower deadline."""
    program = """
import json, sys
import ringfence as rf
from tests.host import test_receipts as t
limits = rf.Limits(fuel=t.LIMITS.fuel, memory=t.LIMITS.memory, deadline=33.0)
rules = rf.Runtime().load(t.bundle(), limits=limits, functions=t.FUNCTIONS)
for event in reversed(t.EVENTS):
    for decided in rules.evaluate_batch([event, event], now=t.MOMENT, receipts=True):
        print(decided.receipt.to_json())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    again = [rf.Receipt.from_json(line) for line in done.stdout.splitlines()]
    expected = list(reversed(receipts_of(rules, EVENTS)))
    assert again[::2] == expected and again[1::2] == expected


def differences(rules: rf.RuleSet, event: dict[str, Any], receipt: rf.Receipt) -> list[str]:
    return [difference.what for difference in rules.replay(event, receipt).differences]


def test_what_was_changed_is_named(runtime: rf.Runtime, rules: rf.RuleSet) -> None:
    event = EVENTS[1]
    (receipt,) = receipts_of(rules, [event])
    zeros = "0" * 64
    assert differences(rules, event, replace(receipt, guest=zeros)) == ["guest"]
    assert differences(rules, event, replace(receipt, bundle=zeros)) == ["bundle"]
    assert differences(rules, event, replace(receipt, event=zeros)) == ["event"]
    assert differences(rules, event, replace(receipt, outcome=zeros)) == ["outcome"]
    assert differences(rules, event, replace(receipt, state=zeros)) == ["state"]
    assert differences(rules, event, replace(receipt, fuel=receipt.fuel + 1)) == ["fuel"]
    assert differences(rules, event, replace(receipt, memory_limit=1)) == ["limits"]
    assert differences(rules, event, replace(receipt, now=0)) == ["state"], "no rule looked at the time"
    assert differences(rules, {**event, "n": 31}, receipt) == ["event", "fuel"]

    calls = receipt.calls
    fewer, more = replace(receipt, calls=calls[:2]), replace(receipt, calls=(*calls, calls[0]))
    assert differences(rules, event, fewer) == ["calls"]
    assert differences(rules, event, more) == ["calls"]
    wrong = replace(calls[1], arguments=("abroad",))
    found = rules.replay(event, replace(receipt, calls=(calls[0], wrong, calls[2]))).differences
    assert str(found[0]).endswith('recorded geoip("abroad") as call 2, now geoip("home")')
    abroad = replace(calls[1], result={"country": "XX"})
    answered = replace(receipt, calls=(calls[0], abroad, calls[2]))
    assert differences(rules, event, answered) == ["outcome", "fuel", "state"]
    refused = replace(calls[1], result=None, refused="geoip: gone")
    assert differences(rules, event, replace(receipt, calls=(calls[0], refused)))[0] == "outcome"

    other = runtime.load(bundle(source=SOURCE.replace("> 20", "> 40")), limits=LIMITS, functions=FUNCTIONS)
    assert differences(other, event, receipt)[:2] == ["bundle", "outcome"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda said: said[: len(said) // 2], "not JSON"),
        (lambda said: "[]", "does not say its format"),
        (lambda said: said.replace(f'"format":{FORMAT}', '"format":99'), "format 99"),
        (lambda said: said.replace('"state"', '"mood"'), "no state"),
        (lambda said: said.replace('"now"', '"extra":1,"now"'), "'extra'"),
        (lambda said: said.replace('"guest":"', '"guest":"z'), "guest is not a SHA-256"),
        (lambda said: said.replace('"result"', '"answer"'), "a call has the keys"),
        (lambda said: said.replace("0.1", "NaN"), "damaged"),
        (lambda said: said.replace('"fuel":60000', '"fuel":-1'), "negative"),
        (lambda said: said.replace('"fuel":60000', '"fuel":true'), "whole number"),
        (lambda said: said.replace('"calls":[', '"calls":["geoip",'), "damaged"),
        (lambda said: "[" * 100_000, "not JSON"),
    ],
)
def test_a_receipt_that_is_none_says_why(rules: rf.RuleSet, change: Any, message: str) -> None:
    (receipt,) = receipts_of(rules, EVENTS[:1])
    with pytest.raises(rf.ReceiptError, match=message):
        rf.Receipt.from_json(change(receipt.to_json()))


def test_no_made_up_receipt_does_more_than_differ(rules: rf.RuleSet) -> None:
    """Any value anywhere in a receipt: it is refused, or the replay says what differs; nothing else is raised."""
    receipt = receipts_of(rules, EVENTS[1:2])[0]
    odd = [
        None,
        True,
        -1,
        1 << 70,
        0.5,
        "",
        "\ud800",
        "x\x1b[0m",
        "0" * 64,
        [],
        {},
        [[1]],
        {"a": [None]},
        1 << 62,
    ]
    choose = random.Random(5)
    outcomes = Counter[str]()
    for _ in range(400):
        document = json.loads(receipt.to_json())
        for _ in range(choose.choice((1, 1, 2))):
            holder: Any = document
            while True:
                key = choose.choice(list(holder if isinstance(holder, dict) else range(len(holder))))
                if isinstance(holder[key], dict | list) and holder[key] and choose.random() < 0.7:
                    holder = holder[key]
                else:
                    holder[key] = choose.choice(odd)
                    break
        try:
            replay = rules.replay(EVENTS[1], rf.Receipt.from_json(json.dumps(document)))
        except rf.ReceiptError as refused:
            str(refused).encode()
            outcomes["refused"] += 1
        except rf.EvaluationError as error:
            outcomes[error.kind] += 1
        else:
            "\n".join(map(str, replay.differences)).encode()
            outcomes[replay.differences[0].what if replay.differences else "same"] += 1
    assert outcomes.keys() <= {"refused", "same", *WORDS}, outcomes
    assert len(outcomes) > 5 and outcomes["same"] < 10, outcomes


def test_where_the_machine_decided_there_is_no_receipt(runtime: rf.Runtime) -> None:
    source = "def decide(event):\n    for _ in range(10000000000): pass\n"
    limits = rf.Limits(fuel=10**12, deadline=0.05)
    rules = runtime.load(rf.Bundle.from_sources({"main.star": source}), limits=limits)
    with pytest.raises(rf.DeadlineExceeded) as caught:
        rules.evaluate({}, receipt=True)
    assert caught.value.receipt is None
    stopped = rules.start({}, receipt=True)
    stopped.step(fuel=10)
    with pytest.raises(ValueError, match="not done"):
        stopped.receipt()
    stopped.expire()
    assert stopped.receipt() is None
    unasked = rules.start({})
    unasked.expire()
    with pytest.raises(ValueError, match="receipt=True"):
        unasked.receipt()


def test_memory_errors_replay(runtime: rf.Runtime) -> None:
    source = "def decide(event):\n    kept = []\n    for n in range(event.n):\n        kept.append('x' * 1000 + str(n))\n"
    limits = rf.Limits(fuel=10**9, memory="8MiB", deadline=10.0)
    rules = runtime.load(rf.Bundle.from_sources({"main.star": source}), limits=limits)
    rules.evaluate({"n": 2000})
    with pytest.raises(rf.MemoryExceeded) as caught:
        rules.evaluate({"n": 100_000}, receipt=True)
    assert caught.value.receipt is not None
    assert rules.replay({"n": 100_000}, caught.value.receipt).same


def test_an_evaluation_that_was_given_more_fuel_has_no_receipt(rules: rf.RuleSet) -> None:
    evaluation = rules.start(EVENTS[0], MOMENT, receipt=True)
    evaluation.refuel(5)
    evaluation.result()
    with pytest.raises(ValueError, match="more fuel than its limit"):
        evaluation.receipt()


def test_receipts_count_in_the_statistics(runtime: rf.Runtime) -> None:
    rules = runtime.load(bundle(), limits=LIMITS, functions=FUNCTIONS)
    fuel = sum(decided.fuel for decided in rules.evaluate_batch(EVENTS[:3], now=MOMENT, receipts=True))
    assert rules.stats().fuel == fuel


def test_a_package_and_its_folder_have_the_same_receipts(runtime: rf.Runtime, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.toml").write_text('[bundle]\nname = "small"\n')
    (folder / "main.star").write_text(
        "def decide(event):\n    return [event.n, table]\ntable = data('t.json')\n"
    )
    (folder / "data").mkdir()
    (folder / "data/t.json").write_text('{"a": [1, 2.5, "b"]}')
    package = tmp_path / "small.rfb"
    subprocess.run([sys.executable, "-m", "ringfence", "pack", folder, "-o", package], check=True)
    first, second = (
        runtime.load(path).evaluate({"n": 1}, receipt=True).receipt for path in (folder, package)
    )
    assert first is not None and first == second
