"""Which instructions have run: one bit for each word of memory in which code may lie.

Evaluations that are covered run one instruction at a time (`guest/machine/coverage.py`), and each is marked here before it
does; others know nothing of it. Code words are born old, and old objects do not move while an event is in hand.
"""

from __future__ import annotations

from guest.compiler.language import Array, need, u32
from guest.heap import old
from guest.heap.allocate import old_array_u32
from guest.heap.views import CodePointer

WORD_SHIFT = 2
BITS_SHIFT = 5
BITS_MASK = 31

bits: Array[u32] | None = None
# Not zero: instructions are marked.
active: u32 = 0


def begin_covering() -> None:
    """Mark from here on what runs of the code that there is."""
    global bits, active
    bits = old_array_u32((old.tail_top >> (WORD_SHIFT + BITS_SHIFT)) + 1)
    active = 1


def note_run(pc: CodePointer) -> None:
    """The instruction is about to run."""
    word = u32(pc) >> WORD_SHIFT
    table = need(bits)
    table[word >> BITS_SHIFT] = table[word >> BITS_SHIFT] | 1 << (word & BITS_MASK)


def has_run(pc: CodePointer) -> bool:
    """Whether the instruction has run."""
    word = u32(pc) >> WORD_SHIFT
    return need(bits)[word >> BITS_SHIFT] >> (word & BITS_MASK) & 1 != 0
