"""Runs an expression of the rule language over many inputs at once: one program, its inputs as data, its results as JSON."""

from __future__ import annotations

import json
from typing import Any

import ringfence as rf

LIMITS = rf.Limits(fuel=2_000_000_000, memory="256MiB", deadline=60.0)


def evaluated(runtime: rf.Runtime, setup: str, expression: str, items: list[Any], *data: Any) -> list[Any]:
    """`[expression for x in items]`, after a setup that may use `data`; both are given as JSON."""
    source = f"items, data = args[0], args[1:]\n{setup}\nprint(json.encode([{expression} for x in items]))"
    result: list[Any] = json.loads(runtime.execute(source, args=[items, *data], limits=LIMITS).stdout)
    return result


def refusal(runtime: rf.Runtime, source: str) -> str:
    """The message with which a program ends."""
    try:
        runtime.execute(source, limits=LIMITS)
    except rf.RuleError as error:
        return str(error)
    raise AssertionError(f"{source} was not refused")
