"""The documents say what the code does: prices, options and file names in them are compared with the sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guest.meter import costs

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "guest/README.md",
    ROOT / "benchmarks/README.md",
    *ROOT.glob("docs/*.md"),
]


def test_the_price_list_is_the_one_in_force() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", (ROOT / "docs/fuel.md").read_text(), re.MULTILINE)
    in_force = {name: value for name, value in vars(costs).items() if name.isupper()}
    assert {name: int(value) for name, value in rows} == in_force


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:guest|host|wat|scripts|tests|docs|benchmarks)/[\w./*-]+)`", document.read_text()
    )
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert missing == []
