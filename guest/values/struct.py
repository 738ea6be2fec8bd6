"""`Struct`: named fields, immutable, in the order of their names.

Relies on tuples and text. Equality, hashes and printing are with those of the other containers (`compare.py`, `hash.py`,
`repr.py`), because they are deep; the built-in `struct` is in the library.
"""

from guest.compiler.language import UNDEFINED, Array, Inline, Object, Value, cast, u32, u64
from guest.values.charges import VALUE_BYTES, charge_items, charge_product
from guest.values.text import Str, str_compare
from guest.values.tuple import Tuple, tuple_from


class Struct(Object):
    """`names` are strings in ascending order; the field of each name is at the same index."""

    identity: u32
    names: Tuple
    fields: Inline[Value]


def struct_new(names: Tuple) -> Struct:
    """A struct whose fields are undefined, to be filled at once by the caller."""
    n = len(names.items)
    charge_items(n)
    return Struct.allocate(n, identity=0, names=names)


def struct_get(s: Struct, name: Str) -> Value:
    """The field of a name; UNDEFINED if there is none."""
    names = s.names
    low: u32 = 0
    high = len(names.items)
    while low < high:
        middle = (low + high) // 2
        order = str_compare(cast(Str, names.items[middle]), name)
        if order == 0:
            return s.fields[middle]
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return UNDEFINED


def struct_add(a: Struct, b: Struct) -> Struct:
    """The fields of both; where both have a name, that of `b`."""
    n = len(a.fields)
    m = len(b.fields)
    charge_product(2 * (u64(n) + u64(m)), 2 * VALUE_BYTES)
    names = Array[Value](n + m)
    fields = Array[Value](n + m)
    i: u32 = 0
    j: u32 = 0
    count: u32 = 0
    while i < n or j < m:
        order = -1 if j == m else 1
        if i < n and j < m:
            order = str_compare(cast(Str, a.names.items[i]), cast(Str, b.names.items[j]))
        if order < 0:
            names[count] = a.names.items[i]
            fields[count] = a.fields[i]
        else:
            names[count] = b.names.items[j]
            fields[count] = b.fields[j]
            j += 1
        if order <= 0:
            i += 1
        count += 1
    result = struct_new(tuple_from(names, 0, count))
    for k in range(count):
        result.fields[k] = fields[k]
    return result
