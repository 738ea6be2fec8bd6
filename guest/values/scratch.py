"""Working arrays of the number routines, made once when the guest boots.

Parsing a float reads bytes at an address that a collection would invalidate, so it must not allocate; these arrays are
born in the old space, never move and are never shared between two calls. `natural.py`'s numbers live in them.
"""

from guest.compiler.language import Array, inline, need, u8, u32
from guest.heap.allocate import old_array_u8, old_array_u32

NATURAL_LIMBS = (
    160  # 5,120 bits: 800 digits over 10**1130, and every bit of any double written out, with room to shift
)
DIGIT_BYTES = 1152  # more than the 767 significant digits of a double written out, or 800 digits of an input
TEXT_BYTES = 1536  # the longest text of a float: sign, 309 digits, point, 1,100 digits

first_natural: Array[u32] | None = None
second_natural: Array[u32] | None = None
digit_bytes: Array[u8] | None = None
text_bytes: Array[u8] | None = None


def prepare_scratch() -> None:
    """Make the arrays; called at boot, before any number is read or printed."""
    global first_natural, second_natural, digit_bytes, text_bytes
    first_natural = old_array_u32(NATURAL_LIMBS)
    second_natural = old_array_u32(NATURAL_LIMBS)
    digit_bytes = old_array_u8(DIGIT_BYTES)
    text_bytes = old_array_u8(TEXT_BYTES)


@inline
def first_limbs() -> Array[u32]:
    """The limbs of one natural number."""
    return need(first_natural)


@inline
def second_limbs() -> Array[u32]:
    """The limbs of another natural number."""
    return need(second_natural)


@inline
def digits() -> Array[u8]:
    """Decimal digits, as numbers 0 to 9."""
    return need(digit_bytes)


@inline
def text() -> Array[u8]:
    """The text of a float."""
    return need(text_bytes)
