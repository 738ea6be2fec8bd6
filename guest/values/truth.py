"""The truth of a value: what `if`, `not`, `and`, `or` and `bool()` ask.

Relies on the values' own counts.
"""

from guest.compiler.language import Value, cast, inline, noinline
from guest.heap.value import (
    FALSE,
    NONE,
    TRUE,
    float_of,
    is_float,
    is_pointer,
    is_small,
    pointer_of,
    small,
)
from guest.values.byte_string import ByteString
from guest.values.dict import Dict
from guest.values.foreign import foreign_truth, is_foreign
from guest.values.list import List
from guest.values.range import Range
from guest.values.set import Set
from guest.values.text import Str
from guest.values.tuple import Tuple


@inline
def truth(v: Value) -> bool:
    """Whether a value counts as true."""
    if v == TRUE:
        return True
    if v == FALSE:
        return False
    return truth_of_other(v)


@noinline
def truth_of_other(v: Value) -> bool:
    """`truth` of anything but a bool: zero, None and what is empty are false."""
    if is_small(v):
        return small(v) != 0
    if v == NONE:
        return False
    if is_float(v):
        return float_of(v) != 0.0
    if not is_pointer(v):
        return True
    o = pointer_of(v)
    if isinstance(o, Str):
        return len(cast(Str, o).data) != 0
    if isinstance(o, List):
        return cast(List, o).count != 0
    if isinstance(o, Dict):
        return cast(Dict, o).count != 0
    if isinstance(o, Tuple):
        return len(cast(Tuple, o).items) != 0
    if isinstance(o, Range):
        return cast(Range, o).count != 0
    if isinstance(o, Set):
        return cast(Set, o).elements.count != 0
    if isinstance(o, ByteString):
        return len(cast(ByteString, o).data) != 0
    return not is_foreign(o) or foreign_truth(o)
