"""Faults in the passes of the compiler: the proof, which shares no code with them, refuses what they make.

`test_edited_text.py` edits what an intact compiler made instead. `docs/proofs.md` lists both.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guest.compiler import build, calls, ir, rooting, slots
from guest.compiler.emission import Emitter
from guest.compiler.errors import GuestErrors
from guest.compiler.layout import Layout
from tests.compiler.harness import compile_snippet
from tests.compiler.proven_guest import SOURCE

Plant = Callable[[pytest.MonkeyPatch], None]


def forget_a_save(patch: pytest.MonkeyPatch) -> None:
    saved = rooting.Rooting._saved

    def forgetful(self: rooting.Rooting, live: int, at: ir.Call | ir.Allocate) -> list[ir.Local]:
        return saved(self, live, at)[1:]

    patch.setattr(rooting.Rooting, "_saved", forgetful)


def forget_spans(patch: pytest.MonkeyPatch) -> None:
    made = rooting.Rooting.__init__

    def careless(self: rooting.Rooting, function: ir.Function, collecting: set[str]) -> None:
        made(self, function, collecting)
        self.bit = {local: bit for local, bit in self.bit.items() if local.trace != "span"}
        self.locals = list(self.bit)

    patch.setattr(rooting.Rooting, "__init__", careless)


def reload_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Emitter, "_reload", lambda self, statement: None)


def reload_in_another_order(patch: pytest.MonkeyPatch) -> None:
    reload = Emitter._reload

    def reversed_saves(self: Emitter, statement: ir.Call | ir.Allocate) -> None:
        reload(self, replace(statement, saves=statement.saves[::-1]))

    patch.setattr(Emitter, "_reload", reversed_saves)


def keep_slots_of_changed_locals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(slots, "without", lambda held, changed: held)


def forget_a_path(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(slots, "join", lambda one, other: one if other is None else other)


def forget_what_saves_use(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(slots.Reloading, "_stored", lambda self, statement: 0)


def believe_that_make_never_collects(patch: pytest.MonkeyPatch) -> None:
    infer = build.infer_collecting
    patch.setattr(build, "infer_collecting", lambda functions: infer(functions) - {"sample.make"})


def emit_no_barrier(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Emitter, "_barrier", lambda self, statement: None)


def take_large_objects_for_new_ones(patch: pytest.MonkeyPatch) -> None:
    initialize = calls._initialize

    def eager(*arguments: object, header: bool, fresh: bool) -> None:
        initialize(*arguments, header=header, fresh=True)  # type: ignore[arg-type]

    patch.setattr(calls, "_initialize", eager)


def forget_recursion(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(build, "recursive", lambda functions: set())


def forget_a_root(patch: pytest.MonkeyPatch) -> None:
    place = Layout._place_roots

    def without_the_last(self: Layout) -> int:
        variables = self.variables
        self.variables = [v for v in variables if v.name != "kept"]
        address = place(self)
        self.variables = variables
        return address

    patch.setattr(Layout, "_place_roots", without_the_last)


def trace_no_pointers(patch: pytest.MonkeyPatch) -> None:
    table = Layout.class_table

    def without_pointers(self: Layout) -> bytes:
        rows = bytearray(table(self))
        for at in range(0, len(rows), 16):
            struct.pack_into("<I", rows, at + 4, 0)
        return bytes(rows)

    patch.setattr(Layout, "class_table", without_pointers)


REUSED = """
@export
def start(n: u32) -> u32:
    p = make(n, None)
    q = make(n, p)
    if n > 3:
        p = q
    make(n, None)
    m = p.count
    make(m, None)
    return q.count
"""
SPAN = """
class Text2(Object):
    data: Inline[u8]

@noinline
def first(at: Span) -> u32:
    return 1

@export
def start(n: u32) -> u32:
    t = Text2.allocate(n)
    at = span(t.data)
    make(n, None)
    return first(at)
"""
BOX = """
class Box(Object):
    held: Pair
    data: Inline[Value]

@export
def start(n: u32) -> u32:
    b = Box.allocate(n, held=make(n, None))
    return b.held.count
"""

PASSES: list[tuple[str, Plant, str, str]] = [
    ("rooting forgets a pointer", forget_a_save, SOURCE, "p is used after a call that may collect"),
    ("rooting lets a span live on", forget_spans, SPAN, "at is used after a call that may collect"),
    ("emission reloads nothing", reload_nothing, SOURCE, "p is used after a call that may collect"),
    (
        "emission reloads in another order",
        reload_in_another_order,
        SOURCE,
        "p is reloaded from the slot that holds q",
    ),
    (
        "a slot is taken for a local's that was set since",
        keep_slots_of_changed_locals,
        REUSED,
        "p is reloaded from the slot that holds an older value",
    ),
    (
        "of two paths, what the slots hold on one of them",
        forget_a_path,
        REUSED,
        "p is reloaded from the slot that holds an older value",
    ),
    (
        "a reload is left out although a save needs it",
        forget_what_saves_use,
        REUSED,
        "q is saved after a call that may collect, and was not reloaded",
    ),
    (
        "a function passes for one that never collects",
        believe_that_make_never_collects,
        SOURCE,
        "used after a call",
    ),
    ("emission prints no barriers", emit_no_barrier, SOURCE, "stored into a without a barrier"),
    (
        "an object that may be born old passes for new",
        take_large_objects_for_new_ones,
        BOX,
        "stored into box without",
    ),
    ("recursion is not seen", forget_recursion, SOURCE, "sample.deep can call itself"),
    (
        "a root is missing in the root table",
        forget_a_root,
        SOURCE,
        "sample.kept is no entry of the root table",
    ),
    (
        "the tracing table knows no pointers",
        trace_no_pointers,
        SOURCE,
        "row for Pair says pointer mask 0x0, not 0x40",
    ),
]


@pytest.mark.parametrize(("plant", "source", "message"), [p[1:] for p in PASSES], ids=[p[0] for p in PASSES])
def test_a_broken_pass_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plant: Plant, source: str, message: str
) -> None:
    plant(monkeypatch)
    with pytest.raises(GuestErrors) as raised:
        compile_snippet(tmp_path, source)
    assert message in str(raised.value)
