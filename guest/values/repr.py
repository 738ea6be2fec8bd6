"""`repr` and `str`: any value as text.

Relies on builders, which charge by the size of the output. The containers that are being printed are kept on the
builder's path: one that is met again inside itself prints as `[...]` or `{...}`.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, copy_items, noinline
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
from guest.meter.costs import ELEMENT, NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import (
    Builder,
    add_byte,
    add_int,
    add_str,
    add_text,
    builder_new,
    finish,
)
from guest.values.byte_string import ByteString
from guest.values.byte_text import add_bytes_literal, add_decoded
from guest.values.charges import charge_container
from guest.values.dict import Dict, entry_key, entry_value
from guest.values.elements import Elements, elements_call
from guest.values.failure import stop_saying
from guest.values.float_print import format_shortest
from guest.values.foreign import foreign_repr, foreign_str, is_foreign
from guest.values.function import Builtin, Function, HostFunction
from guest.values.int_text import add_big
from guest.values.integer import BigInt, LongInt
from guest.values.list import List
from guest.values.quote import add_quoted
from guest.values.range import Range
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.text import Str
from guest.values.tuple import Tuple
from guest.values.types import type_name

# Levels of nesting. Events nest at most 200 deep; a level takes less than 300 bytes of the Wasm stack's 256 KiB.
MAX_DEPTH = 256
FIRST_DEPTH = 8  # levels that there is room for at first
SEPARATOR = ", "
GREATER = 62  # closes `<function f>`


def str_of(v: Value) -> Str:
    """`str(v)`."""
    if isinstance(v, Str):
        return cast(Str, v)
    b = builder_new()
    if isinstance(v, ByteString):
        add_decoded(b, cast(ByteString, v))
    else:
        str_into(b, v)
    return finish(b)


def repr_of(v: Value) -> Str:
    """`repr(v)`."""
    b = builder_new()
    repr_into(b, v)
    return finish(b)


def str_into(b: Builder, v: Value) -> None:
    """Append `str(v)`: a string as it is, anything else as `repr` shows it (bytes too; only `str` itself decodes them)."""
    if isinstance(v, Str):
        add_str(b, cast(Str, v))
        return
    if is_pointer(v):
        o = pointer_of(v)
        if is_foreign(o):
            foreign_str(b, o)
            return
    repr_into(b, v)


@noinline
def repr_into(b: Builder, v: Value) -> None:
    """Append `repr(v)`."""
    charge(NUMBER_FORMAT if is_float(v) else ELEMENT)
    if is_small(v):
        add_int(b, small(v))
    elif v == NONE:
        add_text(b, "None")
    elif v == TRUE:
        add_text(b, "True")
    elif v == FALSE:
        add_text(b, "False")
    elif is_float(v):
        format_shortest(b, float_of(v))
    elif is_pointer(v):
        o = pointer_of(v)
        if isinstance(o, Str):
            add_quoted(b, cast(Str, o))
        elif isinstance(o, List):
            repr_list(b, cast(List, o))
        elif isinstance(o, Dict):
            repr_dict(b, cast(Dict, o))
        elif isinstance(o, Tuple):
            repr_tuple(b, cast(Tuple, o))
        elif isinstance(o, LongInt):
            add_int(b, cast(LongInt, o).value)
        elif isinstance(o, BigInt):
            add_big(b, v)
        elif isinstance(o, Range):
            repr_range(b, cast(Range, o))
        elif isinstance(o, Function):
            add_text(b, "<function ")
            add_str(b, cast(Function, o).code.name)
            add_byte(b, GREATER)
        elif isinstance(o, Builtin):
            repr_builtin(b, cast(Builtin, o))
        elif isinstance(o, Struct):
            repr_struct(b, cast(Struct, o))
        elif isinstance(o, Set):
            repr_set(b, cast(Set, o))
        elif isinstance(o, ByteString):
            add_bytes_literal(b, cast(ByteString, o))
        elif isinstance(o, Elements):
            repr_into(b, cast(Elements, o).source)
            add_text(b, elements_call(cast(Elements, o)))
        elif is_foreign(o):
            foreign_repr(b, o)


def enter(b: Builder, container: Value) -> bool:
    """Put a container on the path; False if it is there already, which makes a cycle."""
    depth = b.depth
    path = path_with_room(b)
    charge_container(depth)
    for i in range(depth):
        if path[i] == container:
            return False
    if depth == MAX_DEPTH:
        stop_saying("value is nested too deeply to print")
    path[depth] = container
    b.depth = depth + 1
    return True


def path_with_room(b: Builder) -> Array[Value]:
    """The path with room for one more container."""
    path = b.path
    if path is None:
        path = Array[Value](FIRST_DEPTH)
        b.path = path
    elif b.depth == len(path):
        longer = Array[Value](2 * b.depth)
        copy_items(longer, 0, path, 0, b.depth)
        b.path = longer
        path = longer
    return path


def leave_container(b: Builder) -> None:
    """Take the last container off the path."""
    b.depth -= 1


def repr_list(b: Builder, list: List) -> None:
    """Append a list."""
    if not enter(b, Value(list)):
        add_text(b, "[...]")
        return
    charge_container(list.count)
    add_text(b, "[")
    for i in range(list.count):
        if i != 0:
            add_text(b, SEPARATOR)
        repr_into(b, list.items[i])
    add_text(b, "]")
    leave_container(b)


def repr_tuple(b: Builder, tuple: Tuple) -> None:
    """Append a tuple."""
    if not enter(b, Value(tuple)):
        add_text(b, "(...)")
        return
    n = len(tuple.items)
    charge_container(n)
    add_text(b, "(")
    for i in range(n):
        if i != 0:
            add_text(b, SEPARATOR)
        repr_into(b, tuple.items[i])
    add_text(b, ",)" if n == 1 else ")")
    leave_container(b)


def repr_dict(b: Builder, dict: Dict) -> None:
    """Append a dict."""
    if not enter(b, Value(dict)):
        add_text(b, "{...}")
        return
    charge_container(2 * dict.used)
    add_text(b, "{")
    first = True
    for i in range(dict.used):
        key = entry_key(dict, i)
        if key != UNDEFINED:
            if not first:
                add_text(b, SEPARATOR)
            first = False
            repr_into(b, key)
            add_text(b, ": ")
            repr_into(b, entry_value(dict, i))
    add_text(b, "}")
    leave_container(b)


def repr_struct(b: Builder, s: Struct) -> None:
    """Append a struct."""
    if not enter(b, Value(s)):
        add_text(b, "struct(...)")
        return
    n = len(s.fields)
    charge_container(2 * n)
    add_text(b, "struct(")
    for i in range(n):
        if i != 0:
            add_text(b, SEPARATOR)
        add_str(b, cast(Str, s.names.items[i]))
        add_text(b, " = ")
        repr_into(b, s.fields[i])
    add_text(b, ")")
    leave_container(b)


def repr_set(b: Builder, set: Set) -> None:
    """Append a set; it cannot contain itself, because what it contains is hashable."""
    elements = set.elements
    charge_container(elements.used)
    add_text(b, "set([")
    first = True
    for i in range(elements.used):
        key = entry_key(elements, i)
        if key != UNDEFINED:
            if not first:
                add_text(b, SEPARATOR)
            first = False
            repr_into(b, key)
    add_text(b, "])")


def repr_range(b: Builder, range: Range) -> None:
    """Append a range with as many arguments as it needs."""
    add_text(b, "range(")
    if range.start != 0 or range.step != 1:
        add_int(b, range.start)
        add_text(b, SEPARATOR)
    add_int(b, range.stop)
    if range.step != 1:
        add_text(b, SEPARATOR)
        add_int(b, range.step)
    add_text(b, ")")


def repr_builtin(b: Builder, builtin: Builtin) -> None:
    """Append a built-in function or a bound method."""
    if builtin.receiver == UNDEFINED:
        add_text(b, "<built-in function ")
        add_str(b, builtin.name)
    elif isinstance(builtin.receiver, HostFunction):
        add_text(b, "<host function ")
        add_str(b, builtin.name)
    else:
        add_text(b, "<built-in method ")
        add_str(b, builtin.name)
        add_text(b, " of ")
        add_text(b, type_name(builtin.receiver))
        add_text(b, " value")
    add_byte(b, GREATER)
