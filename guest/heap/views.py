"""Views: the interpreter's and the decoder's unchecked windows on memory that does not move.

Registers, code and module slots are reached by computed addresses, so their accesses are single loads and
stores. They are safe for three reasons, none of which the compiler checks: the register stack has a fixed
address and a frame's registers are reserved when it is entered; code words, slots and pinned bytes are born
old, and old objects do not move; and operands come from our own emitter, which keeps them in range. This is
one of the two places where the guest rests on more than its compiler (the other is `spans.py`). Whoever keeps
a view keeps the object alive through some other reference.
"""

from __future__ import annotations

from typing import NewType

from guest.compiler.language import Array, Value, i32, inline, u8, u32, u64
from guest.compiler.raw import address, load_u8, load_u32, load_u64, load_value, store_u32, store_value
from guest.heap.header import HEADER_SIZE

Registers = NewType("Registers", u32)
"""The address of a register on the VM stack: eight bytes each, roots up to `roots.vm_top`."""

CodePointer = NewType("CodePointer", u32)
"""The address of a word of bytecode."""

Slots = NewType("Slots", u32)
"""The address of the first of a module's slots, in an `Array[Value]` that was born old."""

Bytes = NewType("Bytes", u32)
"""The address of a byte of an `Array[u8]` that was born old."""

REGISTER_SHIFT = 3
WORD_SHIFT = 2


@inline
def register(base: Registers, index: u32) -> Value:
    """Read a register."""
    return load_value(u32(base) + (index << REGISTER_SHIFT))


@inline
def set_register(base: Registers, index: u32, value: Value) -> None:
    """Write a register. No barrier: the VM stack is a root as a whole."""
    store_value(u32(base) + (index << REGISTER_SHIFT), value)


@inline
def registers_after(base: Registers, count: u32) -> Registers:
    """The window that begins `count` registers later."""
    return Registers(u32(base) + (count << REGISTER_SHIFT))


@inline
def fetch(pc: CodePointer) -> u32:
    """Read the code word."""
    return load_u32(u32(pc))


@inline
def pc_after(pc: CodePointer, words: i32) -> CodePointer:
    """The code pointer so many words later (or earlier)."""
    return CodePointer(u32(pc) + u32(words << WORD_SHIFT))


@inline
def patch(pc: CodePointer, word: u32) -> None:
    """Rewrite a code word: an inline cache. Code words are no references, so frozen code may be patched."""
    store_u32(u32(pc), word)


@inline
def code_start(words: Array[u32]) -> CodePointer:
    """The first word of code that was born old."""
    return CodePointer(address(words) + HEADER_SIZE)


@inline
def code_offset(pc: CodePointer, words: Array[u32]) -> u32:
    """The index of a code pointer's word."""
    return (u32(pc) - address(words) - HEADER_SIZE) >> WORD_SHIFT


@inline
def slots_of(array: Array[Value]) -> Slots:
    """The slots of an array that was born old."""
    return Slots(address(array) + HEADER_SIZE)


@inline
def slot(slots: Slots, index: u32) -> Value:
    """Read a slot."""
    return load_value(u32(slots) + (index << REGISTER_SHIFT))


@inline
def pinned_bytes(array: Array[u8]) -> Bytes:
    """The bytes of an array that was born old."""
    return Bytes(address(array) + HEADER_SIZE)


@inline
def byte_at(start: Bytes, index: u32) -> u32:
    """Read a byte."""
    return load_u8(u32(start) + index)


@inline
def word_at(start: Bytes, index: u32) -> u64:
    """Read eight bytes, at any alignment. The caller keeps them inside the array (pad buffers by eight)."""
    return load_u64(u32(start) + index)


@inline
def bytes_after(start: Bytes, count: u32) -> Bytes:
    """The bytes that begin `count` later."""
    return Bytes(u32(start) + count)
