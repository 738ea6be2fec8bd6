"""Sizes computed at run time: whether an emitted expression is the size of an object with so many elements.

The expression is evaluated for a sample of counts and compared with the size that the class declaration gives: independent of
how it was written, and enough, because it is linear between the samples.
"""

from __future__ import annotations

from guest.compiler import types as t
from guest.compiler.proof.declared import ClassFacts
from guest.compiler.proof.text import Node

LARGEST_OBJECT = 1 << 30
"""Bytes that the heap refuses whatever the limit; a size that would overflow must come out larger."""
MASK = 0xFFFF_FFFF
SAMPLES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 1000, 65_535, 1 << 20)


class NotASize(Exception):
    """The expression is no arithmetic on one count."""


def size_agrees(facts: ClassFacts, count: Node, size: Node) -> bool:
    """Whether `size` is the size of an object with `count` elements, for every count that an object can have."""
    each = t.size_of(facts.element) if facts.element is not None else 1
    largest = (LARGEST_OBJECT - facts.fixed) // each
    samples = [int(count.immediate)] if count.op == "i32.const" else [*SAMPLES, largest]
    try:
        for sample in samples:
            exact = facts.size(sample & MASK)
            found = evaluate(size, count, sample & MASK)
            if found != exact and (exact <= LARGEST_OBJECT or found <= LARGEST_OBJECT):
                return False
        if count.op == "i32.const":
            return True
        return all(
            evaluate(size, count, sample) > LARGEST_OBJECT
            for sample in (largest + 9, 1 << 29, 1 << 30, 1 << 31, MASK)
            if sample > largest + 8
        )
    except NotASize:
        return False


def evaluate(node: Node, count: Node, worth: int) -> int:
    """The worth of i32 arithmetic where `count` is `worth`."""
    if node == count:
        return worth
    if node.op == "i32.const":
        return int(node.immediate) & MASK
    parts = [evaluate(operand, count, worth) for operand in node.operands]
    if node.op == "i32.add":
        return parts[0] + parts[1] & MASK
    if node.op == "i32.shl":
        return parts[0] << (parts[1] & 31) & MASK
    if node.op == "i32.and":
        return parts[0] & parts[1]
    if node.op == "i32.gt_u":
        return int(parts[0] > parts[1])
    if node.op == "select":
        return parts[0] if parts[2] else parts[1]
    raise NotASize(node.op)
