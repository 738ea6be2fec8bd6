"""Handlers of the arithmetic operators: small integers inline, everything else in `guest/values/arithmetic.py`.

Small integers have 48 bits, so sums and differences cannot overflow an i64 and products cannot if both factors have at
most 32 bits. Each slow path is one call out of the loop that notes the meter first, because it may charge by size.
"""

from guest.compiler.language import Value, cast, div_s, i64, inline, noinline, opcode, rem_s, u32, u64
from guest.heap.operands import (
    operand_c,
    register_b,
    register_c,
    set_a,
    signed_c,
)
from guest.heap.value import (
    FALSE,
    SMALL_TAG,
    TRUE,
    fits_small,
    float_of,
    from_bool,
    from_float,
    from_small,
    is_float,
    is_small,
    small,
    value_bits,
)
from guest.heap.views import Registers
from guest.machine.account import begin_charging
from guest.syntax.opcode import Op
from guest.values.arithmetic import (
    binary_add,
    binary_bit_and,
    binary_bit_or,
    binary_bit_xor,
    binary_div,
    binary_floor_div,
    binary_mod,
    binary_mul,
    binary_shift_left,
    binary_shift_right,
    binary_sub,
    unary_invert,
    unary_minus,
    unary_plus,
)
from guest.values.text import Str, concatenate
from guest.values.truth import truth

HALF_RANGE = 1 << 31


@inline
def both_small(left: Value, right: Value) -> bool:
    """Whether both are small integers: sixteen leading ones in each."""
    return (value_bits(left) & value_bits(right)) >= SMALL_TAG


@inline
def both_half(left: i64, right: i64) -> bool:
    """Whether both fit 32 bits, so that their product fits an i64."""
    return ((u64(left + HALF_RANGE) | u64(right + HALF_RANGE)) >> 32) == 0


@inline
def floor_mod(left: i64, right: i64) -> i64:
    """The remainder with the divisor's sign. `right` is not zero."""
    rest = rem_s(left, right)
    return rest + right if rest != 0 and (rest ^ right) < 0 else rest


@inline
def floor_quotient(left: i64, right: i64) -> i64:
    """The quotient rounded down. `right` is not zero; small integers cannot overflow."""
    quotient = div_s(left, right)
    return quotient - 1 if quotient * right != left and (left ^ right) < 0 else quotient


@opcode(Op.ADD)
def op_add(word: u32, base: Registers) -> None:
    """R[A] = R[B] + R[C]"""
    left = register_b(base, word)
    right = register_c(base, word)
    if both_small(left, right):
        total = small(left) + small(right)
        if fits_small(total):
            set_a(base, word, from_small(total))
            return
    if isinstance(left, Str) and isinstance(right, Str):
        begin_charging()
        set_a(base, word, Value(concatenate(cast(Str, left), cast(Str, right))))
    else:
        set_a(base, word, slow_add(left, right))


@noinline
def slow_add(left: Value, right: Value) -> Value:
    """Addition of anything."""
    if is_float(left) and is_float(right):
        return from_float(float_of(left) + float_of(right))
    begin_charging()
    return binary_add(left, right)


@opcode(Op.SUB)
def op_sub(word: u32, base: Registers) -> None:
    """R[A] = R[B] - R[C]"""
    left = register_b(base, word)
    right = register_c(base, word)
    if both_small(left, right):
        difference = small(left) - small(right)
        if fits_small(difference):
            set_a(base, word, from_small(difference))
            return
    set_a(base, word, slow_sub(left, right))


@noinline
def slow_sub(left: Value, right: Value) -> Value:
    """Subtraction of anything."""
    if is_float(left) and is_float(right):
        return from_float(float_of(left) - float_of(right))
    begin_charging()
    return binary_sub(left, right)


@opcode(Op.MUL)
def op_mul(word: u32, base: Registers) -> None:
    """R[A] = R[B] * R[C]"""
    left = register_b(base, word)
    right = register_c(base, word)
    if both_small(left, right):
        x = small(left)
        y = small(right)
        if both_half(x, y) and fits_small(x * y):
            set_a(base, word, from_small(x * y))
            return
    set_a(base, word, slow_mul(left, right))


@noinline
def slow_mul(left: Value, right: Value) -> Value:
    """Multiplication of anything."""
    if is_float(left) and is_float(right):
        return from_float(float_of(left) * float_of(right))
    begin_charging()
    return binary_mul(left, right)


@opcode(Op.DIV)
def op_div(word: u32, base: Registers) -> None:
    """R[A] = R[B] / R[C]"""
    set_a(base, word, slow_div(register_b(base, word), register_c(base, word)))


@noinline
def slow_div(left: Value, right: Value) -> Value:
    """True division of anything."""
    begin_charging()
    return binary_div(left, right)


@opcode(Op.FLOOR_DIV)
def op_floor_div(word: u32, base: Registers) -> None:
    """R[A] = R[B] // R[C]"""
    set_a(base, word, slow_floor_div(register_b(base, word), register_c(base, word)))


@noinline
def slow_floor_div(left: Value, right: Value) -> Value:
    """Floored division of anything."""
    if both_small(left, right) and small(right) != 0:
        quotient = floor_quotient(small(left), small(right))
        if fits_small(quotient):
            return from_small(quotient)
    begin_charging()
    return binary_floor_div(left, right)


@opcode(Op.MOD)
def op_mod(word: u32, base: Registers) -> None:
    """R[A] = R[B] % R[C]"""
    set_a(base, word, slow_mod(register_b(base, word), register_c(base, word)))


@noinline
def slow_mod(left: Value, right: Value) -> Value:
    """Floored remainder, or formatting of a string."""
    if both_small(left, right) and small(right) != 0:
        return from_small(floor_mod(small(left), small(right)))
    begin_charging()
    return binary_mod(left, right)


@opcode(Op.BIT_AND)
def op_bit_and(word: u32, base: Registers) -> None:
    """R[A] = R[B] & R[C]"""
    set_a(base, word, slow_bit_and(register_b(base, word), register_c(base, word)))


@noinline
def slow_bit_and(left: Value, right: Value) -> Value:
    """Conjunction of integers (or sets)."""
    begin_charging()
    return binary_bit_and(left, right)


@opcode(Op.BIT_OR)
def op_bit_or(word: u32, base: Registers) -> None:
    """R[A] = R[B] | R[C]"""
    set_a(base, word, slow_bit_or(register_b(base, word), register_c(base, word)))


@noinline
def slow_bit_or(left: Value, right: Value) -> Value:
    """Disjunction of integers, union of dicts (or sets)."""
    begin_charging()
    return binary_bit_or(left, right)


@opcode(Op.BIT_XOR)
def op_bit_xor(word: u32, base: Registers) -> None:
    """R[A] = R[B] ^ R[C]"""
    set_a(base, word, slow_bit_xor(register_b(base, word), register_c(base, word)))


@noinline
def slow_bit_xor(left: Value, right: Value) -> Value:
    """Exclusive disjunction of integers (or sets)."""
    begin_charging()
    return binary_bit_xor(left, right)


@opcode(Op.SHIFT_LEFT)
def op_shift_left(word: u32, base: Registers) -> None:
    """R[A] = R[B] << R[C]"""
    set_a(base, word, slow_shift_left(register_b(base, word), register_c(base, word)))


@noinline
def slow_shift_left(left: Value, right: Value) -> Value:
    """Left shift of integers."""
    begin_charging()
    return binary_shift_left(left, right)


@opcode(Op.SHIFT_RIGHT)
def op_shift_right(word: u32, base: Registers) -> None:
    """R[A] = R[B] >> R[C]"""
    set_a(base, word, slow_shift_right(register_b(base, word), register_c(base, word)))


@noinline
def slow_shift_right(left: Value, right: Value) -> Value:
    """Right shift of integers."""
    begin_charging()
    return binary_shift_right(left, right)


@opcode(Op.ADD_INT)
def op_add_int(word: u32, base: Registers) -> None:
    """R[A] = R[B] + C"""
    left = register_b(base, word)
    if is_small(left):
        total = small(left) + i64(signed_c(word))
        if fits_small(total):
            set_a(base, word, from_small(total))
            return
    set_a(base, word, slow_add(left, from_small(i64(signed_c(word)))))


@opcode(Op.SUB_INT)
def op_sub_int(word: u32, base: Registers) -> None:
    """R[A] = R[B] - C"""
    left = register_b(base, word)
    if is_small(left):
        difference = small(left) - i64(signed_c(word))
        if fits_small(difference):
            set_a(base, word, from_small(difference))
            return
    set_a(base, word, slow_sub(left, from_small(i64(signed_c(word)))))


@opcode(Op.MUL_INT)
def op_mul_int(word: u32, base: Registers) -> None:
    """R[A] = R[B] * C"""
    left = register_b(base, word)
    if is_small(left):
        product = small(left) * i64(signed_c(word))
        if fits_small(product):
            set_a(base, word, from_small(product))
            return
    set_a(base, word, slow_mul(left, from_small(i64(signed_c(word)))))


@opcode(Op.FLOOR_DIV_INT)
def op_floor_div_int(word: u32, base: Registers) -> None:
    """R[A] = R[B] // C"""
    left = register_b(base, word)
    if is_small(left) and operand_c(word) != 0:
        quotient = floor_quotient(small(left), i64(signed_c(word)))
        if fits_small(quotient):
            set_a(base, word, from_small(quotient))
            return
    set_a(base, word, slow_floor_div(left, from_small(i64(signed_c(word)))))


@opcode(Op.MOD_INT)
def op_mod_int(word: u32, base: Registers) -> None:
    """R[A] = R[B] % C"""
    left = register_b(base, word)
    if is_small(left) and operand_c(word) != 0:
        set_a(base, word, from_small(floor_mod(small(left), i64(signed_c(word)))))
        return
    set_a(base, word, slow_mod(left, from_small(i64(signed_c(word)))))


@opcode(Op.NEGATE)
def op_negate(word: u32, base: Registers) -> None:
    """R[A] = -R[B]"""
    set_a(base, word, slow_minus(register_b(base, word)))


@noinline
def slow_minus(operand: Value) -> Value:
    """Negation of a number."""
    begin_charging()
    return unary_minus(operand)


@opcode(Op.POSITIVE)
def op_positive(word: u32, base: Registers) -> None:
    """R[A] = +R[B]"""
    set_a(base, word, slow_plus(register_b(base, word)))


@noinline
def slow_plus(operand: Value) -> Value:
    """A number as it is."""
    begin_charging()
    return unary_plus(operand)


@opcode(Op.INVERT)
def op_invert(word: u32, base: Registers) -> None:
    """R[A] = ~R[B]"""
    set_a(base, word, slow_invert(register_b(base, word)))


@noinline
def slow_invert(operand: Value) -> Value:
    """Complement of an integer."""
    begin_charging()
    return unary_invert(operand)


@opcode(Op.NOT)
def op_not(word: u32, base: Registers) -> None:
    """R[A] = not R[B]"""
    operand = register_b(base, word)
    if operand == TRUE:
        set_a(base, word, FALSE)
    elif operand == FALSE:
        set_a(base, word, TRUE)
    else:
        set_a(base, word, from_bool(not truth(operand)))
