"""Instructions that neither jump nor call: what each costs at most, and what it leaves in its registers.

`functions.py` comes here with all that it does not know itself. An instruction that ends in an error costs no more than one that
does not, so that errors are not looked at.
"""

from guest.compiler.language import UNDEFINED, Value, cast, i64, noinline, u32, u64
from guest.heap.operands import (
    low_half,
    operand_a,
    operand_b,
    operand_bx,
    operand_c,
    signed_bx,
    signed_c,
)
from guest.heap.value import from_small
from guest.library.namespace import Namespace, namespace_member
from guest.machine.bounds.amounts import UNKNOWN, lesser, most, multiple, part, plus
from guest.machine.bounds.operators import Priced, binary, indexed, slice_of, to_string, unary
from guest.machine.bounds.reasons import refuse
from guest.machine.bounds.shapes import (
    ADDRESS,
    ALL,
    CALLABLE,
    CALLABLE_WEIGHT,
    DICT,
    FRESH,
    INT,
    LIST,
    NETWORKS,
    NOTHING,
    OTHER,
    SCALAR,
    STR,
    STRUCT,
    TUPLE,
    UNLOOKED,
    Shape,
    container,
    count_of,
    element_of,
    entries_of,
    joined,
    may_be,
    scalar,
    second_of,
    shape,
    shape_of,
    visited,
    with_key,
    with_weight,
)
from guest.machine.bounds.walks import Walk, fail, get, put, put_value, slot_at, slot_shape
from guest.machine.bounds.weights import ITEMS, METHODS, comparing, filling, finding, finding_key, suggesting
from guest.meter.costs import FREE_PROBES
from guest.syntax.opcode import KEYED_PER_WORD, Op
from guest.values.dict import Dict, dict_find_interned
from guest.values.function import Cell, Code, Function
from guest.values.methods import NO_NAME, method_number
from guest.values.struct import Struct, struct_get
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new


@noinline
def plain(walk: Walk, at: u32, word: u32, before: u64) -> u64:
    """One instruction: the cost of it and of all before it."""
    a = operand_a(word)
    b = operand_b(word)
    operation = word & 255
    match operation:
        case Op.MOVE:
            put(walk, a, get(walk, b))
            return before
        case Op.LOAD_SLOT | Op.GET_GLOBAL:
            put(walk, a, slot_shape(walk, operand_bx(word)))
            return before
        case Op.LOAD_INT:
            put_value(walk, a, from_small(i64(signed_bx(word))))
            return before
        case Op.LOAD_NONE | Op.LOAD_BOOL | Op.NOT:
            put(walk, a, scalar(NOTHING))
            return before
        case Op.CLEAR:
            walk.now.shapes[a] = UNDEFINED
            return before
        case Op.CHECK_LOCAL | Op.END_ITERATION:
            return before
        case Op.GET_FREE:
            # What a function captured while the bundle loaded has been frozen with it.
            put_value(walk, a, cast(Cell, walk.function.cells.items[b]).value)
            return before
        case Op.ADD_INT | Op.SUB_INT | Op.MUL_INT | Op.FLOOR_DIV_INT | Op.MOD_INT:
            number = shape_of(from_small(i64(signed_c(word))), 0)
            return operate(walk, at, a, binary(operation, get(walk, b), number), before)
        case Op.ADD | Op.SUB | Op.MUL | Op.DIV | Op.FLOOR_DIV | Op.MOD:
            return operate(walk, at, a, binary(operation, get(walk, b), get(walk, operand_c(word))), before)
        case Op.BIT_AND | Op.BIT_OR | Op.BIT_XOR | Op.SHIFT_LEFT | Op.SHIFT_RIGHT:
            return operate(walk, at, a, binary(operation, get(walk, b), get(walk, operand_c(word))), before)
        case Op.ADD_IN_PLACE | Op.OR_IN_PLACE | Op.SUB_IN_PLACE | Op.AND_IN_PLACE | Op.XOR_IN_PLACE:
            if get(walk, b).kinds & FRESH != 0:
                refuse(walk.code, at, "a list, dict or set that is changed in place")
                return UNKNOWN
            return operate(walk, at, a, binary(operation, get(walk, b), get(walk, operand_c(word))), before)
        case Op.NEGATE | Op.POSITIVE | Op.INVERT:
            return operate(walk, at, a, unary(get(walk, b)), before)
        case Op.SLICE:
            return operate(walk, at, a, slice_of(get(walk, b)), before)
        case Op.INDEX:
            found = indexed(get(walk, b), get(walk, operand_c(word)))
            fail(walk, plus(plus(before, found.cost), suggesting(get(walk, b))))
            return operate(walk, at, a, found, before)
        case Op.INDEX_SLOT:
            return index_constant(walk, at, a, get(walk, b), before)
        case Op.ATTRIBUTE:
            return attribute(walk, at, a, get(walk, b), before)
        case Op.TO_STRING:
            return operate(walk, at, a, to_string(get(walk, b), operand_c(word) != 0), before)
        case Op.EQUAL | Op.NOT_EQUAL:
            cost = comparing(get(walk, b), get(walk, operand_c(word)))
            put(walk, a, scalar(NOTHING))
            return plus(before, cost)
        case Op.LESS | Op.LESS_EQUAL | Op.GREATER | Op.GREATER_EQUAL:
            cost = multiple(comparing(get(walk, b), get(walk, operand_c(word))), 2)
            put(walk, a, scalar(NOTHING))
            return plus(before, cost)
        case Op.IN | Op.NOT_IN:
            cost = finding(get(walk, b), get(walk, operand_c(word)))
            put(walk, a, scalar(NOTHING))
            return plus(before, cost)
        case Op.ITERATE:
            iterable = get(walk, b)
            if may_be(iterable, OTHER):
                refuse(walk.code, at, "a loop over a value that is not known")
            put(walk, a, iterable)
            put(walk, a + 1, scalar(INT))
            return before
        case Op.MAKE_FUNCTION:
            return make_function(walk, at, word, before)
        case _:
            return display(walk, at, word, before)


def operate(walk: Walk, at: u32, target: u32, found: Priced, before: u64) -> u64:
    """An operation whose price has been found."""
    if found.cost == UNKNOWN:
        operation = walk.code.words[at] & 255
        if operation == Op.MUL or operation == Op.MUL_INT:
            refuse(walk.code, at, "a product that may repeat a text (use int(x) or float(x))")
        elif operation == Op.ATTRIBUTE:
            refuse(walk.code, at, "an attribute of a value that is not known")
        else:
            refuse(walk.code, at, "values whose size is not known")
    put(walk, target, found.shape)
    return plus(before, found.cost)


# Elements and attributes.


@noinline
def index_constant(walk: Walk, at: u32, target: u32, s: Shape, before: u64) -> u64:
    """`x[key]`: a constant key that a dict has costs nothing to find, and one that it has not ends in an error."""
    key = slot_at(walk, low_half(walk.code.words[at + 1]))
    found = indexed(s, shape_of(key, 0))
    known = s.value
    fail(walk, plus(plus(before, found.cost), suggesting(s)))
    if isinstance(key, Str) and not may_be(s, OTHER):
        # A text is no index of a sequence.
        found.cost = 0
    if s.weight != UNKNOWN and isinstance(known, Dict) and isinstance(key, Str):
        position = dict_find_interned(cast(Dict, known), cast(Str, key))
        if position >= 0:
            put_value(walk, target, cast(Dict, known).entries[2 * u32(position) + 1])
            return before
    if isinstance(key, Str):
        among = with_key(s, cast(Str, key), None)
        if among is not None:
            put(walk, target, among)
            return plus(before, found.cost)
    return operate(walk, at, target, found, before)


@noinline
def attribute(walk: Walk, at: u32, target: u32, s: Shape, before: u64) -> u64:
    """`x.name`: of an event's object, of a namespace or struct that is known, of an address; or a method."""
    name = cast(Str, slot_at(walk, low_half(walk.code.words[at + 1])))
    known = s.value
    if isinstance(known, Namespace):
        member = namespace_member(cast(Namespace, known), name)
        if member != UNDEFINED:
            put_value(walk, target, member)
        return before
    if isinstance(known, Struct):
        field = struct_get(cast(Struct, known), name)
        if field != UNDEFINED:
            put_value(walk, target, field)
        fail(walk, plus(before, METHODS + 2 * u64(len(cast(Struct, known).fields))))
        return before
    if may_be(s, UNLOOKED | NETWORKS):
        refuse(walk.code, at, "an attribute of a value that is not known: ", name)
        return UNKNOWN
    result = element_of(s) if may_be(s, DICT | STRUCT) else scalar(NOTHING)
    if may_be(s, ADDRESS):
        result = joined(result, scalar(NOTHING | INT))
    if method_number(name) != NO_NAME:
        result = joined(result, shape(CALLABLE, CALLABLE_WEIGHT))
    put(walk, target, result)
    # An object has the key, and it costs nothing to find; or it has it not, and that is an error.
    chain = finding_key(s, shape(STR, SCALAR)) if may_be(s, DICT) else u64(0)
    fail(walk, plus(plus(before, chain), suggesting(s)))
    return before


# Displays, comprehensions and functions.


@noinline
def make_function(walk: Walk, at: u32, word: u32, before: u64) -> u64:
    """A function that is made on the way, and captures nothing."""
    if operand_b(word) != 0 or operand_c(word) != 0:
        refuse(walk.code, at, "a function that captures variables, or has defaults")
        return UNKNOWN
    code = cast(Code, slot_at(walk, low_half(walk.code.words[at + 1])))
    made = Function(identity=0, code=code, defaults=tuple_new(0), cells=tuple_new(0))
    put_value(walk, operand_a(word), Value(made))
    return plus(before, 2)


@noinline
def display(walk: Walk, at: u32, word: u32, before: u64) -> u64:
    """A display, or a part of one."""
    a = operand_a(word)
    b = operand_b(word)
    match word & 255:
        case Op.MAKE_LIST:
            return make_sequence(walk, a, b, operand_c(word), LIST | FRESH, before)
        case Op.MAKE_TUPLE:
            return make_sequence(walk, a, b, operand_c(word), TUPLE, before)
        case Op.LIST_APPEND:
            append(walk, a, get(walk, b))
            return plus(before, 1)
        case Op.LIST_TO_TUPLE:
            s = with_weight(get(walk, b), get(walk, b).weight)
            s.kinds = TUPLE | s.kinds & (ALL ^ LIST ^ FRESH)
            put(walk, a, s)
            return plus(before, plus(part(count_of(s), ITEMS), 1))
        case Op.MAKE_DICT:
            put(walk, a, container(DICT | FRESH, 0, SCALAR, 0, scalar(NOTHING)))
            return plus(before, u64(operand_bx(word)) // 4 + 1)
        case Op.MAKE_KEYED:
            return make_keyed(walk, at, word, before)
        case Op.DICT_ADD_SLOT:
            key = shape_of(slot_at(walk, low_half(walk.code.words[at + 1])), 0)
            return enter_key(walk, a, key, get(walk, b), before)
        case Op.DICT_PUT | Op.DICT_PUT_UNIQUE:
            return enter_key(walk, a, get(walk, b), get(walk, operand_c(word)), before)
        case Op.UNPACK:
            return unpack(walk, at, a, b, operand_c(word), before)
        case Op.CONCATENATE:
            total: u64 = 0
            for i in range(operand_c(word)):
                total = plus(total, get(walk, b + i).weight)
            put(walk, a, shape(STR, plus(total, SCALAR)))
            return plus(before, plus(part(total, 8), 4))
        case Op.SET_INDEX | Op.SET_INDEX_SLOT:
            refuse(walk.code, at, "an assignment to an element")
            return UNKNOWN
        case Op.GET_CELL | Op.SET_CELL | Op.NEW_CELL | Op.LOAD_FREE_CELL:
            refuse(walk.code, at, "a variable that another function captures")
            return UNKNOWN
        case _:
            refuse(walk.code, at, "an operation whose cost is not known")
            return UNKNOWN


def make_sequence(walk: Walk, target: u32, first: u32, count: u32, kinds: u32, before: u64) -> u64:
    """A list or tuple of registers."""
    weight = SCALAR
    inside = scalar(NOTHING)
    for i in range(count):
        s = get(walk, first + i)
        weight = plus(weight, plus(s.weight, SCALAR))
        inside = s if i == 0 else joined(inside, s)
    put(walk, target, container(kinds, STR, weight, u64(count), with_weight(inside, inside.weight)))
    return plus(before, u64(count) // ITEMS + 1)


def append(walk: Walk, target: u32, element: Shape) -> None:
    """Another element of the list of a comprehension, which nobody else has seen."""
    s = get(walk, target)
    more = plus(element.weight, SCALAR)
    held = with_weight(element, element.weight)
    inside = s.inside
    result = container(
        s.kinds,
        s.keys,
        plus(s.weight, more),
        plus(s.count, 1) if s.count != UNKNOWN else UNKNOWN,
        held if inside is None or s.count == 0 else joined(inside, held),
    )
    result.accumulator = s.accumulator
    result.extra = plus(s.extra, more)
    result.floor = s.floor
    result.more = plus(s.more, 1)
    put(walk, target, result)


@noinline
def enter_key(walk: Walk, target: u32, key: Shape, value: Shape, before: u64) -> u64:
    """Another entry of the dict of a comprehension or display."""
    s = get(walk, target)
    more = plus(plus(key.weight, value.weight), 2 * SCALAR)
    inside = s.inside
    held = with_weight(value, value.weight)
    empty = inside is None or s.count == 0
    result = container(
        s.kinds,
        s.keys | key.kinds,
        plus(s.weight, more),
        plus(s.count, 1) if s.count != UNKNOWN else UNKNOWN,
        held if inside is None or empty else joined(inside, held),
    )
    if s.accumulator != 0:
        result.accumulator = s.accumulator
        result.extra = plus(s.extra, more)
        result.floor = s.floor
        result.more = plus(s.more, 1)
    # All keys may collide; making room for more is paid by those before.
    entries = most(entries_of(result))
    each = plus(
        filling(1), u64(0) if entries <= FREE_PROBES else most(part(filling(entries), max(entries, u64(1))))
    )
    put(walk, target, result)
    return plus(before, plus(plus(each, finding_key(result, key)), 4))


@noinline
def make_keyed(walk: Walk, at: u32, word: u32, before: u64) -> u64:
    """A dict of a few constant keys."""
    names = cast(Tuple, slot_at(walk, low_half(walk.code.words[at + 1])))
    weight = shape_of(Value(names), 0).weight
    inside = scalar(NOTHING)
    count = operand_b(word)
    for i in range(count):
        registers = walk.code.words[at + 2 + i // KEYED_PER_WORD]
        s = get(walk, registers >> (8 * (i % KEYED_PER_WORD)) & 255)
        weight = plus(weight, plus(s.weight, SCALAR))
        inside = s if i == 0 else joined(inside, s)
    held = with_weight(inside, inside.weight)
    put(walk, operand_a(word), container(DICT | FRESH, STR, weight, u64(count), held))
    return plus(before, u64(count) + 2)


def unpack(walk: Walk, at: u32, first: u32, source: u32, count: u32, before: u64) -> u64:
    """The elements of a sequence in registers."""
    s = get(walk, source)
    if may_be(s, OTHER):
        refuse(walk.code, at, "the elements of a value that is not known")
    element = visited(s)
    for i in range(count):
        put(walk, first + i, element)
    head = s.first
    if head is not None and count == 2:
        put(walk, first, with_weight(head, lesser(s.weight, head.weight)))
        put(walk, first + 1, second_of(s))
    return before
