"""Writing the text of a float: a pen over the scratch text, and the parts that all formats share.

`float_print.py` and `float_exact.py` fill the scratch digits and say where the decimal point is; a builder or the JSON
output copies what was written, so every format serves both. Nothing here allocates, except `append_to`.
"""

from guest.compiler.language import Text, f64, float_bits, i32, inline, text_byte, text_length, u32
from guest.values.builder import Builder, add_byte
from guest.values.scratch import digits, text

PLUS = 0x2B
MINUS = 0x2D
ZERO = 0x30
POINT = 0x2E
SIGN_SHIFT = 63
SIGNIFICAND_MASK = 0xFFFFFFFFFFFFF  # of a double that is not finite: zero if it is an infinity

written: u32 = 0


def start_text() -> None:
    """Begin a new text."""
    global written
    written = 0


def put(character: u32) -> None:
    """Write one ASCII character."""
    global written
    text()[written] = character
    written += 1


def put_word(word: Text) -> None:
    """Write a static text."""
    for i in range(text_length(word)):
        put(text_byte(word, i))


def written_length() -> u32:
    """The number of bytes written since `start_text`."""
    return written


@inline
def is_finite(x: f64) -> bool:
    """Neither infinite nor NaN."""
    return x - x == 0.0


def put_special(x: f64) -> bool:
    """Write the sign of a finite x, or all of the text of one that is not; whether the latter was done."""
    negative = (float_bits(x) >> SIGN_SHIFT) != 0
    if is_finite(x):
        if negative:
            put(MINUS)
        return False
    if (float_bits(x) & SIGNIFICAND_MASK) != 0:
        put_word("nan")
        return True
    put(MINUS if negative else PLUS)
    put_word("inf")
    return True


def put_exponent(letter: u32, exponent: i32) -> None:
    """Write a decimal exponent: the letter, its sign, and at least two digits."""
    put(letter)
    put(MINUS if exponent < 0 else PLUS)
    rest = u32(0 - exponent if exponent < 0 else exponent)
    if rest >= 100:
        put(ZERO + rest // 100)
        rest = rest % 100
    put(ZERO + rest // 10)
    put(ZERO + rest % 10)


def digit_character(count: u32, index: i32) -> u32:
    """The character of the digit at `index`; zeros surround the written ones."""
    if index < 0 or index >= i32(count):
        return ZERO
    return digits()[u32(index)] + ZERO


def put_fixed(count: u32, point: i32, precision: u32) -> None:
    """Write the digits with `precision` of them after the decimal point, and no point without any."""
    if point <= 0:
        put(ZERO)
    for i in range(point):
        put(digit_character(count, i))
    if precision != 0:
        put(POINT)
    for i in range(point, point + i32(precision)):
        put(digit_character(count, i))


def put_scientific(count: u32, point: i32, precision: u32, letter: u32) -> None:
    """Write one digit, `precision` more after a point, and the exponent after `letter`."""
    put(digit_character(count, 0))
    if precision != 0:
        put(POINT)
    for i in range(1, i32(precision) + 1):
        put(digit_character(count, i))
    put_exponent(letter, point - 1 if count != 0 else 0)


def append_to(b: Builder) -> None:
    """Append what was written to a builder."""
    for i in range(written):
        add_byte(b, text()[i])
