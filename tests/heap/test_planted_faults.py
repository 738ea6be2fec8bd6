"""Faults planted in the collector's own sources: the heap walker of the debug guest finds each.

Each changes one line in a copy of `guest/heap/`; the proof has nothing to say, because the collector is what it trusts. Random
scripts then run until the walker, which looks after every collection, stops the guest. `docs/proofs.md` lists them.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import wasmtime

from guest.compiler.build import Guest, compile_guest
from tests.heap import model
from tests.heap.harness import ROOT, Machine, engine
from tests.heap.model import encode
from tests.heap.test_graphs import random_script

GUESTS = Path(__file__).parent / "guests"
SCRIPTS = 16
LENGTH = 500
FINDER = "heap.allocate.check_heap"


# What random scripts do rarely: a large old array holds the only reference to a young object; and an object waits in the
# shadow stack while another one is made. The freeze makes the mortal heap so small that the walker looks at every collection.
OPENING = [
    (model.LIST, 9, 40_000, 1),
    (model.NODE, 10, 10, 2),
    (model.STORE, 9, 10, 3),
    (model.DROP, 10, 0, 0),
    (model.YOUNG, 0, 0, 0),
    (model.DROP, 9, 0, 0),
    (model.FULL, 0, 0, 0),
    (model.FREEZE, 0, 0, 0),
    (model.NODE, 10, 9, 2),
    (model.NODE, 10, 10, 3),
]


FAULTS = [
    (
        "promotion forgets the Values of an object",
        "young.py",
        "        update_word(at + (ctz(mask) << 2))\n",
        "        pass\n",
    ),
    (
        "promotion forgets the pointers of an object",
        "young.py",
        "        update_pointer(at + (ctz(mask) << 2))\n",
        "        pass\n",
    ),
    (
        "promotion forgets the shadow stack",
        "young.py",
        "    update_words(SHADOW_BASE, shadow_top())\n",
        "    pass\n",
    ),
    (
        "promotion forgets the registers",
        "young.py",
        "    update_words(VM_STACK_BASE, roots.vm_top)\n",
        "    pass\n",
    ),
    (
        "what is promoted while marking runs is born white",
        "young.py",
        "    store_u64(target, header | mark.birth_mark)\n",
        "    store_u64(target, header)\n",
    ),
    (
        "the remembered set drops an entry",
        "remembered.py",
        "        remembered_top += 4\n",
        "        remembered_top += 4 if at & 8 != 0 else 0\n",
    ),
    (
        "the remembered set drops the elements of large arrays",
        "remembered.py",
        "    slots_top += SLOT_ENTRY\n",
        "    pass\n",
    ),
    (
        "marking forgets the pointers of an object",
        "mark.py",
        "        reach_pointer(at + (ctz(mask) << 2))\n",
        "        pass\n",
    ),
    (
        "marking forgets the elements of an object",
        "mark.py",
        "        reach_words(start, start + (count << 3))\n",
        "        pass\n",
    ),
    (
        "marking forgets the module variables",
        "mark.py",
        "            reach_pointer(entry)\n",
        "            pass\n",
    ),
    (
        "the sweep frees a marked object",
        "sweep.py",
        "state & MARKED != 0:\n            set_state(at, state & ~u32(MARKED))\n            swept_alive",
        "state & MARKED != 0 and size != 48:\n            set_state(at, state & ~u32(MARKED))\n            swept_alive",
    ),
    (
        "the sweep leaves a mark",
        "sweep.py",
        "            set_state(at, state & ~u32(MARKED))\n            swept_alive",
        "            swept_alive",
    ),
    (
        "a free block is taken and stays in its list",
        "old.py",
        "    store_u32(link, load_u32(at, NEXT))\n",
        "    pass\n",
    ),
    (
        "a free block reaches into the object behind it",
        "old.py",
        "    store_u64(at, u64(size))\n",
        "    store_u64(at, u64(size) + 8)\n",
    ),
    (
        "compaction rewrites no pointers",
        "compact.py",
        "        rewrite_pointer(at + (ctz(mask) << 2))\n",
        "        pass\n",
    ),
]


def planted(tmp_path: Path, file: str, line: str, fault: str, name: str = "graphs") -> Guest:
    """A test guest in its debug build, on a heap with one line changed."""
    for folder in ("heap", "meter"):
        shutil.copytree(ROOT / "guest" / folder, tmp_path / "guest" / folder)
    shutil.copytree(ROOT / "wat", tmp_path / "wat")
    path = tmp_path / "guest" / "heap" / file
    source = path.read_text(encoding="utf-8")
    assert source.count(line) >= 1, f"{file} has no line {line.strip()!r} any more"
    path.write_text(source.replace(line, fault, 1), encoding="utf-8")
    module = f"guest.heap.{name}"
    return compile_guest(tmp_path, extra={module: GUESTS / f"{name}.py"}, only=[module], debug=True)


def stopped_in(guest: Guest) -> Iterator[str]:
    """For each script at which the guest stopped itself, the function that did it."""
    module = wasmtime.Module(engine(), guest.text)
    for seed in range(SCRIPTS):
        rng = random.Random(seed)
        machine = Machine("graphs", debug=True, build=(guest, module))
        base = machine.call("boot")
        large = seed % 2 == 1
        if not large:
            machine.stress()
        for _ in range(2):
            script = OPENING + random_script(rng, LENGTH, large=large, freeze=False)
            machine.poke(base, encode(script))
            try:
                machine.call("run", len(script))
            except wasmtime.Trap as trap:
                yield str(trap.frames[0].func_name)
                break


@pytest.mark.not_under_gc_stress(
    "its scripts choose the collections; a faulty heap under others may never end"
)
@pytest.mark.parametrize(("file", "line", "fault"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_the_walker_finds(tmp_path: Path, file: str, line: str, fault: str) -> None:
    """In one of the scripts before the collector stumbles over it itself."""
    assert FINDER in stopped_in(planted(tmp_path, file, line, fault))


def test_there_is_nothing_to_find(tmp_path: Path) -> None:
    """The same scripts on the heap as it is."""
    assert list(stopped_in(planted(tmp_path, "young.py", "", ""))) == []
