"""The store into a module's slots: the one view (`views.py`) whose memory is an object that needs the barrier.

Apart from the other views because the allocator itself relies on those.
"""

from __future__ import annotations

from guest.compiler.language import Value, inline, u32
from guest.compiler.raw import store_value
from guest.heap.barrier import remember
from guest.heap.header import HEADER_SIZE
from guest.heap.views import REGISTER_SHIFT, Slots


@inline
def set_slot(slots: Slots, index: u32, value: Value) -> None:
    """Write a slot, through the barrier: the array is old, the value may be young."""
    store_value(u32(slots) + (index << REGISTER_SHIFT), value)
    remember(u32(slots) - HEADER_SIZE)
