"""The results of `type(x)` as strings that exist already, so that asking for a type allocates nothing.

Made at boot for the types that every program uses; the names of others are made anew when they are asked for. All are
interned, so comparing one with a literal is comparing two pointers.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Text,
    Value,
    class_id,
    need,
    noinline,
    span,
    u32,
)
from guest.heap.value import class_of, is_bool, is_float, is_pointer, is_small, pointer_of
from guest.values.byte_string import ByteString
from guest.values.dict import Dict
from guest.values.function import Builtin, Function
from guest.values.integer import BigInt, LongInt
from guest.values.interning import find_interned, intern_text
from guest.values.list import List
from guest.values.range import Range
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.text import Str, str_from_text, str_hash
from guest.values.tuple import Tuple
from guest.values.types import type_name

CLASSES = 256  # a class number is a byte
# Immediate values have no class: their names follow those of the classes.
INT = CLASSES
FLOAT = CLASSES + 1
BOOL = CLASSES + 2
NONE_TYPE = CLASSES + 3

names: Array[Value] | None = None


def prepare_type_names() -> None:
    """Make the names. Called once, at boot."""
    global names
    table = Array[Value](NONE_TYPE + 1)
    names = table
    name_type(INT, "int")
    name_type(FLOAT, "float")
    name_type(BOOL, "bool")
    name_type(NONE_TYPE, "NoneType")
    name_type(class_id(LongInt), "int")
    name_type(class_id(BigInt), "int")
    name_type(class_id(Str), "string")
    name_type(class_id(List), "list")
    name_type(class_id(Tuple), "tuple")
    name_type(class_id(Dict), "dict")
    name_type(class_id(Range), "range")
    name_type(class_id(Struct), "struct")
    name_type(class_id(Set), "set")
    name_type(class_id(ByteString), "bytes")
    name_type(class_id(Function), "function")
    name_type(class_id(Builtin), "builtin_function_or_method")


def name_type(kind: u32, name: Text) -> None:
    """Enter one name."""
    s = intern_text(name)
    need(names)[kind] = Value(s)


def type_str(v: Value) -> Value:
    """The name of a value's type, as a string."""
    kind: u32 = NONE_TYPE
    if is_small(v):
        kind = INT
    elif is_pointer(v):
        kind = class_of(pointer_of(v))
    elif is_bool(v):
        kind = BOOL
    elif is_float(v):
        kind = FLOAT
    name = need(names)[kind]
    return made_name(v) if name == UNDEFINED else name


@noinline
def made_name(v: Value) -> Value:
    """The name of a type that has no entry; the interned string if the bundle mentions the name."""
    name = str_from_text(type_name(v))
    known = find_interned(span(name.data), len(name.data), str_hash(name))
    return Value(name) if known is None else Value(known)
