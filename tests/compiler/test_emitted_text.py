"""Proofs by reading the emitted text: what a pointer costs, what is rooted, what is barriered, what is absent."""

from __future__ import annotations

import re
from pathlib import Path

from tests.compiler.harness import compile_snippet, text_of


def test_a_field_read_is_exactly_one_load(tmp_path: Path) -> None:
    """A traced pointer is an offset and nothing else."""
    guest = compile_snippet(
        tmp_path,
        "@export\ndef f(n: u32) -> u32:\n    return g(make(n, None))\n\n@noinline\ndef g(p: Pair) -> u32:\n    return p.count\n",
    )
    body = text_of(guest, "sample.g")
    assert re.findall(r"\S*load\S*", body) == ["(i32.load"]
    assert "(return (i32.load offset=28 (local.get $p)))" in body


def test_a_live_pointer_is_saved_and_reloaded(tmp_path: Path) -> None:
    """Around a collecting call: stored to the shadow stack, the top set, reloaded."""
    source = "@export\ndef f(n: u32) -> u32:\n    p = make(n, None)\n    q = make(n, None)\n    return p.count + q.count\n"
    body = text_of(compile_snippet(tmp_path, source), "sample.f")
    second = body.rindex("call $sample.make")
    saved = body.index("(i64.store (local.get $shadow) (i64.extend_i32_u (local.get $p)))")
    top = body.index("(i32.store offset=8 (i32.const 0) (i32.add (local.get $shadow) (i32.const 8)))")
    reloaded = body.index("(local.set $p (i32.load (local.get $shadow)))")
    assert saved < top < second < reloaded


def test_a_dead_pointer_is_not_saved(tmp_path: Path) -> None:
    """Precise: what is not used again is not kept alive."""
    source = "@export\ndef f(n: u32) -> u32:\n    p = make(n, None)\n    c = p.count\n    q = make(n, None)\n    return c + q.count\n"
    body = text_of(compile_snippet(tmp_path, source), "sample.f")
    assert "i64.store" not in body


def test_a_call_that_cannot_collect_saves_nothing(tmp_path: Path) -> None:
    """Effects are inferred: nobody declares them."""
    source = "@noinline\ndef quiet(n: u32) -> u32:\n    return n + 1\n\n@export\ndef f(n: u32) -> u32:\n    p = make(n, None)\n    m = quiet(n)\n    return p.count + m\n"
    guest = compile_snippet(tmp_path, source)
    assert "i64.store" not in text_of(guest, "sample.f")
    assert "never collects\n  (func $sample.quiet" in guest.text
    assert "may collect\n  (func $sample.make" in guest.text


def test_a_reference_stored_into_an_object_passes_the_barrier(tmp_path: Path) -> None:
    """Every such store, and no store of a number, of None, or into an object being made."""
    source = "@export\ndef f(n: u32) -> None:\n    p = make(n, None)\n    g(p, make(n, p))\n    h(p)\n\n@noinline\ndef g(p: Pair, q: Pair) -> None:\n    p.next = q\n\n@noinline\ndef h(p: Pair) -> None:\n    p.next = None\n    p.count = 3\n"
    guest = compile_snippet(tmp_path, source)
    body = text_of(guest, "sample.g")
    assert body.index("i32.store offset=24") < body.index("call $heap.barrier.remember (local.get $p)")
    assert "remember" not in text_of(guest, "sample.h")
    assert "remember" not in text_of(guest, "sample.make")


def test_an_element_store_passes_the_barrier(tmp_path: Path) -> None:
    """Arrays and bulk copies too."""
    source = "@export\ndef f(n: u32) -> None:\n    a = Array[Value](n)\n    g(a, a)\n\n@noinline\ndef g(a: Array[Value], b: Array[Value]) -> None:\n    a[0] = b[1]\n    copy_items(a, 0, b, 0, 1)\n"
    body = text_of(compile_snippet(tmp_path, source), "sample.g")
    assert body.count("call $heap.barrier.remember_element (local.get $a)") == 1
    assert body.count("call $heap.barrier.remember_range (local.get $a)") == 1


def test_no_mutable_global_and_no_import_but_the_memory(tmp_path: Path) -> None:
    """The memory is the machine."""
    guest = compile_snippet(tmp_path, "@export\ndef f() -> None:\n    pass\n")
    assert "(global" not in guest.text
    assert re.findall(r"\(import .*", guest.text) == ['(import "ringfence" "memory" (memory 1))']


def test_conditions_are_jumps(tmp_path: Path) -> None:
    """`and`, `or` and inlined predicates make no booleans."""
    source = "@inline\ndef low(n: u32) -> bool:\n    return n > 3 and n < 9\n\n@export\ndef f(n: u32, m: u32) -> u32:\n    if low(n) or not (m == 1 and n != 2):\n        return 1\n    return 0\n"
    body = text_of(compile_snippet(tmp_path, source), "sample.f")
    assert "flag" not in body
    assert body.count("br_if") == 4


def test_a_dense_match_is_a_jump_table(tmp_path: Path) -> None:
    """`match` on an enum is one br_table."""
    source = "class K(IntEnum):\n    A = 0\n    B = 1\n    C = 2\n\n@export\ndef f(n: u32) -> u32:\n    match n:\n        case K.A:\n            return 5\n        case K.B | K.C:\n            return 6\n        case _:\n            return 7\n"
    body = text_of(compile_snippet(tmp_path, source), "sample.f")
    assert "br_table $switch.1.0 $switch.1.1 $switch.1.1 $switch.1.2" in body
