"""`Elements`: what `s.elems()`, `s.codepoints()` and their `_ords` versions give: a string or bytes as an iterable.

It refers to its source and copies nothing. An element of a string is a code point, so `elems` and `codepoints` have the
same elements; they differ in type, and only `elems` has a length and an index, as in starlark-go.
"""

from enum import IntEnum

from guest.compiler.language import Object, Text, Value, cast, i64, u32, u64
from guest.heap.value import from_small
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.byte_string import ByteString, byte_value
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.text import Str, char_at, char_offset, size_at, str_equal, str_from_char
from guest.values.tuple import Tuple


class Form(IntEnum):
    """Which method made it; the odd ones give integers."""

    ELEMS = 0
    ELEM_ORDS = 1
    CODEPOINTS = 2
    CODEPOINT_ORDS = 3


class Elements(Object):
    """The elements of a Str or, as integers, of a ByteString."""

    source: Value
    form: u32


def elements_type(e: Elements) -> Text:
    """The name of the type."""
    if not isinstance(e.source, Str):
        return "bytes.elems"
    return "string.elems" if e.form < Form.CODEPOINTS else "string.codepoints"


def elements_call(e: Elements) -> Text:
    """The call that made it, as `repr` shows it after the source."""
    match e.form:
        case Form.ELEMS:
            return ".elems()"
        case Form.ELEM_ORDS:
            return ".elem_ords()"
        case Form.CODEPOINTS:
            return ".codepoints()"
        case _:
            return ".codepoint_ords()"


def equal_elements(a: Elements, b: Elements) -> bool:
    """Whether two are the same view of equal strings; those of bytes are equal only to themselves."""
    p = a.source
    q = b.source
    if a.form != b.form or not isinstance(p, Str) or not isinstance(q, Str):
        return False
    return str_equal(cast(Str, p), cast(Str, q))


def is_indexable(e: Elements) -> bool:
    """Whether it has a length and an index."""
    return isinstance(e.source, Str) and e.form < Form.CODEPOINTS


def elements_count(e: Elements) -> u32:
    """The number of elements."""
    source = e.source
    return cast(Str, source).chars if isinstance(source, Str) else len(cast(ByteString, source).data)


# Iteration goes by byte offsets, so that each step takes the same time.


def elements_end(e: Elements) -> u32:
    """The offset after the last element."""
    source = e.source
    return len(cast(Str, source).data) if isinstance(source, Str) else len(cast(ByteString, source).data)


def element_size(e: Elements, offset: u32) -> u32:
    """The number of bytes of the element at an offset below the end."""
    source = e.source
    return size_at(cast(Str, source), offset) if isinstance(source, Str) else 1


def element_at(e: Elements, offset: u32) -> Value:
    """The element at an offset below the end."""
    source = e.source
    if not isinstance(source, Str):
        return byte_value(cast(ByteString, source), offset)
    code = char_at(cast(Str, source), offset)
    if e.form & 1 != 0:
        return from_small(i64(code))
    return Value(str_from_char(code))


def indexed_element(e: Elements, index: u32) -> Value:
    """The element of a string at an index below the count."""
    return element_at(e, char_offset(cast(Str, e.source), index))


def elements_tuple(e: Elements) -> Tuple:
    """All elements."""
    count = elements_count(e)
    charge_product(u64(count), VALUE_BYTES)
    result = Tuple.allocate(count)
    offset: u32 = 0
    for i in range(count):
        charge(ELEMENT)
        element = element_at(e, offset)
        result.items[i] = element
        offset += element_size(e, offset)
    return result
