"""Reading pinned input by words and vectors: what makes decoding an event cheap.

The input buffer is born old and has `INPUT_PADDING` readable bytes after its content, so eight bytes may be loaded from any
position in it. `find_special` is a kernel in `wat/scan.wat`; it stays inside its range by itself.
"""

from __future__ import annotations

from guest.compiler.language import Span, kernel, u32, u64
from guest.compiler.raw import load_u64, memory_copy, store_u64
from guest.heap.views import Bytes

INPUT_PADDING = 16  # readable bytes after the content of an input buffer
WORD_BYTES = 8
LONG_COPY = 128  # bytes from which memory.copy, which leaves the compiled code, is faster than a loop


@kernel
def find_special(text: Span, start: u32, end: u32) -> u32:
    """The first position from `start` whose byte is `"`, `\\`, below 0x20 or above 0x7F; `end` if there is none."""


def copy_padded(target: Span, source: Bytes, n: u32) -> None:
    """Copy n bytes into the whole of a fresh object's trailing bytes, which end at a multiple of eight; the rest is zeroed."""
    to = u32(target)
    at = u32(source)
    if n >= LONG_COPY:
        memory_copy(to, at, n)
        return
    while n >= WORD_BYTES:
        store_u64(to, load_u64(at))
        to += WORD_BYTES
        at += WORD_BYTES
        n -= WORD_BYTES
    if n != 0:
        store_u64(to, load_u64(at) & (~u64(0) >> u64((WORD_BYTES - n) * 8)))
