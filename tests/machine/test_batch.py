"""Batches: one line for each event, in order, whatever the events before did."""

from __future__ import annotations

import json

import pytest

from tests.machine.harness import DONE, PARTIAL, Machine, bundle

SOURCE = """
def decide(e):
    if e.do == "loop":
        for i in range(1000000000):
            pass
    if e.do == "memory":
        return "a" * 100000000000
    if e.do == "hoard":
        x = []
        for i in range(1000000000):
            x.append("x" * 100000)
    if e.do == "fail":
        fail("no")
    if e.do == "function":
        return decide
    if e.do == "deep":
        return [e.do, "x" * 2000000]
    return {"do": e.do, "text": "é\\n"}
"""

BAD = {
    b'{"do": "loop"}': "fuel",
    b'{"do": "memory"}': "memory",
    b'{"do": "fail"}': "rule",
    b'{"do": "function"}': "rule",
    b'{"do": "deep"}': "rule",
    b'{"do": 1': "input",
    b"[1]": "input",
    b'{"do": "\xff"}': "input",
    b"[" * 10_000: "input",
    b"{}": "rule",
}


@pytest.mark.parametrize("bad", BAD)
def test_an_error_is_only_its_own(bad: bytes) -> None:
    """Whatever an event ends in, the next one is decided, at the same price as ever."""
    machine = bundle(SOURCE)
    good = b'{"do": "nothing"}'
    status, lines = machine.batch(b"\n".join([good, bad, good, bad, good]) + b"\n", fuel=200_000)
    assert status == DONE
    assert lines[0] == lines[2] == lines[4]
    assert lines[0]["decision"] == {"do": "nothing", "text": "é\n"}
    assert lines[1]["error"]["kind"] == lines[3]["error"]["kind"] == BAD[bad]
    assert lines[1] == lines[3]
    kinds = [record[0] for record in machine.records()]
    assert kinds[0] == kinds[2] == kinds[4] == 0
    assert kinds[1] != 0


def test_memory_is_given_back() -> None:
    """An event that hoards until the limit is a memory error, and the next ones have all the memory again."""
    machine = bundle(SOURCE)
    machine.write("guest.heap.old.memory_limit", 256 * 65_536)
    lines = b'{"do": "hoard"}\n{"do": "nothing"}\n' * 4
    status, answers = machine.batch(lines, fuel=100_000_000)
    assert status == DONE
    assert [a.get("error", {}).get("kind") for a in answers] == ["memory", None] * 4
    assert len(machine.image()) <= 256 * 65536


def test_blank_lines_and_line_ends() -> None:
    """Blank lines are skipped, carriage returns are white space, the last line needs no end."""
    machine = bundle(SOURCE)
    status, lines = machine.batch(b'\n  \r\n{"do": "a"}\r\n\n{"do": "b"}')
    assert status == DONE
    assert [line["decision"]["do"] for line in lines] == ["a", "b"]
    assert machine.read("guest.machine.exchange.consumed") == len(b'\n  \r\n{"do": "a"}\r\n\n{"do": "b"}')


def test_nothing() -> None:
    """An empty batch."""
    assert bundle(SOURCE).batch(b"") == (DONE, [])


def test_records() -> None:
    """Records say where each decision is, so the host need not parse lines."""
    machine = bundle(SOURCE)
    machine.batch(b'{"do": "a"}\n{"do": "fail"}\n')
    output = machine.output()
    first, second = machine.records()
    assert json.loads(output[first[3] : first[3] + first[4]]) == {"do": "a", "text": "é\n"}
    assert json.loads(output[second[3] : second[3] + second[4]])["kind"] == "rule"
    lines = [json.loads(line) for line in output.splitlines()]
    assert [first[2], second[2]] == [lines[0]["fuel"], lines[1]["fuel"]]
    assert (first[1], second[1]) == (0xFFFFFFFF, 0xFFFFFFFF)


def test_partial_batches() -> None:
    """A batch whose output is large stops at a line's end and goes on from there."""
    machine = bundle("def decide(e):\n    return 'x' * e.n\n")
    data = b"".join(b'{"n": %d}\n' % n for n in range(3000))
    answers = []
    rounds = 0
    while data:
        status, lines = machine.batch(data)
        answers += [len(line["decision"]) for line in lines]
        consumed = machine.read("guest.machine.exchange.consumed")
        assert (status == DONE) == (consumed == len(data))
        assert status in (DONE, PARTIAL)
        data = data[consumed:]
        rounds += 1
    assert answers == list(range(3000))
    assert rounds > 10


def test_one_by_one_as_in_a_batch() -> None:
    """`evaluate` writes the line that `batch` writes, without its end."""
    machine = bundle(SOURCE)
    for event in [b'{"do": "a"}', *BAD]:
        machine.batch(event + b"\n", fuel=200_000)
        line = machine.output()
        machine.write("guest.machine.exchange.event_fuel", 200_000)
        machine.call("evaluate", machine.put(event))
        assert machine.output() + b"\n" == line


def test_printing_in_a_batch() -> None:
    """What events print is collected for the host, and does not pile up from call to call."""
    machine = bundle("def decide(e):\n    print('saw', e.n)\n")
    machine.batch(b'{"n": 1}\n{"n": 2}\n')
    assert machine.printed() == "saw 1\nsaw 2\n"
    machine.batch(b'{"n": 3}\n')
    machine.batch(b'{"n": 4}\n')
    assert machine.printed() == "saw 4\n"


def test_the_deadline_word() -> None:
    """An interrupt that is set when an event begins was meant for the one before."""
    machine = bundle(SOURCE)
    machine.write("guest.meter.fuel.interrupt", 1)
    assert machine.evaluate({"do": "a"})["decision"]["do"] == "a"


def test_collecting_at_every_allocation_does_not_show() -> None:
    """Events decided under stress give the same lines."""
    source = 'rule("r", when = lambda e: e.get("x", {}).get("y") in [k + 1 for k in range(5)], then = lambda e: [e, e.x.y * 2])\n'
    plain, stressed = bundle(source), bundle(source)
    stressed.write("guest.heap.allocate.gc_stress", 1)
    stressed.write("guest.heap.allocate.limit", 0)
    lines = b"".join(b'{"x": {"y": %d, "z": ["some text", 1.5]}}\n' % n for n in range(8)) + b"{}\n[]\n"
    assert plain.batch(lines) == stressed.batch(lines)


def test_a_fresh_isolate_decides_alike() -> None:
    """A reused isolate and a fresh one give the same lines, fuel included."""
    reused = bundle(SOURCE)
    image = reused.image()
    for event in [{"do": "a"}, {"do": "fail"}, {"do": "b", "more": [1, 2]}, {"do": "a"}]:
        assert reused.evaluate(event) == Machine(image).evaluate(event)
