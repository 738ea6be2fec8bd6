"""The compiler's intermediate representation: structured control flow over statements in A-normal form.

Expressions are trees without calls: constants, locals, arithmetic and loads. Everything that may run other code (calls,
allocation) is a statement whose operands are such trees and whose results go to locals. So no pointer is ever on the
WebAssembly operand stack when the collector can run, and addresses derived from pointers live within one statement.
Lowering builds it, rooting annotates it, emission prints it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from guest.compiler.types import Type, Wasm

Trace = Literal["", "pointer", "value", "span"]


@dataclass(eq=False)
class Local:
    """A local of the emitted function. `trace` says how the collector must see it; spans must not survive it.

    `kind` is the declared type: nothing here decides by it, `proof/` reads it.
    """

    name: str
    wasm: Wasm
    trace: Trace = ""
    kind: Type | None = None


@dataclass(frozen=True)
class Expr:
    """An operation and its operands. `text` is the instruction with its immediates."""

    text: str
    wasm: Wasm
    args: tuple[Expr, ...] = ()
    local: Local | None = None
    constant: int | float | None = None

    @property
    def is_atom(self) -> bool:
        """A local or a constant: can be evaluated again at no cost."""
        return self.local is not None or self.constant is not None

    @property
    def reads_memory(self) -> bool:
        """Whether its value can change when other code runs."""
        return ".load" in self.text or self.text == "memory.size" or any(a.reads_memory for a in self.args)


def get(local: Local) -> Expr:
    """The current value of a local."""
    return Expr(f"local.get ${local.name}", local.wasm, local=local)


def const(wasm: Wasm, value: float) -> Expr:
    """A constant; integers are given in their unsigned or signed reading."""
    if wasm == "f64":
        number = float(value)
        text = number.hex() if math.isfinite(number) else str(number)
        return Expr(f"f64.const {text}", wasm, constant=number)
    width = 32 if wasm == "i32" else 64
    whole = int(value) & ((1 << width) - 1)
    shown = whole - (1 << width) if whole >> (width - 1) else whole
    return Expr(f"{wasm}.const {shown}", wasm, constant=whole)


def op(text: str, *args: Expr, wasm: Wasm | None = None) -> Expr:
    """An operation; its result type is its prefix unless given."""
    result: Wasm = wasm if wasm is not None else text[:3]  # type: ignore[assignment]  # every prefix is a Wasm type
    return Expr(text, result, args)


COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "eqz")


def compare(text: str, *args: Expr) -> Expr:
    """A comparison: an i32 whatever its operands are."""
    return Expr(text, "i32", args)


def load(text: str, address: Expr, offset: int) -> Expr:
    """A load at `address + offset`."""
    return Expr(f"{text} offset={offset}" if offset else text, text[:3], (address,))  # type: ignore[arg-type]


@dataclass(eq=False)
class Statement:
    """The base of all statements. `place` is where it comes from: `path:line` of a guest file."""

    place: str = field(default="", init=False)


@dataclass(eq=False)
class Set(Statement):
    """local = value"""

    local: Local
    value: Expr


@dataclass(eq=False)
class Store(Statement):
    """A store of `value` at `address + offset`. The barrier that a reference needs is a statement of its own."""

    text: str
    address: Expr
    offset: int
    value: Expr


@dataclass(eq=False)
class Barrier(Statement):
    """The write barrier for the object at `target`: remember it, or the element at `element`, or the `size` bytes of elements
    from there on, if it is not young."""

    target: Expr
    element: Expr | None = None
    size: Expr | None = None


@dataclass(eq=False)
class Call(Statement):
    """results = function(args). If the callee may collect, rooting fills `saves` with the traced locals that live on. Of their
    positions there, those in `kept` have slots that hold them already, and those in `reloads` are used before the next reload.
    """

    results: list[Local]
    function: str
    args: list[Expr]
    path: str = ""
    line: int = 0
    saves: list[Local] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    reloads: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Allocate(Statement):
    """result = `size` bytes of the young space by bumping, or by the slow path, which may collect."""

    result: Local
    size: int
    path: str = ""
    line: int = 0
    saves: list[Local] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    reloads: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Effect(Statement):
    """An instruction that is executed for its effect alone (memory.copy, memory.fill)."""

    value: Expr


@dataclass(eq=False)
class Block(Statement):
    """Statements that `Branch(label)` leaves."""

    label: str
    body: list[Statement]


@dataclass(eq=False)
class Loop(Statement):
    """Statements that `Branch(label)` starts again."""

    label: str
    body: list[Statement]


@dataclass(eq=False)
class Branch(Statement):
    """Go to a label, if `condition` (an i32) is absent or true."""

    label: str
    condition: Expr | None = None


@dataclass(eq=False)
class If(Statement):
    """Two-way choice on an i32."""

    condition: Expr
    then: list[Statement]
    other: list[Statement]


@dataclass(eq=False)
class Switch(Statement):
    """One of `bodies` by `index`: `targets[index]` is a position in bodies, or the last one when index is beyond."""

    label: str
    index: Expr
    targets: list[int]
    bodies: list[list[Statement]]


@dataclass(eq=False)
class Return(Statement):
    """Leave the function."""

    values: list[Expr]


@dataclass(eq=False)
class Throw(Statement):
    """Raise Failure."""


@dataclass(eq=False)
class Trap(Statement):
    """The guest is broken."""


@dataclass(eq=False)
class Try(Statement):
    """Run `body`; a Failure in it continues at `handler`."""

    label: str
    body: list[Statement]
    handler: list[Statement]


@dataclass(eq=False)
class Function:
    """A function ready for rooting and emission."""

    name: str
    parameters: list[Local]
    results: list[Wasm]
    locals: list[Local]
    body: list[Statement]
    export: str | None
    path: str
    line: int
    reads_shadow_stack: bool = False
    may_collect: bool = False


def ends(statements: list[Statement]) -> bool:
    """Whether control never reaches the end of these statements."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, (Return, Throw, Trap)):
        return True
    if isinstance(last, Branch):
        return last.condition is None
    if isinstance(last, If):
        return ends(last.then) and ends(last.other)
    return False


def children(statement: Statement) -> list[list[Statement]]:
    """The statement lists nested in a statement."""
    if isinstance(statement, (Block, Loop)):
        return [statement.body]
    if isinstance(statement, If):
        return [statement.then, statement.other]
    if isinstance(statement, Switch):
        return statement.bodies
    if isinstance(statement, Try):
        return [statement.body, statement.handler]
    return []


def expressions(statement: Statement) -> list[Expr]:
    """The expressions that a statement evaluates itself."""
    if isinstance(statement, (Set, Effect)):
        return [statement.value]
    if isinstance(statement, Store):
        return [statement.address, statement.value]
    if isinstance(statement, Barrier):
        return [part for part in (statement.target, statement.element, statement.size) if part is not None]
    if isinstance(statement, Call):
        return statement.args
    if isinstance(statement, Branch):
        return [] if statement.condition is None else [statement.condition]
    if isinstance(statement, If):
        return [statement.condition]
    if isinstance(statement, Switch):
        return [statement.index]
    if isinstance(statement, Return):
        return statement.values
    return []
