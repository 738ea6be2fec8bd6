"""What the proof accepts and what it insists on: the module's form, its tables, the list of what is trusted, and every line.

Planted faults are in `test_edited_text.py`, `test_broken_passes.py`, and, of the collector itself, in
`tests/heap/test_planted_faults.py`.
"""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from guest.compiler.build import Guest
from guest.compiler.proof import check, stores
from tests.compiler.omissions import omissions
from tests.compiler.proven_guest import refused


@pytest.mark.parametrize(
    "form", ["(global $g (mut i32) (i32.const 0))", "(table 1 funcref)", '(import "a" "b" (func))']
)
def test_a_module_has_no_state_but_its_memory(guest: Guest, form: str) -> None:
    text = guest.text.replace("(tag $failure)", f"(tag $failure)\n  {form}")
    assert any("its memory is its only state" in error for error in refused(guest, text))


def test_what_the_compiler_makes_is_proven(guest: Guest) -> None:
    assert refused(guest, guest.text) == []


def test_every_word_of_the_tables_counts(guest: Guest) -> None:
    """Any change of a byte in the tracing table's rows or in the root table is refused."""
    declared = guest.declared
    rows = range(declared.class_table, declared.class_table + 16 * (len(declared.classes) + 1))
    (count,) = struct.unpack_from("<I", guest.memory, declared.root_table)
    roots = range(declared.root_table, declared.root_table + 4 * (count + 1))
    for at in [*rows, *roots]:
        memory = bytearray(guest.memory)
        memory[at] ^= 1
        assert refused(guest, "(module\n)", bytes(memory)), hex(at)


def test_the_list_of_what_is_trusted_cannot_be_stale(guest: Guest) -> None:
    """A name that needs no trust is an error when the whole guest is built. Of this one `heap.freeze` is no part."""
    whole = replace(guest, declared=replace(guest.declared, whole=True))
    found = refused(whole, guest.text)
    assert any("guest.heap.freeze.keep_hole needs no trust: take it off the list" in error for error in found)
    assert not any("guest.heap.header.set_state" in error for error in found)


def test_a_raw_write_needs_trust(monkeypatch: pytest.MonkeyPatch, guest: Guest) -> None:
    monkeypatch.delitem(stores.TRUSTED_NAMES, "guest.heap.header.set_state")
    assert any("heap.header.set_state writes raw memory" in error for error in refused(guest, guest.text))


def test_a_kernel_is_listed(monkeypatch: pytest.MonkeyPatch, guest: Guest) -> None:
    monkeypatch.delitem(check.KERNELS, "find_byte")
    assert any("find_byte:1:1: in find_byte: this kernel is not in" in e for e in refused(guest, guest.text))


def test_what_is_needed_cannot_be_left_out(guest: Guest) -> None:
    """Each line by itself, in every function: what is saved and reloaded is used, and what has a header is seen."""
    found = list(omissions(guest))
    always = [o for o in found if o.kind in ("reload", "save", "header", "note of a changed root")]
    assert [o for o in always if not o.refused] == []
    assert len(always) > 15
    assert {o.kind for o in found if o.refused} >= {"top", "barrier"}
