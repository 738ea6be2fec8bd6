"""What of saving and reloading around calls is needed: a slot often still holds a local's value from a call before.

After a call that may collect, each saved local has been reloaded from its slot, so slot and local are equal until the local is
set again; collections in between see the slot, or a lower top has left it out and the store is made. So some stores can be left
out, and then reloads of which only such a store would have made use. After `rooting.py`; emission leaves out what is not
needed, and `proof/` shows of the text that nothing is missing.
"""

from __future__ import annotations

from guest.compiler import ir
from guest.compiler.rooting import Rooting

Slots = tuple[ir.Local | None, ...]
"""For each slot, the local whose value it holds. None as a whole: control does not get there."""


def join(one: Slots | None, other: Slots | None) -> Slots | None:
    """What the slots hold on either of two paths."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(a if a is b else None for a, b in zip(one, other, strict=False))


class Keeping:
    """Follows the slots of one function forward, and finds the stores that change nothing."""

    def __init__(self, function: ir.Function, collecting: set[str]) -> None:
        self.function = function
        self.collecting = collecting
        self.arrived: dict[str, Slots | None] = {}

    def run(self) -> None:
        """Fill `kept` on every collecting call and allocation of the function."""
        self.flow(self.function.body, ())

    def flow(self, statements: list[ir.Statement], slots: Slots | None) -> Slots | None:
        """What the slots hold behind the statements, given what they hold before them."""
        for statement in statements:
            if slots is None:
                return None
            slots = self.step(statement, slots)
        return slots

    def step(self, statement: ir.Statement, slots: Slots) -> Slots | None:
        """The same for one statement."""
        if isinstance(statement, ir.Set):
            return without(slots, [statement.local])
        if isinstance(statement, ir.Call):
            if statement.function in self.collecting:
                slots = self._collect(statement, slots)
            return without(slots, statement.results)
        if isinstance(statement, ir.Allocate):
            # Its fast path saves nothing.
            after = join(slots, self._collect(statement, slots))
            return None if after is None else without(after, [statement.result])
        if isinstance(statement, ir.If):
            return join(self.flow(statement.then, slots), self.flow(statement.other, slots))
        if isinstance(statement, ir.Branch):
            self.arrived[statement.label] = join(self.arrived.get(statement.label), slots)
            return slots if statement.condition is not None else None
        if isinstance(statement, ir.Block):
            return self._block(statement.label, [statement.body], slots)
        if isinstance(statement, ir.Switch):
            return self._block(statement.label, statement.bodies, slots)
        if isinstance(statement, ir.Loop):
            return self._loop(statement, slots)
        if isinstance(statement, ir.Try):
            return join(self.flow(statement.body, slots), self.flow(statement.handler, ()))
        if isinstance(statement, (ir.Return, ir.Throw, ir.Trap)):
            return None
        return slots

    def _collect(self, statement: ir.Call | ir.Allocate, slots: Slots) -> Slots:
        saves = statement.saves
        statement.kept = {i for i, held in enumerate(slots[: len(saves)]) if held is saves[i]}
        return tuple(saves)

    def _block(self, label: str, bodies: list[list[ir.Statement]], slots: Slots) -> Slots | None:
        self.arrived[label] = None
        behind: Slots | None = None
        for body in bodies:
            behind = join(behind, self.flow(body, slots))
        return join(behind, self.arrived[label])

    def _loop(self, statement: ir.Loop, slots: Slots) -> Slots | None:
        while True:
            self.arrived[statement.label] = None
            behind = self.flow(statement.body, slots)
            again = join(slots, self.arrived[statement.label])
            assert again is not None
            if again == slots:
                return behind
            slots = again


def without(slots: Slots, changed: list[ir.Local]) -> Slots:
    """The same when some locals have been set: their slots hold older values."""
    return tuple(None if held in changed else held for held in slots)


class Reloading(Rooting):
    """Liveness once more, where a save that is left out is no use: finds the reloads that something uses."""

    def step(self, statement: ir.Statement, live: int) -> int:
        """What is live before the statement."""
        if isinstance(statement, ir.Allocate):
            statement.reloads = self._reloaded(statement, live)
            return (live & ~self.bit.get(statement.result, 0)) | self._stored(statement)
        return super().step(statement, live)

    def _call(self, statement: ir.Call, live: int) -> int:
        statement.reloads = self._reloaded(statement, live)
        for local in (*statement.results, *statement.saves):
            live &= ~self.bit.get(local, 0)
        live |= self._stored(statement)
        for expr in statement.args:
            live |= self.uses(expr)
        return live

    def _reloaded(self, statement: ir.Call | ir.Allocate, live: int) -> set[int]:
        return {i for i, local in enumerate(statement.saves) if self.bit[local] & live}

    def _stored(self, statement: ir.Call | ir.Allocate) -> int:
        return sum(self.bit[local] for i, local in enumerate(statement.saves) if i not in statement.kept)
