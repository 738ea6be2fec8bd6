"""An export that the fuzzer's guest has besides: walk the heap and say what is wrong with it."""

from guest.compiler.language import export, u32
from guest.heap import allocate
from guest.heap.verify import verify_heap


@export
def verify() -> u32:
    """0, or the address of something that is wrong."""
    return verify_heap(allocate.origin, allocate.bump)
