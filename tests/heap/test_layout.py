"""The memory's map: areas in order, without overlap, and what the memory module declares."""

from __future__ import annotations

import re

from guest.heap import header, layout
from tests.heap.harness import ROOT, Machine


def test_areas_follow_each_other() -> None:
    """Every area ends where, or before, the next one begins; all begin at a multiple of eight."""
    bounds = [
        layout.CONTROL_BASE,
        layout.STATIC_BASE,
        layout.STATIC_LIMIT,
        layout.VM_STACK_BASE,
        layout.VM_STACK_LIMIT,
        layout.FRAME_STACK_BASE,
        layout.FRAME_STACK_LIMIT,
        layout.SHADOW_BASE,
        layout.SHADOW_LIMIT,
        layout.MARK_STACK_BASE,
        layout.MARK_STACK_LIMIT,
        layout.REMEMBERED_BASE,
        layout.REMEMBERED_LIMIT,
        layout.BIN_HEADS,
        layout.BIN_BYTES,
        layout.EXTENTS_BASE,
        layout.FOUND_EXTENTS_BASE,
        layout.MUTATED_BASE,
        layout.FIRST_REGION,
        layout.TABLES_LIMIT,
        layout.NURSERY_START,
        layout.NURSERY_END,
        layout.OLD_START,
        layout.INITIAL_PAGES * layout.PAGE,
    ]
    assert bounds == sorted(bounds)
    assert all(bound % layout.ALIGNMENT == 0 for bound in bounds)


def test_the_memory_module_declares_the_initial_pages() -> None:
    """The number is written twice; this is what keeps it one number."""
    text = (ROOT / "wat" / "memory.wat").read_text(encoding="utf-8")
    found = re.search(r'\(memory \(export "memory"\) (\d+)\)', text)
    assert found is not None
    assert int(found[1]) == layout.INITIAL_PAGES


def test_the_compiler_uses_this_map() -> None:
    """The shadow stack begins where the layout says."""
    machine = Machine("shapes")
    top = machine.contents()[layout.SHADOW_TOP : layout.SHADOW_TOP + 4]
    assert int.from_bytes(top, "little") == layout.SHADOW_BASE


def test_poison_is_no_object() -> None:
    """As a class, as a forwarding word, or to the walker."""
    classes = Machine("shapes").layout["classes"].values()
    assert max(classes) < layout.POISON
    assert layout.POISON & (header.VISITED | header.PERMANENT) == 0
