"""The instrumented build counts where control goes, and nothing of it is in an ordinary build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guest.compiler.build import compile_guest
from tests.compiler.harness import PRELUDE, ROOT, Instance

SOURCE = """
@export
def choose(n: u32) -> u32:
    total = u32(0)
    for i in range(n):
        if i % 2 == 0:
            total += 1
        else:
            total += 3
    return total
"""


def compiled(tmp_path: Path, coverage: bool) -> Any:
    path = tmp_path / "sample.py"
    path.write_text(PRELUDE + SOURCE, encoding="utf-8")
    extra = {"sample": path}
    return compile_guest(ROOT, extra=extra, only=["guest.heap.allocate"], coverage=coverage)


def counts(instance: Instance, layout: dict[str, Any]) -> list[int]:
    """The counters of the function `choose`, which is the last one."""
    start = layout["address"] + layout["functions"]["sample.choose"]
    return list(instance.memory.read(instance.store, start, layout["address"] + layout["size"]))


def test_counters_tell_the_ways_that_were_taken(tmp_path: Path) -> None:
    guest = compiled(tmp_path, True)
    layout = guest.layout["coverage"]
    instance = Instance(guest)
    assert set(counts(instance, layout)) == {0}
    assert instance.choose(1) == 1
    once = counts(instance, layout)
    assert once[0] == 1
    assert 0 in once[1:]
    assert instance.choose(2) == 4
    both = counts(instance, layout)
    assert both[0] == 2
    assert both.count(0) < once.count(0)


def test_counters_saturate(tmp_path: Path) -> None:
    guest = compiled(tmp_path, True)
    instance = Instance(guest)
    instance.choose(100_000)
    assert max(counts(instance, guest.layout["coverage"])) == 255


def test_an_ordinary_build_has_no_counters(tmp_path: Path) -> None:
    guest = compiled(tmp_path, False)
    assert "coverage" not in guest.layout
    assert "i32.store8" not in guest.text[guest.text.index("$sample.choose") :]
