"""The built-in `struct`: its keyword arguments as the fields of a value.

Relies on `values/struct.py` for the value and on sorting, because a struct has its fields in the order of their names.
"""

from guest.compiler.language import Array, Value, cast, registered
from guest.heap.views import Registers, register
from guest.library.arguments import refuse, tuple_argument
from guest.library.iterables import keys_of
from guest.library.sorting import sorted_positions
from guest.values.charges import charge_items
from guest.values.dict import Dict, entry_value
from guest.values.struct import struct_new
from guest.values.tuple import tuple_new


@registered("builtin", "struct(*args, **kwargs)")
def builtin_struct(arguments: Registers) -> Value:
    """A value with these fields."""
    if len(tuple_argument(arguments, 0).items) != 0:
        refuse("struct", "unexpected positional arguments")
    # A dict of arguments is fresh: its entries are those of its keys, none deleted.
    given = cast(Dict, register(arguments, 1))
    keys = keys_of(given)
    n = len(keys.items)
    unsorted = Array[Value](n)
    for i in range(n):
        unsorted[i] = keys.items[i]
    positions = sorted_positions(unsorted, False)
    charge_items(2 * n)
    names = tuple_new(n)
    for i in range(n):
        names.items[i] = unsorted[positions[i]]
    result = struct_new(names)
    entries = cast(Dict, register(arguments, 1))
    for i in range(n):
        result.fields[i] = entry_value(entries, positions[i])
    return Value(result)
