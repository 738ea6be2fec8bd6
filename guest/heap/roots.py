"""Roots: where the references begin that keep objects alive.

Three kinds. The VM stack from its base to `vm_top`, which the machine sets at every call and return. The
shadow stack, where compiled guest code saved the pointers that it holds across the call that is collecting.
And the traced module variables, listed by the compiler. A slot of either stack is eight bytes, a Value or a
zero-extended pointer, which look the same.

Registers above `vm_top` are stale: frames that have returned left them. They are never read as roots, but a
frame pushed later would turn them into roots again without writing them all. So every collection and every
reset clears from `vm_top` to the high-water mark; in between, a stale register can only name an object that
has not moved since.
"""

from __future__ import annotations

from guest.compiler.language import inline, noinline, u32, u64
from guest.compiler.raw import load_u32, load_u64, memory_fill, root_table, shadow_top
from guest.heap.layout import NURSERY_SIZE, NURSERY_START, SHADOW_BASE, VM_STACK_BASE

# The first free register, set by the machine at every call and return.
vm_top: u32 = VM_STACK_BASE
# The highest that vm_top has been since the last collection or reset; the machine raises it with vm_top.
vm_high_water: u32 = VM_STACK_BASE
# Not zero: a reference may have been stored in a module variable since none was seen to be young. The compiler
# sets it beside every such store.
roots_changed: u32 = 1

ROOT_IS_VALUE = 1 << 31
ROOT_ADDRESS = (1 << 31) - 1


@inline
def is_young_bits(word: u64) -> bool:
    """Whether a Value's bits, or a zero-extended pointer, refer to the young space."""
    return word - NURSERY_START < NURSERY_SIZE


@inline
def is_young_address(at: u32) -> bool:
    """Whether a pointer refers to the young space."""
    return at - NURSERY_START < NURSERY_SIZE


@inline
def raise_vm_top(top: u32) -> None:
    """Reserve registers up to `top`."""
    global vm_top, vm_high_water
    vm_top = top
    vm_high_water = max(vm_high_water, top)


def clear_stale_registers() -> None:
    """Forget what returned frames left above the VM stack's top."""
    global vm_high_water
    if vm_high_water > vm_top:
        memory_fill(vm_top, 0, vm_high_water - vm_top)
    vm_high_water = vm_top


@inline
def root_count() -> u32:
    """The number of traced module variables."""
    return load_u32(root_table())


@inline
def root_entry(index: u32) -> u32:
    """Address of a traced module variable, with ROOT_IS_VALUE if it is a Value and not a pointer."""
    return load_u32(root_table() + 4 + (index << 2))


def words_hold_young(start: u32, end: u32) -> bool:
    """Whether any eight-byte slot between two addresses refers to the young space."""
    at = start
    while at < end:
        if is_young_bits(load_u64(at)):
            return True
        at += 8
    return False


def roots_hold_young() -> bool:
    """Whether any root refers to the young space. It may say yes for an integer that looks like a young offset."""
    if roots_changed != 0 and variables_hold_young():
        return True
    return words_hold_young(SHADOW_BASE, shadow_top()) or words_hold_young(VM_STACK_BASE, vm_top)


@noinline
def variables_hold_young() -> bool:
    """The same for the module variables."""
    global roots_changed
    entry = root_table() + 4
    end = entry + (root_count() << 2)
    while entry < end:
        # The low word of a Value is enough here: this runs after an event, and a false alarm costs little.
        if is_young_address(load_u32(load_u32(entry) & ROOT_ADDRESS)):
            return True
        entry += 4
    roots_changed = 0
    return False
