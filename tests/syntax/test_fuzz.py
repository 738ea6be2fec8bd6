"""Whatever the source is, compiling it ends with a module or with diagnostics: never with a trap, never without either."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.syntax.harness import MAX_DIAGNOSTICS, OPTIONS, Front, booted

WORDS = r"""
and break continue def elif else for if in lambda load not or pass return while class import del is
+ - * / // % & | ^ << >> ~ ** . , = ; : ( ) [ ] { } < > <= >= == != += -= |= //= -> := @ !
x y f print len None True 0 1 0x1f 1.5 1e9 9223372036854775808 'a' "b" '''c''' r'\d' f'{x}' f'{x!r}' b'z'
# \ $ é “
"""
TOKENS = WORDS.split()
LINES = ("\n", "\n  ", "\n    ", "\n\t", ";")
PIECES = [
    *TOKENS,
    "\n",
    "def f(x, *args, y=1, **kw):\n  ",
    "for i in x:\n  ",
    "[x for x in ",
    "lambda x: ",
    "{x: ",
]
PROGRAM = '''\
load("lib/a.star", "one", two="three")
LIMIT = 10
def f(a, b=2, *args, c, d=LIMIT, **kw):
    """Text."""
    total = 0
    for i, (j, k) in enumerate(args):
        if i > a and not (j in kw or k == 3):
            total += j * k % 7
        elif j:
            continue
        else:
            break
    g = lambda x: [y + total for y in x if y] or {v: k for k, v in kw.items()}
    a, b = b, a
    kw["a"]["b"] -= total[1:2][::-1][0]
    return f"{a!r} {g(b)}" if total else g(c, d=1, *args, **kw)
X = f(1, c=-1.5e3) and None or (one, two)
'''
RELAXED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def check(source: bytes, *, stress: bool = False) -> None:
    """Compile a source; there is a module or an error, and errors are inside the source."""
    front = Front(booted(), stress=stress)
    result = front.translate(source, tuple(OPTIONS))
    assert result.failure == 0
    assert bool(result.diagnostics) != bool(result.functions)
    assert len(result.diagnostics) <= MAX_DIAGNOSTICS
    lines = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    for diagnostic in result.diagnostics:
        assert 0 < diagnostic.line <= lines
        assert diagnostic.column > 0
        assert diagnostic.message


@RELAXED
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_tokens_in_any_order(pieces: list[str]) -> None:
    check(" ".join(pieces).encode())


@RELAXED
@given(st.binary(max_size=60))
def test_any_bytes(source: bytes) -> None:
    check(source)


@RELAXED
@given(st.text(max_size=60))
def test_any_text(source: str) -> None:
    check(source.encode(errors="replace"))


@RELAXED
@given(st.integers(0, len(PROGRAM)), st.integers(0, 12), st.sampled_from([*TOKENS, *LINES, "", "\t"]))
def test_a_program_with_a_wound(at: int, size: int, piece: str) -> None:
    check((PROGRAM[:at] + piece + PROGRAM[at + size :]).encode())


@settings(RELAXED, max_examples=15)
@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_with_a_collection_at_every_allocation(pieces: list[str]) -> None:
    check(" ".join(pieces).encode(), stress=True)


def test_the_program_itself() -> None:
    check(PROGRAM.encode())
    assert not Front(booted()).translate(PROGRAM).diagnostics
    assert Front(booted(), stress=True).translate(PROGRAM) == Front(booted()).translate(PROGRAM)
