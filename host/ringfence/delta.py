"""The delta of a suspended evaluation: the pieces of its memory that differ from the image that its isolate was made from.

Isolates list and copy the pieces (`isolate.py`); a fork writes them over another isolate of the same image. Outside a process
they have this form, little-endian:

    u32 size of the memory in pages   u32 number of pieces   for each piece: u32 address, u32 length   the contents of all pieces

A delta that was read from outside is only checked for its form. What it holds becomes memory of a sandbox, and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.abi import ADDRESS_AND_LENGTH
from ringfence.limits import PAGE_BYTES

_HEAD = struct.Struct("<II")

MOST_PIECES = 1 << 17
"""Of one delta: more than the guest lists, or than an image has that is not made up."""


class DeltaError(ValueError):
    """Bytes that are no delta; the message says where."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Pieces of a memory of `pages` pages: pairs of address and length, and their contents one after the other."""

    pages: int
    pieces: Sequence[tuple[int, int]]
    contents: bytes | memoryview

    def __iter__(self) -> Iterator[tuple[int, memoryview]]:
        """Each piece: its address and its content."""
        contents = memoryview(self.contents)
        at = 0
        for address, length in self.pieces:
            yield address, contents[at : at + length]
            at += length

    def encode(self) -> bytes:
        """The form in which snapshots carry it."""
        table = b"".join([ADDRESS_AND_LENGTH.pack(*piece) for piece in self.pieces])
        return b"".join((_HEAD.pack(self.pages, len(self.pieces)), table, self.contents))

    @classmethod
    def decode(cls, encoded: bytes) -> Delta:
        """The delta of these bytes: every piece lies within its memory, the contents are complete. Raises `DeltaError`."""
        if len(encoded) < _HEAD.size:
            raise DeltaError("it ends in its head")
        pages, count = _HEAD.unpack_from(encoded)
        start = _HEAD.size + count * ADDRESS_AND_LENGTH.size
        if start > len(encoded) or count > MOST_PIECES:
            raise DeltaError(f"it has no room for a list of {count} pieces")
        pieces = list(ADDRESS_AND_LENGTH.iter_unpack(memoryview(encoded)[_HEAD.size : start]))
        for address, length in pieces:
            if address + length > pages * PAGE_BYTES:
                raise DeltaError(f"a piece of {length} bytes at {address:#x} ends outside its memory")
        if sum(length for _, length in pieces) != len(encoded) - start:
            raise DeltaError("its contents are not as long as its pieces")
        return cls(pages, pieces, memoryview(encoded)[start:])
