"""Products of long numbers: row by row, and Karatsuba's three products of halves where that is less work.

Relies on sections. Every row is charged for its limbs, and every recombination for its passes, so a product costs what it
takes by whichever way. Nothing allocates once the product's array and one working array are there.
"""

from guest.compiler.language import Array, u32, u64
from guest.heap.allocate import ensure_fits
from guest.meter.costs import LIMB_PRODUCTS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.natural import LIMB_BITS, LIMB_BYTES, Natural, charge_limbs, natural_new, used_length
from guest.values.natural_sections import add_section, fill_section, subtract_section

KARATSUBA_FROM = 48  # limbs of the shorter factor
WORK_MARGIN = 512  # limbs: twelve for each of at most 27 levels of halving, with room to spare


def product(a: Natural, b: Natural) -> Natural:
    """a * b."""
    if a.length < b.length:
        return product(b, a)
    n = a.length
    m = b.length
    work_size = product_work(m)
    ensure_fits((u64(n) + u64(m) + u64(work_size)) * LIMB_BYTES)
    result = natural_new(n + m)
    work = Array[u32](work_size)
    limbs = result.limbs
    multiply_sections(limbs, 0, a.limbs, 0, n, b.limbs, 0, m, work, 0)
    result.length = used_length(limbs, n + m)
    return result


def product_work(shorter: u32) -> u32:
    """The limbs of working space that a product needs, from the length of its shorter factor.

    Karatsuba of n limbs leaves two sums and their product (2n + 6) and goes on with half of n: less than 4n in all, and n is
    less than twice the shorter length. Unequal factors are multiplied in blocks of the shorter length s: 2s, and a product
    of s by at most s.
    """
    return 0 if shorter < KARATSUBA_FROM else 8 * shorter + WORK_MARGIN


def multiply_sections(
    target: Array[u32],
    at: u32,
    a: Array[u32],
    a_at: u32,
    n: u32,
    b: Array[u32],
    b_at: u32,
    m: u32,
    work: Array[u32],
    free: u32,
) -> None:
    """target[at:at+n+m] = a[a_at:a_at+n] * b[b_at:b_at+m] with n >= m; `work` is unused from offset `free` on."""
    if m < KARATSUBA_FROM:
        multiply_rows(target, at, a, a_at, n, b, b_at, m)
    elif 2 * m <= n + 1:
        multiply_blocks(target, at, a, a_at, n, b, b_at, m, work, free)
    else:
        multiply_halves(target, at, a, a_at, n, b, b_at, m, work, free)


def multiply_rows(
    target: Array[u32], at: u32, a: Array[u32], a_at: u32, n: u32, b: Array[u32], b_at: u32, m: u32
) -> None:
    """The schoolbook product: a row for every limb of b."""
    fill_section(target, at, n, 0)
    for i in range(m):
        charge(1 + n // LIMB_PRODUCTS_PER_UNIT)
        factor = u64(b[b_at + i])
        row = at + i
        carry: u64 = 0
        for j in range(n):
            carry += u64(a[a_at + j]) * factor + u64(target[row + j])
            target[row + j] = u32(carry)
            carry = carry >> LIMB_BITS
        target[row + n] = u32(carry)


def multiply_blocks(
    target: Array[u32],
    at: u32,
    a: Array[u32],
    a_at: u32,
    n: u32,
    b: Array[u32],
    b_at: u32,
    m: u32,
    work: Array[u32],
    free: u32,
) -> None:
    """A long factor, in blocks as long as the shorter one."""
    charge_limbs(2 * (n + m))
    fill_section(target, at, n + m, 0)
    done: u32 = 0
    while done < n:
        block = min(m, n - done)
        multiply_sections(work, free, b, b_at, m, a, a_at + done, block, work, free + m + block)
        add_section(target, at + done, n + m - done, work, free, m + block)
        done += block


def multiply_halves(
    target: Array[u32],
    at: u32,
    a: Array[u32],
    a_at: u32,
    n: u32,
    b: Array[u32],
    b_at: u32,
    m: u32,
    work: Array[u32],
    free: u32,
) -> None:
    """Karatsuba: with a = a1 * B + a0 and b = b1 * B + b0, the middle term is (a0 + a1) * (b0 + b1) - a0 * b0 - a1 * b1."""
    charge_limbs(4 * n)
    half = (n + 1) // 2
    multiply_sections(target, at, a, a_at, half, b, b_at, half, work, free)
    multiply_sections(target, at + 2 * half, a, a_at + half, n - half, b, b_at + half, m - half, work, free)
    size = half + 1
    first = free
    second = free + size
    middle = free + 2 * size
    copy_and_add(work, first, a, a_at, half, n - half)
    copy_and_add(work, second, b, b_at, half, m - half)
    multiply_sections(work, middle, work, first, size, work, second, size, work, middle + 2 * size)
    subtract_section(work, middle, 2 * size, target, at, 2 * half)
    subtract_section(work, middle, 2 * size, target, at + 2 * half, n + m - 2 * half)
    # The middle term fits what is left of the product above it: only its leading zeros may reach past the end.
    length = used_length_between(work, middle, 2 * size)
    add_section(target, at + half, n + m - half, work, middle, length)


def copy_and_add(work: Array[u32], at: u32, source: Array[u32], start: u32, half: u32, rest: u32) -> None:
    """work[at:at+half+1] = the sum of a number's lower `half` limbs and the `rest` above them."""
    for i in range(half):
        work[at + i] = source[start + i]
    work[at + half] = 0
    add_section(work, at, half + 1, source, start + half, rest)


def used_length_between(limbs: Array[u32], at: u32, n: u32) -> u32:
    """The number of limbs in a section without its leading zeros."""
    used = n
    while used != 0 and limbs[at + used - 1] == 0:
        used -= 1
    return used
