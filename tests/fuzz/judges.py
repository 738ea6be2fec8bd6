"""The judges of generated programs: ringfence itself, starlark-rust, starlark-go and CPython, each as a function from source to verdict.

A verdict is what was printed and, if the program failed, the line in which it failed. starlark-go's package is optional;
CPython runs the programs of `programs.py` with a few functions that print and name types as the rule language does.
"""

from __future__ import annotations

import re
import sys
import traceback
from dataclasses import dataclass
from typing import Any

import ringfence as rf
from ringfence.engine import Engine
from ringfence.errors import RingfenceError
from ringfence.program import run_program
from tests.numbers.starlark_floats import starlark_float

LIMITS = rf.Limits(fuel=50_000_000, memory="64MiB", deadline=20.0)
NAME = "main.star"
CALLEE_BLAMED = re.compile(r"called recursively|missing \d+ argument|unexpected keyword|accepts ")
"""Mistakes of a call for which starlark-go names the function's own line as the last one."""
UNSURE = -2
"""As a line: it failed, but the judge's line cannot be relied on."""
STATIC = -1  # as a line: the program did not compile


@dataclass(frozen=True)
class Verdict:
    """What a program printed, the line in which it failed (None if it did not), and why."""

    printed: str
    line: int | None
    why: str = ""

    def agrees(self, other: Verdict) -> bool:
        """The same output and the same line; why is everyone's own."""
        if other.line == UNSURE:
            return self.printed == other.printed and self.line is not None
        return (self.printed, self.line) == (other.printed, other.line)

    def shown(self) -> str:
        """For a report."""
        return self.printed + ("" if self.line is None else f"fails in line {self.line}: {self.why}\n")


def by_ringfence(engine: Engine, runtime: rf.Runtime, source: str, *, stress: bool = False) -> Verdict:
    """What this project makes of the program."""
    printed: list[bytes] = []
    line, why = None, ""
    try:
        run_program(
            engine,
            source.encode(),
            NAME,
            runtime.program_budget(LIMITS),
            [],
            None,
            printed.append,
            gc_stress=stress,
        )
    except rf.RuleError as error:
        line, why = int((error.location or "").split(":")[1]), error.message
    except rf.BundleError as error:
        line, why = STATIC, str(error)
    except RingfenceError as error:
        line, why = 0, f"{type(error).__name__}: {error}"
    return Verdict(b"".join(printed).decode(), line, why)


def by_rust(source: str) -> Verdict | None:
    """What starlark-rust makes of it; None if the package is not installed."""
    try:
        import starlark
    except ImportError:
        return None
    printed: list[str] = []
    first = "def print(*args): emit(' '.join([str(x) for x in args]))\n"
    module = starlark.Module()
    module.add_callable("emit", lambda text: printed.append(text + "\n"))
    try:
        tree = starlark.parse(NAME, first + source, dialect=starlark.Dialect.extended())
        starlark.eval(module, tree, starlark.Globals.standard())
    except starlark.StarlarkError as error:
        found = re.findall(rf"--> {NAME}:(\d+):", str(error))
        return Verdict("".join(printed), int(found[-1]) - 1 if found else 0, str(error))
    return Verdict("".join(printed), None)


def by_go(source: str) -> Verdict | None:
    """What starlark-go makes of it; None if the package is not installed."""
    try:
        from starlark_go import Starlark, configure_starlark
    except ImportError:
        return None
    configure_starlark(allow_set=True, allow_recursion=False, allow_global_reassign=False)
    printed: list[str] = []
    try:
        Starlark().exec(source, filename=NAME, print=lambda text: printed.append(text + "\n"))
    except Exception as error:
        report = str(getattr(error, "backtrace", None) or error)
        found = re.findall(rf"{NAME}:(\d+):", report)
        if len(found) > 1 and CALLEE_BLAMED.search(report):
            found.pop()
        return Verdict("".join(printed), int(found[-1]) if found else 0, report)
    return Verdict("".join(printed), None)


def python_repr(value: Any) -> str:
    """`repr` of the rule language."""
    if isinstance(value, str):
        return (
            '"'
            + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
            + '"'
        )
    if isinstance(value, float):
        return starlark_float(value)
    if isinstance(value, list):
        return f"[{', '.join(map(python_repr, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(python_repr, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{python_repr(k)}: {python_repr(v)}" for k, v in value.items()) + "}"
    return repr(value)


def python_str(value: Any = "") -> str:
    """`str` of the rule language."""
    return value if isinstance(value, str) else python_repr(value)


def python_type(value: Any) -> str:
    """`type` of the rule language."""
    return {"str": "string"}.get(type(value).__name__, type(value).__name__)


class Failed(Exception):
    """What `fail` raises."""


def python_fail(*values: Any) -> None:
    """`fail` of the rule language."""
    raise Failed(values)


def by_python(source: str) -> Verdict:
    """What CPython makes of it."""
    printed: list[str] = []

    def python_print(*values: Any) -> None:
        printed.append(" ".join(map(python_str, values)) + "\n")

    names = {
        "print": python_print, "str": python_str, "repr": python_repr, "type": python_type, "fail": python_fail,
    }  # fmt: skip
    try:
        exec(compile(source, NAME, "exec"), names)  # written by the generator
    except UnboundLocalError as error:
        # CPython 3.11 joins a store and the load after it, and blames the line of the store.
        return Verdict("".join(printed), UNSURE, str(error))
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(sys.exc_info()[2]) if frame.filename == NAME]
        return Verdict(
            "".join(printed), frames[-1].lineno if frames else 0, f"{type(error).__name__}: {error}"
        )
    return Verdict("".join(printed), None)
