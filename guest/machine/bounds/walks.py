"""A walk: one function on its way, as the analysis of its fuel sees it.

For each word of its code what it costs at most to get there, and what the registers may hold then: ways that meet join what is
known. Inside of a loop, costs are those of one turn, and amounts are in terms of the element (`amounts.py`). `functions.py`
moves a walk from instruction to instruction.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Object, Value, cast, need, noinline, u32, u64
from guest.machine.bounds import amounts
from guest.machine.bounds.amounts import UNKNOWN, larger, plus
from guest.machine.bounds.reasons import refuse
from guest.machine.bounds.shapes import NOTHING, Shape, joined, scalar, settled, shape_of
from guest.values.function import Code, Function

BUCKETS = 64


class State(Object):
    """What the registers hold: a Shape in each, or UNDEFINED."""

    shapes: Array[Value]


class Exit(Object):
    """A way out of a loop, from the middle of a turn."""

    target: u32
    state: State
    next: Exit | None


class Walk(Object):
    """One function on its way."""

    function: Function
    code: Code
    caller: Walk | None
    reached: Array[u64]  # by word: 1 + the cost up to it; 0 if nothing leads there
    states: Array[Value]  # by word: the State with which jumps lead there, or UNDEFINED
    now: State  # before the next instruction
    depth: u32  # loops around it
    region_end: u32  # the word behind the innermost loop, or the code
    exits: Exit | None  # of the innermost loop
    cost: u64  # of the dearest way to an end, or of the dearest part of a turn
    error: u64  # the same for errors that say what name was meant
    result: Shape | None
    may_hold: bool
    may_fail: bool


def state_new(count: u32) -> State:
    """Registers of which nothing is known."""
    made = State(shapes=Array[Value](max(count, u32(1))))
    for i in range(count):
        made.shapes[i] = UNDEFINED
    return made


@noinline
def copied_state(state: State) -> State:
    """The same, to be changed on its own."""
    count = len(state.shapes)
    made = State(shapes=Array[Value](count))
    for i in range(count):
        made.shapes[i] = state.shapes[i]
    return made


@noinline
def join_states(target: State, other: State) -> None:
    """Make of the registers what they may hold on two ways. Those that one way has not set are not read."""
    for i in range(len(target.shapes)):
        a = target.shapes[i]
        b = other.shapes[i]
        if a == UNDEFINED:
            target.shapes[i] = b
        elif b != UNDEFINED and a != b:
            target.shapes[i] = Value(joined(cast(Shape, a), cast(Shape, b)))


@noinline
def walk_new(function: Function, caller: Walk | None) -> Walk:
    """A walk before its first instruction."""
    code = function.code
    words = u32(len(code.words))
    states = Array[Value](words + 1)
    for i in range(words + 1):
        states[i] = UNDEFINED
    return Walk(
        function=function,
        code=code,
        caller=caller,
        reached=Array[u64](words + 1),
        states=states,
        now=state_new(code.registers),
        depth=0,
        region_end=words,
        exits=None,
        cost=0,
        error=0,
        result=None,
        may_hold=False,
        may_fail=False,
    )


# Registers.


@noinline
def get(walk: Walk, register: u32) -> Shape:
    """What a register may hold."""
    value = walk.now.shapes[register]
    return scalar(NOTHING) if value == UNDEFINED else cast(Shape, value)


def put(walk: Walk, register: u32, s: Shape) -> None:
    """A register gets a value."""
    walk.now.shapes[register] = Value(s)


def put_value(walk: Walk, register: u32, value: Value) -> None:
    """A register gets a constant."""
    put(walk, register, shape_of(value, 0))


def slot_at(walk: Walk, index: u32) -> Value:
    """A slot of the function's module."""
    return walk.code.module.slots[index]


@noinline
def slot_shape(walk: Walk, index: u32) -> Shape:
    """The shape of what is in a slot of the function's module: large constants are looked into once."""
    value = slot_at(walk, index)
    at = index % BUCKETS
    head = need(constants)[at]
    known: Constant | None = None if head == UNDEFINED else cast(Constant, head)
    while known is not None:
        if known.shape.value == value:
            return known.shape
        known = known.next
    s = shape_of(value, 0)
    if s.inside is not None:
        need(constants)[at] = Value(
            Constant(shape=s, next=None if head == UNDEFINED else cast(Constant, head))
        )
    return s


class Constant(Object):
    """The shape of a constant that has elements."""

    shape: Shape
    next: Constant | None


# The constants that have been looked into, by their slots.
constants: Array[Value] | None = None


def begin_constants() -> None:
    """Look into constants anew."""
    global constants
    made = Array[Value](BUCKETS)
    for i in range(BUCKETS):
        made[i] = UNDEFINED
    constants = made


def end_constants() -> None:
    """All has been told."""
    global constants
    constants = None


# Ways.


@noinline
def reach(walk: Walk, at: u32, target: u32, cost: u64, jumps: bool) -> None:
    """A way leads from the instruction at a word to another, at this cost."""
    if cost == UNKNOWN:
        refuse(walk.code, at, "values whose size is not known, or beyond all limits")
        return
    if jumps and target >= walk.region_end and walk.depth != 0:
        finish(walk, cost)
        walk.exits = Exit(target=target, state=copied_state(walk.now), next=walk.exits)
        return
    walk.reached[target] = larger(walk.reached[target], plus(cost, 1))
    if jumps:
        saved = walk.states[target]
        if saved == UNDEFINED:
            walk.states[target] = Value(copied_state(walk.now))
        else:
            join_states(cast(State, saved), walk.now)


def finish(walk: Walk, cost: u64) -> None:
    """The function may end here, or a turn of a loop."""
    walk.cost = larger(walk.cost, cost)


def fail(walk: Walk, cost: u64) -> None:
    """The event may end here with an error that takes some work to compose."""
    walk.error = larger(walk.error, cost)


@noinline
def give(walk: Walk, s: Shape) -> None:
    """The function returns this."""
    s = settled(s, amounts.element_weight) if walk.depth != 0 else s
    known = walk.result
    walk.result = s if known is None else joined(known, s)
