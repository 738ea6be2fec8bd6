"""Bit operations on integers: a negative one goes on with ones for ever, as two's complement without a width does.

Big operands are read limb by limb as two's complement while the result is made, and the result's sign is that of the limb
above both operands.
"""

from typing import NoReturn

from guest.compiler.language import Text, Value, clz, i64, noinline, u32, u64
from guest.heap.value import from_small
from guest.values.describe import say_repr
from guest.values.failure import say, stop
from guest.values.integer import (
    INT_BITS,
    int_value,
    is_long,
    is_negative,
    limb_of,
    magnitude,
    make_int,
    make_signed,
    size_of,
)
from guest.values.natural import LIMB_BITS, natural_new, used_length
from guest.values.natural_sections import increment_section
from guest.values.natural_shifts import any_bits_below, shifted_left, shifted_right

MAX_SHIFT = 100_000  # bits to the left
AND = 0
OR = 1
XOR = 2
ALL_ONES = 0xFFFFFFFF


def int_and(a: Value, b: Value) -> Value:
    """`a & b`."""
    if is_long(a) and is_long(b):
        return make_int(int_value(a) & int_value(b))
    return combine_bits(a, b, AND)


def int_or(a: Value, b: Value) -> Value:
    """`a | b`."""
    if is_long(a) and is_long(b):
        return make_int(int_value(a) | int_value(b))
    return combine_bits(a, b, OR)


def int_xor(a: Value, b: Value) -> Value:
    """`a ^ b`."""
    if is_long(a) and is_long(b):
        return make_int(int_value(a) ^ int_value(b))
    return combine_bits(a, b, XOR)


def int_invert(a: Value) -> Value:
    """`~a`."""
    if is_long(a):
        return make_int(~int_value(a))
    return combine_bits(a, from_small(-1), XOR)


@noinline
def combine_bits(a: Value, b: Value, operation: u32) -> Value:
    """A bit operation on integers of any size."""
    a_ones = u32(ALL_ONES) if is_negative(a) else u32(0)
    b_ones = u32(ALL_ONES) if is_negative(b) else u32(0)
    p = size_of(a)
    q = size_of(b)
    size = max(p.length, q.length) + 1
    result = natural_new(size + 1)
    target = result.limbs
    ones = combined(a_ones, b_ones, operation)
    # The opposite of a number is its complement plus one: the carry of that one goes through each of the three.
    a_carry = u64(a_ones & 1)
    b_carry = u64(b_ones & 1)
    carry = u64(ones & 1)
    for i in range(size):
        a_carry += u64(limb_of(p, i) ^ a_ones)
        b_carry += u64(limb_of(q, i) ^ b_ones)
        carry += u64(combined(u32(a_carry), u32(b_carry), operation) ^ ones)
        target[i] = u32(carry)
        a_carry = a_carry >> LIMB_BITS
        b_carry = b_carry >> LIMB_BITS
        carry = carry >> LIMB_BITS
    target[size] = u32(carry)
    result.length = used_length(target, size + 1)
    return make_signed(ones != 0, result)


def combined(x: u32, y: u32, operation: u32) -> u32:
    """A bit operation on 32 bits."""
    if operation == AND:
        return x & y
    return x | y if operation == OR else x ^ y


@noinline
def bad_shift(problem: Text, count: Value) -> NoReturn:
    """End with the error of a shift count."""
    say(problem)
    say_repr(count)
    stop()


def int_shift_left(a: Value, b: Value) -> Value:
    """`a << b`."""
    if is_negative(b):
        bad_shift("negative shift count: ", b)
    if not is_long(b) or int_value(b) > MAX_SHIFT:
        bad_shift("shift count too large: ", b)
    count = u32(int_value(b))
    if is_long(a):
        x = int_value(a)
        if x == 0:
            return a
        if u64(count) < clz(magnitude(x)):
            return make_int(x << i64(count))
    return make_signed(is_negative(a), shifted_left(size_of(a), count))


def int_shift_right(a: Value, b: Value) -> Value:
    """`a >> b`, rounding down. A count beyond the number's bits leaves nothing but its sign."""
    if is_negative(b):
        bad_shift("negative shift count: ", b)
    negative = is_negative(a)
    if not is_long(b):
        return from_small(-1 if negative else 0)
    count = int_value(b)
    if is_long(a):
        return make_int(int_value(a) >> min(count, i64(INT_BITS - 1)))
    source = size_of(a)
    if count >= i64(source.length) * LIMB_BITS:
        return from_small(-1 if negative else 0)
    cut = u32(count)
    whole = cut // LIMB_BITS
    size = source.length - whole
    result = shifted_right(source.limbs, whole, size, cut % LIMB_BITS)
    # What is cut off a negative number rounds it away from zero.
    if negative and any_bits_below(source, cut):
        increment_section(result.limbs, 0, size + 1)
        result.length = used_length(result.limbs, size + 1)
    return make_signed(negative, result)
