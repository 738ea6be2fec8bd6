"""The graphs guest on Python objects: the same scripts, and the comparison of what is reachable.

Python's own references are the truth: after a script, every object that can be reached from a register here
must be reached from the same register there, with the same id and contents, and with the same identity.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from tests.heap.harness import Machine

REGISTERS = 16
OLD_REGISTERS = 8
UNDEFINED = None
SMALL_TAG = 0xFFFF << 48
NODE, LEAF, BAG, LIST, STORE, LOAD, MOVE, DROP, YOUNG, FULL, FREEZE, END, CHURN, PINNED, STEP, COMPACT = (
    range(16)
)

Instruction = tuple[int, int, int, int]


@dataclass(eq=False)
class Thing:
    """An object of the guest: its class, its id, its slots, and its plain bytes."""

    kind: str
    id: int
    slots: list[object] = field(default_factory=list)
    data: bytes = b""


class Model:
    """Registers and the script's semantics."""

    def __init__(self) -> None:
        self.registers: list[object] = [UNDEFINED] * REGISTERS

    def step(self, instruction: Instruction) -> None:
        """One instruction; the collector's own change nothing."""
        op, a, b, c = instruction
        registers = self.registers
        if op == NODE:
            left = registers[b] if isinstance(registers[b], Thing) else UNDEFINED
            registers[a] = Thing("Node", c, [left, UNDEFINED, c])
        elif op == LEAF:
            registers[a] = Thing("Leaf", c, data=bytes((c + i) & 0xFF for i in range(b)))
        elif op == BAG:
            registers[a] = Thing("Bag", c, [UNDEFINED] * b)
        elif op in (LIST, PINNED):
            registers[a] = Thing("List", c, [UNDEFINED] * b)
        elif op == STORE:
            self.store(registers[a], registers[b], c)
        elif op == LOAD:
            registers[a] = self.load(registers[b], c)
        elif op == MOVE:
            registers[a] = registers[b]
        elif op == DROP:
            registers[a] = UNDEFINED

    def store(self, owner: object, value: object, slot: int) -> None:
        """Write a slot, if there is one."""
        if not isinstance(owner, Thing):
            return
        if owner.kind == "Node":
            slot = min(slot, 2)
            if slot < 2 and not isinstance(value, Thing):
                value = UNDEFINED
        if slot < len(owner.slots):
            owner.slots[slot] = value

    def load(self, owner: object, slot: int) -> object:
        """Read a slot, or the owner itself."""
        if not isinstance(owner, Thing):
            return owner
        if owner.kind == "Node":
            slot = min(slot, 2)
        return owner.slots[slot] if slot < len(owner.slots) else owner


def encode(script: list[Instruction]) -> bytes:
    """A script as the guest reads it."""
    return b"".join(struct.pack("<4I", *instruction) for instruction in script)


class Reader:
    """Reads graphs from a copy of the guest's memory."""

    def __init__(self, machine: Machine) -> None:
        self.memory = machine.contents()
        classes = machine.layout["classes"]
        self.names = {number: name for name, number in classes.items()}
        self.things: dict[int, Thing] = {}
        array = machine.read("heap.graphs.registers")
        stack = machine.constants["guest.heap.layout.VM_STACK_BASE"]
        starts = [array + 8 + 8 * i for i in range(OLD_REGISTERS)]
        starts += [stack + 8 * i for i in range(REGISTERS - OLD_REGISTERS)]
        self.registers = [self.value(self.u64(at)) for at in starts]

    def u32(self, at: int) -> int:
        """Four bytes."""
        return int(struct.unpack_from("<I", self.memory, at)[0])

    def u64(self, at: int) -> int:
        """Eight bytes."""
        return int(struct.unpack_from("<Q", self.memory, at)[0])

    def value(self, bits: int) -> object:
        """A Value: UNDEFINED, a small integer, or an object."""
        if bits == 0:
            return UNDEFINED
        if bits >= SMALL_TAG:
            return bits - SMALL_TAG
        assert bits < 1 << 32, f"no Value of this guest: {bits:#x}"
        return self.thing(bits)

    def thing(self, at: int) -> Thing:
        """The object at an address; its slots are addresses until `fill` reads them."""
        found = self.things.get(at)
        if found is None:
            name = self.names.get(self.memory[at + 4], f"class {self.memory[at + 4]} at {at:#x}")
            found = self.things[at] = Thing(name, self.u32(at + 8))
            pending = [at]
            while pending:
                self.fill(pending.pop(), pending)
        return found

    def fill(self, at: int, pending: list[int]) -> None:
        """Read an object's slots; objects met for the first time are appended to `pending`."""
        thing = self.things[at]

        def met(bits: int) -> object:
            if bits == 0 or bits >= SMALL_TAG:
                return UNDEFINED if bits == 0 else bits - SMALL_TAG
            assert bits < 1 << 32, f"no Value of this guest: {bits:#x}"
            if bits not in self.things:
                name = self.names.get(self.memory[bits + 4], f"class {self.memory[bits + 4]} at {bits:#x}")
                self.things[bits] = Thing(name, self.u32(bits + 8))
                pending.append(bits)
            return self.things[bits]

        if thing.kind == "Node":
            thing.slots = [met(self.u32(at + 12)), met(self.u32(at + 16)), met(self.u64(at + 24))]
        elif thing.kind == "Leaf":
            thing.data = self.memory[at + 12 : at + 12 + self.u32(at)]
        elif thing.kind == "Bag":
            thing.slots = [met(self.u64(at + 16 + 8 * i)) for i in range(self.u32(at))]
        elif thing.kind == "List":
            items = self.u32(at + 12)
            thing.slots = [met(self.u64(items + 8 + 8 * i)) for i in range(self.u32(items))]
        else:
            raise AssertionError(f"not an object of this guest: {thing.kind}")


def assert_same(expected: list[object], actual: list[object]) -> None:
    """Both graphs are the same, identities included."""
    there: dict[Thing, Thing] = {}
    here: dict[Thing, Thing] = {}
    pending = list(zip(expected, actual, strict=True))
    while pending:
        want, got = pending.pop()
        if not isinstance(want, Thing):
            assert want == got
            continue
        assert isinstance(got, Thing)
        if want in there or got in here:
            assert there.get(want) is got and here.get(got) is want, f"identity of {want.kind} {want.id}"
            continue
        there[want], here[got] = got, want
        assert (want.kind, want.id, want.data) == (got.kind, got.id, got.data)
        pending.extend(zip(want.slots, got.slots, strict=True))
