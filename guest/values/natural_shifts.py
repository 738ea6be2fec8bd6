"""Long numbers shifted: in place, into new numbers, and what a shift to the right loses."""

from guest.compiler.language import Array, u32, u64
from guest.values.natural import LIMB_BITS, Natural, charge_limbs, natural_copy, natural_new, used_length


def shift_left(limbs: Array[u32], length: u32, bits: u32) -> u32:
    """number = number << bits; the new length."""
    charge_limbs(length)
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


def shifted_left(number: Natural, bits: u32) -> Natural:
    """number << bits."""
    result = natural_copy(number, number.length + bits // LIMB_BITS + 1)
    result.length = shift_left(result.limbs, number.length, bits)
    return result


def shifted_right(limbs: Array[u32], start: u32, n: u32, bits: u32) -> Natural:
    """limbs[start:start+n] shifted right by 0 to 31 bits, with room for one more limb."""
    result = natural_new(n + 1)
    target = result.limbs
    carry: u64 = 0
    i = n
    while i != 0:
        i -= 1
        carry = carry << LIMB_BITS | u64(limbs[start + i])
        target[i] = u32(carry >> u64(bits))
    result.length = used_length(target, n)
    return result


def any_bits_below(number: Natural, end: u32) -> bool:
    """Whether a bit below bit `end`, which is within the number, is set."""
    limbs = number.limbs
    whole = end // LIMB_BITS
    charge_limbs(whole)
    for i in range(whole):
        if limbs[i] != 0:
            return True
    return whole < number.length and limbs[whole] & ((1 << end % LIMB_BITS) - 1) != 0
