"""String methods that give the elements: elems, codepoints, elem_ords, codepoint_ords, each as a fresh list.

An element of a string is a Unicode code point, so the first two are the same, and so are the last two.
"""

from guest.compiler.language import Array, Value, i64, registered, u32, u64
from guest.heap.value import from_small
from guest.heap.views import Registers
from guest.library.arguments import receiver_str
from guest.library.pricing import charge_step
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.list import list_of
from guest.values.text import char_at, size_at, str_from_char


@registered("method", "str.elems()")
def str_elems(arguments: Registers) -> Value:
    """The elements, as strings."""
    return characters_of(arguments)


@registered("method", "str.codepoints()")
def str_codepoints(arguments: Registers) -> Value:
    """The code points, as strings."""
    return characters_of(arguments)


@registered("method", "str.elem_ords()")
def str_elem_ords(arguments: Registers) -> Value:
    """The elements, as integers."""
    return ordinals_of(arguments)


@registered("method", "str.codepoint_ords()")
def str_codepoint_ords(arguments: Registers) -> Value:
    """The code points, as integers."""
    return ordinals_of(arguments)


def characters_of(arguments: Registers) -> Value:
    """The list of the receiver's code points as strings."""
    s = receiver_str(arguments)
    charge_product(u64(s.chars), VALUE_BYTES)
    items = Array[Value](s.chars)
    at: u32 = 0
    for i in range(s.chars):
        charge_step(u64(i), u64(s.chars))
        code = char_at(s, at)
        at += size_at(s, at)
        items[i] = Value(str_from_char(code))
    return Value(list_of(items))


def ordinals_of(arguments: Registers) -> Value:
    """The list of the receiver's code points as integers."""
    s = receiver_str(arguments)
    charge_product(u64(s.chars), VALUE_BYTES)
    items = Array[Value](s.chars)
    at: u32 = 0
    for i in range(s.chars):
        charge_step(u64(i), u64(s.chars))
        items[i] = from_small(i64(char_at(s, at)))
        at += size_at(s, at)
    return Value(list_of(items))
