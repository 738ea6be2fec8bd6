"""The tables in static data against the declarations: the tracing table, the root table, the module variables' places."""

from __future__ import annotations

import struct

from guest.compiler import types as t
from guest.compiler.layout import (
    ELEMENT_POINTER,
    ELEMENT_UNTRACED,
    ELEMENT_VALUE,
    FIRST_VARIABLE,
    HEADER_SIZE,
)
from guest.compiler.proof.declared import ClassFacts, Declared
from guest.compiler.proof.shapes import Fault

ROW = struct.Struct("<IIIBBH")
WORD = struct.Struct("<I")
IS_VALUE = 1 << 31
WORD_SIZE = 4


def check_tables(memory: bytes, declared: Declared) -> list[Fault]:
    """What is wrong in the tables of a built guest; `memory` begins at address 0."""
    return [
        *_check_classes(memory, declared),
        *_check_roots(memory, declared),
        *_check_places(declared),
    ]


def _check_classes(memory: bytes, declared: Declared) -> list[Fault]:
    faults = []
    numbers = sorted(facts.number for facts in declared.classes.values())
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append(Fault("", f"the classes are not numbered 1 to {len(numbers)}, each once"))
    if memory[declared.class_table : declared.class_table + ROW.size] != bytes(ROW.size):
        faults.append(Fault("", "row 0 of the tracing table, free memory, is not zero"))
    for facts in declared.classes.values():
        at = declared.class_table + facts.number * ROW.size
        if at + ROW.size > len(memory):
            faults.append(Fault("", f"the tracing table has no row for {facts.name}"))
            continue
        for (what, wanted), found in zip(_row(facts), ROW.unpack_from(memory, at), strict=True):
            if found != wanted:
                faults.append(
                    Fault(
                        "",
                        f"the tracing table's row for {facts.name} says {what} {found:#x}, not {wanted:#x}",
                    )
                )
    return faults


def _row(facts: ClassFacts) -> list[tuple[str, int]]:
    """What the row of a class must say."""
    pointers = values = 0
    for offset, kind in facts.fields.items():
        if isinstance(kind, t.Pointer):
            pointers |= 1 << offset // WORD_SIZE
        elif isinstance(kind, t.ValueType):
            values |= 1 << offset // WORD_SIZE
    element, shift = ELEMENT_UNTRACED, 0
    if facts.element is not None:
        shift = {1: 0, 2: 1, 4: 2, 8: 3}[t.size_of(facts.element)]
        if isinstance(facts.element, t.Pointer):
            element = ELEMENT_POINTER
        elif isinstance(facts.element, t.ValueType):
            element = ELEMENT_VALUE
    return [
        ("fixed size", facts.fixed),
        ("pointer mask", pointers),
        ("value mask", values),
        ("element size shift", shift),
        ("element kind", element),
        ("identity offset", facts.identity),
    ]


def _check_roots(memory: bytes, declared: Declared) -> list[Fault]:
    wanted = {
        variable.address | (IS_VALUE if isinstance(variable.type, t.ValueType) else 0): variable.name
        for variable in declared.variables.values()
        if t.is_traced(variable.type)
    }
    (count,) = WORD.unpack_from(memory, declared.root_table)
    if declared.root_table + WORD_SIZE * (count + 1) > len(memory):
        return [Fault("", f"the root table has {count} entries and does not fit static data")]
    start = declared.root_table + WORD_SIZE
    entries = [WORD.unpack_from(memory, start + WORD_SIZE * index)[0] for index in range(count)]
    faults = [
        Fault("", f"{name} is no entry of the root table")
        for entry, name in wanted.items()
        if entry not in entries
    ]
    faults += [
        Fault("", f"the root table has {entry:#x}, which is no traced variable")
        for entry in entries
        if entry not in wanted
    ]
    if len(set(entries)) != len(entries):
        faults.append(Fault("", "the root table has an entry twice"))
    return faults


def _check_places(declared: Declared) -> list[Fault]:
    """Module variables lie in the control block, aligned, behind its reserved words, and apart from each other."""
    faults = []
    end = FIRST_VARIABLE
    for variable in sorted(declared.variables.values(), key=lambda v: v.address):
        size = t.size_of(variable.type)
        if (
            variable.address < end
            or variable.address % size
            or variable.address + size > declared.control.end
        ):
            faults.append(Fault("", f"{variable.name} lies at {variable.address}, where it may not"))
        end = variable.address + size
    for facts in declared.classes.values():
        if facts.fixed < HEADER_SIZE:
            faults.append(Fault("", f"{facts.name} has no room for its header"))
    return faults
