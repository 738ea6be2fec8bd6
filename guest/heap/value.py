"""The 64-bit Value: what its bits say, and how to make one.

    0x0000 oooo oooo oooo   a pointer: the object's offset, zero-extended (all zero: UNDEFINED)
    0x0001 0000 0000 000x   None, False, True
    0x0002 ... 0xFFF2       a double, its bits plus 2 << 48
    0xFFFF iiii iiii iiii   an integer of 48 bits

So a pointer needs no unboxing, a test for any one kind is one or two instructions, and equal bits mean equal
values for everything but floats and objects. NaNs are made one NaN when they are boxed, because the bits that
arithmetic leaves in a NaN are not deterministic in Wasm.
"""

from __future__ import annotations

from guest.compiler.language import Object, Value, bits_float, f64, float_bits, i64, inline, u32, u64
from guest.compiler.raw import address, bits, from_bits, load_u8, pointer_at
from guest.heap.header import CLASS_OFFSET

SINGLETON_TAG = 0x0001 << 48
FLOAT_BIAS = 0x0002 << 48
SMALL_TAG = 0xFFFF << 48
CANONICAL_NAN = 0x7FF8 << 48

FALSE_BITS = SINGLETON_TAG + 1
NONE: Value = from_bits(SINGLETON_TAG)
FALSE: Value = from_bits(FALSE_BITS)
TRUE: Value = from_bits(SINGLETON_TAG + 2)


@inline
def value_bits(v: Value) -> u64:
    """The bits of a Value that is not a pointer (a pointer's change when the collector moves its object)."""
    return bits(v)


@inline
def is_pointer(v: Value) -> bool:
    """Whether this is a heap object."""
    return bits(v) - 1 < SINGLETON_TAG - 1


@inline
def pointer_of(v: Value) -> Object:
    """The object of a Value for which `is_pointer` holds."""
    return pointer_at(Object, u32(bits(v)))


@inline
def class_of(o: Object) -> u32:
    """The class number of an object, comparable with `class_id(Class)`."""
    return load_u8(address(o), CLASS_OFFSET)


@inline
def is_small(v: Value) -> bool:
    """Whether this is an integer of 48 bits."""
    return bits(v) >= SMALL_TAG


@inline
def small(v: Value) -> i64:
    """The integer of a Value for which `is_small` holds."""
    return i64(bits(v) << 16) >> 16


@inline
def fits_small(x: i64) -> bool:
    """Whether an integer fits 48 bits."""
    return u64(x) + (1 << 47) < (1 << 48)


@inline
def from_small(x: i64) -> Value:
    """Box an integer for which `fits_small` holds."""
    return from_bits(u64(x) | SMALL_TAG)


@inline
def is_float(v: Value) -> bool:
    """Whether this is a float."""
    return bits(v) - FLOAT_BIAS < SMALL_TAG - FLOAT_BIAS


@inline
def float_of(v: Value) -> f64:
    """The double of a Value for which `is_float` holds."""
    return bits_float(bits(v) - FLOAT_BIAS)


@inline
def from_float(x: f64) -> Value:
    """Box a double."""
    pattern = float_bits(x)
    if x != x:
        pattern = CANONICAL_NAN
    return from_bits(pattern + FLOAT_BIAS)


@inline
def is_bool(v: Value) -> bool:
    """Whether this is True or False."""
    return bits(v) - FALSE_BITS < 2


@inline
def from_bool(x: bool) -> Value:
    """Box a bool."""
    return from_bits(u64(u32(x)) + FALSE_BITS)
