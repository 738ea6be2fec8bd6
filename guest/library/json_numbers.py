"""JSON numbers: exact integers of any size, and the double nearest to anything with a fraction or an exponent.

Nothing is read as something else: a number with a fraction or an exponent that is past the largest double is refused.
`json_decode.py` calls this.
"""

from guest.compiler.language import Array, Value, i64, u8, u32, u64
from guest.heap.spans import bytes_span
from guest.heap.value import from_float
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.library.json_error import Fault, refuse
from guest.library.json_marks import MINUS, PLUS, POINT, ZERO
from guest.values.charges import charge_bytes
from guest.values.float_parse import parse_float
from guest.values.float_text import is_finite
from guest.values.int_text import int_from_digits
from guest.values.integer import MAX_INT, make_int

LETTER_E = 0x65
LETTER_CASE = 0x20

ALWAYS_FITTING_DIGITS = 18
MOST_DIGITS = 19  # that always fit an unsigned word
DECIMAL = 10


def digits_end(input: Bytes, at: u32, end: u32) -> u32:
    """Where the run of decimal digits from `at` ends."""
    while at < end and byte_at(input, at) - ZERO <= 9:
        at += 1
    return at


def decode_number(input: Bytes, start: u32, end: u32) -> tuple[Value, u32]:
    """The number that begins at `start` with a digit or a minus, and the offset after it; UNDEFINED if refused."""
    negative = byte_at(input, start) == MINUS
    first = start + 1 if negative else start
    at = first
    number: u64 = 0
    while at < end:
        digit = byte_at(input, at) - ZERO
        if digit > 9:
            break
        number = number * 10 + u64(digit)
        at += 1
    count = at - first
    if count == 0:
        return refuse(Fault.LONE_MINUS, start), end
    if count > 1 and byte_at(input, first) == ZERO:
        return refuse(Fault.LEADING_ZERO, first), end
    if at < end:
        byte = byte_at(input, at)
        if byte == POINT or byte | LETTER_CASE == LETTER_E:
            return decode_fraction(input, start, at, end)
    if count > ALWAYS_FITTING_DIGITS and (count > MOST_DIGITS or number > u64(MAX_INT)):
        return int_from_digits(digits_between(input, first, at), count, DECIMAL, negative), at
    return make_int(0 - i64(number) if negative else i64(number)), at


def digits_between(input: Bytes, start: u32, end: u32) -> Array[u8]:
    """The values of the decimal digits between two offsets."""
    n = end - start
    charge_bytes(n)
    digits = Array[u8](n)
    for i in range(n):
        digits[i] = byte_at(input, start + i) - ZERO
    return digits


def decode_fraction(input: Bytes, start: u32, integer_end: u32, end: u32) -> tuple[Value, u32]:
    """`decode_number` where a fraction or an exponent follows the integer part."""
    at = integer_end
    if byte_at(input, at) == POINT:
        fraction = at + 1
        at = digits_end(input, fraction, end)
        if at == fraction:
            return refuse(Fault.NO_FRACTION, integer_end), end
    if at < end and byte_at(input, at) | LETTER_CASE == LETTER_E:
        letter = at
        at += 1
        if at < end and (byte_at(input, at) == PLUS or byte_at(input, at) == MINUS):
            at += 1
        exponent = at
        at = digits_end(input, exponent, end)
        if at == exponent:
            return refuse(Fault.NO_EXPONENT, letter), end
    x, _ = parse_float(bytes_span(bytes_after(input, start)), at - start)
    if not is_finite(x):
        return refuse(Fault.LARGE_NUMBER, start), end
    return from_float(x), at
