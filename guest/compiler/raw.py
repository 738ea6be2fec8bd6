"""Raw operations on the linear memory: what `guest/heap/` alone may import (the compiler refuses it elsewhere).

Addresses are u32 byte offsets. Nothing here is checked, traced or barriered; every use in the heap says why it is safe.
"""

from __future__ import annotations

from typing import TypeVar

from guest.compiler.language import Value

C = TypeVar("C")


def load_u8(address: int, offset: int = 0) -> int:
    """One byte, as u32. `offset` is a constant."""
    raise NotImplementedError


def load_u16(address: int, offset: int = 0) -> int:
    """Two bytes, little-endian, as u32."""
    raise NotImplementedError


def load_u32(address: int, offset: int = 0) -> int:
    """Four bytes as u32."""
    raise NotImplementedError


def load_u64(address: int, offset: int = 0) -> int:
    """Eight bytes as u64."""
    raise NotImplementedError


def load_value(address: int, offset: int = 0) -> Value:
    """Eight bytes as a Value."""
    raise NotImplementedError


def store_u8(address: int, value: int, offset: int = 0) -> None:
    """The low byte of a u32."""


def store_u16(address: int, value: int, offset: int = 0) -> None:
    """The low two bytes of a u32."""


def store_u32(address: int, value: int, offset: int = 0) -> None:
    """Four bytes."""


def store_u64(address: int, value: int, offset: int = 0) -> None:
    """Eight bytes."""


def store_value(address: int, value: Value, offset: int = 0) -> None:
    """Eight bytes; no write barrier."""


def memory_copy(target: int, source: int, count: int) -> None:
    """memory.copy: overlap-safe; traps outside the memory."""


def memory_fill(target: int, byte: int, count: int) -> None:
    """memory.fill."""


def memory_grow(pages: int) -> int:
    """memory.grow by 64 KiB pages: the old number of pages, or 0xFFFFFFFF."""
    raise NotImplementedError


def memory_pages() -> int:
    """memory.size in 64 KiB pages."""
    raise NotImplementedError


def bits(value: Value) -> int:
    """The 64 bits of a Value, as u64: an untraced alias."""
    raise NotImplementedError


def from_bits(pattern: int) -> Value:
    """The Value with these 64 bits."""
    raise NotImplementedError


def address(pointer: object) -> int:
    """The offset that a pointer is: an untraced alias."""
    raise NotImplementedError


def pointer_at(cls: type[C], where: int) -> C:
    """The object of class `cls` at this address: unchecked. `cls` is a heap class, `Object`, or `Array[T]`."""
    raise NotImplementedError


def shadow_top() -> int:
    """The shadow stack's top as the caller of a collecting function last stored it."""
    raise NotImplementedError


def class_table() -> int:
    """The address of the tracing table: one 16-byte row a class (see `guest/compiler/layout.py`)."""
    raise NotImplementedError


def root_table() -> int:
    """The address of the table of traced module variables: u32 count, then u32 (address | kind << 31)."""
    raise NotImplementedError
