"""What differs between two JSON values, for people: a value on one line each, or the lines that differ with those around them.

`suite.py` compares with `same`, which is stricter than Python's `==`: true is not 1.
"""

from __future__ import annotations

import difflib
import json
from typing import Any

CONTEXT_LINES = 3
MOST_LINES = 200
"""Lines of a difference that are shown."""


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal, as the rule language sees it: 1 is 1.0, and neither is true."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def difference(expected: Any, actual: Any, names: tuple[str, str] = ("expected", "got")) -> list[str]:
    """The lines that show it. Those that begin with `-` are expected, those with `+` are what came instead."""
    if _is_flat(expected) and _is_flat(actual):
        width = max(map(len, names))
        return [
            f"- {names[0]:{width}} {json.dumps(expected, ensure_ascii=False)}",
            f"+ {names[1]:{width}} {json.dumps(actual, ensure_ascii=False)}",
        ]
    shown = [f"- {names[0]}", f"+ {names[1]}"]
    for hunk in difflib.SequenceMatcher(
        None, before := _lines(expected), after := _lines(actual), autojunk=False
    ).get_grouped_opcodes(CONTEXT_LINES):
        if len(shown) > 2 or hunk[0][1] > 0:
            shown.append("  ...")
        for what, a, a_end, b, b_end in hunk:
            if what == "equal":
                shown += [f"  {line}" for line in before[a:a_end]]
            else:
                shown += [f"- {line}" for line in before[a:a_end]]
                shown += [f"+ {line}" for line in after[b:b_end]]
    if len(shown) > MOST_LINES:
        shown[MOST_LINES:] = [f"  ... {len(shown) - MOST_LINES} more lines"]
    return shown


def _is_flat(value: Any) -> bool:
    """Whether a value is shown on one line: a scalar, or an empty list or object."""
    return not isinstance(value, dict | list) or not value


def _lines(value: Any) -> list[str]:
    """The value as JSON, its keys in order: the same on both sides."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
