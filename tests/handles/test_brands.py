"""A type checker tells the handles of one rule set from those of another; without brands nothing needs to be said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MIXED = """
import ringfence as rf

class Shop: ...
class Depot: ...

runtime = rf.Runtime()
shop = runtime.load("shop", brand=Shop)
depot = runtime.load("depot", brand=Depot)
with shop.enter() as here, depot.enter() as there:
    mine, theirs = here.list([1]), there.list([2])
    here.call("visit", mine)
    mine.append(mine)
    here.call("visit", theirs)  # wrong
    mine.append(theirs)  # wrong
    here.dict()["x"] = theirs  # wrong
    here.call(there.get("f"), mine)
    function: rf.FunctionHandle[Depot] = there.get("f")
    here.call(function, mine)  # wrong
    function(mine)  # wrong

def use(heap: rf.LiveHeap[Shop], handle: rf.Handle[Shop]) -> None: ...

use(here, mine)
use(there, mine)  # wrong
use(here, theirs)  # wrong
"""

PLAIN = """
import ringfence as rf

def work(rules: rf.RuleSet, handle: rf.Handle | None) -> rf.ListHandle:
    with rules.enter() as heap:
        node = heap.dict({"a": [1]})
        node["self"] = node
        heap.call("visit", node, 1, depth=handle)
        return heap.list([node])

rules: rf.RuleSet = rf.Runtime().load("shop")
items = work(rules.isolate(), None)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are, and what mypy keeps of one run for the next."""
    return tmp_path_factory.mktemp("brands")


def errors_of(source: str, folder: Path) -> list[int]:
    """The lines in which mypy finds an error under --strict."""
    api = pytest.importorskip("mypy.api")
    path = folder / "program.py"
    path.write_text(source)
    config = str(Path(__file__).parents[2] / "pyproject.toml")
    cache = str(folder / "cache")
    found, errors, _ = api.run(["--strict", "--config-file", config, "--cache-dir", cache, str(path)])
    assert not errors
    return [int(line) for line in re.findall(r"program\.py:(\d+): error", found)]


@pytest.mark.not_under_gc_stress("it runs no guest")
def test_mypy_refuses_a_mix_up(folder: Path) -> None:
    wrong = [number for number, line in enumerate(MIXED.splitlines(), 1) if line.endswith("# wrong")]
    assert errors_of(MIXED, folder) == wrong


@pytest.mark.not_under_gc_stress("it runs no guest")
def test_programs_without_brands_need_none(folder: Path) -> None:
    assert errors_of(PLAIN, folder) == []
