"""Hashes and equality of dict keys: the values that may be keys, and when two of them are the same key.

Relies on the integers, text and tuples; dicts rely on it. Equal values have equal hashes: an int and the float of the
same value are one key, and no hash depends on an address, so fuel and results are the same everywhere.
"""

from guest.compiler.language import (
    Value,
    cast,
    f64,
    float_bits,
    i64,
    inline,
    noinline,
    truncate,
    u32,
    u64,
)
from guest.heap.value import (
    class_of,
    float_of,
    is_float,
    is_pointer,
    is_small,
    pointer_of,
    small,
    value_bits,
)
from guest.values.byte_string import ByteString, bytes_equal, bytes_hash
from guest.values.charges import charge_container
from guest.values.failure import say, stop, stop_saying
from guest.values.foreign import foreign_equal, foreign_hash, is_foreign
from guest.values.function import Builtin, Function
from guest.values.int_floats import compare_with_float, int_to_float
from guest.values.integer import BigInt, LongInt, is_int, same_big
from guest.values.natural import charge_limbs
from guest.values.range import Range
from guest.values.struct import Struct
from guest.values.text import Str, str_equal, str_hash
from guest.values.tuple import Tuple
from guest.values.types import say_type

# Levels of nested tuples in a key: bounds the Wasm stack (a level takes less than 300 bytes of its 256 KiB).
MAX_KEY_DEPTH = 128
MULTIPLIER: u64 = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio
TUPLE_SEED: u64 = 0x345678
STRUCT_SEED: u64 = 0x739A1


@inline
def mix(n: u64) -> u32:
    """Spread 64 bits over 32."""
    return u32((n ^ n >> 32) * MULTIPLIER >> 32)


@inline
def hash_value(v: Value) -> u32:
    """The hash of a key; an error if the value is not hashable."""
    if is_small(v):
        return mix(u64(small(v)))
    if isinstance(v, Str):
        return str_hash(cast(Str, v))
    return hash_nested(v, 0)


@noinline
def hash_nested(v: Value, depth: u32) -> u32:
    """`hash_value` inside `depth` tuples."""
    if is_small(v):
        return mix(u64(small(v)))
    if is_float(v):
        return hash_float(float_of(v))
    if not is_pointer(v):
        return mix(value_bits(v))
    o = pointer_of(v)
    if isinstance(o, Str):
        return str_hash(cast(Str, o))
    if isinstance(o, Tuple):
        return hash_tuple(cast(Tuple, o), depth + 1)
    if isinstance(o, LongInt):
        return mix(u64(cast(LongInt, o).value))
    if isinstance(o, BigInt):
        return hash_big(cast(BigInt, o))
    if isinstance(o, Function):
        return str_hash(cast(Function, o).code.name)
    if isinstance(o, Builtin):
        return mix(u64(cast(Builtin, o).number) << 32 | u64(class_of(o)))
    if isinstance(o, Struct):
        return hash_struct(cast(Struct, o), depth + 1)
    if isinstance(o, ByteString):
        return bytes_hash(cast(ByteString, o))
    if is_foreign(o):
        hash = foreign_hash(o)
        if hash != 0:
            return hash
    say("unhashable: " if isinstance(o, Range) else "unhashable type: ")
    say_type(v)
    stop()


def hash_float(x: f64) -> u32:
    """The hash of a float: that of the int of the same value, where there is one of 64 bits."""
    whole = truncate(x)
    if whole == x and x >= -9223372036854775808.0 and x < 9223372036854775808.0:
        return mix(u64(i64(whole)))
    return mix(float_bits(x))


def hash_big(n: BigInt) -> u32:
    """The hash of an integer past 64 bits: that of the float of the same value, where there is one."""
    x = int_to_float(Value(n))
    if x - x == 0.0 and compare_with_float(Value(n), x) == 0:
        return mix(float_bits(x))
    number = n.size
    charge_limbs(number.length)
    result = u64(number.length) << 1 | u64(u32(n.negative))
    for i in range(number.length):
        result = (result ^ u64(number.limbs[i])) * MULTIPLIER
        result = result ^ result >> 29
    return u32(result >> 32)


def hash_tuple(t: Tuple, depth: u32) -> u32:
    """The hash of a tuple of hashable elements."""
    if depth > MAX_KEY_DEPTH:
        stop_saying("hash exceeded maximum recursion depth")
    n = len(t.items)
    charge_container(n)
    result = TUPLE_SEED ^ u64(n)
    for i in range(n):
        result = (result ^ u64(hash_nested(t.items[i], depth))) * MULTIPLIER
        result = result ^ result >> 29
    return u32(result >> 32)


def hash_struct(s: Struct, depth: u32) -> u32:
    """The hash of a struct of hashable fields."""
    if depth > MAX_KEY_DEPTH:
        stop_saying("hash exceeded maximum recursion depth")
    n = len(s.fields)
    charge_container(2 * n)
    result = STRUCT_SEED ^ u64(n)
    for i in range(n):
        result = (result ^ u64(str_hash(cast(Str, s.names.items[i])))) * MULTIPLIER
        result = (result ^ u64(hash_nested(s.fields[i], depth))) * MULTIPLIER
        result = result ^ result >> 29
    return u32(result >> 32)


@inline
def same_key(a: Value, b: Value) -> bool:
    """Whether two hashable values are equal."""
    if a == b:
        return True
    if is_small(a) and is_small(b):
        return False
    return same_key_nested(a, b, 0)


@noinline
def same_key_nested(a: Value, b: Value, depth: u32) -> bool:
    """`same_key` inside `depth` tuples, for values of different bits (-0.0 and 0.0 are equal)."""
    if a == b:
        return True
    if not is_pointer(a) or not is_pointer(b):
        return same_number(a, b)
    p = pointer_of(a)
    q = pointer_of(b)
    if class_of(p) != class_of(q):
        return False
    if isinstance(p, Str):
        return str_equal(cast(Str, p), cast(Str, q))
    if isinstance(p, LongInt):
        return cast(LongInt, p).value == cast(LongInt, q).value
    if isinstance(p, BigInt):
        return same_big(cast(BigInt, p), cast(BigInt, q))
    if isinstance(p, Tuple):
        return same_tuple(cast(Tuple, p), cast(Tuple, q), depth + 1)
    if isinstance(p, Struct):
        return same_struct(cast(Struct, p), cast(Struct, q), depth + 1)
    if isinstance(p, ByteString):
        return bytes_equal(cast(ByteString, p), cast(ByteString, q))
    if is_foreign(p):
        return foreign_equal(p, q)
    return False


def same_number(a: Value, b: Value) -> bool:
    """Whether two values, at least one of them immediate and of different bits, are equal numbers."""
    if is_float(a):
        if is_float(b):
            return float_of(a) == float_of(b)
        if is_small(b):
            return f64(small(b)) == float_of(a)
        return is_int(b) and compare_with_float(b, float_of(a)) == 0
    if is_float(b):
        if is_small(a):
            return f64(small(a)) == float_of(b)
        return is_int(a) and compare_with_float(a, float_of(b)) == 0
    return False


def same_tuple(a: Tuple, b: Tuple, depth: u32) -> bool:
    """Whether two tuples of hashable elements are equal."""
    if depth > MAX_KEY_DEPTH:
        stop_saying("comparison exceeded maximum recursion depth")
    n = len(a.items)
    if n != len(b.items):
        return False
    charge_container(n)
    for i in range(n):
        if not same_key_nested(a.items[i], b.items[i], depth):
            return False
    return True


def same_struct(a: Struct, b: Struct, depth: u32) -> bool:
    """Whether two structs of hashable fields are equal."""
    if depth > MAX_KEY_DEPTH:
        stop_saying("comparison exceeded maximum recursion depth")
    n = len(a.fields)
    if n != len(b.fields):
        return False
    charge_container(2 * n)
    for i in range(n):
        if not str_equal(cast(Str, a.names.items[i]), cast(Str, b.names.items[i])):
            return False
        if not same_key_nested(a.fields[i], b.fields[i], depth):
            return False
    return True
