"""The registers that an instruction word names: `op | A << 8 | B << 16 | C << 24`.

One shift and one mask give an operand's byte offset in the frame (eight bytes a register), so a register access is a
shift, a mask, an addition and a load. Unchecked, like all register access: the emitter keeps operands below the
frame size that the code declares. The handlers in `guest/machine/` stand on this.
"""

from guest.compiler.language import Value, i32, inline, u32
from guest.compiler.raw import load_value, store_value
from guest.heap.views import Registers

OFFSET_MASK = 255 * 8


@inline
def operand_a(word: u32) -> u32:
    """A as a number."""
    return (word >> 8) & 255


@inline
def operand_b(word: u32) -> u32:
    """B as a number."""
    return (word >> 16) & 255


@inline
def operand_c(word: u32) -> u32:
    """C as a number."""
    return word >> 24


@inline
def operand_bx(word: u32) -> u32:
    """B and C as one unsigned number."""
    return word >> 16


@inline
def signed_bx(word: u32) -> i32:
    """B and C as one signed number."""
    return i32(word) >> 16


@inline
def signed_ax(word: u32) -> i32:
    """A, B and C as one signed number."""
    return i32(word) >> 8


@inline
def signed_c(word: u32) -> i32:
    """C as a signed number."""
    return i32(word) >> 24


@inline
def low_half(pair: u32) -> u32:
    """The first of the two numbers in an X word: K of a key pair."""
    return pair & 0xFFFF


@inline
def high_half(pair: u32) -> u32:
    """The second: K of a jump pair, H of a key pair."""
    return pair >> 16


@inline
def jump_of(pair: u32) -> i32:
    """The signed jump in a jump pair."""
    return i32(pair << 16) >> 16


@inline
def register_a(base: Registers, word: u32) -> Value:
    """R[A]."""
    return load_value(u32(base) + ((word >> 5) & OFFSET_MASK))


@inline
def register_b(base: Registers, word: u32) -> Value:
    """R[B]."""
    return load_value(u32(base) + ((word >> 13) & OFFSET_MASK))


@inline
def register_c(base: Registers, word: u32) -> Value:
    """R[C]."""
    return load_value(u32(base) + ((word >> 21) & OFFSET_MASK))


@inline
def after_a(base: Registers, word: u32) -> Value:
    """R[A + 1]."""
    return load_value(u32(base) + ((word >> 5) & OFFSET_MASK), 8)


@inline
def set_a(base: Registers, word: u32, value: Value) -> None:
    """R[A] = value. The VM stack is a root: no barrier."""
    store_value(u32(base) + ((word >> 5) & OFFSET_MASK), value)


@inline
def set_b(base: Registers, word: u32, value: Value) -> None:
    """R[B] = value."""
    store_value(u32(base) + ((word >> 13) & OFFSET_MASK), value)


@inline
def set_after_a(base: Registers, word: u32, value: Value) -> None:
    """R[A + 1] = value."""
    store_value(u32(base) + ((word >> 5) & OFFSET_MASK), value, 8)


@inline
def window_of_a(base: Registers, word: u32) -> Registers:
    """The registers from R[A] on: a method's arguments, receiver first."""
    return Registers(u32(base) + ((word >> 5) & OFFSET_MASK))


@inline
def window_of_b(base: Registers, word: u32) -> Registers:
    """The registers from R[B] on."""
    return Registers(u32(base) + ((word >> 13) & OFFSET_MASK))


@inline
def window_after_a(base: Registers, word: u32) -> Registers:
    """The registers after R[A]: a callee's window."""
    return Registers(u32(base) + ((word >> 5) & OFFSET_MASK) + 8)
