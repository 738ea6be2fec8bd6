"""Any sequence of mutations, collections and suspensions, one at a time: what the model reaches, the guest reaches.

The rules are the graphs guest's instructions; between any two, the whole memory may move to a fresh instance, as a suspended
program does. The heap is walked after every rule.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.heap import model
from tests.heap.harness import Machine
from tests.heap.model import Instruction, Model, Reader, assert_same, encode

REGISTER = st.integers(0, 15)
SLOT = st.integers(0, 4)
LARGE = st.sampled_from([0, 1, 3, 40, 1100])  # slots; over a thousand, they are remembered one by one


class Graphs(RuleBasedStateMachine):
    """A guest and the model of it."""

    @initialize(stress=st.booleans())
    def boot(self, stress: bool) -> None:
        self.machine = Machine("graphs")
        self.base = self.machine.call("boot")
        if stress:
            self.machine.stress()
        self.model = Model()
        self.numbers = 0

    def step(self, op: int, a: int = 0, b: int = 0, c: int = 0) -> None:
        """One instruction on both sides."""
        instruction: Instruction = (op, a, b, c)
        self.machine.poke(self.base, encode([instruction]))
        assert self.machine.call("run", 1) == 0
        self.model.step(instruction)

    def number(self) -> int:
        """A number that tells an object from the others."""
        self.numbers += 1
        return self.numbers

    @rule(a=REGISTER, b=REGISTER)
    def make_node(self, a: int, b: int) -> None:
        self.step(model.NODE, a, b, self.number())

    @rule(a=REGISTER, size=st.integers(0, 64))
    def make_leaf(self, a: int, size: int) -> None:
        self.step(model.LEAF, a, size, self.number())

    @rule(op=st.sampled_from([model.BAG, model.LIST, model.PINNED]), a=REGISTER, slots=LARGE)
    def make_container(self, op: int, a: int, slots: int) -> None:
        self.step(op, a, slots, self.number())

    @rule(a=REGISTER, b=REGISTER, slot=SLOT)
    def store(self, a: int, b: int, slot: int) -> None:
        self.step(model.STORE, a, b, slot)

    @rule(a=REGISTER, b=REGISTER, slot=SLOT)
    def load(self, a: int, b: int, slot: int) -> None:
        self.step(model.LOAD, a, b, slot)

    @rule(a=REGISTER, b=REGISTER)
    def copy_register(self, a: int, b: int) -> None:
        self.step(model.MOVE, a, b)

    @rule(a=REGISTER)
    def drop(self, a: int) -> None:
        self.step(model.DROP, a)

    @rule(a=REGISTER, b=REGISTER)
    def make_weak_reference(self, a: int, b: int) -> None:
        self.step(model.WEAK, a, b)

    @rule(a=REGISTER)
    def make_weak_map(self, a: int) -> None:
        self.step(model.MAP, a)

    @rule(a=REGISTER, key=REGISTER, value=REGISTER)
    def put(self, a: int, key: int, value: int) -> None:
        self.step(model.PUT, a, key, value)

    @rule(b=REGISTER)
    def register_finalizer(self, b: int) -> None:
        self.step(model.REGISTER, 0, b, self.number())

    @rule(a=REGISTER, b=REGISTER)
    def take_finalizer(self, a: int, b: int) -> None:
        self.step(model.TAKE, a, b)

    @rule(
        op=st.sampled_from([model.HANDLE, model.HELD, model.RELEASE]),
        a=REGISTER,
        b=REGISTER,
        c=st.integers(0, 3),
    )
    def use_handle(self, op: int, a: int, b: int, c: int) -> None:
        self.step(op, a, b, c)

    @rule(op=st.sampled_from([model.YOUNG, model.FULL, model.COMPACT, model.CLEAR, model.END, model.FREEZE]))
    def collect(self, op: int) -> None:
        self.step(op)

    @rule(budget=st.sampled_from([1, 50, 1000, 100_000]))
    def step_cycle(self, budget: int) -> None:
        self.step(model.STEP, 0, budget)

    @rule()
    def suspend(self) -> None:
        self.machine = self.machine.moved()

    @rule()
    def compare(self) -> None:
        assert_same(self.model.registers, Reader(self.machine).registers)

    @invariant()
    def heap_is_sound(self) -> None:
        if hasattr(self, "machine"):
            assert self.machine.call("verify") == 0

    def teardown(self) -> None:
        if hasattr(self, "machine"):
            self.compare()


Graphs.TestCase.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
test_any_sequence = Graphs.TestCase
