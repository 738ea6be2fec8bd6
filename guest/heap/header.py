"""An object's header and its class's row in the tracing table: how the collector reads any object.

    address   0         4      5      6      8
              length    class  state  site   fields, then trailing elements, padded to a multiple of 8

`length` counts trailing elements. The class number selects a row of 16 bytes in the table that the compiler
made from the class declarations: bytes before the elements, a mask of the words that are pointers, a mask of
those that are Values, size and kind of the elements, and where the field `identity` is, if it has one. Class 0 is
no class: in the old space it marks a free block (length is then its size in bytes), in the young space an object
that has moved (length is then its new address). The site is 0 unless allocations are recorded (`recording.py`).
"""

from __future__ import annotations

from guest.compiler.language import inline, u32, u64
from guest.compiler.raw import class_table, load_u8, load_u32, load_u64, store_u8, store_u64
from guest.heap.layout import ALIGNMENT

HEADER_SIZE = 8
CLASS_OFFSET = 4
STATE_OFFSET = 5
SITE_OFFSET = 6
CLASS_SHIFT = 32  # in the header read as one u64
STATE_SHIFT = 40

FREE_CLASS = 0

# State bits.
MARKED = 1  # reached by the full collection that is running
FROZEN = 2  # immutable for rules
REMEMBERED = 4  # in the remembered set
INTERNED = 8  # the one string of its content
PINNED = 16  # born old, because raw addresses into it are kept
PERMANENT = 32  # part of the loaded image: never marked, never swept
MUTATED = 64  # permanent, and written to since: a root of full collections
VISITED = 128  # used by the verifier while it runs

# A row of the tracing table.
ROW_SHIFT = 4
ROW_FIXED_SIZE = 0
ROW_POINTER_MASK = 4
ROW_VALUE_MASK = 8
ROW_ELEMENT_SHIFT = 12
ROW_ELEMENT_KIND = 13
ROW_IDENTITY_OFFSET = 14

ELEMENTS_PLAIN = 0
ELEMENTS_POINTERS = 1
ELEMENTS_VALUES = 2


@inline
def round_up(size: u32) -> u32:
    """The next multiple of the alignment."""
    return (size + (ALIGNMENT - 1)) & ~u32(ALIGNMENT - 1)


@inline
def write_header(at: u32, class_number: u32, length: u32) -> None:
    """Begin an object: no state, no site."""
    store_u64(at, u64(length) | u64(class_number) << CLASS_SHIFT)


@inline
def class_at(at: u32) -> u32:
    """The class number of the object or block at an address."""
    return load_u8(at, CLASS_OFFSET)


@inline
def state_at(at: u32) -> u32:
    """The state bits of the object at an address."""
    return load_u8(at, STATE_OFFSET)


@inline
def set_state(at: u32, state: u32) -> None:
    """Replace the state bits of the object at an address."""
    store_u8(at, state, STATE_OFFSET)


@inline
def row_of(class_number: u32) -> u32:
    """The address of a class's row in the tracing table."""
    return class_table() + (class_number << ROW_SHIFT)


@inline
def size_of(header: u64) -> u32:
    """The size in bytes of the object (or free block) with this header, padding included."""
    class_number = u32(header >> CLASS_SHIFT) & 0xFF
    if class_number == FREE_CLASS:
        return u32(header)
    row = row_of(class_number)
    return round_up(load_u32(row, ROW_FIXED_SIZE) + (u32(header) << load_u8(row, ROW_ELEMENT_SHIFT)))


@inline
def size_at(at: u32) -> u32:
    """The size in bytes of the object or free block at an address."""
    return size_of(load_u64(at))


@inline
def has_references(row: u32) -> bool:
    """Whether objects of the row's class refer to anything at all."""
    return (
        load_u32(row, ROW_POINTER_MASK) | load_u32(row, ROW_VALUE_MASK) | load_u8(row, ROW_ELEMENT_KIND) != 0
    )
