"""Sources of any depth and length: compiled, or refused with a sentence, on the stack that the host gives."""

from __future__ import annotations

import pytest

from tests.syntax.harness import Front, booted

MANY = 20_000
TOO_DEEP = "nested too deeply (at most 200 levels)"

DEEP = {
    "parentheses": ("x = " + "(" * MANY + "1" + ")" * MANY),
    "open brackets": "x = " + "[" * MANY,
    "dicts": "x = " + "{1:" * MANY,
    "not": "x = " + "not " * MANY + "1",
    "signs": "x = " + "- " * MANY + "1",
    "attributes": "def f(a): return a" + ".b" * MANY,
    "indexes": "def f(a): return a" + "[0]" * MANY,
    "calls": "def f(a): return a" + "()" * MANY,
    "nested calls": "def f(a): return " + "a(" * MANY,
    "operators of all levels": "x = " + "(1 or 1 and not 1 == 1 | 1 ^ 1 & 1 << 1 + 1 * -" * MANY,
    "lambdas": "x = " + "lambda: " * MANY + "1",
    "conditionals": "x = " + "1 if 1 else " * MANY + "1",
    "f-strings": "x = " + "f'{" * MANY,
    "targets": "def f(x):\n  " + "[" * MANY,
}

WIDE = {
    "a sum": "x = 1" + " + 1" * MANY,
    "a list": "x = [" + "1, " * MANY + "]",
    "a tuple of calls": "x = (" + "len(''), " * MANY + ")",
    "a dict": "x = {" + ", ".join(f"{i}: {i}" for i in range(MANY)) + "}",
    "elif": "def f(x):\n  if x: pass\n" + "  elif x: pass\n" * MANY,
    "statements": "def f(x):\n" + "  x = x\n" * MANY,
    "semicolons": "pass;" * MANY,
    "functions": "".join(f"def f{i}(): return {i}\n" for i in range(MANY)),
    "an f-string": "y = 1\nx = f'" + "{y}" * MANY + "'",
    "a name": "x" * MANY + " = 1",
    "a string": "x = '" + "\\n" * MANY + "'",
    "comments": "#\n" * MANY,
}

LIMITED = {
    "variables": ("def f():\n" + "".join(f"  x{i} = 1\n" for i in range(300)), "needs too many registers"),
    "arguments": ("print(" + "1, " * 300 + ")", "300 positional arguments in call, limit is 255"),
    "nested loops": ("x = [1" + " for x in [1]" * 200 + "]", "needs too many registers"),
    "constants": (
        "x = [" + ", ".join(map(str, range(40000, 110000))) + "]",
        "too many globals and constants",
    ),
    "a jump": ("def f(x):\n  if x:\n" + "    x = x + 1\n" * 40000, "a jump spans more than 32767 words"),
    "blocks": (
        "".join(" " * i + "def f():\n" for i in range(300)),
        "too many levels of indentation (at most 100)",
    ),
}


@pytest.mark.parametrize("name", DEEP)
def test_too_deep(name: str) -> None:
    result = Front(booted()).translate(DEEP[name])
    assert [d.message for d in result.diagnostics] == [TOO_DEEP]


@pytest.mark.parametrize("name", WIDE)
def test_wide(name: str) -> None:
    result = Front(booted()).translate(WIDE[name])
    assert result.failure == 0
    assert not result.diagnostics


@pytest.mark.parametrize("name", LIMITED)
def test_limited(name: str) -> None:
    source, message = LIMITED[name]
    (error,) = Front(booted()).translate(source).diagnostics
    assert message in error.message


@pytest.mark.parametrize("depth", [30, 60])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("[", "]"),
        ("x[", "]"),
        ("x(*[", "])"),
        ("x and (y or ", ")"),
        ("[y for y in ", "]"),
        ("{x: ", "}"),
    ],
)
def test_deep_enough(depth: int, opening: str, closing: str) -> None:
    source = "def f(x, y): return " + opening * depth + "x" + closing * depth
    assert not Front(booted()).translate(source).diagnostics


def test_compiling_costs_fuel() -> None:
    source = "x = [" + "1, " * 1000 + "]"
    assert Front(booted()).translate(source, fuel=2000).failure == 2
    assert Front(booted()).translate("#" * 100_000, fuel=2000).failure == 2


@pytest.mark.not_under_gc_stress("it leaves the memory full, where each collection needs room")
def test_compiling_too_much_for_the_memory_is_an_error() -> None:
    front = Front(booted())
    front.write("guest.heap.old.memory_limit", 100 * 65_536)
    result = front.translate("x = 1;" * 200_000)
    assert result.failure == 3
    assert not front.translate("x = 1").diagnostics
