"""The decoder's and encoder's stack of values: the part of the VM stack above `vm_top`, which is a root as a whole.

A container under construction keeps its parts here, so nothing recurses and no list of roots is written by hand. Pushing raises
`vm_top`; dropping lowers it and keeps the high-water mark, so that the next collection or reset clears what was left.
Unchecked, like all register access: users bound their depth and what they push for each level and ask `slots_free` first.
"""

from __future__ import annotations

from guest.compiler.language import Value, inline, u32
from guest.compiler.raw import load_value, store_value
from guest.heap import roots
from guest.heap.layout import VM_STACK_LIMIT

SLOT_BYTES = 8


@inline
def stack_top() -> u32:
    """The position of the next value to be pushed."""
    return roots.vm_top


@inline
def push(value: Value) -> None:
    """Add a value at the top."""
    top = roots.vm_top
    store_value(top, value)
    roots.vm_top = top + SLOT_BYTES


@inline
def stacked(position: u32, index: u32) -> Value:
    """The value `index` places above a position."""
    return load_value(position + index * SLOT_BYTES)


@inline
def set_stacked(position: u32, index: u32, value: Value) -> None:
    """Replace the value `index` places above a position."""
    store_value(position + index * SLOT_BYTES, value)


@inline
def stacked_since(position: u32) -> u32:
    """How many values have been pushed since the top was at `position`."""
    return (roots.vm_top - position) // SLOT_BYTES


@inline
def drop_to(position: u32) -> None:
    """Remove everything pushed since the top was at `position`."""
    roots.vm_high_water = max(roots.vm_high_water, roots.vm_top)
    roots.vm_top = position


def slots_free() -> u32:
    """How many values still fit."""
    return (VM_STACK_LIMIT - roots.vm_top) // SLOT_BYTES
