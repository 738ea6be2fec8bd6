"""The binary and unary operators over all types: what the interpreter calls when its own fast paths do not apply.

Relies on each type's own file. Every operator that copies charges for the size of its result first, and a result that
can never fit the memory is refused before anything is allocated.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Text,
    Value,
    cast,
    class_id,
    copy_items,
    f64,
    floor,
    i64,
    inline,
    noinline,
    span,
    text_byte,
    u32,
    u64,
)
from guest.heap.spans import span_repeat
from guest.heap.value import (
    NONE,
    class_of,
    float_of,
    from_float,
    from_small,
    is_float,
    is_pointer,
    pointer_of,
)
from guest.values.byte_string import ByteString, concatenate_bytes, repeat_bytes
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_copy, dict_update
from guest.values.failure import say, stop, stop_saying
from guest.values.foreign import foreign_operation, is_foreign
from guest.values.int_arithmetic import int_add, int_floor_div, int_mod, int_mul, int_negate, int_sub
from guest.values.int_bits import int_and, int_invert, int_or, int_shift_left, int_shift_right, int_xor
from guest.values.int_floats import finite_float
from guest.values.integer import int_value, is_int, is_long
from guest.values.list import List
from guest.values.numeric import float_remainder
from guest.values.percent import format_percent
from guest.values.sequence import length_of
from guest.values.set import Set, difference, intersection, set_of, symmetric_difference, union
from guest.values.struct import Struct, struct_add
from guest.values.text import Str, concatenate, new_str, str_from_text
from guest.values.tuple import Tuple
from guest.values.types import say_type

PLUS_SIGN = 43

# Numbers.


@inline
def is_number(v: Value) -> bool:
    """Whether a value is an int or a float."""
    return is_float(v) or is_int(v)


@inline
def number(v: Value) -> f64:
    """A number as a float; an error if it is an int too large for one."""
    return float_of(v) if is_float(v) else finite_float(v)


@noinline
def unknown_binary(a: Value, operator: Text, b: Value) -> NoReturn:
    """End with the error of an operator that two types do not have."""
    say("unknown binary op: ")
    say_type(a)
    say(" ")
    say(operator)
    say(" ")
    say_type(b)
    if a == NONE or b == NONE:
        say(" (one side is None: test it first)")
    elif text_byte(operator, 0) == PLUS_SIGN and isinstance(a, Str) != isinstance(b, Str):
        say(" (use str(x) to make the other side a string)")
    stop()


@noinline
def other_binary(a: Value, operator: Text, b: Value) -> Value:
    """An operation on a value of the library, or the error of one that there is not."""
    if is_of_library(a) or is_of_library(b):
        result = foreign_operation(a, operator, b)
        if result != UNDEFINED:
            return result
    unknown_binary(a, operator, b)


def is_of_library(v: Value) -> bool:
    """Whether the library declares a value's class."""
    return is_pointer(v) and is_foreign(pointer_of(v))


@noinline
def unknown_unary(operator: Text, a: Value) -> NoReturn:
    """End with the error of an operator that a type does not have."""
    say("unknown unary op: ")
    say(operator)
    say(" ")
    say_type(a)
    stop()


@noinline
def binary_add(a: Value, b: Value) -> Value:
    """`a + b`."""
    if isinstance(a, Str) and isinstance(b, Str):
        return Value(concatenate(cast(Str, a), cast(Str, b)))
    if is_int(a) and is_int(b):
        return int_add(a, b)
    if is_number(a) and is_number(b):
        return from_float(number(a) + number(b))
    if isinstance(a, List) and isinstance(b, List):
        return Value(concatenate_lists(cast(List, a), cast(List, b)))
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return Value(concatenate_tuples(cast(Tuple, a), cast(Tuple, b)))
    if isinstance(a, Struct) and isinstance(b, Struct):
        return Value(struct_add(cast(Struct, a), cast(Struct, b)))
    if isinstance(a, ByteString) and isinstance(b, ByteString):
        return Value(concatenate_bytes(cast(ByteString, a), cast(ByteString, b)))
    return other_binary(a, "+", b)


@noinline
def binary_sub(a: Value, b: Value) -> Value:
    """`a - b`: of numbers or sets."""
    if is_int(a) and is_int(b):
        return int_sub(a, b)
    if is_number(a) and is_number(b):
        return from_float(number(a) - number(b))
    if isinstance(a, Set) and isinstance(b, Set):
        return set_of(difference(cast(Set, a).elements, cast(Set, b).elements))
    return other_binary(a, "-", b)


@noinline
def binary_mul(a: Value, b: Value) -> Value:
    """`a * b`."""
    if is_int(a):
        if is_int(b):
            return int_mul(a, b)
        if is_float(b):
            return from_float(number(a) * float_of(b))
        if is_repeatable(b):
            return repeat(b, a)
    elif is_float(a):
        if is_number(b):
            return from_float(float_of(a) * number(b))
    elif is_int(b) and is_repeatable(a):
        return repeat(a, b)
    return other_binary(a, "*", b)


@noinline
def binary_div(a: Value, b: Value) -> Value:
    """`a / b`, a float."""
    if not is_number(a) or not is_number(b):
        return other_binary(a, "/", b)
    divisor = number(b)
    if divisor == 0.0:
        stop_saying("floating-point division by zero")
    return from_float(number(a) / divisor)


@noinline
def binary_floor_div(a: Value, b: Value) -> Value:
    """`a // b`, rounded down."""
    if is_int(a) and is_int(b):
        return int_floor_div(a, b)
    if not is_number(a) or not is_number(b):
        return other_binary(a, "//", b)
    divisor = number(b)
    if divisor == 0.0:
        stop_saying("floored division by zero")
    return from_float(floor(number(a) / divisor))


@noinline
def binary_mod(a: Value, b: Value) -> Value:
    """`a % b`, with the sign of b; or a string formatted with values."""
    if is_int(a) and is_int(b):
        return int_mod(a, b)
    if isinstance(a, Str):
        return Value(format_percent(cast(Str, a), b))
    if not is_number(a) or not is_number(b):
        unknown_binary(a, "%", b)
    divisor = number(b)
    if divisor == 0.0:
        stop_saying("floating-point modulo by zero")
    return from_float(floored_float_remainder(number(a), divisor))


def floored_float_remainder(x: f64, y: f64) -> f64:
    """The exact remainder of `x / y` with the sign of y, which is not zero."""
    r = float_remainder(x, y)
    return r + y if r != 0.0 and (r < 0.0) != (y < 0.0) else r


@noinline
def binary_bit_and(a: Value, b: Value) -> Value:
    """`a & b`: of integers or sets."""
    if is_int(a) and is_int(b):
        return int_and(a, b)
    if isinstance(a, Set) and isinstance(b, Set):
        return set_of(intersection(cast(Set, a).elements, cast(Set, b).elements))
    unknown_binary(a, "&", b)


@noinline
def binary_bit_or(a: Value, b: Value) -> Value:
    """`a | b`: of integers, the union of two sets, or that of two dicts, where the right one wins."""
    if is_int(a) and is_int(b):
        return int_or(a, b)
    if isinstance(a, Dict) and isinstance(b, Dict):
        result = dict_copy(cast(Dict, a))
        dict_update(result, cast(Dict, b))
        return Value(result)
    if isinstance(a, Set) and isinstance(b, Set):
        return set_of(union(cast(Set, a).elements, cast(Set, b).elements))
    unknown_binary(a, "|", b)


@noinline
def binary_bit_xor(a: Value, b: Value) -> Value:
    """`a ^ b`: of integers or sets."""
    if is_int(a) and is_int(b):
        return int_xor(a, b)
    if isinstance(a, Set) and isinstance(b, Set):
        return set_of(symmetric_difference(cast(Set, a).elements, cast(Set, b).elements))
    unknown_binary(a, "^", b)


@noinline
def binary_shift_left(a: Value, b: Value) -> Value:
    """`a << b`."""
    if is_int(a) and is_int(b):
        return int_shift_left(a, b)
    unknown_binary(a, "<<", b)


@noinline
def binary_shift_right(a: Value, b: Value) -> Value:
    """`a >> b`."""
    if is_int(a) and is_int(b):
        return int_shift_right(a, b)
    unknown_binary(a, ">>", b)


@noinline
def unary_minus(a: Value) -> Value:
    """`-a`."""
    if is_int(a):
        return int_negate(a)
    if is_float(a):
        return from_float(-float_of(a))
    unknown_unary("-", a)


@noinline
def unary_plus(a: Value) -> Value:
    """`+a`."""
    if is_number(a):
        return a
    unknown_unary("+", a)


@noinline
def unary_invert(a: Value) -> Value:
    """`~a`."""
    if is_int(a):
        return int_invert(a)
    unknown_unary("~", a)


# Sequences.


def concatenate_lists(a: List, b: List) -> List:
    """A new list of the elements of two."""
    n = a.count
    m = b.count
    charge_product(u64(n) + u64(m), VALUE_BYTES)
    items = Array[Value](n + m)
    copy_items(items, 0, a.items, 0, n)
    copy_items(items, n, b.items, 0, m)
    return List(identity=0, count=n + m, locks=0, items=items)


def concatenate_tuples(a: Tuple, b: Tuple) -> Tuple:
    """The tuple of the elements of two."""
    n = len(a.items)
    m = len(b.items)
    if n == 0:
        return b
    if m == 0:
        return a
    charge_product(u64(n) + u64(m), VALUE_BYTES)
    result = Tuple.allocate(n + m)
    copy_items(result.items, 0, a.items, 0, n)
    copy_items(result.items, n, b.items, 0, m)
    return result


def is_repeatable(v: Value) -> bool:
    """Whether a value can be multiplied by an integer."""
    if not is_pointer(v):
        return False
    kind = class_of(pointer_of(v))
    return (
        kind == class_id(Str)
        or kind == class_id(List)
        or kind == class_id(Tuple)
        or kind == class_id(ByteString)
    )


def repeat(sequence: Value, times: Value) -> Value:
    """`sequence * times`: empty if that is not positive."""
    if length_of(sequence) == 0:
        times = from_small(0)
    if not is_long(times):
        say("repeat count ")
        say_repr(times)
        say(" too large")
        stop()
    count = u64(max(int_value(times), i64(0)))
    if isinstance(sequence, Str):
        return Value(repeat_str(cast(Str, sequence), count))
    if isinstance(sequence, List):
        return Value(repeat_list(cast(List, sequence), count))
    if isinstance(sequence, ByteString):
        return Value(repeat_bytes(cast(ByteString, sequence), count))
    return Value(repeat_tuple(cast(Tuple, sequence), count))


def repeat_str(s: Str, times: u64) -> Str:
    """A string repeated: copied in doubling pieces."""
    n = len(s.data)
    if n == 0 or times == 1:
        return s
    if times == 0:
        return str_from_text("")
    charge_product(times, u64(n))
    size = n * u32(times)
    result = new_str(size, s.chars * u32(times))
    copy_items(result.data, 0, s.data, 0, n)
    span_repeat(span(result.data), n, size)
    return result


def repeat_list(list: List, times: u64) -> List:
    """A new list of the elements repeated."""
    n = list.count
    charge_product(times, u64(n) * VALUE_BYTES)
    size = n * u32(times)
    items = Array[Value](size)
    if size != 0:
        copy_items(items, 0, list.items, 0, n)
        done = n
        while done < size:
            more = min(done, size - done)
            copy_items(items, done, items, 0, more)
            done += more
    return List(identity=0, count=size, locks=0, items=items)


def repeat_tuple(tuple: Tuple, times: u64) -> Tuple:
    """The tuple of the elements repeated."""
    n = len(tuple.items)
    charge_product(times, u64(n) * VALUE_BYTES)
    size = n * u32(times)
    result = Tuple.allocate(size)
    if size != 0:
        copy_items(result.items, 0, tuple.items, 0, n)
        done = n
        while done < size:
            more = min(done, size - done)
            copy_items(result.items, done, result.items, 0, more)
            done += more
    return result
