"""Emission: annotated IR to WebAssembly text.

Control flow is printed flat (`block ... end`), expressions folded. The shadow-stack protocol is the caller's: a function
that makes collecting calls loads the stack's top once, on entry; before each such call it stores its live pointers from
there on and then the new top; afterwards it reloads them. The top is never restored, so a throw needs no clean-up;
exported functions start at the stack's base. `proof/` checks all of this in the text that leaves here.
"""

from __future__ import annotations

from guest.compiler import ir
from guest.compiler.coverage import Coverage
from guest.compiler.effects import SLOW_PATH
from guest.compiler.layout import SHADOW_TOP_ADDRESS, Layout

PLACE = ";;@ "
"""Begins a comment that says from which line of which guest file the text behind it comes."""

SHADOW_RESERVE = 4096
"""Bytes of shadow stack that a recursive function must find free: more than any one frame takes."""


class Emitter:
    """Prints functions. `addresses` resolves what only the finished layout knows; `coverage` counts where control goes."""

    def __init__(
        self,
        layout: Layout,
        collecting: set[str],
        recursive: set[str],
        addresses: dict[str, int],
        coverage: Coverage | None = None,
    ) -> None:
        self.layout = layout
        self.collecting = collecting
        self.recursive = recursive
        self.addresses = addresses
        self.coverage = coverage
        self.lines: list[str] = []
        self.depth = 1
        self.place = ""
        self.bump = layout.address_of("guest.heap.allocate", "bump")
        self.limit = layout.address_of("guest.heap.allocate", "limit")

    def line(self, text: str) -> None:
        """One line of text at the current depth."""
        self.lines.append("  " * min(self.depth, 12) + text)

    def function(self, function: ir.Function) -> str:
        """The text of one function."""
        self.lines = []
        self.depth = 1
        self.place = ""
        self.used = set(_branches(function.body))
        sites = list(_collecting_sites(function.body, self.collecting, in_loop=False))
        lone = len(sites) == 1 and not sites[0][1] and not _saves(sites[0][0]) and not function.export
        self.elide = lone
        collects = "may collect" if function.may_collect else "never collects"
        self.line(f";; {function.path}:{function.line} {collects}")
        export = f' (export "{function.export}")' if function.export else ""
        parameters = "".join(f" (param ${p.name} {p.wasm})" for p in function.parameters)
        results = f" (result {' '.join(function.results)})" if function.results else ""
        self.line(f"(func ${function.name}{export}{parameters}{results}")
        self.depth = 2
        for local in function.locals:
            self.line(f"(local ${local.name} {local.wasm})")
        if any(isinstance(site, ir.Allocate) for site, _ in sites):
            self.line("(local $bumped i32)")
        if sites and not lone:
            self.line("(local $shadow i32)")
            self._enter(function)
        if self.coverage is not None:
            self.line(self.coverage.enter(function.name))
        self.body(function.body)
        if function.results:
            self.line("unreachable")
        self.depth = 1
        self.line(")")
        return "\n".join(self.lines)

    def _enter(self, function: ir.Function) -> None:
        if function.export:
            self.line(f"(local.set $shadow (i32.const {self.layout.shadow_base}))")
            return
        self.line(f"(local.set $shadow (i32.load offset={SHADOW_TOP_ADDRESS} (i32.const 0)))")
        if function.name in self.recursive:
            top = self.layout.shadow_limit - SHADOW_RESERVE
            self.line(f"(if (i32.gt_u (local.get $shadow) (i32.const {top})) (then unreachable))")

    def body(self, statements: list[ir.Statement]) -> None:
        """Print statements."""
        for statement in statements:
            self.statement(statement)

    def arm(self, statements: list[ir.Statement]) -> None:
        """Print statements to which control may go or not go."""
        self._count()
        self.body(statements)

    def _count(self) -> None:
        if self.coverage is not None:
            self.line(self.coverage.counter())

    def expr(self, expr: ir.Expr) -> str:
        """An expression, folded."""
        if expr.text.startswith("global:"):
            return f"(i32.const {self.addresses[expr.text.removeprefix('global:')]})"
        if not expr.args:
            return f"({expr.text})"
        return f"({expr.text} {' '.join(self.expr(a) for a in expr.args)})"

    def statement(self, statement: ir.Statement) -> None:
        """Print one statement, and where it comes from if that is elsewhere than the statement before it."""
        if statement.place and statement.place != self.place:
            self.place = statement.place
            self.lines.append(f"{PLACE}{statement.place}")
        if isinstance(statement, ir.Set):
            self.line(f"(local.set ${statement.local.name} {self.expr(statement.value)})")
        elif isinstance(statement, ir.Store):
            offset = f" offset={statement.offset}" if statement.offset else ""
            self.line(
                f"({statement.text}{offset} {self.expr(statement.address)} {self.expr(statement.value)})"
            )
        elif isinstance(statement, ir.Barrier):
            self._barrier(statement)
        elif isinstance(statement, ir.Call):
            self._call(statement)
        elif isinstance(statement, ir.Allocate):
            self._allocate(statement)
        elif isinstance(statement, ir.Effect):
            self.line(self.expr(statement.value))
        elif isinstance(statement, (ir.Block, ir.Loop)):
            self._labelled(statement)
        elif isinstance(statement, ir.Branch):
            if statement.condition is None:
                self.line(f"br ${statement.label}")
            else:
                self.line(f"(br_if ${statement.label} {self.expr(statement.condition)})")
                self._count()
        elif isinstance(statement, ir.If):
            self._if(statement)
        elif isinstance(statement, ir.Switch):
            self._switch(statement)
        elif isinstance(statement, ir.Return):
            self.line(" ".join(["(return", *(self.expr(v) for v in statement.values)]) + ")")
        elif isinstance(statement, ir.Throw):
            self.line("throw $failure")
        elif isinstance(statement, ir.Trap):
            self.line("unreachable")
        elif isinstance(statement, ir.Try):
            self._try(statement)

    def _labelled(self, statement: ir.Block | ir.Loop) -> None:
        if statement.label not in self.used:
            self.body(statement.body)
            return
        is_loop = isinstance(statement, ir.Loop)
        self.line(f"{'loop' if is_loop else 'block'} ${statement.label}")
        self.depth += 1
        if is_loop:
            self._count()
        self.body(statement.body)
        self.depth -= 1
        self.line("end")

    def _if(self, statement: ir.If) -> None:
        if not statement.then and not statement.other:
            return
        self.line(self.expr(statement.condition))
        self.line("if")
        self.depth += 1
        self.arm(statement.then)
        self.depth -= 1
        if statement.other:
            self.line("else")
            self.depth += 1
            self.arm(statement.other)
            self.depth -= 1
        self.line("end")

    def _switch(self, statement: ir.Switch) -> None:
        label, last = statement.label, len(statement.bodies) - 1
        self.line(f"block ${label}")
        for position in range(last, -1, -1):
            self.line(f"block ${label}.{position}")
        targets = " ".join(f"${label}.{position}" for position in statement.targets)
        self.line(self.expr(statement.index))
        self.line(f"br_table {targets} ${label}.{last}")
        for position, body in enumerate(statement.bodies):
            self.line("end")
            self.depth += 1
            self.arm(body)
            if position != last and not ir.ends(body):
                self.line(f"br ${label}")
            self.depth -= 1
        self.line("end")

    def _try(self, statement: ir.Try) -> None:
        label = statement.label
        self.line(f"block ${label}.done")
        self.line(f"block ${label}")
        self.line(f"try_table (catch $failure ${label})")
        self.depth += 1
        self.body(statement.body)
        self.depth -= 1
        self.line("end")
        self.line(f"br ${label}.done")
        self.line("end")
        self.arm(statement.handler)
        self.line("end")

    def _barrier(self, statement: ir.Barrier) -> None:
        target = self.expr(statement.target)
        distance = f"(i32.sub {target} (i32.const {self.layout.nursery_start}))"
        self.line(f"(i32.ge_u {distance} (i32.const {self.layout.nursery_size}))")
        self.line("if")
        if statement.element is None:
            self.line(f"  (call $heap.barrier.remember {target})")
        elif statement.size is None:
            element = self.expr(statement.element)
            self.line(f"  (call $heap.barrier.remember_element {target} {element})")
        else:
            element, size = self.expr(statement.element), self.expr(statement.size)
            self.line(f"  (call $heap.barrier.remember_range {target} {element} {size})")
        self.line("end")

    def _save(self, statement: ir.Call | ir.Allocate) -> None:
        if self.elide:
            return
        saves = statement.saves
        for slot, local in enumerate(saves):
            if slot in statement.kept:
                continue
            value = f"(local.get ${local.name})"
            if local.wasm == "i32":
                value = f"(i64.extend_i32_u {value})"
            self.line(f"(i64.store{_at(slot)} (local.get $shadow) {value})")
        top = (
            "(local.get $shadow)"
            if not saves
            else f"(i32.add (local.get $shadow) (i32.const {8 * len(saves)}))"
        )
        self.line(f"(i32.store offset={SHADOW_TOP_ADDRESS} (i32.const 0) {top})")

    def _reload(self, statement: ir.Call | ir.Allocate) -> None:
        for slot, local in enumerate(statement.saves):
            if slot in statement.reloads:
                load = f"{local.wasm}.load{_at(slot)}"
                self.line(f"(local.set ${local.name} ({load} (local.get $shadow)))")

    def _call(self, statement: ir.Call) -> None:
        collects = statement.function in self.collecting
        if collects:
            self._save(statement)
        arguments = " ".join(self.expr(a) for a in statement.args)
        call = f"(call ${statement.function}{' ' + arguments if arguments else ''})"
        if len(statement.results) == 1:
            self.line(f"(local.set ${statement.results[0].name} {call})")
        else:
            self.line(call)
            for local in reversed(statement.results):
                self.line(f"local.set ${local.name}")
        if collects:
            self._reload(statement)

    def _allocate(self, statement: ir.Allocate) -> None:
        name = statement.result.name
        self.line(f"(local.set ${name} (i32.load offset={self.bump} (i32.const 0)))")
        self.line(f"(local.set $bumped (i32.add (local.get ${name}) (i32.const {statement.size})))")
        self.line(f"(i32.gt_u (local.get $bumped) (i32.load offset={self.limit} (i32.const 0)))")
        self.line("if")
        self.depth += 1
        self._save(statement)
        self.line(f"(local.set ${name} (call ${SLOW_PATH} (i32.const {statement.size})))")
        self._reload(statement)
        self.depth -= 1
        self.line("else")
        self.line(f"  (i32.store offset={self.bump} (i32.const 0) (local.get $bumped))")
        self.line("end")


def _at(slot: int) -> str:
    return f" offset={8 * slot}" if slot else ""


def _saves(statement: ir.Statement) -> list[ir.Local]:
    return statement.saves if isinstance(statement, (ir.Call, ir.Allocate)) else []


def _branches(statements: list[ir.Statement]) -> list[str]:
    found: list[str] = []
    for statement in statements:
        if isinstance(statement, ir.Branch):
            found.append(statement.label)
        for body in ir.children(statement):
            found.extend(_branches(body))
    return found


def _collecting_sites(
    statements: list[ir.Statement], collecting: set[str], in_loop: bool
) -> list[tuple[ir.Statement, bool]]:
    """Collecting calls and allocations, and whether each is inside a loop."""
    found: list[tuple[ir.Statement, bool]] = []
    for statement in statements:
        if isinstance(statement, ir.Allocate) or (
            isinstance(statement, ir.Call) and statement.function in collecting
        ):
            found.append((statement, in_loop))
        for body in ir.children(statement):
            found.extend(_collecting_sites(body, collecting, in_loop or isinstance(statement, ir.Loop)))
    return found
