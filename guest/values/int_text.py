"""Integers as text: in decimal, in the bases of the printing conversions, and from digits.

Relies on `natural_digits.py` for what does not fit 64 bits; printing goes to a builder, and reading starts from digits that
somebody else has checked (`int()`, the lexer, JSON).
"""

from guest.compiler.language import Array, Value, noinline, u8, u32
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_bytes, add_int, reserve
from guest.values.integer import bits_of, int_value, is_long, is_negative, make_signed, size_of
from guest.values.natural import LIMB_BITS, Natural
from guest.values.natural_digits import decimal_digits, natural_from_digits

ZERO = 0x30
MINUS = 0x2D
LETTERS_FROM = 10

# So many digits fit 63 bits in any base up to 10, 16 and 36.
SHORT_DECIMAL = 18
SHORT_HEXADECIMAL = 15
SHORT_DIGITS = 12


def int_into(b: Builder, v: Value) -> None:
    """Append an integer in decimal."""
    if is_long(v):
        add_int(b, int_value(v))
    else:
        add_big(b, v)


@noinline
def add_big(b: Builder, v: Value) -> None:
    """Append an integer of more than 64 bits in decimal."""
    if is_negative(v):
        add_byte(b, MINUS)
    digits = decimal_digits(size_of(v))
    start: u32 = 0
    while digits[start] == ZERO:
        start += 1
    add_bytes(b, digits, start, len(digits))


def int_in_base(b: Builder, v: Value, bits: u32, ten: u32) -> None:
    """Append an integer in base 2**bits; `ten` is the letter of the digit after nine."""
    if is_negative(v):
        add_byte(b, MINUS)
    number = size_of(v)
    count = max(bits_of(v) + bits - 1, bits) // bits
    charge(count // CHARACTER_BYTES_PER_UNIT)
    reserve(b, count)
    at = count
    while at != 0:
        at -= 1
        digit = digit_at(number, at * bits) & ((1 << bits) - 1)
        add_byte(b, ZERO + digit if digit < LETTERS_FROM else ten + digit - LETTERS_FROM)


def digit_at(number: Natural, first: u32) -> u32:
    """The bits of a number from bit `first` on: as many as reach into the next limb, and more."""
    limbs = number.limbs
    index = first // LIMB_BITS
    part = first % LIMB_BITS
    low = limbs[index] >> part if index < number.length else u32(0)
    if part == 0 or index + 1 >= number.length:
        return low
    return low | limbs[index + 1] << (LIMB_BITS - part)


def is_short(count: u32, base: u32) -> bool:
    """Whether any number of so many digits fits 63 bits, so that it can be added up without looking for overflow."""
    if base > 16:
        return count <= SHORT_DIGITS
    return count <= (SHORT_DECIMAL if base <= 10 else SHORT_HEXADECIMAL)


def int_from_digits(digits: Array[u8], count: u32, base: u32, negative: bool) -> Value:
    """The integer with these digits, the most significant first, in a base of 2 to 36."""
    return make_signed(negative, natural_from_digits(digits, count, base))
