"""Sections of long numbers: some limbs within an array, added, subtracted and compared in place.

A section is (array, offset, number of limbs), leading zeros included, so halves of a number need no copies. Products and
quotients (`natural_product.py`, `natural_quotient.py`) are built from these; nothing here allocates, and callers charge.
"""

from guest.compiler.language import Array, i32, u32, u64
from guest.values.natural import LIMB_BITS


def fill_section(target: Array[u32], at: u32, n: u32, limb: u32) -> None:
    """Set every limb of a section."""
    for i in range(n):
        target[at + i] = limb


def add_section(target: Array[u32], at: u32, n: u32, source: Array[u32], start: u32, m: u32) -> u32:
    """target[at:at+n] += source[start:start+m], with m <= n; the carry out of it."""
    carry: u64 = 0
    for i in range(m):
        carry += u64(target[at + i]) + u64(source[start + i])
        target[at + i] = u32(carry)
        carry = carry >> LIMB_BITS
    k = m
    while carry != 0 and k < n:
        carry += u64(target[at + k])
        target[at + k] = u32(carry)
        carry = carry >> LIMB_BITS
        k += 1
    return u32(carry)


def subtract_section(target: Array[u32], at: u32, n: u32, source: Array[u32], start: u32, m: u32) -> u32:
    """target[at:at+n] -= source[start:start+m], with m <= n; the borrow out of it."""
    borrow: u64 = 0
    for i in range(m):
        difference = u64(target[at + i]) - u64(source[start + i]) - borrow
        target[at + i] = u32(difference)
        borrow = difference >> 63
    k = m
    while borrow != 0 and k < n:
        difference = u64(target[at + k]) - borrow
        target[at + k] = u32(difference)
        borrow = difference >> 63
        k += 1
    return u32(borrow)


def increment_section(target: Array[u32], at: u32, n: u32) -> None:
    """target[at:at+n] += 1, where it does not overflow."""
    k = at
    while target[k] == 0xFFFFFFFF and k < at + n:
        target[k] = 0
        k += 1
    target[k] = target[k] + 1


def decrement_section(target: Array[u32], at: u32, n: u32) -> None:
    """target[at:at+n] -= 1, where it is not zero."""
    k = at
    while target[k] == 0 and k < at + n:
        target[k] = 0xFFFFFFFF
        k += 1
    target[k] = target[k] - 1


def compare_sections(a: Array[u32], a_at: u32, b: Array[u32], b_at: u32, n: u32) -> i32:
    """Negative, zero or positive as a[a_at:a_at+n] is less than, equal to or greater than b[b_at:b_at+n]."""
    i = n
    while i != 0:
        i -= 1
        x = a[a_at + i]
        y = b[b_at + i]
        if x != y:
            return -1 if x < y else 1
    return 0
