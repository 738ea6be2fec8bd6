"""The built-in `header`: a header of a request by its name, whose case does not matter.

Headers are a dict from names to values, as gateways send them, or a sequence of pairs, as ASGI has them. They are compared
as they are: an event is different each time, so nothing could be prepared.
"""

from guest.compiler.language import UNDEFINED, Value, cast, registered, u32, u64
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.arguments import str_argument, wrong_type
from guest.library.dict_methods import check_pair
from guest.library.iterables import as_sequence, sequence_count, sequence_item
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.charges import charge_items
from guest.values.dict import Dict, entry_key, entry_value
from guest.values.list import List
from guest.values.text import Str
from guest.values.tuple import Tuple

FIRST_CAPITAL = 0x41
LETTERS = 26
CASE_BIT = 0x20


@registered("builtin", "header(headers, name, default?)")
def builtin_header(arguments: Registers) -> Value:
    """The value of the first header of a name, in whatever case; the default (None) if there is none."""
    name = str_argument(arguments, 1, "header", "name")
    headers = register(arguments, 0)
    if isinstance(headers, Dict):
        value = value_in_dict(cast(Dict, headers), name)
    elif isinstance(headers, List) or isinstance(headers, Tuple):
        value = value_in_pairs(headers, name)
    else:
        wrong_type("header", "headers", headers, "dict or sequence of pairs")
    if value != UNDEFINED:
        return value
    default = register(arguments, 2)
    return NONE if default == UNDEFINED else default


def value_in_dict(headers: Dict, name: Str) -> Value:
    """The value of the first key that is the name; UNDEFINED if none is."""
    charge_items(headers.used)
    for i in range(headers.used):
        key = entry_key(headers, i)
        if isinstance(key, Str) and is_same_name(cast(Str, key), name):
            return entry_value(headers, i)
    return UNDEFINED


def value_in_pairs(headers: Value, name: Str) -> Value:
    """The second of the first pair whose first is the name; UNDEFINED if there is none."""
    count = sequence_count(headers)
    for i in range(u32(count)):
        charge(1)
        pair = sequence_item(headers, u64(i))
        check_pair(pair, u64(i), "header")
        pair = as_sequence(pair, "header", "headers")
        key = sequence_item(pair, 0)
        if isinstance(key, Str) and is_same_name(cast(Str, key), name):
            return sequence_item(pair, 1)
    return UNDEFINED


def is_same_name(a: Str, b: Str) -> bool:
    """Whether two texts are equal but for the case of ASCII letters."""
    n = len(a.data)
    if n != len(b.data):
        return False
    charge(n // CHARACTER_BYTES_PER_UNIT)
    for i in range(n):
        if a.data[i] != b.data[i] and lower(a.data[i]) != lower(b.data[i]):
            return False
    return True


def lower(byte: u32) -> u32:
    """The byte of an ASCII letter in lower case; any other as it is."""
    return byte | CASE_BIT if byte - FIRST_CAPITAL < LETTERS else byte
