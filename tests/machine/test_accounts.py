"""Accounts: what a recording says of a program's allocations adds up, and names the places that made them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.machine.harness import DONE, FAILED, FUEL, STARVED, Machine

pytestmark = pytest.mark.not_under_gc_stress("counts allocations, and has cases of its own under stress")

COUNTERS = ("allocated", "promoted", "live", "image")
LIST = 24  # bytes of a list, and of its array of two values
FREE = 0

PAIRS = """
def pair(x):
    return [x, x]

def grow(n):
    return [pair(i) for i in range(n)]

kept = grow(2000)
"""
ORDERED = """
def order(xs):
    return sorted(xs, key = lambda x: (-x, x))

order([3, 1, 2] * 100)
"""


def recorder(stress: bool = False) -> Machine:
    """A fresh isolate that records."""
    machine = Machine()
    assert machine.call("record") == DONE
    machine.write("guest.heap.allocate.gc_stress", int(stress))
    return machine


def account(machine: Machine) -> dict[str, Any]:
    """The accounts, after checking that they add up."""
    assert machine.call("account") == DONE
    said: dict[str, Any] = json.loads(machine.output())
    totals = {}
    for counter in COUNTERS:
        for unit in ("bytes", "objects"):
            by_class, by_site = (
                sum(row[f"{counter}_{unit}"] for row in said[key]) for key in ("classes", "sites")
            )
            assert by_class == by_site, (counter, unit)
            totals[counter, unit] = by_class
    assert totals["allocated", "bytes"] == said["recorded_bytes"]
    said["totals"] = totals
    return said


def in_use(machine: Machine) -> int:
    """The bytes of all objects there are, found by walking the old space and the nursery on a copy of the memory."""
    memory = machine.image()
    classes = {0: (0, 1)} | {
        row["number"]: (row["fixed"], row["element_size"]) for row in machine.layout["heap"]["classes"]
    }
    start = machine.layout["constants"]["guest.heap.layout.OLD_START"]
    spaces = [
        (start, machine.read("guest.heap.old.tail_top")),
        (machine.read("guest.heap.allocate.origin"), machine.read("guest.heap.allocate.bump")),
    ]
    total = 0
    for at, end in spaces:
        while at < end:
            length, number = int.from_bytes(memory[at : at + 4], "little"), memory[at + 4]
            fixed, element = classes[number]
            size = (fixed + length * element + 7) & ~7
            total += size if number != FREE else 0
            at += size
        assert at == end
    return total


def own_bytes(machine: Machine) -> int:
    """What the recording itself takes: an array of words."""
    return 8 + 4 * machine.layout["constants"]["guest.heap.recording.TABLE_WORDS"]


def sites(said: dict[str, Any]) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    """The sites by function and location."""
    return {(row["function"], row["location"]): row for row in said["sites"]}


def test_without_a_recording_there_are_no_accounts() -> None:
    assert Machine().call("account") == FAILED


@pytest.mark.parametrize("stress", [False, True])
def test_sites_are_named_by_function_and_place(stress: bool) -> None:
    """Every pair was allocated by the display in `pair`, and is in the image; nothing else was."""
    machine = recorder(stress)
    machine.load({"main.star": PAIRS + "def decide(e):\n    return None\n"})
    said = account(machine)
    pair = sites(said)["pair", "main.star:3:12"]
    assert pair["allocated_objects"] == pair["promoted_objects"] == pair["image_objects"] == 2 * 2000
    assert pair["allocated_bytes"] == pair["promoted_bytes"] == pair["image_bytes"] == 2 * LIST * 2000
    assert pair["live_bytes"] == 0
    assert ("grow", "main.star:6:12") in sites(said)
    nobody = said["sites"][0]
    assert (nobody["site"], nobody["function"], nobody["location"]) == (0, None, None)
    assert nobody["image_bytes"] > 0


def test_an_event_is_added_to_what_loading_allocated() -> None:
    """Its garbage is allocated and never promoted, and nothing of it is alive afterwards."""
    machine = recorder()
    machine.load({"main.star": PAIRS + "def decide(e):\n    return len(grow(e.n))\n"})
    before = account(machine)
    assert machine.evaluate({"n": 50})["decision"] == 50
    after = account(machine)
    old, new = (sites(said)["pair", "main.star:3:12"] for said in (before, after))
    assert new["allocated_objects"] - old["allocated_objects"] == 2 * 50
    assert new["promoted_bytes"] == old["promoted_bytes"]
    assert after["totals"]["image", "bytes"] == before["totals"]["image", "bytes"]
    # Of class numbers the layout has the names.
    names = {row["number"]: row["name"] for row in machine.layout["heap"]["classes"]}
    lists = {names[row["class"]]: row for row in after["classes"]}["guest.values.list.List"]
    assert lists["image_objects"] >= 2001


def test_built_ins_written_in_the_rule_language_have_no_sites() -> None:
    """Their callers have: what `sorted` with a key allocates belongs to the call, what the key allocates to the key."""
    machine = recorder()
    machine.execute(ORDERED)
    found = sites(account(machine))
    assert found["order", "main.star:3:18"]["allocated_bytes"] > 0
    assert found["lambda", "main.star:3:40"]["allocated_objects"] == 300
    assert all(location is None or location.startswith("main.star:") for _, location in found)


def random_program(rng: random.Random) -> str:
    """Functions that allocate values of all kinds, keep some and drop others, calling each other."""
    makes = [
        "[x] * {n}",
        "{{'k%d' % i: [i] for i in range({n})}}",
        "'a' * {n} + str(x)",
        "tuple([x, [x]])",
        "[y for y in range({n}) if y % 2]",
        "[1 << (40 + x % 100)] * 3",
        "sorted(range({n}), key = lambda y: -y)",
        "'a,b,c'.split(',') * {n}",
        'json.decode(\'[1, 2, {{"a": "b"}}]\')',
    ]
    lines = ["kept = []"]
    for number in range(5):
        make = rng.choice(makes).format(n=rng.choice([0, 1, 7, 60, 700, 9_000]))
        lines.append(
            f"def f{number}(x):\n    v = {make}\n    kept.append(v if x % {rng.randint(2, 9)} == 0 else None)"
        )
        if number:
            lines.append(f"    f{rng.randrange(number)}(x + 1)")
    calls = "\n".join(f"    f{rng.randrange(5)}(i)" for _ in range(4))
    lines.append(
        f"def go():\n  for i in range({rng.choice([5, 30])}):\n{calls}\n    if i % 7 == 0:\n        kept.clear()"
    )
    lines.append("go()")
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(12))
def test_accounts_of_random_programs_add_up(seed: int) -> None:
    """At every stop of a program that runs a slice of fuel at a time, under stress too; and its fuel is the same as ever."""
    rng = random.Random(seed)
    source = random_program(rng)
    plain = Machine()
    assert plain.execute(source, fuel=FUEL)[0] == DONE, source
    spent = FUEL - plain.read("guest.meter.fuel.remaining")
    machine = recorder(stress=seed % 3 == 0)
    given = spent * 3 // 4  # compiling takes some
    more = spent // 12
    status = machine.execute(source, fuel=given)[0]
    while status == STARVED:
        said = account(machine)
        assert machine.call("collect") == DONE
        there = in_use(machine) - own_bytes(machine)
        said = account(machine)
        assert said["totals"]["live", "bytes"] + said["totals"]["image", "bytes"] == there
        machine.write("guest.meter.fuel.remaining", machine.read("guest.meter.fuel.remaining") + more)
        given += more
        status = machine.call("resume")
    assert status == DONE
    assert given - machine.read("guest.meter.fuel.remaining") == spent
    account(machine)


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_accounts_add_up_in_every_phase_of_a_cycle(wanted: int) -> None:
    """A program with much alive, stopped in a phase: accounts end the cycle that runs, and change nothing else."""
    source = "def go():\n    chain = None\n    for i in range(90000):\n        chain = [chain, str(i)]\n    return chain[1]\nprint(go())\n"
    machine = recorder()
    slice_fuel = 2_000
    met = False
    status, printed = machine.execute(source, fuel=slice_fuel)
    while status == STARVED:
        if not met and machine.read("guest.heap.cycle.phase") == wanted:
            met = True
            account(machine)
        machine.write("guest.meter.fuel.remaining", machine.read("guest.meter.fuel.remaining") + slice_fuel)
        status = machine.call("resume")
        printed += machine.printed()
    assert (status, printed, met) == (DONE, "89999\n", True)
    account(machine)


def test_more_sites_than_the_table_has() -> None:
    """They share one row, and the sums are as exact."""
    limit = 4096
    machine = recorder()
    lines = "\n".join(f"v{i} = [{i}]" for i in range(limit + 500))
    assert machine.execute(lines, fuel=50_000_000)[0] == DONE
    shared = account(machine)["sites"][-1]
    assert (shared["site"], shared["location"]) == (0xFFFF, None)
    assert 2 * 500 <= shared["allocated_objects"] <= 2 * 501


def test_no_memory_for_the_table() -> None:
    """A clean refusal, and the isolate goes on without a recording."""
    machine = Machine()
    machine.write("guest.heap.allocate.gc_stress", 1)
    machine.write("guest.heap.allocate.gc_fail_after", 1)
    assert machine.call("record") == FAILED
    machine.write("guest.heap.allocate.gc_stress", 0)
    assert machine.execute("print([1])") == (DONE, "[1]\n")
    assert machine.call("account") == FAILED
    assert machine.call("record") == DONE
    account(machine)
