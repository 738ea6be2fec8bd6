"""The names of the types, as `type(x)` and the error messages give them.

Relies on every class of value; messages (`describe.py`) and the library rely on it.
"""

from guest.compiler.language import Text, Value, cast, noinline
from guest.heap.value import NONE, is_bool, is_float, is_pointer, is_small, pointer_of
from guest.values.byte_string import ByteString
from guest.values.dict import Dict
from guest.values.elements import Elements, elements_type
from guest.values.failure import say
from guest.values.foreign import foreign_type, is_foreign
from guest.values.function import Builtin, Function
from guest.values.integer import BigInt, LongInt
from guest.values.list import List
from guest.values.range import Range
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.text import Str
from guest.values.tuple import Tuple


@noinline
def type_name(v: Value) -> Text:
    """The name of a value's type."""
    if is_small(v):
        return "int"
    if v == NONE:
        return "NoneType"
    if is_bool(v):
        return "bool"
    if is_float(v):
        return "float"
    if not is_pointer(v):
        return "undefined"
    o = pointer_of(v)
    if isinstance(o, Str):
        return "string"
    if isinstance(o, Dict):
        return "dict"
    if isinstance(o, List):
        return "list"
    if isinstance(o, Tuple):
        return "tuple"
    if isinstance(o, LongInt) or isinstance(o, BigInt):
        return "int"
    if isinstance(o, Range):
        return "range"
    if isinstance(o, Function):
        return "function"
    if isinstance(o, Builtin):
        return "builtin_function_or_method"
    if isinstance(o, Struct):
        return "struct"
    if isinstance(o, Set):
        return "set"
    if isinstance(o, ByteString):
        return "bytes"
    if isinstance(o, Elements):
        return elements_type(cast(Elements, o))
    if is_foreign(o):
        return foreign_type(o)
    return "internal"


@noinline
def say_type(v: Value) -> None:
    """Append the name of a value's type to the message."""
    say(type_name(v))
