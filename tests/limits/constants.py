"""Reads a constant out of a guest module's source: guest modules are compiled, not imported."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def guest_constant(module: str, name: str) -> int:
    """The literal value of `name` in the guest module at this path, such as `guest/values/hash.py`."""
    for statement in ast.parse((ROOT / module).read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        if [getattr(target, "id", None) for target in targets] == [name]:
            return int(ast.literal_eval(value))
    raise LookupError(f"{module} has no constant {name}")
