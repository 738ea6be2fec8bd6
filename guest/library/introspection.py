"""Built-ins about the values themselves: hash, type.

`dir`, `getattr` and `hasattr` stand with the attributes, in `guest/machine/reflection.py`.
"""

from guest.compiler.language import Value, cast, i32, i64, registered, u32
from guest.heap.value import from_small
from guest.heap.views import Registers, register
from guest.library.arguments import wrong_operand
from guest.library.pricing import charge_characters
from guest.library.type_names import type_str
from guest.values.byte_string import ByteString
from guest.values.text import Str, char_at, is_ascii, size_at

JAVA_MULTIPLIER = 31
FNV_OFFSET = 0x811C9DC5
FNV_PRIME = 0x01000193
FIRST_SUPPLEMENTARY = 0x10000  # code points from here on are two UTF-16 units
HIGH_SURROGATE = 0xD800
LOW_SURROGATE = 0xDC00


@registered("builtin", "type(x, /)!")
def builtin_type(arguments: Registers) -> Value:
    """The name of the value's type."""
    return type_str(register(arguments, 0))


@registered("builtin", "hash(x, /)")
def builtin_hash(arguments: Registers) -> Value:
    """The hash of a string or of bytes, the same in every implementation of the language."""
    value = register(arguments, 0)
    if isinstance(value, Str):
        return from_small(i64(hash_as_java(cast(Str, value))))
    if isinstance(value, ByteString):
        return from_small(i64(hash_by_fnv(cast(ByteString, value))))
    wrong_operand("hash", value, "string or bytes")


def hash_as_java(s: Str) -> i32:
    """A polynomial over the UTF-16 units of a string, as a signed number of 32 bits."""
    n = len(s.data)
    hash: u32 = 0
    at: u32 = 0
    paid: u32 = 0
    while at < n:
        if at >= paid:
            paid = charge_characters(at, n, is_ascii(s))
        code = char_at(s, at)
        at += size_at(s, at)
        if code >= FIRST_SUPPLEMENTARY:
            hash = hash * JAVA_MULTIPLIER + (HIGH_SURROGATE + ((code - FIRST_SUPPLEMENTARY) >> 10))
            code = LOW_SURROGATE + (code & 0x3FF)
        hash = hash * JAVA_MULTIPLIER + code
    return i32(hash)


def hash_by_fnv(s: ByteString) -> u32:
    """FNV-1a of 32 bits (Fowler, Noll, Vo)."""
    n = len(s.data)
    hash: u32 = FNV_OFFSET
    at: u32 = 0
    while at < n:
        end = charge_characters(at, n, True)
        while at < end:
            hash = (hash ^ s.data[at]) * FNV_PRIME
            at += 1
    return hash
