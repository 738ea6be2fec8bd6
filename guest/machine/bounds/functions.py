"""A bound on the fuel of a function of the event, found without deciding one: the dearest way through its code.

Code without loops only jumps forward, so one pass over its instructions, in their order, finds what it costs at most to get to
each. What an instruction costs depends on what its operands may be (`shapes.py`): constants are known, and what comes
from the event is at most as large as the event, whose size the host gives. A loop over something whose size is bounded is walked
through until its registers hold no more than before (`loops.py`). Wherever a cost or a size is not known there is no bound,
but the first such place and the reason (`reasons.py`). `report.py` tells the host.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Text, Value, cast, i32, need, noinline, u32, u64
from guest.heap.operands import (
    high_half,
    jump_of,
    low_half,
    operand_a,
    operand_b,
    operand_c,
    signed_ax,
    signed_bx,
)
from guest.machine import builtins
from guest.machine.bounds import amounts, reasons
from guest.machine.bounds.amounts import UNKNOWN, multiple, plus, summed, with_element
from guest.machine.bounds.arguments import bound_arguments
from guest.machine.bounds.builtins import builtin, dict_with_names
from guest.machine.bounds.found import Found, remember, remembered
from guest.machine.bounds.instructions import plain
from guest.machine.bounds.loops import Loop, begin_round, end_round, left_state, open_loop
from guest.machine.bounds.methods import get_method, method
from guest.machine.bounds.operators import Priced
from guest.machine.bounds.reasons import refuse, relocate
from guest.machine.bounds.shapes import (
    CALLABLE,
    ITERABLE,
    NOTHING,
    OTHER,
    WORK,
    Shape,
    may_be,
    scalar,
    with_weight,
)
from guest.machine.bounds.walks import (
    Exit,
    State,
    Walk,
    copied_state,
    fail,
    finish,
    get,
    give,
    join_states,
    put,
    reach,
    slot_at,
    slot_shape,
    walk_new,
)
from guest.machine.bounds.weights import METHODS, comparing, filling, finding, suggesting
from guest.machine.code_words import size_of
from guest.meter.fuel import charge
from guest.syntax.opcode import HELD_AFFIX_WORDS, HELD_GET_WORDS, NO_OPERAND, Op
from guest.values.function import PRELUDE, RECURSIVE_OK, Builtin, Function, HostFunction
from guest.values.methods import method_name
from guest.values.text import text_equal
from guest.values.tuple import Tuple

MOST_CALLS = 16  # functions that are followed into each other
MOST_ROUNDS = 12  # through a loop, until nothing is new


@noinline
def function_bound(function: Function, arguments: Array[Value], caller: Walk | None) -> Found:
    """Find the dearest way through a function whose parameters have these shapes."""
    known = remembered(function, arguments)
    if known is not None:
        return known
    walk = walk_new(function, caller)
    for i in range(len(arguments)):
        walk.now.shapes[i] = arguments[i]
    walk.reached[0] = 1
    walk_words(walk, 0, len(walk.code.words))
    result = walk.result
    found = Found(
        function=function,
        arguments=arguments,
        element_weight=amounts.element_weight,
        cost=walk.cost,
        error=walk.error,
        result=scalar(NOTHING) if result is None else result,
        may_hold=walk.may_hold,
        may_fail=walk.may_fail,
        next=None,
    )
    if not reasons.has_reason:
        remember(found)
    return found


@noinline
def walk_words(walk: Walk, start: u32, end: u32) -> None:
    """Visit the instructions in their order: all that leads to one has been visited before it."""
    at = start
    words = walk.code.words
    falls = True
    while at < end and not reasons.has_reason:
        charge(WORK)
        saved = walk.states[at]
        if saved != UNDEFINED:
            if falls:
                join_states(walk.now, cast(State, saved))
            else:
                walk.now = copied_state(cast(State, saved))
        size = size_of(words[at])
        if walk.reached[at] == 0 or (saved == UNDEFINED and not falls):
            falls = False
            at += size
        else:
            following = visit(walk, at, words[at], size, walk.reached[at] - 1)
            falls = following != NOWHERE
            at = following if falls else at + size


NOWHERE: u32 = 0xFFFFFFFF
"""The instruction after one that never goes on there."""


@noinline
def visit(walk: Walk, at: u32, word: u32, size: u32, before: u64) -> u32:
    """One instruction: what it costs, what it leaves, and where it leads; the word after it, or NOWHERE."""
    cost = plus(before, 1)
    a = operand_a(word)
    following = at + size
    operation = word & 255
    # A failing instruction is an end as well.
    finish(walk, cost)
    match operation:
        case Op.JUMP:
            reach(walk, at, u32(i32(following) + signed_ax(word)), cost, True)
            return NOWHERE
        case Op.JUMP_IF | Op.JUMP_IF_NOT:
            reach(walk, at, u32(i32(following) + signed_bx(word)), cost, True)
        case Op.RETURN:
            give(walk, get(walk, a))
            walk.may_hold = True
            walk.may_fail = True
            return NOWHERE
        case Op.RETURN_NONE:
            give(walk, scalar(NOTHING))
            walk.may_fail = True
            return NOWHERE
        case Op.RETURN_BOOL:
            give(walk, scalar(NOTHING))
            if operand_b(word) != 0:
                walk.may_hold = True
            else:
                walk.may_fail = True
            return NOWHERE
        case Op.CALL | Op.CALL_SLOT | Op.CALL_SPREAD | Op.CALL_METHOD:
            return visit_call(walk, at, word, following, cost)
        case Op.GET | Op.GET_SLOT:
            return visit_get(walk, at, word, cost)
        case Op.NEXT:
            return visit_loop(walk, at, word, cost)
        case Op.NEXT_LOOP:
            # The end of a turn: `visit_loop` goes on.
            reach(walk, at, at, cost, False)
            return NOWHERE
        case Op.LOOP:
            refuse(walk.code, at, "a while loop")
            return NOWHERE
        case _:
            if operation >= Op.JUMP_EQUAL and operation <= Op.JUMP_ENDS_SLOT:
                return compare_and_jump(walk, at, word, cost)
            cost = plain(walk, at, word, cost)
    return go_on(walk, at, following, cost)


def go_on(walk: Walk, at: u32, following: u32, cost: u64) -> u32:
    """The next instruction comes next, at this cost."""
    finish(walk, cost)
    reach(walk, at, following, cost, False)
    return following


@noinline
def compare_and_jump(walk: Walk, at: u32, word: u32, before: u64) -> u32:
    """A comparison that is fused with a jump."""
    pair = walk.code.words[at + 1]
    operation = word & 255
    left = get(walk, operand_a(word))
    right = get(walk, operand_b(word))
    if operation > Op.JUMP_IN:
        right = slot_shape(walk, high_half(pair))
    match operation:
        case Op.JUMP_EQUAL | Op.JUMP_EQUAL_SLOT:
            if left.kinds == CALLABLE and right.kinds == CALLABLE and are_known(left, right):
                # The prelude asks whether a key function was given.
                if u32(left.value == right.value) == operand_c(word):
                    reach(walk, at, u32(i32(at + 2) + jump_of(pair)), before, True)
                    return NOWHERE
                return go_on(walk, at, at + 2, before)
            cost = comparing(left, right)
        case Op.JUMP_IN | Op.JUMP_IN_SLOT:
            cost = finding(left, right)
        case Op.JUMP_SLOT_IN:
            cost = finding(right, left)
        case _:
            cost = plus(multiple(comparing(left, right), 2), 2)
    cost = plus(before, cost)
    following = at + 2
    if operation == Op.JUMP_STARTS_SLOT or operation == Op.JUMP_ENDS_SLOT:
        # A value that is no text has no such method: the instructions for others end in an error.
        fail(walk, plus(plus(cost, HELD_AFFIX_WORDS), suggesting(left)))
        if may_be(left, OTHER):
            refuse(walk.code, at, "a method of a value that is not known")
        following += HELD_AFFIX_WORDS
    reach(walk, at, u32(i32(at + 2) + jump_of(pair)), cost, True)
    return go_on(walk, at, following, cost)


def are_known(a: Shape, b: Shape) -> bool:
    """Whether it is known which functions two values are."""
    return a.value != UNDEFINED and b.value != UNDEFINED


@noinline
def visit_get(walk: Walk, at: u32, word: u32, before: u64) -> u32:
    """The method `get` of a dict. What has no such method ends in an error behind it."""
    pair = walk.code.words[at + 1]
    container = get(walk, operand_b(word))
    arguments = Array[Value](2)
    if word & 255 == Op.GET:
        arguments[0] = Value(get(walk, operand_c(word)))
        arguments[1] = Value(slot_shape(walk, low_half(pair)))
        following = at + 2 + high_half(pair)
    else:
        arguments[0] = Value(slot_shape(walk, low_half(pair)))
        arguments[1] = Value(scalar(NOTHING))
        if operand_c(word) != NO_OPERAND:
            arguments[1] = Value(get(walk, operand_c(word)))
        following = at + 2 + HELD_GET_WORDS + 1 + u32(operand_c(word) != NO_OPERAND)
    found = get_method(container, arguments, 2)
    if found.cost == UNKNOWN:
        refuse(walk.code, at, "the method get of a value that is not known")
        return NOWHERE
    cost = plus(before, found.cost)
    fail(walk, plus(plus(cost, HELD_GET_WORDS + 2), suggesting(container)))
    put(walk, operand_a(word), found.shape)
    return go_on(walk, at, following, cost)


# Calls.


@noinline
def visit_call(walk: Walk, at: u32, word: u32, following: u32, before: u64) -> u32:
    """A call."""
    a = operand_a(word)
    given = operand_b(word)
    pair = u32(0) if word & 255 == Op.CALL else walk.code.words[at + 1]
    if word & 255 == Op.CALL_SLOT:
        put(walk, a, slot_shape(walk, low_half(pair)))
    count = given
    names: Tuple | None = None
    spread: u32 = 0
    if word & 255 == Op.CALL_SPREAD:
        names = cast(Tuple, slot_at(walk, low_half(pair)))
        spread = high_half(pair)
        count = given + u32(len(names.items)) + (spread & 1) + (spread >> 1 & 1)
    arguments = Array[Value](count)
    for i in range(count):
        s = get(walk, a + 1 + i)
        # Only the caller's loops know its accumulators.
        arguments[i] = Value(with_weight(s, s.weight))
    callee = get(walk, a)
    if word & 255 == Op.CALL_METHOD:
        return call_method(walk, at, a, callee, operand_c(word), arguments, before)
    if isinstance(callee.value, Function):
        return call_function(
            walk, at, a, cast(Function, callee.value), arguments, given, names, spread, before
        )
    if isinstance(callee.value, Builtin):
        return call_builtin(walk, at, a, cast(Builtin, callee.value), arguments, given, names, spread, before)
    if may_be(callee, CALLABLE | OTHER):
        refuse(walk.code, at, "a call of a function that is not known")
    return NOWHERE


@noinline
def call_function(
    walk: Walk,
    at: u32,
    target: u32,
    function: Function,
    given: Array[Value],
    count: u32,
    names: Tuple | None,
    spread: u32,
    before: u64,
) -> u32:
    """A call of a function of the rules, or of the prelude."""
    code = function.code
    depth: u32 = 0
    caller: Walk | None = walk
    while caller is not None:
        depth += 1
        if caller.code is code and code.flags & RECURSIVE_OK == 0:
            # It is active, so that calling it is an error.
            return NOWHERE
        caller = caller.caller
    if code.flags & RECURSIVE_OK != 0 and code.flags & PRELUDE == 0:
        refuse(walk.code, at, "possible recursion of ", code.name)
        return NOWHERE
    if depth >= MOST_CALLS:
        refuse(walk.code, at, "calls nested too deeply, of ", code.name)
        return NOWHERE
    if spread != 0:
        refuse(walk.code, at, "arguments after * or ** in a call of ", code.name)
        return NOWHERE
    bound = bound_arguments(function, given, count, names)
    if bound is None:
        fail(walk, plus(before, plus(METHODS, u64(len(code.parameters.items)))))
        return NOWHERE
    found = function_bound(function, bound, walk)
    if code.flags & PRELUDE != 0 and reasons.has_reason:
        relocate(walk.code, at)
    fail(walk, plus(before, plus(found.error, METHODS)))
    put(walk, target, with_weight(found.result, found.result.weight))
    # Placing names, and what is left over.
    placing: u64 = 0
    if names is not None or u32(len(given)) > code.positional:
        placing = plus(filling(u64(len(given))), 4 * u64(len(given)))
    return go_on(walk, at, at + size_of(walk.code.words[at]), plus(before, plus(found.cost, placing)))


@noinline
def call_builtin(
    walk: Walk,
    at: u32,
    target: u32,
    callee: Builtin,
    given: Array[Value],
    count: u32,
    names: Tuple | None,
    spread: u32,
    before: u64,
) -> u32:
    """A call of a built-in."""
    if callee.receiver != UNDEFINED:
        is_host = isinstance(callee.receiver, HostFunction)
        refuse(
            walk.code,
            at,
            "a call of the host's function " if is_host else "a call of the method ",
            callee.name,
        )
        return NOWHERE
    if names is not None:
        twin = need(builtins.twins)[callee.number]
        if twin != UNDEFINED:
            return call_function(walk, at, target, cast(Function, twin), given, count, names, spread, before)
        if not text_equal(callee.name, "dict"):
            refuse(walk.code, at, "names, * or ** in a call of the built-in ", callee.name)
            return NOWHERE
        found = dict_with_names(given, count, names, spread)
    else:
        found = builtin(callee.name, given, count)
    return use(
        walk, at, target, found, before, at + size_of(walk.code.words[at]), callee, "a call of the built-in "
    )


def use(
    walk: Walk, at: u32, target: u32, found: Priced, before: u64, following: u32, callee: Builtin, why: Text
) -> u32:
    """The price of a call has been found, or that there is none."""
    if found.cost == UNKNOWN:
        refuse(walk.code, at, why, callee.name)
        return NOWHERE
    put(walk, target, found.shape)
    return go_on(walk, at, following, plus(before, found.cost))


@noinline
def call_method(
    walk: Walk, at: u32, target: u32, receiver: Shape, number: u32, given: Array[Value], before: u64
) -> u32:
    """A call of a method; behind it comes a call for what holds a function under this name."""
    name = method_name(number)
    found = method(name, receiver, given, len(given))
    if found.cost == UNKNOWN:
        refuse(walk.code, at, "a call of the method ", name)
        return NOWHERE
    fail(walk, plus(before, suggesting(receiver)))
    put(walk, target, found.shape)
    return go_on(walk, at, at + 3, plus(before, found.cost))


# Loops.


@noinline
def visit_loop(walk: Walk, at: u32, word: u32, before: u64) -> u32:
    """A loop, from its first element on: its turns, and where they lead."""
    iterable = get(walk, operand_a(word))
    body = at + 2
    done = u32(i32(body) + jump_of(walk.code.words[at + 1]))
    again = done - 2
    if not may_be(iterable, ITERABLE):
        return NOWHERE
    if done < body + 2 or walk.code.words[again] & 255 != Op.NEXT_LOOP:
        refuse(walk.code, at, "a loop")
        return NOWHERE
    loop = open_loop(walk, iterable)
    exits = walk.exits
    region_end = walk.region_end
    cost = walk.cost
    error = walk.error
    walk.depth += 1
    walk.region_end = done
    rounds: u32 = 0
    more = True
    while more and not reasons.has_reason:
        for i in range(body, done):
            walk.reached[i] = 0
            walk.states[i] = UNDEFINED
        walk.exits = None
        walk.cost = 0
        walk.error = 0
        begin_round(loop, walk, operand_b(word))
        walk.reached[body] = 1
        walk_words(walk, body, done)
        more = walk.reached[again] != 0 and end_round(loop, walk.now)
        rounds += 1
        if more and rounds == MOST_ROUNDS:
            refuse(walk.code, at, "values that grow from turn to turn of a loop")
    turn = walk.cost
    turn_error = walk.error
    left = walk.exits
    walk.depth -= 1
    walk.region_end = region_end
    walk.exits = exits
    walk.cost = cost
    walk.error = error
    amounts.element_weight = loop.outer_weight
    if reasons.has_reason:
        return NOWHERE
    last = left_state(loop, walk.now) if walk.reached[again] != 0 else None
    fail(walk, plus(plus(before, summed(turn, loop.turns, loop.all)), with_element(turn_error, loop.weight)))
    return leave_loop(walk, at, done, loop, before, turn, last, left)


def leave_loop(
    walk: Walk,
    at: u32,
    done: u32,
    loop: Loop,
    before: u64,
    turn: u64,
    last: State | None,
    left: Exit | None,
) -> u32:
    """Go on behind a loop, after its last turn, none at all, or from the middle of one."""
    all = plus(before, summed(turn, loop.turns, loop.all))
    within = plus(all, with_element(turn, loop.weight))
    finish(walk, within)
    walk.now = copied_state(loop.outer)
    if last is not None:
        join_states(walk.now, last)
    while left is not None:
        now = walk.now
        walk.now = left_state(loop, left.state)
        reach(walk, at, left.target, within, True)
        walk.now = now
        left = left.next
    return go_on(walk, at, done, all)
