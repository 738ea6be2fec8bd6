"""Sources that attack the lexer, the parser, the resolver or the emitter are refused with a diagnostic, or work; never more.

Loading has a budget of its own (50 million units of fuel and two seconds), the memory limit is the bundle's.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import ringfence as rf
from tests.hostile.harness import RINGFENCE, bounded

MEMORY = "16MiB"
LOAD_DEADLINE = 2.0  # seconds
DEEP = 100_000
DIAGNOSTICS_BYTES = 1 << 20  # of all messages together, whatever the source

LIMITS_OF_LOADING = (rf.BundleError, rf.FuelExhausted, rf.MemoryExceeded, rf.DeadlineExceeded)
CALM = "def decide(event):\n    return 'calm'\n"


def nested_blocks(statement: str, depth: int) -> str:
    lines = [" " * level + statement for level in range(depth)]
    return "def f(x):\n" + "\n".join(" " + line for line in lines) + "\n" + " " * (depth + 1) + "pass\n"


REFUSED: dict[str, str] = {
    "parentheses": "x = " + "(" * DEEP + "1" + ")" * DEEP,
    "parentheses never closed": "x = " + "(" * DEEP,
    "parentheses never opened": ")" * DEEP,
    "lists": "x = " + "[" * DEEP + "]" * DEEP,
    "dicts": "x = " + "{1: " * DEEP + "1" + "}" * DEEP,
    "minus signs": "x = " + "-" * DEEP + "1",
    "tildes": "x = " + "~" * DEEP + "1",
    "nots": "x = " + "not " * DEEP + "True",
    "lambdas": "x = " + "lambda: " * DEEP + "1",
    "conditionals": "x = " + "1 if True else " * DEEP + "1",
    "conditionals nested": "x = " + "(1 if " * DEEP + "True" + " else 2)" * DEEP,
    "calls nested": "x = " + "len(" * DEEP + ")" * DEEP,
    "indexes nested": "x = " + "x[" * DEEP + "0" + "]" * DEEP,
    "blocks": nested_blocks("if x:", 2_000),
    "loops nested": nested_blocks("for y in x:", 2_000),
    "functions nested": nested_blocks("def g(x):", 2_000),
    "targets": "def f(x):\n    " + "(" * DEEP + "a" + ")" * DEEP + " = x\n",
    "clauses of a comprehension": "x = [0" + " for i in []" * 70_000 + "]",
    "an unterminated string": 'x = "' + "a" * 1_000_000,
    "an unterminated long string": 'x = """' + "a\n" * 500_000,
    "zero bytes": "x = 1\0\0\0",
    "no Starlark at all": "\x7fELF\x02\x01\x01" + "\x00" * 100_000,
    "a hundred thousand errors": "x = = 1\n" * DEEP,
    "a hundred thousand unknown names": "".join(f"x{n} = unknown{n}\n" for n in range(20_000)),
    "an error in a line of a megabyte": "x = " + "1 + " * 250_000 + "$",
    "a byte order mark in the middle": "x = 1\n\ufeffy = 2\n",
    "tabs and spaces mixed": "def f():\n\tx = 1\n        y = 2\n    z = 3\n",
    "dedent to nowhere": "def f():\n        x = 1\n    y = 2\n",
    "a continuation at the end": "x = 1 + \\",
    "format strings nested": 'x = f"' + "{f'" * 1000 + "'}" * 1000 + '"',
}

FINE_OR_REFUSED: dict[str, str] = {
    "an integer of a million digits": "x = " + "1" * 1_000_000,
    "sums": "x = " + "1 + " * DEEP + "1",
    "comparisons joined": "x = " + "True and " * DEEP + "True",
    "alternatives": "x = " + "False or " * DEEP + "True",
    "attributes": "def f(x):\n    return x" + ".x" * DEEP,
    "calls in a row": "def f(x):\n    return x" + "()" * DEEP,
    "indexes in a row": "def f(x):\n    return x" + "[0]" * DEEP,
    "a hundred thousand assignments": "".join(f"x{n} = {n}\n" for n in range(DEEP)),
    "a hundred thousand statements": "def f():\n" + "    pass\n" * DEEP,
    "a hundred thousand functions": "".join(f"def f{n}(): pass\n" for n in range(20_000)),
    "a list of a hundred thousand": "x = [" + "0, " * DEEP + "]",
    "a dict of ten thousand": "x = {" + "".join(f"{n}: 0, " for n in range(10_000)) + "}",
    "a call with a thousand arguments": "x = len(" + "0, " * 1_000 + ")",
    "a function with a thousand parameters": "def f(" + ", ".join(f"p{n}" for n in range(1_000)) + "): pass",
    "a function with a thousand locals": "def f():\n" + "".join(f"    v{n} = {n}\n" for n in range(1_000)),
    "a thousand captured variables": "def f():\n"
    + "".join(f"    v{n} = {n}\n" for n in range(1_000))
    + "    return lambda: ["
    + ", ".join(f"v{n}" for n in range(1_000))
    + "]\n",
    "elif after elif": "def f(x):\n    if x:\n        pass\n" + "    elif x:\n        pass\n" * 10_000,
    "a string of two megabytes": 'x = "' + "a" * (2 << 20) + '"',
    "a comment of two megabytes": "#" + "a" * (2 << 20),
    "two megabytes of blank lines": "\n" * (2 << 20),
    "two megabytes of spaces": " " * (2 << 20),
    "semicolons": "x = 1;" * 1 + "pass;" * DEEP,
    "a name of a megabyte": "x" * (1 << 20) + " = 1",
    "carriage returns alone": "x = 1\ry = 2\r" * 10_000,
    "open lines": "x = (" + "\n" * DEEP + "1)",
    "adjacent names": "x " * DEEP,
    "work while loading": "x = [i for i in range(1 << 60)]",
    "memory while loading": 'x = "a" * 1000000000',
    "recursion while loading": "def f():\n    return f()\nx = f()",
    "rules without end": "[rule('r%d' % i, when = lambda e: False) for i in range(1 << 60)]",
}


def load(runtime: rf.Runtime, source: str) -> Exception | None:
    bundle = rf.Bundle.from_sources({"main.star": source + "\n" + CALM})
    with bounded(MEMORY, LOAD_DEADLINE):
        try:
            with runtime.load(bundle, limits=rf.Limits(memory=MEMORY)) as rules:
                assert rules.evaluate({}).decision == "calm"
        except (*LIMITS_OF_LOADING, rf.RuleError) as error:
            return error
    return None


def works(runtime: rf.Runtime) -> bool:
    with runtime.load(rf.Bundle.from_sources({"main.star": CALM})) as rules:
        return bool(rules.evaluate({}).decision == "calm")


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in REFUSED.items()])
def test_it_is_refused_with_a_diagnostic(source: str, runtime: rf.Runtime) -> None:
    error = load(runtime, source)
    assert isinstance(error, LIMITS_OF_LOADING), error
    if isinstance(error, rf.BundleError):
        assert error.diagnostics
        assert all(diagnostic.line >= 1 and diagnostic.message for diagnostic in error.diagnostics)
    assert len(str(error).encode()) < DIAGNOSTICS_BYTES
    assert works(runtime)


@pytest.mark.parametrize(
    "source", [pytest.param(source, id=name) for name, source in FINE_OR_REFUSED.items()]
)
def test_it_works_or_is_refused(source: str, runtime: rf.Runtime) -> None:
    error = load(runtime, source)
    if error is not None:
        assert len(str(error).encode()) < DIAGNOSTICS_BYTES
    assert works(runtime)


@pytest.mark.parametrize("name", ["parentheses", "minus signs", "blocks", "no Starlark at all"])
def test_exec_and_check_refuse_it_too(name: str, tmp_path: Path) -> None:
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "hostile"\n')
    main = tmp_path / "main.star"
    main.write_text(REFUSED[name])
    for command, status in ((["exec", main], 1), (["check", tmp_path], 2), (["run", tmp_path], 2)):
        run = subprocess.run(
            [str(RINGFENCE), *map(str, command)], input=b"", capture_output=True, check=False, timeout=60
        )
        assert run.returncode == status, run.stderr
        assert b"main.star:" in run.stderr
        assert b"Traceback (most recent call last):\n  File" not in run.stderr
        assert not run.stdout
