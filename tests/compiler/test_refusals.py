"""What the compiler refuses, and how it says so: each test shows a mistake that cannot reach a running guest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.harness import refusal

CASES = [
    (
        "raw memory outside the heap",
        "from guest.compiler.raw import load_u32\n",
        (1, 1, "raw memory (load_u32) may be used in guest/heap/ alone"),
    ),
    ("an untyped parameter", "def f(x) -> u32:\n    return 1\n", (1, 7, "the parameter x needs a type")),
    (
        "an untyped result",
        "def f(x: u32):\n    return x\n",
        (1, 1, "f needs a result type (None if it has none)"),
    ),
    (
        "a null dereference",
        "def f(p: Pair | None) -> u32:\n    return p.count\n",
        (2, 12, "p may be None here: test it before reading count"),
    ),
    (
        "a null dereference after the test's branch",
        "def f(p: Pair | None) -> u32:\n    if p is not None:\n        pass\n    return p.count\n",
        (4, 12, "p may be None here: test it before reading count"),
    ),
    (
        "a pointer narrowed before a loop that changes it",
        "def f(p: Pair) -> u32:\n    q: Pair | None = p\n    n = u32(0)\n    while n < 3:\n"
        "        n += q.count\n        q = q.next\n    return n\n",
        (5, 14, "q may be None here: test it before reading count"),
    ),
    (
        "mixing pointer types",
        "def f(p: Pair) -> Chars:\n    return p\n",
        (2, 12, "the result is Chars, got Pair"),
    ),
    (
        "an unboxed pointer as a value",
        "def f(p: Pair, q: Pair) -> None:\n    p.first = q\n",
        (2, 15, "the field first is Value, got Pair (box it with Value(...))"),
    ),
    (
        "mixing widths",
        "def f(a: u32, b: i64) -> i64:\n    return a + b\n",
        (2, 12, "operator on u32 and i64: convert one of them"),
    ),
    (
        "a literal that does not fit",
        "def f(a: u32) -> u32:\n    return a + 5000000000\n",
        (2, 16, "5000000000 does not fit u32"),
    ),
    (
        "an integer as a condition",
        "def f(a: u32) -> u32:\n    if a:\n        return 1\n    return 0\n",
        (2, 8, "a condition is a bool, this is u32: compare it with something"),
    ),
    (
        "signed //",
        "def f(a: i64) -> i64:\n    return a // 2\n",
        (2, 12, "// and % are for unsigned integers: use div_s or rem_s on i64"),
    ),
    (
        "a variable that may have no value",
        "def f(a: u32) -> u32:\n    if a == 1:\n        b = a\n    return b\n",
        (4, 12, "b may have no value here"),
    ),
    (
        "a missing result",
        "def f(a: u32) -> u32:\n    if a == 1:\n        return a\n",
        (1, 1, "f may end without a result"),
    ),
    (
        "a half-made object",
        "def f() -> Pair:\n    return Pair(UNDEFINED, UNDEFINED, None)\n",
        (2, 12, "Pair is made of exactly its fields (first, second, next, count)"),
    ),
    (
        "a missing field",
        "def f(p: Pair) -> u32:\n    return p.size\n",
        (2, 12, "Pair has no field size (it has first, second, next, count)"),
    ),
    (
        "a capture pattern",
        "class K(IntEnum):\n    A = 1\n\ndef f(a: u32) -> u32:\n    match a:\n        case A:\n            return 1\n    return 0\n",
        (6, 14, "`case A` would capture: name a member, Kind.A"),
    ),
    (
        "a closure",
        "def f(a: u32) -> u32:\n    def g() -> u32:\n        return a\n    return g()\n",
        (2, 5, "FunctionDef is not part of Guest Python"),
    ),
    (
        "a for over an array",
        "def f(a: Array[u32]) -> u32:\n    for x in a:\n        pass\n    return 0\n",
        (2, 5, "for is `for name in range(...)`"),
    ),
    (
        "a write to an undeclared global",
        "total: u32 = 0\n\ndef f() -> None:\n    total = 1\n",
        (4, 5, "total is a module variable: declare `global total` first, or choose another name"),
    ),
    (
        "a handler that uses a pointer from before",
        "def f(p: Pair) -> u32:\n    try:\n        make(1, None)\n    except Failure:\n        return p.count\n    return 0\n",
        (5, 16, "p may have no value here"),
    ),
    (
        "a span that outlives a collection",
        "@noinline\ndef look(s: Span) -> None:\n    pass\n\ndef f(c: Chars) -> None:\n    s = span(c.data)\n    make(1, None)\n    look(s)\n",
        (7, 1, "the span f.s would outlive a call that may collect: take span(...) again after it"),
    ),
    (
        "an opaque scalar made outside the heap",
        "from guest.heap.views import Bytes\n\ndef f() -> Bytes:\n    return Bytes(12)\n",
        (4, 12, "Bytes is made in guest/heap/ alone"),
    ),
    (
        "a misspelt name",
        "def f(count: u32) -> u32:\n    return conut\n",
        (2, 12, "no variable conut here (did you mean count?)"),
    ),
    ("a module that is not the guest's", "from os import path\n", (1, 1, "a guest module cannot import os")),
    (
        "two definitions",
        "def f() -> None:\n    pass\n\ndef f() -> None:\n    pass\n",
        (4, 1, "f is declared twice"),
    ),
    (
        "inheritance",
        "class Sub(Pair):\n    more: u32\n",
        (1, 1, "a guest class derives from Object (a heap class) or IntEnum, and from nothing else"),
    ),
    (
        "an index past a table",
        "T: Table[u32] = table([1, 2])\n\ndef f() -> u32:\n    return T[2]\n",
        (4, 14, "index 2 is outside the table of 2"),
    ),
    (
        "arithmetic on an address",
        "from guest.heap.views import Bytes\n\ndef f(b: Bytes) -> Bytes:\n    return b + b\n",
        (4, 12, "arithmetic on Bytes is for guest/heap/ alone"),
    ),
    (
        "an identity of another width",
        "class Wide(Object):\n    identity: u64\n    next: Pair | None\n",
        (1, 1, "the field `identity` is a u32"),
    ),
    (
        "an identity that no visit would find",
        "class Plain(Object):\n    identity: u32\n    n: u32\n",
        (1, 1, "a class with the field `identity` has traced fields too"),
    ),
]


@pytest.mark.parametrize(("name", "source", "expected"), CASES, ids=[case[0] for case in CASES])
def test_refuses(tmp_path: Path, name: str, source: str, expected: tuple[int, int, str]) -> None:
    """The refusal names line, column and what to do."""
    del name
    reached = "\n@export\ndef use(n: u32) -> None:\n    pass\n"
    assert refusal(tmp_path, source + _exported(source) + reached) == expected


def _exported(source: str) -> str:
    """Rooting looks at reachable functions: call f from an export where its signature is simple."""
    if "def f(c: Chars)" in source:
        return "\n@export\ndef enter() -> None:\n    f(Chars.allocate(3, hash=0))\n"
    return ""


def test_imports_run_downwards(tmp_path: Path) -> None:
    """A heap module that imported values would be refused: the layers are checked by name."""
    from guest.compiler.errors import GuestError
    from guest.compiler.program import Program

    heap = tmp_path / "guest" / "heap"
    heap.mkdir(parents=True)
    values = tmp_path / "guest" / "values"
    values.mkdir()
    (values / "text.py").write_text("SIZE = 1\n")
    (heap / "up.py").write_text("from guest.values.text import SIZE\n")
    with pytest.raises(GuestError, match="imports run downwards: guest/heap may not know guest/values"):
        Program(tmp_path)
