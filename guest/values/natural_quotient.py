"""Quotients and remainders of long numbers: Knuth's algorithm D, and Burnikel and Ziegler's recursion for long divisors.

The recursion divides 2n limbs by n through products of halves, so a quotient costs little more than Karatsuba's product.
Relies on sections and products; what is divided is a shifted copy, in which the remainder is left.
"""

from guest.compiler.language import Array, Object, clz, u32, u64
from guest.heap.allocate import ensure_fits
from guest.meter.costs import LIMB_PRODUCTS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.natural import (
    LIMB_BITS,
    LIMB_BYTES,
    Natural,
    bit_length,
    charge_limbs,
    compare_naturals,
    natural_copy,
    natural_new,
    used_length,
)
from guest.values.natural_product import WORK_MARGIN, multiply_sections
from guest.values.natural_sections import (
    add_section,
    compare_sections,
    decrement_section,
    fill_section,
    subtract_section,
)
from guest.values.natural_shifts import shift_left, shifted_right

RECURSIVE_FROM = 96  # limbs of divisor and quotient
SHORT_QUOTIENT = 8  # a quotient with so many times fewer limbs than the divisor is found row by row
LARGEST_LIMB = 0xFFFFFFFF


class Division(Object):
    """A quotient, with room for one more limb, and its remainder."""

    quotient: Natural
    remainder: Natural


def divide_naturals(a: Natural, b: Natural) -> Division:
    """a divided by b, which is not zero."""
    if compare_naturals(a.limbs, a.length, b.limbs, b.length) < 0:
        return Division(quotient=natural_new(1), remainder=natural_copy(a, a.length))
    if b.length == 1:
        return divide_by_limb(a, b.limbs[0])
    surplus = a.length - b.length
    if b.length < RECURSIVE_FROM or surplus < max(u32(RECURSIVE_FROM), b.length // SHORT_QUOTIENT):
        return divide_row_by_row(a, b)
    return divide_by_blocks(a, b)


def divide_by_limb(a: Natural, divisor: u32) -> Division:
    """Division by a number of 32 bits."""
    quotient = natural_new(a.length + 1)
    remainder = natural_new(1)
    rest: u64 = 0
    i = a.length
    source = a.limbs
    target = quotient.limbs
    while i != 0:
        i -= 1
        dividend = rest << LIMB_BITS | u64(source[i])
        digit = dividend // u64(divisor)
        target[i] = u32(digit)
        rest = dividend - digit * u64(divisor)
    quotient.length = used_length(target, a.length)
    remainder.limbs[0] = u32(rest)
    remainder.length = 1 if rest != 0 else 0
    return Division(quotient=quotient, remainder=remainder)


def shifted_limbs(source: Natural, bits: u32, size: u32) -> Array[u32]:
    """The limbs of a number shifted left, in an array of `size` limbs and one more."""
    result = natural_copy(source, size + 1)
    shift_left(result.limbs, source.length, bits)
    return result.limbs


def divide_row_by_row(a: Natural, b: Natural) -> Division:
    """Algorithm D, with the divisor's highest bit shifted to the top of its limb."""
    n = b.length
    m = a.length - n + 1
    bits = u32(clz(b.limbs[n - 1]))
    divisor = shifted_limbs(b, bits, n)
    rest = shifted_limbs(a, bits, a.length + 1)
    quotient = natural_new(m + 1)
    limbs = quotient.limbs
    divide_rows(rest, 0, divisor, 0, n, limbs, 0, m)
    quotient.length = used_length(limbs, m)
    return Division(quotient=quotient, remainder=shifted_right(rest, 0, n, bits))


def divide_rows(
    rest: Array[u32],
    at: u32,
    divisor: Array[u32],
    start: u32,
    n: u32,
    quotient: Array[u32],
    first: u32,
    m: u32,
) -> None:
    """rest[at:at+m+n] by divisor[start:start+n]: m limbs of quotient; the remainder stays in rest[at:at+n]."""
    j = m
    while j != 0:
        j -= 1
        charge(1 + n // LIMB_PRODUCTS_PER_UNIT)
        quotient[first + j] = subtract_multiple(rest, at + j, divisor, start, n)


def subtract_multiple(rest: Array[u32], at: u32, divisor: Array[u32], start: u32, n: u32) -> u32:
    """Take the largest multiple of the divisor off rest[at:at+n+1], which is less than 2**32 times it; the multiple."""
    top = u64(divisor[start + n - 1])
    second = u64(divisor[start + n - 2])
    head = u64(rest[at + n]) << LIMB_BITS | u64(rest[at + n - 1])
    next = u64(rest[at + n - 2])
    digit = min(head // top, u64(LARGEST_LIMB))
    left = head - digit * top
    # At most twice: with two limbs of the divisor looked at, the digit is right or one too large.
    while left <= LARGEST_LIMB and digit * second > (left << LIMB_BITS | next):
        digit -= 1
        left += top
    carry: u64 = 0
    for i in range(n):
        carry += digit * u64(divisor[start + i])
        difference = u64(rest[at + i]) - (carry & LARGEST_LIMB)
        rest[at + i] = u32(difference)
        carry = (carry >> LIMB_BITS) + (difference >> 63)
    above = u64(rest[at + n])
    rest[at + n] = u32(above - carry)
    if above < carry:
        digit -= 1
        add_section(rest, at, n + 1, divisor, start, n)
    return u32(digit)


def divide_by_blocks(a: Natural, b: Natural) -> Division:
    """Blocks of the dividend, as long as the divisor, are brought down one after the other.

    The divisor is lengthened below, to a length that can be halved until it is short, and shifted up until its highest bit
    is set. The dividend gets a top block whose highest bit is clear, so that it is less than the divisor.
    """
    parts: u32 = 1
    while (b.length + parts - 1) // parts >= RECURSIVE_FROM:
        parts *= 2
    n = (b.length + parts - 1) // parts * parts
    bits = u32(clz(b.limbs[b.length - 1]))
    padding = n - b.length
    shift = padding * LIMB_BITS + bits
    divisor = shifted_limbs(b, shift, n)
    blocks = (bit_length(a.limbs, a.length) + shift) // (n * LIMB_BITS) + 1
    rest = shifted_limbs(a, shift, blocks * n)
    work_size = 4 * n + WORK_MARGIN
    ensure_fits(u64(work_size) * LIMB_BYTES)
    work = Array[u32](work_size)
    m = (blocks - 1) * n
    quotient = natural_new(m + 1)
    limbs = quotient.limbs
    j = m
    while j != 0:
        j -= n
        divide_double(rest, j, divisor, 0, n, limbs, j, work)
    quotient.length = used_length(limbs, m)
    return Division(quotient=quotient, remainder=shifted_right(rest, padding, b.length, bits))


def divide_double(
    rest: Array[u32],
    at: u32,
    divisor: Array[u32],
    start: u32,
    n: u32,
    quotient: Array[u32],
    first: u32,
    work: Array[u32],
) -> None:
    """rest[at:at+2n] by divisor[start:start+n], less than 2**(32n) times it; the remainder stays in rest[at:at+n]."""
    if n % 2 != 0 or n < RECURSIVE_FROM:
        divide_rows(rest, at, divisor, start, n, quotient, first, n)
        return
    half = n // 2
    divide_three_halves(rest, at + half, divisor, start, half, quotient, first + half, work)
    divide_three_halves(rest, at, divisor, start, half, quotient, first, work)


def divide_three_halves(
    rest: Array[u32],
    at: u32,
    divisor: Array[u32],
    start: u32,
    half: u32,
    quotient: Array[u32],
    first: u32,
    work: Array[u32],
) -> None:
    """rest[at:at+3h] by divisor[start:start+2h], for half a quotient; the remainder stays in rest[at:at+2h].

    The divisor's upper half gives a quotient that is at most two too large; its product with the lower half corrects it.
    """
    charge_limbs(4 * half)
    upper = start + half
    if compare_sections(rest, at + 2 * half, divisor, upper, half) < 0:
        divide_double(rest, at + half, divisor, upper, half, quotient, first, work)
    else:
        # The quotient's estimate is all ones: rest - (B - 1) * upper, where the top of rest equals upper.
        fill_section(quotient, first, half, LARGEST_LIMB)
        fill_section(rest, at + 2 * half, half, 0)
        add_section(rest, at + half, 2 * half, divisor, upper, half)
    multiply_sections(work, 0, quotient, first, half, divisor, start, half, work, 2 * half)
    borrow = subtract_section(rest, at, 3 * half, work, 0, 2 * half)
    while borrow != 0:
        decrement_section(quotient, first, half)
        borrow -= add_section(rest, at, 3 * half, divisor, start, 2 * half)
