"""What compiled code computes: values, evaluation order, failures, and pointers that survive a moving collector."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from tests.compiler.harness import Instance, compile_snippet

GRAPHS = """
kept: Pair | None = None

def build(n: u32) -> Pair:
    first = make(0, None)
    last = first
    for i in range(1, n):
        node = make(i, None)
        last.next = node
        last = node
    last.next = first
    return first

@export
def ring(n: u32) -> u32:
    p = build(n)
    q = build(n)
    total = u32(0)
    for i in range(n):
        total += p.count * 3 + q.count
        p = need(p.next)
        q = need(q.next)
    return total

@export
def kept_ring(n: u32) -> u32:
    global kept
    kept = build(n)
    for i in range(50):
        build(n)
    p = need(kept)
    total = u32(0)
    for i in range(n):
        total += p.count
        p = need(p.next)
    return total

@export
def array(n: u32) -> u32:
    a = Array[Pair](n)
    for i in range(n):
        a[i] = make(i, a[i - 1] if i != 0 else None)
    total = u32(0)
    p: Pair | None = a[n - 1]
    while p is not None:
        total += p.count
        p = p.next
    return total

@export
def values(n: u32) -> i64:
    v = Value(make(7, None))
    total = i64(0)
    for i in range(n):
        p = Pair(v, from_small(i64(i)), None, i)
        q = make(i, p)
        inner = need(q.next)
        total += small(inner.second) + i64(cast(Pair, inner.first).count)
    return total
"""


@pytest.mark.parametrize("stress", [False, True])
def test_pointers_survive_a_moving_collector(tmp_path: Path, stress: bool) -> None:
    """Rings, arrays and boxed pointers, with and without a collection at every allocation."""
    instance = Instance(compile_snippet(tmp_path, GRAPHS), stress)
    n = 60 if stress else 20_000
    assert instance.ring(n) == 4 * n * (n - 1) // 2 % 2**32
    assert instance.kept_ring(n) & 0xFFFFFFFF == n * (n - 1) // 2 % 2**32
    assert instance.array(n) == n * (n - 1) // 2
    assert instance.values(n) == n * (n - 1) // 2 + 7 * n


ARITHMETIC = """
class K(IntEnum):
    A = 3
    B = 70000

POWERS: Table[u64] = table(10**i for i in range(20))
GREETING = "héllo"
seen: u32 = 0

@noinline
def note(digit: u32) -> u32:
    global seen
    seen = seen * 10 + digit
    return digit

@export
def order() -> u32:
    global seen
    seen = 0
    total = note(1) + seen * 0 + note(2) * note(3)
    return seen * 100 + total

@export
def late_load(p: u32) -> u32:
    global seen
    seen = p
    return seen + note(1)

@export
def divide(a: i64, b: i64) -> i64:
    return div_s(a, b) * 1000 + rem_s(a, b)

@export
def pick(n: u32) -> u32:
    match n:
        case K.A:
            return 1
        case K.B:
            return 2
        case _:
            return 3

@export
def loops(n: i32) -> i32:
    total = i32(0)
    for i in range(n, -1, -1):
        if i == 2:
            continue
        if i == 1:
            break
        total = total * 10 + i
    return total

@export
def text(i: u32) -> u32:
    return text_byte(GREETING, i) + text_length(GREETING) * 1000

@export
def power(i: u32) -> u64:
    return POWERS[i]

def split(n: u32) -> tuple[u32, u32]:
    if n > 100:
        return n // 100, n % 100
    return 0, n

@export
def several(n: u32) -> u32:
    high, low = split(n)
    high, low = low, high
    return high * 1000 + low

@export
def convert(x: f64) -> i64:
    return i64(x) + i64(u32(i32(-1)) >> 28)

@noinline
def risky(n: u32) -> u32:
    if n > 5:
        raise Failure
    return n

@export
def caught(n: u32) -> u32:
    total = u32(1)
    try:
        total = 2
        total = risky(n) + 10
    except Failure:
        return total + 100
    return total

@export
def chosen(a: u32, b: u32) -> u32:
    flag = a < b and b != 7
    return (10 if flag else 20) + u32(not flag) + min(a, b) + max(a, 3)
"""


def test_arithmetic_and_control_flow(tmp_path: Path) -> None:
    """Values of every construct, evaluation order included."""
    run = Instance(compile_snippet(tmp_path, ARITHMETIC))
    assert run.order() == 123 * 100 + 1 + 6
    assert run.late_load(4) == 5
    assert run.divide(-7, 2) == -3 * 1000 - 1
    assert [run.pick(n) for n in (3, 70000, 4)] == [1, 2, 3]
    assert run.loops(5) == 543
    assert run.text(0) == ord("h") + 6000
    assert run.power(19) == 10**19 - 2**64
    assert run.several(1234) == 34012
    assert run.convert(-2.9) == -2 + 15
    assert [run.caught(3), run.caught(9)] == [13, 102]
    assert run.chosen(1, 2) == 10 + 0 + 1 + 3
    assert run.chosen(9, 7) == 20 + 1 + 7 + 9


def test_an_index_outside_traps(tmp_path: Path) -> None:
    """A bug of the guest stops it; it never reads a neighbour."""
    run = Instance(
        compile_snippet(tmp_path, "@export\ndef f(n: u32, i: i32) -> u32:\n    return Array[u32](n)[i]\n")
    )
    assert run.f(3, 2) == 0
    for index in (3, -1):
        with pytest.raises(wasmtime.Trap):
            run.f(3, index)


def test_a_wrong_cast_traps(tmp_path: Path) -> None:
    """A cast is checked unless an isinstance proved it."""
    source = "@export\ndef f(n: u32) -> u32:\n    v = Value(make(n, None))\n    return cast(Chars, v).hash\n"
    with pytest.raises(wasmtime.Trap):
        Instance(compile_snippet(tmp_path, source)).f(1)


def test_a_proven_cast_is_not_checked_again(tmp_path: Path) -> None:
    """Flow typing: after isinstance on the same local, cast costs nothing."""
    source = "@export\ndef f(n: u32) -> u32:\n    v = Value(make(n, None))\n    if isinstance(v, Pair):\n        return cast(Pair, v).count\n    return 0\n"
    guest = compile_snippet(tmp_path, source)
    assert guest.text.count("unreachable", guest.text.index("$sample.f")) == 1
    assert Instance(guest).f(5) == 5
