"""Loops: what the registers may hold in any turn of a loop over something whose size is bounded, and behind it.

A loop's turns are walked through with what its registers may hold when a turn begins, until no turn adds to that. What grows
in each turn is an *accumulator*: the shapes that come of it say how much more than it they weigh, so a turn tells its growth, and
the number of turns the sum of it. (By induction: if in turn i no register weighs more than its base and i times its growth, then
none does in turn i + 1.) What grows in another way, such as by doubling, has no bound.
"""

from guest.compiler.language import UNDEFINED, Array, Object, Value, cast, noinline, u32, u64
from guest.machine.bounds import amounts
from guest.machine.bounds.amounts import UNKNOWN, larger, lesser, most, plus, summed, with_element
from guest.machine.bounds.shapes import (
    NOTHING,
    NUMBER,
    SCALAR,
    TYPES,
    Shape,
    count_of,
    joined,
    same,
    scalar,
    settled,
    visited,
    with_weight,
)
from guest.machine.bounds.walks import State, Walk, copied_state, state_new

SUM_GROWTH: u64 = 3 * SCALAR
"""What a number weighs more after any number of sums than the largest of what was summed up: at most 64 bits."""
REGISTERS = 256

# The number of the accumulator that the first register of the next loop is.
next_accumulator: u32 = 1


class Loop(Object):
    """A loop that is walked through. Arrays are by register."""

    outer: State  # before the loop, in terms of the loop around it
    base: u32  # the number of its first accumulator
    turns: u64
    all: u64  # what all elements weigh together
    element: Shape  # before the first turn, as seen from outside
    weight: u64  # the most that an element weighs
    outer_weight: u64  # the same of the loop around it
    heads: State  # when a turn begins
    tagged: State  # the same as accumulators, in this round
    growth: Array[u64]
    floors: Array[u64]
    added: Array[u64]  # elements in each turn
    changed: Array[u32]  # not zero if a turn gives the register another value


@noinline
def open_loop(walk: Walk, iterable: Shape) -> Loop:
    """Begin with a loop over something."""
    global next_accumulator
    count = len(walk.now.shapes)
    element = visited(iterable)
    outer_weight = amounts.element_weight
    all = iterable.weight
    weight = lesser(most(element.weight), most(all))
    heads = state_new(count)
    for i in range(count):
        value = walk.now.shapes[i]
        if value != UNDEFINED:
            heads.shapes[i] = Value(settled(cast(Shape, value), outer_weight))
    base = next_accumulator
    next_accumulator += REGISTERS
    return Loop(
        outer=copied_state(walk.now),
        base=base,
        turns=count_of(iterable),
        all=all,
        element=settled(element, outer_weight),
        weight=weight,
        outer_weight=outer_weight,
        heads=heads,
        tagged=heads,
        growth=Array[u64](count),
        floors=Array[u64](count),
        added=Array[u64](count),
        changed=Array[u32](count),
    )


@noinline
def begin_round(loop: Loop, walk: Walk, variable: u32) -> None:
    """Set the registers as they may be when any turn begins, and an element in the register of the variable."""
    tagged = state_new(len(loop.heads.shapes))
    for i in range(len(loop.heads.shapes)):
        head = loop.heads.shapes[i]
        if head != UNDEFINED:
            s = with_weight(cast(Shape, head), cast(Shape, head).weight)
            s.accumulator = loop.base + i
            tagged.shapes[i] = Value(s)
    loop.tagged = tagged
    amounts.element_weight = loop.weight
    walk.now = copied_state(tagged)
    walk.now.shapes[variable] = Value(with_weight(loop.element, amounts.ELEMENT))


@noinline
def end_round(loop: Loop, now: State) -> bool:
    """A turn has ended with this: whether a turn may begin with more than was known."""
    more = False
    for i in range(len(now.shapes)):
        value = now.shapes[i]
        if value != UNDEFINED and value != loop.tagged.shapes[i]:
            if loop.changed[i] == 0:
                loop.changed[i] = 1
                more = True
            if widen(loop, i, cast(Shape, value)):
                more = True
    return more


def widen(loop: Loop, register: u32, s: Shape) -> bool:
    """A turn leaves this in a register: whether that is more than was known."""
    growth = loop.growth[register]
    floor = loop.floors[register]
    if s.accumulator == loop.base + register:
        growth = larger(growth, s.extra)
        floor = max(floor, s.floor)
        loop.added[register] = larger(loop.added[register], s.more)
    else:
        floor = max(floor, with_element(s.weight, loop.weight))
    loop.growth[register] = growth
    loop.floors[register] = floor
    settled_shape = settled(s, loop.weight)
    known = loop.heads.shapes[register]
    head = settled_shape if known == UNDEFINED else joined(cast(Shape, known), settled_shape)
    amounts.element_weight = loop.outer_weight
    entry = loop.outer.shapes[register]
    entry_weight = u64(0) if entry == UNDEFINED else most(cast(Shape, entry).weight)
    weight = plus(larger(entry_weight, floor), most(total_growth(loop, register, head)))
    count = head.count
    if s.accumulator == loop.base + register and loop.added[register] != 0:
        before = u64(0) if entry == UNDEFINED else cast(Shape, entry).count
        count = most(total_count(loop, register, before))
    amounts.element_weight = loop.weight
    head = with_weight(head, weight)
    head.count = count
    if known != UNDEFINED and same(cast(Shape, known), head):
        return False
    loop.heads.shapes[register] = Value(head)
    return True


def total_growth(loop: Loop, register: u32, head: Shape) -> u64:
    """What a register weighs more after all turns, in terms of the loop around it."""
    growth = loop.growth[register]
    if growth == 0:
        return 0
    if head.kinds & (TYPES ^ NUMBER ^ NOTHING) == 0:
        return SUM_GROWTH
    return summed(growth, loop.turns, loop.all)


def total_count(loop: Loop, register: u32, before: u64) -> u64:
    """How many elements a container has after all turns, in terms of the loop around it."""
    if before == UNKNOWN:
        return UNKNOWN
    return plus(before, summed(loop.added[register], loop.turns, loop.all))


@noinline
def left_state(loop: Loop, state: State) -> State:
    """What the registers hold behind the loop, if a turn leaves it with this; in terms of the loop around it."""
    count = len(state.shapes)
    result = state_new(count)
    for i in range(count):
        value = state.shapes[i]
        if value != UNDEFINED:
            if value == loop.tagged.shapes[i] and loop.changed[i] == 0:
                result.shapes[i] = loop.outer.shapes[i]
            else:
                result.shapes[i] = Value(left_shape(loop, cast(Shape, value)))
    return result


def left_shape(loop: Loop, s: Shape) -> Shape:
    """One of them."""
    result = with_weight(settled(s, loop.weight), with_element(s.weight, loop.weight))
    if s.accumulator < loop.base or s.accumulator >= loop.base + REGISTERS:
        return result
    register = s.accumulator - loop.base
    entry = loop.outer.shapes[register]
    before = scalar(NOTHING) if entry == UNDEFINED else cast(Shape, entry)
    floor = max(loop.floors[register], s.floor)
    head = loop.heads.shapes[register]
    growth = plus(
        total_growth(loop, register, result if head == UNDEFINED else cast(Shape, head)),
        with_element(s.extra, loop.weight),
    )
    result.weight = plus(larger(before.weight, floor), growth)
    if loop.added[register] != 0 or s.more != 0:
        more = with_element(s.more, loop.weight)
        result.count = plus(total_count(loop, register, before.count), more)
        added = plus(summed(loop.added[register], loop.turns, loop.all), more)
        result.more = plus(before.more, added)
    if before.accumulator != 0:
        result.accumulator = before.accumulator
        result.extra = plus(before.extra, growth)
        result.floor = max(before.floor, floor)
    return result
