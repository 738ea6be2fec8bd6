"""The built-in `bytes`, and the method of its values: elems.

Relies on `guest/values/byte_string.py`.
"""

from guest.compiler.language import Value, cast, copy_items, i64, registered, u32, u64
from guest.heap.value import small
from guest.heap.views import Registers, register
from guest.library.arguments import wrong_operand
from guest.library.iterables import as_sequence, is_iterable, sequence_count, sequence_item
from guest.library.pricing import charge_step
from guest.values.byte_string import ByteString, is_byte, new_byte_string, no_byte
from guest.values.charges import charge_bytes, charge_product
from guest.values.elements import Elements, Form
from guest.values.failure import say, say_int, stop
from guest.values.integer import is_int
from guest.values.text import Str
from guest.values.types import say_type


@registered("builtin", "bytes(x, /)!")
def builtin_bytes(arguments: Registers) -> Value:
    """The UTF-8 of a string, or the bytes that an iterable of integers lists; bytes are themselves."""
    source = register(arguments, 0)
    if isinstance(source, ByteString):
        return source
    if isinstance(source, Str):
        return Value(encoded(cast(Str, source)))
    if not is_iterable(source):
        wrong_operand("bytes", source, "string, bytes, or iterable of ints")
    return Value(listed(as_sequence(source, "bytes", "x")))


def encoded(s: Str) -> ByteString:
    """The bytes of a string."""
    n = len(s.data)
    charge_bytes(n)
    result = new_byte_string(n)
    copy_items(result.data, 0, s.data, 0, n)
    return result


def listed(sequence: Value) -> ByteString:
    """The bytes whose values are the elements of a sequence."""
    count = sequence_count(sequence)
    charge_product(count, 1)
    result = new_byte_string(u32(count))
    for i in range(u32(count)):
        charge_step(u64(i), count)
        result.data[i] = byte_of(sequence_item(sequence, u64(i)), i)
    return result


def byte_of(value: Value, index: u32) -> u32:
    """An element as a byte; an error if it is none."""
    if is_byte(value):
        return u32(small(value))
    say("bytes: at index ")
    say_int(i64(index))
    say(", ")
    if is_int(value):
        no_byte(value)
    say("got ")
    say_type(value)
    say(", want int")
    stop()


@registered("method", "bytes.elems()")
def bytes_elems(arguments: Registers) -> Value:
    """An iterable of the bytes, as integers."""
    return Value(Elements(source=register(arguments, 0), form=Form.ELEMS))
