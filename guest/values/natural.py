"""Natural numbers of any size that fits an array: what exact float conversion computes with.

A number is (limbs, length): 32-bit limbs, least significant first, the last one not zero; zero has length 0. The caller owns
the array and guarantees its size (see `scratch.py`). Every loop is charged, so hostile digits cost what they take.
"""

from guest.compiler.language import Array, clz, i32, u32, u64
from guest.meter.costs import LIMBS_PER_UNIT
from guest.meter.fuel import charge

LIMB_BITS = 32
LARGEST_POWER_OF_5 = 13  # 5**13 is the last one below 2**32
FIVES = 1220703125  # 5**13
TENS = 1000000000  # 10**9


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
    charge(1 + length // LIMBS_PER_UNIT)
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


def shift_left(limbs: Array[u32], length: u32, bits: u32) -> u32:
    """number = number << bits; the new length."""
    charge(1 + length // LIMBS_PER_UNIT)
    whole = bits // LIMB_BITS
    part = bits % LIMB_BITS
    if length == 0:
        return 0
    limbs[length + whole] = 0
    i = length
    while i != 0:
        i -= 1
        pair = u64(limbs[i]) << u64(part)
        limbs[i + whole + 1] = limbs[i + whole + 1] | u32(pair >> LIMB_BITS)
        limbs[i + whole] = u32(pair)
    for j in range(whole):
        limbs[j] = 0
    length += whole
    return length + 1 if limbs[length] != 0 else length


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
    charge(1 + a_length // LIMBS_PER_UNIT)
    borrow: u64 = 0
    for i in range(a_length):
        taken = borrow + (u64(b[i]) if i < b_length else u64(0))
        difference = u64(a[i]) - taken
        a[i] = u32(difference)
        borrow = difference >> 63
    while a_length != 0 and a[a_length - 1] == 0:
        a_length -= 1
    return a_length


def divide_by_tens(limbs: Array[u32], length: u32) -> tuple[u32, u32]:
    """number = number // 10**9; the new length, and the remainder."""
    charge(1 + length // LIMBS_PER_UNIT)
    remainder: u64 = 0
    i = length
    while i != 0:
        i -= 1
        dividend = (remainder << LIMB_BITS) | u64(limbs[i])
        quotient = dividend // TENS
        limbs[i] = u32(quotient)
        remainder = dividend - quotient * TENS
    while length != 0 and limbs[length - 1] == 0:
        length -= 1
    return length, u32(remainder)
