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
NONE_BITS = 1 << 48
NONE = "None"
NODE, LEAF, BAG, LIST, STORE, LOAD, MOVE, DROP, YOUNG, FULL, FREEZE, END, CHURN, PINNED, STEP, COMPACT = (
    range(16)
)
CLEAR, WEAK, MAP, PUT, REGISTER, TAKE, HANDLE, HELD, RELEASE, FORGET = range(16, 26)
HANDLES = 4

Instruction = tuple[int, int, int, int]


@dataclass(eq=False)
class Thing:
    """An object of the guest: its class, its id, its slots, and its plain bytes.

    A WeakReference has one slot, a WeakMap two for each entry, key and value.
    """

    kind: str
    id: int
    slots: list[object] = field(default_factory=list)
    data: bytes = b""
    frozen: bool = False

    def is_weak(self) -> bool:
        """Whether a clearing collection does not see all that this refers to."""
        return self.kind in ("WeakReference", "WeakMap")


class Model:
    """Registers and the script's semantics, with what a clearing collection lets go of."""

    def __init__(self) -> None:
        self.registers: list[object] = [UNDEFINED] * REGISTERS
        self.frozen: set[Thing] = set()
        self.registered: list[tuple[Thing, int]] = []
        # Found dead: in the order of registration they join the queue when the host next looks, or at a freeze.
        self.found: set[Thing] = set()
        self.queue: list[tuple[Thing, int]] = []
        # Each handle ever made, what the open ones hold, and which handle each of the script's variables names.
        self.made = 0
        self.held: dict[int, object] = {}
        self.handles = [0] * HANDLES

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
        elif op in (CLEAR, FREEZE):
            self.clear(freeze=op == FREEZE)
        elif op == WEAK:
            if isinstance(registers[b], Thing):
                registers[a] = Thing("WeakReference", 0, [registers[b]])
        elif op == MAP:
            registers[a] = Thing("WeakMap", 0)
        elif op == PUT:
            self.put(registers[a], registers[b], registers[c])
        else:
            self.step_of_host(instruction)

    def step_of_host(self, instruction: Instruction) -> None:
        """One instruction about finalizers or handles."""
        op, a, b, c = instruction
        registers = self.registers
        if op == REGISTER:
            if isinstance(registers[b], Thing):
                self.registered.append((registers[b], c))
        elif op == TAKE:
            self.fill_queue()
            if self.queue:
                registers[a], number = self.queue.pop(0)
                registers[b] = number
        elif op == HANDLE:
            self.made += 1
            self.handles[c] = self.made
            self.held[self.made] = registers[b]
        elif op == HELD:
            registers[a] = self.held.get(self.handles[c], UNDEFINED)
        elif op == RELEASE:
            self.held.pop(self.handles[c], UNDEFINED)
        elif op == FORGET:
            self.held.clear()

    def put(self, owner: object, key: object, value: object) -> None:
        """Set an entry of a weak map."""
        if not isinstance(owner, Thing) or owner.kind != "WeakMap" or owner.frozen:
            return
        if not isinstance(key, Thing) or key.kind not in ("Node", "Bag", "List"):
            return
        for position in range(0, len(owner.slots), 2):
            if owner.slots[position] is key:
                owner.slots[position + 1] = value
                return
        owner.slots += [key, value]

    def fill_queue(self) -> None:
        """Move the registrations of what has been found dead to the queue."""
        self.queue += [entry for entry in self.registered if entry[0] in self.found]
        self.registered = [entry for entry in self.registered if entry[0] not in self.found]
        self.found = set()

    def clear(self, *, freeze: bool) -> None:
        """A clearing collection; a freeze drops all handles before, and makes what it leaves alive permanent."""
        if freeze:
            self.held.clear()
        roots = [*self.registers, *self.held.values(), *self.frozen, *self.found, *(o for o, _ in self.queue)]
        alive = reached(roots, weakly=True)
        for thing in alive:
            if thing.kind == "WeakReference" and thing.slots[0] not in alive:
                thing.slots = [thing.slots[0] if thing.slots[0] == NONE else NONE]
            elif thing.kind == "WeakMap":
                kept = [p for p in range(0, len(thing.slots), 2) if thing.slots[p] in alive]
                thing.slots = [slot for p in kept for slot in thing.slots[p : p + 2]]
        self.found |= {thing for thing, _ in self.registered if thing not in alive}
        if freeze:
            self.fill_queue()
            self.frozen = reached([*alive, *(o for o, _ in self.queue)], weakly=False)
            for thing in self.frozen:
                thing.frozen = True

    def store(self, owner: object, value: object, slot: int) -> None:
        """Write a slot, if there is one."""
        if not isinstance(owner, Thing):
            return
        if owner.is_weak():
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
        if owner.kind == "WeakReference":
            return owner.slots[0]
        if owner.kind == "WeakMap":
            return owner
        if owner.kind == "Node":
            slot = min(slot, 2)
        return owner.slots[slot] if slot < len(owner.slots) else owner


def reached(roots: list[object], *, weakly: bool) -> set[Thing]:
    """What is reached from roots; `weakly`, without passing through weak objects other than from a key to its value."""
    alive: set[Thing] = set()
    waiting: dict[Thing, list[object]] = {}
    pending = list(roots)
    while pending:
        thing = pending.pop()
        if not isinstance(thing, Thing) or thing in alive:
            continue
        alive.add(thing)
        pending += waiting.pop(thing, [])
        if not weakly or not thing.is_weak():
            pending += thing.slots
        elif thing.kind == "WeakMap":
            for key, value in zip(thing.slots[::2], thing.slots[1::2], strict=True):
                assert isinstance(key, Thing)
                if key in alive:
                    pending.append(value)
                else:
                    waiting.setdefault(key, []).append(value)
    return alive


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
        """A Value: UNDEFINED, None, a small integer, or an object."""
        if bits == 0:
            return UNDEFINED
        if bits == NONE_BITS:
            return NONE
        if bits >= SMALL_TAG:
            return bits - SMALL_TAG
        assert bits < 1 << 32, f"no Value of this guest: {bits:#x}"
        return self.thing(bits)

    def thing(self, at: int) -> Thing:
        """The object at an address; its slots are addresses until `fill` reads them."""
        found = self.things.get(at)
        if found is None:
            found = self.things[at] = self.blank(at)
            pending = [at]
            while pending:
                self.fill(pending.pop(), pending)
        return found

    def blank(self, at: int) -> Thing:
        """An object without its slots. Weak objects have no id."""
        name = self.names.get(self.memory[at + 4], f"class {self.memory[at + 4]} at {at:#x}")
        return Thing(name, 0 if name in ("WeakReference", "WeakMap") else self.u32(at + 8))

    def fill(self, at: int, pending: list[int]) -> None:
        """Read an object's slots; objects met for the first time are appended to `pending`."""
        thing = self.things[at]

        def met(bits: int) -> object:
            if bits == 0 or bits >= NONE_BITS:
                return self.value(bits)
            assert bits < 1 << 32, f"no Value of this guest: {bits:#x}"
            if bits not in self.things:
                self.things[bits] = self.blank(bits)
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
        elif thing.kind == "WeakReference":
            thing.slots = [met(self.u64(at + 8))]
        elif thing.kind == "WeakMap":
            entries = self.u32(at + 20)
            starts = [entries + 8 + 16 * i for i in range(self.u32(at + 16))]
            thing.slots = [met(self.u64(s + half)) for s in starts if self.u64(s) != 0 for half in (0, 8)]
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
