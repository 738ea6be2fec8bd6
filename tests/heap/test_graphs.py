"""Reachability: what Python would keep alive is alive and unchanged, whatever the collector did."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.heap import model
from tests.heap.harness import Machine
from tests.heap.model import Instruction, Model, Reader, assert_same, encode

MEMORY_FAILURE = 3
SIZES = [0, 1, 5, 30, 200, 2_000]
LARGE_SIZES = [*SIZES, 20_000, 300_000]
SLOTS = [0, 1, 2, 4, 30, 300]


def random_script(rng: random.Random, length: int, *, large: bool, freeze: bool) -> list[Instruction]:
    """Instructions that keep a few hundred objects alive, with collections of all kinds among them."""
    choices = [model.NODE] * 8 + [model.LEAF] * 4 + [model.BAG, model.LIST] * 2 + [model.STORE] * 16
    choices += (
        [model.LOAD] * 8
        + [model.MOVE, model.YOUNG] * 2
        + [model.DROP] * 4
        + [model.STEP] * 8
        + [model.FULL, model.END, model.PINNED, model.COMPACT]
        + [model.WEAK, model.MAP, model.HANDLE, model.HELD] * 2
        + [model.PUT] * 12
        + [model.CLEAR, model.REGISTER, model.TAKE, model.RELEASE]
    )
    script = []
    for index in range(length):
        op = rng.choice(choices)
        a, b, c = rng.randrange(16), rng.randrange(16), rng.randrange(4)
        if op in (model.NODE, model.LEAF, model.BAG, model.LIST, model.PINNED):
            c = index
        if op == model.LEAF:
            b = rng.choice(LARGE_SIZES if large else SIZES)
        elif op == model.STEP:
            b = rng.choice([1, 100, 3_000, 100_000])
        elif op in (model.BAG, model.LIST, model.PINNED):
            b = 40_000 if large and rng.random() < 0.02 else rng.choice(SLOTS)
        elif op == model.STORE and rng.random() < 0.2:
            c = rng.randrange(40)
        elif op == model.PUT:
            c = rng.randrange(16)
        elif op == model.REGISTER:
            c = index
        elif op == model.RELEASE and rng.random() < 0.1:
            op = model.FORGET
        if large and rng.random() < 0.01:
            script.append((model.CHURN, 0, rng.randrange(20), rng.choice([1, 100, 10_000])))
        if freeze and rng.random() < 0.002:
            script.append((model.FREEZE, 0, 0, 0))
        script.append((op, a, b, c))
    return script


def run(machine: Machine, base: int, reference: Model, script: list[Instruction]) -> None:
    """Run a script on both sides, then compare and verify."""
    machine.poke(base, encode(script))
    assert machine.call("run", len(script)) == 0
    for instruction in script:
        reference.step(instruction)
    assert machine.call("verify") == 0
    assert_same(reference.registers, Reader(machine).registers)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("freeze", [False, True])
@pytest.mark.parametrize("stress", [False, True])
def test_long_scripts(seed: int, freeze: bool, stress: bool) -> None:
    """Three thousand instructions, compared every five hundred."""
    rng = random.Random(seed)
    machine = Machine("graphs")
    base = machine.call("boot")
    if stress:
        machine.stress()
    reference = Model()
    for _ in range(6):
        run(machine, base, reference, random_script(rng, 500, large=not stress, freeze=freeze))


instructions = st.one_of(
    st.tuples(st.just(model.NODE), st.integers(0, 15), st.integers(0, 15), st.integers(0, 99)),
    st.tuples(st.just(model.LEAF), st.integers(0, 15), st.integers(0, 64), st.integers(0, 99)),
    st.tuples(
        st.sampled_from([model.BAG, model.LIST, model.PINNED]),
        st.integers(0, 15),
        st.integers(0, 5),
        st.integers(0, 99),
    ),
    st.tuples(
        st.sampled_from([model.STORE, model.LOAD]), st.integers(0, 15), st.integers(0, 15), st.integers(0, 3)
    ),
    st.tuples(st.sampled_from([model.MOVE, model.DROP]), st.integers(0, 15), st.integers(0, 15), st.just(0)),
    st.tuples(
        st.sampled_from([model.WEAK, model.MAP, model.PUT, model.REGISTER, model.TAKE]),
        st.integers(0, 15),
        st.integers(0, 15),
        st.integers(0, 15),
    ),
    st.tuples(
        st.sampled_from([model.HANDLE, model.HELD, model.RELEASE, model.FORGET]),
        st.integers(0, 15),
        st.integers(0, 15),
        st.integers(0, 3),
    ),
    st.tuples(
        st.sampled_from([model.YOUNG, model.FULL, model.CLEAR, model.END, model.FREEZE]),
        st.just(0),
        st.just(0),
        st.just(0),
    ),
)


@settings(max_examples=60, deadline=None)
@given(script=st.lists(instructions, max_size=60), stress=st.booleans())
def test_any_script(script: list[Instruction], stress: bool) -> None:
    """Short scripts that Hypothesis makes, and makes smaller when they fail."""
    machine = Machine("graphs")
    base = machine.call("boot")
    if stress:
        machine.stress()
    run(machine, base, Model(), script)


def test_debug_guest_verifies_itself() -> None:
    """The debug guest walks its heap after every collection and would trap."""
    rng = random.Random(1)
    machine = Machine("graphs", debug=True)
    base = machine.call("boot")
    run(machine, base, Model(), random_script(rng, 500, large=True, freeze=True))


def test_every_allocation_may_fail() -> None:
    """Fail the first allocation, the second, ...: an error each time, the heap as it was, and usable."""
    script = random_script(random.Random(2), 80, large=False, freeze=False)
    completed = False
    failure = 0
    while not completed:
        failure += 1
        machine = Machine("graphs")
        base = machine.call("boot")
        machine.stress()
        machine.write("heap.allocate.gc_fail_after", failure)
        machine.poke(base, encode(script))
        result = machine.call("run", len(script))
        completed = result == 0
        assert completed or result == MEMORY_FAILURE
        assert machine.call("verify") == 0
        if not completed:
            machine.write("heap.allocate.gc_fail_after", 0)
            assert machine.call("run", len(script)) == 0
            assert machine.call("verify") == 0
    assert failure > len(script) // 4
