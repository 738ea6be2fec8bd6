"""A memory image: a WebAssembly module that holds one linear memory and its initial contents.

Wasmtime maps such a memory copy-on-write, so an isolate made from an image costs some tens of microseconds however much the
image holds. A loaded bundle *is* an image. The module is encoded in binary here; `instance.py` instantiates it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import wasmtime
from wasmtime import Module, WasmtimeError
from wasmtime import _ffi as ffi

from ringfence._wasm import Handle
from ringfence.limits import PAGE_BYTES

MAXIMUM_PAGES = 65_536
BLOCK_BYTES = 4096
"""Runs of zero are looked for in blocks of this size: the granularity of copy-on-write."""

_ZERO_BLOCK = bytes(BLOCK_BYTES)
_HEADER = b"\0asm\x01\0\0\0"
_MEMORY_SECTION, _EXPORT_SECTION, _DATA_SECTION = 5, 7, 11
_EXPORT_MEMORY = b"\x01\x06memory\x02\x00"  # one export, "memory", of kind memory, number 0


def encode(memory: memoryview) -> bytearray:
    """The binary of a module that exports a memory with these contents, as large as they are."""
    pages = pages_of(len(memory))
    limits = b"\x01\x01" + _unsigned(pages) + _unsigned(MAXIMUM_PAGES)
    spans = list(nonzero_spans(memory))
    heads = [b"\x00\x41" + _signed(start) + b"\x0b" + _unsigned(end - start) for start, end in spans]
    count = _unsigned(len(spans))
    data_size = len(count) + sum(len(head) for head in heads) + sum(end - start for start, end in spans)
    module = bytearray(_HEADER)
    for section, content in ((_MEMORY_SECTION, limits), (_EXPORT_SECTION, _EXPORT_MEMORY)):
        module += bytes([section]) + _unsigned(len(content)) + content
    module += bytes([_DATA_SECTION]) + _unsigned(data_size) + count
    for head, (start, end) in zip(heads, spans, strict=True):
        module += head
        module += memory[start:end]
    return module


def nonzero_spans(memory: memoryview) -> Iterator[tuple[int, int]]:
    """The parts of `memory`, in whole blocks, that hold anything but zeroes."""
    start: int | None = None
    for position in range(0, len(memory), BLOCK_BYTES):
        block = memory[position : position + BLOCK_BYTES].tobytes()
        if block == _ZERO_BLOCK[: len(block)]:
            if start is not None:
                yield start, position
                start = None
        elif start is None:
            start = position
    if start is not None:
        yield start, len(memory)


def _unsigned(number: int) -> bytes:
    """Unsigned LEB128."""
    encoded = bytearray()
    while True:
        low, number = number & 0x7F, number >> 7
        if number == 0:
            encoded.append(low)
            return bytes(encoded)
        encoded.append(low | 0x80)


def _signed(number: int) -> bytes:
    """Signed LEB128 of a memory address, which `i32.const` takes as a signed number."""
    if number >= 1 << 31:
        number -= 1 << 32
    encoded = bytearray()
    while True:
        low, number = number & 0x7F, number >> 7
        if (number == 0 and not low & 0x40) or (number == -1 and low & 0x40):
            encoded.append(low)
            return bytes(encoded)
        encoded.append(low | 0x80)


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is ready to be instantiated, and the size of its memory at the start in pages."""

    module: Handle
    pages: int


def compiled(engine: wasmtime.Engine, binary: bytearray) -> Module:
    """`Module(engine, binary)` without its copy of the binary: an image may have hundreds of megabytes."""
    pointer = ctypes.POINTER(ffi.wasmtime_module_t)()
    content = (ctypes.c_uint8 * len(binary)).from_buffer(binary)
    error = ffi.wasmtime_module_new(engine.ptr(), content, len(binary), ctypes.byref(pointer))
    if error:
        raise WasmtimeError._from_ptr(error)
    return Module._from_ptr(pointer)


def pages_of(size: int) -> int:
    """The number of pages that hold so many bytes."""
    return -(-size // PAGE_BYTES)
