"""Copies of a linear memory for keeping: only the blocks that hold anything, compressed.

A session takes all the memory of its limit and fills little of it. `checkpoint.py` stores such copies; what it reads back may be
damaged or made up, so unpacking is bounded by the size that the memory must have.
"""

from __future__ import annotations

import struct
import zlib

from ringfence.image import nonzero_spans

_SPAN = struct.Struct("<QQ")
"""Where a span begins and how many bytes it has; they follow."""

_SPAN_GRAIN = 4096
"""Spans begin at multiples of this (`image.nonzero_spans`), so there are at most so many."""

_COMPRESSION = 1
"""The fastest level: memory of small objects shrinks to about a fifth, and level 6 takes four times as long for a sixth."""


def pack_memory(memory: bytes) -> bytes:
    """The spans of `memory` that are not zero, compressed."""
    compressor = zlib.compressobj(_COMPRESSION)
    packed = bytearray()
    view = memoryview(memory)
    for start, end in nonzero_spans(view):
        packed += compressor.compress(_SPAN.pack(start, end - start))
        packed += compressor.compress(view[start:end])
    packed += compressor.flush()
    return bytes(packed)


def unpack_memory(packed: bytes, size: int) -> bytearray:
    """The memory of `size` bytes that was packed. Raises `ValueError` if that cannot be."""
    most = size + (size // _SPAN_GRAIN + 1) * _SPAN.size
    try:
        decompressor = zlib.decompressobj()
        content = memoryview(decompressor.decompress(packed, most + 1))
    except zlib.error as failure:
        raise ValueError(f"the memory cannot be unpacked: {failure}") from failure
    if len(content) > most or not decompressor.eof or decompressor.unused_data:
        raise ValueError("the packed memory is cut or too large")
    memory = bytearray(size)
    at = 0
    while at < len(content):
        try:
            start, length = _SPAN.unpack_from(content, at)
        except struct.error as failure:
            raise ValueError("a span of the packed memory is cut") from failure
        at += _SPAN.size
        if start + length > size or at + length > len(content):
            raise ValueError("a span of the packed memory is outside of it")
        memory[start : start + length] = content[at : at + length]
        at += length
    return memory
