"""Planted faults: each is something that the compiler could get wrong, and the proof refuses the guest because of it.

Half of them break a pass of the compiler; the others edit the text that it made, or the tables. The list of `docs/proofs.md` is this
file's and that of `tests/heap/test_planted_faults.py`, which plants faults in the collector itself.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guest.compiler import build, calls, ir, rooting, slots
from guest.compiler.build import Guest
from guest.compiler.emission import Emitter
from guest.compiler.errors import GuestErrors
from guest.compiler.layout import Layout
from guest.compiler.proof import check, stores
from guest.compiler.proof.check import prove
from tests.compiler.harness import LINES_BEFORE, compile_snippet
from tests.compiler.omissions import omissions

SOURCE = """
kept: Pair | None = None

@noinline
def link(p: Pair, q: Pair) -> None:
    p.next = q

@noinline
def put(a: Array[Value], i: u32, v: Value) -> None:
    a[i] = v

@noinline
def hold(p: Pair) -> None:
    global kept
    kept = p

@noinline
def two(n: u32) -> u32:
    p = make(n, None)
    q = make(n + 1, p)
    r = make(n, q)
    return p.count + q.count + r.count

@noinline
def late(n: u32) -> Pair:
    p = Pair(UNDEFINED, UNDEFINED, None, n)
    q = make(n, None)
    p.next = q
    return p

@noinline
def early(n: u32, q: Pair) -> Pair:
    p = Pair(UNDEFINED, UNDEFINED, None, n)
    p.next = q
    return p

@noinline
def looped(n: u32) -> u32:
    p = make(n, None)
    for i in range(n):
        if i > 3:
            make(i, None)
    return p.count

@noinline
def chars(n: u32) -> Chars:
    return Chars.allocate(n, hash=n)

@noinline
def eight() -> Array[u64]:
    return Array[u64](3)

@noinline
def deep(n: u32, p: Pair) -> u32:
    if n == 0:
        return p.count
    q = make(n, p)
    m = deep(n - 1, q)
    return m + q.count + p.count

@noinline
def guarded(n: u32) -> u32:
    try:
        return two(n)
    except Failure:
        return 7

@export
def start(n: u32) -> u32:
    p = late(n)
    link(p, early(n, p))
    hold(p)
    put(Array[Value](n), 0, Value(p))
    return two(n) + looped(n) + chars(n).hash + u32(eight()[0]) + deep(n, p) + guarded(n)
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """The snippet, as the compiler makes it: proven."""
    return compile_snippet(tmp_path_factory.mktemp("proofs"), SOURCE)


def refused(guest: Guest, text: str, memory: bytes | None = None) -> list[str]:
    """What the proof says of another text, or another static data."""
    try:
        prove(text, guest.memory if memory is None else memory, guest.declared)
    except GuestErrors as errors:
        return [str(error) for error in errors.errors]
    return []


def edited(guest: Guest, function: str, edits: list[tuple[str, str]]) -> str:
    """The guest's text with lines of one function replaced, each the first of its kind behind the one before."""
    begin = guest.text.index(f"(func ${function}")
    end = guest.text.index("\n  )", begin)
    body, at = guest.text[begin:end], 0
    for pattern, replacement in edits:
        found = re.compile(rf"^ *{pattern}$", re.MULTILINE).search(body, at)
        assert found is not None, f"no {pattern} in\n{body}"
        body = body[: found.start()] + found.expand(replacement) + body[found.end() :]
        at = found.start() + len(replacement) if replacement else found.start()
    return guest.text[:begin] + body + guest.text[end:]


@pytest.mark.parametrize(
    "form", ["(global $g (mut i32) (i32.const 0))", "(table 1 funcref)", '(import "a" "b" (func))']
)
def test_a_module_has_no_state_but_its_memory(guest: Guest, form: str) -> None:
    text = guest.text.replace("(tag $failure)", f"(tag $failure)\n  {form}")
    assert any("its memory is its only state" in error for error in refused(guest, text))


def test_what_the_compiler_makes_is_proven(guest: Guest) -> None:
    assert refused(guest, guest.text) == []


BARRIER = [
    (r"\(i32\.ge_u \(i32\.sub \(local\.get \$p\).*", ""),
    (r"if", ""),
    (r"\(call \$heap\.barrier\.remember \(local\.get \$p\)\)", ""),
    (r"end", ""),
]
SAVE_P = r"\(i64\.store \(local\.get \$shadow\) \(i64\.extend_i32_u \(local\.get \$p\)\)\)"
RELOAD_P = r"\(local\.set \$p \(i32\.load \(local\.get \$shadow\)\)\)"
TOP = r"\(i32\.store offset=8 \(i32\.const 0\) .*\)"

EDITS = [
    ("a barrier is dropped", "sample.link", BARRIER, "stored into p without a barrier"),
    (
        "a barrier is elided although the object's allocation is followed by a collection",
        "sample.late",
        BARRIER,
        "without a barrier, and p is not proven new here",
    ),
    (
        "an element's barrier names another element",
        "sample.put",
        [(r"( *\(call \$heap\.barrier\.remember_element \(local\.get \$a\)) .*", r"\1 (local.get $a))")],
        "stored into a without a barrier",
    ),
    (
        "the barrier's test is for another space",
        "sample.link",
        [(r"( *\(i32\.ge_u .*)\(i32\.const \d+\)\)", r"\1(i32.const 8))")],
        "stored into p without a barrier",
    ),
    (
        "nobody is told that a root changed",
        "sample.hold",
        [(r"\(i32\.store offset=\d+ \(i32\.const 0\) \(i32\.const 1\)\)", "")],
        "stored in sample.kept without a note that the roots changed",
    ),
    ("a pointer is not saved", "sample.two", [(SAVE_P, "")], "slot of the shadow stack that holds no"),
    (
        "a pointer is saved and not reloaded",
        "sample.two",
        [(RELOAD_P, "")],
        "p is used after a call that may collect, and was not reloaded",
    ),
    (
        "a pointer is reloaded from another one's slot",
        "sample.two",
        [(RELOAD_P, "(local.set $p (i32.load offset=8 (local.get $shadow)))")],
        "p is reloaded from the slot that holds q",
    ),
    (
        "a slot holds an older value than the local",
        "sample.two",
        [(SAVE_P, r"\g<0> (local.set $p (i32.const 0))")],
        "p is reloaded from the slot that holds an older value",
    ),
    (
        "a number is saved for the collector",
        "sample.two",
        [(SAVE_P, "(i64.store (local.get $shadow) (i64.extend_i32_u (local.get $n)))")],
        "something else than a pointer or Value is saved",
    ),
    (
        "the shadow stack's top is not set before a call",
        "sample.late",
        [(TOP, ""), (TOP, "")],
        "without setting the shadow stack's top",
    ),
    (
        "the top is not set again on one way through a loop",
        "sample.looped",
        [(TOP, ""), (TOP, "")],
        "without setting the shadow stack's top",
    ),
    (
        "the top leaves a live slot to the callee",
        "sample.two",
        [(SAVE_P, r"\g<0>"), (TOP, "(i32.store offset=8 (i32.const 0) (local.get $shadow))")],
        "p is reloaded from a slot that the collector did not see",
    ),
    (
        "the top covers a slot that holds garbage",
        "sample.two",
        [(TOP, "(i32.store offset=8 (i32.const 0) (i32.add (local.get $shadow) (i32.const 16)))")],
        "would see a slot of the shadow stack that holds no reference",
    ),
    (
        "a frame begins where the last callee's ended",
        "sample.two",
        [
            (r"\(local\.set \$shadow .*", ""),
            (r"\(local\.set \$make .*", r"\g<0> (local.set $shadow (i32.load offset=8 (i32.const 0)))"),
        ],
        "taken elsewhere than on entry",
    ),
    (
        "a recursion does not look at the shadow stack's limit",
        "sample.deep",
        [(r"\(if \(i32\.gt_u .*", "")],
        "sample.deep can call itself, and no check of the shadow stack is on the way",
    ),
    (
        "a recursion looks too late",
        "sample.deep",
        [
            (
                r"\(if \(i32\.gt_u \(local\.get \$shadow\) .*",
                "(if (i32.gt_u (local.get $shadow) (i32.const 1048570)) (then unreachable))",
            )
        ],
        "bytes of shadow stack, and checks for 6",
    ),
    (
        "an object is too small for its class",
        "sample.early",
        [
            (r"(.*)\(i32\.const 32\)\)\)", r"\1(i32.const 24)))"),
            (r"(.*)\(i32\.const 32\)\)\)", r"\1(i32.const 24)))"),
        ],
        "pair is a Pair of 32 bytes, and 24 are allocated",
    ),
    (
        "the slow path gives fewer bytes than are bumped",
        "sample.early",
        [(r"(.*allocate_slow) \(i32\.const 32\)\)\)", r"\1 (i32.const 24)))")],
        "allocated without the limit test, or with two sizes",
    ),
    (
        "a header names another class",
        "sample.early",
        [(r"(\(i64\.store \(local\.get \$\w+\)) \(i64\.const \d+\)\)", r"\1 (i64.const 0))")],
        "is a Pair, and its header says no class",
    ),
    (
        "a field of a new object is garbage",
        "sample.early",
        [(r"\(i64\.store offset=16 .*", "")],
        "may be seen half made: nothing is stored at offset 16",
    ),
    (
        "an allocation does not test the limit",
        "sample.early",
        [(r"(\(i32\.gt_u .*)\(i32\.load offset=\d+ \(i32\.const 0\)\)\)", r"\1(i32.const -1))")],
        "allocated without the limit test",
    ),
    (
        "an array's size is computed for smaller elements",
        "sample.chars",
        [(r"(.*)\(i32\.const 19\)(.*)", r"\1(i32.const 18)\2")],
        "is not that of a Chars with so many elements",
    ),
    (
        "a new array keeps an element of garbage",
        "sample.eight",
        [(r"\(i64\.store offset=16 .*", "")],
        "may be seen half made: nothing is stored at offset 16",
    ),
    (
        "an address is copied to a number and used after a collection",
        "sample.two",
        [
            (r"\(local\.set \$p .*", r"\g<0> (local.set $n (i32.add (local.get $p) (i32.const 8)))"),
        ],
        "n is used after a call that may collect",
    ),
    (
        "what handles a failure relies on the top that the failed call left",
        "sample.guarded",
        [
            (
                r"\(return \(i32\.const 7\)\)",
                "(local.set $n (call $sample.deep (local.get $n) (i32.const 0))) (return (local.get $n))",
            )
        ],
        "without setting the shadow stack's top",
    ),
    (
        "the host's entry is called from inside",
        "sample.link",
        [(r"if", r"if\n (local.set $p (call $sample.start (i32.const 1)))")],
        "sample.start is exported: its slots would overwrite those of its caller",
    ),
    (
        "a reference is stored in a field that is not traced",
        "sample.link",
        [(r"\(i32\.store offset=24 (.*)", r"(i32.store offset=28 \1")],
        "stored in Pair at offset 28, which is not traced",
    ),
    (
        "raw memory is written outside guest/heap/",
        "sample.link",
        [
            (
                r"\(i32\.store offset=24 (.*)",
                r"\g<0> (i32.store (i32.mul (i32.const 3) (i32.const 8)) (i32.const 1))",
            )
        ],
        "sample.link writes raw memory (i32.store): it is not in guest/compiler/proof/trust.py",
    ),
    (
        "a value waits on the operand stack while a call is made",
        "sample.two",
        [(r"\(local\.set \$make .*", r"(local.get $n) \g<0>")],
        "the result of local.get stays on the operand stack",
    ),
    (
        "something is called that cannot be followed",
        "sample.two",
        [(r"\(local\.set \$make .*", r"(call_indirect (i32.const 0)) \g<0>")],
        "the instruction call_indirect is not known to the proof",
    ),
]


@pytest.mark.parametrize(("function", "edits", "message"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_a_fault_in_the_text_is_refused(
    guest: Guest, function: str, edits: list[tuple[str, str]], message: str
) -> None:
    found = refused(guest, edited(guest, function, edits))
    assert any(message in error for error in found), "\n".join(found)


def test_a_new_object_needs_no_barrier(guest: Guest) -> None:
    """Not a fault: nothing can collect between `early`'s allocation and its store."""
    assert refused(guest, edited(guest, "sample.early", BARRIER)) == []


def test_a_fault_names_file_line_and_function(guest: Guest) -> None:
    line = LINES_BEFORE + 1 + SOURCE[: SOURCE.index("p.next = q")].count("\n")
    found = refused(guest, edited(guest, "sample.link", BARRIER))
    assert found == [
        f"sample.py:{line}:1: in sample.link: a reference is stored into p without a barrier, and p is not proven new here"
    ]


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


def test_every_word_of_the_tables_counts(guest: Guest) -> None:
    """Any change of a byte in the tracing table's rows or in the root table is refused."""
    declared = guest.declared
    rows = range(declared.class_table, declared.class_table + 16 * (len(declared.classes) + 1))
    (count,) = struct.unpack_from("<I", guest.memory, declared.root_table)
    roots = range(declared.root_table, declared.root_table + 4 * (count + 1))
    for at in [*rows, *roots]:
        memory = bytearray(guest.memory)
        memory[at] ^= 1
        assert refused(guest, "(module\n)", bytes(memory)), hex(at)


def test_the_list_of_what_is_trusted_cannot_be_stale(guest: Guest) -> None:
    """A name that needs no trust is an error when the whole guest is built. Of this one `heap.freeze` is no part."""
    whole = replace(guest, declared=replace(guest.declared, whole=True))
    found = refused(whole, guest.text)
    assert any("guest.heap.freeze.keep_hole needs no trust: take it off the list" in error for error in found)
    assert not any("guest.heap.header.set_state" in error for error in found)


def test_a_raw_write_needs_trust(monkeypatch: pytest.MonkeyPatch, guest: Guest) -> None:
    monkeypatch.delitem(stores.TRUSTED_NAMES, "guest.heap.header.set_state")
    assert any("heap.header.set_state writes raw memory" in error for error in refused(guest, guest.text))


def test_a_kernel_is_listed(monkeypatch: pytest.MonkeyPatch, guest: Guest) -> None:
    monkeypatch.delitem(check.KERNELS, "find_byte")
    assert any("find_byte:1:1: in find_byte: this kernel is not in" in e for e in refused(guest, guest.text))


def test_what_is_needed_cannot_be_left_out(guest: Guest) -> None:
    """Each line by itself, in every function: what is saved and reloaded is used, and what has a header is seen."""
    found = list(omissions(guest))
    always = [o for o in found if o.kind in ("reload", "save", "header", "note of a changed root")]
    assert [o for o in always if not o.refused] == []
    assert len(always) > 15
    assert {o.kind for o in found if o.refused} >= {"top", "barrier"}
