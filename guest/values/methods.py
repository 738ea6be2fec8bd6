"""Methods: every method name has a number, and every type a row of built-ins by that number.

The machine fills both at boot. The emitter turns the name in `x.name(...)` into its number, so that calling a method is
one look into a table.

    table    row of the type's class | number of the name -> number of the built-in + 1, or 0
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Value,
    cast,
    i64,
    inline,
    need,
    u8,
    u16,
    u32,
)
from guest.heap.value import from_small, small
from guest.values.dict import (
    Dict,
    dict_find_interned,
    dict_get,
    dict_new,
    dict_put,
    entry_key,
    entry_value,
)
from guest.values.text import Str

MAX_NAMES = 255
NO_NAME = 255  # the number of a name that no method has
NO_METHOD: u32 = 0xFFFFFFFF
MAX_CLASSES = 256
MAX_ROWS = 32  # types with methods
ROW = 256

numbers: Dict | None = None  # name -> its number, in order
rows: Array[u8] | None = None  # class -> its row + 1, or 0
row_count: u32 = 0
table: Array[u16] | None = None


def prepare_methods() -> None:
    """Make the tables. Called once, at boot."""
    global numbers, rows, table
    numbers = dict_new(MAX_NAMES)
    rows = Array[u8](MAX_CLASSES)
    table = Array[u16](MAX_ROWS * ROW)


def method_number(name: Str) -> u32:
    """The number of a method name, which is interned; NO_NAME if no type has such a method."""
    known = need(numbers)
    position = dict_find_interned(known, name)
    if position < 0:
        return NO_NAME
    return u32(small(entry_value(known, u32(position))))


def add_method(type_class: u32, name: Str, builtin: u32) -> None:
    """Give the type of a class a method. Only at boot."""
    global row_count
    known = need(numbers)
    number = method_number(name)
    if number == NO_NAME:
        number = known.count
        assert number < MAX_NAMES
        dict_put(known, Value(name), from_small(i64(number)))
    by_class = need(rows)
    if by_class[type_class] == 0:
        assert row_count < MAX_ROWS
        row_count += 1
        by_class[type_class] = row_count
    need(table)[(by_class[type_class] - 1) * ROW + number] = builtin + 1


@inline
def find_method(type_class: u32, number: u32) -> u32:
    """The built-in that is the method of this number of a class; NO_METHOD if it has none."""
    row = need(rows)[type_class]
    if row == 0:
        return NO_METHOD
    return need(table)[(row - 1) * ROW + number] - 1


def find_method_by_name(type_class: u32, name: Str) -> u32:
    """The built-in that is the method of this name, which need not be interned; NO_METHOD if there is none."""
    number = dict_get(need(numbers), Value(name))
    if number == UNDEFINED:
        return NO_METHOD
    return find_method(type_class, u32(small(number)))


def method_count() -> u32:
    """How many method names there are; `method_name` gives each."""
    return need(numbers).count


def method_name(number: u32) -> Str:
    """The name of a number below `method_count`."""
    return cast(Str, entry_key(need(numbers), number))
