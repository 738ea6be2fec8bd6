"""A bound on the fuel of a function of the event, found without deciding one: the dearest way through its code.

Code without loops only jumps forward, so one pass over its instructions, in their order, finds what it costs at most to get to
each. What an instruction costs depends on the sizes of its operands (`weights.py`): those of constants are known, and what comes
from the event is at most as large as the event, whose size the host gives. Wherever a cost or a size is not known, and at
loops, there is no bound, but the first such place and the reason. `bounds.py` tells the host.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Object,
    Text,
    Value,
    cast,
    i32,
    noinline,
    u32,
    u64,
)
from guest.heap.operands import (
    high_half,
    jump_of,
    low_half,
    operand_a,
    operand_b,
    operand_bx,
    operand_c,
    signed_ax,
    signed_bx,
)
from guest.machine.weights import (
    LARGE,
    SCALAR,
    WORK,
    comparing,
    finding,
    looking_up,
    plus,
    times,
    weight_of,
)
from guest.meter.fuel import charge
from guest.syntax.opcode import HELD_AFFIX_WORDS, HELD_GET_WORDS, KEYED_PER_WORD, NO_OPERAND, Op
from guest.values.function import (
    RECURSIVE_OK,
    SIMPLE,
    Builtin,
    Cell,
    Code,
    Function,
    Module,
)
from guest.values.methods import method_name
from guest.values.text import Str, text_equal

MOST_CALLS = 12  # functions that are followed into each other
LARGEST_FACTOR = 128  # of a literal that is an operand of its instruction
FORMATTED = 64  # bytes of a number as text, and units for it, with what is around it
DRIVER = 8  # instructions of the driver for one rule, at the most


class Walk(Object):
    """One function on its way: what its instructions cost at most, and what its registers hold."""

    function: Function
    code: Code
    reached: Array[u64]  # by word: 1 + the cost up to it; 0 if nothing leads there
    joins: Array[u32]  # by word: not zero if a jump leads there
    weights: Array[u64]  # by register: the most that it may hold by then
    known: Array[Value]  # by register: the value, if it can only be this one; UNDEFINED otherwise
    cost: u64  # of the dearest way to an end
    result: u64  # the weight of what it returns
    may_hold: bool
    may_fail: bool


event_bytes: u64 = 0
nesting: u32 = 0

# Why there is no bound.
has_reason: bool = False
reason: Text = ""
reason_name: Str | None = None
reason_module: Module | None = None
reason_position: u32 = 0


# Reasons.


@noinline
def refuse(walk: Walk, at: u32, why: Text) -> None:
    """There is no bound, because of the instruction at a word."""
    refuse_name(walk, at, why, None)


@noinline
def refuse_name(walk: Walk, at: u32, why: Text, name: Str | None) -> None:
    """The same, because of what has a name."""
    global has_reason, reason, reason_name, reason_module, reason_position
    if has_reason:
        return
    has_reason = True
    reason = why
    reason_name = name
    reason_module = walk.code.module
    reason_position = position_of_word(walk.code, at)


def position_of_word(code: Code, at: u32) -> u32:
    """The packed position of the instruction at a word."""
    found = code.position
    for i in range(len(code.positions) // 2):
        if code.positions[2 * i] <= at:
            found = code.positions[2 * i + 1]
    return found


# Functions.


@noinline
def walk_function(function: Function, first: u64, given: u32) -> Walk:
    """Find the dearest way through a function whose parameters weigh at most `first` each."""
    global nesting
    code = function.code
    count = u32(len(code.words)) + 1
    reached = Array[u64](count)
    joins = Array[u32](count)
    weights = Array[u64](max(code.registers, u32(1)))
    known = Array[Value](max(code.registers, u32(1)))
    walk = Walk(
        function=function,
        code=code,
        reached=reached,
        joins=joins,
        weights=weights,
        known=known,
        cost=0,
        result=0,
        may_hold=False,
        may_fail=False,
    )
    for i in range(code.registers):
        walk.known[i] = UNDEFINED
    required = code.positional - code.optional
    if code.flags & SIMPLE == 0 or given > code.positional or given < required:
        refuse_name(walk, 0, "the parameters of ", code.name)
    elif nesting == MOST_CALLS:
        refuse_name(walk, 0, "calls nested too deeply, of ", code.name)
    elif code.flags & RECURSIVE_OK != 0:
        refuse_name(walk, 0, "possible recursion of ", code.name)
    else:
        for i in range(given):
            walk.weights[i] = first
        for i in range(given, code.positional):
            put_value(walk, i, walk.function.defaults.items[i - required])
        nesting += 1
        walk.reached[0] = 1
        walk_words(walk)
        nesting -= 1
    return walk


def walk_words(walk: Walk) -> None:
    """Visit the instructions in their order: all that leads to one has been visited before it."""
    at: u32 = 0
    words = walk.code.words
    while at < len(words) and not has_reason:
        size = size_of(words[at])
        if walk.reached[at] != 0:
            charge(WORK)
            if walk.joins[at] != 0:
                for i in range(walk.code.registers):
                    walk.known[i] = UNDEFINED
            visit(walk, at, words[at], size, walk.reached[at] - 1)
        at += size


def size_of(word: u32) -> u32:
    """How many words an instruction has."""
    match word & 255:
        case (
            Op.GET_CELL
            | Op.GET_FREE
            | Op.LOAD_SYMBOL
            | Op.INDEX_SLOT
            | Op.SET_INDEX_SLOT
            | Op.ATTRIBUTE
            | Op.GET
        ):
            return 2
        case (
            Op.GET_SLOT | Op.SET_ATTRIBUTE | Op.CALL_SLOT | Op.CALL_METHOD | Op.CALL_SPREAD | Op.MAKE_FUNCTION
        ):
            return 2
        case Op.DICT_ADD_SLOT | Op.NEXT | Op.NEXT_LOOP:
            return 2
        case Op.MAKE_KEYED:
            return 2 + (operand_b(word) + KEYED_PER_WORD - 1) // KEYED_PER_WORD
        case _:
            operation = word & 255
            return 2 if operation >= Op.JUMP_EQUAL and operation <= Op.JUMP_ENDS_SLOT else 1


def reach(walk: Walk, at: u32, cost: u64, jumps: bool) -> None:
    """A way leads to a word, at this cost."""
    if cost >= LARGE:
        refuse(walk, at, "a cost beyond all limits")
    elif at < len(walk.reached):
        walk.reached[at] = max(walk.reached[at], cost + 1)
        if jumps:
            walk.joins[at] = 1


def put(walk: Walk, register: u32, weight: u64, value: Value) -> None:
    """A register gets a value."""
    walk.weights[register] = max(walk.weights[register], weight)
    walk.known[register] = value


def put_value(walk: Walk, register: u32, value: Value) -> None:
    """A register gets a value that is known."""
    put(walk, register, 0 if is_callable(value) else weight_of(value, 0), value)


def is_callable(value: Value) -> bool:
    """Whether a value can be called."""
    return isinstance(value, Function) or isinstance(value, Builtin)


def finish(walk: Walk, cost: u64, weight: u64) -> None:
    """The function ends here."""
    walk.cost = max(walk.cost, cost)
    walk.result = max(walk.result, weight)


def slot_at(walk: Walk, index: u32) -> Value:
    """A slot of the function's module."""
    return walk.code.module.slots[index]


@noinline
def visit(walk: Walk, at: u32, word: u32, size: u32, before: u64) -> None:
    """One instruction: what it costs, what it leaves, and where it leads."""
    cost = before + 1
    a = operand_a(word)
    b = operand_b(word)
    following = at + size
    operation = word & 255
    # A failing instruction is an end as well.
    finish(walk, cost, 0)
    match operation:
        case Op.MOVE:
            put(walk, a, walk.weights[b], walk.known[b])
        case Op.LOAD_SLOT | Op.GET_GLOBAL:
            put_value(walk, a, slot_at(walk, operand_bx(word)))
        case Op.LOAD_INT | Op.LOAD_NONE | Op.LOAD_BOOL | Op.CLEAR:
            put(walk, a, SCALAR, UNDEFINED)
        case Op.CHECK_LOCAL:
            pass
        case Op.NOT:
            put(walk, a, SCALAR, UNDEFINED)
        case Op.JUMP:
            reach(walk, u32(i32(following) + signed_ax(word)), cost, True)
            return
        case Op.JUMP_IF | Op.JUMP_IF_NOT:
            reach(walk, u32(i32(following) + signed_bx(word)), cost, True)
        case Op.RETURN:
            finish(walk, cost, walk.weights[a])
            walk.may_hold = True
            walk.may_fail = True
            return
        case Op.RETURN_NONE:
            finish(walk, cost, SCALAR)
            walk.may_fail = True
            return
        case Op.RETURN_BOOL:
            finish(walk, cost, SCALAR)
            if b != 0:
                walk.may_hold = True
            else:
                walk.may_fail = True
            return
        case Op.GET_FREE:
            # What a function captured while the bundle loaded has been frozen with it.
            put_value(walk, a, cast(Cell, walk.function.cells.items[b]).value)
        case Op.ADD_INT | Op.SUB_INT | Op.NEGATE:
            cost = plus(cost, plus(walk.weights[b], 8))
            put(walk, a, plus(walk.weights[b], SCALAR), UNDEFINED)
        case Op.MUL_INT:
            # A text, too, may be taken so many times.
            weight = times(walk.weights[b], LARGEST_FACTOR)
            cost = plus(cost, weight)
            put(walk, a, weight, UNDEFINED)
        case Op.FLOOR_DIV_INT | Op.MOD_INT:
            # A text, too, may be formatted with the number.
            cost = plus(cost, plus(times(walk.weights[b], 4), FORMATTED))
            put(walk, a, plus(times(walk.weights[b], 2), FORMATTED), UNDEFINED)
        case Op.ADD | Op.SUB:
            left = walk.weights[b]
            right = walk.weights[operand_c(word)]
            cost = plus(cost, plus(left, plus(right, 8)))
            if operation == Op.SUB:
                # Sets have a difference.
                cost = plus(cost, finding(left, right))
            put(walk, a, plus(left, plus(right, SCALAR)), UNDEFINED)
        case Op.TO_STRING:
            cost = plus(cost, plus(times(walk.weights[b], 8), FORMATTED))
            put(walk, a, plus(times(walk.weights[b], 6), FORMATTED), UNDEFINED)
        case Op.CONCATENATE:
            total = SCALAR
            for i in range(operand_c(word)):
                total = plus(total, walk.weights[b + i])
            cost = plus(cost, total)
            put(walk, a, total, UNDEFINED)
        case Op.CALL:
            cost = call(walk, at, a, b, cost)
        case Op.CALL_SLOT:
            put_value(walk, a, slot_at(walk, low_half(walk.code.words[at + 1])))
            cost = call(walk, at, a, b, cost)
        case Op.CALL_METHOD:
            cost = call_method(walk, at, word, cost)
            following += 1
        case Op.ATTRIBUTE | Op.INDEX_SLOT:
            cost = plus(cost, looking_up(walk.weights[b]))
            put(walk, a, walk.weights[b], UNDEFINED)
            walk.known[a] = UNDEFINED
        case Op.INDEX:
            cost = plus(cost, plus(looking_up(walk.weights[b]), plus(walk.weights[operand_c(word)], 8)))
            put(walk, a, walk.weights[b], UNDEFINED)
        case Op.GET | Op.GET_SLOT:
            cost, following = get(walk, at, word, cost)
        case Op.MAKE_LIST | Op.MAKE_TUPLE | Op.MAKE_DICT | Op.MAKE_KEYED | Op.DICT_ADD_SLOT:
            cost = make(walk, at, word, cost)
        case Op.LOOP | Op.NEXT_LOOP | Op.NEXT | Op.ITERATE:
            refuse(walk, at, "a loop")
            return
        case _:
            if operation >= Op.EQUAL and operation <= Op.NOT_IN:
                cost = plus(cost, compared(operation, walk.weights[b], walk.weights[operand_c(word)]))
                put(walk, a, SCALAR, UNDEFINED)
            elif operation >= Op.JUMP_EQUAL and operation <= Op.JUMP_ENDS_SLOT:
                cost, following = compare_and_jump(walk, at, word, cost)
            else:
                refuse(walk, at, "an operation whose cost is not known")
                return
    if cost >= LARGE:
        refuse(walk, at, "values whose size is not known")
        return
    finish(walk, cost, 0)
    reach(walk, following, cost, False)


def compared(operation: u32, left: u64, right: u64) -> u64:
    """What a comparison costs at most."""
    if (
        operation == Op.IN
        or operation == Op.NOT_IN
        or operation == Op.JUMP_IN
        or operation == Op.JUMP_IN_SLOT
    ):
        return finding(left, right)
    return comparing(left, right)


@noinline
def compare_and_jump(walk: Walk, at: u32, word: u32, before: u64) -> tuple[u64, u32]:
    """A comparison that is fused with a jump: what it costs, and where it goes on without the jump."""
    pair = walk.code.words[at + 1]
    operation = word & 255
    following = at + 2
    left = walk.weights[operand_a(word)]
    is_affix = operation == Op.JUMP_STARTS_SLOT or operation == Op.JUMP_ENDS_SLOT
    right = walk.weights[operand_b(word)]
    if operation > Op.JUMP_IN:
        right = weight_of(slot_at(walk, high_half(pair)), 0)
    if operation == Op.JUMP_SLOT_IN:
        cost = plus(before, finding(right, left))
    else:
        cost = plus(before, compared(operation, left, right))
    if is_affix:
        # A value that is no string has no such method: the way that is for others ends in an error.
        finish(walk, plus(cost, plus(looking_up(left), HELD_AFFIX_WORDS)), 0)
        following += HELD_AFFIX_WORDS
    if cost < LARGE:
        reach(walk, u32(i32(at + 2) + jump_of(pair)), cost, True)
    return cost, following


@noinline
def get(walk: Walk, at: u32, word: u32, before: u64) -> tuple[u64, u32]:
    """The method `get`: what it costs, and where it goes on."""
    pair = walk.code.words[at + 1]
    container = walk.weights[operand_b(word)]
    cost = plus(before, looking_up(container))
    if word & 255 == Op.GET:
        key = walk.weights[operand_c(word)]
        cost = plus(cost, plus(key, 8))
        fallback = weight_of(slot_at(walk, low_half(pair)), 0)
        following = at + 2 + high_half(pair)
    else:
        has_default = operand_c(word) != NO_OPERAND
        fallback = walk.weights[operand_c(word)] if has_default else SCALAR
        following = at + 2 + HELD_GET_WORDS + 1 + u32(has_default)
    # What has no such method ends in an error behind it.
    finish(walk, plus(cost, plus(looking_up(container), HELD_GET_WORDS + 2)), 0)
    put(walk, operand_a(word), max(container, fallback), UNDEFINED)
    walk.joins[following] = 1
    return cost, following


@noinline
def make(walk: Walk, at: u32, word: u32, before: u64) -> u64:
    """A display: its cost."""
    a = operand_a(word)
    weight = SCALAR
    match word & 255:
        case Op.MAKE_LIST | Op.MAKE_TUPLE:
            for i in range(operand_c(word)):
                weight = plus(weight, plus(walk.weights[operand_b(word) + i], SCALAR))
        case Op.MAKE_DICT:
            weight = plus(SCALAR, times(u64(operand_bx(word)), 32))
        case Op.MAKE_KEYED:
            names = slot_at(walk, low_half(walk.code.words[at + 1]))
            weight = weight_of(names, 0)
            for i in range(operand_b(word)):
                registers = walk.code.words[at + 2 + i // KEYED_PER_WORD]
                register = registers >> (8 * (i % KEYED_PER_WORD)) & 255
                weight = plus(weight, plus(walk.weights[register], SCALAR))
        case _:
            key = weight_of(slot_at(walk, low_half(walk.code.words[at + 1])), 0)
            weight = plus(walk.weights[a], plus(key, plus(walk.weights[operand_b(word)], SCALAR)))
    put(walk, a, weight, UNDEFINED)
    return plus(before, plus(weight, 8))


# Calls.


@noinline
def call(walk: Walk, at: u32, a: u32, given: u32, before: u64) -> u64:
    """A call of what a register holds: its cost."""
    callee = walk.known[a]
    arguments = SCALAR
    for i in range(given):
        arguments = max(arguments, walk.weights[a + 1 + i])
    if isinstance(callee, Function):
        inner = walk_function(cast(Function, callee), arguments, given)
        put(walk, a, inner.result, UNDEFINED)
        return plus(before, inner.cost)
    if isinstance(callee, Builtin):
        name = cast(Builtin, callee).name
        if given == 1 and (text_equal(name, "len") or text_equal(name, "bool") or text_equal(name, "type")):
            put(walk, a, 4 * SCALAR, UNDEFINED)
            return plus(before, 8)
        refuse_name(walk, at, "a call of the built-in ", name)
        return before
    refuse(walk, at, "a call of a function that is not known")
    return before


@noinline
def call_method(walk: Walk, at: u32, word: u32, before: u64) -> u64:
    """A call of a method: its cost. For a value that has none of this name it ends in an error."""
    a = operand_a(word)
    name = method_name(operand_c(word))
    receiver = walk.weights[a]
    cost = plus(before, looking_up(receiver))
    finish(walk, plus(cost, 2), 0)
    for i in range(operand_b(word)):
        cost = plus(cost, plus(finding(walk.weights[a + 1 + i], receiver), 8))
    if text_equal(name, "get") and operand_b(word) != 0:
        fallback = walk.weights[a + 2] if operand_b(word) == 2 else SCALAR
        put(walk, a, max(receiver, fallback), UNDEFINED)
        return plus(cost, receiver)
    if text_equal(name, "startswith") or text_equal(name, "endswith"):
        put(walk, a, SCALAR, UNDEFINED)
        return plus(cost, plus(receiver, 8))
    if operand_b(word) == 0 and (
        text_equal(name, "lower") or text_equal(name, "upper") or text_equal(name, "strip")
    ):
        put(walk, a, plus(times(receiver, 3), SCALAR), UNDEFINED)
        return plus(cost, plus(times(receiver, 4), 8))
    refuse_name(walk, at, "a call of the method ", name)
    return before
