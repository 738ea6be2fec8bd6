"""What the parameters of a function of the rules hold, of the shapes of its arguments: as `binding.py` binds them."""

from guest.compiler.language import UNDEFINED, Array, Value, cast, noinline, u32, u64
from guest.machine.bounds.amounts import plus
from guest.machine.bounds.shapes import (
    DICT,
    FRESH,
    NOTHING,
    SCALAR,
    STR,
    TUPLE,
    Shape,
    container,
    joined,
    scalar,
    shape_of,
)
from guest.values.function import KWARGS, VARARGS, Function
from guest.values.tuple import Tuple

NO_PARAMETER: u32 = 0xFFFFFFFF


@noinline
def bound_arguments(
    function: Function, given: Array[Value], count: u32, names: Tuple | None
) -> Array[Value] | None:
    """The shapes of the parameters: of `count` positional arguments, and one for each name. None: the call is an error."""
    code = function.code
    parameters = u32(len(code.parameters.items))
    named = code.positional + code.keyword_only
    bound = Array[Value](parameters)
    for i in range(parameters):
        bound[i] = UNDEFINED
    for i in range(min(count, code.positional)):
        bound[i] = given[i]
    if code.flags & VARARGS != 0:
        bound[named] = Value(gathered(given, min(count, code.positional), count, TUPLE))
    elif count > code.positional:
        return None
    others: u32 = 0
    if names is not None:
        for i in range(len(names.items)):
            at = parameter_of(function, names.items[i])
            if at != NO_PARAMETER:
                bound[at] = given[count + i]
            elif code.flags & KWARGS == 0:
                return None
            else:
                others += 1
    if code.flags & KWARGS != 0:
        last = len(given)
        rest = gathered(given, count if others != 0 else last, last, DICT | FRESH)
        rest.weight = plus(rest.weight, shape_of(Value(names), 0).weight if names is not None else u64(0))
        bound[parameters - 1] = Value(rest)
    required = code.positional - code.optional
    for i in range(named):
        if bound[i] == UNDEFINED:
            value = UNDEFINED if i < required else function.defaults.items[i - required]
            if value == UNDEFINED:
                return None
            bound[i] = Value(shape_of(value, 0))
    return bound


def parameter_of(function: Function, name: Value) -> u32:
    """The parameter that a name sets."""
    code = function.code
    for i in range(code.positional + code.keyword_only):
        if code.parameters.items[i] == name:
            return i
    return NO_PARAMETER


def gathered(given: Array[Value], start: u32, end: u32, kinds: u32) -> Shape:
    """The tuple of positional arguments that are left over, or the dict of named ones, of which some may be."""
    weight = SCALAR
    inside = scalar(NOTHING)
    for i in range(start, end):
        s = cast(Shape, given[i])
        weight = plus(weight, plus(s.weight, 2 * SCALAR))
        inside = s if i == start else joined(inside, s)
    return container(kinds, STR, weight, u64(end - start), inside)
