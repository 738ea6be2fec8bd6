"""The small guest on which the proofs are tried, and what they say of it when it is changed.

The tests beside this file plant faults in its text, in its tables, and in the passes of the compiler that made it.
"""

from __future__ import annotations

import re

from guest.compiler.build import Guest
from guest.compiler.errors import GuestErrors
from guest.compiler.proof.check import prove

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
