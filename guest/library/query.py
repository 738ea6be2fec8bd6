"""Parameters of a query such as `a=1&b=2`, and the built-ins `query` and `query_all` for a query without its URL.

Names and values are decoded, `+` as a space; a name without `=` has the empty value; empty parameters between ampersands are
none. So Python's `parse_qsl` reads it, blank values kept. `url.py` relies on it.
"""

from guest.compiler.language import UNDEFINED, Text, Value, cast, registered, u32
from guest.heap.state import set_frozen
from guest.heap.views import Registers
from guest.library.arguments import str_argument
from guest.library.percent_decoding import decode_part
from guest.library.url_parser import NOWHERE, QUESTION, find_byte
from guest.meter.costs import ELEMENT, URL_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.dict import Dict, dict_get, dict_new, dict_put, entry_value
from guest.values.list import List, list_append, list_new
from guest.values.text import Str

AMPERSAND, EQUALS = 0x26, 0x3D
EXPECTED_PARAMETERS = 4


@registered("builtin", "query(text, /)")
def builtin_query(arguments: Registers) -> Value:
    """The parameters by name; of several with one name the first."""
    return parameters_argument(arguments, "query", False)


@registered("builtin", "query_all(text, /)")
def builtin_query_all(arguments: Registers) -> Value:
    """The lists of all values of the parameters, by name."""
    return parameters_argument(arguments, "query_all", True)


def parameters_argument(arguments: Registers, function: Text, all: bool) -> Value:
    """The parameters in the text that is the only argument. The question mark before a query may be left on it."""
    text = str_argument(arguments, 0, function, "text")
    n = len(text.data)
    start: u32 = 1 if n != 0 and text.data[0] == QUESTION else 0
    return Value(parameters_of(text, start, n, all))


def parameters_of(text: Str, start: u32, end: u32, all: bool) -> Dict:
    """The parameters between two offsets, by name: the first value of each, or the list of all. It is frozen."""
    parameters = dict_new(EXPECTED_PARAMETERS)
    at = next_parameter(text, start, end)
    while at < end:
        name, value, at = parameter_at(text, at, end)
        known = dict_get(parameters, name)
        if all:
            values = list_new(1) if known == UNDEFINED else cast(List, known)
            list_append(values, value)
            value = Value(values)
        if known == UNDEFINED:
            dict_put(parameters, name, value)
    if all:
        for i in range(parameters.used):
            set_frozen(cast(List, entry_value(parameters, i)))
    set_frozen(parameters)
    return parameters


def parameter_at(text: Str, start: u32, query_end: u32) -> tuple[Value, Value, u32]:
    """The name and the value of the parameter at an offset, and the offset of the next one."""
    end = find_byte(text, start, query_end, AMPERSAND)
    if end == NOWHERE:
        end = query_end
    charge(ELEMENT + (end - start) // URL_BYTES_PER_UNIT)
    equals = find_byte(text, start, end, EQUALS)
    name_end = end if equals == NOWHERE else equals
    name = decode_part(text, start, name_end, True)
    value = decode_part(text, min(name_end + 1, end), end, True)
    return Value(name), Value(value), next_parameter(text, end, query_end)


def next_parameter(text: Str, start: u32, end: u32) -> u32:
    """The offset of the next parameter: empty ones between ampersands are none."""
    at = start
    while at < end and text.data[at] == AMPERSAND:
        at += 1
    charge((at - start) // URL_BYTES_PER_UNIT)
    return at
