"""Every example of docs/network.md gives what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ringfence as rf

PAGE = Path(__file__).parents[2] / "docs/network.md"
EXAMPLES = re.findall(r"^    (\S.*?) +# (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_there_are_examples_of_everything() -> None:
    made = {name for expression, _ in EXAMPLES for name in re.findall(r"\w+(?=\()", expression)}
    assert made >= {
        *("ip", "cidr", "cidr_table", "host", "host_table", "path", "route_table"),
        *("header", "query", "query_all"),
    }


@pytest.mark.parametrize(("expression", "result"), EXAMPLES)
def test_example(runtime: rf.Runtime, expression: str, result: str) -> None:
    assert runtime.execute(f"print(repr({expression}))").stdout == result + "\n"
