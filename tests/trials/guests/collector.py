"""Exports that the trials' guest has besides: each piece of the collector by itself, to be called while a program is suspended."""

from guest.compiler.language import Failure, export, u32
from guest.heap import allocate
from guest.heap.allocate import collect_full, collect_young, compact_old, step_cycle
from guest.heap.verify import verify_heap


@export
def empty_nursery(unused: u32) -> u32:
    """Collect the young space. These give 1 if memory was short."""
    try:
        collect_young()
        return unused & 0
    except Failure:
        return 1


@export
def do_step(budget: u32) -> u32:
    """Begin a cycle of the old space, or do so many bytes of its work."""
    try:
        step_cycle(budget)
        return 0
    except Failure:
        return 1


@export
def stop_world(unused: u32) -> u32:
    """Collect the old space."""
    try:
        collect_full()
        return unused & 0
    except Failure:
        return 1


@export
def move_together(unused: u32) -> u32:
    """Compact the old space."""
    try:
        compact_old()
        return unused & 0
    except Failure:
        return 1


@export
def walk_heap(unused: u32) -> u32:
    """0, or the address of something that is wrong."""
    return verify_heap(allocate.origin, allocate.bump) + (unused & 0)
