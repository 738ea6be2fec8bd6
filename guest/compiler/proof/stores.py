"""Stores: into fields, elements, module variables, the frame of the shadow stack, and raw memory.

Settles along a straight line what needs no path: a stored reference is followed by its barrier, and a new object is filled
completely, before anything else happens. A reference without a barrier becomes the demand that its object is new.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from guest.compiler import types as t
from guest.compiler.proof.declared import HEAP_MODULE, ClassFacts, Declared
from guest.compiler.proof.graph import offset_of
from guest.compiler.proof.shapes import REFERENCES, WIDTHS, Expressions, Shape, accesses, is_view
from guest.compiler.proof.text import Line, Node, TextFunction
from guest.compiler.proof.trust import PINNED_ADDRESSES, TRUSTED_NAMES

REMEMBER = "$heap.barrier.remember"
REMEMBER_PART = ("$heap.barrier.remember_element", "$heap.barrier.remember_range")
SLOT_SIZE = 8


class Code(enum.IntEnum):
    """The kinds of steps."""

    USE = enum.auto()
    SET = enum.auto()
    CALL = enum.auto()
    SAVE = enum.auto()
    TOP = enum.auto()
    RELOAD = enum.auto()
    FRESH = enum.auto()
    NEEDS_FRESH = enum.auto()
    BLOCK = enum.auto()
    LOOP = enum.auto()
    IF = enum.auto()
    ELSE = enum.auto()
    END_BLOCK = enum.auto()
    END_LOOP = enum.auto()
    END_IF = enum.auto()
    BRANCH = enum.auto()
    BRANCH_IF = enum.auto()
    RETURN = enum.auto()
    THROW = enum.auto()
    TRAP = enum.auto()


class Step(NamedTuple):
    """One step. `uses` and `bits` are sets of locals; `number` is a slot, a count or the identity of a block.

    `carried` are the locals whose address the result carries on; `targets` are the blocks that a branch may go to, or the
    block that catches what a call throws.
    """

    code: Code
    uses: int = 0
    bits: int = 0
    number: int = 0
    carried: int = 0
    targets: tuple[int, ...] = ()
    flag: bool = False
    place: str = ""


class Unbarriered(NamedTuple):
    """A stored reference whose barrier has not been seen yet: the object, what its barrier is told of the place (the
    element's address, or the address and size of a range of them), the step to take back."""

    owner: str
    place: tuple[Node, ...]
    step: int


class Initialising:
    """A new object that is being filled: which bytes have been written."""

    def __init__(self, local: str, size: int, place: str) -> None:
        self.local = local
        self.size = size
        self.place = place
        self.header: int | None = None
        self.written = 0

    def write(self, offset: int, width: int) -> None:
        """Note a store."""
        self.written |= ((1 << width) - 1) << offset

    def has(self, offset: int, width: int) -> bool:
        """Whether all these bytes have been written."""
        wanted = ((1 << width) - 1) << offset
        return self.written & wanted == wanted


class Stores(Expressions):
    """Translates stores, and waits for what has to follow them. `trusted` are the names of `trust` that were needed."""

    def __init__(self, function: TextFunction, declared: Declared) -> None:
        super().__init__(function, declared)
        self.trusted: set[str] = set()
        self.steps: list[Step | None] = []
        self.frame = ""
        self.slots = 0
        self.bump = declared.address_of("guest.heap.allocate.bump")
        self.limit = declared.address_of("guest.heap.allocate.limit")
        self.roots_changed = declared.address_of("guest.heap.roots.roots_changed")
        self.by_number = {facts.number: facts for facts in declared.classes.values()}
        self.bump_stores: set[int] = set()
        """Where in the body the bump pointer is written by an allocation in place."""
        self._unbarriered: list[Unbarriered] = []
        self._new: Initialising | None = None

    def emit(
        self,
        code: Code,
        uses: int = 0,
        bits: int = 0,
        number: int = 0,
        carried: int = 0,
        targets: tuple[int, ...] = (),
        flag: bool = False,
    ) -> None:
        """Append a step."""
        self.steps.append(Step(code, uses, bits, number, carried, targets, flag, self.place))

    def in_heap(self) -> bool:
        """Whether the source of what is being translated is in `guest/heap/`."""
        return self.declared.owner(self.place).startswith(HEAP_MODULE)

    # Stores by what they store to.
    def store(self, node: Node, body: list[Line], index: int) -> None:
        """Translate a store."""
        address, value = node.operands
        offset = offset_of(node.immediate)
        if address.op == "local.get" and address.immediate[1:] == self.frame:
            self._save(node.op, offset, value)
            return
        base = self.look(address)
        shape = self.look(value)
        if base.kind == "const":
            self._store_at(node, base.worth + offset, shape, body, index)
        elif base.kind in ("pointer", "inside") and self._store_in(node, offset, base, shape):
            pass
        else:
            self.raw(node.op)
        self.emit(Code.USE, self.uses)

    def raw(self, what: str) -> None:
        """A write that no declaration explains: only the functions in `trust` may do it."""
        name = self.declared.owner(self.place)
        if name in TRUSTED_NAMES:
            self.trusted.add(name)
        elif not (name.startswith(HEAP_MODULE) and name.rpartition(".")[0] in self.declared.foreign):
            where = name.removeprefix("guest.") or "this"
            self.fault(f"{where} writes raw memory ({what}): it is not in guest/compiler/proof/trust.py")

    def _store_at(self, node: Node, address: int, shape: Shape, body: list[Line], index: int) -> None:
        """A store at a constant address: a module variable, or a table of the collector."""
        if address == self.declared.shadow_top:
            self._top(node)
            return
        if address in self.declared.counters:
            return
        variable = self.declared.variables.get(address)
        if variable is None:
            self.raw(node.op)
            return
        if node.op != accesses(variable.type)[1]:
            self.fault(f"{variable.name} is a {variable.type} and is written with {node.op}")
        if address in (self.bump, self.limit) and index not in self.bump_stores and not self.in_heap():
            self.fault(f"{variable.name} is written elsewhere than by an allocation")
        if t.is_traced(variable.type):
            if shape.kind == "const" or not self.roots_changed:
                return
            changed = Node(
                "i32.store",
                f"offset={self.roots_changed}",
                (Node("i32.const", "0", ()), Node("i32.const", "1", ())),
            )
            if index + 1 >= len(body) or body[index + 1].node != changed:
                self.fault(f"a reference is stored in {variable.name} without a note that the roots changed")
        elif shape.kind not in REFERENCES or is_view(variable.type) or self.in_heap():
            return
        elif variable.name in PINNED_ADDRESSES:
            self.trusted.add(variable.name)
        else:
            self.fault(f"a reference is stored in {variable.name}, which is not traced")

    def _top(self, node: Node) -> None:
        """The end of this function's frame: the frame, or so many slots behind it."""
        value = node.operands[1]
        frame = Node("local.get", f"${self.frame}", ())
        count = -1
        if value == frame:
            count = 0
        elif value.op == "i32.add" and value.operands[0] == frame and value.operands[1].op == "i32.const":
            count, rest = divmod(int(value.operands[1].immediate), SLOT_SIZE)
            count = count if rest == 0 else -1
        if count < 0 or not self.frame:
            self.fault("the shadow stack's top is set to something else than the end of this frame")
            return
        self.slots = max(self.slots, count)
        self.emit(Code.TOP, number=count)

    def _save(self, op: str, offset: int, value: Node) -> None:
        """A store into this function's frame: the collector will take it for a reference."""
        inner = value.operands[0] if value.op == "i64.extend_i32_u" else value
        slot, rest = divmod(offset, SLOT_SIZE)
        facts = self.locals.get(inner.immediate[1:]) if inner.op == "local.get" else None
        if facts is None or not facts.traced or op != "i64.store" or rest:
            self.fault("something else than a pointer or Value is saved for the collector")
            return
        self.look(value)
        self.emit(Code.SAVE, self.uses, facts.bit, slot)

    def _store_in(self, node: Node, offset: int, base: Shape, shape: Shape) -> bool:
        """A store into an object. False if no field or element is there: then it has to be raw."""
        address, value = node.operands
        owner = address.immediate[1:] if address.op == "local.get" else base.owner
        if self._new is not None and self._new.local == owner and base.kind == "pointer":
            self._fill(node, offset, value)
        facts = self.declared.classes.get(base.target)
        if facts is None:
            return False
        if base.kind == "pointer" and offset == 0 and node.op == "i64.store":
            return self._new is not None and self._new.local == owner
        kind = self.at(facts, offset, base)
        if kind is None or node.op != accesses(kind)[1]:
            return self._new is not None and self._new.local == owner
        if not t.is_traced(kind):
            if shape.kind in REFERENCES and not self.in_heap():
                self.fault(f"a reference is stored in {facts.name} at offset {offset}, which is not traced")
            return True
        if shape.kind == "const":
            return True
        if not owner:
            self.fault("a reference is stored into an object that no local holds")
            return True
        if base.kind == "inside" or offset not in facts.fields:
            self._expect_barrier(owner, Node("i32.add", "", (address, Node("i32.const", str(offset), ()))))
        else:
            self._expect_barrier(owner)
        return True

    # Barriers.
    def _expect_barrier(self, owner: str, *place: Node) -> None:
        self._unbarriered.append(Unbarriered(owner, place, len(self.steps)))
        self.emit(Code.NEEDS_FRESH, 0, self.locals[owner].bit)

    def barrier(self, body: list[Line], index: int) -> None:
        """If a barrier begins here, take back the demands that it meets."""
        if index + 3 >= len(body):
            return
        condition, test, call, end = (body[index + i].node for i in range(4))
        nursery = self.declared.nursery
        size = Node("i32.const", str(nursery.end - nursery.start), ())
        if condition.op != "i32.ge_u" or condition.operands[1] != size or test.op != "if" or end.op != "end":
            return
        distance = condition.operands[0]
        if distance.op != "i32.sub" or distance.operands[1] != Node("i32.const", str(nursery.start), ()):
            return
        target = distance.operands[0]
        if target.op != "local.get" or call.op != "call" or call.operands[0] != target:
            return
        whole = call.immediate == REMEMBER
        if not whole and call.immediate not in REMEMBER_PART:
            return
        owner = target.immediate[1:]
        for waiting in self._unbarriered:
            if waiting.owner == owner and (whole or waiting.place == call.operands[1:]):
                self.steps[waiting.step] = None

    def overwritten(self, name: str) -> None:
        """A local gets another value: what waits for a barrier with it stays without one."""
        if self._new is not None and self._new.local == name:
            self.settle()
        if not self._unbarriered:
            return
        bit = self.locals[name].bit
        kept = []
        for waiting in self._unbarriered:
            outer, self.uses = self.uses, 0
            for part in waiting.place:
                self.look(part)
            if waiting.owner != name and not self.uses & bit:
                kept.append(waiting)
            self.uses = outer
        self._unbarriered = kept

    def settle(self) -> None:
        """The straight line ends: what was not barriered is not, what was not filled is garbage."""
        self._unbarriered.clear()
        new, self._new = self._new, None
        if new is not None:
            self._check_filled(new)

    def copy(self, node: Node) -> None:
        """memory.copy into the elements of an object, or raw."""
        base = self.look(node.operands[0])
        facts = self.declared.classes.get(base.target) if base.kind == "inside" else None
        element = facts.element if facts is not None else None
        self.look(node.operands[1])
        self.look(node.operands[2])
        if element is None:
            self.raw(node.op)
        elif t.is_traced(element):
            if base.owner:
                self._expect_barrier(base.owner, node.operands[0], node.operands[2])
            else:
                self.fault("references are copied into an object that no local holds")
        self.emit(Code.USE, self.uses)

    # New objects.
    def begin_object(self, local: str, size: int) -> None:
        """An allocation in place has succeeded: the object's bytes are arbitrary."""
        self.settle()
        self._new = Initialising(local, size, self.place)
        self.emit(Code.FRESH, 0, self.locals[local].bit)

    def _fill(self, node: Node, offset: int, value: Node) -> None:
        assert self._new is not None
        self._new.write(offset, WIDTHS[node.op])
        if offset == 0 and node.op == "i64.store" and value.op == "i64.const":
            self._new.header = int(value.immediate, 0)

    def _check_filled(self, new: Initialising) -> None:
        """That the header names the local's class, the size is the class's, and nothing traced or declared is garbage."""
        facts = self.declared.classes.get(self.locals[new.local].shape.target)
        if facts is None or new.header is None:
            self.fault(f"the new object {new.local} has no header", new.place)
            return
        number, length = new.header >> 32, new.header & 0xFFFF_FFFF
        if number != facts.number:
            found = self.by_number.get(number)
            other = found.name if found is not None else f"no class ({number})"
            self.fault(f"{new.local} is a {facts.name}, and its header says {other}", new.place)
        if new.size != facts.size(length):
            wanted = facts.size(length)
            self.fault(
                f"{new.local} is a {facts.name} of {wanted} bytes, and {new.size} are allocated", new.place
            )
        missing = [offset for offset, kind in facts.fields.items() if not new.has(offset, t.size_of(kind))]
        missing += self._unfilled_elements(facts, length, new)
        if missing:
            self.fault(
                f"{new.local} may be seen half made: nothing is stored at offset {missing[0]}", new.place
            )

    def _unfilled_elements(self, facts: ClassFacts, length: int, new: Initialising) -> list[int]:
        if facts.element is None:
            return []
        each = t.size_of(facts.element)
        offsets = range(facts.fixed, facts.fixed + each * length, each)
        return [offset for offset in offsets if not new.has(offset, each)]
