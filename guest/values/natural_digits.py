"""Long numbers to and from the digits of a base.

Bases that are powers of two pack bits. For the others a number is halved again and again: divided by, or multiplied with, a
power of the base of about the square root's size, down to pieces that are short enough to go digit by digit. So the cost is
that of a few long products, not the square of the length.
"""

from __future__ import annotations

from guest.compiler.language import Array, Object, ctz, u8, u32, u64
from guest.heap.allocate import ensure_fits
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.charges import charge_bytes
from guest.values.natural import (
    LIMB_BITS,
    Natural,
    divide_by_tens,
    multiply_add,
    natural_copy,
    natural_new,
    used_length,
)
from guest.values.natural_product import product
from guest.values.natural_quotient import divide_naturals
from guest.values.natural_sections import add_section

ZERO = 0x30
DECIMAL = 10
TENS_DIGITS = 9  # of TENS
LIMB_DIGITS = 10  # more decimal digits than a limb can have
PIECE_GROUPS = 32  # groups of digits, each less than a limb, that are converted one by one
SHORT_DIGITS = 6 * PIECE_GROUPS  # digits of a piece in any base: 36**6 is the largest power of 36 below 2**32
LARGEST_LIMB = 0xFFFFFFFF


class Power(Object):
    """base**digits, and the power with half as many digits (None below the first one)."""

    digits: u32
    value: Natural
    smaller: Power | None


def first_power(base: u32) -> Power:
    """The power with as many digits as a piece."""
    scale, digits = group_of(base)
    value = natural_new(PIECE_GROUPS + 1)
    value.limbs[0] = 1
    value.length = 1
    for _ in range(PIECE_GROUPS):
        value.length = multiply_add(value.limbs, value.length, scale, 0)
    return Power(digits=digits * PIECE_GROUPS, value=value, smaller=None)


def next_power(power: Power) -> Power:
    """The power with twice as many digits."""
    square = product(power.value, power.value)
    return Power(digits=2 * power.digits, value=square, smaller=power)


def group_of(base: u32) -> tuple[u32, u32]:
    """The largest power of the base that is less than a limb, and its exponent."""
    scale = base
    digits: u32 = 1
    while scale <= LARGEST_LIMB // base:
        scale *= base
        digits += 1
    return scale, digits


def natural_from_digits(digits: Array[u8], count: u32, base: u32) -> Natural:
    """The number with these digits in a base of 2 to 36: numbers below the base, the most significant first."""
    if base & (base - 1) == 0:
        return pack_bits(digits, count, u32(ctz(base)))
    if count <= SHORT_DIGITS:
        return combine_piece(digits, 0, count, base)
    power = first_power(base)
    while 2 * power.digits < count:
        power = next_power(power)
    return combine(digits, 0, count, base, power)


def pack_bits(digits: Array[u8], count: u32, bits: u32) -> Natural:
    """The number with these digits of `bits` bits each."""
    size = u32(u64(count) * u64(bits) // LIMB_BITS) + 1
    charge(count // CHARACTER_BYTES_PER_UNIT)
    result = natural_new(size)
    limbs = result.limbs
    pending: u64 = 0
    held: u32 = 0
    length: u32 = 0
    i = count
    while i != 0:
        i -= 1
        pending = pending | u64(digits[i]) << u64(held)
        held += bits
        if held >= LIMB_BITS:
            limbs[length] = u32(pending)
            length += 1
            pending = pending >> LIMB_BITS
            held -= LIMB_BITS
    limbs[length] = u32(pending)
    result.length = used_length(limbs, length + 1)
    return result


def combine(digits: Array[u8], start: u32, end: u32, base: u32, power: Power | None) -> Natural:
    """The number with the digits from `start` to `end`: its upper part times a power, plus its lower part."""
    if power is None:
        return combine_piece(digits, start, end, base)
    smaller = power.smaller
    if end - start <= power.digits:
        return combine(digits, start, end, base, smaller)
    split = end - power.digits
    upper = combine(digits, start, split, base, smaller)
    lower = combine(digits, split, end, base, smaller)
    result = product(upper, power.value)
    limbs = result.limbs
    size = len(limbs)
    add_section(limbs, 0, size, lower.limbs, 0, lower.length)
    result.length = used_length(limbs, size)
    return result


def combine_piece(digits: Array[u8], start: u32, end: u32, base: u32) -> Natural:
    """The number with a few digits, a group of them at a time."""
    result = natural_new(PIECE_GROUPS + 1)
    limbs = result.limbs
    _, most = group_of(base)
    length: u32 = 0
    at = start
    while at < end:
        stop = min(end, at + most)
        scale: u32 = 1
        group: u32 = 0
        while at < stop:
            scale *= base
            group = group * base + digits[at]
            at += 1
        length = multiply_add(limbs, length, scale, group)
    result.length = length
    return result


def decimal_digits(number: Natural) -> Array[u8]:
    """The decimal digits in ASCII, with zeros before the first one."""
    if number.length < PIECE_GROUPS:
        size = number.length * LIMB_DIGITS
        few = zeros(size)
        write_piece(natural_copy(number, number.length), few, size)
        return few
    power = first_power(DECIMAL)
    # Enough when the number is less than the power's square; its length tells.
    while number.length > 2 * power.value.length - 2:
        power = next_power(power)
    width = 2 * power.digits
    target = zeros(width)
    write_digits(number, power, target, width)
    return target


def zeros(size: u32) -> Array[u8]:
    """So many ASCII zeros."""
    ensure_fits(u64(size))
    charge_bytes(size)
    target = Array[u8](size)
    for i in range(size):
        target[i] = ZERO
    return target


def write_digits(number: Natural, power: Power | None, target: Array[u8], end: u32) -> None:
    """Write a number below the square of a power (or a piece, below any) into an array of zeros, its last digit before `end`."""
    if number.length == 0:
        return
    if power is None:
        write_piece(number, target, end)
        return
    division = divide_naturals(number, power.value)
    smaller = power.smaller
    write_digits(division.remainder, smaller, target, end)
    write_digits(division.quotient, smaller, target, end - power.digits)


def write_piece(number: Natural, target: Array[u8], end: u32) -> None:
    """Write a short number, which is used up: nine digits at a time, the last ones first."""
    limbs = number.limbs
    length = number.length
    at = end
    while length != 0:
        length, group = divide_by_tens(limbs, length)
        stop = at - TENS_DIGITS
        while group != 0:
            at -= 1
            target[at] = ZERO + group % 10
            group = group // 10
        at = stop
