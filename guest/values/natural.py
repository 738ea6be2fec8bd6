"""Natural numbers of any size: their form, and the operations that change a number in place.

A number is (limbs, length): 32-bit limbs, least significant first, the last one not zero; zero has length 0. The caller owns
the array and guarantees its size: exact float conversion keeps its numbers in `scratch.py`, integers past 64 bits keep theirs
in a `Natural`. Every loop is charged, so hostile digits cost what they take. The other `natural_*.py` build on this file.
"""

from guest.compiler.language import Array, Object, clz, copy_items, i32, inline, u32, u64
from guest.heap.allocate import ensure_fits
from guest.meter.costs import LIMBS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.failure import stop_saying

LIMB_BITS = 32
LARGEST_POWER_OF_5 = 13  # 5**13 is the last one below 2**32
FIVES = 1220703125  # 5**13
TENS = 1000000000  # 10**9
LIMB_BYTES = 4
MOST_LIMBS = 1 << 25  # of one number: its bits are counted in 31 bits


class Natural(Object):
    """A natural number on the heap. Whoever made it may still change it; once it is part of a value nobody does."""

    length: u32
    limbs: Array[u32]


@inline
def charge_limbs(count: u32) -> None:
    """Pay for one pass over so many limbs."""
    charge(1 + count // LIMBS_PER_UNIT)


def natural_new(size: u32) -> Natural:
    """Zero, with room for `size` limbs; refused at once if the memory can never hold them."""
    if size > MOST_LIMBS:
        stop_saying("integer too large: it has more than 1073741824 bits")
    ensure_fits(u64(size) * LIMB_BYTES)
    charge_limbs(size)
    return Natural(length=0, limbs=Array[u32](size))


def natural_from(value: u64) -> Natural:
    """A number of at most 64 bits."""
    number = Natural(length=0, limbs=Array[u32](2))
    number.length = set_natural(number.limbs, value)
    return number


def natural_copy(number: Natural, size: u32) -> Natural:
    """The same number with room for `size` limbs, which can be changed."""
    result = natural_new(size)
    copy_items(result.limbs, 0, number.limbs, 0, number.length)
    result.length = number.length
    return result


@inline
def low_bits(number: Natural) -> u64:
    """The last 64 bits."""
    limbs = number.limbs
    low = u64(limbs[0]) if number.length > 0 else u64(0)
    return low | u64(limbs[1]) << LIMB_BITS if number.length > 1 else low


@inline
def used_length(limbs: Array[u32], length: u32) -> u32:
    """The length without leading zeros."""
    used = length
    while used != 0 and limbs[used - 1] == 0:
        used -= 1
    return used


def set_natural(limbs: Array[u32], value: u64) -> u32:
    """Make the number `value`; its length."""
    limbs[0] = u32(value)
    limbs[1] = u32(value >> LIMB_BITS)
    if limbs[1] != 0:
        return 2
    return 1 if limbs[0] != 0 else 0


def bit_length(limbs: Array[u32], length: u32) -> u32:
    """The number of bits up to the highest one that is set."""
    if length == 0:
        return 0
    return length * LIMB_BITS - clz(limbs[length - 1])


def multiply_add(limbs: Array[u32], length: u32, factor: u32, addend: u32) -> u32:
    """number = number * factor + addend, with factor not zero; the new length."""
    charge_limbs(length)
    carry = u64(addend)
    for i in range(length):
        product = u64(limbs[i]) * u64(factor) + carry
        limbs[i] = u32(product)
        carry = product >> LIMB_BITS
    if carry != 0:
        limbs[length] = u32(carry)
        return length + 1
    return length


def multiply_power_of_5(limbs: Array[u32], length: u32, exponent: u32) -> u32:
    """number = number * 5**exponent; the new length."""
    while exponent >= LARGEST_POWER_OF_5:
        length = multiply_add(limbs, length, FIVES, 0)
        exponent -= LARGEST_POWER_OF_5
    factor: u32 = 1
    while exponent != 0:
        factor *= 5
        exponent -= 1
    return multiply_add(limbs, length, factor, 0)


def compare_naturals(a: Array[u32], a_length: u32, b: Array[u32], b_length: u32) -> i32:
    """Negative, zero or positive as a < b, a == b or a > b."""
    if a_length != b_length:
        return -1 if a_length < b_length else 1
    i = a_length
    while i != 0:
        i -= 1
        if a[i] != b[i]:
            return -1 if a[i] < b[i] else 1
    return 0


def subtract(a: Array[u32], a_length: u32, b: Array[u32], b_length: u32) -> u32:
    """a = a - b, for a >= b; the new length of a."""
    charge_limbs(a_length)
    borrow: u64 = 0
    for i in range(a_length):
        taken = borrow + (u64(b[i]) if i < b_length else u64(0))
        difference = u64(a[i]) - taken
        a[i] = u32(difference)
        borrow = difference >> 63
    return used_length(a, a_length)


def divide_by_tens(limbs: Array[u32], length: u32) -> tuple[u32, u32]:
    """number = number // 10**9; the new length, and the remainder."""
    charge_limbs(length)
    remainder: u64 = 0
    i = length
    while i != 0:
        i -= 1
        dividend = (remainder << LIMB_BITS) | u64(limbs[i])
        quotient = dividend // TENS
        limbs[i] = u32(quotient)
        remainder = dividend - quotient * TENS
    return used_length(limbs, length), u32(remainder)
