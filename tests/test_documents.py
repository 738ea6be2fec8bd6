"""The documents say what the code does: prices, options and file names in them are compared with the sources."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest

import ringfence as rf
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


def test_the_readme_shows_what_its_rule_decides() -> None:
    text = (ROOT / "README.md").read_text()
    chapter = text.partition("## A rule\n")[2].partition("\n## ")[0]
    rule, lines = (
        dedent(block) for block in re.findall(r"(?:^    .+\n(?:\n(?=    ))?)+", chapter, re.MULTILINE)
    )
    event = re.search(r"what `(\{.*?\})` gives", text)
    assert event is not None
    sources = {"main.star": rule, "lib/network.star": 'internal = cidr("10.0.0.0/8")'}
    with rf.Runtime().load(rf.Bundle.from_sources(sources)) as rules:
        decided = rules.evaluate(event[1])
    shown = {"decision": decided.decision, "rule": decided.rule, "fuel": decided.fuel}
    assert shown == json.loads(lines.splitlines()[0])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:guest|host|wat|scripts|tests|docs|benchmarks)/[\w./*-]+)`", document.read_text()
    )
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert missing == []
