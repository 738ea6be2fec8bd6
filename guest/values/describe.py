"""`say_repr`: the piece of an error message that shows a value, in a short form.

Relies on `failure.py` for the buffer. A value is shown as `repr` shows it, but only as far as the buffer has room and
three levels deep, so describing one is never expensive and charges nothing.
"""

from guest.compiler.language import UNDEFINED, Value, cast, i64, noinline, u32
from guest.heap.value import (
    FALSE,
    NONE,
    TRUE,
    is_float,
    is_pointer,
    is_small,
    pointer_of,
    small,
)
from guest.values import failure
from guest.values.builder import Builder, builder_new
from guest.values.byte_string import ByteString
from guest.values.byte_text import say_bytes_literal
from guest.values.dict import Dict, entry_key, entry_value
from guest.values.elements import Elements, elements_call
from guest.values.failure import has_room, lift_restriction, restrict_message, say, say_byte, say_int, say_str
from guest.values.integer import BigInt, LongInt
from guest.values.list import List
from guest.values.natural import LIMB_BITS
from guest.values.quote import needs_escape, say_escaped
from guest.values.repr import repr_into
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.text import Str, char_at, size_at
from guest.values.tuple import Tuple

MAX_DEPTH = 3
MAX_LIMBS = 24  # of an integer whose digits are shown
SHORT_BYTES = 64  # of the text of a number or an address
QUOTE = 34
COMMA = ", "


@noinline
def say_repr(v: Value) -> None:
    """Append a value, shortened if it is large."""
    say_nested(v, 0)


@noinline
def say_short_repr(v: Value, most: u32) -> None:
    """Append a value in at most so many bytes, so that what follows has room too; `...` stands for what is cut."""
    restrict_message(most)
    say_repr(v)
    if lift_restriction():
        say("...")


def say_nested(v: Value, depth: u32) -> None:
    """`say_repr` inside `depth` containers."""
    if is_small(v):
        say_int(small(v))
    elif v == NONE:
        say("None")
    elif v == TRUE:
        say("True")
    elif v == FALSE:
        say("False")
    elif is_float(v) or not is_pointer(v):
        say_built(v)
    else:
        o = pointer_of(v)
        if isinstance(o, Str):
            say_quoted(cast(Str, o))
        elif isinstance(o, LongInt):
            say_int(cast(LongInt, o).value)
        elif isinstance(o, BigInt):
            say_big(v, cast(BigInt, o).size.length)
        elif isinstance(o, List):
            say_list(cast(List, o), depth)
        elif isinstance(o, Tuple):
            say_tuple(cast(Tuple, o), depth)
        elif isinstance(o, Dict):
            say_dict(cast(Dict, o), depth)
        elif isinstance(o, Struct):
            say_struct(cast(Struct, o), depth)
        elif isinstance(o, ByteString):
            say_bytes_literal(cast(ByteString, o))
        elif isinstance(o, Elements):
            say_nested(cast(Elements, o).source, depth)
            say(elements_call(cast(Elements, o)))
        elif isinstance(o, Set):
            say_set(cast(Set, o), depth)
        else:
            say_built(v)


def say_big(v: Value, limbs: u32) -> None:
    """Append an integer past 64 bits; only its length if it is long."""
    if limbs > MAX_LIMBS:
        say("an int of about ")
        say_int(i64(limbs) * LIMB_BITS)
        say(" bits")
    else:
        say_built(v)


def say_quoted(s: Str) -> None:
    """Append a string as a literal."""
    say_byte(QUOTE)
    offset: u32 = 0
    while offset < len(s.data) and has_room():
        code = char_at(s, offset)
        size = size_at(s, offset)
        if needs_escape(code):
            say_escaped(code)
        else:
            for i in range(size):
                say_byte(s.data[offset + i])
        offset += size
    say_byte(QUOTE)


def say_list(list: List, depth: u32) -> None:
    """Append a list."""
    say("[")
    if depth == MAX_DEPTH:
        say("...")
    else:
        for i in range(list.count):
            if not has_room():
                break
            if i != 0:
                say(COMMA)
            say_nested(list.items[i], depth + 1)
    say("]")


def say_tuple(tuple: Tuple, depth: u32) -> None:
    """Append a tuple."""
    say("(")
    if depth == MAX_DEPTH:
        say("...")
    else:
        n = len(tuple.items)
        for i in range(n):
            if not has_room():
                break
            if i != 0:
                say(COMMA)
            say_nested(tuple.items[i], depth + 1)
        if n == 1:
            say(",")
    say(")")


def say_dict(dict: Dict, depth: u32) -> None:
    """Append a dict."""
    say("{")
    if depth == MAX_DEPTH:
        say("...")
    else:
        first = True
        for i in range(dict.used):
            if not has_room():
                break
            key = entry_key(dict, i)
            if key != UNDEFINED:
                if not first:
                    say(COMMA)
                first = False
                say_nested(key, depth + 1)
                say(": ")
                say_nested(entry_value(dict, i), depth + 1)
    say("}")


def say_struct(s: Struct, depth: u32) -> None:
    """Append a struct."""
    say("struct(")
    if depth == MAX_DEPTH:
        say("...")
    else:
        for i in range(len(s.fields)):
            if not has_room():
                break
            if i != 0:
                say(COMMA)
            say_str(cast(Str, s.names.items[i]))
            say(" = ")
            say_nested(s.fields[i], depth + 1)
    say(")")


def say_set(set: Set, depth: u32) -> None:
    """Append a set."""
    say("set([")
    if depth == MAX_DEPTH:
        say("...")
    else:
        first = True
        for i in range(set.elements.used):
            if not has_room():
                break
            key = entry_key(set.elements, i)
            if key != UNDEFINED:
                if not first:
                    say(COMMA)
                first = False
                say_nested(key, depth + 1)
    say("])")


def say_built(v: Value) -> None:
    """Append what a builder makes of a float, an integer past 64 bits, a function, or a value of the library.

    A builder allocates, and may fail: the message composed so far is set aside, so that a failure leaves none behind.
    """
    composed = failure.composed
    failure.composed = 0
    b = builder_new(SHORT_BYTES)
    repr_into(b, v)
    failure.composed = composed
    say_builder(b)


def say_builder(b: Builder) -> None:
    """Append what a builder holds."""
    for i in range(b.length):
        say_byte(b.data[i])
