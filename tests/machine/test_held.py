"""Running in slices changes nothing: programs that stop at every instruction, and events that wait for the host.

The conformance programs run through the guest's own entry points, with slices of one unit and of random sizes, against a run in
one go: the same output, the same error, the same fuel.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.chunks import read_chunks
from tests.machine.harness import (
    CALLING,
    DONE,
    FAILED,
    FUEL,
    STARVED,
    SUSPENDED,
    Machine,
    bundle,
    encode_files,
)

CONFORMANCE = Path(__file__).resolve().parents[1] / "conformance"
FILES = sorted(CONFORMANCE.glob("*.star"))
KIND_FUEL, KIND_RULE, CALLING_RECORD = 2, 1, 7


def left(machine: Machine) -> int:
    """Units left of the budget."""
    return machine.read("guest.meter.fuel.remaining") + machine.read("guest.meter.fuel.set_aside")


def run(
    source: str, options: list[str], sizes: random.Random | None, unit: int = 0
) -> tuple[int, str, bytes, int]:
    """Run a program in slices: its status, what it printed, its error, and its fuel."""
    machine = Machine()
    size = machine.put(
        encode_files({"": json.dumps({"options": options}).encode(), "main.star": source.encode()})
    )
    machine.write("guest.meter.fuel.remaining", FUEL)

    def next_slice() -> None:
        if unit:
            machine.write("guest.machine.exchange.slice_fuel", unit)
        elif sizes is not None:
            machine.write("guest.machine.exchange.slice_fuel", sizes.choice((1, 2, 3, 10, 100, 5000)))

    next_slice()
    status = machine.call("execute", size)
    printed = machine.printed()
    while status == SUSPENDED:
        next_slice()
        status = machine.call("resume")
        printed += machine.printed()
    return status, printed, machine.output() if status == FAILED else b"", left(machine)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_programs_in_slices_end_as_in_one_go(path: Path) -> None:
    """Of each file's programs every third in slices of one unit, another in random ones."""
    sizes = random.Random(path.stem)
    for number, chunk in enumerate(read_chunks(path)):
        for program in chunk.programs():
            if number % 3 == 2:
                continue
            whole = run(program.source, chunk.options, None)
            if FUEL - whole[3] > 100_000:
                continue
            sliced = run(program.source, chunk.options, sizes, unit=1 if number % 3 == 0 else 0)
            assert sliced == whole, chunk.name


def test_a_dear_instruction_overdraws_its_slice_and_is_its_last() -> None:
    """`sorted` costs thousands of units: it completes, and nothing runs after it until the next slice."""
    machine = Machine()
    source = "x = [i * 7 % 1000 for i in range(1000)]\nprint(1)\ny = sorted(x)\nprint(2)\n"
    size = machine.put(encode_files({"": b"{}", "main.star": source.encode()}))
    machine.write("guest.meter.fuel.remaining", FUEL)
    machine.write("guest.machine.exchange.slice_fuel", 1)
    status, dearest, before = machine.call("execute", size), 0, left(machine)
    while status == SUSPENDED:
        status = machine.call("resume")
        dearest, before = max(dearest, before - left(machine)), left(machine)
        assert machine.read("guest.meter.fuel.remaining") in (0, 1)
    assert status == DONE and dearest > 1000


def hold(machine: Machine, event: Any, fuel: int, unit: int) -> int:
    """Take an event in hand."""
    machine.write("guest.machine.exchange.event_fuel", fuel)
    machine.write("guest.machine.exchange.slice_fuel", unit)
    return machine.call("begin", machine.put(json.dumps(event).encode()))


SOURCE = """
def check(req):
    out = []
    for i in range(20):
        out.append(str(i) * 3)
    return {"x": "".join(out), "path": req.path}
rule("a", when = lambda req: req.path == "/a", then = check)
rule("b", when = lambda req: sorted([3, 1, 2], key = lambda x: -x)[0] == 3, then = {"b": 1})
"""


@pytest.mark.parametrize("path", ["/a", "/b"])
@pytest.mark.parametrize("policy", ["first", "collect"])
def test_events_in_slices(path: str, policy: str) -> None:
    """The result line and the record are those of one go, for any policy; and the isolate decides the next event."""
    machine = bundle(SOURCE, hit_policy=policy)
    whole = machine.evaluate({"path": path})
    records = machine.records()
    for unit in (1, 7, 1000):
        status = hold(machine, {"path": path}, FUEL, unit)
        while status == SUSPENDED:
            status = machine.call("resume")
        assert status == DONE
        assert json.loads(machine.output()) == whole
        assert machine.records() == records


@pytest.mark.parametrize("unit", [3, 1 << 40])
def test_an_event_that_starves_goes_on_with_more_fuel(unit: int) -> None:
    """At any budget: also where only encoding the decision is left to pay for."""
    machine = bundle(SOURCE)
    whole = machine.evaluate({"path": "/a"})
    for budget in [*range(8, whole["fuel"], 9), *range(whole["fuel"] - 8, whole["fuel"])]:
        status = hold(machine, {"path": "/a"}, budget, unit)
        while status == SUSPENDED:
            status = machine.call("resume")
        assert status == STARVED, budget
        assert machine.call("resume") == STARVED
        machine.write("guest.machine.exchange.event_fuel", FUEL)
        aside = machine.read("guest.meter.fuel.set_aside")
        machine.write("guest.meter.fuel.set_aside", aside + FUEL - budget)
        status = machine.call("resume")
        while status == SUSPENDED:
            status = machine.call("resume")
        assert status == DONE
        assert json.loads(machine.output()) == whole
    status = hold(machine, {"path": "/a"}, whole["fuel"] - 1, unit)
    while status == SUSPENDED:
        status = machine.call("resume")
    assert machine.call("give_up", KIND_FUEL) == DONE
    assert machine.records()[0][0] == KIND_FUEL
    assert machine.evaluate({"path": "/a"}) == whole


CALLS = """
def both(req):
    a = lookup(req.ip, [1, {"x": None}])
    return [a, other()]
rule("a", when = lambda req: lookup(req.ip, None) == {"ok": True}, then = both)
"""


def test_a_call_of_the_host() -> None:
    """The request names function and arguments; the answer is frozen, and costs what its bytes cost, however it is sliced."""
    spent = set()
    for unit in (1, 5, 1 << 40):
        machine = bundle(CALLS, functions={"lookup": 2, "other": 0})
        status = hold(machine, {"ip": "é"}, FUEL, unit)
        asked = []
        answers = iter([b'{"ok": true}', b'"first"', b"[1.5]"])
        while status != DONE:
            if status == CALLING:
                assert machine.records()[:1] == [] or machine.records()[0][0] == CALLING_RECORD
                asked.append(json.loads(machine.output()))
                status = machine.call("answer", machine.put(next(answers)))
            else:
                status = machine.call("resume")
        assert asked == [
            {"function": 0, "arguments": ["é", None]},
            {"function": 0, "arguments": ["é", [1, {"x": None}]]},
            {"function": 1, "arguments": []},
        ]
        said = json.loads(machine.output())
        assert said["decision"] == ["first", [1.5]]
        spent.add(said["fuel"])
    assert len(spent) == 1


def test_an_answer_that_cannot_be_paid_for_is_read_again() -> None:
    """Starved at the answer: nothing of it was taken, and with more fuel the same answer is."""
    machine = bundle(CALLS, functions={"lookup": 2, "other": 0})
    assert hold(machine, {"ip": "x"}, FUEL, 1 << 40) == CALLING
    used = FUEL - left(machine)
    big = json.dumps({"ok": True, "filler": ["x" * 100] * 50}).encode()
    machine = bundle(CALLS, functions={"lookup": 2, "other": 0})
    assert hold(machine, {"ip": "x"}, used + 5, 1 << 40) == CALLING
    for _ in range(3):
        assert machine.call("answer", machine.put(big)) == STARVED
        assert machine.read("guest.machine.pause.awaits_answer") == 1
    machine.write("guest.meter.fuel.set_aside", FUEL)
    assert machine.call("answer", machine.put(big)) == DONE
    assert json.loads(machine.output())["rule"] is None


@pytest.mark.parametrize("answer", [b"", b"{", b"nul", b"[1,]", b'"\\ud8"', b"[" * 300])
def test_an_answer_that_is_no_json_ends_the_event(answer: bytes) -> None:
    """It is the host's mistake: `internal`. The next event is decided."""
    machine = bundle(CALLS, functions={"lookup": 2, "other": 0})
    assert hold(machine, {"ip": "x"}, FUEL, 1 << 40) == CALLING
    assert machine.call("answer", machine.put(answer)) == DONE
    assert json.loads(machine.output())["error"]["kind"] == "internal"
    assert hold(machine, {"ip": "x"}, FUEL, 1 << 40) == CALLING


def test_a_refused_call_fails_where_it_was_made() -> None:
    """The rule's error has the host's words, and the line of the call."""
    machine = bundle(CALLS, functions={"lookup": 2, "other": 0})
    assert hold(machine, {"ip": "x"}, FUEL, 1 << 40) == CALLING
    assert machine.call("answer", machine.put(b'{"ok": true}')) == CALLING
    assert machine.call("refuse", machine.put(json.dumps("lookup: no such é").encode())) == DONE
    error = json.loads(machine.output())["error"]
    assert (error["kind"], error["message"]) == ("rule", "lookup: no such é")
    assert error["location"] == "main.star:3:15"
    assert machine.records()[0][0] == KIND_RULE


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = lookup(1, 2)\ndef decide(e): return 1\n", "while the bundle loads"),
        ("def decide(e): return lookup(1)\n", "lookup: got 1 arguments, want exactly 2"),
        ("def decide(e): return lookup(1, argument = 2)\n", "unexpected keyword argument"),
        ("def decide(e): return lookup(1, lambda: 1)\n", "cannot encode function as JSON"),
        ("def decide(e): return lookup(1, 'x' * (2 << 20))\n", "larger than 1 MiB"),
    ],
)
def test_calls_that_are_wrong(source: str, message: str) -> None:
    """A message that says what is wrong with the call."""
    machine = Machine()
    said = machine.load({"main.star": source}, functions={"lookup": 2})
    if machine.status == DONE:
        assert hold(machine, {}, FUEL, 1 << 40) == DONE
        said = json.loads(machine.output())
    assert message in json.dumps(said), said


def test_host_functions_are_called_wherever_functions_are() -> None:
    """As a predicate, as a `then`, as a key, by `*args`, from a comprehension."""
    source = """
f = [ask]
def decide(e):
    return [sorted([1, 2], key = ask), ask(*[5]), [ask(i) for i in range(2)], f[0](3), max([1, 2], key = f[0])]
"""
    machine = bundle(source, functions={"ask": 1})
    status = hold(machine, {}, FUEL, 1)
    while status != DONE:
        if status == CALLING:
            argument = json.loads(machine.output())["arguments"][0]
            status = machine.call("answer", machine.put(json.dumps(-argument).encode()))
        else:
            status = machine.call("resume")
    assert json.loads(machine.output())["decision"] == [[2, 1], -5, [0, -1], -3, 1]
    for rule, expected in (("when = ask, then = 5", 5), ("then = ask", -7)):
        machine = bundle(f'rule("r", {rule})\n', functions={"ask": 1})
        assert hold(machine, {"x": 7}, FUEL, 1 << 40) == CALLING
        assert json.loads(machine.output())["arguments"] == [{"x": 7}]
        assert machine.call("answer", machine.put(b"-7")) == DONE
        assert json.loads(machine.output())["decision"] == expected
