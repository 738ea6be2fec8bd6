"""String methods that give the elements: elems, codepoints, elem_ords, codepoint_ords, each as an iterable.

The iterables are in `guest/values/elements.py`; making one copies nothing.
"""

from guest.compiler.language import Value, registered
from guest.heap.views import Registers, register
from guest.values.elements import Elements, Form


@registered("method", "str.elems()")
def str_elems(arguments: Registers) -> Value:
    """The elements, as strings."""
    return Value(Elements(source=register(arguments, 0), form=Form.ELEMS))


@registered("method", "str.codepoints()")
def str_codepoints(arguments: Registers) -> Value:
    """The code points, as strings."""
    return Value(Elements(source=register(arguments, 0), form=Form.CODEPOINTS))


@registered("method", "str.elem_ords()")
def str_elem_ords(arguments: Registers) -> Value:
    """The elements, as integers."""
    return Value(Elements(source=register(arguments, 0), form=Form.ELEM_ORDS))


@registered("method", "str.codepoint_ords()")
def str_codepoint_ords(arguments: Registers) -> Value:
    """The code points, as integers."""
    return Value(Elements(source=register(arguments, 0), form=Form.CODEPOINT_ORDS))
