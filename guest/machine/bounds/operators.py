"""What operators cost at most, and the shapes of what they give.

One function for each kind of operator, from the shapes of its operands. An operation that ends in an error, for operands of other
types, costs no more. `functions.py` asks for each instruction.
"""

from guest.compiler.language import Object, Value, cast, i64, noinline, u32, u64
from guest.heap.value import is_small, small
from guest.machine.bounds.amounts import (
    UNKNOWN,
    larger,
    most,
    multiple,
    part,
    plus,
    times,
)
from guest.machine.bounds.shapes import (
    ALL,
    DENSE,
    DICT,
    FLOAT,
    FRESH,
    INT,
    NOTHING,
    NUMBER,
    OTHER,
    RANGE,
    SCALAR,
    SEQUENCE,
    SET,
    STR,
    TUPLE,
    TYPES,
    Shape,
    container,
    count_of,
    element_of,
    entries_of,
    joined,
    may_be,
    scalar,
    shape,
)
from guest.machine.bounds.weights import (
    COPIED,
    FORMATTED,
    ITEMS,
    adding_numbers,
    filling,
    finding_key,
    is_small_number,
    keys_of,
    multiplying,
    printing,
    text_weight,
)
from guest.meter.costs import SCAN_BYTES_PER_UNIT
from guest.syntax.opcode import Op
from guest.values.text import Str

CARRY: u64 = SCALAR
"""What a sum may weigh more than its larger operand."""
MOST_SHIFT: u64 = 100_000  # bits to the left
SHIFTED_BITS: u64 = 4  # for each unit of weight
KEYED_BYTES: u64 = 4  # of the shortest conversion with a key, in a format
PERCENT, CLOSE, LETTER_G, LETTER_R, LETTER_S = 0x25, 0x29, 0x67, 0x72, 0x73
EXACT_BYTES: u64 = 400  # of a float in full
EXACT_UNITS: u64 = 1_200
"""For all digits of the smallest floats, of which there are 1,074."""


class Priced(Object):
    """What an operation costs at most, and what it gives."""

    cost: u64
    shape: Shape


def priced(cost: u64, result: Shape) -> Priced:
    """The price of what has a result."""
    return Priced(cost=cost, shape=result)


def unknown() -> Priced:
    """Of what has no bound."""
    return Priced(cost=UNKNOWN, shape=scalar(NOTHING))


class Outcome(Object):
    """The price of an operation so far, by the types of its operands; of no shape before one is found that has the operation."""

    cost: u64
    shape: Shape | None


def outcome() -> Outcome:
    """Of no types yet."""
    return Outcome(cost=0, shape=None)


def may_give(out: Outcome, cost: u64, result: Shape) -> None:
    """For operands of some types, it costs so much and gives this."""
    known = out.shape
    out.cost = larger(out.cost, cost)
    out.shape = result if known is None else joined(known, result)


def concluded(out: Outcome) -> Priced:
    """The price for all types; without any, it is an error."""
    result = out.shape
    return Priced(cost=out.cost, shape=scalar(NOTHING) if result is None else result)


@noinline
def binary(operation: u32, a: Shape, b: Shape) -> Priced:
    """`a op b`."""
    match operation:
        case Op.ADD | Op.ADD_INT | Op.ADD_IN_PLACE:
            return accumulated(add(a, b), a, b)
        case Op.SUB | Op.SUB_INT | Op.SUB_IN_PLACE:
            return accumulated(subtract(a, b), a, b)
        case Op.MUL | Op.MUL_INT:
            return multiply(a, b)
        case Op.DIV:
            return divide(a, b)
        case Op.FLOOR_DIV | Op.FLOOR_DIV_INT:
            return divide_floored(a, b)
        case Op.MOD | Op.MOD_INT:
            return modulo(a, b)
        case Op.SHIFT_LEFT:
            return shift_left(a, b)
        case Op.SHIFT_RIGHT:
            return priced(plus(adding_numbers(a, b), 4), shape(INT, larger(a.weight, SCALAR)))
        case _:
            return combine(operation, a, b)


def are_numbers(a: Shape, b: Shape) -> bool:
    """Whether both may be numbers."""
    return may_be(a, NUMBER) and may_be(b, NUMBER)


def sum_kinds(a: Shape, b: Shape) -> u32:
    """The types of a sum, difference or product of numbers."""
    kinds: u32 = 0
    if may_be(a, INT) and may_be(b, INT):
        kinds = INT
    return kinds | FLOAT if may_be(a, FLOAT) or may_be(b, FLOAT) else kinds


def has_library(a: Shape, b: Shape) -> bool:
    """Whether it may be an operation on a value of the library, which is not looked into."""
    return may_be(a, OTHER) or may_be(b, OTHER)


@noinline
def add(a: Shape, b: Shape) -> Priced:
    """`a + b`."""
    if has_library(a, b):
        return unknown()
    out = outcome()
    if are_numbers(a, b):
        may_give(out, adding_numbers(a, b), shape(sum_kinds(a, b), plus(larger(a.weight, b.weight), CARRY)))
    both = plus(a.weight, b.weight)
    common = a.kinds & b.kinds
    if common & STR != 0:
        may_give(out, part(both, COPIED), shape(STR, both))
    if common & SEQUENCE != 0:
        count = plus(count_of(a), count_of(b))
        kinds = (common & SEQUENCE) | FRESH | (a.kinds | b.kinds) & DENSE
        elements = joined(element_of(a), element_of(b))
        may_give(out, part(count, ITEMS), container(kinds, STR, plus(both, SCALAR), count, elements))
    return concluded(out)


@noinline
def accumulated(result: Priced, a: Shape, b: Shape) -> Priced:
    """A sum or difference again, as what an accumulator has become."""
    if a.accumulator != 0 and b.accumulator != 0:
        return result
    tracked = a if a.accumulator != 0 else b
    other = b if a.accumulator != 0 else a
    if tracked.accumulator == 0:
        return result
    s = result.shape
    more = CARRY
    if s.kinds & (ALL ^ NUMBER ^ NOTHING) != 0:
        more = plus(more, other.weight)
        if s.kinds & SEQUENCE != 0:
            s.more = plus(tracked.more, count_of(other))
    s.accumulator = tracked.accumulator
    s.extra = plus(tracked.extra, more)
    s.floor = max(tracked.floor, most(other.weight))
    return result


@noinline
def subtract(a: Shape, b: Shape) -> Priced:
    """`a - b`."""
    if has_library(a, b):
        return unknown()
    out = outcome()
    if are_numbers(a, b):
        may_give(out, adding_numbers(a, b), shape(sum_kinds(a, b), plus(larger(a.weight, b.weight), CARRY)))
    if a.kinds & b.kinds & SET != 0:
        give_set(out, a, b)
    return concluded(out)


def give_set(out: Outcome, a: Shape, b: Shape) -> None:
    """What an operation on two sets gives: at most the elements of both."""
    entries = plus(entries_of(a), entries_of(b))
    looking = plus(
        times(entries_of(a), plus(finding_key(b, keys_of(a)), 1)),
        times(entries_of(b), plus(finding_key(a, keys_of(b)), 1)),
    )
    both = plus(plus(a.weight, b.weight), SCALAR)
    result = container(SET | FRESH, a.keys | b.keys, both, entries, scalar(NOTHING))
    may_give(out, plus(looking, multiple(filling(entries), 2)), result)


@noinline
def multiply(a: Shape, b: Shape) -> Priced:
    """`a * b`: of numbers, or a sequence as often as a number says that is known."""
    if has_library(a, b):
        return unknown()
    out = outcome()
    if are_numbers(a, b):
        may_give(out, multiplying(a, b), shape(sum_kinds(a, b), plus(plus(a.weight, b.weight), CARRY)))
    if may_be(a, STR | SEQUENCE) and may_be(b, INT):
        repeat(out, a, b.value)
    if may_be(b, STR | SEQUENCE) and may_be(a, INT):
        repeat(out, b, a.value)
    return concluded(out)


def repeat(out: Outcome, sequence: Shape, count: Value) -> None:
    """A sequence repeated."""
    if not is_small(count):
        out.cost = UNKNOWN
        return
    number = u64(max(small(count), i64(0)))
    weight = plus(multiple(sequence.weight, number), SCALAR)
    kinds = sequence.kinds & (STR | SEQUENCE | DENSE) | FRESH
    result = shape(kinds, plus(weight, sequence.weight))
    result.inside = sequence.inside
    result.depth = sequence.depth
    may_give(out, part(plus(weight, sequence.weight), ITEMS), result)


@noinline
def divide(a: Shape, b: Shape) -> Priced:
    """`a / b`."""
    if has_library(a, b):
        return unknown()
    return priced(adding_numbers(a, b), scalar(FLOAT))


@noinline
def divide_floored(a: Shape, b: Shape) -> Priced:
    """`a // b`."""
    if has_library(a, b):
        return unknown()
    if not are_numbers(a, b):
        return priced(0, scalar(NOTHING))
    return priced(multiplying(a, b), shape(sum_kinds(a, b), plus(a.weight, CARRY)))


@noinline
def modulo(a: Shape, b: Shape) -> Priced:
    """`a % b`: a remainder, or a format."""
    out = outcome()
    if are_numbers(a, b):
        may_give(out, multiplying(a, b), shape(sum_kinds(a, b), plus(larger(a.weight, b.weight), CARRY)))
    if may_be(a, STR):
        format(out, a, b)
    return concluded(out)


def format(out: Outcome, a: Shape, b: Shape) -> None:
    """A format: no more conversions than it has signs or, where these are not known, than it has arguments."""
    argument = b
    if may_be(b, TUPLE | DICT):
        argument = element_of(b) if b.kinds & TYPES == TUPLE else joined(element_of(b), b)
    conversions: u64 = 1
    if isinstance(a.value, Str):
        conversions = signs_of(cast(Str, a.value))
    elif may_be(b, DICT):
        conversions = plus(part(a.weight, KEYED_BYTES), 1)
    elif may_be(b, TUPLE):
        conversions = plus(count_of(b), 1)
    if may_be(b, OTHER):
        out.cost = UNKNOWN
        return
    each = text_weight(argument, True)
    units = plus(printing(argument, True), 2)
    if may_be(argument, NUMBER) and prints_exactly(a.value):
        each = plus(each, EXACT_BYTES)
        units = plus(units, EXACT_UNITS)
    pieces = times(each, conversions)
    units = times(units, conversions)
    if may_be(b, DICT):
        units = plus(
            units, times(conversions, plus(finding_key(b, shape(STR, a.weight)), part(a.weight, COPIED)))
        )
    weight = plus(plus(a.weight, pieces), FORMATTED)
    scanning = plus(part(a.weight, SCAN_BYTES_PER_UNIT), plus(part(weight, ITEMS), 8))
    may_give(out, plus(scanning, units), shape(STR, weight))


def prints_exactly(format: Value) -> bool:
    """Whether a format may have a conversion other than `%s`, `%r` and `%g`, which print all digits of a float."""
    if not isinstance(format, Str):
        return True
    text = cast(Str, format)
    for i in range(1, len(text.data)):
        # A letter after a sign, or after the key in parentheses.
        before = text.data[i - 1]
        letter = text.data[i]
        is_first = before == PERCENT or before == CLOSE
        if (
            is_first
            and letter != LETTER_S
            and letter != LETTER_R
            and letter != LETTER_G
            and letter != PERCENT
        ):
            return True
    return False


def signs_of(text: Str) -> u64:
    """How many percent signs a text has."""
    count: u64 = 0
    for i in range(len(text.data)):
        count += u64(text.data[i] == PERCENT)
    return count


@noinline
def shift_left(a: Shape, b: Shape) -> Priced:
    """`a << b`."""
    count = MOST_SHIFT
    if is_small(b.value):
        count = min(u64(max(small(b.value), i64(0))), MOST_SHIFT)
    weight = plus(a.weight, count // SHIFTED_BITS + 2 * SCALAR)
    return priced(plus(part(weight, 16), 8), shape(INT, weight))


@noinline
def combine(operation: u32, a: Shape, b: Shape) -> Priced:
    """`a & b`, `a | b`, `a ^ b`."""
    if has_library(a, b):
        return unknown()
    out = outcome()
    if may_be(a, INT) and may_be(b, INT):
        weight = plus(larger(a.weight, b.weight), 2 * CARRY)
        if operation == Op.BIT_AND or operation == Op.AND_IN_PLACE:
            # No bits but those of an operand that is not negative.
            if is_small(a.value) and small(a.value) >= 0:
                weight = a.weight
            elif is_small(b.value) and small(b.value) >= 0:
                weight = b.weight
        elif is_small_number(a) and is_small_number(b):
            weight = larger(a.weight, b.weight)
        cost: u64 = 4 if is_small_number(a) and is_small_number(b) else multiple(adding_numbers(a, b), 2)
        may_give(out, cost, shape(INT, weight))
    if a.kinds & b.kinds & SET != 0:
        give_set(out, a, b)
    if a.kinds & b.kinds & DICT != 0 and (operation == Op.BIT_OR or operation == Op.OR_IN_PLACE):
        entries = plus(entries_of(a), entries_of(b))
        both = plus(plus(a.weight, b.weight), SCALAR)
        kinds = DICT | FRESH | (a.kinds | b.kinds) & DENSE
        elements = joined(element_of(a), element_of(b))
        result = container(kinds, a.keys | b.keys, both, entries, elements)
        may_give(out, plus(multiple(filling(entries), 2), entries), result)
    return concluded(out)


@noinline
def unary(a: Shape) -> Priced:
    """`-a`, `+a`, `~a`."""
    if may_be(a, OTHER):
        return unknown()
    return priced(adding_numbers(a, a), shape(a.kinds & NUMBER, plus(a.weight, CARRY)))


@noinline
def slice_of(s: Shape) -> Priced:
    """A slice, of any bounds and step."""
    if may_be(s, OTHER):
        return unknown()
    kinds = s.kinds & (STR | SEQUENCE | RANGE | DENSE) | FRESH
    result = shape(kinds, plus(s.weight, SCALAR))
    result.count = s.count
    result.inside = s.inside
    result.depth = s.depth
    cost = plus(part(s.weight, ITEMS), 8) if may_be(s, STR) else plus(part(count_of(s), ITEMS), 1)
    return priced(cost, result)


@noinline
def indexed(s: Shape, key: Shape) -> Priced:
    """`s[key]`."""
    if may_be(s, OTHER):
        return unknown()
    cost: u64 = 0
    if may_be(s, STR | TUPLE):
        # The characters before it are counted.
        cost = part(s.weight, COPIED)
    if may_be(s, DICT):
        cost = larger(cost, finding_key(s, key))
    return priced(cost, element_of(s))


@noinline
def to_string(s: Shape, quoted: bool) -> Priced:
    """A value in an f-string, or as an argument of `str` or `repr`."""
    if may_be(s, OTHER):
        return unknown()
    if s.kinds & (TYPES ^ STR) == 0 and not quoted:
        return priced(0, s)
    return priced(printing(s, quoted), shape(STR, text_weight(s, quoted)))
