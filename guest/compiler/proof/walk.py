"""The walk: every path through a function, and what holds of its references on each.

A forward analysis over structured control flow. After a call that may collect, every reference is *stale* until it is reloaded
from the slot where it was saved, or set anew; so is every number that an address was copied to. Where paths meet, what is
stale on one of them is stale. A loop is walked again until its beginning holds for every way back to it.
"""

from __future__ import annotations

from typing import NamedTuple

from guest.compiler.proof.shapes import Fault
from guest.compiler.proof.stores import Code, Step

ENTRY = -1
UNKNOWN = -2
"""The shadow stack's top: as the caller left it, or arbitrary. A number counts the slots of this frame below it."""
GARBAGE = -1
NAMELESS = 0
"""What a slot holds: nothing that the collector may see, or a reference that is no local's value any more."""


class State(NamedTuple):
    """What holds at a point of a function. Sets of locals are bit masks.

    `stale` may not be used. `addresses` are numbers that an address was copied to: they become stale. `fresh` are new: young,
    because nothing could collect since. `slots` are the locals whose values the frame's slots hold. `top` is the end of the
    part of the frame that the collector sees.
    """

    stale: int
    addresses: int
    fresh: int
    slots: tuple[int, ...]
    top: int


def join(one: State | None, other: State | None) -> State | None:
    """What holds on either of two paths."""
    if one is None or one is other:
        return other
    if other is None or one == other:
        return one
    slots = one.slots
    if slots != other.slots:
        slots = tuple(
            a if a == b else GARBAGE if GARBAGE in (a, b) else NAMELESS
            for a, b in zip(slots, other.slots, strict=False)
        )
    return State(
        one.stale | other.stale,
        one.addresses | other.addresses,
        one.fresh & other.fresh,
        slots,
        one.top if one.top == other.top else UNKNOWN,
    )


class Walk:
    """Follows the steps of one function. `names` are its locals by bit; `traced` those that become stale."""

    def __init__(self, steps: list[Step], names: list[str], traced: int, exported: bool) -> None:
        self.steps = steps
        self.names = names
        self.traced = traced
        self.exported = exported
        self.faults: dict[Fault, None] = {}
        self.arrived: dict[int, State | None] = {}
        self.catching: set[int] = set()
        self._heads: dict[int, State | None] = {}
        self._starts: dict[int, int] = {}
        self._conditions: dict[int, State | None] = {}

    def fault(self, step: Step, message: str) -> None:
        """Note that something is wrong at a step; once, however often the walk comes by."""
        self.faults[Fault(step.place, message)] = None

    def listed(self, bits: int) -> str:
        """The names of a set of locals."""
        return ", ".join(name for index, name in enumerate(self.names) if bits >> index & 1)

    def run(self) -> None:
        """Walk from the entry until nothing changes."""
        state: State | None = State(0, 0, 0, (), UNKNOWN if self.exported else ENTRY)
        steps, position = self.steps, 0
        while position < len(steps):
            step = steps[position]
            position += 1
            if step.code >= Code.BLOCK:
                state, position = self._control(step, state, position)
            elif state is not None:
                if step.uses & state.stale:
                    self.fault(step, self._used(step, step.uses & state.stale))
                state = self._apply(step, state)

    def _used(self, step: Step, bits: int) -> str:
        found = self.listed(bits)
        what = "saved" if step.code == Code.SAVE else "used"
        return f"{found} is {what} after a call that may collect, and was not reloaded: the object may have moved"

    def _apply(self, step: Step, state: State) -> State:
        """One step on a straight line."""
        code = step.code
        if code == Code.SET:
            return self._set(step, state)
        if code == Code.CALL:
            return self._call(step, state)
        if code == Code.SAVE:
            slots = list(state.slots) + [GARBAGE] * (step.number + 1 - len(state.slots))
            slots[step.number] = step.bits
            return state._replace(slots=tuple(slots))
        if code == Code.TOP:
            return state._replace(top=step.number)
        if code == Code.RELOAD:
            return self._reload(step, state)
        if code == Code.FRESH:
            return state._replace(fresh=state.fresh | step.bits)
        if code == Code.NEEDS_FRESH and not step.bits & state.fresh:
            owner = self.listed(step.bits)
            self.fault(
                step,
                f"a reference is stored into {owner} without a barrier, and {owner} is not proven new here",
            )
        return state

    def _set(self, step: Step, state: State) -> State:
        bits = step.bits
        keep = ~bits
        addresses = state.addresses & keep
        if not bits & self.traced and step.carried & (self.traced | state.addresses):
            addresses |= bits
        fresh = state.fresh & keep
        if step.flag and step.carried & state.fresh:
            fresh |= bits
        slots = state.slots
        if bits in slots and bits:
            slots = tuple(NAMELESS if slot == bits else slot for slot in slots)
        return State(state.stale & keep, addresses, fresh, slots, state.top)

    def _call(self, step: Step, state: State) -> State:
        if step.flag:
            state = self._collect(step, state)
        for block in step.targets:
            self.arrive(block, state)
        bits = step.bits
        if not bits:
            return state
        slots = tuple(NAMELESS if slot > 0 and slot & bits else slot for slot in state.slots)
        return State(state.stale & ~bits, state.addresses & ~bits, state.fresh & ~bits, slots, state.top)

    def _collect(self, step: Step, state: State) -> State:
        """A call that may collect: what the collector sees, and what it leaves."""
        count = max(state.top, 0)
        if state.top == UNKNOWN:
            self.fault(
                step, "a call that may collect is reached without setting the shadow stack's top for it"
            )
        elif count > len(state.slots) or GARBAGE in state.slots[:count]:
            self.fault(step, "the collector would see a slot of the shadow stack that holds no reference")
        stale = state.stale | self.traced | state.addresses
        return State(stale, state.addresses, 0, state.slots[:count], UNKNOWN)

    def _reload(self, step: Step, state: State) -> State:
        found = state.slots[step.number] if step.number < len(state.slots) else GARBAGE
        name = self.listed(step.bits)
        if found == GARBAGE:
            self.fault(step, f"{name} is reloaded from a slot that the collector did not see")
        elif found != step.bits:
            held = self.listed(found) if found != NAMELESS else "an older value"
            self.fault(step, f"{name} is reloaded from the slot that holds {held}")
        return state._replace(stale=state.stale & ~step.bits, fresh=state.fresh & ~step.bits)

    # Control.
    def arrive(self, block: int, state: State | None) -> None:
        """A path goes to a block: its end, or its beginning if it is a loop."""
        self.arrived[block] = join(self.arrived.get(block), state)

    def _control(self, step: Step, state: State | None, position: int) -> tuple[State | None, int]:
        """One step of control: the state behind it, and where to go on."""
        code, number = step.code, step.number
        if state is not None and step.uses & state.stale:
            self.fault(step, self._used(step, step.uses & state.stale))
        if code == Code.BRANCH_IF:
            self.arrive(step.targets[0], state)
        elif code == Code.BLOCK:
            self.arrived[number] = None
        elif code == Code.END_BLOCK:
            state = join(state, self.arrived.get(number))
        elif code == Code.IF:
            self._conditions[number] = state
            self.arrived[number] = None
        elif code == Code.ELSE:
            self.arrive(number, state)
            state = self._conditions[number]
            self._conditions[number] = None
        elif code == Code.END_IF:
            state = join(join(state, self.arrived.get(number)), self._conditions[number])
        elif code == Code.LOOP:
            state = join(state, self._heads.get(number)) if state is not None else None
            self._heads[number] = state
            self._starts[number] = position
            self.arrived[number] = None
        elif code == Code.END_LOOP:
            head = self._heads[number]
            again = join(head, self.arrived.get(number))
            if again != head:
                self._heads[number] = again
                self.arrived[number] = None
                return again, self._starts[number]
        else:
            for block in step.targets:
                self.arrive(block, state)
            state = None
        return state, position
