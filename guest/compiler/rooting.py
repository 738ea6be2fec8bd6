"""Precise rooting: which traced locals are live across each call that may collect.

Backward liveness over structured control flow, with bit sets. Its result is `saves` on every collecting call: the
locals that emission stores to the shadow stack before the call and reloads after it. A Span that would live across such a
call is refused: the bytes it points to may have moved.
"""

from __future__ import annotations

from guest.compiler import ir
from guest.compiler.errors import GuestError


class Rooting:
    """Liveness of one function's traced locals."""

    def __init__(self, function: ir.Function, collecting: set[str]) -> None:
        self.function = function
        self.collecting = collecting
        tracked = [local for local in [*function.parameters, *function.locals] if local.trace]
        self.locals = tracked
        self.bit = {local: 1 << i for i, local in enumerate(tracked)}
        self.spans = sum(self.bit[local] for local in tracked if local.trace == "span")
        self._uses: dict[int, int] = {}
        self.labels: dict[str, int] = {}

    def run(self) -> None:
        """Fill `saves` on every collecting call of the function."""
        self.flow(self.function.body, 0)

    def uses(self, expr: ir.Expr) -> int:
        """The tracked locals that an expression reads."""
        known = self._uses.get(id(expr))
        if known is None:
            known = self.bit.get(expr.local, 0) if expr.local is not None else 0
            for argument in expr.args:
                known |= self.uses(argument)
            self._uses[id(expr)] = known
        return known

    def flow(self, statements: list[ir.Statement], live: int) -> int:
        """What is live before the statements, given what is live after them."""
        for statement in reversed(statements):
            live = self.step(statement, live)
        return live

    def step(self, statement: ir.Statement, live: int) -> int:
        """The same for one statement."""
        if isinstance(statement, ir.Set):
            return (live & ~self.bit.get(statement.local, 0)) | self.uses(statement.value)
        if isinstance(statement, ir.Call):
            return self._call(statement, live)
        if isinstance(statement, ir.Allocate):
            live &= ~self.bit.get(statement.result, 0)
            statement.saves = self._saved(live, statement)
            return live
        if isinstance(statement, ir.Block):
            self.labels[statement.label] = live
            return self.flow(statement.body, live)
        if isinstance(statement, ir.Loop):
            head = 0
            while True:
                self.labels[statement.label] = head
                again = self.flow(statement.body, live)
                if again == head:
                    return head
                head = again
        if isinstance(statement, ir.Branch):
            there = self.labels[statement.label]
            if statement.condition is None:
                return there
            return live | there | self.uses(statement.condition)
        if isinstance(statement, ir.If):
            return (
                self.flow(statement.then, live)
                | self.flow(statement.other, live)
                | self.uses(statement.condition)
            )
        if isinstance(statement, ir.Switch):
            self.labels[statement.label] = live
            before = self.uses(statement.index)
            for body in statement.bodies:
                before |= self.flow(body, live)
            return before
        if isinstance(statement, ir.Try):
            return self.flow(statement.body, live) | self.flow(statement.handler, live)
        if isinstance(statement, (ir.Return, ir.Throw, ir.Trap)):
            live = 0
        for expr in ir.expressions(statement):
            live |= self.uses(expr)
        return live

    def _call(self, statement: ir.Call, live: int) -> int:
        for local in statement.results:
            live &= ~self.bit.get(local, 0)
        if statement.function in self.collecting:
            statement.saves = self._saved(live, statement)
        for expr in statement.args:
            live |= self.uses(expr)
        return live

    def _saved(self, live: int, at: ir.Call | ir.Allocate) -> list[ir.Local]:
        if live & self.spans:
            names = [local.name for local in self.locals if self.bit[local] & live & self.spans]
            message = (
                f"the span {names[0]} would outlive a call that may collect: take span(...) again after it"
            )
            raise GuestError(at.path, at.line, 1, message)
        return [local for local in self.locals if self.bit[local] & live]
